"""What an interpretation asks the solver, and tells it, on its way: questions that can be put again."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from xpcheck.flow.lattice.summary import Run, Summary, Variant
from xpcheck.flow.lattice.values import Shape
from xpcheck.flow.solution.uses import Use
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Step

if TYPE_CHECKING:
    from xpcheck.flow.solution.recall import Recall
    from xpcheck.flow.solution.solver import Key, Solver


class Question(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """One thing that an interpretation asked the solver, with its answer, or told it."""

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Ask (or tell) the same; whether the answer is the same."""
        raise NotImplementedError


class Asked(Question, frozen=True):
    """The summary of a function: ``version`` is its place among the summaries that this function had."""

    function: Function
    run: Run
    variant: Variant
    version: int

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether the summary is the same; it is solved if nobody asked for it yet."""
        asked = (self.function, self.run, self.variant)
        found, known = solver.read(asked), recall.version(asked, self.version)
        return found is known or recall.alike(found, known)


class Mended(Question, frozen=True):
    """The summary of a function as it would be once repaired; ``version`` None: it was not solved."""

    function: Function
    run: Run
    variant: Variant
    version: int | None

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether it is the same; it is made if nobody asked for it yet."""
        found = solver.repaired(self.function, self.run, self.variant)
        if found is None or self.version is None:
            return found is None and self.version is None
        return recall.alike(found, recall.version((self.function, self.run, self.variant), self.version))


class Before(Question, frozen=True):
    """The summary that this function had until now: later rounds never fall below it."""

    version: int

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether it is the same."""
        return solver.summaries[key] is recall.version(key, self.version)


class Given(Question, frozen=True):
    """What a parameter of a constructor is given."""

    constructor: Function
    index: int
    shape: Shape | None

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether that is the same so far."""
        return solver.given(self.constructor, self.index) == self.shape


class Stored(Question, frozen=True):
    """What a constructor assigns to an attribute: as its summary with the number ``version`` says."""

    constructor: Function
    run: Run
    name: str
    version: int

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether that is the same; the constructor is solved if nobody asked for it yet."""
        asked = (self.constructor, self.run, ())
        found, known = solver.read(asked), recall.version(asked, self.version)
        return found is known or (known is not None and found.stores.get(self.name) == known.stores.get(self.name))


class Flags(Question, frozen=True):
    """The parameters of a function that say which backend runs."""

    function: Function
    values: dict[int, bool | str]

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether they are the same so far."""
        return solver.flags.get(self.function, {}) == self.values


class Follows(Question, frozen=True):
    """Whether a plain call of a function is followed."""

    function: Function
    answer: bool

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether that is the same so far."""
        return solver.follows(key[0], self.function) is self.answer


class Rewraps(Question, frozen=True):
    """Whether items of a wrapper class (None: of any) are wrappers again."""

    cls: Class | None
    answer: bool

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether they are."""
        structures, package = solver.structures, key[0].module.package
        found = structures.any_rewraps(package) if self.cls is None else structures.rewraps(self.cls)
        return found is self.answer


class Gave(Question, frozen=True):
    """What a constructor's parameter is given here."""

    constructor: Function
    index: int
    shape: Shape

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.note_given(key[0], self.constructor, self.index, self.shape)
        return True


Noted: TypeAlias = Asked | Mended | Before | Given | Stored | Flags | Follows | Rewraps | Gave
"""What is put again in its order: the answer to a question may rest on those before it."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What an interpretation tells about others, which nobody asks while anything is interpreted.

    Attributes
    ----------
    called
        Calls, and what they fix of the callee's parameters.
    flagged
        What is given for parameters, by their index, that a function tests.
    read
        Implicit properties that are read.
    handed
        Functions that are given to a transform, and where.
    used
        Attributes of classes that are used: see ``uses.Use``.
    """

    called: tuple[tuple[Function, Variant], ...]
    flagged: tuple[tuple[Function, int, str], ...]
    read: tuple[Function, ...]
    handed: tuple[tuple[Function, Step], ...]
    used: tuple[Use, ...]

    def tell(self, solver: Solver, key: Key) -> None:
        """Tell it once more."""
        caller, run, _ = key
        for function, variant in self.called:
            solver.usage.note_call(function, caller, run, variant)
        for function, index, kind in self.flagged:
            solver.usage.note_flag(function, caller, index, kind)
        for function in self.read:
            solver.note_reader(function, caller)
        for function, step in self.handed:
            solver.note_transformed(function, step)
        if self.used:
            solver.note_uses(self.used)


class Telling(enum.Enum):
    """The fields of ``Told``."""

    CALLED = "called"
    FLAGGED = "flagged"
    READ = "read"
    HANDED = "handed"
    USED = "used"


class Trace:
    """What one interpretation asks and tells, in order; ``broken`` when one question had two answers."""

    __slots__ = ("broken", "noted", "told")

    def __init__(self) -> None:
        self.noted: dict[tuple[object, ...], object] = {}
        self.told: dict[tuple[Telling, object], None] = {}
        self.broken = False

    def ask(self, kind: type[Question], *question: object, answer: object = None) -> None:
        """Note a question (or what is told), with its answer; of ``Stored`` that is the value, and the summary."""
        key = (kind, *question)
        known = self.noted.setdefault(key, answer)
        if known is answer:
            return
        if kind is Stored:
            known, answer = known[0], answer[0]  # type: ignore[index]
        if known is not answer and known != answer:
            self.broken = True

    def steps(self, version: Callable[[Key | None, Summary], int]) -> tuple[Noted, ...]:
        """All questions in order; ``version`` numbers the summaries of a function (None: of the one in hand)."""
        made: list[Any] = []
        for (kind, *question), answer in self.noted.items():
            if kind is Asked or kind is Mended:
                asked: Any = tuple(question)
                number = None if answer is None else version(asked, answer)  # type: ignore[arg-type]
                made.append(kind(*asked, number))  # type: ignore[call-arg]
            elif kind is Stored:
                constructor, run, name = question
                number = version((constructor, run, ()), answer[1])  # type: ignore[index,arg-type]
                made.append(Stored(constructor, run, name, number))  # type: ignore[arg-type]
            elif kind is Before:
                made.append(Before(version(None, answer)))  # type: ignore[arg-type]
            else:
                answered = () if kind is Gave else (answer,)
                made.append(kind(*question, *answered))  # type: ignore[operator]
        return tuple(made)

    def everything_told(self) -> Told:
        """What was told, each once."""
        found: dict[Telling, list[Any]] = {kind: [] for kind in Telling}
        for kind, item in self.told:
            found[kind].append(item)
        return Told(*(tuple(found[kind]) for kind in Telling))
