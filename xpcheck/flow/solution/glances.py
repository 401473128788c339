"""Bodies that nobody came to while the program was solved, looked at for what they say themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpcheck.flow.lattice.summary import Run, Summary, unfollowed
from xpcheck.link.definitions import Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key, Solver

_DEPTH = 2


class Glances:
    """Summaries of bodies that were not solved, from one interpretation of each.

    What they call is looked at in the same way, and what that calls is not: what comes back may be computed from the
    arguments. Nothing of it becomes part of the solution.
    """

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._known: dict[Key, Summary] = {}
        self._depth = 0

    @property
    def are_thrown(self) -> bool:
        """Whether a body is looked at: others are not solved for it."""
        return self._depth > 0

    def at(self, function: Function) -> Summary:
        """What a body does outside the NumPy run."""
        self._solver.program.foreign.add(function)
        return self.summary((function, Run.JAX if self._solver.aware(function) else Run.ONE, ()))

    def summary(self, key: Key) -> Summary:
        """One run of a body, or what is known of it where the look goes no further."""
        from xpcheck.flow.body.frame import Frame

        if self._depth >= _DEPTH:
            return unfollowed(key[0])
        if key not in self._known:
            self._known[key] = unfollowed(key[0])  # for itself
            self._depth += 1
            with self._solver.untraced():
                self._known[key] = Frame(self._solver, *key).interpret()
            self._depth -= 1
        return self._known[key]
