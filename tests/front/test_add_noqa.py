"""``check --add-noqa``: everything that is shown is suppressed, in both front-ends, and no other byte changes."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import flake8_config

REPOSITORY = Path(__file__).resolve().parents[2]

SOURCE = """import numpy as np


class Profile:
    def one_from(self, grid, xp=np):
        return np.hypot(  # a remark
            xp.abs(grid.array[:, 0]),
            1.0,
        )

    def two_from(self, grid, xp=np):
        return np.hypot(xp.abs(grid.array[:, 0]), np.hypot(xp.abs(grid.array[:, 1]), 2.0)) \\
            + 1.0
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.xpcheck]\n")
    (tmp_path / ".flake8").write_text(flake8_config())

    def call(module: str, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        return subprocess.run(
            [sys.executable, "-m", module, *command], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    return call


@pytest.mark.parametrize(
    "content",
    [
        SOURCE.encode(),
        SOURCE.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + SOURCE.replace("remark", "Bemerkung über ü").encode(),
        b"# -*- coding: latin-1 -*-\n" + SOURCE.replace("remark", "Bemerkung über ü").encode("latin-1"),
    ],
    ids=["plain", "crlf", "bom", "latin-1"],
)
def test_what_is_found_is_suppressed_with_a_reason(run, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pkg" / "a.py"
    file.write_bytes(content)
    done = run("xpcheck", "check", "--add-noqa", "ported later")
    assert done.returncode == 0, done.stderr
    assert "3 findings suppressed in 1 files" in done.stderr
    assert 'lint.external = ["XP"]' in done.stderr
    new = file.read_bytes()
    assert new.replace(b"  # noqa: XP201 - ported later", b"") == content
    checked = run("xpcheck", "check", "--format", "concise")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert run("flake8").returncode == 0
    assert "0 findings suppressed" in run("xpcheck", "check", "--add-noqa", "again").stderr
    assert file.read_bytes() == new


def test_a_reason_is_needed(run, tmp_path: Path) -> None:
    (tmp_path / "pkg" / "a.py").write_text(SOURCE)
    for reason in ("", "  ", "two\nlines"):
        result = run("xpcheck", "check", "--add-noqa", reason)
        assert result.returncode == 2
        assert "`--add-noqa` needs a reason of one line" in result.stderr
    assert run("xpcheck", "check", "--add-noqa", "x", "--fix").returncode == 2
    assert (tmp_path / "pkg" / "a.py").read_text() == SOURCE


def test_a_reason_that_the_file_cannot_hold_is_an_error(run, tmp_path: Path) -> None:
    file = tmp_path / "pkg" / "a.py"
    file.write_bytes(b"# -*- coding: latin-1 -*-\n" + SOURCE.encode("latin-1"))
    before = file.read_bytes()
    result = run("xpcheck", "check", "--add-noqa", "später €")
    assert result.returncode == 2
    assert "pkg/a.py: no comments added: the encoding iso-8859-1 cannot hold the new text" in result.stderr
    assert file.read_bytes() == before
