"""The words every room shares: spans, steps, findings, problems, edits, reports.

Nothing here imports another room. All values are frozen, ordered and hashable, so that a report is a function of its
content and never of the order in which it was put together.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """What a finding is about: something that breaks, or a house rule of the users."""

    HAZARD = "hazard"
    CONVENTION = "convention"


class Level(enum.StrEnum):
    """How certain a hazard is: the weakest link of its evidence."""

    PROVED = "proved"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """0 for the strongest level, so that ``max`` of ranks is the weakest link."""
        return _RANKS[self]

    @staticmethod
    def weakest(*levels: Level) -> Level:
        """The level of a conclusion that rests on all ``levels`` (proved when there are none)."""
        return max(levels, key=lambda level: level.rank, default=Level.PROVED)


_RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of source text: lines and columns count from 1, columns in code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One link of a chain: where it is and, in one phrase, what happens there."""

    path: str
    line: int
    column: int
    symbol: str
    note: str


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the text of ``span`` in the file ``path`` by ``text``, whose line ends are those of the file."""

    path: str
    span: Span
    text: str


class Safety(enum.StrEnum):
    """Who may apply a fix: ``--fix``, ``--unsafe-fixes`` as well, or only a person who has read it."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"

    @property
    def rank(self) -> int:
        """0 for the safest."""
        return list(Safety).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Fix:
    """Edits that cure a finding: all of them are applied, or none.

    ``title`` says in one phrase what they do, ``reason`` why a fix is not safe ("" for a safe one).
    """

    safety: Safety
    title: str
    edits: tuple[Edit, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One reported defect.

    ``path`` has ``/`` separators and is relative to the report's root, or ``<package>/...`` for a dependency.
    ``symbol`` is the dotted name inside the module, ``<module>`` at top level.
    ``chain`` leads from the root of the traced value to the failing operation; ``related`` holds further sinks of the
    same defect. ``level`` is None for conventions. ``hint`` is what to write instead, when one line can say it.
    ``place`` is where the fix goes when that is not where the finding stands: the definition of a callee, say.
    ``fix`` are the edits that cure it. ``module`` is the dotted name of the module and ``subject`` what the finding is
    about, as written (a callee, an operator, a name): with ``code`` and ``symbol`` they are what stays the same when
    lines move.
    """

    code: str
    name: str
    kind: Kind
    level: Level | None
    path: str
    span: Span
    symbol: str
    message: str
    chain: tuple[Step, ...] = ()
    related: tuple[Step, ...] = ()
    fingerprint: str = ""
    hint: str = ""
    place: Step | None = None
    fix: Fix | None = None
    module: str = ""
    subject: str = ""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What stays the same when lines move: module, symbol, code and subject; equal ones are told by counting."""
        return (self.module, self.symbol, self.code, self.subject)

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of findings in every report: path, line, column, code, message."""
        return (self.path, self.span.line, self.span.column, self.code, self.message)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something that could not be analysed: it makes the exit code 2 and never hides findings of other files.

    ``kind`` is one of ``syntax``, ``unreadable``, ``missing-package``, ``limit``, ``internal``.
    """

    path: str
    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one analysis: sorted findings, problems, what was covered, and one-line notes for stderr.

    ``off`` are the codes of the rules that are off by default. ``remarks`` are about the check itself (markers that are
    not true): only the command shows them. ``commented`` are the files of the project in which comments may suppress
    something, or say that they do.
    """

    root: str
    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...] = ()
    statistics: Mapping[str, object] = field(default_factory=dict)
    notes: Sequence[str] = ()
    remarks: tuple[Finding, ...] = ()
    off: tuple[str, ...] = ()
    commented: tuple[str, ...] = ()
