"""``xpcheck check --add-noqa REASON``: a comment for every finding that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from xpcheck import engine, suppress
from xpcheck.cli.errors import CommandError
from xpcheck.fix.texts import EditError, edited
from xpcheck.fix.writing import ChangedError, write_all
from xpcheck.model import Finding
from xpcheck.report.view import decode

_REMARK = "XP9"


def add_comments(findings: Sequence[Finding], request: engine.Request, reason: str) -> int:
    """Suppress the ``findings`` with comments that give the ``reason``; the exit code is 2 where that is impossible.

    Raises CommandError when the reason is none, or when files changed meanwhile.
    """
    reason = reason.strip()
    if not reason or not reason.isprintable():
        raise CommandError("usage", "`--add-noqa` needs a reason of one line")
    if request.overlay:
        raise CommandError("usage", "`--add-noqa` cannot write standard input")
    own = [item for item in findings if not item.code.startswith(_REMARK)]
    changes: dict[Path, tuple[bytes, bytes]] = {}
    failed = 0
    for path in sorted({item.path for item in own}):
        file = Path(request.root, path)
        try:
            old = file.read_bytes()
            changes[file] = (old, _with_comments(path, old, [item for item in own if item.path == path], reason))
        except (OSError, EditError) as error:
            failed += 1
            click.echo(f"{path}: no comments added: {error}", err=True)
    try:
        write_all(changes)
    except (ChangedError, OSError) as error:
        raise CommandError("unreadable", str(error)) from None
    _say(own, changes)
    return 2 if failed else 0


def _with_comments(path: str, content: bytes, findings: Iterable[Finding], reason: str) -> bytes:
    """A file with the comments that suppress its ``findings``.

    Raises EditError when its text allows none that works.
    """
    wanted: dict[int, set[str]] = {}
    for item in findings:
        wanted.setdefault(item.span.line, set()).add(item.code)
    new = edited(content, suppress.noqa_edits(path, decode(content), wanted, reason))
    text = decode(new)
    left = suppress.without_ignored(suppress.without_noqa(findings, text), text)
    if left or suppress.code_of(text) != suppress.code_of(decode(content)):
        raise EditError("a comment there would change the code or suppress nothing: write `# xpcheck: ignore` yourself")
    return new


def _say(findings: Sequence[Finding], changes: dict[Path, tuple[bytes, bytes]]) -> None:
    written = [item for item in changes.values() if item[0] != item[1]]
    click.echo(f"xpcheck: {len(findings):,} findings suppressed in {len(written):,} files", err=True)
    if written:
        click.echo('xpcheck: users of ruff set `lint.external = ["XP"]`, or ruff removes the comments', err=True)
