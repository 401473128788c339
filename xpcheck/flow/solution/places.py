"""Further places of a defect: what else a traced value breaks behind a call, and what breaks once that is repaired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from xpcheck.facts import Loc
from xpcheck.flow.events.body_events import Hit
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Run, Sink, SinkKey, Summary, Variant, Witness
from xpcheck.flow.lattice.values import Dep, Deps
from xpcheck.flow.solution.solver import Solver
from xpcheck.link.definitions import Function
from xpcheck.model import Step

_MAX_PLACES = 48

Place: TypeAlias = tuple[Function, Run, Variant, SinkKey]
"""A sink of one summary."""


class Places:
    """Calls and operations that reach sinks, read off the summaries of a solved program."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._behind: dict[Place, list[tuple[Step, Place | None]]] = {}

    def below(self, hits: Iterable[Hit]) -> tuple[Step, ...]:
        """Every call and operation behind some hits that the traced value reaches, the nearest first."""
        return self._closed([(hit.callee, hit.run, hit.variant, hit.key) for hit in hits], {})

    def followers(self, function: Function, run: Run, deps: Deps) -> tuple[Step, ...]:
        """What breaks in a body on values from ``deps`` once what breaks before is repaired, and all behind it."""
        plain, whole = self._solver.summaries.get((function, run, ())), self._solver.repaired(function, run)
        if plain is None or whole is None or whole is plain:
            return ()
        known = {witness.loc for key in plain.sinks for witness in _witnesses(plain, key)}
        found: dict[Step, None] = {}
        onward: list[Place] = []
        for witness in sorted(_reached(whole, deps, known), key=lambda item: (item.loc, item.label)):
            found.setdefault(witnessed(function, witness))
            onward += [witness.next] if witness.next is not None else []
        return self._closed(onward, found)

    def _closed(self, level: Sequence[Place], found: dict[Step, None]) -> tuple[Step, ...]:
        level = list(dict.fromkeys(level))
        seen = set(level)
        while level and len(found) < _MAX_PLACES:
            below = [item for place in level for item in self._broken(place)]
            below.sort(key=lambda item: (item[0].path, item[0].line, item[0].column, item[0].note))
            found.update(dict.fromkeys(step for step, _ in below))
            level = list(dict.fromkeys(onward for _, onward in below if onward is not None and onward not in seen))
            seen.update(level)
        return tuple(found)[:_MAX_PLACES]

    def _broken(self, place: Place) -> list[tuple[Step, Place | None]]:
        """The witnesses of a sink as steps, and the sinks that they lead to."""
        if place not in self._behind:
            found = self._witnesses(*place)
            self._behind[place] = [(witnessed(place[0], witness), witness.next) for witness in found]
        return self._behind[place]

    def _witnesses(self, function: Function, run: Run, variant: Variant, key: SinkKey) -> Iterable[Witness]:
        """The witnesses of a sink; without a namespace also what breaks behind it, which is to be repaired as well."""
        if run is Run.NUMPY:
            return _witnesses(self._solver.summaries[(function, run, variant)], key)
        summary = self._solver.repaired(function, run, variant)
        return _cured_alike(summary, key) if summary is not None else ()


def witnessed(function: Function, witness: Witness) -> Step:
    """A witness as a step of evidence."""
    note = f"`{witness.label}`" if witness.callee is None else f"`{witness.label}` called"
    return Step(function.module.path, witness.loc[0], witness.loc[1], function.qualname, note)


def _reached(summary: Summary, deps: Iterable[Dep], known: set[Loc]) -> set[Witness]:
    keys = [key for key in summary.sinks if key[0] in deps and key[1] in NAMESPACE_SINKS]
    return {witness for key in keys for witness in _witnesses(summary, key) if witness.loc not in known}


def _cured_alike(summary: Summary, key: SinkKey) -> Iterator[Witness]:
    """The witnesses of a sink, and of all that the same cure is for: handing the namespace on."""
    dep, kind = key
    for other in Sink if kind in NAMESPACE_SINKS else (kind,):
        if other is kind or other in NAMESPACE_SINKS:
            yield from _witnesses(summary, (dep, other))


def _witnesses(summary: Summary, key: SinkKey) -> tuple[Witness, ...]:
    first = summary.sinks.get(key)
    return (first, *summary.further.get(key, ())) if first is not None else ()
