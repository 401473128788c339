"""``gitlab``: a code quality report, as GitLab shows it in merge requests.

The fields are those of https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format: paths are relative
to the repository (run it there), fingerprints stay the same when lines move.
"""

from __future__ import annotations

import json
from typing import Final, TextIO

from xpcheck.model import Finding, Kind, Level, Problem
from xpcheck.report.view import View, identity, one_line

_SEVERITIES: Final = {Level.PROVED: "critical", Level.LIKELY: "major", Level.POSSIBLE: "minor", None: "info"}


def render(view: View, stream: TextIO) -> None:
    """Write one entry for each finding and each problem."""
    entries = [_finding(view, item) for item in view.findings] + [_problem(view, item) for item in view.errors]
    # Pure ASCII: valid whatever the encoding of the stream, also for paths that are no text.
    json.dump(entries, stream, indent=2)
    stream.write("\n")


def _finding(view: View, item: Finding) -> dict[str, object]:
    return {
        "type": "issue",
        "check_name": item.code,
        "description": f"{item.code} {one_line(item.message)}",
        "categories": ["Bug Risk" if item.kind is Kind.HAZARD else "Style"],
        "severity": _SEVERITIES[item.level],
        "fingerprint": identity(item),
        "location": {
            "path": view.display(item.path),
            "positions": {
                "begin": {"line": item.span.line, "column": item.span.column},
                "end": {"line": item.span.end_line, "column": item.span.end_column},
            },
        },
    }


def _problem(view: View, problem: Problem) -> dict[str, object]:
    """What could not be analysed: it hides findings, so nothing is graver."""
    return {
        "type": "issue",
        "check_name": problem.kind,
        "description": f"not analysed: {one_line(problem.message)}",
        "categories": ["Bug Risk"],
        "severity": "blocker",
        "fingerprint": f"{problem.kind}:{view.display(problem.path)}:{problem.line}",
        "location": {"path": view.display(problem.path), "lines": {"begin": max(1, problem.line)}},
    }
