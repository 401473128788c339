"""Calls that resolve through names alone: functions, classes, methods of ``self`` through the hierarchy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.flow.sources.scopes import all_bound, bound, statements_in, walk
from xpcheck.link.definitions import Class, Entity, Function
from xpcheck.link.names import dotted

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver


@dataclass(frozen=True, slots=True, eq=False)
class NamedCall:
    """A call, the functions it may run, and how many parameters the receiver fills in each."""

    caller: Function
    node: facts.Call
    targets: tuple[tuple[Function, int], ...]

    @property
    def label(self) -> str:
        """The callee as it is written."""
        func = self.node.func
        if isinstance(func, facts.Attr) and isinstance(func.value, facts.Call):
            return f"super().{func.name}"
        return dotted(func) or "?"


class NamedCalls:
    """Resolves the calls of bodies that hand a namespace on."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._found: dict[Function, tuple[NamedCall, ...]] = {}
        self._nodes: dict[Function, list[facts.Call]] = {}
        self._keywords = frozenset(f"{name}=" for name in solver.config.namespaces)
        self.by_keyword = [item for item in self._program.functions if self._has_keyword(item)]
        """The functions that may give a namespace by keyword, in their order."""

    def calls(self, function: Function) -> tuple[NamedCall, ...]:
        """The resolved calls of a function (nested functions included) that are given its namespace, or one by keyword.

        They come in the order of the source.
        """
        found = self._found.get(function)
        if found is None:
            found = self._found[function] = tuple(self._calls(function))
        return found

    def handing_on(self, function: Function) -> list[facts.Call]:
        """The calls of a function, resolved or not, that are given its namespace, or one by keyword."""
        if function not in self._nodes:
            body = self._program.body(function) if self._may_hand_on(function) else None
            nodes = (node for root in body.statements for node in walk(root)) if body is not None else ()
            self._nodes[function] = [
                node for node in nodes if type(node) is facts.Call and self._is_given(function, node)
            ]
        return self._nodes[function]

    def _may_hand_on(self, function: Function) -> bool:
        names = self._solver.config.namespaces
        if any(name in function.outline.names for name in names) and not self._solver.roles.is_for_tests(
            function.module
        ):
            return True
        return self._has_keyword(function)

    def _has_keyword(self, function: Function) -> bool:
        return not self._keywords.isdisjoint(function.outline.attributes)

    def _calls(self, function: Function) -> Iterator[NamedCall]:
        found = self.handing_on(function)
        body = self._program.body(function) if found else None
        scope = Scope(self._solver, function, body) if body is not None else None
        for node in found:
            targets = scope.targets(node.func) if scope is not None else ()
            if targets:
                yield NamedCall(function, node, targets)

    def _is_given(self, function: Function, node: facts.Call) -> bool:
        """Whether a call is given a namespace by keyword, or that of its function by position."""
        config, index = self._solver.config, self._solver.namespace_param(function)
        own = function.params[index].name if index is not None else ""
        return any(
            arg.keyword in config.namespaces
            or (type(arg.value) is facts.Name and arg.value.id == own)
            or (type(arg.value) is facts.Attr and arg.value.name in config.namespace_attributes)
            for arg in node.args
        )


class Scope:
    """What the names of one body stand for."""

    def __init__(self, solver: Solver, function: Function, body: facts.Body) -> None:
        self._program = solver.program
        self._function = function
        self._body = body

    @cached_property
    def _local(self) -> set[str]:
        return all_bound(self._function.params, self._body.statements, imports=False)

    @cached_property
    def _imports(self) -> dict[str, Entity | None]:
        found: dict[str, Entity | None] = {}
        for name, (source, attribute) in self._import_bindings(self._body):
            entity = self._program.names.imported(self._function.module.name, source, attribute)
            # Two imports of one name (one for each backend) leave it open.
            found[name] = entity if found.get(name, entity) == entity else None
        return found

    @cached_property
    def _self(self) -> str:
        """The name of the method's own object: a nested function may reuse it, only a plain receiver is followed."""
        function = self._function
        if function.binding not in {"method", "class"} or not function.params or function.owner is None:
            return ""
        name = function.params[0].name
        return "" if name in bound(self._body.statements) else name

    def _import_bindings(self, body: facts.Body) -> Iterator[tuple[str, tuple[str, str | None]]]:
        for root in body.statements:
            for node in statements_in(root):
                if type(node) is facts.Import:
                    yield from self._program.names.bindings(self._function.module, node)

    def targets(self, func: facts.Expr) -> tuple[tuple[Function, int], ...]:
        """The functions that a callee expression may run; empty when that is not known from names."""
        if isinstance(func, facts.Attr) and isinstance(func.value, facts.Call):
            return self._super(func)
        path = dotted(func)
        if path is None:
            return ()
        first, *rest = path.split(".")
        if first == self._self and self._self:
            return self._method(rest[0]) if len(rest) == 1 else ()
        entity = self.entity(path)
        if isinstance(entity, Class):
            return self._constructor(entity)
        if isinstance(entity, Function) and not entity.accessor:
            return ((entity, 1 if entity.binding == "class" else 0),)
        return ()

    def entity(self, path: str) -> Entity | None:
        """What a dotted path stands for in the body; None for local names other than imports."""
        first, *rest = path.split(".")
        if first in self._local:
            return None
        if first in self._imports:
            entity = self._imports[first]
        else:
            entity = self._program.names.in_module(self._function.module.name, first)
        for part in rest:
            entity = self._attribute(entity, part)
        return entity

    def _attribute(self, entity: Entity | None, part: str) -> Entity | None:
        if isinstance(entity, Class):
            return self._program.hierarchy.member(entity, part)
        return self._program.names.attribute(entity, part) if entity is not None else None

    def _method(self, name: str) -> tuple[tuple[Function, int], ...]:
        function = self._function
        assert function.owner is not None
        found = self._program.hierarchy.targets(function.owner, name, function.module.package, function)
        return self._methods([member for _, member in found])

    def _super(self, func: facts.Attr) -> tuple[tuple[Function, int], ...]:
        call, owner = func.value, self._function.owner
        plain = isinstance(call, facts.Call) and isinstance(call.func, facts.Name) and call.func.id == "super"
        if not plain or owner is None or (isinstance(call, facts.Call) and call.args):
            return ()
        hierarchy = self._program.hierarchy
        classes = [owner, *hierarchy.subclasses(owner, self._function.module.package)]
        return self._methods([hierarchy.after(cls, owner, func.name) for cls in classes])

    def _methods(self, members: list[object]) -> tuple[tuple[Function, int], ...]:
        functions: dict[Function, int] = {}
        for member in members:
            # Anything else under the name (an attribute, a class, a property) may take what it likes.
            if not isinstance(member, Function) or member.accessor:
                return ()
            functions[member] = 0 if member.binding in {"static", "function"} else 1
        return tuple(functions.items())

    def _constructor(self, cls: Class) -> tuple[tuple[Function, int], ...]:
        hierarchy = self._program.hierarchy
        order = hierarchy.mro(cls)
        # A metaclass or a `__new__` may take what it likes.
        if any(item.outline.keywords or "__new__" in item.members for item in order):
            return ()
        constructor = self._program.constructor(cls)
        return ((constructor, 1),) if constructor is not None else ()
