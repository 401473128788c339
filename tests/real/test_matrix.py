"""One verdict on the real libraries: the same findings, however, where and in what company they are asked for.

The runs are long, so each differs from the first one in several ways at once: all of them must agree with it.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.asking import REPOSITORY, Asking, of_files
from tests.real.verdicts import PACKAGES, libraries

pytestmark = pytest.mark.real

TOUR = REPOSITORY / "fixtures" / "tour"
EVERYTHING = """
import sys
from xpcheck.cli.app import run
from xpcheck.flow.sources import forecast
forecast.forecast = lambda program, config: program.functions
sys.exit(run(sys.argv[1:]))
"""
"""Lowers all functions before the first one is asked for."""
VERSIONS = ("3.11", "3.13")
"""Pythons other than the one that runs the tests."""

Findings = list[dict[str, Any]]

NOISE = {
    "noise/__init__.py": "",
    # The names of the libraries, without the namespace: nobody imports them.
    "noise/profiles.py": (
        "class Isothermal:\n    def axis_ratio(self):\n        return 0.0\n\n"
        "    def radial_grid_from(self, grid):\n        return grid\n\n\n"
        "def axis_ratio_from(ell_comps):\n    return 1.0\n"
    ),
    "dependent/__init__.py": "from dependent.profiles import Sersic\n",
    "dependent/profiles.py": (
        "import numpy as np\nimport autogalaxy as ag\nimport autolens as al\n\n\nclass Sersic(ag.lp.Sersic):\n"
        "    def axis_ratio(self, xp=np):\n        return np.asarray(self.ell_comps)\n\n"
        "    def image_2d_from(self, grid, **kwargs):\n        return np.zeros(grid.shape)\n\n\n"
        "def model():\n    return al.Tracer(galaxies=[ag.Galaxy(redshift=1.0, light=Sersic(centre=3.0))])\n"
    ),
    "tests/test_profiles.py": (
        "import autogalaxy as ag\n\n\nclass MockProfile(ag.lp.Sersic):\n    def axis_ratio(self):\n        return 0.5\n"
    ),
}


@pytest.fixture(scope="module")
def real() -> Path:
    return libraries()


@pytest.fixture(scope="module")
def first(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """Whoever asks first, in one process and without keeping anything."""
    return Asking(real, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def expected(first: Asking) -> Findings:
    """What is found in all packages, at all levels."""
    found = first.check("--jobs", "1", *PACKAGES, keeps=False)
    assert {item["path"].split("/")[0] for item in found} == {*PACKAGES}
    return found


@pytest.fixture(scope="module")
def shown(first: Asking) -> list[str]:
    """What is shown of it by default, in lines."""
    return first.shown("--jobs", "2", *PACKAGES, seed="random")


def in_disorder(folder: Path) -> list[str]:
    files = sorted(str(path.relative_to(folder)) for package in PACKAGES for path in (folder / package).rglob("*.py"))
    random.Random(1).shuffle(files)
    return files


def test_whatever_is_kept(real: Path, expected: Findings, shown: list[str], tmp_path: Path) -> None:
    """Two processes that fill a cache, what is kept, half of that, and what is left when half of it is damaged."""
    asking = Asking(real, tmp_path)
    assert asking.check("--jobs", "2", *PACKAGES, seed="1") == expected
    assert asking.check(*PACKAGES) == expected
    assert asking.flake8("-j1", *PACKAGES) == shown
    asking.lose_half()
    assert asking.check("--jobs", "1", *in_disorder(real), seed="random") == expected
    asking.lose_half()
    assert asking.flake8("-j2", *PACKAGES, start="spawn", seed="1") == shown
    asking.damage()
    assert asking.check("--jobs", "2", *PACKAGES) == expected
    asking.damage()
    assert asking.flake8("-j2", *in_disorder(real), start="forkserver", seed="random") == shown


def test_flake8_without_anything_kept(real: Path, shown: list[str], tmp_path: Path) -> None:
    """And then with what it has kept, for some of the files, which workers that inherit the table look up."""
    asking = Asking(real, tmp_path)
    assert asking.flake8("-j2", *PACKAGES, start="fork", seed="random") == shown
    some = in_disorder(real)[:200]
    assert asking.flake8("-j2", *some, start="spawn") == of_files(shown, {*some})


def test_reach_is_no_matter_of_the_verdict(first: Asking) -> None:
    """Bodies that are lowered without need are never looked at."""
    found = first.check("--jobs", "2", PACKAGES[0], script=EVERYTHING, keeps=False)
    assert found == first.check("--jobs", "1", PACKAGES[0], seed="1")


def test_the_company_and_standard_input(real: Path, expected: Findings, shown: list[str], tmp_path: Path) -> None:
    """Unrelated files, dependents and their tests in the project; some files; one that is another one on disk."""
    folder = tmp_path / "libraries"
    for package in PACKAGES:
        shutil.copytree(real / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NOISE.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    (folder / "pyproject.toml").write_text("[tool.xpcheck]\n")
    asking = Asking(folder, tmp_path)
    found = asking.check("--jobs", "2")
    assert [item for item in found if item["path"].split("/")[0] in PACKAGES] == expected

    some = [name for name in in_disorder(folder) if name.startswith(f"{PACKAGES[2]}/")][:50]
    assert asking.shown(*some) == of_files(shown, {*some})

    name = next(line.partition(":")[0] for line in shown if line.startswith(f"{PACKAGES[2]}/"))
    text = (folder / name).read_text()
    (folder / name).write_text("def f(:\n")
    of_this = of_files(shown, {name})
    assert asking.shown("--jobs", "1", "--stdin-filename", name, "-", stdin=text, seed="random") == of_this
    assert asking.flake8("-j2", "--stdin-display-name", name, "-", stdin=text, start="forkserver") == of_this


@pytest.mark.parametrize("package", PACKAGES)
def test_who_else_is_named(first: Asking, expected: Findings, package: str) -> None:
    """Each package alone, with the others beside it: what it imports is followed, dependents are not there.

    Fixes touch what is named, and `related` lists places in packages that may be read with their mocks or without.
    """
    alone = first.check("--jobs", "1", package, keeps=False)
    together = [item for item in expected if item["path"].startswith(f"{package}/")]
    assert [_without_fixes(item) for item in alone] == [_without_fixes(item) for item in together]


def _without_fixes(finding: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in finding.items() if key not in {"fix", "related"}}


def python_of(version: str, folder: Path) -> Path:
    """A Python with what xpcheck needs: one of ``XPCHECK_PYTHONS``, or a fresh environment of one of pyenv's."""
    for path in filter(None, os.environ.get("XPCHECK_PYTHONS", "").split(os.pathsep)):
        says = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        if says.startswith(f"Python {version}."):
            return Path(path)
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(root.glob(f"versions/{version}.*/bin/python3"))
    assert found, f"no Python {version} below {root}: install one with pyenv, or name it in XPCHECK_PYTHONS"
    subprocess.run([found[-1], "-m", "venv", folder], check=True, timeout=300)
    python = folder / "bin" / "python"
    command = [python, "-m", "pip", "install", "-q", "-c", REPOSITORY / "constraints.txt", REPOSITORY]
    subprocess.run(command, check=True, timeout=600)
    return python


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_of_python_does_not_matter(
    real: Path, expected: Findings, shown: list[str], version: str, tmp_path: Path
) -> None:
    asking = Asking(real, tmp_path, python_of(version, tmp_path / "venv"))
    assert asking.check("--jobs", "2", *PACKAGES, seed="random") == expected
    assert asking.flake8("-j2", *PACKAGES, start="spawn") == shown
    tour = replace(asking, folder=TOUR)
    assert tour.check(".") == replace(tour, work=tmp_path / "tour", python=Asking.python).check(".")
