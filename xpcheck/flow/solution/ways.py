"""The ways of values through a solved program: to parameters of callees, and through attributes of classes.

They are the same for all distributions; which of them one sees is decided by the summaries in its sight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.lattice.summary import Edge, Run, Summary
from xpcheck.flow.lattice.values import STAGED, Fact, Instance, Param, entry_key, spread
from xpcheck.flow.solution.sights import order
from xpcheck.flow.sources.annotations import says_static
from xpcheck.flow.sources.plain import PlainUse
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key, Solver

Node: TypeAlias = tuple[Function, Run, Param] | Fact


class Handed(NamedTuple):
    """A body hands something on to the parameter ``target`` of a callee; ``key`` is the summary that shows it."""

    key: Key
    target: tuple[Function, Run, Param]
    edge: Edge


class Read(NamedTuple):
    """A body reads an attribute of a parameter, the path of ``target``; ``key`` is the summary that shows it."""

    key: Key
    target: tuple[Function, Run, Param]


class Kept(NamedTuple):
    """A constructor stores something as an attribute; ``key`` is the summary that shows it."""

    key: Key
    fact: Fact


class Passed(NamedTuple):
    """A body hands on a parameter of its own as it is; ``key`` is the summary that shows it."""

    key: Key
    path: Param
    loc: Loc
    of_self: bool
    """To one of several methods of the same object: others may take something else."""


class Shown(NamedTuple):
    """What a summary shows besides its ways.

    Attributes
    ----------
    plain
        What the body treats as plain values.
    attributes
        The attributes of classes that it reads.
    made
        What it hands on that JAX made in it.
    """

    plain: PlainUse
    attributes: tuple[tuple[Class, str], ...]
    made: tuple[Handed, ...]


class Ways:
    """The ways that all summaries of a solved program show, found once.

    Attributes
    ----------
    handed, read, kept
        Where what is known of a node leads to; attributes are kept as far as ``ask`` was told of them.
    passed
        Who hands a parameter of its own, as it is, to a parameter of a callee.
    open
        Who gives a parameter of a callee something that is not known to be concrete.
    """

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self.handed: dict[Node, list[Handed]] = {}
        self.read: dict[Node, list[Read]] = {}
        self.kept: dict[Node, list[Kept]] = {}
        self.passed: dict[tuple[Function, Param], list[Passed]] = {}
        self.open: dict[tuple[Function, Param], list[Key]] = {}
        self._asked: set[tuple[Class, str]] = set()
        self._own = self._handed_to_own()
        self._blocked: dict[tuple[Node, bool], bool] = {}
        self._shown = {key: self._taken_in(key, solver.summaries[key]) for key in sorted(solver.summaries, key=order)}

    def shown(self, keys: Iterable[Key]) -> Iterator[Shown]:
        """What some summaries show."""
        return map(self._shown.__getitem__, keys)

    def made(self, key: Key) -> tuple[Handed, ...]:
        """What a body hands on that JAX made in it."""
        return self._shown[key].made

    def ask(self, attributes: Iterable[tuple[Class, str]]) -> None:
        """See to it that all is known of what constructors store as some attributes, of a class or of those below."""
        solver = self._solver
        for cls, attr in attributes:
            if (cls, attr) in self._asked:
                continue
            self._asked.add((cls, attr))
            family = (cls, *solver.program.hierarchy.subclasses(cls, cls.module.package))
            for constructor in dict.fromkeys(map(solver.program.constructor, family)):
                for run in solver.runs(constructor) if constructor is not None else ():
                    if constructor is not None and (constructor, run, ()) in solver.summaries:
                        self._keep(constructor, run, Fact(cls, attr))

    def is_blocked(self, node: Node, rank: int) -> bool:
        """Whether a name or annotation says that a node is concrete whatever reaches it on a way of some rank."""
        key = (node, rank > 0)
        if key not in self._blocked:
            self._blocked[key] = self._is_concrete(node, rank > 0)
        return self._blocked[key]

    def _is_concrete(self, node: Node, unsure: bool) -> bool:
        solver = self._solver
        if isinstance(node, Fact):
            return solver.statics.is_static_attribute(node.cls, node.attr)
        function, _, path = node
        if path.attr:
            return solver.statics.is_static(path.attr, "attribute", function.module.package)
        if path.index >= len(function.params):
            return False
        param = function.params[path.index]
        if solver.statics.is_static_param(function, path.index):
            return True
        return unsure and (says_static(param.annotation) or self._is_static_class(function, param))

    def _is_static_class(self, function: Function, param: facts.Param) -> bool:
        shape = self._solver.annotations.shape(function.module, param.annotation)
        if not isinstance(shape, Instance):
            return False
        return all(cls.full_name in self._solver.knowledge.static_classes for cls in shape.classes)

    def _keep(self, constructor: Function, run: Run, fact: Fact) -> None:
        """What a constructor stores becomes a fact of a class; that is what it stores once what breaks is repaired."""
        summary = self._solver.repaired(constructor, run)
        stored = summary.stores.get(fact.attr) if summary is not None else None
        for dep in spread(stored)[1] if stored is not None else ():
            source: Node = dep if type(dep) is Fact else (constructor, run, dep)
            if source != fact:
                self.kept.setdefault(source, []).append(Kept((constructor, run, ()), fact))

    def _handed_to_own(self) -> dict[Node, list[Handed]]:
        """What methods hand on to one of several methods of the same object, by the parameters that it depends on."""
        found: dict[Node, list[Handed]] = {}
        for key in sorted(self._solver.summaries, key=order):
            for target, edge in self._solver.summaries[key].edges.items():
                for dep in edge.deps if edge.of_self else ():
                    if type(dep) is Param and dep.index:
                        found.setdefault((*key[:2], dep), []).append(Handed(key, target, edge))
        return found

    def _taken_in(self, key: Key, summary: Summary) -> Shown:
        function, run, _ = key
        made: list[Handed] = []
        for unknown in summary.untold:
            self.open.setdefault(unknown, []).append(key)
        for target, edge in summary.edges.items():
            self.open.setdefault((target[0], target[2]), []).append(key)
            handed = Handed(key, target, edge)
            for way in (handed, *self._through(handed)):
                if run is Run.JAX and edge.taint >= STAGED:
                    made.append(way)
                self._lead(way)
        return Shown(PlainUse.of(function, summary), tuple(self._attributes(key, summary)), tuple(made))

    def _lead(self, way: Handed) -> None:
        """Note where the parameters and attributes of a body lead to by what it hands on."""
        ((function, run, _), (callee, callee_run, path), edge) = way
        if run is Run.JAX and edge.exact:
            for own in sorted(dep for dep in edge.deps if isinstance(dep, Param) and not dep.attr):
                self.passed.setdefault((callee, path), []).append(Passed(way.key, own, edge.loc, edge.of_self))
        if callee is function and path.index == 0:
            return
        for dep in edge.deps:
            if isinstance(dep, Fact):
                if not holds_numpy(self._solver, function, run):
                    self.handed.setdefault(dep, []).append(way)
            elif (function, run, dep) != (callee, callee_run, path):
                self.handed.setdefault((function, run, dep), []).append(way)

    def _through(self, way: Handed) -> Iterator[Handed]:
        """What a way leads to behind methods that hand it on to others of the same object: those which that has."""
        (key, target, edge), receivers = way, way.edge.receivers
        seen, queue = {target}, [target]
        while queue:
            for own in self._own.get(queue.pop(), ()):
                callee = own.target[0]
                if own.target not in seen and (receivers is None or self._solver.inherits(receivers, callee)):
                    seen.add(own.target)
                    queue.append(own.target)
                    heuristic, exact = edge.heuristic or own.edge.heuristic, edge.exact and own.edge.exact
                    between = msgspec.structs.replace(
                        edge, heuristic=heuristic, exact=exact, variants=own.edge.variants, of_self=False
                    )
                    yield Handed(key, own.target, between)

    def _attributes(self, key: Key, summary: Summary) -> Iterator[tuple[Class, str]]:
        """Attributes of parameters: from the facts of their class, or from the parameter when it is an array."""
        function, run, _ = key
        paths = {dep for dep, _ in summary.sinks if type(dep) is Param and dep.attr}
        paths |= {dep for edge in summary.edges.values() for dep in edge.deps if type(dep) is Param and dep.attr}
        paths |= {dep for dep in spread(summary.result)[1] if type(dep) is Param and dep.attr}
        paths |= {dep for value in summary.stores.values() for dep in spread(value)[1] if type(dep) is Param}
        for path in sorted(paths):
            if not path.attr or entry_key(path.attr) or path.index >= len(function.params):
                continue
            read = Read(key, (function, run, path))
            param = function.params[path.index]
            classes: Iterable[Class] = ()
            if path.index == 0 and function.owner is not None and function.binding == "method":
                classes = (function.owner,)
            elif not holds_numpy(self._solver, function, run):
                shape = self._solver.annotations.shape(function.module, param.annotation)
                classes = shape.classes if type(shape) is Instance else ()
            for cls in classes:
                self.read.setdefault(Fact(cls, path.attr), []).append(read)
                yield cls, path.attr
            if not classes and param.annotation is None:
                self.read.setdefault((function, run, Param(path.index)), []).append(read)


def holds_numpy(solver: Solver, function: Function, run: Run) -> bool:
    """Whether the objects that a body comes by hold arrays of NumPy: it has no namespace, and others ask for it."""
    return run is Run.ONE and solver.standard_namespaces(function)
