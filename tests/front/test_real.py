"""Both front-ends on the pinned releases of the real libraries."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("autoarray", "autofit", "autogalaxy", "autolens")
VERSION = "2026.10.26.1"


@pytest.fixture(scope="module")
def real() -> Path:
    """A folder with the unpacked wheels: that of ``XPCHECK_REAL``, or one that is filled on first use."""
    if os.environ.get("XPCHECK_REAL"):
        return Path(os.environ["XPCHECK_REAL"])
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "xpcheck-tests", VERSION)
    if not all((folder / package / "__init__.py").is_file() for package in PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"{package}=={VERSION}" for package in PACKAGES]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), *names]
        subprocess.run(command, check=True, timeout=600)
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
    return folder


@pytest.mark.parametrize("package", PACKAGES)
def test_the_front_ends_agree(real: Path, package: str, tmp_path: Path) -> None:
    config = tmp_path / "flake8.ini"
    text = "[flake8]\nselect = XP\n"
    if not entry_points(group="flake8.extension", name="XP"):
        text += "[flake8:local-plugins]\nextension =\n    XP = xpcheck.flake8_plugin:Plugin\n"
    config.write_text(text)

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


def test_the_hash_seed_changes_nothing(real: Path, tmp_path: Path) -> None:
    documents = [
        subprocess.run(
            [sys.executable, "-m", "xpcheck", "check", "autogalaxy", "--format", "json", "--level", "possible"],
            cwd=real, capture_output=True, timeout=900, check=False,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(tmp_path)},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert documents[0] == documents[1]
