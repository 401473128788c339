from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck.config import Config
from xpcheck.engine import Request, check
from xpcheck.model import Finding


@pytest.fixture
def findings(tmp_path: Path) -> Callable[..., list[Finding]]:
    """Findings of all rules in a project given as texts, files of other kinds included."""

    def analyse(files: dict[str, str]) -> list[Finding]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        report = check(Request(paths=(), root=tmp_path, config=Config()))
        assert report.errors == ()
        return list(report.findings)

    return analyse
