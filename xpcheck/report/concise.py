"""``concise``: one line a finding, as flake8 writes it: ``path:line:column: code message``."""

from __future__ import annotations

from typing import TextIO

from xpcheck.report.view import View, one_line


def render(view: View, stream: TextIO) -> None:
    """Write one line for each finding, ordered by place."""
    for item in view.findings:
        place = f"{one_line(view.display(item.path))}:{item.span.line}:{item.span.column}"
        stream.write(f"{place}: {item.code} {one_line(item.message)}\n")
