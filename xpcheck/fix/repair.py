"""Fixes are applied in memory, analysed again, and kept only if they did what they promise.

All fixes of a round are tried together. Where the analysis of the result still shows a finding, or shows one that was
not there, the fixes at fault are found by further trials (see ``trials``) and left out, with the reason. A round may
uncover findings behind those that it cured; they are fixed in the next one. What a callee does wrong with JAX was there
before, hidden by a call that left it at NumPy: where it shows at that call, it is no objection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from xpcheck.fix.texts import EditError, Shifts, edited
from xpcheck.fix.trials import Objection, Trials
from xpcheck.model import Edit, Finding, Fix, Report
from xpcheck.syntax import SourceError
from xpcheck.syntax.sources import decode, parse

Analyse: TypeAlias = Callable[[Mapping[str, bytes]], Report]
"""The report on the project with some files (by path, as findings name them) replaced."""
Chosen: TypeAlias = Callable[[Report, Mapping[str, bytes]], Sequence[Finding]]
"""The findings of a report that are to be fixed: selected, not suppressed, with a fix that may be applied."""
Place: TypeAlias = tuple[str, str, int, int]
"""A finding in one version of the sources: code, path, line and column."""
Mover: TypeAlias = Callable[[Place], Place]
"""From places in one version to those in another."""

_MAX_ROUNDS: Final = 20
_THREADED: Final = frozenset({"XP101", "XP102"})
"""Findings at a call that drops the namespace; once it is handed on, what the callee does wrong with JAX shows."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fix that was left out, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class State:
    """A version of the sources: contents of the files that differ from those on disk, and the report on them."""

    files: Mapping[str, bytes]
    report: Report


@dataclass(slots=True)
class Repair:
    """The sources after all fixes that hold.

    ``applied`` holds the findings that are gone, ``refused`` those whose fixes were left out, in the order in which
    that was decided; both have the places of the version in which they were found.
    """

    state: State
    applied: list[Finding] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class Repairer:
    """Applies fixes under guards.

    Parameters: ``read``: the bytes of a file; ``analyse``: analyses changed sources; ``chosen``: the findings to be
    fixed; ``counts``: whether a finding that appears is a reason to leave a fix out.
    """

    def __init__(
        self, read: Callable[[str], bytes], analyse: Analyse, chosen: Chosen, counts: Callable[[Finding], bool]
    ) -> None:
        self._read = read
        self._analyse = analyse
        self._chosen = chosen
        self._counts = counts

    def repair(self, report: Report) -> Repair:
        """Fix what can be fixed, until nothing is left to do."""
        result = Repair(State({}, report))
        left_out: set[Place] = set()
        for _ in range(_MAX_ROUNDS):
            state = result.state
            todo = [item for item in self._chosen(state.report, state.files) if _place(item) not in left_out]
            together = _compatible(todo)
            if not together:
                break
            result.state, applied, refused = self._settled(state, together)
            move = _mover(_shifts(_edits(applied)))
            result.applied += applied
            result.refused += refused
            left_out = {move(place) for place in (*left_out, *(_place(item.finding) for item in refused))}
        return result

    def _settled(self, state: State, findings: Sequence[Finding]) -> tuple[State, list[Finding], list[Refusal]]:
        """The state with as many of the fixes as hold, the findings that are gone, and the fixes left out."""
        trials = Trials(item.fix for item in findings if item.fix is not None)
        attempt = self.attempt(state, findings)
        while not trials.judge(attempt.objections):
            attempt = self.attempt(state, [item for item in findings if item.fix in trials.trial])
        reasons = {item: trials.refused[item.fix] for item in findings if item.fix in trials.refused}
        applied = [item for item in findings if item not in reasons]
        return attempt.state, applied, [Refusal(item, reason) for item, reason in reasons.items()]

    def attempt(self, state: State, findings: Sequence[Finding]) -> Attempt:
        """The sources with the fixes of some findings, and what speaks against them."""
        if not findings:
            return Attempt(state, ())
        files, unreadable = self._written(state, findings)
        if unreadable:
            return Attempt(state, self._unreadable(state, findings) or unreadable)
        after = State(files, self._analyse(files))
        return Attempt(after, self._objections(state, after, findings, _mover(_shifts(_edits(findings)))))

    def _unreadable(self, state: State, findings: Sequence[Finding]) -> list[Objection]:
        """The fixes that no other one is needed for to make a file unreadable."""
        return [objection for item in findings for objection in self._written(state, [item])[1]]

    def _written(self, state: State, findings: Sequence[Finding]) -> tuple[dict[str, bytes], list[Objection]]:
        """The files with the fixes of some findings, and those that would not be Python any more."""
        files = dict(state.files)
        objections = []
        for path, edits in _edits(findings).items():
            try:
                content = files.get(path)
                files[path] = edited(self._read(path) if content is None else content, edits)
                parse(decode(files[path]))
            except (EditError, SourceError, OSError) as error:
                suspects = _fixes(item for item in findings if path in _paths(item))
                objections.append(Objection(suspects, f"{path} would not be readable: {error}", f"unreadable {path}"))
        return files, objections

    def _objections(self, before: State, after: State, findings: Sequence[Finding], move: Mover) -> list[Objection]:
        """What speaks against fixes, and which may be to blame."""
        found = {_place(item) for item in after.report.findings}
        objections = [
            Objection(_fixes([item]), "the finding would still be there", f"still {_place(item)}")
            for item in findings
            if move(_place(item)) in found
        ]
        # What was only possible before, and is shown now, is new.
        known = {move(_place(item)) for item in before.report.findings if self._counts(item)}
        fixable = {_place(item) for item in self._chosen(after.report, after.files)}
        threaded = {move(_place(item))[1:] for item in findings if item.code in _THREADED}
        for item in after.report.findings:
            place = _place(item)
            if place not in known and place not in fixable and place[1:] not in threaded and self._counts(item):
                reason = f"{item.code} would appear in {item.path}:{item.span.line}"
                objections.append(Objection(_fixes(_suspects(item, findings)), reason, f"new {item.identity}"))
        for problem in sorted({*after.report.errors} - {*before.report.errors}):
            reason = f"{problem.path}:{problem.line} would not be analysed: {problem.message}"
            objections.append(Objection(_fixes(findings), reason, f"error {problem.path} {problem.message}"))
        return objections


