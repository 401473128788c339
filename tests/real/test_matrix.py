"""One verdict on the real libraries: the same findings, however, where and in what company they are asked for.

Each run differs from the first one in several ways at once: all of them must agree with it. What costs a run of its own
is asked of one package.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.real.verdicts import PACKAGES, libraries
from tests.support import flake8_config

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]
TOUR = REPOSITORY / "fixtures" / "tour"
EVERYTHING = """
import sys
from xpcheck.cli.app import run
from xpcheck.flow.sources import forecast
forecast.forecast = lambda program, config: program.functions
sys.exit(run(sys.argv[1:]))
"""
"""Lowers all functions before the first one is asked for."""
START = "import multiprocessing as m, sys; from flake8.main.cli import main; m.set_start_method({!r}); sys.exit(main())"
VERSIONS = ("3.11", "3.13")
"""Pythons other than the one that runs the tests."""

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


def run(folder: Path, *command: str, python: Path = Path(sys.executable), **environment: str) -> str:
    """What a command says on standard output; it finds something."""
    process = subprocess.run(
        [str(python), *command], cwd=folder, capture_output=True, text=True, timeout=900,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
    )  # fmt: skip
    assert process.returncode == 1, process.stderr[-2000:]
    return process.stdout


def findings(text: str) -> list[dict[str, Any]]:
    """The findings of a document; a run that says nothing of mistakes must have made none."""
    document = json.loads(text)
    assert document["errors"] == []
    return document["findings"]


def check(folder: Path, *options: str, cache: Path | None = None, **environment: Any) -> list[dict[str, Any]]:
    """The findings of the command, those that are only possible included."""
    kept = ["--no-cache"] if cache is None else ["--cache-dir", str(cache)]
    script = environment.pop("script", None)
    command = ["-m", "xpcheck"] if script is None else ["-c", script]
    options = options or PACKAGES
    return findings(
        run(folder, *command, "check", "--format", "json", "--level", "possible", *kept, *options, **environment)
    )


@pytest.fixture(scope="module")
def real() -> Path:
    return libraries()


@pytest.fixture(scope="module")
def expected(real: Path) -> list[dict[str, Any]]:
    """What one process finds in one go."""
    found = check(real, "--jobs", "1", *PACKAGES, PYTHONHASHSEED="0")
    assert {item["path"].split("/")[0] for item in found} == set(PACKAGES)
    return found


def test_kept_facts_and_results(real: Path, expected: list[dict[str, Any]], tmp_path: Path) -> None:
    """Two processes that fill a cache, what is kept, half of that, and what is left when half of it is damaged."""
    cache = tmp_path / "cache"
    assert check(real, "--jobs", "2", *PACKAGES, cache=cache, PYTHONHASHSEED="1") == expected
    assert check(real, cache=cache) == expected

    files = sorted(path for path in cache.rglob("*") if path.is_file())
    assert len(files) >= len(PACKAGES)
    for path in files[::2]:
        path.unlink()
    shuffled = sorted(str(path.relative_to(real)) for package in PACKAGES for path in (real / package).rglob("*.py"))
    random.Random(1).shuffle(shuffled)
    assert check(real, *shuffled, cache=cache, PYTHONHASHSEED="random") == expected

    for number, path in enumerate(sorted(path for path in cache.rglob("*") if path.is_file())):
        data = path.read_bytes()
        middle = len(data) // 2
        path.write_bytes(data[:middle] if number % 2 else data[:middle] + b"\0\xff" + data[middle + 2 :])
    assert check(real, "--jobs", "2", *PACKAGES, cache=cache) == expected


@pytest.fixture(scope="module")
def of_one(real: Path) -> list[dict[str, Any]]:
    """What is found in the package that imports none of the others."""
    return check(real, "--jobs", "1", PACKAGES[0])


def test_reach_is_no_matter_of_the_verdict(real: Path, of_one: list[dict[str, Any]]) -> None:
    """Bodies that are lowered without need are never looked at."""
    assert check(real, "--jobs", "2", PACKAGES[0], script=EVERYTHING) == of_one


def test_the_company_does_not_matter(real: Path, expected: list[dict[str, Any]], tmp_path: Path) -> None:
    """Unrelated files, dependents and their tests beside the packages."""
    for package in PACKAGES:
        shutil.copytree(real / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in NOISE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = check(tmp_path, "--jobs", "2", *PACKAGES, *sorted({name.split("/")[0] for name in NOISE}))
    assert [item for item in found if item["path"].split("/")[0] in PACKAGES] == expected


def test_flake8_however_it_starts(real: Path, tmp_path: Path) -> None:
    """Workers that inherit nothing, some of the files, and one of them from standard input."""
    config = tmp_path / "flake8.ini"
    config.write_text(flake8_config())
    flake8 = ("--config", str(config))
    kept = {"XDG_CACHE_HOME": str(tmp_path / "cache")}

    def lines(text: str) -> list[str]:
        return sorted(text.splitlines())

    found = lines(run(real, "-m", "xpcheck", "check", "--format", "concise", PACKAGES[0], **kept))
    for start in ("spawn", "forkserver"):
        assert lines(run(real, "-c", START.format(start), *flake8, "-j2", PACKAGES[0], **kept)) == found
    some = sorted({line.partition(":")[0] for line in found})[:3]
    expected = [line for line in found if line.partition(":")[0] in some]
    assert lines(run(real, "-m", "xpcheck", "check", "--format", "concise", *some, **kept)) == expected
    assert lines(run(real, "-m", "flake8", *flake8, *reversed(some), **kept)) == expected
    text = (real / some[0]).read_text()
    process = subprocess.run(
        [sys.executable, "-m", "flake8", *flake8, "--stdin-display-name", some[0], "-"], input=text, cwd=real,
        capture_output=True, text=True, timeout=900, env={**os.environ, "PYTHONPATH": str(REPOSITORY), **kept},
    )  # fmt: skip
    assert lines(process.stdout) == [line for line in expected if line.startswith(some[0])]


def python_of(version: str, folder: Path) -> Path:
    """A Python of a version with what xpcheck needs: one of ``XPCHECK_PYTHONS``, or a fresh environment of pyenv's."""
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
    real: Path, of_one: list[dict[str, Any]], version: str, tmp_path: Path
) -> None:
    python = python_of(version, tmp_path / "venv")
    assert check(real, "--jobs", "2", PACKAGES[0], python=python) == of_one
    assert check(TOUR, ".", python=python) == check(TOUR, ".")
