"""``xpcheck audit package.module:Class.method``: whether an entry point is ready for ``jit``, and what is left."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from xpcheck.cli.check import Options, sources_of
from xpcheck.cli.errors import CommandError
from xpcheck.cli.inspecting import inspected, say_problems
from xpcheck.config import nearest
from xpcheck.flow.solution.reach import Reach, Unresolved
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program
from xpcheck.model import Finding
from xpcheck.report.json_report import finding_entry
from xpcheck.report.view import Sources, advice_apart, one_line

_UNFOLDED = 100_000
_STYLES = {"proved": "bold red", "likely": "bold yellow", "possible": "bold blue", "convention": "bold cyan"}


class Place(NamedTuple):
    """One place to fix: where it is, the way to it from the entry point, and what is found there."""

    path: str
    line: int
    symbol: str
    way: tuple[str, ...]
    findings: tuple[Finding, ...]


def run_audit(entry: str, options: Options, format_name: str) -> int:
    """Print what is left on the way from an entry point; return the exit code: 0 clean, 1 findings, 2 not analysed.

    Raises CommandError when there is no such entry point, or the call or the configuration is wrong.
    """
    entries: list[Function] = []

    def find(program: Program) -> list[Function]:
        entries.extend(functions_of(program, entry))
        return entries

    asked, inspection = inspected(options, find)
    reach = inspection.flows.reach(entries)
    shown = asked.shown(inspection.report, asked.request)
    places = _places(reach, [item for item in shown if item.code not in {"XP902", "XP903"}])
    if format_name == "json":
        click.echo(json.dumps(_document(entry, reach, places), indent=2))
    else:
        _print(entry, reach, places, sources_of(asked.request))
    if say_problems(inspection.report):
        return 2
    return 1 if places else 0


def functions_of(program: Program, entry: str) -> list[Function]:
    """The functions that ``package.module:name`` means: a function, a method (inherited or not), all of a class.

    Raises CommandError when the name does not lead to any.
    """
    module, colon, name = entry.partition(":")
    if not colon or not name:
        raise CommandError("usage", f"write the entry point as `package.module:Class.method`, not `{entry}`")
    if module not in program.index.modules:
        hint = nearest(module, program.index.modules)
        raise CommandError("usage", f"there is no module `{module}` in the project or the packages it follows{hint}")
    found = program.names.resolve(module, name)
    if isinstance(found, Function):
        return [found]
    if isinstance(found, Class):
        return [item for item in found.members.values() if isinstance(item, Function)]
    holder, _, last = name.rpartition(".")
    owner = program.names.resolve(module, holder) if holder else None
    member = program.hierarchy.member(owner, last) if isinstance(owner, Class) else None
    if isinstance(member, Function):
        return [member]
    known = [item.qualname for item in program.functions if item.module.name == module]
    raise CommandError("usage", f"there is no function or class `{name}` in `{module}`{nearest(name, known)}")


def _places(reach: Reach, findings: Sequence[Finding]) -> list[Place]:
    """The findings in functions on the way, by the place to fix, nearest to the entry point first."""
    order = {(item.module.path, item.qualname): (number, item) for number, item in enumerate(reach.visits)}
    grouped: dict[tuple[str, int, str], list[Finding]] = {}
    first: dict[tuple[str, int, str], tuple[int, Function]] = {}
    for item in findings:
        visit = order.get((item.path, item.symbol))
        if visit is not None:
            place = item.place
            spot = (item.path, item.span.line, item.symbol) if place is None else (place.path, place.line, place.symbol)
            grouped.setdefault(spot, []).append(item)
            first[spot] = min(first.get(spot, visit), visit, key=lambda pair: pair[0])
    return [
        Place(*spot, tuple(_name(item) for item in reach.way(first[spot][1])), tuple(grouped[spot]))
        for spot in sorted(grouped, key=lambda spot: (first[spot][0], spot))
    ]


def _name(function: Function) -> str:
    return function.qualname


# -------------------------------------------------------------------------------------------------------------- shown


def _print(entry: str, reach: Reach, places: Sequence[Place], sources: Sources) -> None:
    tree = Tree(Text(entry, style="bold"))
    for place in places:
        where = Text.assemble((f"{place.path}:{place.line}", "bold"), f"  {place.symbol}")
        branch = tree.add(where)
        if len(place.way) > 1:
            branch.add(Text(f"by {' -> '.join(place.way)}", style="dim"))
        for item in place.findings:
            level = str(item.level or item.kind)
            label = Text.assemble((f"{item.code} {level}", _STYLES[level]), f"  {advice_apart(item)}")
            leaf = branch.add(label)
            if (item.path, item.span.line) != (place.path, place.line):
                leaf.add(Text(f"found at {item.path}:{item.span.line} in {item.symbol}", style="dim"))
            if item.hint:
                leaf.add(Text(one_line(item.hint), style="green"))
    unresolved = reach.unresolved()
    if unresolved:
        branch = tree.add(Text("unresolved calls on the way: what they reach is not known", style="yellow"))
        for call in unresolved:
            if call.function.module.own:
                spot = f"{call.function.module.path}:{call.loc[0]}"
                branch.add(f"{spot}  `{_callee(call, sources)}` in {call.function.qualname}: {call.why}")
        elsewhere = Counter(call.function.module.package for call in unresolved if not call.function.module.own)
        for package, count in sorted(elsewhere.items()):
            branch.add(f"{_count(count, 'call')} in {package}: `--format json` lists them")
    # In a terminal long lines are folded within the tree; nothing is folded for a program that reads them.
    width = None if sys.stdout.isatty() else _UNFOLDED
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    console.print(tree)
    console.print(_verdict(reach, places), style="bold")


def _callee(call: Unresolved, sources: Sources) -> str:
    """The name of the callee as it is written."""
    line, column, end_line, end_column = call.loc
    text = sources.line(call.function.module.path, line) or ""
    return one_line(text[column - 1 : end_column - 1] if line == end_line else text[column - 1 :])


def _verdict(reach: Reach, places: Sequence[Place]) -> str:
    count = sum(len(place.findings) for place in places)
    unresolved = len(reach.unresolved())
    covered = f"{_count(len(reach.visits), 'function')} on the way"
    doubt = f", {unresolved} of {_count(unresolved + reach.resolved(), 'call')} unresolved" if unresolved else ""
    if not count:
        return f"clean: nothing is found in {covered}{doubt}"
    return f"{_count(count, 'finding')} in {_count(len(places), 'place')} to fix; {covered}{doubt}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _document(entry: str, reach: Reach, places: Sequence[Place]) -> dict[str, object]:
    """The answer as plain data."""
    return {
        "version": 1,
        "entry": entry,
        "clean": not places,
        "functions": [f"{item.module.name}:{item.qualname}" for item in reach.visits],
        "places": [
            {
                "path": place.path,
                "line": place.line,
                "symbol": place.symbol,
                "way": list(place.way),
                "findings": [finding_entry(item) for item in place.findings],
            }
            for place in places
        ],
        "unresolved": list(_unresolved(reach)),
    }


def _unresolved(reach: Reach) -> Iterator[dict[str, object]]:
    for call in reach.unresolved():
        place = {"path": call.function.module.path, "line": call.loc[0], "column": call.loc[1]}
        yield {**place, "symbol": call.function.qualname, "reason": call.why}
