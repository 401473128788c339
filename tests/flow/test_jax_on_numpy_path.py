"""JAX where NumPy should run: in helpers without a namespace, and under names that a body imports itself."""

from __future__ import annotations

import pytest

from xpcheck.model import Finding

HELPERS = """
    import jax.numpy as jnp
    import numpy as np

    def decay_from(values):
        return jnp.exp(-values)

    def half_decay_from(values):
        return 0.5 * decay_from(values)

    def chosen_from(values, squared=None):
        {chosen}

    class Ellipse:
        def __init__(self, components):
            self.components = components

        @property
        def angle(self):
            return jnp.arctan2(self.components[0], self.components[1])
"""
USE = """
    import numpy as np
    from helpers import Ellipse, chosen_from, half_decay_from

    def twice_from(values, xp=np):
        return half_decay_from(xp.abs(values)) + half_decay_from(values)

    def guarded_from(values, xp=np):
        return values if xp is np else half_decay_from(values)

    def rotated_from(ellipse: Ellipse, values, xp=np):
        return xp.cos(values) * ellipse.angle

    def picked_from(values, flag, xp=np):
        return xp.abs(chosen_from(values, flag))
"""


def found_by(code: str, found: list[Finding]) -> list[tuple[int, str]]:
    return [(item.span.line, item.message) for item in found if item.code == code and item.path == "use.py"]


def test_a_helper_that_runs_jax_is_one_finding_in_each_body_whose_numpy_run_calls_it(findings) -> None:
    helpers = HELPERS.replace("{chosen}", "return values")
    (first, called), (second, read) = found_by("XP208", findings({"helpers.py": helpers, "use.py": USE}))
    assert (first, second) == (6, 12)
    assert "`half_decay_from`, which runs `jnp.exp` (helpers.py:6)" in called
    assert "reads `ellipse.angle`, which runs `jnp.arctan2`" in read


@pytest.mark.parametrize(
    ("chosen", "lines"),
    [
        ("return jnp.square(values)", [6, 12, 15]),
        ("return values if squared is None else jnp.square(values)", [6, 12]),
        ("if squared is None:\n            return values\n        return jnp.square(values)", [6, 12]),
        ("if squared is None:\n            raise ValueError\n        return jnp.square(values)", [6, 12, 15]),
        ("jnp.square(values)\n        return values", [6, 12]),
    ],
)
def test_only_what_a_helper_always_calls_and_returns_counts(findings, chosen: str, lines: list[int]) -> None:
    helpers = HELPERS.replace("{chosen}", chosen)
    assert [line for line, _ in found_by("XP208", findings({"helpers.py": helpers, "use.py": USE}))] == lines


def test_the_calls_under_an_imported_name_are_related_to_its_import(findings) -> None:
    text = """
        import numpy as np

        def penalty_from(values, xp=np):
            import jax

            if xp is not np:
                return jax.numpy.sum(values)
            return jax.lax.cond(True, lambda: xp.sum(values), lambda: xp.zeros(()))
    """
    (imported,) = [item for item in findings({"use.py": text}) if item.code == "XP602"]
    assert [(step.line, step.note) for step in imported.related] == [(9, "`jax.lax.cond`")]
