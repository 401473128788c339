"""Projects that are given as texts, analysed."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from xpcheck.config import Config
from xpcheck.engine import Request, check
from xpcheck.model import Finding


def findings_in(root: Path, files: dict[str, str]) -> list[Finding]:
    """Findings of all rules in a project whose files are written below ``root``."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    report = check(Request(paths=(), root=root, config=Config()))
    assert report.errors == ()
    return list(report.findings)
