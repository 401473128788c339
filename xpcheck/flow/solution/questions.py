"""What an interpretation asks the solver, and tells it, on its way: questions that can be put again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from xpcheck.flow.lattice.summary import Run, Summary, Variant
from xpcheck.flow.lattice.values import Shape, Value
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
        found = solver.summary(self.function, self.run, self.variant)
        return recall.alike(found, recall.version((self.function, self.run, self.variant), self.version))


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
    """What a constructor assigns to an attribute."""

    constructor: Function
    run: Run
    name: str
    value: Value | None

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Whether that is the same; the constructor is solved if nobody asked for it yet."""
        return solver.stored_by(self.constructor, self.run, self.name) == self.value


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


class Called(Question, frozen=True):
    """A call that fixes some parameters."""

    function: Function
    variant: Variant

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.usage.note_call(self.function, key[0], key[1], self.variant)
        return True


class Flagged(Question, frozen=True):
    """What is given for a parameter that a function tests."""

    function: Function
    index: int
    kind: str

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.usage.note_flag(self.function, key[0], self.index, self.kind)
        return True


class Gave(Question, frozen=True):
    """What a constructor's parameter is given here."""

    constructor: Function
    index: int
    shape: Shape

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.note_given(key[0], self.constructor, self.index, self.shape)
        return True


class Read(Question, frozen=True):
    """An implicit property is read."""

    function: Function

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.note_reader(self.function, key[0])
        return True


class Handed(Question, frozen=True):
    """A function is given to a transform."""

    function: Function
    step: Step

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.note_transformed(self.function, self.step)
        return True


class Used(Question, frozen=True):
    """An attribute of a class is used, maybe with ``xp.*``, maybe as the very array that is given to ``xp.f``."""

    cls: Class
    attr: str
    namespace: bool
    array: bool

    def holds(self, solver: Solver, key: Key, recall: Recall) -> bool:
        """Tell it."""
        solver.note_use(self.cls, self.attr, self.namespace, self.array)
        return True


Noted: TypeAlias = (
    Asked
    | Mended
    | Before
    | Given
    | Stored
    | Flags
    | Follows
    | Rewraps
    | Called
    | Flagged
    | Gave
    | Read
    | Handed
    | Used
)


class Trace:
    """What one interpretation asks and tells, in order; ``broken`` when one question had two answers."""

    __slots__ = ("broken", "noted")

    def __init__(self) -> None:
        self.noted: dict[tuple[object, ...], object] = {}
        self.broken = False

    def ask(self, kind: type[Question], *question: object, answer: object = None) -> None:
        """Note a question (or what is told), with its answer."""
        key = (kind, *question)
        known = self.noted.setdefault(key, answer)
        if known is not answer and known != answer:
            self.broken = True

    def steps(self, version: Callable[[Key | None, Summary], int]) -> tuple[Noted, ...]:
        """Everything in order; ``version`` numbers the summaries of a function (None: of the one in hand)."""
        made: list[Any] = []
        for (kind, *question), answer in self.noted.items():
            if kind is Asked or kind is Mended:
                asked: Any = tuple(question)
                number = None if answer is None else version(asked, answer)  # type: ignore[arg-type]
                made.append(kind(*asked, number))  # type: ignore[call-arg]
            elif kind is Before:
                made.append(Before(version(None, answer)))  # type: ignore[arg-type]
            else:
                answered = (answer,) if kind in (Given, Stored, Flags, Follows, Rewraps) else ()
                made.append(kind(*question, *answered))  # type: ignore[operator]
        return tuple(made)
