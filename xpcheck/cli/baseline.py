"""``xpcheck baseline``: what is found today, written down."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from xpcheck import baseline, engine
from xpcheck.baseline import FILE_NAME, BaselineError
from xpcheck.cli.check import Asked, Options, model_errors
from xpcheck.cli.errors import CommandError
from xpcheck.cli.narrowing import in_ci
from xpcheck.config import TABLE, ConfigError, load


def run_baseline(options: Options, output: Path | None, allow_ci: bool) -> int:
    """Write the findings of the whole project to the baseline; return the exit code.

    Raises CommandError when the call or the configuration is wrong, or when a part of the project was not analysed.
    """
    if in_ci() and not allow_ci:
        raise CommandError(
            "usage", "a baseline written in continuous integration would hide what it is to catch (`--allow-ci` forces)"
        )
    asked = Asked(options)
    root = asked.request.root
    with model_errors():
        report = engine.check(asked.request)
    if report.errors:
        for problem in report.errors:
            click.echo(f"{problem.path}:{problem.line}: {problem.kind}: {problem.message}", err=True)
        raise CommandError("usage", "the list of findings is not complete: no baseline written")
    configured = asked.request.config.baseline
    file = (output or configured or root / FILE_NAME).resolve()
    entries = baseline.entries_of(asked.shown(report, asked.request))
    try:
        before = set(baseline.read(file)) if file.exists() else set()
        baseline.write(file, entries)
    except BaselineError as error:
        raise CommandError("config", error.message, str(error.file), error.line) from None
    name = os.path.relpath(file)
    click.echo(
        f"{name}: {len(entries):,} {'finding' if len(entries) == 1 else 'findings'} "
        f"({len(set(entries) - before):,} added, {len(before - set(entries)):,} removed)"
    )
    if configured is None and output is None and _configure(asked.request.config.source, FILE_NAME):
        click.echo(f'`baseline = "{FILE_NAME}"` added to [{TABLE}]: commit both files')
    elif configured != file:
        shown = Path(os.path.relpath(file, root)).as_posix()
        click.echo(f'Add `baseline = "{shown}"` to [{TABLE}], or call `xpcheck check --baseline {name}`')
    return 0


def _configure(file: Path | None, name: str) -> bool:
    """Add the key below the header of the table in ``file``; False when there is none that can be edited."""
    if file is None:
        return False
    old = file.read_bytes()
    new, count = re.subn(
        rb"^([ \t]*\[[ \t]*tool[ \t]*\.[ \t]*xpcheck[ \t]*\][^\r\n]*)(\r?\n|\Z)",
        lambda found: found[1] + (found[2] or b"\n") + f'baseline = "{name}"'.encode() + (found[2] or b"\n"),
        old,
        count=1,
        flags=re.MULTILINE,
    )
    if not count:
        return False
    try:
        file.write_bytes(new)
        if load(file.parent, file).baseline == (file.parent / name).resolve():
            return True
    except (OSError, ConfigError):
        pass
    file.write_bytes(old)
    return False
