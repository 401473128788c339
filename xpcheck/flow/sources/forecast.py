"""Which bodies the solver will probably ask for, so that they can be lowered beforehand in several processes.

A forecast from outlines alone. Nothing depends on it but time: what it misses is lowered when it is asked for, what it
names in vain is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xpcheck.config import Config
from xpcheck.flow.sources.attention import Attention
from xpcheck.flow.sources.roles import Roles
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program

_JAX = frozenset({"jax", "jnp", "lax"})


def forecast(program: Program, config: Config) -> list[Function]:
    """The functions that seem to hold a namespace, and what these seem to call or read, transitively."""
    roles = Roles(program, config)
    backed = {cls for cls in program.classes if _seems_backed(cls, program, config)}
    library = [item for item in program.functions if not roles.is_for_tests(item.module)]
    forecaster = _Forecaster(program)
    found = forecaster.reached(item for item in library if _seems_solved(item, config))
    aside = [item for item in library if item not in found and (item.owner in backed or item.binding == "class")]
    attention = Attention(program, config.namespaces, roles)
    followed = {item for one in aside for item in forecaster.mentioned(one) if attention.may_leave_out(item)}
    return sorted({*found, *aside, *forecaster.reached(followed)}, key=lambda item: item.key)


def _seems_solved(function: Function, config: Config) -> bool:
    """Whether the solver starts from a function even if nobody calls it."""
    outline = function.outline
    return (
        function.accessor == "cached"
        or any(param.name in config.namespaces for param in outline.params)
        or any(f"{name}=" in outline.attributes for name in config.namespaces)
        or any(name in config.namespaces or name in _JAX for name in outline.names)
        or any(name in config.namespace_attributes for name in outline.attributes)
    )


def _seems_backed(cls: Class, program: Program, config: Config) -> bool:
    """Whether objects of a class seem to hold the namespace: then all their methods have one."""
    names = config.namespace_attributes
    for item in program.hierarchy.mro(cls):
        constructor = item.members.get("__init__")
        stored = constructor.outline.attributes if isinstance(constructor, Function) else ()
        if any(name in item.members or name in stored for name in names):
            return True
    return False


class _Forecaster:
    """Functions by the names under which they may be called."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._by_name: dict[str, list[Function]] = {}
        self._loose: dict[str, list[Function]] = {}
        self._built: dict[Class, list[Function]] = {}
        for function in program.functions:
            self._by_name.setdefault(function.name, []).append(function)
            if function.owner is None:
                self._loose.setdefault(function.name, []).append(function)
        for cls in program.classes:
            constructor = program.constructor(cls)
            if constructor is not None:
                self._loose.setdefault(cls.name, []).append(constructor)

    def reached(self, functions: Iterable[Function]) -> set[Function]:
        """Some functions and what they name, transitively."""
        pending = list(functions)
        found = set(pending)
        while pending:
            for item in self.mentioned(pending.pop()):
                if item not in found:
                    found.add(item)
                    pending.append(item)
        return found

    def mentioned(self, function: Function) -> Iterator[Function]:
        """What a function names, and what builds its object.

        A name means what it does in the module. That of an attribute means the only function of that name, or those of
        the module.
        """
        for name in function.outline.names:
            entity = self._program.names.in_module(function.module.name, name)
            if isinstance(entity, Function):
                yield entity
            elif isinstance(entity, Class):
                constructor = self._program.constructor(entity)
                if constructor is not None:
                    yield constructor
            elif entity is None:
                yield from self._seen_by(function, self._loose.get(name, ()))
        for name in function.outline.attributes:
            found = self._by_name.get(name, []) if name != "__init__" else []
            alone = len(found) == 1
            yield from self._seen_by(function, (item for item in found if alone or item.module is function.module))
        if function.owner is not None:
            yield from self._constructors(function.owner)

    def _constructors(self, owner: Class) -> list[Function]:
        """The constructors of a class, of those below it and of its bases."""
        if owner not in self._built:
            hierarchy = self._program.hierarchy
            family = (*hierarchy.mro(owner), *hierarchy.subclasses(owner, owner.module.package))
            found = (cls.members.get("__init__") for cls in family)
            self._built[owner] = [item for item in found if isinstance(item, Function)]
        return self._built[owner]

    def _seen_by(self, function: Function, candidates: Iterable[Function]) -> Iterator[Function]:
        visible = self._program.visible[function.module.package]
        return (item for item in candidates if item.module.package in visible)
