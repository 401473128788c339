"""What the commands share that ask about the solved program behind a report: ``explain``, ``audit``, ``report``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection

import click

from xpcheck import engine
from xpcheck.cli.check import Asked, Options, model_errors
from xpcheck.cli.progress import Bar
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program
from xpcheck.model import Report
from xpcheck.watch import Watch


def inspected(
    options: Options, find: Callable[[Program], Collection[Function]] | None = None
) -> tuple[Asked, engine.Inspection]:
    """What the options ask for, and the program, solved for the functions that ``find`` names as well.

    Raises CommandError when the call or the configuration is wrong.
    """
    bar = Bar(sys.stderr.isatty() and not options.quiet)
    asked = Asked(options, watch=Watch(bar))
    try:
        with model_errors():
            return asked, engine.inspect(asked.request, find)
    finally:
        bar.close()


def say_problems(report: Report) -> bool:
    """Say on stderr what could not be analysed; whether there was anything."""
    for problem in report.errors:
        click.echo(f"{problem.path}:{problem.line}: {problem.kind}: {problem.message}", err=True)
    return bool(report.errors)
