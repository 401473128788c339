"""Whether edited bodies say the same to the whole program as before, without solving it again.

An interpretation is a function of its body and of the answers to what it asks (see ``recall``). So the body as it was
and the body as it is are both interpreted with the answers that an earlier run gave: where both ask and tell the same,
and leave the same, a run from scratch goes as the earlier one went, step by step. Nothing is solved for it.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from xpcheck import facts
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.body.frame import Frame
from xpcheck.flow.earlier.edits import Former, stays_inside
from xpcheck.flow.earlier.sameness import look_alike
from xpcheck.flow.lattice.summary import Run, Summary, Variant
from xpcheck.flow.solution.questions import (
    Asked,
    Flags,
    Follows,
    Given,
    Mended,
    Noted,
    Question,
    Rewraps,
    Stored,
    Trace,
)
from xpcheck.flow.solution.recall import Circumstances, Kept, Piece, Solved
from xpcheck.flow.solution.solver import Key, Solver
from xpcheck.flow.solution.structures import Structures
from xpcheck.link.definitions import Class, Function
from xpcheck.project.lowering import Job, lower, placed

if TYPE_CHECKING:
    from xpcheck.config import Config
    from xpcheck.flow.lattice.values import Shape, Value
    from xpcheck.flow.models import Knowledge
    from xpcheck.link.program import Program

_Bodies: TypeAlias = tuple[facts.Body, facts.Body]

LOST = 10_000_000
"""Lines from here on stand for places that are in one of the bodies only."""


class SurpriseError(Exception):
    """Something is asked that nobody asked before."""


class Edit(NamedTuple):
    """What a function was, and where the places of that are now (from line ``LOST`` on: nowhere)."""

    former: Former
    at: Callable[[facts.Loc], facts.Loc]


def added_values(
    program: Program, config: Config, knowledge: Knowledge, kept: Kept, edits: Mapping[Function, Edit]
) -> tuple[int, int] | None:
    """How many more values, and unknown ones, a program has by some edits of bodies.

    None if anything else that ``kept`` knows of it may not be true any more.
    """
    rehearsal = Rehearsal(program, config, knowledge, kept)
    if not stays_inside(rehearsal, kept.rest, {function: edit.former for function, edit in edits.items()}):
        return None
    try:
        if all(rehearsal.is_same(function, edit) for function, edit in edits.items()):
            return rehearsal.values, rehearsal.unknown
    except SurpriseError:
        pass
    return None


class Rehearsal(Solver):
    """A solver that answers what an earlier one answered, and solves nothing.

    Attributes
    ----------
    values, unknown
        How many more values, and unknown ones, the bodies have that were found to be the same.
    """

    def __init__(self, program: Program, config: Config, knowledge: Knowledge, kept: Kept) -> None:
        super().__init__(program, config, knowledge, kept.rest.priors)
        self.structures = _Rehearsed(self)
        self.values = self.unknown = 0
        self._kept = kept
        self._pieces: dict[Function, dict[Key, Solved]] = {}
        self._answers: dict[tuple[object, ...], object] = {}

    # --------------------------------------------------------------------------------------------------- comparing

    def is_same(self, function: Function, edit: Edit) -> bool:
        """Whether a function says the same as it did."""
        former, now = edit.former, function.outline
        new, before = self.program.own_body(function), _lowered(former)
        if new is None or before is None or former.outline.attributes != now.attributes:
            return False
        names = {*former.outline.names} ^ {*now.names}
        old = placed(before, edit.at)
        if self._are_heard(function, names) or not look_alike(old, new, names) or self.ignores_namespace(function):
            return False
        piece = self._kept.piece(function)
        if piece is None:
            return True  # nobody interprets it
        if not piece.whole or any(item.variant for item in piece.solved):
            return False
        return self._solves_the_same(piece, (old, new)) and self._shows_the_same(function, piece, (old, new))

    def _solves_the_same(self, piece: Piece, bodies: _Bodies) -> bool:
        """Whether both bodies, as they are and once repaired, leave the same summaries."""
        for item in piece.solved:
            for made in (*item.interpretations, item.mended):
                if made is None:
                    continue
                frames = (Frame(self, item.function, item.run), Frame(self, item.function, item.run))
                for frame in frames:
                    frame.repaired = made is item.mended
                if not self._agree(frames, bodies, made.noted):
                    return False
        return True

    def _shows_the_same(self, function: Function, piece: Piece, bodies: _Bodies) -> bool:
        """Whether both bodies come to the same events, and the same values, in all runs."""
        runs = {
            item.run: (item.interpretations[-1].noted, Circumstances(function, item.run, False, False, ()))
            for item in piece.solved
            if item.interpretations
        }
        shown = {seen.circumstances.run: (seen.noted, seen.circumstances) for seen in piece.seen}
        if len(shown) < len(piece.seen):
            return False
        for run, (noted, circumstances) in (runs | shown).items():
            watchers = (_Watcher(), _Watcher())
            frames = (Frame(self, function, run, (), watchers[0]), Frame(self, function, run, (), watchers[1]))
            for frame in frames:
                frame.aside, frame.unread = circumstances.aside, circumstances.unread
            if circumstances.variants or not self._agree(frames, bodies, noted):
                return False
            old, new = watchers
            shared = {loc: values for loc, values in new.seen.items() if loc in old.seen}
            lost = {loc: values for loc, values in old.seen.items() if loc[0] < LOST}
            if list(old.events) != list(new.events) or lost != shared:
                return False
            if run is Run.JAX and run in shown:
                self.values += len(new.unknown) - len(old.unknown)
                self.unknown += sum(new.unknown.values()) - sum(old.unknown.values())
        return True

    def _agree(self, frames: tuple[Frame, Frame], bodies: _Bodies, noted: Iterable[Noted]) -> bool:
        """Whether two interpretations ask and tell the same, and leave the same."""
        self._answers = {key: answer for step in noted for key, answer in _answered(step)}
        left: list[tuple[object, object, Summary]] = []
        for frame, body in zip(frames, bodies, strict=True):
            self.trace = trace = Trace()
            frame.other_body = body
            summary = frame.interpret()
            if trace.broken:
                return False
            left.append((list(trace.noted.items()), list(trace.told), summary))
        return left[0] == left[1]

    def _are_heard(self, function: Function, names: Set[str]) -> bool:
        """Whether anybody may look for one of some names in bodies: it means more than a value of its function."""
        if not names:
            return False
        module, config = function.module, self.config
        said = (item.statement for item in module.outline.imports)
        imported = {part for item in said for name in item.names for part in (name.name.split(".")[0], name.alias)}
        defined = {item.name for item in self.program.functions} | {
            word for cls in self.program.classes for word in (cls.outline.qualname.rpartition(".")[2], *cls.members)
        }
        of_config = {
            word.rpartition(".")[2]
            for words in (
                config.namespaces, config.namespace_attributes, config.backend_flags, config.namespace_factories
            )
            for word in words
        }  # fmt: skip
        own = {item.name for item in module.outline.assigns}
        return not names.isdisjoint(imported | defined | of_config | own | {*dir(builtins)})

    # --------------------------------------------------------------------------------------------------- answering

    def summary(self, function: Function, run: Run, variant: Variant = ()) -> Summary:
        """The summary that the function had then."""
        found = self._summary(Asked, (function, run, variant))
        if found is None:
            raise SurpriseError
        return found

    def repaired(self, function: Function, run: Run, variant: Variant = ()) -> Summary | None:
        """The summary of the repaired body that the function had then."""
        return self._summary(Mended, (function, run, variant))

    def given(self, constructor: Function, index: int) -> Shape | None:
        """What the parameter was given then."""
        return self.answer(Given, constructor, index)  # type: ignore[no-any-return]

    def stored_by(self, constructor: Function, run: Run, name: str) -> Value | None:
        """What the constructor assigned then."""
        version: int = self.answer(Stored, constructor, run, name)
        return self._version((constructor, run, ()), version).stores.get(name)

    def backend_flags(self, function: Function) -> dict[int, bool | str]:
        """The parameters that said then which backend runs."""
        return self.answer(Flags, function)  # type: ignore[no-any-return]

    def follows(self, caller: Function, callee: Function) -> bool:
        """Whether a call was followed then; all are in bodies that nobody asked this of."""
        return bool(self.answer(Follows, callee)) if (Follows, callee) in self._answers else True

    def answer(self, kind: type[Question], *question: object) -> Any:
        """What was answered then. Raises SurpriseError for what nobody asked."""
        key = (kind, *question)
        if key not in self._answers:
            raise SurpriseError
        self.tell(kind, *question, answer=self._answers[key])
        return self._answers[key]

    def _summary(self, kind: type[Question], key: Key) -> Summary | None:
        version: int | None = self.answer(kind, *key)
        return None if version is None else self._version(key, version)

    def _version(self, key: Key, number: int) -> Summary:
        """A summary that a function had then, by its number. Raises SurpriseError for one that is not known."""
        if key[0] not in self._pieces:
            piece = self._kept.piece(key[0])
            solved = piece.solved if piece is not None else ()
            self._pieces[key[0]] = {(item.function, item.run, item.variant): item for item in solved}
        known = self._pieces[key[0]].get(key)
        found: Summary | None = None
        if known is not None and number < len(known.versions):
            found = known.versions[number]
        if found is None:
            raise SurpriseError
        return found


class _Rehearsed(Structures):
    """Wrapper classes, as far as an earlier run asked about them."""

    def __init__(self, solver: Rehearsal) -> None:
        super().__init__(solver)
        self._answer = solver.answer

    def rewraps(self, cls: Class) -> bool:
        return bool(self._answer(Rewraps, cls))

    def any_rewraps(self, package: str) -> bool:
        return bool(self._answer(Rewraps, None))


class _Watcher(Recorder):
    """Notes the values of all expressions but those of arithmetic."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[facts.Loc, list[Value]] = {}

    def see(self, node: facts.Expr, value: Value) -> None:
        super().see(node, value)
        if not isinstance(node, facts.Const | facts.Binary | facts.Unary):
            self.seen.setdefault(node.loc, []).append(value)


def _answered(step: Noted) -> Iterator[tuple[tuple[object, ...], object]]:
    """The question behind what was noted, with its answer; of a summary that is its number."""
    if isinstance(step, Asked | Mended):
        yield (type(step), step.function, step.run, step.variant), step.version
    elif isinstance(step, Given):
        yield (Given, step.constructor, step.index), step.shape
    elif isinstance(step, Stored):
        yield (Stored, step.constructor, step.run, step.name), step.version
    elif isinstance(step, Flags):
        yield (Flags, step.function), step.values
    elif isinstance(step, Follows):
        yield (Follows, step.function), step.answer
    elif isinstance(step, Rewraps):
        yield (Rewraps, step.cls), step.answer


def _lowered(former: Former) -> facts.Body | None:
    outline = former.outline
    found = lower(Job(former.text, outline.loc[0], outline.name))
    return found if isinstance(found, facts.Body) else None
