"""Both front-ends on the pinned releases of the real libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real.verdicts import PACKAGES, libraries
from tests.support import flake8_config

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def real() -> Path:
    return libraries()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_front_ends_agree(real: Path, package: str, tmp_path: Path) -> None:
    config = tmp_path / "flake8.ini"
    config.write_text(flake8_config())

    def run(*command: str) -> list[str]:
        process = subprocess.run(
            [sys.executable, "-m", *command], cwd=real, capture_output=True, text=True, timeout=900, check=False,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        )  # fmt: skip
        assert process.returncode in (0, 1), process.stderr
        return sorted(process.stdout.splitlines())

    expected = run("xpcheck", "check", package, "--format", "concise")
    assert run("flake8", "--config", str(config), "-j1", package) == expected
    assert run("flake8", "--config", str(config), "-j2", package) == expected
    if package == "autogalaxy":
        assert len([line for line in expected if " XP101 " in line]) >= 10
