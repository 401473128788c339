"""What decorators declare: a project says of its functions which arrays they take.

``@xp_capabilities(jax_jit=False)`` says that a function is never traced, also where a name stands for it. A table of
such calls by name at the top of a module, ``{"lfilter": xp_capabilities(np_only=True)}``, says it of the functions of
these names that the module imports; there, an exception for JAX says that arrays of JAX are given to JAX's own
function. For names that no table has, a function may choose: ``if name in UNTESTED: return xp_capabilities(...)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.models.handwritten import Declaration
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, External, Function, ModuleName, Variable
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
            call = decorator if isinstance(decorator, facts.Call) else None
            if call is None and not bare.isdisjoint(item.module.outline.names):
                call = _kept(program, item.module, decorator)
            if call is not None and _last(call) in bare and _is_host(program, item.module, call, known):
                yield item, call
    chosen = list(_chosen(program, bare, known))
    for module in program.index.modules.values():
        tables = [item for assign in module.outline.assigns for item in _named(assign.value) if _last(item[1]) in bare]
        by_name = [(name, call) for name, call in tables if _is_host(program, module, call, known, in_table=True)]
        listed = {name for name, _ in tables}
        by_name += [(name, call) for where, name, call in chosen if where is module and name not in listed]
        for name, call in by_name:
            function = _imported(program, module, name)
            if function is not None and module.package in program.visible[function.module.package]:
                yield function, call


def _kept(program: Program, module: Module, decorator: facts.Expr) -> facts.Call | None:
    """The call that a module keeps under the name of a decorator: ``compiled = xp_capabilities(jax_jit=False)``."""
    found = program.resolve(module, decorator)
    value = found.outline.value if isinstance(found, Variable) and found.module is module else None
    return value if isinstance(value, facts.Call) else None


def _chosen(program: Program, bare: set[str], known: Declarations) -> Iterator[tuple[Module, str, facts.Call]]:
    """The names in sets for which functions return calls that declare them never to be traced."""
    for function in program.functions:
        decorators = [item for item in function.outline.decorators if isinstance(item, facts.Call)]
        if bare.isdisjoint(function.outline.names) or any(_last(item) in bare for item in decorators):
            continue
        body = program.body(function)
        for node in walk(body.statements) if body is not None else ():
            last = node.body[-1] if isinstance(node, facts.If) else None
            call = last.value if isinstance(last, facts.Return) else None
            if not isinstance(node, facts.If) or not isinstance(call, facts.Call) or _last(call) not in bare:
                continue
            if _is_host(program, function.module, call, known):
                for name in _members(program, function.module, node.test):
                    yield function.module, name, call


def _members(program: Program, module: Module, test: facts.Expr) -> Iterator[str]:
    """The texts in the sets of a module of which a test is true for each: ``flag or name in TEXTS``."""
    if isinstance(test, facts.Bool) and test.op == "or":
        for item in test.values:
            yield from _members(program, module, item)
    if isinstance(test, facts.Compare) and test.ops == ("in",):
        found = program.resolve(module, test.comparators[0])
        value = found.outline.value if isinstance(found, Variable) else None
        for item in value.items if isinstance(value, facts.Set | facts.Tuple | facts.List) else ():
            if isinstance(item, facts.Const) and isinstance(item.value, str):
                yield item.value


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
            source = program.names.imported(module.name, *target)
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
