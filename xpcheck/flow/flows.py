"""The door of the flow room: a solved program and the events of its bodies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from xpcheck.config import Config
from xpcheck.flow import models
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.body.frame import Frame
from xpcheck.flow.body.misuse import unused
from xpcheck.flow.definitions.inspection import Definitions
from xpcheck.flow.earlier.counts import of_values
from xpcheck.flow.earlier.edits import Edits, stays_inside
from xpcheck.flow.events.body_events import Event, UnusedNamespace
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.solution.below import dropped_below
from xpcheck.flow.solution.callers import Callers, callers
from xpcheck.flow.solution.calling import Calling
from xpcheck.flow.solution.explaining import Explanation, explain, function_at
from xpcheck.flow.solution.following import Following
from xpcheck.flow.solution.hearing import Heard, Hearing
from xpcheck.flow.solution.judge import Judge
from xpcheck.flow.solution.levels import Levels
from xpcheck.flow.solution.questions import Trace
from xpcheck.flow.solution.reach import Reach
from xpcheck.flow.solution.recall import Circumstances, Kept, Piece, Recall, Rest, Seen
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.solution.untrue import Untrue, untrue
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program

_NAMED = 3
"""So many packages are named in a note."""

Former: TypeAlias = tuple[Kept | None, Edits | None]
"""What an earlier run left, and the edits since; None where that is not known: nothing is taken again."""


class Flows:
    """A solved program: the functions given that hold a namespace, those ``asked`` for, and what these call.

    With a ``memory`` interpretations of an earlier run are taken again, and those of this one can be left to the next.

    Attributes
    ----------
    judge
        Levels and chains of events.
    """

    def __init__(
        self,
        program: Program,
        config: Config,
        functions: Iterable[Function],
        knowledge: models.Knowledge | None = None,
        asked: Iterable[Function] = (),
        memory: Former | None = None,
    ) -> None:
        self._former: Rest | None = None
        kept, found = memory or (None, None)
        priors = kept.rest.priors if kept is not None else None
        self._solver = solver = Solver(program, config, knowledge or models.with_models(), priors)
        if memory is not None:
            known = kept is not None and found is not None and stays_inside(solver, kept.rest, found.changed)
            solver.recall = Recall(kept, found.changed, found.moved) if known and found is not None else Recall()
            self._former = former = kept.rest if known and kept is not None else None
            if former is not None:
                solver.remember(former.traits)
                solver.builders.remember((item.constructor, item.index, item.shape) for item in former.built)
        self._functions = sorted(functions, key=lambda item: item.key)
        solver.hearing = Hearing(frozenset(self._functions))
        asked = tuple(asked)
        wanted = dict.fromkeys((*(item for item in self._functions if self._in_reach(item)), *asked))
        aside = {item for item in wanted if item not in asked and self._may_be_of_the_host(item)}
        solver.solve([item for item in wanted if item not in aside], [item for item in wanted if item in aside])
        self._levels = Levels(self._solver)
        self.judge = Judge(self._solver, self._levels)
        self._calling = Calling(self._solver)
        self._values = self._unknown = 0
        self._foreign: frozenset[Function] = frozenset()

    def _in_reach(self, function: Function) -> bool:
        """Whether a function is solved even if nobody calls it.

        Class methods say what constructors are given; a model builds the components that its prior files declare. What
        tests compute is compared, not traced.
        """
        solver, owner = self._solver, function.owner
        if self._is_declared_traced(function):
            return True
        if solver.roles.is_for_tests(function.module) or solver.backends.is_for_cupy(function.module):
            return False
        if solver.aware(function) or function.accessor == "cached" or function.binding == "class":
            return True
        if owner is None or function.name != "__init__":
            return False
        return solver.program.hierarchy.is_subclass(owner, solver.declared.classes)

    def _may_be_of_the_host(self, function: Function) -> bool:
        """Whether a function in reach is one of the host unless others call it."""
        solver = self._solver
        if function.accessor == "cached" or self._is_declared_traced(function):
            return False
        return function in solver.implicit or (function.binding == "class" and not solver.aware(function))

    def _is_declared_traced(self, function: Function) -> bool:
        return any(self._solver.markers.is_traced(function, index) for index in range(len(function.params)))

    def events(self) -> Iterator[Event]:
        """The events of the functions in reach, in their order; each body is interpreted once more.

        In reach are the functions that hold a namespace, cached properties, those whose parameters a comment declares
        traced, and whatever these may call; not tests, where no comment says so.
        """
        reached = {function for function, _, _ in self._solver.summaries}
        found: list[Event] = []
        bodies: list[Seen] = []
        for function in self._functions:
            for run in self._solver.runs(function) if function in reached else ():
                if self._happens(function, run):
                    seen = self._seen(function, run)
                    for number in seen.options:
                        self.judge.note_option(seen.events[number])
                    if run is Run.JAX:
                        self._values += seen.values
                        self._unknown += seen.unknown
                    found += seen.events
                    bodies.append(seen)
                    found += seen.unused
        following = Following(self._solver, self.judge)
        for seen in bodies:
            found += following.events(seen.circumstances, seen.events)
        found += dropped_below(found)
        self._foreign = frozenset(self._solver.program.foreign)
        yield from found
        yield from Definitions(self._solver, self.judge, self._solver.roles).events()

    def _seen(self, function: Function, run: Run) -> Seen:
        """What a body is seen to do in one of its runs."""
        solver, recall = self._solver, self._solver.recall
        aside = run is not Run.NUMPY and self._around(function)
        variants = tuple(solver.usage.variants(function)) if run is not Run.NUMPY else ()
        circumstances = Circumstances(function, run, aside, not solver.on_jax_path(function), variants)
        known = recall.seen_again(solver, circumstances, self.judge) if recall is not None else None
        if known is not None:
            return known
        ignored = run is Run.JAX and not aside and solver.ignores_namespace(function)
        heard = solver.hearing.take((function, run, ()))
        last: list[UnusedNamespace] = []
        if heard is None or ignored or (heard.trace is not None and heard.trace.broken):
            heard, frame = self._heard(circumstances)
            last = list(unused(frame, tuple(heard.events))) if ignored else last
        events = heard.judged(self.judge, aside, circumstances.unread)
        with solver.untraced():
            options = tuple(self._options(circumstances, events)) if events else ()
        seen = Seen(circumstances, (), events, last, options, heard.values, heard.unknown)
        if recall is not None and heard.trace is not None:
            recall.saw(seen, heard.trace)
        return seen

    def _heard(self, circumstances: Circumstances) -> tuple[Heard, Frame]:
        """One more interpretation of a body."""
        solver, function, run = self._solver, circumstances.function, circumstances.run
        with solver.untraced():
            solver.trace = trace = Trace() if solver.recall is not None else None
            recorder = Recorder(self.judge)
            frame = Frame(solver, function, run, (), recorder)
            frame.aside, frame.unread = circumstances.aside, circumstances.unread
            frame.interpret()
        return Heard.by(recorder, trace), frame

    def is_again(self, event: Event) -> bool:
        """Whether an event was seen by the run that left the memory, in the same lines."""
        return self._solver.recall is not None and self._solver.recall.is_again(event)

    def left(self) -> tuple[Rest, Iterator[tuple[Function, Piece]]] | None:
        """What a later run needs to know to take interpretations of this one again; known after ``events``.

        Of functions of which nothing else is known than the memory said, there is no piece.
        """
        solver = self._solver
        if solver.recall is None:
            return None
        rest = Rest(
            traits=list(solver.traits()),
            built=list(solver.built()),
            attributes={name: sorted(found) for name, found in solver.attributes.items()},
            foreign=list(self._foreign),
            predicates=list(solver.predicates.known()),
            priors=solver.priors,
            for_cupy=sorted(solver.backends.for_cupy),
            values=self._values,
            unknown=self._unknown,
        )
        return rest if self._former is None else rest.together_with(self._former), solver.recall.pieces()

    @property
    def remembers(self) -> bool:
        """Whether the memory was of any use."""
        return self._solver.recall is not None and self._solver.recall.knows

    @property
    def interpreted(self) -> int:
        """How often a body was interpreted so far."""
        return self._solver.interpreted

    def untrue(self) -> Iterator[Untrue]:
        """The markers of the program that are not true."""
        yield from untrue(self._solver.markers, self._levels)

    def _happens(self, function: Function, run: Run) -> bool:
        if self._solver.backends.is_for_cupy(function.module) and not self._is_declared_traced(function):
            return False
        if run is Run.NUMPY:
            solved = self._solver.summaries.get((function, run, ()))
            if solved is not None and solved.quiet:
                return False  # nearly all of them: few events are those of the NumPy run
            return self._calling.on_numpy_path(function) and not self._solver.usage.only(Run.JAX, function)
        return not self._solver.objects.numpy_only(function)

    def explain(self, path: str, line: int) -> Explanation | None:
        """What the analysis knows at a line of a file; None when no function of the project is there."""
        function = function_at(self._functions, path, line)
        return explain(self._solver, self._levels, self.judge, function, line) if function is not None else None

    def reach(self, entries: Iterable[Function]) -> Reach:
        """What some functions may call, directly or not."""
        return Reach(self._solver, entries)

    def callers(self) -> Callers:
        """Who calls the functions of the project, and what each call does with the namespace."""
        return callers(self._solver, self._functions)

    def _options(self, circumstances: Circumstances, events: list[Event]) -> Iterator[int]:
        """The numbers of the events that no call in the program comes to, by the constants it fixes."""
        if not circumstances.variants:
            return
        function, run = circumstances.function, circumstances.run
        seen = frozenset().union(*(self.judge.reached(function, run, variant) for variant in circumstances.variants))
        yield from (number for number, event in enumerate(events) if (type(event), event.site.loc) not in seen)

    def _around(self, function: Function) -> bool:
        """Whether a body runs around the trace: NumPy or tests alone reach it, or its object drives a host loop."""
        if self._solver.usage.only(Run.NUMPY, function) or self._solver.roles.is_for_tests(function.module):
            return True
        return self.judge.drives_loop(function)

    def notes(self) -> tuple[str, ...]:
        """What the user should know of packages that are not checked."""
        names = self._solver.backends.own_for_cupy()
        if not names:
            return ()
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        return (f"{shown}: CuPy and never JAX, so the bodies are not checked (`assume-jax = true` checks them)",)

    def statistics(self) -> dict[str, object]:
        """Counts for ``--statistics``; those of values are known after ``events``."""
        solver = self._solver
        library = (item for item in self._functions if not solver.roles.is_for_tests(item.module))
        aware = [item for item in library if solver.aware(item)]
        own = [solver.summaries[(item, Run.JAX, ())] for item in aware if (item, Run.JAX, ()) in solver.summaries]
        answers = Counter(why for summary in own for why in summary.sites.values())
        resolved = answers.pop("", 0)
        return {
            "functions": len(self._functions),
            "xp-aware functions": len(aware),
            "calls resolved": resolved,
            "calls unresolved": answers.total(),
            "unresolved by reason": dict(sorted(answers.items())),
            **of_values(self._values, self._unknown),
            "summaries": len(solver.summaries),
            "bounds hit": solver.widened,
        }
