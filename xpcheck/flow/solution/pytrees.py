"""Classes that a program registers as pytrees, and how their instances are taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.named_calls import Scope
from xpcheck.flow.sources.scopes import nodes_of, walk
from xpcheck.link.definitions import Class, External, Function, toplevel
from xpcheck.link.names import dotted
from xpcheck.model import Step

_NODES = frozenset({"register_pytree_node", "register_pytree_with_keys"})
_DECORATORS = frozenset({"register_pytree_node_class", "register_pytree_with_keys_class", "register_dataclass"})
_HINTS = frozenset({"jax", "tree_util"})


class Registration(NamedTuple):
    """A class is registered as a pytree in ``function``, by the code at ``loc``.

    ``attributes`` are those flattened, None for the whole ``__dict__``; ``excluded`` are names that ride along
    untraced, each with its place. ``generic`` is a registrar of the family, which takes instances apart itself.
    """

    function: Function
    loc: Loc
    attributes: frozenset[str] | None = None
    excluded: tuple[tuple[str, Loc], ...] = ()
    generic: bool = False

    @property
    def step(self) -> Step:
        """The registration as a step of evidence."""
        function = self.function
        return Step(function.module.path, self.loc[0], self.loc[1], function.qualname, "registered as a pytree")

    def flattens(self, attribute: str) -> bool:
        """Whether an attribute becomes a child."""
        if any(name == attribute for name, _ in self.excluded):
            return False
        return self.attributes is None or attribute in self.attributes


class Pytrees:
    """Which classes in sight of one distribution are flattened as pytrees, and how.

    Attributes
    ----------
    unresolved
        Packages with a registration whose class is known at run time only.
    """

    def __init__(self, solver: Solver, sight: Sight) -> None:
        self._solver = solver
        self._sight = sight
        self._program = solver.program
        self._registrars = frozenset(name for family in solver.knowledge.families for name in family.registrars)
        self._last_names = {name.rpartition(".")[2] for name in self._registrars} | _NODES
        self._found: dict[Class, list[Registration]] = {}
        self.unresolved: set[str] = set()
        for cls in sight.classes:
            self._of_class(cls)
        self._forwarders: set[Function] = set()
        for function in self._bodies(self._last_names, _HINTS):
            self._of_body(function)
        for function in self._bodies({item.name for item in self._forwarders}, frozenset()):
            self._of_calls_on(function)

    def registrations(self, cls: Class) -> list[Registration]:
        """How a class itself is registered; its subclasses are classes of their own to JAX."""
        return self._found.get(cls, [])

    def all(self) -> Iterator[tuple[Class, Registration]]:
        """Every registration, in the order of the classes."""
        for cls in self._sight.classes:
            for found in self._found.get(cls, ()):
                yield cls, found

    def flattened(self, cls: Class, attribute: str) -> Step | None:
        """Where a class (or one below it) is registered so that the attribute becomes a child."""
        for item in (cls, *self._program.hierarchy.subclasses(cls, cls.module.package)):
            for found in self._found.get(item, ()):
                if found.flattens(attribute):
                    return found.step
        return None

    # ------------------------------------------------------------------------------------------------------ search

    def _bodies(self, mentioned: set[str], hints: frozenset[str]) -> Iterator[Function]:
        """The bodies that mention some names; of a module's own statements only bare names are known."""
        for function in self._sight.functions:
            if mentioned.intersection((*function.outline.names, *function.outline.attributes)):
                yield function
        for module in self._sight.modules:
            if not (mentioned | hints).isdisjoint(module.outline.names):
                yield toplevel(module)

    def _of_class(self, cls: Class) -> None:
        flatten = cls.members.get("tree_flatten")
        if isinstance(flatten, Function):
            body = self._program.body(flatten)
            code = list(body.statements) if body else []
            self._add(cls, Registration(flatten, flatten.outline.name_loc, _attributes(code)))
            return
        for decorator in cls.outline.decorators:
            path = dotted(decorator.func if isinstance(decorator, facts.Call) else decorator) or ""
            if path.rpartition(".")[2] in _DECORATORS:
                self._add(cls, Registration(toplevel(cls.module), decorator.loc))

    def _of_body(self, function: Function) -> None:
        for node, body, scope in self._calls(function):
            path = dotted(node.func) or ""
            if path.rpartition(".")[2] in self._last_names:
                self._of_call(function, body, scope, node, path)

    def _of_calls_on(self, function: Function) -> None:
        """Calls of functions that register a class which they are given."""
        for node, _, scope in self._calls(function):
            if scope.entity(dotted(node.func) or "?") not in self._forwarders:
                continue
            cls = scope.entity(dotted(node.args[0].value) or "?")
            if isinstance(cls, Class):
                self._add(cls, Registration(function, node.loc))
            elif function.owner is None or self._solver.backing(function.owner) is None:
                self.unresolved.add(function.module.package)  # a wrapper registers its own kind only

    def _calls(self, function: Function) -> Iterator[tuple[facts.Call, facts.Body, Scope]]:
        body = self._program.body(function)
        if body is None:
            return
        scope = Scope(self._solver, function, body)
        for node in nodes_of(function.name, body):
            if isinstance(node, facts.Call) and node.args:
                yield node, body, scope

    def _of_call(self, function: Function, body: facts.Body, scope: Scope, node: facts.Call, path: str) -> None:
        cls = scope.entity(dotted(node.args[0].value) or "?")
        if not isinstance(cls, Class):
            self._of_unknown(function, dotted(node.args[0].value))
            return
        entity = scope.entity(path)
        name = entity.full_name if isinstance(entity, Function) else ""
        name = entity.name if isinstance(entity, External) else name
        if name in self._registrars:
            excluded = tuple(
                (item.value, item.loc)
                for arg in node.args
                if arg.keyword is not None
                for item in walk(arg.value)
                if isinstance(item, facts.Const) and isinstance(item.value, str)
            )
            self._add(cls, Registration(function, node.loc, None, excluded, generic=True))
        elif name.rpartition(".")[2] in _NODES:
            self._add(cls, Registration(function, node.loc, _attributes(self._flatten_code(body, scope, node))))

    def _of_unknown(self, function: Function, name: str | None) -> None:
        if function.full_name in self._registrars:
            return
        if any(param.name == name for param in function.params):
            self._forwarders.add(function)
        else:
            self.unresolved.add(function.module.package)

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

    def _add(self, cls: Class, registration: Registration) -> None:
        self._found.setdefault(cls, []).append(registration)


def _attributes(code: Iterable[object]) -> frozenset[str] | None:
    """The names that some flattening code mentions, None when it takes the whole ``__dict__``."""
    names: set[str] = set()
    for root in code:
        for node in walk(root):
            if isinstance(node, facts.Attr):
                names.add(node.name)
            elif isinstance(node, facts.Name):
                names.add(node.id)
    return None if names & {"__dict__", "vars"} else frozenset(names)
