"""What bodies were seen to do when the solver interpreted them last: it takes no further interpretation."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from xpcheck.flow.body.base import Recorder
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.solution.questions import Trace
from xpcheck.link.definitions import Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key


class Heard(NamedTuple):
    """The events of one interpretation, how many values it saw, how many unknown ones, and what it asked."""

    events: list[Any]
    values: int
    unknown: int
    trace: Trace | None

    @classmethod
    def by(cls, recorder: Recorder, trace: Trace | None) -> Heard:
        """What a recorder was told."""
        return cls(list(recorder.events), len(recorder.unknown), sum(recorder.unknown.values()), trace)

    def judged(self, judge: object, aside: bool, unread: bool) -> list[Any]:
        """The events with what is known of their body once the program is solved, each once."""
        for event in self.events:
            site = event.site
            msgspec.structs.force_setattr(site, "judge", judge)
            msgspec.structs.force_setattr(site, "on_host", site.on_host or aside)
            msgspec.structs.force_setattr(site, "unread", unread)
        return list(dict.fromkeys(self.events))


class Hearing:
    """Listens to the bodies of some ``functions`` while the solver interprets them.

    What it heard of a body holds as long as everything that its interpretation read is as it was.
    """

    def __init__(self, functions: Collection[Function] = ()) -> None:
        self._functions = functions
        self._heard: dict[Key, Heard] = {}

    def recorder(self, key: Key) -> Recorder | None:
        """Who listens to an interpretation, if anybody does: NumPy runs and variants have hardly anything to say."""
        function, run, variant = key
        if variant or run is Run.NUMPY or function not in self._functions:
            return None
        return Recorder(sees=run is Run.JAX)

    def keep(self, key: Key, recorder: Recorder, trace: Trace | None) -> None:
        """An interpretation ended."""
        self._heard[key] = Heard.by(recorder, trace)

    def forget(self, key: Key) -> None:
        """An interpretation does not hold any more, or another one takes its place."""
        self._heard.pop(key, None)

    def take(self, key: Key) -> Heard | None:
        """What was heard, if it still holds; it is handed out once."""
        return self._heard.pop(key, None)
