"""The door of the flow room: a solved program and the events of its bodies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from xpcheck.config import Config
from xpcheck.facts import Loc
from xpcheck.flow import models
from xpcheck.flow.base import Recorder
from xpcheck.flow.callers import Callers, callers
from xpcheck.flow.calling import Calling
from xpcheck.flow.definitions import Definitions
from xpcheck.flow.events import Event
from xpcheck.flow.explaining import Explanation, explain, function_at
from xpcheck.flow.frame import Frame
from xpcheck.flow.judge import Judge
from xpcheck.flow.levels import Levels
from xpcheck.flow.misuse import unused
from xpcheck.flow.reach import Reach
from xpcheck.flow.solver import Solver
from xpcheck.flow.summary import Run
from xpcheck.flow.untrue import Untrue, untrue
from xpcheck.link.definitions import Function, holds_doubles
from xpcheck.link.program import Program
from xpcheck.project.discovery import excluder
from xpcheck.project.index import Module


class Flows:
    """A solved program: the functions given that hold a namespace, those ``asked`` for, and what these call.

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
    ) -> None:
        self._solver = Solver(program, config, knowledge or models.with_models())
        self._functions = sorted(functions, key=lambda item: item.key)
        wanted = dict.fromkeys((*(item for item in self._functions if self._in_reach(item)), *asked))
        self._solver.solve(wanted)
        self._levels = Levels(self._solver)
        self.judge = Judge(self._solver, self._levels)
        self._calling = Calling(self._solver)
        self._is_test = excluder(config.test_globs)
        self._values = self._unknown = 0

    def _in_reach(self, function: Function) -> bool:
        """Whether a function is solved even if nobody calls it.

        Class methods say what constructors are given; a model builds the components that its prior files declare.
        """
        solver, owner = self._solver, function.owner
        if solver.aware(function) or function.accessor == "cached" or function.binding == "class":
            return True
        if any(solver.markers.is_traced(function, index) for index in range(len(function.params))):
            return True
        if owner is None or function.name != "__init__":
            return False
        return solver.program.hierarchy.is_subclass(owner, solver.declared.classes)

    def events(self) -> Iterator[Event]:
        """The events of the functions in reach, in their order; each body is interpreted once more.

        In reach are the functions that hold a namespace, cached properties, those whose parameters a comment declares
        traced, and whatever these may call.
        """
        reached = {function for function, _, _ in self._solver.summaries}
        for function in self._functions:
            for run in self._solver.runs(function) if function in reached else ():
                if self._happens(function, run):
                    recorder = Recorder(self.judge)
                    frame = Frame(self._solver, function, run, (), recorder)
                    frame.aside = run is not Run.NUMPY and self._around(function)
                    frame.unread = not self._solver.on_jax_path(function)
                    frame.interpret()
                    self._note_options(function, run, recorder)
                    if run is Run.JAX:
                        self._values += len(recorder.unknown)
                        self._unknown += sum(recorder.unknown.values())
                    yield from recorder.events
                    if run is Run.JAX and not frame.aside and self._solver.ignores_namespace(function):
                        yield from unused(frame, tuple(recorder.events))
        yield from Definitions(self._solver, self.judge).events()

    @property
    def interpreted(self) -> int:
        """How often a body was interpreted so far."""
        return self._solver.interpreted

    def untrue(self) -> Iterator[Untrue]:
        """The markers of the program that are not true."""
        yield from untrue(self._solver.markers, self._levels)

    def _happens(self, function: Function, run: Run) -> bool:
        if run is Run.NUMPY:
            solved = self._solver.summaries.get((function, run, ()))
            if solved is not None and solved.quiet:
                return False  # nearly all of them: few events are those of the NumPy run
            return self._calling.on_numpy_path(function) and not self._solver.usage.only(Run.JAX, function)
        return not self._solver.numpy_only(function)

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

    def _note_options(self, function: Function, run: Run, recorder: Recorder) -> None:
        """Tell the judge which operations of a body no call in the program comes to, by the constants it fixes."""
        variants = self._solver.usage.variants(function) if recorder.events and run is not Run.NUMPY else []
        if not variants:
            return
        seen: set[tuple[type[Event], Loc]] = set()
        for variant in variants:
            reached = Recorder(self.judge)
            Frame(self._solver, function, run, variant, reached).interpret()
            seen |= {(type(event), event.site.loc) for event in reached.events}
        for event in recorder.events:
            if (type(event), event.site.loc) not in seen:
                self.judge.note_option(event)

    def _around(self, function: Function) -> bool:
        """Whether a body runs around the trace: NumPy or tests alone reach it, or its object drives a host loop."""
        if self._solver.usage.only(Run.NUMPY, function) or self._is_of_tests(function.module):
            return True
        return self.judge.drives_loop(function)

    def _is_of_tests(self, module: Module) -> bool:
        """Whether a module is a unit test or holds stand-ins for tests: what it computes is compared, not traced."""
        return holds_doubles(module) or self._is_test(module.path)

    def statistics(self) -> dict[str, object]:
        """Counts for ``--statistics``; those of values are known after ``events``."""
        solver = self._solver
        aware = [item for item in self._functions if solver.aware(item)]
        own = [solver.summaries[(item, Run.JAX, ())] for item in aware if (item, Run.JAX, ()) in solver.summaries]
        answers = Counter(why for summary in own for why in summary.sites.values())
        resolved = answers.pop("", 0)
        return {
            "functions": len(self._functions),
            "xp-aware functions": len(aware),
            "calls resolved": resolved,
            "calls unresolved": answers.total(),
            "unresolved by reason": dict(sorted(answers.items())),
            "values": self._values,
            "values unknown": self._unknown,
            "share of unknown values": round(self._unknown / max(1, self._values), 4),
            "summaries": len(solver.summaries),
            "bounds hit": solver.widened,
        }
