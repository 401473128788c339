"""Who calls a function, as far as its package can see: known when the whole program is solved."""

from __future__ import annotations

import functools

from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Key, Solver
from xpcheck.link.definitions import Function


class Calling:
    """The callers of the functions of a solved program, as far as one distribution sees it."""

    def __init__(self, solver: Solver, sight: Sight) -> None:
        self._solver = solver
        self._sight = sight

    def on_numpy_path(self, function: Function) -> bool:
        """Whether the NumPy run of a body is one that happens: it has no callers in sight, or one runs NumPy.

        Methods of objects that hold their namespace count as called for both backends, and so do bodies that find it
        out by themselves: with arrays of NumPy that is NumPy.
        """
        seen: set[Function] = set()
        queue = [function]
        while queue:
            item = queue.pop()
            if item in seen:
                continue
            seen.add(item)
            called = any(self._callers.get((item, run)) for run in self._solver.runs(item))
            if self._solver.aware(item) in {"object", "local"} or not called:
                return True
            for caller, run, _ in self._callers.get((item, Run.NUMPY), ()):
                if run is not Run.NUMPY:
                    return True
                queue.append(caller)
        return False

    @functools.cached_property
    def _callers(self) -> dict[tuple[Function, Run], set[Key]]:
        """The bodies that asked for a summary of a function under a run, as far as its package can see them.

        The function itself is none of them.
        """
        found: dict[tuple[Function, Run], set[Key]] = {}
        solver, seen = self._solver, self._sight.summaries
        for key in seen:
            function, run, _ = key
            callers = (item for item in solver.dependents.get(key, ()) if item in seen and item[0] is not function)
            others = {item for item in callers if solver.sees(function, item[0])}
            found.setdefault((function, run), set()).update(others)
            if run is Run.JAX:
                alike = (item for item, other, _ in others if other is Run.JAX and item in solver.usage.for_both)
                found.setdefault((function, Run.NUMPY), set()).update((item, Run.NUMPY, ()) for item in alike)
        return found

    def called_by_constructors(self, function: Function) -> bool:
        """Whether nobody but constructors calls a method: what it stores belongs to a new object."""
        callers = [key for run in self._solver.runs(function) for key in self._callers.get((function, run), ())]
        return bool(callers) and all(item.name == "__init__" for item, *_ in callers)
