"""XP503: parameters of decorated bodies, in every shape in which they can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.test_fixes import fix
from xpcheck.cli import fixing

HEAD = """\
import numpy as np

import autoarray_min as aa


class Profile:
    @aa.decorators.to_grid
    def transformed_to_reference_frame_grid_from(self, grid, xp=np, **kwargs):
        return grid.array
"""

BODY = """
    @aa.decorators.to_array
    @aa.decorators.transform
    def image_{}_from({}):
        return xp.sum(xp.abs(grid.array), axis=1)
"""

SHAPES = {
    "self, grid, *, xp=np, **kwargs": "self, grid, xp=np, **kwargs",
    "self, grid, *, xp=np": "self, grid, xp=np",
    "self, grid, *, xp=np, power=2.0": "self, grid, xp=np, *, power=2.0",
    "self, grid, *, power=2.0, xp=np, **kwargs": "self, grid, xp=np, *, power=2.0, **kwargs",
    "self, grid, *, xp": "self, grid, xp",
    "self, grid: tuple, *, xp=np,": "self, grid: tuple, xp=np,",
    "self, grid, power=None, xp=np, **kwargs": "self, grid, xp=np, power=None, **kwargs",
    "self, grid, power: float = (2.0), *, xp: object = np": "self, grid, xp: object = np, power: float = (2.0)",
    "self, grid, power, xp=np": "self, grid, xp=np, *, power",
    "self, grid, power, scale=1.0, xp=np, **more": "self, grid, xp=np, *, power, scale=1.0, **more",
    "self, grid, xp, power": "self, grid, xp, *, power",
    "self, grid, xp, scale=1.0, power: int = 2, **more": None,
    "self, grid, xp, power, scale=1.0, **more": "self, grid, xp, *, power, scale=1.0, **more",
    "\n        self,\n        grid,\n        *,\n        xp=np,\n        **kwargs,\n    ": (
        "\n        self,\n        grid, xp=np,\n        **kwargs,\n    "
    ),
    "self, grid, power, *rest, xp=np": None,
}


def written(shapes: list[str]) -> str:
    return HEAD + "".join(BODY.format(number, shape) for number, shape in enumerate(shapes))


def test_every_shape(tmp_path: Path) -> None:
    file = tmp_path / "shapes.py"
    file.write_text(written([*SHAPES]))
    outcome = fix(tmp_path, unsafe=True)
    fixing.write(outcome)
    assert outcome.repair.refused == []
    assert file.read_text() == written([before if after is None else after for before, after in SHAPES.items()])
    assert fix(tmp_path, unsafe=True).files == {}


@pytest.mark.parametrize("imported", ["to_vector_yx", "to_vector_yx, to_array"])
def test_a_decorator_is_written_only_where_it_is_imported(imported: str, tmp_path: Path) -> None:
    file = tmp_path / "family.py"
    file.write_text(
        f"from autoarray_min.decorators import {imported}\n{HEAD}"
        + "\n    def image_from(self, grid, xp=np, **kwargs):\n        raise NotImplementedError\n"
        + "".join(
            f"""
class {name}(Profile):
    @{decorator}
    @aa.decorators.transform
    def image_from(self, grid, xp=np, **kwargs):
        return xp.sum(xp.abs(grid.array), axis=1)
"""
            for name, decorator in [
                ("One", "aa.decorators.to_array"),
                ("Two", "aa.decorators.to_array"),
                ("Odd", "to_vector_yx"),
            ]
        )
    )
    before = file.read_text()
    outcome = fix(tmp_path, unsafe=True)
    fixing.write(outcome)
    assert outcome.repair.refused == []
    after = before.replace("    @to_vector_yx\n", "    @to_array\n") if "to_array" in imported else before
    assert file.read_text() == after


def test_a_body_without_the_namespace_gets_it_and_uses_it(tmp_path: Path) -> None:
    file = tmp_path / "bodies.py"
    shapes = ["self, grid", "self, grid, **kwargs", "self, grid, power=2.0"]
    body = BODY.replace("xp.sum(xp.abs(grid.array), axis=1)", "np.exp(grid.array)")
    file.write_text(HEAD + "".join(body.format(number, shape) for number, shape in enumerate(shapes)))
    outcome = fix(tmp_path, unsafe=True)
    fixing.write(outcome)
    assert outcome.repair.refused == []
    after = ["self, grid, xp=np", "self, grid, xp=np, **kwargs", "self, grid, xp=np, power=2.0"]
    body = body.replace("np.exp", "xp.exp")
    assert file.read_text() == HEAD + "".join(body.format(number, shape) for number, shape in enumerate(after))
