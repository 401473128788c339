"""One self-contained page: summary, filters, and for each finding its sources, its path and its call graph.

The page is a template, a style sheet and a script that lie beside this module, and the report as JSON between them. It
loads nothing: its content security policy forbids it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TextIO

from xpcheck import __version__
from xpcheck.model import Finding, Step
from xpcheck.report.statistics import coverage
from xpcheck.report.view import View, advice_apart, identity, label_of

if TYPE_CHECKING:
    from xpcheck.flow.solution.callers import Caller, Callers

_DROPS: Final = {"default", "np", "missing"}
"""How a call binds a namespace that it does not hand on."""
_AROUND: Final = 3
"""Lines shown above and below the line of a finding."""
_SHOWN: Final = 8
"""Callers drawn in a graph; the others are counted."""
_PACKAGES: Final = 16
"""Rows of the summary."""


def render(view: View, callers: Callers, stream: TextIO) -> None:
    """Write the page for a report; ``callers`` are the calls of the program's functions."""
    parts = files("xpcheck.report").joinpath("page")
    template = parts.joinpath("page.html").read_text(encoding="utf-8")
    # `<` never stands in the data, so that no text of a source can end the element.
    data = json.dumps(document(view, callers), separators=(",", ":")).replace("<", "\\u003c")
    for name, text in (
        ("style", parts.joinpath("page.css").read_text(encoding="utf-8")),
        ("script", parts.joinpath("page.js").read_text(encoding="utf-8")),
        ("data", data),
    ):
        template = template.replace(f"{{{{ {name} }}}}", text)
    stream.write(template)


def document(view: View, callers: Callers) -> dict[str, object]:
    """What the page shows, as plain data."""
    shown = [*view.findings, *(view.known or ())]
    known = frozenset(view.known or ())
    packages = _packages([item.path for item in shown])
    return {
        "title": Path(view.root).name,
        "version": __version__,
        "covered": coverage(view.statistics),
        "baseline": view.known is not None,
        "findings": [_finding(item, packages[item.path], callers, item in known) for item in shown],
        "errors": [{"path": item.path, "line": item.line, "message": item.message} for item in view.errors],
        "rules": {
            code: {"name": page.name, "docs": dict(page.docs)}
            for code, page in view.rules.items()
            if any(item.code == code for item in shown)
        },
        "sources": _sources(view, shown),
    }


def _finding(item: Finding, package: str, callers: Callers, known: bool) -> dict[str, object]:
    return {
        "id": identity(item),
        "code": item.code,
        "name": item.name,
        "level": str(item.level or item.kind),
        "path": item.path,
        "line": item.span.line,
        "column": item.span.column,
        "end": item.span.end_column if item.span.end_line == item.span.line else item.span.column + 1,
        "package": package,
        "symbol": item.symbol,
        "message": advice_apart(item),
        "hint": item.hint,
        "place": None if item.place is None else {"path": item.place.path, "line": item.place.line},
        "chain": [
            {"label": label_of(number, len(item.chain)), **_step(step)} for number, step in enumerate(item.chain)
        ],
        "related": [_step(step) for step in item.related],
        "graph": _graph(item, callers),
        "known": known,
    }


def _step(step: Step) -> dict[str, object]:
    return {"path": step.path, "line": step.line, "symbol": step.symbol, "note": step.note}


# --------------------------------------------------------------------------------------------------------------- graph


def _graph(item: Finding, callers: Callers) -> dict[str, object] | None:
    """Who calls the function in question and what they do with the namespace, and the way to what breaks.

    The function in question is the callee of a call; of an operation, the function that it stands in. None for
    findings without a way, and where nobody is seen to call that function.
    """
    place = (item.path, item.span.line, item.symbol)
    own = next((n for n, step in enumerate(item.chain) if (step.path, step.line, step.symbol) == place), None)
    if own is None:
        return None
    onward = item.chain[own + 1 :]
    name = (onward[0].path, onward[0].symbol) if onward else (item.path, item.symbol)
    if not onward and (len(item.chain) == 1 or name not in callers.calls):
        return None
    calls = sorted(callers.calls.get(name, ()), key=lambda call: (not _is_site(call, item), _rank(call), call))
    if onward and not any(_is_site(call, item) for call in calls):
        site = {"path": item.path, "line": item.span.line, "symbol": item.symbol, "binding": "free", "site": True}
        entries: list[dict[str, object]] = [site]
    else:
        entries = []
    entries += [_call(call, bool(onward) and _is_site(call, item)) for call in calls[:_SHOWN]]
    bindings = Counter(call.binding for call in calls)
    steps = onward or item.chain[own : own + 1]
    return {
        "callers": entries,
        "more": max(0, len(calls) - _SHOWN),
        "threads": sum(count for binding, count in bindings.items() if binding not in _DROPS),
        "calls": len(calls),
        "function": {"path": name[0], "symbol": name[1], "line": callers.lines.get(name, steps[0].line)},
        "onward": [_step(step) for step in steps],
    }


def _call(call: Caller, site: bool) -> dict[str, object]:
    return {"path": call.path, "line": call.line, "symbol": call.symbol, "binding": call.binding, "site": site}


def _is_site(call: Caller, item: Finding) -> bool:
    return (call.path, call.line, call.column) == (item.path, item.span.line, item.span.column)


def _rank(call: Caller) -> int:
    """Calls that drop the namespace come before those that hand it on."""
    return 0 if call.binding in _DROPS else 1


# ------------------------------------------------------------------------------------------------ packages, sources


def _packages(paths: Iterable[str]) -> Mapping[str, str]:
    """The package of each file, as deep as the summary stays readable."""
    folders = {path: PurePosixPath(path).parent.parts for path in paths}
    depth = max((len(parts) for parts in folders.values()), default=1)
    while depth > 1 and len({parts[:depth] for parts in folders.values()}) > _PACKAGES:
        depth -= 1
    return {path: ".".join(parts[:depth]) or PurePosixPath(path).stem for path, parts in folders.items()}


def _sources(view: View, findings: Sequence[Finding]) -> dict[str, dict[int, str]]:
    """The lines that the page shows, by file and number."""
    wanted: set[tuple[str, int]] = set()
    for item in findings:
        wanted.update((item.path, line) for line in range(item.span.line - _AROUND, item.span.line + _AROUND + 1))
        wanted.update((step.path, step.line) for step in (*item.chain, *item.related))
    found: dict[str, dict[int, str]] = {}
    for path, line, text in _lines(view, sorted(wanted)):
        found.setdefault(path, {})[line] = text
    return found


def _lines(view: View, wanted: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int, str]]:
    for path, line in wanted:
        text = view.sources.line(path, line)
        if text is not None:
            yield path, line, text.expandtabs(1)
