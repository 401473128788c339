"""XP504: what the fix writes, and what keeps it from being safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.analysis import FIXTURES, report_of
from tests.fixtures.test_fixes import fix
from xpcheck.cli import fixing
from xpcheck.model import Finding, Safety

CLASS = (FIXTURES / "xp504" / "bad_columns.py").read_text().partition("\n\ndef sums_from")[0]

BUILT = "def columns_from(values, xp=np):\n    grid = Coordinates(values, xp=xp)\n"


def found(folder: Path, body: str) -> list[Finding]:
    (folder / "body.py").write_text(f"{CLASS}\n\n{body}")
    return [item for item in report_of(folder).findings if item.code == "XP504"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("grid[:, 0]", "grid.array[:, 0]"),
        ("(grid)[:, 0]", "(grid).array[:, 0]"),
        ("grid  [:, 0]", "grid.array  [:, 0]"),
        ("grid[\n        :, 0  # y\n    ]", "grid.array[\n        :, 0  # y\n    ]"),
        ("-grid[:, 0] + grid[:, 1]", "-grid.array[:, 0] + grid.array[:, 1]"),
        ("[grid[i, 0] for i in range(2)]", "[grid.array[i, 0] for i in range(2)]"),
    ],
)
def test_the_columns_are_those_of_the_array(before: str, after: str, tmp_path: Path) -> None:
    items = found(tmp_path, f"{BUILT}    return {before}\n")
    assert items
    assert {item.fix.safety for item in items if item.fix is not None} == {Safety.SAFE}
    fixing.write(fix(tmp_path))
    assert (tmp_path / "body.py").read_text() == f"{CLASS}\n\n{BUILT}    return {after}\n"
    assert fix(tmp_path, unsafe=True).files == {}


ANNOTATED = "def columns_from(grid: Coordinates, xp=np):\n    return xp.pi * grid[:, 0]\n"
STORED = """\
class Mesh:
    def __init__(self, grid, xp=np):
        self.grid = grid
        self.xp = xp

    def columns(self, xp=np):
        return xp.pi * self.grid[:, 0]


def columns_from(values, xp=np):
    return Mesh(Coordinates(values, xp=xp), xp=xp).columns(xp=xp)
"""
ON_JAX_ONLY = """\
def columns_from(grid, xp=np):
    if xp is not np:
        grid = Coordinates(grid, xp=xp)
    return grid[:, 0]
"""


@pytest.mark.parametrize("body", [ANNOTATED, STORED, ON_JAX_ONLY], ids=["annotated", "stored", "on JAX only"])
def test_where_a_raw_array_may_come_it_is_not_safe(body: str, tmp_path: Path) -> None:
    (item,) = found(tmp_path, body)
    assert item.fix is not None
    assert item.fix.safety is Safety.UNSAFE
    assert "a raw array has no `.array`" in item.fix.reason
    assert fix(tmp_path).files == {}
    ((_, after),) = fix(tmp_path, unsafe=True).files.values()
    assert b"grid.array[:, 0]" in after


def test_in_the_branch_for_jax_it_is_safe(tmp_path: Path) -> None:
    """NumPy does not come there."""
    body = ON_JAX_ONLY.replace("    return", "        return") + "    return grid[:, 0]\n"
    (item,) = found(tmp_path, body)
    assert item.fix is not None
    assert item.fix.safety is Safety.SAFE


def test_columns_that_are_assigned_to_stay(tmp_path: Path) -> None:
    """An item of the array of a structure cannot be set under JAX, one of the structure can."""
    items = found(tmp_path, f"{BUILT}    grid[:, 0] += 1.0\n    return grid.array\n")
    assert [item.fix for item in items] == [None] * len(items)
    assert fix(tmp_path, unsafe=True).files == {}
