"""The fixpoint: summaries of functions on demand, until nothing changes.

A summary is asked for by its callers. A function is interpreted when it is first asked for; whoever read a summary is
interpreted again when that summary changes (``Agenda`` says when). Joins are monotone, so the solution does not depend
on the order.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator

from xpcheck import facts
from xpcheck.config import Config
from xpcheck.flow import models
from xpcheck.flow.lattice.summary import Run, SinkKey, Summary, Variant
from xpcheck.flow.lattice.values import (
    NONE,
    UNKNOWN,
    UNKNOWN_VALUE,
    ClassRef,
    External,
    Fact,
    ModuleRef,
    Routine,
    Shape,
    Value,
    join_shapes,
)
from xpcheck.flow.solution.agenda import Agenda
from xpcheck.flow.solution.glances import Glances
from xpcheck.flow.solution.hearing import Hearing
from xpcheck.flow.solution.hosts import Hosts
from xpcheck.flow.solution.numpy_runs import NumpyRuns
from xpcheck.flow.solution.objects import Objects
from xpcheck.flow.solution.predicates import Predicates
from xpcheck.flow.solution.questions import (
    Asked,
    Before,
    Flags,
    Follows,
    Gave,
    Given,
    Mended,
    Question,
    Stored,
    Telling,
    Trace,
)
from xpcheck.flow.solution.recall import Recall
from xpcheck.flow.solution.structures import Structures
from xpcheck.flow.solution.usage import Usage
from xpcheck.flow.solution.uses import Use, Uses
from xpcheck.flow.sources.annotations import Annotations
from xpcheck.flow.sources.attention import Attention
from xpcheck.flow.sources.awareness import Awareness
from xpcheck.flow.sources.builders import Builders
from xpcheck.flow.sources.constants import Constants
from xpcheck.flow.sources.decorators import Decorators
from xpcheck.flow.sources.forwarding import Forwarding
from xpcheck.flow.sources.markers import Markers
from xpcheck.flow.sources.parametric import PriorFile, Priors, prior_files
from xpcheck.flow.sources.privacy import Privacy
from xpcheck.flow.sources.receivers import Receivers
from xpcheck.flow.sources.statics import Statics
from xpcheck.flow.sources.support import Supports
from xpcheck.link import definitions as link
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program
from xpcheck.model import Step

_MAX_ROUNDS = 20
_MAX_TARGETS = 40
_FREE_ROUNDS = 3
_RECURSION = 20_000

Key = tuple[Function, Run, Variant]


class Solver(Awareness):
    """Summaries of one program under one configuration.

    Attributes
    ----------
    summaries
        Everything solved so far.
    widened
        How many summaries hit the bound on rounds (counted in ``--statistics``).
    interpreted
        How often a body was interpreted.
    priors
        What prior files say; they are read unless they are given.
    uses
        Which attributes bodies use.
    """

    def __init__(
        self,
        program: Program,
        config: Config,
        knowledge: models.Knowledge,
        priors: list[PriorFile] | None = None,
    ) -> None:
        super().__init__(program, config)
        self.knowledge = knowledge
        self.annotations = Annotations(program)
        self.supports = Supports(program, knowledge.supports)
        self.markers = Markers(program, config, knowledge.declarations, self.supports)
        self.forwarding = Forwarding(program, config.namespaces)
        self.decorators = Decorators(program, config.namespaces, config.signature_decorators, knowledge)
        self.summaries: dict[Key, Summary] = {}
        self.widened = 0
        self.interpreted = 0
        self.sink_keys: dict[SinkKey, SinkKey] = {}
        """One object for all equal ones in summaries: a program has a hundred thousand of them."""
        self.dependents: dict[Key, set[Key]] = {}
        """Who asked for each summary."""
        self.numpy_runs = NumpyRuns(self.summaries, self.dependents)
        self._repaired: dict[Key, Summary] = {}
        self._rounds: dict[Key, int] = {}
        self._agenda = Agenda()
        self.carried: dict[facts.Loop, frozenset[str]] = {}
        """The names through which a round of a loop depends on the one before."""
        self.structures = Structures(self)
        self.predicates = Predicates(self)
        self.priors = Priors(program, prior_files(program) if priors is None else priors)
        self.statics = Statics(program, knowledge, self.markers, self.priors)
        self._inherited: dict[tuple[tuple[Class, ...], Function], bool] = {}
        self.objects = Objects(self)
        self.readers: dict[Function, set[Function]] = {}
        """Who reads an implicit property in its JAX run."""
        self.builders = Builders(self)
        self.constants = Constants(self)
        self._given: dict[tuple[Function, int], Shape] = {}
        self._given_readers: dict[tuple[Function, int], set[Key]] = {}
        self.receivers = Receivers(program, self.annotations)
        self.transformed: set[tuple[Function, Step]] = set()
        """Functions that a body gives to a transform, and where."""
        privacy = Privacy(program, self)
        self.usage = Usage(program, privacy, self.sees, self.listens, lambda item: self.hosts.is_host(item))
        self.hosts = Hosts(self, self.markers, self.usage, privacy)
        self.flags: dict[Function, dict[int, bool | str]] = {}
        """Parameters that say which backend runs, with their value under JAX."""
        self.uses = Uses()
        self.attention = Attention(program, config.namespaces, self.roles)
        self.hearing = Hearing()
        self.recall: Recall | None = None
        self.trace: Trace | None = None
        """What the interpretation in hand asks and tells, where that is to be kept."""
        self._user: Key | None = None
        """Which interpretation of the fixpoint is in hand: others say nothing that anybody remembers."""
        self.glances = Glances(self)
        self._closed: frozenset[str] = frozenset()
        """The packages of which everything is said."""

    # ------------------------------------------------------------------------------------------------- summaries

    def solve(self, functions: Iterable[Function], aside: Iterable[Function] = ()) -> list[Key]:
        """Solve the functions and everything they call; and then those ``aside``, with some of their calls.

        What it began with is given back.
        """
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION))
        functions, aside = tuple(functions), tuple(aside)
        self.attention.leave_aside(aside)
        self.numpy_runs.begin()
        try:
            self._solve(functions)
            self._solve(aside)
        finally:
            sys.setrecursionlimit(limit)
        left = self.numpy_runs.left_out()
        self.usage.for_both |= left
        begun = ((function, run) for function in (*functions, *aside) for run in self.runs(function))
        return [(function, run, ()) for function, run in begun if run is not Run.NUMPY or function not in left]

    def close(self, packages: frozenset[str]) -> None:
        """Some packages are solved: nothing that others do with them changes what is known of them."""
        self._closed |= packages

    def listens(self, item: Function | Class, other: Function) -> bool:
        """Whether what a function is now seen to do counts for another definition."""
        return item.module.package not in self._closed and self.sees(item, other)

    def _solve(self, functions: tuple[Function, ...]) -> None:
        for function in functions:
            for run in self.runs(function):
                if run is not Run.NUMPY:
                    self.summary(function, run)
        self.numpy_runs.expect(item for item in functions if Run.NUMPY in self.runs(item))
        self._settle_both()
        while (flags := self.usage.backend_flags(self.flags)) != self.flags:
            changed = {item for item in flags.keys() | self.flags.keys() if flags.get(item) != self.flags.get(item)}
            self.flags = flags
            for key in [key for key in self.summaries if key[0] in changed and key[1] is Run.JAX]:
                self._rounds.pop(key, None)
                self._agenda.renew(key)
            for item in changed:
                self.usage.forget(item)
            self._settle_both()

    def _settle_both(self) -> None:
        """Settle, and make the NumPy runs that may tell something which no JAX run tells."""
        self._settle()
        while functions := self.numpy_runs.next():
            for function in functions:
                self.summary(function, Run.NUMPY)
            self._settle()

    def _settle(self, first: int = 0) -> None:
        """Interpret again whatever became stale, of what was finished from a number on, until nothing is."""
        while (key := self._agenda.next(first)) is not None:
            self._interpret(key)

    def summary(self, function: Function, run: Run, variant: Variant = ()) -> Summary:
        """The current summary of a function; it is computed when it is asked for the first time."""
        found = self.read((function, run, variant))
        if self.trace is not None:
            self.trace.ask(Asked, function, run, variant, answer=found)
        return found

    def read(self, key: Key) -> Summary:
        """The current summary of a function: whoever reads it notes what for."""
        function, agenda = key[0], self._agenda
        if agenda.path and self.attention.is_aside(function) and not self.attention.is_aside(agenda.path[-1][0]):
            self._come_to(function)
        found = self.summaries.get(key) or (self.glances.summary(key) if self.glances.are_thrown else self._first(key))
        if agenda.path:  # only now: what it is interpreted for has read nothing of it yet
            if key not in self.dependents:
                self.dependents[key] = set()
            self.dependents[key].add(agenda.path[-1])
            agenda.note_asked(key)
        return found

    def follows(self, caller: Function, callee: Function) -> bool:
        """Whether a plain call of a function without a namespace is followed (``Attention`` says when it is not)."""
        attention = self.attention
        if not attention.is_asked(caller):
            return True
        found = not attention.is_aside(caller) or attention.may_leave_out(callee)
        self.tell(Follows, callee, answer=found)
        return found

    def _come_to(self, function: Function) -> None:
        """All calls of a function are followed from now on, if others of its own kind come to it."""
        if function.module.package in self._closed:
            return
        self.attention.come_to(function)
        for key in [item for item in self.summaries if item[0] is function]:
            self._agenda.renew(key)

    def _first(self, key: Key) -> Summary:
        """Solve a function that nobody has asked for yet, with those that call it and are called by it."""
        self.summaries[key] = Summary() if self.recall is None else self.recall.bottom(key)
        opened = self._agenda.open(key)
        self._interpret(key)
        if self._agenda.is_head(key, opened):
            self._settle(opened.number)
            self._agenda.close(key, opened)
        return self.summaries[key]

    def _interpret(self, key: Key) -> None:
        rounds = self._rounds[key] = self._rounds.get(key, 0) + 1
        if rounds > _MAX_ROUNDS:
            self.widened += 1
            self.hearing.forget(key)
            return
        old = self.summaries[key]
        self._agenda.path.append(key)
        new = self._interpreted(key, rounds > _FREE_ROUNDS)
        self._agenda.path.pop()
        self._agenda.finish(key)
        self.summaries[key] = new
        dependents = self.dependents.get(key, ()) if new is not old else ()
        if dependents and old.interface() != new.interface():
            for dependent in dependents:
                self._agenda.renew(dependent)
        elif dependents and old.read_by_callers() != new.read_by_callers():
            for dependent in dependents:  # their summaries would be the same, their events may name other places
                self.hearing.forget(dependent)

    def _interpreted(self, key: Key, climbs: bool) -> Summary:
        """What one interpretation of a body makes of it, or made of it in an earlier run."""
        from xpcheck.flow.body.frame import Frame

        old, recall = self.summaries[key], self.recall
        self.hearing.forget(key)
        with self.untraced():
            self._user = key
            if recall is not None and (known := recall.again(self, key, climbs)) is not None:
                return known
            self.trace = trace = None if recall is None else Trace()
            recorder = None if climbs else self.hearing.recorder(key)
            new = Frame(self, *key, recorder).interpret()
            if recorder is not None:
                self.hearing.keep(key, recorder, trace)
            if climbs:
                new.climb(old)
                self.tell(Before, answer=old)
        return new if recall is None or trace is None else recall.made(key, trace, new)

    @contextlib.contextmanager
    def untraced(self) -> Iterator[None]:
        """What is asked and told inside is nothing that the interpretation in hand asks or tells."""
        outer = self.trace, self._user
        self.trace = self._user = None
        try:
            yield
        finally:
            self.trace, self._user = outer

    def tell(self, kind: type[Question], *about: object, answer: object = None) -> None:
        """Note what the interpretation in hand asks, and the answer, or tells in between."""
        if self.trace is not None:
            self.trace.ask(kind, *about, answer=answer)

    def say(self, kind: Telling, about: object) -> None:
        """Note what the interpretation in hand tells."""
        if self.trace is not None:
            self.trace.told[(kind, about)] = None

    def repaired(self, function: Function, run: Run, variant: Variant = ()) -> Summary | None:
        """A solved summary as it would be if whatever breaks in the function were repaired; None for an unsolved one.

        What follows an operation that breaks on a value is then seen as computed from it. For a solved program only.
        """
        key = (function, run, variant)
        if key not in self._repaired and key in self.summaries:
            self._repaired[key] = self.summaries[key]
            if self.summaries[key].sinks and self.summaries[key].breaks:
                self._repaired[key] = self._mended(key)
        found = self._repaired.get(key)
        self.tell(Mended, *key, answer=found)
        return found

    def _mended(self, key: Key) -> Summary:
        """What one interpretation of a repaired body makes of it, or made of it in an earlier run."""
        from xpcheck.flow.body.frame import Frame

        recall = self.recall
        with self.untraced():
            if recall is not None and (known := recall.mended_again(self, key)) is not None:
                return known
            self.trace = trace = None if recall is None else Trace()
            frame = Frame(self, *key)
            frame.repaired = True
            new = frame.interpret()
        return new if recall is None or trace is None else recall.mended(key, trace, new)

    # ------------------------------------------------------------------------------------------------- attributes

    def stores(self, cls: Class) -> dict[str, Value]:
        """Attributes that building an instance of ``cls`` assigns, in terms of its constructor's parameters."""
        constructor = self.program.constructor(cls)
        if constructor is None:
            return {}
        run = Run.JAX if self.aware(constructor) else Run.ONE
        return self.summary(constructor, run).stores

    def stored(self, cls: Class, name: str) -> Value | None:
        """One of these attributes: who asks for it alone does not rest on the others."""
        constructor = self.program.constructor(cls)
        if constructor is None:
            return None
        return self.stored_by(constructor, Run.JAX if self.aware(constructor) else Run.ONE, name)

    def stored_by(self, constructor: Function, run: Run, name: str) -> Value | None:
        """What a constructor assigns to an attribute in one of its runs."""
        summary = self.read((constructor, run, ()))
        found = summary.stores.get(name)
        if self.trace is not None:
            self.trace.ask(Stored, constructor, run, name, answer=(found, summary))
        return found

    def on_jax_path(self, function: Function) -> bool:
        """Whether the JAX run of a body is one that happens.

        An implicit property counts where a body that mentions its namespace reads it, through others or not.
        """
        if self.program.hierarchy.is_overridden_everywhere(function):
            return False
        seen: set[Function] = set()
        queue = [function]
        while queue:
            item = queue.pop()
            if item not in self.implicit:
                return True
            if item not in seen:
                seen.add(item)
                queue.extend(self.readers.get(item, ()))
        return False

    def note_given(self, caller: Function, constructor: Function, index: int, shape: Shape) -> None:
        """A constructor's parameter is given a function, a class or an instance by code that its package can see."""
        if not self.listens(constructor, caller):
            return
        self.tell(Gave, constructor, index, shape)
        key = (constructor, index)
        known = self._given.get(key)
        joined = shape if known is None else join_shapes(known, shape, 0)
        if joined is None or joined == known or _too_many(joined):
            return
        self._given[key] = joined
        for reader in self._given_readers.get(key, ()):
            self._agenda.renew(reader)

    def given_shape(self, cls: Class, index: int) -> Shape | None:
        """What the constructor's parameter of a class is given in the program, when that is one kind of thing."""
        constructor = self.program.constructor(cls)
        return None if constructor is None else self.given(constructor, index)

    def given(self, constructor: Function, index: int) -> Shape | None:
        """What the parameter of a constructor is given so far."""
        if self._agenda.path:
            self._given_readers.setdefault((constructor, index), set()).add(self._agenda.path[-1])
        found = self._given.get((constructor, index)) or self.builders.given(constructor, index)
        self.tell(Given, constructor, index, answer=found)
        return found

    def built(self) -> Iterator[Given]:
        """What calls of constructors, as far as anybody asked, say by themselves."""
        yield from (Given(*answer) for answer in self.builders.answers())

    def backend_flags(self, function: Function) -> dict[int, bool | str]:
        """The parameters of a function that say which backend runs, with their value under JAX."""
        found = self.flags.get(function, {})
        self.tell(Flags, function, answer=found)
        return found

    def inherits(self, classes: tuple[Class, ...], method: Function) -> bool:
        """Whether objects of some classes, or of one below them, have a method and not another in its place."""
        key = (classes, method)
        found = self._inherited.get(key)
        if found is None:
            hierarchy, package = self.program.hierarchy, method.module.package
            below = (item for cls in classes for item in (cls, *hierarchy.subclasses(cls, package)))
            found = self._inherited[key] = any(hierarchy.member(item, method.name) is method for item in below)
        return found

    # ------------------------------------------------------------------------------------------------- what is told

    def note_call(self, function: Function, caller: Function, run: Run, variant: Variant) -> None:
        """A body calls a function in one of its runs, and fixes some of its parameters."""
        self.say(Telling.CALLED, (function, variant))
        self.usage.note_call(function, caller, run, variant)

    def note_flag(self, function: Function, caller: Function, index: int, value: Value | None, default: str) -> None:
        """The JAX run of a body gives a value (None: the default) for a parameter that the callee tests."""
        kind = self.usage.kind_of(value, default)
        self.say(Telling.FLAGGED, (function, index, kind))
        self.usage.note_flag(function, caller, index, kind)

    def note_reader(self, function: Function, reader: Function) -> None:
        """The JAX run of a body reads an implicit property."""
        self.say(Telling.READ, function)
        if self.listens(function, reader):
            self.readers.setdefault(function, set()).add(reader)

    def note_transformed(self, function: Function, step: Step) -> None:
        """A body gives a function to a transform."""
        self.say(Telling.HANDED, (function, step))
        if self._user is not None and self.listens(function, self._user[0]):
            self.transformed.add((function, step))

    def note_use(self, cls: Class, attr: str, namespace: bool = False, array: bool = False) -> None:
        """A body uses an attribute of a class, computes with it by ``xp.*``, or gives it to ``xp.f`` as it is."""
        use = ((cls, attr), namespace, array)
        self.say(Telling.USED, use)
        self.note_uses((use,))

    def note_uses(self, uses: Iterable[Use]) -> None:
        """A body uses attributes: see ``note_use``."""
        if self._user is not None:
            self.uses.note(self._user, uses)

    def kept(self, cls: Class, name: str) -> Value:
        """An attribute that the constructor of a class leaves None: what the calls give that methods assign to it."""
        shape = self.builders.kept(cls, name)
        return Value(UNKNOWN, shape=shape) if type(shape) is External else Value(shape=shape)

    def backing(self, cls: Class) -> str | None:
        """The attribute that holds the raw array of a wrapper class; None for every other class."""
        return self.structures.backing(cls)

    def all_arrays_have(self, name: str) -> bool:
        """Whether all arrays of JAX, traced ones too, have an attribute."""
        model = self.knowledge.method(name)
        return model is not None and model.on_jax and model.raises != "AttributeError"

    # ------------------------------------------------------------------------------------------------- entities

    def entity_value(self, entity: link.Entity | None) -> Value:
        """The value of a name that resolves to a definition."""
        if isinstance(entity, Function):
            return Value(shape=Routine(((entity, None),)))
        if isinstance(entity, Class):
            return Value(shape=ClassRef((entity,)))
        if isinstance(entity, link.ModuleName):
            return Value(shape=ModuleRef(entity.name))
        if isinstance(entity, link.External):
            return Value(shape=External(entity.name))
        if isinstance(entity, link.Variable):
            return self.constants.value(entity)
        return UNKNOWN_VALUE

    def fact(self, cls: Class, attr: str) -> Value:
        """The value of an attribute of an instance about which only the class is known."""
        self.note_use(cls, attr)
        return Value(deps=NONE | {Fact(cls, attr)}, path=Fact(cls, attr))


def _too_many(shape: Shape) -> bool:
    return isinstance(shape, Routine) and len(shape.targets) > _MAX_TARGETS
