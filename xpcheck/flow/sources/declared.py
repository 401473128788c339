"""What decorators declare: a project says of its functions which arrays they take.

``@xp_capabilities(jax_jit=False)`` says that a function is never traced. A table of such calls by name at the top of a
module, ``{"lfilter": xp_capabilities(np_only=True)}``, says it of the functions of these names that the module imports;
there, an exception for JAX says that arrays of JAX are given to JAX's own function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.models.handwritten import Declaration
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, External, Function, ModuleName
from xpcheck.link.names import Names
from xpcheck.link.program import Program
from xpcheck.project.index import Module

Declarations: TypeAlias = Mapping[str, Declaration]
"""What decorators say, by their qualified names."""


def never_traced(program: Program, known: Declarations) -> Iterator[tuple[Function | Class, facts.Call]]:
    """The functions and classes that are declared never to be traced, and the calls that declare it."""
    bare = {name.rpartition(".")[2] for name in known}
    definitions: list[Function | Class] = [*program.functions, *program.classes]
    for item in definitions:
        for decorator in item.outline.decorators:
            named = isinstance(decorator, facts.Call) and _last(decorator) in bare
            if isinstance(decorator, facts.Call) and named and _is_host(program, item.module, decorator, known):
                yield item, decorator
    for module in program.index.modules.values():
        for assign in module.outline.assigns:
            for name, call in _named(assign.value):
                if _last(call) in bare and _is_host(program, module, call, known, in_table=True):
                    function = _imported(program, module, name)
                    if function is not None:
                        yield function, call


def _last(call: facts.Call) -> str:
    func = call.func
    return func.name if isinstance(func, facts.Attr) else func.id if isinstance(func, facts.Name) else ""


def _named(value: facts.Expr | None) -> Iterator[tuple[str, facts.Call]]:
    """The calls of a dict by the texts that are their keys."""
    for key, item in value.items if isinstance(value, facts.Dict) else ():
        if isinstance(key, facts.Const) and isinstance(key.value, str) and isinstance(item, facts.Call):
            yield key.value, item


def _imported(program: Program, module: Module, name: str) -> Function | None:
    """The function of a name in a module that another imports."""
    for item in module.outline.imports:
        for _, target in Names.bindings(module, item.statement):
            source = program.names.target(*target)
            found = program.names.attribute(source, name) if isinstance(source, ModuleName) else None
            if isinstance(found, Function):
                return found
    return None


def _is_host(program: Program, module: Module, call: facts.Call, known: Declarations, in_table: bool = False) -> bool:
    """Whether a call of a declaring decorator says that the code is never traced."""
    entity = program.resolve(module, call.func)
    name = entity.full_name if isinstance(entity, Function) else ""
    said = known.get(entity.name if isinstance(entity, External) else name)
    return said is not None and any(_says(said, arg, in_table) for arg in call.args)


def _says(said: Declaration, arg: facts.Arg, in_table: bool) -> bool:
    value, keyword = arg.value, arg.keyword or ""
    if isinstance(value, facts.Const) and value.kind == "bool":
        return keyword in (said.true if value.value else said.false)
    text = said.naming.get(keyword) or (said.delegating.get(keyword) if in_table else None)
    return text is not None and any(isinstance(node, facts.Const) and node.value == text for node in walk(value))
