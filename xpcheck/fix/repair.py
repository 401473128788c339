"""Fixes are applied in memory, analysed again, and kept only if they did what they promise.

All fixes of a round are tried together. Where the analysis of the result still shows a finding, or shows one that was
not there, the fixes at fault are found by halving and left out, with the reason. A round may uncover findings behind
those that it cured; they are fixed in the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from xpcheck.fix.texts import EditError, Shifts, edited
from xpcheck.model import Edit, Finding, Report
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
            step = _Round(self)
            result.state, move = step.settle(state, together)
            result.applied += step.applied
            result.refused += [refusal for refusal, _ in step.refused]
            left_out = {*map(move, left_out), *(place for _, place in step.refused)}
        return result

    def attempt(self, state: State, findings: Sequence[Finding]) -> Attempt:
        """The sources with the fixes of some findings, and what speaks against them."""
        edits = _edits(findings)
        files = dict(state.files)
        broken: dict[str, str] = {}
        for path, items in edits.items():
            try:
                content = files.get(path)
                files[path] = edited(self._read(path) if content is None else content, items)
                parse(decode(files[path]))
            except (EditError, SourceError, OSError) as error:
                broken[path] = f"{path} would not be readable: {error}"
        if broken:
            guilty = {item: broken[path] for item in findings for path in _paths(item) if path in broken}
            return Attempt(state, {}, guilty)
        after = State(files, self._analyse(files))
        shifts = {path: Shifts(items) for path, items in edits.items()}
        return Attempt(after, shifts, self._objections(state, after, findings, shifts))

    def _objections(
        self, before: State, after: State, findings: Sequence[Finding], shifts: Mapping[str, Shifts]
    ) -> dict[Finding, str]:
        """What speaks against fixes, by the findings whose fixes are to blame (or may be)."""
        found = {_place(item) for item in after.report.findings}
        guilty = {item: "the finding would still be there" for item in findings if moved(_place(item), shifts) in found}
        # What was only possible before, and is shown now, is new.
        known = {moved(_place(item), shifts) for item in before.report.findings if self._counts(item)}
        fixable = {_place(item) for item in self._chosen(after.report, after.files)}
        new = [
            item
            for item in after.report.findings
            if _place(item) not in known and _place(item) not in fixable and self._counts(item)
        ]
        problems = {*after.report.errors} - {*before.report.errors}
        for item in new:
            reason = f"{item.code} would appear in {item.path}:{item.span.line}"
            guilty.update({suspect: reason for suspect in _suspects(item, findings) if suspect not in guilty})
        for problem in sorted(problems):
            reason = f"{problem.path}:{problem.line} would not be analysed: {problem.message}"
            guilty.update({item: reason for item in findings if item not in guilty})
        return guilty


@dataclass(frozen=True, slots=True)
class Attempt:
    """Some fixes, tried: the state after them, how places moved, and the findings whose fixes are to blame."""

    state: State
    shifts: Mapping[str, Shifts]
    guilty: Mapping[Finding, str]


class _Round:
    """One set of fixes that do not overlap, tried together and in parts."""

    def __init__(self, repairer: Repairer) -> None:
        self._repairer = repairer
        self.applied: list[Finding] = []
        self.refused: list[tuple[Refusal, Place]] = []

    def settle(self, state: State, findings: Sequence[Finding]) -> tuple[State, Mover]:
        """The state with as many of the fixes as hold, and how places moved."""
        if not findings:
            return state, _stay
        attempt = self._repairer.attempt(state, findings)
        if not attempt.guilty:
            self.applied += findings
            return attempt.state, self._passed(attempt.shifts)
        if len(findings) == 1:
            self.refused.append((Refusal(findings[0], attempt.guilty[findings[0]]), _place(findings[0])))
            return state, _stay
        first = [item for item in findings if item not in attempt.guilty] or list(findings[: len(findings) // 2])
        second = [item for item in findings if item not in first]
        between, move = self.settle(state, first)
        # What is left is planned anew, in the changed sources.
        places = {move(_place(item)) for item in second}
        rest = [item for item in between.report.findings if item.fix is not None and _place(item) in places]
        after, further = self.settle(between, rest)
        return after, lambda place: further(move(place))

    def _passed(self, shifts: Mapping[str, Shifts]) -> Mover:
        """How places move in a change that stays; what was refused before it moves too."""

        def move(place: Place) -> Place:
            return moved(place, shifts)

        self.refused = [(refusal, move(place)) for refusal, place in self.refused]
        return move


def _stay(place: Place) -> Place:
    return place


def moved(place: Place, shifts: Mapping[str, Shifts]) -> Place:
    """A finding's place after edits."""
    code, path, line, column = place
    return (code, path, *shifts[path].moved(line, column)) if path in shifts else place


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
