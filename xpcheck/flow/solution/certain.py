"""What is certain of a body: what its NumPy run finds at a place, and on what it breaks."""

from __future__ import annotations

from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.body.frame import Frame
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, OVERRIDES, Run, SinkKey, Variant, Witness
from xpcheck.flow.lattice.values import Deps, Instance, Value, is_promised
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function

_Place: TypeAlias = tuple[Function, Run, Variant, SinkKey]

_STRAIGHT = frozenset({facts.Assign, facts.AugAssign, facts.ExprStmt, facts.Import, facts.Return})
_CHOICES = (facts.Bool, facts.Cond, facts.Comp, facts.Lambda)


class _Watcher(Recorder):
    """Keeps the values that one expression has."""

    def __init__(self, loc: facts.Loc) -> None:
        super().__init__()
        self._loc = loc
        self.values: list[Value] = []

    def see(self, node: facts.Expr, value: Value) -> None:
        """Keep a value of the expression; in a loop it has several."""
        if node.loc == self._loc:
            self.values.append(value)


def is_wrapper_on_numpy(solver: Solver, function: Function, loc: facts.Loc) -> bool:
    """Whether the NumPy run finds a wrapper at a place, and not by a promise, whenever it comes there."""
    if Run.NUMPY not in solver.runs(function):
        return True
    watcher = _Watcher(loc)
    Frame(solver, function, Run.NUMPY, (), watcher).interpret()
    return all(_is_certain(solver, value) for value in watcher.values)


def surely_broken_on(solver: Solver, function: Function, run: Run) -> Deps:
    """What NumPy breaks on in a body, whatever class of object it is given and on every path through it."""
    keys = [key for key in solver.summary(function, run).sinks if key[1] in NAMESPACE_SINKS]
    return frozenset(key[0] for key in keys if _breaks_surely(solver, (function, run, (), key), set()))


def _breaks_surely(solver: Solver, place: _Place, seen: set[_Place]) -> bool:
    """Whether one of the ways to a sink is taken by all objects and on every path."""
    if place in seen:
        return False
    seen.add(place)
    function, run, variant, key = place
    summary = solver.summary(function, run, variant)
    ways = (summary.sinks[key], *summary.further.get(key, ())) if key in summary.sinks else ()
    return any(
        _is_for_all(way)
        and _is_always_reached(solver, function, way.loc)
        and (way.next is None or _breaks_surely(solver, way.next, seen))
        for way in ways
    )


def _is_for_all(way: Witness) -> bool:
    guess = way.heuristic not in {"", OVERRIDES}  # the latter is that of the first way below, beside which others stand
    return not (way.partial or guess or way.shaped or way.spared)


def _is_always_reached(solver: Solver, function: Function, loc: facts.Loc) -> bool:
    """Whether a body comes to a place on every path: nothing before it, and nothing around it, makes a choice."""
    body = solver.program.body(function)
    for statement in body.statements if body is not None else ():
        if type(statement) not in _STRAIGHT:
            return False
        if _is_within(loc, statement.loc):
            around = [node for node in walk(statement) if isinstance(node, _CHOICES) and _is_within(loc, node.loc)]
            return all(_is_within(loc, _always(node)) for node in around)
    return False


def _always(node: facts.Bool | facts.Cond | facts.Comp | facts.Lambda) -> facts.Loc:
    """The part of a choice that is evaluated in any case; of what is called or computed later, none."""
    if isinstance(node, facts.Bool):
        return node.values[0].loc
    return node.test.loc if isinstance(node, facts.Cond) else (0, 0, 0, 0)


def _is_within(inner: facts.Loc, outer: facts.Loc) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def _is_certain(solver: Solver, value: Value) -> bool:
    shape = value.shape
    if not isinstance(shape, Instance) or is_promised(value):
        return False
    return all(solver.backing(cls) is not None for cls in shape.classes)
