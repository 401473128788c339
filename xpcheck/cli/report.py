"""``xpcheck report --html FILE``: the report as one page."""

from __future__ import annotations

from pathlib import Path

import click

from xpcheck.cli.check import Options, modules_of, sources_of
from xpcheck.cli.errors import CommandError
from xpcheck.cli.inspecting import inspected, say_problems
from xpcheck.cli.narrowing import parked
from xpcheck.report.html_report import render
from xpcheck.report.view import View
from xpcheck.rules import pages


def run_report(target: Path, options: Options) -> int:
    """Write the page to ``target``; return the exit code: 0, or 2 when something could not be analysed.

    Raises CommandError when the call or the configuration is wrong, or the file cannot be written.
    """
    asked, inspection = inspected(options)
    report = inspection.report
    sources = sources_of(asked.request)
    kept = asked.kept(report, asked.request)
    shown = asked.selected(report, kept)
    known = None
    if asked.baseline is not None:
        comparison = parked(asked.baseline, shown, kept, modules_of(asked.request)).comparison
        shown, known = comparison.new, comparison.known
    view = View(report.root, shown, report.errors, report.statistics, sources, pages(), known=known)
    try:
        with target.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            render(view, inspection.flows.callers(), stream)
    except OSError as error:
        raise CommandError("usage", f"`--html` cannot be written: {error.strerror}: {target}") from None
    noun = "finding" if len(shown) == 1 else "findings"
    click.echo(f"xpcheck: {len(shown):,} {noun} written to {target}", err=True)
    return 2 if say_problems(report) else 0
