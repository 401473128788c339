"""``xpcheck explain FILE:LINE``: what the analysis knows there, and why it reports or does not."""

from __future__ import annotations

import re
import sys
from collections.abc import Container, Iterator
from dataclasses import replace
from pathlib import Path

from rich.text import Text

from xpcheck.cli.check import Asked, Options, sources_of
from xpcheck.cli.errors import CommandError
from xpcheck.cli.inspecting import inspected, say_problems
from xpcheck.flow.solution.explaining import Explanation, InRun, Seen
from xpcheck.flow.solution.words import RUNS
from xpcheck.model import Finding, Level, Report
from xpcheck.project.discovery import display_path
from xpcheck.report.text import excerpt, show
from xpcheck.report.view import Sources, one_line
from xpcheck.suppress import matches, selected

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>[1-9][0-9]*)(?::[0-9]+)?")
_WIDTH = 60
"""Of an expression's text; longer ones are shown in part."""


def run_explain(place: str, options: Options) -> int:
    """Explain the line ``FILE:LINE`` on stdout; return the exit code: 0, or 2 when something could not be analysed.

    Raises CommandError when the place or the configuration is wrong.
    """
    found = _PLACE.fullmatch(place)
    if found is None:
        raise CommandError("usage", f"write the place as FILE:LINE, not `{place}`")
    file, line = Path(found["file"]), int(found["line"])
    asked, inspection = inspected(replace(options, paths=(file,)))
    path = display_path(str(file.resolve()), str(asked.request.root))
    sources = sources_of(asked.request)
    source = sources.line(path, line)
    if source is None:
        raise CommandError("usage", f"{file} has no line {line}")
    explanation = inspection.flows.explain(path, line)
    reported = {(item.span.line, item.span.column) for item in inspection.report.findings if item.path == path}
    lines = [*_head(path, line, source, explanation), *_runs(explanation, path, sources, reported)]
    lines += _findings(inspection.report, asked, path, line)
    show(lines, sys.stdout)
    return 2 if say_problems(inspection.report) else 0


def _head(path: str, line: int, source: str, explanation: Explanation | None) -> Iterator[Text]:
    inside = f"  in {explanation.function.qualname}" if explanation is not None else ""
    yield Text.assemble((f"{path}:{line}", "bold"), (inside, "dim"))
    yield from excerpt(source, line)
    if explanation is None:
        yield Text("  outside functions: imports and definitions are looked at here, values are not")
        return
    runs = [RUNS[item.run] for item in explanation.runs]
    times = "once" if len(runs) == 1 else "twice"
    yield Text(f"  the body {explanation.holds}: it is interpreted {times}, {' and '.join(runs)}")
    for remark in explanation.remarks:
        yield Text(f"  {remark}")


def _runs(
    explanation: Explanation | None, path: str, sources: Sources, reported: Container[tuple[int, int]]
) -> Iterator[Text]:
    shown = False
    for item in explanation.runs if explanation is not None else ():
        yield Text()
        yield Text(f"  {RUNS[item.run]}", style="bold")
        if item.unreached:
            yield Text(f"    not reached: {item.unreached}")
            continue
        if shown:
            yield Text("    reached too")
            continue
        shown = True
        yield from _table("values", item.values, path, sources)
        yield from _table("calls", item.calls, path, sources)
        yield from _quiet(item, reported)


def _table(title: str, rows: tuple[Seen, ...], path: str, sources: Sources) -> Iterator[Text]:
    # What is written twice and means the same is said once.
    lines = list(dict.fromkeys((_text(seen, path, sources), one_line(seen.words)) for seen in rows))
    width = min(28, max((len(text) for text, _ in lines), default=0))
    if lines:
        yield Text(f"    {title}", style="dim")
    for text, words in lines:
        yield Text.assemble("      ", (text.ljust(width), "cyan"), "  ", words)


def _text(seen: Seen, path: str, sources: Sources) -> str:
    """An expression as it is written, its first line only."""
    line, column, end_line, end_column = seen.loc
    text = sources.line(path, line) or ""
    cut = text[column - 1 : end_column - 1] if end_line == line else f"{text[column - 1 :].rstrip()} ..."
    return one_line(cut if len(cut) <= _WIDTH else f"{cut[:_WIDTH]}...")


def _quiet(item: InRun, reported: Container[tuple[int, int]]) -> Iterator[Text]:
    following = [seen for seen in item.quiet if seen.loc[:2] in reported]
    if len(following) < len(item.quiet):
        yield Text("    not a finding", style="dim")
    for seen in item.quiet:
        if seen not in following:
            yield Text(f"      {seen.words}")
    if following:
        yield Text(
            "    values are as they are now: what is reported here follows once the places before it are repaired"
        )


# ------------------------------------------------------------------------------------------------------------ findings


def _findings(report: Report, asked: Asked, path: str, line: int) -> Iterator[Text]:
    """The findings of the line, those that are not shown with the reason, and those whose way leads over it."""
    kept = set(asked.shown(report, replace(asked.request, paths=())))
    here = [item for item in report.findings if item.path == path and item.span.line <= line <= item.span.end_line]
    yield Text()
    yield Text("  reported here" if here else "  nothing is reported here", style="bold")
    for item in here:
        level = item.level or item.kind
        yield Text.assemble("    ", (f"{item.code} {item.name}", "bold"), f"  {level}  {one_line(item.message)}")
        if item not in kept:
            yield Text(f"      not shown: {_hidden(item, asked, report.off)}")
    for item in report.findings:
        if item not in here and any((step.path, step.line) == (path, line) for step in item.chain):
            hidden = "" if item in kept else f" (not shown: {_hidden(item, asked, report.off)})"
            yield Text(f"    on the way to {item.code} at {item.path}:{item.span.line}{hidden}")


def _hidden(item: Finding, asked: Asked, off: Container[str]) -> str:
    """Why a finding is not shown."""
    config = asked.config
    if not selected(item.code, item.code not in off, config.select, config.ignore):
        shown = f"its rule is off by default; `--select {item.code}` shows it"
        return shown if item.code in off and not config.select else "its rule is not selected"
    if item.level is not None and item.level.rank > Level(config.level).rank:
        return f"its level is below `{config.level}`; `--level {item.level}` shows it"
    if any(item.code.startswith(codes) and matches(glob, item.path) for glob, codes in config.per_file_ignores):
        return "`per-file-ignores` leaves it out"
    return "a comment suppresses it"
