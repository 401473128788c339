"""Backend modules that are stored on instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.named_calls import Scope
from xpcheck.flow.sources.scopes import statements_in
from xpcheck.link.definitions import External, Function
from xpcheck.link.names import dotted

_PICKLING = ("__getstate__", "__reduce__", "__reduce_ex__")


class Stored(NamedTuple):
    """``self.attribute = value`` with a backend module as the value."""

    loc: Loc
    label: str
    attribute: str
    value: str


class Stores:
    """Finds the assignments that store a backend module on ``self``."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._names = frozenset(solver.config.namespaces)
        self._attributes = frozenset(solver.config.namespace_attributes)
        self._hints = self._names | self._attributes | {"jnp"}
        self._factories = frozenset(name.rpartition(".")[2] for name in solver.config.namespace_factories)

    def of(self, function: Function) -> Iterator[Stored]:
        """The assignments of a method, in the order of the source."""
        outline = function.outline
        mentioned = self._hints.intersection(outline.names) or self._attributes.intersection(outline.attributes)
        if function.owner is None or function.binding != "method" or not function.params or not mentioned:
            return
        if any(self._program.hierarchy.member(function.owner, name) is not None for name in _PICKLING):
            return
        body = self._program.body(function)
        if body is None:
            return
        receiver = function.params[0].name
        found = list(_stored_on(receiver, body))
        scope = Scope(self._solver, function, body) if found else None
        for target, value in found:
            if scope is not None and self._is_backend(value, function, scope):
                yield Stored(target.loc, f"{receiver}.{target.name}", target.name, _text(value))

    def _is_backend(self, node: facts.Expr, function: Function, scope: Scope) -> bool:
        if isinstance(node, facts.Cond):
            return self._is_backend(node.body, function, scope) or self._is_backend(node.orelse, function, scope)
        if isinstance(node, facts.Bool):
            return any(self._is_backend(item, function, scope) for item in node.values)
        if isinstance(node, facts.Call):
            return (dotted(node.func) or "").rpartition(".")[2] in self._factories
        if isinstance(node, facts.Name) and node.id in self._names:
            return self._solver.aware(function) in {"param", "local"}
        if isinstance(node, facts.Attr) and node.name in self._attributes:
            return True
        entity = scope.entity(dotted(node) or "?")
        return isinstance(entity, External) and entity.name in {"numpy", "jax.numpy"}


def _stored_on(receiver: str, body: facts.Body) -> Iterator[tuple[facts.Attr, facts.Expr]]:
    """What a body assigns to attributes of a name."""
    for root in body.statements:
        for node in statements_in(root):
            if type(node) is not facts.Assign or node.value is None:
                continue
            for target in node.targets:
                if type(target) is facts.Attr and dotted(target) == f"{receiver}.{target.name}":
                    yield target, node.value


def _text(node: facts.Expr) -> str:
    if isinstance(node, facts.Call):
        return f"{dotted(node.func)}(...)"
    return dotted(node) or "..."
