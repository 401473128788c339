"""What breaks in a body once the places that are reported before it are repaired.

A port meets one such place a run; they are seen here at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.body.arguments import name_loc
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.events.body_events import ArrayOp, Call, Event
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.solution.judge import Judge
from xpcheck.flow.solution.recall import Circumstances
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function
from xpcheck.model import Level


class Following:
    """Finds the operations and calls that break on what others, reported before them, have computed.

    A body that holds no namespace, and builds no component of a model, may compute on the host on purpose: nothing is
    reported in it, and nothing follows. What stands around a place that is reported belongs to it.
    """

    def __init__(self, solver: Solver, judge: Judge) -> None:
        self._solver = solver
        self._judge = judge

    def events(self, body: Circumstances, seen: Sequence[Event]) -> Iterator[Event]:
        """The events of a body that follow those seen in it."""
        known = [item for item in seen if isinstance(item, ArrayOp | Call)]
        if body.run is Run.NUMPY or body.aside or not any(self._is_reported(item) for item in known):
            return
        taken = {(step.line, step.column) for item in known if isinstance(item, ArrayOp) for step in item.places}
        inner = [item.site.loc for item in known]
        spans = self._spans(body.function)
        for item in self._repaired(body):
            loc = item.site.loc
            if loc[:2] not in taken and not _encloses(spans.get(loc, loc), inner) and self._is_reported(item):
                inner.append(loc)
                yield item

    def _repaired(self, body: Circumstances) -> Iterator[ArrayOp | Call]:
        """The operations and calls of a body in which all that breaks is repaired."""
        from xpcheck.flow.body.frame import Frame

        found: dict[Event, None] = {}
        with self._solver.untraced():
            for variant in body.variants or ((),):
                recorder = Recorder(self._judge)
                frame = Frame(self._solver, body.function, body.run, variant, recorder)
                frame.unread = body.unread
                frame.repaired = frame.looking_on = True
                frame.interpret()
                found |= recorder.events
        yield from (item for item in found if type(item) is ArrayOp or type(item) is Call)

    def _is_reported(self, event: ArrayOp | Call) -> bool:
        """Whether a rule speaks of an event by default."""
        if not (event.in_aware_body or event.in_constructor):
            return False
        verdicts = [event.verdict] if isinstance(event, ArrayOp) else event.verdicts
        return any(item is not None and item.level is not Level.POSSIBLE for item in verdicts)

    def _spans(self, function: Function) -> dict[Loc, Loc]:
        """The whole call for each place of a callee, and of its name, in a body."""
        body = self._solver.program.own_body(function)
        calls = [node for root in body.statements for node in walk(root) if type(node) is facts.Call] if body else []
        return {loc: node.loc for node in calls for loc in (node.func.loc, name_loc(node.func))}


def _encloses(span: Loc, places: Iterable[Loc]) -> bool:
    return any(span[:2] <= place[:2] and place[2:] <= span[2:] for place in places)
