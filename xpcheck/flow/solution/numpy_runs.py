"""The NumPy runs that are made although no call comes to them.

The NumPy run of a body does what its JAX run does, with other values, unless the body decides a test, meets what the
two backends do not share, or calls what gives another kind of thing with NumPy. Of all other bodies the JAX run tells
whom the NumPy run calls, and it has nothing to report: it is made only where a call that leaves the namespace out asks
for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from xpcheck.flow.lattice.summary import Run, Summary
from xpcheck.flow.lattice.values import Const, Instance, Items, Routine, Sequence, Value
from xpcheck.flow.lattice.values import Mapping as Fields
from xpcheck.link.definitions import Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key


class NumpyRuns:
    """Says which NumPy runs a solver has to make; it knows its ``summaries``, and who asked for each."""

    def __init__(self, summaries: Mapping[Key, Summary], dependents: Mapping[Key, Iterable[Key]]) -> None:
        self._summaries = summaries
        self._dependents = dependents
        self._left: dict[Function, None] = {}
        self._made: set[Function] = set()
        self._looked_at = 0
        """How many summaries were looked at for NumPy runs: there are never fewer."""
        self._asked: set[Function] = set()
        """The functions to whose NumPy runs calls come, be it with constants for some parameters."""
        self._runs: list[Key] = []
        """These runs."""

    def begin(self) -> None:
        """Another distribution is solved: what is decided of those before stays so."""
        self._left = {}

    def expect(self, functions: Iterable[Function]) -> None:
        """Functions whose JAX runs are solved, and whose NumPy runs are made where they have to be."""
        self._left.update(dict.fromkeys(functions))

    def left_out(self) -> frozenset[Function]:
        """The functions whose NumPy run is not made, as far as their own distribution is concerned."""
        return frozenset(self._left)

    def next(self) -> list[Function]:
        """The functions whose NumPy run has to be made, as far as what is solved says; each is told once."""
        new = [key for key in islice(self._summaries, self._looked_at, None) if key[1] is Run.NUMPY]
        self._looked_at = len(self._summaries)
        self._runs += new
        self._asked.update(function for function, _, _ in new)
        concerned = self._asked | self._asking_others()
        found = [item for item in self._left if item in concerned or self._summaries[(item, Run.JAX, ())].apart]
        self._made.update(found)
        for item in found:
            del self._left[item]
        return found

    def _asking_others(self) -> set[Function]:
        """The functions whose JAX runs asked for something that is of another kind with NumPy."""
        found: set[Function] = set()
        for made in self._runs:
            function, _, variant = made
            key = (function, Run.JAX, variant)
            other, summary = self._summaries.get(key) if function in self._made else None, self._summaries[made]
            if other is not None and (other.returns, _kind(other.result)) != (summary.returns, _kind(summary.result)):
                found.update(caller for caller, _, _ in self._dependents.get(key, ()))
        return found


def _kind(value: Value | None) -> object:
    """What kind of thing a value is, whatever it was computed from."""
    shape = value.shape if value is not None else None
    if type(shape) is Items:
        return tuple(map(_kind, shape.items))
    if type(shape) is Sequence:
        return Sequence, _kind(shape.element)
    if type(shape) is Fields:
        return tuple((name, _kind(item)) for name, item in shape.fields), _kind(shape.rest)
    if type(shape) is Instance:
        return shape.classes
    if type(shape) is Const:
        return shape
    return shape.targets if type(shape) is Routine else type(shape)
