"""How a report is shown: one module a format, all of them functions of one ``View``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, TextIO

from xpcheck.report.view import View

_MODULES: Final = {
    "full": "text",
    "concise": "concise",
    "json": "json_report",
    "github": "github",
    "sarif": "sarif",
    "gitlab": "gitlab",
    "junit": "junit",
}

FORMATS: Final = tuple(_MODULES)
"""The names of the formats, the default first."""


def write(format_name: str, view: View, stream: TextIO) -> None:
    """Write ``view`` to ``stream`` in one of ``FORMATS``.

    Raises KeyError for a format that does not exist.
    """
    # Only the module of the chosen format is loaded: the plain ones need no terminal library.
    module = import_module(f"xpcheck.report.{_MODULES[format_name]}")
    render: Callable[[View, TextIO], None] = module.render
    render(view, stream)
