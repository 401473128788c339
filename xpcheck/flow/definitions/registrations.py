"""What is wrong with the registration of a class as a pytree."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.lattice.values import NONE, Deps, Fact, Instance
from xpcheck.flow.solution.pytrees import Pytrees, Registration
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.project.index import Module

_PLAIN_BASES = frozenset({"abc.ABC", "ABC", "object", "builtins.object"})
_CONTAINERS = frozenset({"list", "dict", "List", "Dict", "UserList", "UserDict"})
_DYNAMIC = frozenset({"setattr", "vars"})


class Complaint(NamedTuple):
    """Something wrong: in which function and where, and the fields of ``edge_events.Registered``."""

    function: Function
    loc: Loc
    cls: Class
    problem: str
    attribute: str
    detail: str = ""
    deps: Deps = NONE


class Registrations:
    """Compares registrations with the classes that they are about."""

    def __init__(self, solver: Solver, pytrees: Pytrees) -> None:
        self._solver = solver
        self._program = solver.program
        self._pytrees = pytrees

    def complaints(self, modules: Container[Module]) -> Iterator[Complaint]:
        """All that is wrong with the registrations in some modules, in the order of the classes."""
        for cls, found in self._pytrees.all():
            if found.function.module in modules:
                yield from self._excluded(cls, found)
                if found.generic:
                    yield from self._container(cls, found)
                    yield from self._constants(cls, found)
            if cls.module in modules and found.function.owner is cls:
                yield from self._rebuilt(cls)

    def _excluded(self, cls: Class, found: Registration) -> Iterator[Complaint]:
        """Names that ride along untraced: they have to exist, and must not be traced."""
        for name, loc in found.excluded:
            if self._never_has(cls, name):
                yield Complaint(found.function, loc, cls, "unknown", name)
            else:
                yield Complaint(found.function, loc, cls, "traced", name, deps=frozenset({Fact(cls, name)}))

    def _never_has(self, cls: Class, name: str) -> bool:
        """Whether no class above or below, and none of their methods, mentions an attribute."""
        hierarchy = self._program.hierarchy
        family = [*hierarchy.mro(cls), *hierarchy.subclasses(cls, cls.module.package)]
        for item in family:
            if name in item.members or not _PLAIN_BASES.issuperset(hierarchy.external_bases.get(item, ())):
                return False
            for member in (*item.members.values(), *item.setters.values()):
                outline = member.outline if isinstance(member, Function) else None
                if outline is not None and (name in outline.attributes or not _DYNAMIC.isdisjoint(outline.names)):
                    return False
        return True

    def _container(self, cls: Class, found: Registration) -> Iterator[Complaint]:
        """A list or dict whose contents no attribute holds."""
        bases = {name.rpartition(".")[2] for item in self._program.hierarchy.mro(cls) for name in self._external(item)}
        base = next(iter(sorted(bases & _CONTAINERS)), "")
        if base:
            yield Complaint(found.function, found.loc, cls, "contents", "", base.removeprefix("User").lower())

    def _external(self, cls: Class) -> tuple[str, ...]:
        return tuple(self._program.hierarchy.external_bases.get(cls, ()))

    def _constants(self, cls: Class, found: Registration) -> Iterator[Complaint]:
        """Attributes that hold settings, datasets and the like, which are no leaves."""
        for name, value in sorted(self._solver.stores(cls).items()):
            classes = value.shape.classes if isinstance(value.shape, Instance) else ()
            if classes and found.flattens(name) and all(self._is_constant(item) for item in classes):
                yield Complaint(found.function, found.loc, cls, "constant", name, classes[0].name)

    def _is_constant(self, cls: Class) -> bool:
        known = self._solver.knowledge.static_classes
        order = self._program.hierarchy.mro(cls)
        named = any(item.full_name in known for item in order)
        return named and not any(self._pytrees.registrations(item) for item in (cls, *order))

    def _rebuilt(self, cls: Class) -> Iterator[Complaint]:
        """``tree_unflatten`` hands the children to the constructor: their number and order have to fit."""
        flatten, constructor = cls.members.get("tree_flatten"), self._program.constructor(cls)
        children = self._children(flatten) if isinstance(flatten, Function) else None
        if children is None or constructor is None or not self._hands_on_children(cls):
            return
        assert isinstance(flatten, Function)
        params = [param for param in constructor.params[1:] if param.kind in {"posonly", "pos"}]
        names = [param.name for param in params]
        required = sum(param.default is None for param in params)
        if any(param.kind == "var" for param in constructor.params):
            return
        if not required <= len(children) <= len(params):
            detail = f"{len(children)} children for {len(params)} parameters"
            yield Complaint(flatten, flatten.outline.name_loc, cls, "count", "", detail)
            return
        for position, child in enumerate(children):
            if child in names and names[position] != child:
                yield Complaint(flatten, flatten.outline.name_loc, cls, "order", child, names[position])
                return

    def _children(self, flatten: Function) -> list[str] | None:
        """The attributes that ``tree_flatten`` returns as children; None when it is not written that plainly."""
        body = self._program.body(flatten)
        returned = body.statements[-1] if body is not None and body.statements else None
        if not isinstance(returned, facts.Return) or not isinstance(returned.value, facts.Tuple):
            return None
        first = returned.value.items[0] if len(returned.value.items) == 2 else None
        if isinstance(first, facts.Name) and body is not None:
            first = next((item for item in (_assigned(node, first.id) for node in body.statements) if item), None)
        if not isinstance(first, facts.Tuple | facts.List):
            return None
        names = [dotted(item) or "" for item in first.items]
        receiver = f"{flatten.params[0].name}."
        if not all(name.startswith(receiver) and name.count(".") == 1 for name in names):
            return None
        return [name.partition(".")[2].lstrip("_") for name in names]

    def _hands_on_children(self, cls: Class) -> bool:
        """Whether ``tree_unflatten`` returns ``cls(*children)`` and nothing else."""
        unflatten = cls.members.get("tree_unflatten")
        body = self._program.body(unflatten) if isinstance(unflatten, Function) else None
        if body is None or not isinstance(unflatten, Function) or len(unflatten.params) < 2:
            return False
        calls = [node for root in body.statements for node in walk(root) if isinstance(node, facts.Call)]
        names = {unflatten.params[0].name, cls.name}
        children = unflatten.params[-1].name
        return (
            len(calls) == 1
            and dotted(calls[0].func) in names
            and [(arg.star, dotted(arg.value)) for arg in calls[0].args] == [("*", children)]
        )


def _assigned(node: facts.Stmt, name: str) -> facts.Expr | None:
    """The value of ``name = value``."""
    if isinstance(node, facts.Assign) and len(node.targets) == 1 and dotted(node.targets[0]) == name:
        return node.value
    return None
