"""Bodies that import JAX themselves, and leave calls at NumPy to which they give nothing but host values."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

PRIORS = """
    Lamp:
      width:
        type: Uniform
        lower_limit: 0.0
        upper_limit: 1.0
"""
SOURCE = """
    import numpy as np

    class Lamp:
        def __init__(self, width: float):
            self.width = width

        def profile_from(self, grid, xp=np):
            return xp.exp(grid * self.width)

    class Scene:
        def __init__(self, lamp: Lamp):
            self.lamp = lamp

        def image_from(self, grid, xp=np):
            return self.lamp.profile_from(grid, xp=xp)

        def seeds_from(self, start):
            import jax.numpy as jnp

            image = self.image_from({given})
            return jnp.asarray(start) + jnp.asarray(image)
"""


@pytest.mark.parametrize(("given", "level"), [("np.arange(9.0)", Level.POSSIBLE), ("jnp.asarray(start)", Level.LIKELY)])
def test_what_the_body_gives_decides(findings, given: str, level: Level) -> None:
    text = SOURCE.format(given=given)
    found = findings({"pkg/__init__.py": "", "pkg/lamps.py": text, "pkg/config/priors/lamp.yaml": PRIORS})
    assert [(item.code, item.level) for item in found] == [("XP101", level)]
