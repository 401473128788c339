"""``full``: what a person reads in a terminal, with source lines, carets and the chain of each finding.

Hazards come before conventions, certain ones before likely ones. Findings with one place to fix stand together: those
of one line share its excerpt, those whose fix is the definition of one callee share a heading. Colours and their
absence (pipes, ``NO_COLOR``, dumb terminals) are rich's business; no line is wrapped or cut by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from xpcheck.model import Finding, Kind, Level, Safety, Step
from xpcheck.report.statistics import analysed, fixable
from xpcheck.report.view import View, advice_apart, label_of, one_line

_WIDTH: Final = 160
"""Of a source line; longer ones are shown in part."""

_STYLES: Final = {Level.PROVED: "bold red", Level.LIKELY: "bold yellow", Level.POSSIBLE: "bold blue", None: "bold cyan"}
_DOUBTFUL: Final = {Level.LIKELY, Level.POSSIBLE}
_MARK: Final = "or, if the value is concrete under a trace, mark it above the `def`: `# xpcheck: static[name] reason`"

_FURTHER: Final = 4
"""How many further sinks are listed before the rest is only counted."""


def render(view: View, stream: TextIO) -> None:
    """Write every finding in full and a last line that counts them."""
    show(_lines(view), stream)


def show(lines: Iterable[Text], stream: TextIO) -> None:
    """Write lines with their styles where the stream takes them: never wrapped, never cut."""
    console = Console(file=stream, soft_wrap=True, highlight=False, markup=False, emoji=False)
    for line in lines:
        if console.color_system is None:
            # Nothing to style: a long report is written many times faster without the renderer.
            stream.write(f"{line.plain}\n")
        else:
            console.print(line)


def _lines(view: View) -> Iterator[Text]:
    for _, group in groupby(sorted(view.findings, key=_order), key=_place):
        yield from _one_fix(view, list(group))
        yield Text()
    yield summary(view)


def _order(item: Finding) -> tuple[object, ...]:
    return (*_place(item), item.sort_key)


def _place(item: Finding) -> tuple[object, ...]:
    """Where the fix goes: the key of a group, and the order of groups."""
    path, line = (item.path, item.span.line) if item.place is None else (item.place.path, item.place.line)
    return (len(Level) if item.level is None else item.level.rank, path, line, item.place is not None)


def _one_fix(view: View, group: Sequence[Finding]) -> Iterator[Text]:
    """The findings that one fix cures: those of one line, or all whose fix is elsewhere, below a heading."""
    place = group[0].place
    lines = [list(items) for _, items in groupby(group, key=lambda item: (item.path, item.span.line))]
    if place is not None and len(group) > 1:
        where = f"{view.display(place.path)}:{place.line}"
        yield Text.assemble((where, "bold"), f"  {one_line(place.note)}: the fix of {len(group)} findings goes here")
    for number, items in enumerate(lines):
        if number:
            yield Text()
        yield from _group(view, items)


def _group(view: View, group: Sequence[Finding]) -> Iterator[Text]:
    """The findings of one line: a header for each, the line once, then what there is to say about each."""
    for item in group:
        yield _header(view, item)
    first = group[0]
    source = view.sources.line(first.path, first.span.line)
    if source is not None:
        carets = sorted({(item.span.column, _end(item)) for item in group})
        yield from excerpt(source, first.span.line, carets, _STYLES[first.level])
    for number, item in enumerate(group):
        label = f"{item.code}  " if len(group) > 1 else ""
        # The advice, with which messages end, gets a line of its own below the path.
        yield Text.assemble("  ", (label, "bold"), advice_apart(item))
        if number and item.chain and item.chain == group[number - 1].chain:
            yield Text("  by the same path", style="dim")
        else:
            yield from _chain(view, item)
        if item.hint:
            where = "" if item.place is None else f"  {view.display(item.place.path)}:{item.place.line}"
            yield Text.assemble("  ", (one_line(item.hint), "green"), (where, "dim"))
        if item.fix is not None and item.fix.safety is not Safety.SAFE:
            option = " (`--fix --unsafe-fixes`)" if item.fix.safety is Safety.UNSAFE else ""
            yield Text(
                f"  {item.fix.safety} fix{option}: {one_line(item.fix.title)}, but {item.fix.reason}", style="dim"
            )
    if any(item.level in _DOUBTFUL and item.chain for item in group):
        yield Text(f"  {_MARK}", style="dim")
    codes = " ".join(dict.fromkeys(item.code for item in group if item.code in view.rules))
    if codes:
        yield Text(f"  help: xpcheck rule {codes}", style="dim")


def _header(view: View, item: Finding) -> Text:
    place = f"{view.display(item.path)}:{item.span.line}:{item.span.column}"
    certainty = item.kind if item.level is None else item.level
    inside = "" if item.symbol == "<module>" else f"  in {item.symbol}"
    style = _STYLES[item.level]
    mark = (" [*]", "green") if item.fix is not None and item.fix.safety is Safety.SAFE else ""
    name = f"{item.code} {item.name}"
    return Text.assemble((place, "bold"), "  ", (name, style), mark, "  ", certainty, (inside, "dim"))


def _end(item: Finding) -> int:
    """Where the caret line ends: spans over several lines are marked at their start only."""
    return item.span.end_column if item.span.end_line == item.span.line else item.span.column + 1


def excerpt(source: str, number: int, carets: Sequence[tuple[int, int]] = (), style: str = "") -> Iterator[Text]:
    """The line with its number, and the carets below it (start and end columns), when there are any."""
    text = one_line(source.expandtabs(1)).rstrip()
    start = max(0, carets[0][0] - 1 - _WIDTH // 2) if carets and len(text) > _WIDTH else 0
    cut = text[start : start + _WIDTH]
    lead, tail = ("..." if start else ""), ("..." if start + _WIDTH < len(text) else "")
    yield Text.assemble((f"{number:>6} | ", "dim"), lead, cut, tail)
    marks = ""
    for column, end in carets:
        before = cell_len(lead + cut[: max(0, column - 1 - start)])
        length = cell_len(cut[max(0, column - 1 - start) : max(0, end - 1 - start)]) or 1
        marks = marks.ljust(before)[:before] + "^" * max(length, len(marks) - before)
    if carets:
        yield Text.assemble((f"{'':>6} | ", "dim"), (marks, style))


def _chain(view: View, item: Finding) -> Iterator[Text]:
    """From the root of the value to the operation that fails, each step a little further in."""
    for number, step in enumerate(item.chain):
        yield from _step(view, item, label_of(number, len(item.chain)), step, min(number, 6))
    if item.related:
        places = list(dict.fromkeys(f"{view.display(step.path)}:{step.line}" for step in item.related))
        more = len(places) - _FURTHER
        rest = f" and {more} more" if more > 0 else ""
        yield Text.assemble("  ", (f"{'also':<5}", "magenta"), f"breaks at {', '.join(places[:_FURTHER])}{rest}")


def _step(view: View, item: Finding, label: str, step: Step, depth: int) -> Iterator[Text]:
    indent = "  " * depth
    place = f"{view.display(step.path)}:{step.line}"
    yield Text.assemble("  ", (f"{label:<5}", "magenta"), indent, one_line(step.note), "  ", (place, "dim"))
    source = view.sources.line(step.path, step.line)
    # The line of the finding itself stands right above.
    if source is not None and source.strip() and (step.path, step.line) != (item.path, item.span.line):
        text = one_line(source.strip())
        shortened = text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
        yield Text.assemble("       ", indent, ("| ", "dim"), (shortened, "dim"))


def summary(view: View) -> Text:
    """The last line: hazards by level, conventions, problems, and what was covered."""
    by_level, conventions = view.counts()
    hazards = sum(by_level.values())
    detail = ", ".join(f"{count} {level}" for level, count in by_level.items() if count)
    parts = [f"{_count(hazards, 'hazard')}{f' ({detail})' if detail else ''}"]
    hide = " (`--no-convention` hides them)" if conventions else ""
    parts.append(f"{_count(conventions, Kind.CONVENTION)}{hide}")
    covered = analysed(view.statistics)
    text = ", ".join(parts) + (f" in {covered}" if covered else "")
    if view.findings and (fixes := _fixes(view)):
        text += f"; {fixes}"
    if view.known:
        text += f"; {len(view.known):,} more in the baseline"
    if view.errors:
        text += f"; {_count(len(view.errors), 'error')}: the list is not complete"
    return Text(text, style="bold")


def _fixes(view: View) -> str:
    """How many findings the command can fix itself."""
    counts = fixable(view.findings)
    safe, unsafe = counts["safe fixes"], counts["unsafe fixes"]
    parts = [f"[*] {safe:,} fixable with `--fix`"] if safe else []
    parts += [f"{unsafe:,} more with `--unsafe-fixes`"] if unsafe else []
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
