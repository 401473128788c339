"""What of the findings is new: compared with a baseline, or with a revision of the repository."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xpcheck import baseline, suppress
from xpcheck.baseline import BaselineError, Comparison, Entry
from xpcheck.cli.errors import CommandError
from xpcheck.model import Finding
from xpcheck.project.changes import GitError, changed_lines
from xpcheck.report.view import Sources


def in_ci(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the run is one of continuous integration, where nothing is written and stale entries fail."""
    return environ.get("CI", "").lower() not in ("", "0", "false", "no")


# ------------------------------------------------------------------------------------------------------------ baseline


@dataclass(frozen=True, slots=True)
class Parked:
    """The findings of a run beside the baseline ``file``: see ``Comparison``."""

    file: Path
    entries: tuple[Entry, ...]
    comparison: Comparison


def parked(file: Path, shown: Sequence[Finding], kept: Sequence[Finding], modules: Collection[str] | None) -> Parked:
    """Compare what is shown with a baseline.

    ``kept`` are all that comments leave: those among them that are not shown exist nevertheless. ``modules`` are those
    that were looked at, None for all: entries of other modules are never stale.

    Raises CommandError when the baseline cannot be used.
    """
    try:
        entries = baseline.read(file)
    except BaselineError as error:
        raise CommandError("config", error.message, str(error.file), error.line) from None
    looked_at = [item for item in entries if modules is None or item.module in modules]
    chosen = frozenset(shown)
    hidden = [item for item in kept if item not in chosen]
    return Parked(file, entries, baseline.compare(looked_at, shown, hidden))


def settle(park: Parked) -> tuple[bool, list[str]]:
    """Take stale entries out of the baseline, or fail in continuous integration; (failed, lines for stderr).

    Raises CommandError when the baseline cannot be written.
    """
    stale = park.comparison.stale
    if not stale:
        return False, []
    count = f"{len(stale):,} {'entry' if len(stale) == 1 else 'entries'}"
    name = os.path.relpath(park.file)
    if in_ci():
        lines = [f"{name}: stale: {described(entry)}" for entry in stale]
        return True, [*lines, f"xpcheck: {count} of {name} without a finding: run `xpcheck check` and commit the file"]
    gone = set(stale)
    try:
        baseline.write(park.file, [entry for entry in park.entries if entry not in gone])
    except BaselineError as error:
        raise CommandError("config", error.message, str(error.file), error.line) from None
    return False, [f"xpcheck: {count} without a finding taken out of {name}: commit it"]


def described(entry: Entry) -> str:
    """An entry in words."""
    about = f" `{entry.subject}`" if entry.subject else ""
    again = f" (number {entry.ordinal})" if entry.ordinal > 1 else ""
    return f"{entry.code}{about} in {entry.module}:{entry.symbol}{again}"


# ------------------------------------------------------------------------------------------------------------ revision


def touched(findings: Sequence[Finding], root: Path, sources: Sources, revision: str) -> tuple[Finding, ...]:
    """The findings of which the place, or a step of the evidence, lies in a statement changed since ``revision``.

    Raises CommandError when git cannot say what was changed.
    """
    try:
        changed = changed_lines(str(root), revision)
    except GitError as error:
        raise CommandError("usage", f"`--diff`: {error}") from None
    extents: dict[str, Mapping[int, tuple[int, int]]] = {}

    def is_changed(path: str, line: int) -> bool:
        if path not in changed:
            return False
        lines = changed[path]
        if lines is None:
            return True
        if path not in extents:
            source = sources.text(path) if path.endswith(".py") else None
            extents[path] = suppress.statement_lines(source or "")
        first, last = extents[path].get(line, (line, line))
        return any(number in lines for number in range(first, last + 1))

    return tuple(item for item in findings if any(is_changed(path, line) for path, line in _places(item)))


def _places(item: Finding) -> Iterator[tuple[str, int]]:
    for line in range(item.span.line, item.span.end_line + 1):
        yield item.path, line
    for step in (*item.chain, *item.related, *([item.place] if item.place is not None else [])):
        yield step.path, step.line
