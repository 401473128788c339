"""One verdict on the tour: whoever asks, in how many processes, with whatever is kept, for whichever files."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.asking import REPOSITORY, STARTS, Asking, of_files, states

TOUR = REPOSITORY / "fixtures" / "tour"
PACKAGE = "lightlib"
SEEDS = ("0", "1", "random", "random")

COMPANY = {
    "noise/__init__.py": "",
    # The names of the tour, without the namespace: nobody imports them.
    "noise/profiles.py": "class Sersic:\n    def axis_ratio(self):\n        return 0.0\n",
    "dependent/__init__.py": "from dependent.profiles import Sersic\n",
    "dependent/profiles.py": (
        "import lightlib as al\nimport numpy as np\n\n\nclass Sersic(al.lp.Sersic):\n"
        "    def axis_ratio(self, xp=np):\n        return np.asarray(self.ell_comps)\n\n\n"
        "def model():\n    return al.Galaxy(light_profiles=[Sersic(centre=3.0)])\n"
    ),
    "tests/test_profiles.py": (
        "import lightlib as al\n\n\nclass MockProfile(al.lp.Sersic):\n    def axis_ratio(self):\n        return 0.5\n"
    ),
}


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    return Asking(TOUR, tmp_path)


@pytest.fixture
def copied(tmp_path: Path) -> Asking:
    """The same in a copy of the tour."""
    shutil.copytree(TOUR, tmp_path / "tour", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tour" / "pyproject.toml").write_text(f'[tool.xpcheck]\nsearch-path = ["{REPOSITORY.as_posix()}"]\n')
    return Asking(tmp_path / "tour", tmp_path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What one process finds in one go, at all levels."""
    found = Asking(TOUR, tmp_path_factory.mktemp("alone")).check("--jobs", "1", keeps=False)
    assert {"possible", "proved"} <= {item["level"] for item in found}
    return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What one process shows by default, in lines."""
    return Asking(TOUR, tmp_path_factory.mktemp("shown")).shown("--jobs", "1", "--no-cache")


def in_disorder(folder: Path) -> list[str]:
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    random.Random(1).shuffle(files)
    return files


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_command_finds_the_same(asking: Asking, expected: list[dict[str, Any]], jobs: str) -> None:
    for state, seed in zip(states(asking), SEEDS, strict=True):
        assert asking.check("--jobs", jobs, seed=seed) == expected, state
        assert asking.check("--jobs", jobs, *in_disorder(TOUR), seed=seed) == expected, state


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_flake8_finds_the_same(asking: Asking, shown: list[str], jobs: str, start: str) -> None:
    for state, seed in zip(states(asking), SEEDS, strict=True):
        assert asking.flake8(jobs, start=start, seed=seed) == shown, state
    assert asking.flake8(jobs, *in_disorder(TOUR), start=start) == shown


def test_some_of_the_files(asking: Asking, shown: list[str]) -> None:
    some = in_disorder(TOUR)[:9]
    of_these = of_files(shown, {*some})
    assert of_these and of_these != shown
    for state, seed in zip(states(asking), SEEDS, strict=True):
        assert asking.shown(*some, seed=seed) == of_these, state
        assert asking.flake8("-j2", *some, seed=seed) == of_these, state


def test_a_file_from_standard_input(copied: Asking, shown: list[str]) -> None:
    """Whatever stands in its place on disk."""
    name = shown[-1].partition(":")[0]
    file, of_this = copied.folder / name, of_files(shown, {name})
    text = file.read_text()
    for content, jobs, start in zip((text, "", "def f(:\n"), ("1", "2", "2"), STARTS, strict=True):
        file.write_text(content)
        asked = ("--jobs", jobs, "--stdin-filename", name, "-")
        assert copied.shown(*asked, stdin=text, seed="random") == of_this
        asked = (f"-j{jobs}", "--stdin-display-name", name, "-")
        assert copied.flake8(*asked, start=start, stdin=text, seed="random") == of_this


def test_the_company(copied: Asking, expected: list[dict[str, Any]], shown: list[str]) -> None:
    """Unrelated files, dependents and their tests beside the package."""
    assert copied.check("--jobs", "2") == expected
    for name, text in COMPANY.items():
        (copied.folder / name).parent.mkdir(exist_ok=True)
        (copied.folder / name).write_text(text)
    found = copied.check("--jobs", "2")
    assert [item for item in found if item["path"].startswith(f"{PACKAGE}/")] == expected
    lines = copied.flake8("-j2", start="forkserver")
    assert [line for line in lines if line.startswith(f"{PACKAGE}/")] == shown