@dataclass(frozen=True, slots=True)
class Attempt:
    """Some fixes, tried: the state after them, and what speaks against them."""

    state: State
    objections: Sequence[Objection]


def _mover(shifts: Mapping[str, Shifts]) -> Mover:
    """How a finding's place moves in edits."""

    def move(place: Place) -> Place:
        code, path, line, column = place
        return (code, path, *shifts[path].moved(line, column)) if path in shifts else place

    return move


def _shifts(edits: Mapping[str, Iterable[Edit]]) -> dict[str, Shifts]:
    return {path: Shifts(items) for path, items in edits.items()}


def _fixes(findings: Iterable[Finding]) -> tuple[Fix, ...]:
    return tuple(dict.fromkeys(item.fix for item in findings if item.fix is not None))


def _place(item: Finding) -> Place:
    return (item.code, item.path, item.span.line, item.span.column)


def _paths(item: Finding) -> set[str]:
    return {edit.path for edit in item.fix.edits} if item.fix is not None else set()


def _edits(findings: Iterable[Finding]) -> dict[str, list[Edit]]:
    """The edits of some findings by file; a fix that several findings share counts once."""
    result: dict[str, list[Edit]] = {}
    for fix in dict.fromkeys(item.fix for item in findings):
        for edit in fix.edits if fix is not None else ():
            result.setdefault(edit.path, []).append(edit)
    return result


def _compatible(findings: Iterable[Finding]) -> list[Finding]:
    """The first of the findings, and each further one whose edits touch none of those before."""
    taken: list[Finding] = []
    edits: dict[str, list[Edit]] = {}
    for item in findings:
        assert item.fix is not None
        shared = any(item.fix == other.fix for other in taken)
        if not shared and any(_clash(edit, other) for edit in item.fix.edits for other in edits.get(edit.path, ())):
            continue
        taken.append(item)
        if not shared:
            for edit in item.fix.edits:
                edits.setdefault(edit.path, []).append(edit)
    return taken


def _clash(one: Edit, two: Edit) -> bool:
    """Whether the result depends on the order of two edits."""
    start, end = (one.span.line, one.span.column), (one.span.end_line, one.span.end_column)
    begin, stop = (two.span.line, two.span.column), (two.span.end_line, two.span.end_column)
    if start == end and begin == stop:
        return start == begin and one.text != two.text
    if start == end or begin == stop:
        at, (low, high) = (start, (begin, stop)) if start == end else (begin, (start, end))
        return low < at < high
    return start < stop and begin < end


def _suspects(new: Finding, findings: Sequence[Finding]) -> list[Finding]:
    """The fixes that may be to blame: those in the finding's function, else in a function of its chain, else all."""
    own = [item for item in findings if (item.path, item.symbol) == (new.path, new.symbol)]
    if own:
        return own
    chain = {(step.path, step.symbol) for step in (*new.chain, *new.related)}
    return [item for item in findings if (item.path, item.symbol) in chain] or list(findings)
