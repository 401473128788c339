"""The summary of a job on GitHub: Markdown from the JSON report of ``xpcheck check`` on standard input."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

SHOWN = 50
"""How many findings are listed: a summary may have 1 MiB, and nobody reads more."""


def main() -> None:
    """Read the report and print the summary."""
    text = sys.stdin.read()
    print("\n".join(summary(json.loads(text)) if text.strip() else ["## xpcheck", "", "No report: see the log."]))


def summary(report: dict[str, Any]) -> Iterator[str]:
    """The lines of the summary."""
    findings, errors = report["findings"], report["errors"]
    hazards = sum(item["kind"] == "hazard" for item in findings)
    yield "## xpcheck"
    yield ""
    yield f"{hazards:,} hazards, {len(findings) - hazards:,} conventions, {len(errors):,} errors"
    yield ""
    for error in errors:
        yield f"- **{cell(error['kind'])}** `{error['path']}:{error['line']}`: {cell(error['message'])}"
    if errors:
        yield ""
    if not findings:
        return
    counts = Counter((item["code"], item["name"]) for item in findings)
    yield from ("| rule | findings |", "|---|---:|")
    for (code, name), count in sorted(counts.items()):
        yield f"| {code} {name} | {count:,} |"
    yield ""
    yield from ("| place | rule | finding |", "|---|---|---|")
    for item in findings[:SHOWN]:
        yield f"| {cell(item['path'])}:{item['line']} | {item['code']} | {cell(item['message'])} |"
    if len(findings) > SHOWN:
        yield ""
        yield f"and {len(findings) - SHOWN:,} more"


def cell(text: str) -> str:
    """A text that stays in its cell of a table, and shows no markup but code."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    main()
