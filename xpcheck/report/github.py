"""``github``: workflow commands that GitHub shows as annotations of a pull request."""

from __future__ import annotations

from typing import TextIO

from xpcheck.model import Finding, Kind
from xpcheck.report.view import View, one_line


def render(view: View, stream: TextIO) -> None:
    """Write one command for each finding and each problem: hazards and problems as errors, conventions as warnings."""
    for item in view.findings:
        command = "error" if item.kind is Kind.HAZARD else "warning"
        stream.write(_command(command, _properties(view, item), one_line(item.message)))
    for problem in view.errors:
        properties = {"file": view.display(problem.path), "line": str(problem.line), "title": f"xpcheck {problem.kind}"}
        stream.write(_command("error", properties, one_line(problem.message)))


def _properties(view: View, item: Finding) -> dict[str, str]:
    place = {"file": view.display(item.path), "line": str(item.span.line), "endLine": str(item.span.end_line)}
    if item.span.line == item.span.end_line:
        # GitHub accepts columns only for a range within one line, and its end column is inclusive.
        place |= {"col": str(item.span.column), "endColumn": str(max(item.span.column, item.span.end_column - 1))}
    return place | {"title": f"{item.code} {item.name}"}


def _command(name: str, properties: dict[str, str], message: str) -> str:
    written = ",".join(f"{key}={_escape(value, more=True)}" for key, value in properties.items())
    return f"::{name} {written}::{_escape(message)}\n"


def _escape(text: str, more: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if more else text
