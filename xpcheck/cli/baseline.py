"""``xpcheck baseline``: what is found today, written down."""

from __future__ import annotations

import os
from pathlib import Path

import click

from xpcheck import baseline, engine
from xpcheck.baseline import FILE_NAME, BaselineError
from xpcheck.cli.check import Asked, Options, model_errors
from xpcheck.cli.errors import CommandError
from xpcheck.cli.narrowing import in_ci


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
    if configured != file:
        shown = Path(os.path.relpath(file, root)).as_posix()
        click.echo(f'Add `baseline = "{shown}"` to [tool.xpcheck], or call `xpcheck check --baseline {name}`.')
    return 0
