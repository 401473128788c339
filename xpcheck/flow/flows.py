"""The door of the flow room: a solved program and the events of its bodies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias, TypeVar

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
from xpcheck.flow.solution.explaining import Explanation, explain, function_at
from xpcheck.flow.solution.following import Following
from xpcheck.flow.solution.hearing import Heard, Hearing
from xpcheck.flow.solution.judge import Judge
from xpcheck.flow.solution.questions import Trace
from xpcheck.flow.solution.reach import Reach
from xpcheck.flow.solution.recall import Circumstances, Kept, Piece, Recall, Rest, Seen
from xpcheck.flow.solution.sights import Sight, Sights
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.solution.untrue import Untrue, idle, untrue
from xpcheck.flow.solution.ways import Ways
from xpcheck.flow.sources.named_calls import NamedCalls
from xpcheck.link.definitions import Function
from xpcheck.link.distributions import Distribution
from xpcheck.link.program import Program
from xpcheck.project.index import Module

_Item = TypeVar("_Item", Function, Module)

_NAMED = 3
"""So many packages are named in a note."""

Former: TypeAlias = tuple[Kept | None, Edits | None]
"""What an earlier run left, and the edits since; None where that is not known: nothing is taken again."""


class Flows:
    """A solved program: the functions that hold a namespace, those ``asked`` for, and what these call.

    Of the functions given the events are wanted. With a ``memory`` interpretations of an earlier run are taken again,
    and those of this one can be left to the next.
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
        self._sights = self._solve(frozenset(asked))
        self._judges: dict[Sight, Judge] = {}
        ways = Ways(solver)
        for sight in {self._sights.of(item.module.package): None for item in self._functions}:
            self._judges[sight] = judge = Judge(solver, sight)
            judge.weigh(ways)
        self._values = self._unknown = 0
        self._foreign: frozenset[Function] = frozenset()

    def _solve(self, asked: Collection[Function]) -> Sights:
        """Solve each distribution with all that it sees before those that see it; they say nothing of it."""
        solver, roots = self._solver, {}
        functions: dict[str, list[Function]] = {}
        for item in sorted(solver.program.functions, key=lambda item: item.key):
            functions.setdefault(item.module.package, []).append(item)
        for distribution in solver.program.distributions:
            mine = (item for package in sorted(distribution.packages) for item in functions.get(package, ()))
            wanted = [item for item in mine if item in asked or self._in_reach(item, distribution)]
            aside = {item for item in wanted if item not in asked and self._may_be_of_the_host(item)}
            first = [item for item in wanted if item not in aside]
            roots[distribution] = solver.solve(first, [item for item in wanted if item in aside])
            solver.close(distribution.packages)
        return Sights(solver, roots)

    def _judge(self, package: str) -> Judge:
        """Who judges what happens in a package."""
        sight = self._sights.of(package)
        if sight not in self._judges:
            self._judges[sight] = Judge(self._solver, sight)
        return self._judges[sight]

    def _in_reach(self, function: Function, distribution: Distribution) -> bool:
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
        return solver.program.hierarchy.is_subclass(owner, solver.priors.seen_by(distribution.seen).classes)

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
        program, calls = self._solver.program, NamedCalls(self._solver)
        found = [event for functions in self._by_distribution(self._functions) for event in self._events(functions)]
        self._foreign = frozenset(program.foreign)
        yield from found
        for modules in self._by_distribution(item for item in program.index.modules.values() if item.own):
            package = modules[0].package
            definitions = Definitions(self._solver, self._judge(package), self._sights.of(package), calls)
            yield from definitions.events(modules)

    def _by_distribution(self, items: Iterable[_Item]) -> Iterator[list[_Item]]:
        """Some functions or modules, those of one distribution together."""
        groups: dict[Sight, list[_Item]] = {}
        for item in items:
            groups.setdefault(self._sights.of(_package(item)), []).append(item)
        yield from groups.values()

    def _events(self, functions: Iterable[Function]) -> list[Event]:
        """The events of the bodies of one distribution."""
        found: list[Event] = []
        bodies: list[Seen] = []
        for function in functions:
            for run in self._solver.runs(function) if self._is_solved(function) else ():
                if self._happens(function, run):
                    seen = self._seen(function, run)
                    if run is Run.JAX and seen.events and not self._comes_to(function):
                        continue
                    for number in seen.options:
                        self._judge(function.module.package).note_option(seen.events[number])
                    if run is Run.JAX:
                        self._values += seen.values
                        self._unknown += seen.unknown
                    found += seen.events
                    bodies.append(seen)
                    found += seen.unused
        for seen in bodies:
            following = Following(self._solver, self._judge(seen.circumstances.function.module.package))
            found += following.events(seen.circumstances, seen.events)
        return [*found, *dropped_below(found)]

    def _seen(self, function: Function, run: Run) -> Seen:
        """What a body is seen to do in one of its runs."""
        solver, recall, judge = self._solver, self._solver.recall, self._judge(function.module.package)
        aside = run is not Run.NUMPY and self._around(function)
        variants = tuple(solver.usage.variants(function)) if run is not Run.NUMPY else ()
        circumstances = Circumstances(function, run, aside, not solver.on_jax_path(function), variants)
        known = recall.seen_again(solver, circumstances, judge) if recall is not None else None
        if known is not None:
            return known
        ignored = run is Run.JAX and not aside and solver.ignores_namespace(function)
        heard = solver.hearing.take((function, run, ()))
        last: list[UnusedNamespace] = []
        if heard is None or ignored or (heard.trace is not None and heard.trace.broken):
            heard, frame = self._heard(circumstances)
            last = list(unused(frame, tuple(heard.events))) if ignored else last
        events = heard.judged(judge, aside, circumstances.unread)
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
            recorder = Recorder(self._judge(function.module.package))
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
            priors=solver.priors.files,
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
        yield from idle(self._solver.markers)
        for functions in self._by_distribution(self._functions) if self._solver.markers.any else ():
            own = frozenset(item.module.package for item in functions)
            yield from untrue(self._judge(functions[0].module.package).levels, own)

    def _is_solved(self, function: Function) -> bool:
        """Whether something is known of what a body does; of others, most of them tests, nothing is asked."""
        if self._solver.backends.is_for_cupy(function.module) and not self._is_declared_traced(function):
            return False
        return function in self._sights.of(function.module.package).solved

    def _happens(self, function: Function, run: Run) -> bool:
        if run is Run.NUMPY:
            solved = self._sights.of(function.module.package).summaries.get((function, run, ()))
            if solved is None or solved.quiet:
                return False  # nearly all of them: few events are those of the NumPy run
            calling = self._judge(function.module.package).calling
            return calling.on_numpy_path(function) and not self._solver.usage.only(Run.JAX, function)
        return not self._judge(function.module.package).numpy_only(function)

    def _comes_to(self, function: Function) -> bool:
        """Whether JAX comes to a function: asked only where that matters, it may have to be searched for."""
        return self._judge(function.module.package).coming.comes_to(function)

    def explain(self, path: str, line: int) -> Explanation | None:
        """What the analysis knows at a line of a file; None when no function of the project is there."""
        function = function_at(self._functions, path, line)
        if function is None:
            return None
        return explain(self._solver, self._judge(function.module.package), function, line)

    def reach(self, entries: Iterable[Function]) -> Reach:
        """What some functions may call, directly or not."""
        return Reach(self._solver, entries, self._solver.summaries)

    def callers(self) -> Callers:
        """Who calls the functions of the project, and what each call does with the namespace."""
        return callers(self._solver, self._functions)

    def _options(self, circumstances: Circumstances, events: list[Event]) -> Iterator[int]:
        """The numbers of the events that no call in the program comes to, by the constants it fixes."""
        if not circumstances.variants:
            return
        function, run = circumstances.function, circumstances.run
        judge = self._judge(function.module.package)
        seen = frozenset().union(*(judge.reached(function, run, variant) for variant in circumstances.variants))
        yield from (number for number, event in enumerate(events) if (type(event), event.site.loc) not in seen)

    def _around(self, function: Function) -> bool:
        """Whether a body runs around the trace: NumPy or tests alone reach it, or its object drives a host loop."""
        if self._solver.usage.only(Run.NUMPY, function) or self._solver.roles.is_for_tests(function.module):
            return True
        return self._judge(function.module.package).drives_loop(function)

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


def _package(item: Function | Module) -> str:
    return item.package if isinstance(item, Module) else item.module.package
