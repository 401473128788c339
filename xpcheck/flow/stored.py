"""Backend modules that are stored on instances, and classes that are flattened as pytrees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.named_calls import Scope
from xpcheck.flow.scopes import walk
from xpcheck.flow.solver import Solver
from xpcheck.link.definitions import Class, External, Function
from xpcheck.link.names import dotted
from xpcheck.model import Step

_NODES = frozenset({"register_pytree_node", "register_pytree_with_keys"})
_NODE_CLASSES = frozenset({"register_pytree_node_class", "register_pytree_with_keys_class", "register_dataclass"})
_PICKLING = ("__getstate__", "__reduce__", "__reduce_ex__")


class Stored(NamedTuple):
    """``self.attribute = value`` with a backend module as the value."""

    loc: Loc
    label: str
    attribute: str
    value: str


class Registration(NamedTuple):
    """A class is registered as a pytree; ``attributes`` are those flattened, None for the whole ``__dict__``."""

    step: Step
    attributes: frozenset[str] | None
    excluded: frozenset[str]


class Pytrees:
    """Which classes of a program are flattened as pytrees, and how."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._registrars = frozenset(name for family in solver.knowledge.families for name in family.registrars)
        self._found: dict[Class, list[Registration]] = {}
        for cls in self._program.classes:
            self._of_class(cls)
        last_names = {name.rpartition(".")[2] for name in self._registrars} | _NODES
        for function in self._program.functions:
            if last_names.intersection((*function.outline.names, *function.outline.attributes)):
                self._of_body(function, last_names)

    def registration(self, cls: Class) -> Step | None:
        """Where a class itself is registered; its subclasses are classes of their own to JAX."""
        found = self._found.get(cls)
        return found[0].step if found else None

    def flattened(self, cls: Class, attribute: str) -> Step | None:
        """Where a class (or one below it) is registered so that the attribute becomes a child."""
        for item in (cls, *self._program.hierarchy.subclasses(cls, cls.module.package)):
            for found in self._found.get(item, ()):
                if attribute not in found.excluded and (found.attributes is None or attribute in found.attributes):
                    return found.step
        return None

    def _of_class(self, cls: Class) -> None:
        flatten = cls.members.get("tree_flatten")
        if isinstance(flatten, Function):
            body = self._program.body(flatten)
            self._add(cls, _step(flatten, flatten.outline.name_loc), list(body.statements) if body else [], frozenset())
            return
        for decorator in cls.outline.decorators:
            path = dotted(decorator.func if isinstance(decorator, facts.Call) else decorator) or ""
            if path.rpartition(".")[2] == "register_dataclass":
                step = Step(cls.module.path, decorator.loc[0], decorator.loc[1], cls.outline.qualname, "registered")
                self._found.setdefault(cls, []).append(Registration(step, None, frozenset()))

    def _of_body(self, function: Function, last_names: set[str]) -> None:
        body = self._program.body(function)
        if body is None:
            return
        scope = Scope(self._solver, function, body)
        for root in body.statements:
            for node in walk(root):
                if isinstance(node, facts.Call) and node.args:
                    path = dotted(node.func) or ""
                    cls = scope.entity(dotted(node.args[0].value) or "?")
                    if path.rpartition(".")[2] in last_names and isinstance(cls, Class):
                        self._of_call(function, body, scope, node, path, cls)

    def _of_call(
        self, function: Function, body: facts.Body, scope: Scope, node: facts.Call, path: str, cls: Class
    ) -> None:
        entity = scope.entity(path)
        name = f"{entity.module.name}.{entity.qualname}" if isinstance(entity, Function) else ""
        name = entity.name if isinstance(entity, External) else name
        step = _step(function, node.loc)
        if name in self._registrars:
            excluded = {
                item.value
                for arg in node.args
                if arg.keyword is not None
                for item in walk(arg.value)
                if isinstance(item, facts.Const) and isinstance(item.value, str)
            }
            self._found.setdefault(cls, []).append(Registration(step, None, frozenset(excluded)))
        elif name.rpartition(".")[2] in _NODES:
            self._add(cls, step, self._flatten_code(body, scope, node), frozenset())

    def _flatten_code(self, body: facts.Body, scope: Scope, node: facts.Call) -> list[object]:
        """The code of the flatten function that a registration names."""
        values = [arg.value for arg in node.args[1:2]]
        code: list[object] = list(values)
        for value in values:
            path = dotted(value) or "?"
            entity = scope.entity(path)
            found = self._program.body(entity) if isinstance(entity, Function) else None
            code += found.statements if found is not None else ()
            code += [
                item
                for root in body.statements
                for item in walk(root)
                if isinstance(item, facts.Def) and item.name == path
            ]
        return code

    def _add(self, cls: Class, step: Step, code: list[object], excluded: frozenset[str]) -> None:
        names: set[str] = set()
        for root in code:
            for node in walk(root):
                if isinstance(node, facts.Attr):
                    names.add(node.name)
                elif isinstance(node, facts.Name):
                    names.add(node.id)
        attributes = None if names & {"__dict__", "vars"} else frozenset(names)
        self._found.setdefault(cls, []).append(Registration(step, attributes, excluded))


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
        scope = Scope(self._solver, function, body)
        receiver = function.params[0].name
        for root in body.statements:
            for node in walk(root):
                if not isinstance(node, facts.Assign) or node.value is None:
                    continue
                for target in node.targets:
                    if not isinstance(target, facts.Attr) or dotted(target) != f"{receiver}.{target.name}":
                        continue
                    if self._is_backend(node.value, function, scope):
                        yield Stored(target.loc, f"{receiver}.{target.name}", target.name, _text(node.value))

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


def _text(node: facts.Expr) -> str:
    if isinstance(node, facts.Call):
        return f"{dotted(node.func)}(...)"
    return dotted(node) or "..."


def _step(function: Function, loc: Loc) -> Step:
    return Step(function.module.path, loc[0], loc[1], function.qualname, "registered as a pytree")
