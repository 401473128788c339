"""What one arm of a test on the type of an array says of a parameter does not hold in the other."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

SOURCE = """
    import numpy as np

    class Field:
        def __init__(self, values, xp=np):
            self.values = values
            self.use_jax = xp is not np

        def put(self, key, value):
            {before}
            if isinstance(self.values, np.ndarray):
                self.values[key] = value
            else:
                import jax.numpy as jnp

                self.values = jnp.where(key, value, self.values)
"""


@pytest.mark.parametrize(
    ("before", "expected"),
    [("pass", []), ("import jax.numpy as jnp; jnp.sin(key)", ["XP205"])],
)
def test_evidence_from_the_other_arm(findings, before: str, expected: list[str]) -> None:
    """What stands outside of the test holds in both arms."""
    found = findings({"fields.py": SOURCE.format(before=before)})
    assert [item.code for item in found if item.code == "XP205" and item.level is not Level.POSSIBLE] == expected
