"""What decorators make of a method's result, compared with the other methods of its family."""

from __future__ import annotations

from collections import Counter

from xpcheck.flow.solution.solver import Solver
from xpcheck.link.definitions import Function

_FEWEST = 2
"""So many methods of the family, without one that differs, make a rule."""


class OutputTypes:
    """Compares a method with the methods of the same name that it overrides, that override it, or that do beside it."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._hierarchy = solver.program.hierarchy

    def expected(self, function: Function) -> tuple[str, int] | None:
        """The decorator that wraps the results of all other methods of a family, and how many they are.

        None where a method agrees, where the others disagree among themselves, or where they are too few.
        """
        others = self._others(function)
        wrapping = Counter(
            item.name for other in others if (item := self._solver.decorators.wrapping(other)) is not None
        )
        if len(wrapping) != 1:
            return None
        (name, count), *_ = wrapping.items()
        own = self._solver.decorators.wrapping(function)
        return (name, count) if count >= _FEWEST and (own is None or own.name != name) else None

    def _others(self, function: Function) -> list[Function]:
        cls = function.owner
        if cls is None:
            return []
        first = next(item for item in reversed(self._hierarchy.mro(cls)) if function.name in item.members)
        classes = [first, *self._hierarchy.subclasses(first, cls.module.package)]
        members = [item.members.get(function.name) for item in classes]
        return [
            item for item in members if isinstance(item, Function) and item is not function and not item.outline.stub
        ]
