"""What an entry point reaches, and by which calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from xpcheck.facts import Loc
from xpcheck.flow.lattice.summary import Run, Summary, Variant
from xpcheck.flow.solution.solver import Key, Solver
from xpcheck.link.definitions import Function


class Visit(NamedTuple):
    """How a function is reached first: from which function, and where that calls it; both None for an entry."""

    caller: Function | None
    loc: Loc | None


class Unresolved(NamedTuple):
    """A call on the way of which the callee is not known."""

    function: Function
    loc: Loc
    why: str


class Reach:
    """The functions that some entry points may call under JAX, each with the shortest way to it.

    A call that leaves the namespace at NumPy is followed as if it handed it on: what comes next after its repair is on
    the way too. Branches that only NumPy takes are not.

    Attributes
    ----------
    visits
        The functions in the order in which they are reached, nearest first.
    """

    def __init__(self, solver: Solver, entries: Iterable[Function], summaries: Mapping[Key, Summary]) -> None:
        self._solver = solver
        self._summaries = summaries
        self.visits: dict[Function, Visit] = {item: Visit(None, None) for item in entries}
        self._seen: set[tuple[Function, Variant]] = set()
        queue: deque[tuple[Function, Variant]] = deque((item, ()) for item in self.visits)
        while queue:
            function, variant = queue.popleft()
            if (function, variant) in self._seen:
                continue
            self._seen.add((function, variant))
            for (callee, _, fixed), loc in sorted(self._targets(function, variant), key=_by_place):
                self.visits.setdefault(callee, Visit(function, loc))
                queue.append((callee, fixed))

    def way(self, function: Function) -> list[Function]:
        """The functions from an entry point to a function, both included."""
        path: list[Function] = []
        current: Function | None = function
        while current is not None:
            path.append(current)
            current = self.visits[current].caller
        return path[::-1]

    def unresolved(self) -> list[Unresolved]:
        """The unresolved calls on the way, by place."""
        found = {
            Unresolved(function, loc, why)
            for function, variant in self._seen
            for loc, why in self._summary(function, variant).sites.items()
            if why
        }
        return sorted(found, key=lambda item: (item.function.module.path, item.loc, item.why))

    def resolved(self) -> int:
        """How many calls on the way are resolved."""
        return len(
            {
                (function, loc)
                for function, variant in self._seen
                for loc, why in self._summary(function, variant).sites.items()
                if not why
            }
        )

    def _targets(self, function: Function, variant: Variant) -> Iterable[tuple[tuple[Function, Run, Variant], Loc]]:
        return self._summary(function, variant).targets.items()

    def _summary(self, function: Function, variant: Variant) -> Summary:
        """The summary of the JAX run; of a variant that nobody asked for under JAX, that of the function as such."""
        run = Run.JAX if self._solver.aware(function) else Run.ONE
        summaries = self._summaries
        return summaries.get((function, run, variant)) or summaries.get((function, run, ())) or Summary()


def _by_place(item: tuple[tuple[Function, Run, Variant], Loc]) -> tuple[object, ...]:
    (callee, run, variant), loc = item
    return (loc, *callee.key, run.value, variant)
