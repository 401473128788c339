"""``sarif``: SARIF 2.1.0, with the chain both as a code flow and as related locations.

Viewers differ in which of the two they show, so both are written. With a baseline each result says whether it is new.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import quote

from xpcheck import __version__
from xpcheck.model import Edit, Finding, Fix, Kind, Level, Problem, Safety, Step
from xpcheck.report.view import View, one_line

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Level.PROVED: "error", Level.LIKELY: "warning", Level.POSSIBLE: "note", None: "note"}


def render(view: View, stream: TextIO) -> None:
    """Write the report as one SARIF run."""
    # Pure ASCII: valid whatever the encoding of the stream, also for paths that are no text.
    json.dump(document(view), stream, indent=2)
    stream.write("\n")


def document(view: View) -> dict[str, object]:
    """The report as plain data."""
    known = view.known or ()
    codes = sorted({*view.rules, *(item.code for item in (*view.findings, *known))})
    names = {item.code: item.name for item in (*view.findings, *known)}
    index = {code: number for number, code in enumerate(codes)}
    driver = {
        "name": "xpcheck",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(view, code, names.get(code, code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"uri": Path(view.root).as_uri().rstrip("/") + "/"}},
        "invocations": [
            {
                "executionSuccessful": not view.errors,
                "toolExecutionNotifications": [_notification(view, item) for item in view.errors],
            }
        ],
        "results": [
            *(_result(view, item, index[item.code], "new") for item in view.findings),
            *(_result(view, item, index[item.code], "unchanged") for item in known),
        ],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(view: View, code: str, name: str) -> dict[str, object]:
    page = view.rules.get(code)
    if page is None:
        return {"id": code, "name": name, "shortDescription": {"text": name}}
    sections = [(title, text.strip()) for title, text in page.docs.items() if text.strip()]
    summary = sections[0][1] if sections else page.name
    plain = "\n\n".join(f"{title}\n{text}" for title, text in sections) or page.name
    marked = "\n\n".join(f"### {title}\n\n{text}" for title, text in sections) or page.name
    return {
        "id": code,
        "name": page.name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": plain, "markdown": marked},
    }


def _result(view: View, item: Finding, rule: int, state: str) -> dict[str, object]:
    steps = [*item.chain, *item.related]
    result: dict[str, object] = {
        "ruleId": item.code,
        "ruleIndex": rule,
        "kind": "fail",
        "level": _LEVELS[item.level],
        "message": {"text": one_line(item.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(view, item.path),
                    "region": {
                        "startLine": item.span.line,
                        "startColumn": item.span.column,
                        "endLine": item.span.end_line,
                        "endColumn": item.span.end_column,
                    },
                },
                "logicalLocations": [{"fullyQualifiedName": item.symbol}],
            }
        ],
        "relatedLocations": [{"id": number, **_location(view, step)} for number, step in enumerate(steps, start=1)],
        "properties": {
            "kind": str(item.kind),
            "level": None if item.level is None else str(item.level),
            "tags": ["hazard" if item.kind is Kind.HAZARD else "convention"],
        },
    }
    if view.known is not None:
        result["baselineState"] = state
    if item.chain:
        flow = [{"location": _location(view, step)} for step in item.chain]
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if item.fix is not None:
        result["fixes"] = [_fix(view, item.fix)]
    if item.fingerprint:
        result["partialFingerprints"] = {"xpcheck/v1": item.fingerprint}
    return result


def _fix(view: View, fix: Fix) -> dict[str, object]:
    """The edits by file; an insertion deletes a region of no length."""
    by_path: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.path, []).append(edit)
    text = fix.title if fix.safety is Safety.SAFE else f"{fix.title} ({fix.safety}: {fix.reason})"
    return {
        "description": {"text": one_line(text)},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(view, path),
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": edit.span.line,
                            "startColumn": edit.span.column,
                            "endLine": edit.span.end_line,
                            "endColumn": edit.span.end_column,
                        },
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in edits
                ],
            }
            for path, edits in by_path.items()
        ],
    }


def _location(view: View, step: Step) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(view, step.path),
            "region": {"startLine": step.line, "startColumn": step.column},
        },
        "message": {"text": one_line(step.note)},
    }


def _artifact(view: View, path: str) -> dict[str, object]:
    """Files of the project relative to its root; files of dependencies where they lie."""
    if not Path(view.root, path).is_file():
        file = view.sources.file(path)
        if file is not None:
            return {"uri": file.as_uri()}
    return {"uri": quote(path), "uriBaseId": "ROOT"}


def _notification(view: View, problem: Problem) -> dict[str, object]:
    return {
        "level": "error",
        "message": {"text": one_line(problem.message)},
        "descriptor": {"id": problem.kind},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(view, problem.path),
                    "region": {"startLine": max(1, problem.line)},
                }
            }
        ],
    }
