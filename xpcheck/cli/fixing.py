"""``xpcheck check --fix``: the fixes of what is shown, made and checked in memory, then written or shown as a patch."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import click

from xpcheck import engine
from xpcheck.cli.errors import CommandError
from xpcheck.fix.repair import Repair, Repairer
from xpcheck.fix.writing import ChangedError, complete, write_all
from xpcheck.model import Finding, Report, Safety

Shown: TypeAlias = Callable[[Report, engine.Request], tuple[Finding, ...]]
"""The findings of a report that are shown: asked for, selected and not suppressed."""

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of the fixes: the request and the report on the sources after them, and the changed files."""

    request: engine.Request
    repair: Repair
    files: Mapping[Path, tuple[bytes, bytes]]

    @property
    def report(self) -> Report:
        """The report on the sources after the fixes."""
        return self.repair.state.report


def fixed(
    report: Report, request: engine.Request, shown: Shown, counts: Callable[[Finding], bool], unsafe: bool
) -> Fixed:
    """Make the fixes of what is shown, in memory; ``unsafe``: also those that may change what the code does.

    ``counts`` says which findings must not appear.
    """
    allowed = {Safety.SAFE, Safety.UNSAFE} if unsafe else {Safety.SAFE}

    def on(files: Mapping[str, bytes]) -> engine.Request:
        overlay = {Path(request.root, path): content for path, content in files.items()}
        return replace(request, overlay={**request.overlay, **overlay})

    repairer = Repairer(
        read=lambda path: _content(request, Path(request.root, path)),
        analyse=lambda files: engine.check(on(files)),
        chosen=lambda report, files: [
            item for item in shown(report, on(files)) if item.fix is not None and item.fix.safety in allowed
        ],
        counts=counts,
    )
    repair = repairer.repair(report)
    files = {}
    for path, content in sorted(repair.state.files.items()):
        file = Path(request.root, path)
        files[file] = (_content(request, file), content)
    return Fixed(on(repair.state.files), repair, files)


def resume(request: engine.Request) -> None:
    """Finish what an earlier run below the same root was killed while writing, and say so on stderr.

    Raises CommandError when a file cannot be written.
    """
    journal = _journal(request)
    try:
        files = complete(journal) if journal is not None else []
    except OSError as error:
        raise CommandError("usage", f"cannot write {error.filename}: {error.strerror}") from None
    if files:
        click.echo(f"xpcheck: completed the fixes of an interrupted run in {_many(len(files), 'file')}", err=True)


def _journal(request: engine.Request) -> Path | None:
    """Where it is noted what is being written below the root, None where nothing is kept."""
    digest = hashlib.sha256(os.fsencode(request.root)).hexdigest()[:16]
    return None if request.cache_dir is None else request.cache_dir / f"fixing-{digest}.json"


def write(outcome: Fixed) -> None:
    """Write the changed files.

    Raises CommandError when one of them has changed meanwhile or cannot be written.
    """
    try:
        write_all(outcome.files, _journal(outcome.request))
    except ChangedError as error:
        raise CommandError("usage", str(error)) from None
    except OSError as error:
        raise CommandError("usage", f"cannot write {error.filename}: {error.strerror}") from None


def patch(outcome: Fixed) -> bytes:
    """The changes as a unified diff below the root, as ``git apply`` takes it."""
    return b"".join(line for file, (old, new) in outcome.files.items() for line in _hunks(outcome, file, old, new))


def _hunks(outcome: Fixed, file: Path, old: bytes, new: bytes) -> Iterator[bytes]:
    name = file.relative_to(outcome.request.root).as_posix()
    before, after = _LINE.findall(old), _LINE.findall(new)
    sides = (f"a/{name}".encode(), f"b/{name}".encode())
    for line in difflib.diff_bytes(difflib.unified_diff, before, after, *sides, lineterm=b"\n"):
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def say(outcome: Fixed, written: bool, display: Callable[[str], str]) -> None:
    """What was fixed, and what was left out and why, on stderr."""
    repair = outcome.repair
    verb = "fixed" if written else "would fix"
    click.echo(
        f"xpcheck: {verb} {_many(len(repair.applied), 'finding')} in {_many(len(outcome.files), 'file')}", err=True
    )
    for refusal in repair.refused:
        item = refusal.finding
        place = f"{display(item.path)}:{item.span.line}:{item.span.column}"
        click.echo(f"{place}: {item.code} is not fixed: {refusal.reason}", err=True)


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _content(request: engine.Request, file: Path) -> bytes:
    given = request.overlay.get(file)
    return file.read_bytes() if given is None else given
