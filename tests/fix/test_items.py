"""XP203: what stands beside an assignment to an item, run on both backends."""

from __future__ import annotations

import types
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.fixtures.test_fixes import fix

SHAPES = {
    "values[0] = 2.0": "values = values.at[0].set(2.0)",
    "values[1:] = values[:-1]": "values = values.at[1:].set(values[:-1])",
    "values[..., 0] -= 1.0 + 1.0": "values = values.at[..., 0].add(-(1.0 + 1.0))",
    "values[0] **= 2": "values = values.at[0].power(2)",
    "values[values < 0.5] = 0.5": "values = xp.where(values < 0.5, 0.5, values)",
    "values[values < 0.5] += 1": "values = xp.where(values < 0.5, values + 1, values)",
    "values[~(xp.abs(values) < limits)] *= -1.0": (
        "values = xp.where(~(xp.abs(values) < limits), values * -1.0, values)"
    ),
    "values[(values > 0.5) | xp.isnan(values)] = xp.inf": (
        "values = xp.where((values > 0.5) | xp.isnan(values), xp.inf, values)"
    ),
    "values[limits > 0.5] = 0.0": "values = values.at[limits > 0.5].set(0.0)",
}
"""The last one: the mask may be for whole rows."""

FUNCTION = """
def changed_{}(values, limits, xp=np):
    values = xp.multiply(values, 1.0)
    {}
    return values
"""

BRANCHED = """if xp is np:
        {}
    else:
        {}"""


def written(statements: list[str]) -> str:
    return "import numpy as np\n\n" + "\n".join(FUNCTION.format(*item) for item in enumerate(statements))


def test_every_shape(tmp_path: Path) -> None:
    Path(tmp_path, "items.py").write_text(written([*SHAPES]))
    outcome = fix(tmp_path, unsafe=True)
    ((_, after),) = outcome.files.values()
    assert outcome.repair.refused == []
    assert after.decode() == written([BRANCHED.format(*item) for item in SHAPES.items()])


@pytest.mark.parametrize("number", range(len(SHAPES) - 1))
def test_both_branches_agree(number: int) -> None:
    module = types.ModuleType("items")
    exec(written([BRANCHED.format(*item) for item in SHAPES.items()]), module.__dict__)
    function = getattr(module, f"changed_{number}")
    values, limits = np.array([0.3, 0.7, -1.2, np.nan]), np.array([1.0, 0.2, 1.0, 1.0])
    expected = function(values, limits)
    assert np.array_equal(jax.jit(lambda *given: function(*given, xp=jnp))(values, limits), expected, equal_nan=True)
