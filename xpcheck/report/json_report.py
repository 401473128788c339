"""``json``: the schema of ``schema.json``, every field always present."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, TextIO

from xpcheck.model import Edit, Finding, Fix, Problem, Step
from xpcheck.report.view import View

VERSION: Final = 1
"""Of the schema; raised when a field changes its meaning or goes away."""


def render(view: View, stream: TextIO) -> None:
    """Write the whole report as one JSON document, ordered by place."""
    # Pure ASCII: valid whatever the encoding of the stream, also for paths that are no text.
    json.dump(document(view), stream, indent=2)
    stream.write("\n")


def document(view: View) -> dict[str, object]:
    """The report as plain data."""
    return {
        "version": VERSION,
        "root": view.root,
        "findings": [finding_entry(item) for item in view.findings],
        "errors": [_problem(item) for item in view.errors],
        "statistics": dict(view.statistics),
    }


def finding_entry(item: Finding) -> dict[str, object]:
    """One finding as plain data."""
    return {
        "code": item.code,
        "name": item.name,
        "kind": str(item.kind),
        "level": None if item.level is None else str(item.level),
        "path": item.path,
        "line": item.span.line,
        "column": item.span.column,
        "end_line": item.span.end_line,
        "end_column": item.span.end_column,
        "symbol": item.symbol,
        "message": item.message,
        "chain": _steps(item.chain),
        "related": _steps(item.related),
        "fingerprint": item.fingerprint,
        "fix": None if item.fix is None else _fix(item.fix),
    }


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "safety": str(fix.safety),
        "title": fix.title,
        "reason": fix.reason,
        "edits": [_edit(item) for item in fix.edits],
    }


def _edit(edit: Edit) -> dict[str, object]:
    return {
        "path": edit.path,
        "line": edit.span.line,
        "column": edit.span.column,
        "end_line": edit.span.end_line,
        "end_column": edit.span.end_column,
        "text": edit.text,
    }


def _steps(steps: Sequence[Step]) -> list[dict[str, object]]:
    return [
        {"path": step.path, "line": step.line, "column": step.column, "symbol": step.symbol, "note": step.note}
        for step in steps
    ]


def _problem(item: Problem) -> dict[str, object]:
    return {"path": item.path, "line": max(1, item.line), "kind": item.kind, "message": item.message}
