"""What a constructor does not take under JAX is not there in the methods either."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

SMOOTHER = """
    import numpy as np
    from backends import array_namespace

    class Smoother:
        def __init__(self, points, neighbors=None):
            xp = array_namespace(points)
            if neighbors is not None:
                if {test}:
                    raise NotImplementedError(neighbors)
            self._xp = xp
            self.points = xp.asarray(points)
            self.neighbors = {held}

        {method}

        def __call__(self, values):
            values = self._xp.abs(values)
            if self.neighbors is None:
                return self._xp.exp(values)
            return np.exp(values)
"""
RESTORED = """def __setstate__(self, state):
            self.points, self.neighbors = state
"""
CHANGED = """def use(self, neighbors):
            self.neighbors = neighbors
"""


@pytest.mark.parametrize(
    ("test", "held", "method", "expected"),
    [
        ("xp is not np", "neighbors", "", []),
        ("xp is not np", "neighbors", RESTORED, []),
        ("xp is not np", "neighbors", CHANGED, ["XP201"]),
        ("xp is not np", "None", "", ["XP201"]),
        ("neighbors < 0", "neighbors", "", ["XP201"]),
    ],
)
def test_what_a_constructor_refuses(findings, test: str, held: str, method: str, expected: list[str]) -> None:
    found = findings({"smoothing.py": SMOOTHER.format(test=test, held=held, method=method)})
    codes = [item.code for item in found if item.level is not Level.POSSIBLE and item.code != "XP508"]
    assert codes == expected
