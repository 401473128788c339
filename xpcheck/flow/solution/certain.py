"""What the NumPy run of a body certainly finds at a place."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.body.frame import Frame
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import Instance, Value, is_promised
from xpcheck.flow.solution.solver import Solver
from xpcheck.link.definitions import Function


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


def _is_certain(solver: Solver, value: Value) -> bool:
    shape = value.shape
    if not isinstance(shape, Instance) or is_promised(value):
        return False
    return all(solver.backing(cls) is not None for cls in shape.classes)
