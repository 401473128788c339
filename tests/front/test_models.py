"""Model files of a project: what they say of other libraries counts, and what is wrong with them is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import flake8_config

REPOSITORY = Path(__file__).resolve().parents[2]

SOURCE = """import fastlib
import numpy as np
import tracing


class Profile:
    def image_from(self, grid, xp=np):
        radius = xp.sqrt(grid.array[:, 0])
        return fastlib.smoothed(radius) + fastlib.kept(radius)


@tracing.compiled
def run(values):
    return np.sqrt(values)


def run_cached(nside: int, xp=np):
    return xp.sqrt(1.0) + np.sqrt(nside)
"""

MODEL = """format = 1

[[library]]
name = "fastlib"
effect = "breaks"
foreign = true
reason = "compiled"

[[callable]]
name = "fastlib.kept"
effect = "passes"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "a.py").write_text(SOURCE)
    (root / "models.toml").write_text(MODEL)
    (root / "pyproject.toml").write_text('[tool.xpcheck]\nextra-models = ["models.toml"]\n')
    (root / ".flake8").write_text(flake8_config())
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(root.parent / "cache")}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=root, env=environment, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip


def codes(root: Path) -> list[tuple[str, int]]:
    document = json.loads(run(root, "xpcheck", "check", "--format", "json").stdout)
    assert document["errors"] == []
    return [(item["code"], item["line"]) for item in document["findings"]]


def test_a_model_file_decides_what_its_library_does(project: Path) -> None:
    assert ("XP202", 9) in codes(project)
    assert "fastlib.smoothed" in run(project, "flake8").stdout
    (project / "models.toml").write_text(MODEL.replace('"fastlib.kept"', '"fastlib.smoothed"'))
    assert "fastlib.kept" in run(project, "xpcheck", "check", "--format", "concise").stdout
    (project / "pyproject.toml").write_text("[tool.xpcheck]\n")
    assert codes(project) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (MODEL.replace("reason =", "raeson ="), 7, "unknown field `raeson`; did you mean `reason`?"),
        (MODEL.replace('"passes"', '"pases"'), 11, "`pases`; did you mean `passes`?"),
        (MODEL.replace("[[callable]]", "[[calable]]"), 9, "unknown field `calable`; did you mean `callable`?"),
        ("format = 1\n[[driver]\n", 2, "is not valid TOML"),
        ("format = 3\n", 1, "`format` is 3, this xpcheck reads 1"),
    ],
)
def test_what_is_wrong_with_a_model_file_is_named_with_its_line(
    project: Path, text: str, line: int, message: str
) -> None:
    (project / "models.toml").write_text(text)
    result = run(project, "xpcheck", "check")
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"xpcheck: {project / 'models.toml'}:{line}: "), result.stderr
    assert message in result.stderr
    flake8 = run(project, "flake8")
    assert flake8.returncode == 1
    assert message in flake8.stdout + flake8.stderr
    assert "Traceback" not in flake8.stderr


def test_a_model_file_that_is_not_there_is_named(project: Path) -> None:
    (project / "models.toml").unlink()
    result = run(project, "xpcheck", "check")
    assert result.returncode == 2
    assert "models.toml" in result.stderr
    assert result.stderr.count("\n") == 1
