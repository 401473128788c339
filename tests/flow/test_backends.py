"""Packages whose other backend is CuPy meet no trace."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck.config import Config
from xpcheck.engine import Report, Request, check

WAVES = """
    import numpy as np
    {second}

    def get_array_module(values):
        {chooses}

    def cut_from(values, xp=np):
        edges = xp.abs(values)
        edges[0] = 0.0
        return np.sqrt(edges)
"""
CUPY = {"second": "import cupy as cp", "chooses": "return cp.get_array_module(values)"}
NUMPY = {"second": "", "chooses": "return np"}


def checked(root: Path, files: dict[str, str], config: Config | None = None) -> Report:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text))
        (root / name).with_name("__init__.py").touch()
    return check(Request(paths=(), root=root, config=config or Config()))


def test_no_trace_meets_a_package_for_cupy(tmp_path: Path) -> None:
    report = checked(tmp_path, {"waves/cut.py": WAVES.format(**CUPY)})
    assert report.findings == ()
    assert [item for item in report.notes if item.startswith("waves: CuPy")]


def test_what_numpy_and_jax_run_is_checked(tmp_path: Path) -> None:
    report = checked(tmp_path, {"waves/cut.py": WAVES.format(**NUMPY)})
    assert [item.code for item in report.findings] == ["XP203", "XP201"]
    assert report.notes == ()


@pytest.mark.parametrize(
    "other",
    [
        "import jax",
        "def is_jax_array(values):\n    return type(values).__module__ == 'jax'\n\nCHECK = is_jax_array\n\n"
        "def f(values):\n    return is_jax_array(values)\n",
        "from array_api_compat import array_namespace",
    ],
)
def test_a_package_that_speaks_of_jax_anywhere_is_checked(tmp_path: Path, other: str) -> None:
    report = checked(tmp_path, {"waves/cut.py": WAVES.format(**CUPY), "waves/other.py": other})
    assert {"XP203", "XP201"} <= {item.code for item in report.findings}


def test_the_user_may_ask_for_jax(tmp_path: Path) -> None:
    report = checked(tmp_path, {"waves/cut.py": WAVES.format(**CUPY)}, Config(assume_jax=True))
    assert [item.code for item in report.findings] == ["XP203", "XP201"]
    assert report.notes == ()


def test_other_packages_say_nothing_of_one(tmp_path: Path) -> None:
    report = checked(tmp_path, {"waves/cut.py": WAVES.format(**CUPY), "noise/jax_only.py": "import jax\n"})
    assert {item.path for item in report.findings} <= {"noise/jax_only.py"}


def test_an_edit_that_speaks_of_jax_counts_at_once(tmp_path: Path) -> None:
    """The memory of the last run says nothing about a package that meets traces now."""
    cache = tmp_path / "cache"
    library = {"waves/cut.py": WAVES.format(**CUPY), "waves/kinds.py": "def kind_from(values):\n    return 0\n"}
    root = tmp_path / "project"

    def again() -> set[str]:
        return {item.code for item in check(Request(paths=(), root=root, config=Config(), cache_dir=cache)).findings}

    checked(root, library)
    assert again() == set()
    (root / "waves/kinds.py").write_text("def kind_from(values):\n    return is_jax(values)\n")
    assert {"XP203", "XP201"} <= again()
