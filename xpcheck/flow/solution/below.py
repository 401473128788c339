"""Calls that drop the namespace in bodies without one, behind calls that are reported.

A helper that takes no namespace is reported where the last body that holds one calls it. What the helper calls takes
one more often than not: there it is dropped, and there it has to be handed on once the helper takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from xpcheck.flow.events.body_events import Call, DroppedBelow, Event
from xpcheck.flow.lattice.summary import Binding
from xpcheck.model import Level, Step

_Spot: TypeAlias = tuple[str, int, int]


def dropped_below(events: Iterable[Event]) -> Iterator[DroppedBelow]:
    """The calls that drop the namespace on the way from a reported call to a sink, among the events of a distribution.

    A property that drops it cannot be given one: that is said where it is read.
    """
    calls = [event for event in events if type(event) is Call]
    reported: dict[_Spot, tuple[Level, Call]] = {}
    for call in calls:
        for level, spot in _ways(call):
            known = reported.get(spot)
            if known is None or level.rank < known[0].rank:
                reported[spot] = (level, call)
    for call in calls:
        site = call.site
        if call.in_aware_body or not call.drops_namespace or call.accessor or site.function.accessor:
            continue
        found = reported.get((site.function.module.path, *site.loc[:2]))
        if found is not None:
            yield DroppedBelow(site, call, found[1], found[0])


def _ways(call: Call) -> Iterator[tuple[Level, _Spot]]:
    """Every place between a call of something without a namespace and what breaks behind it, if it is reported."""
    if not call.in_aware_body or call.binding is not Binding.FREE or call.builds_component or call.in_constructor:
        return
    verdicts = call.verdicts
    if verdicts and verdicts[0].level is not Level.POSSIBLE:
        for step in (*verdicts[0].chain(), *call.places_below):
            yield verdicts[0].level, _spot(step)


def _spot(step: Step) -> _Spot:
    return step.path, step.line, step.column


__all__ = ["dropped_below"]
