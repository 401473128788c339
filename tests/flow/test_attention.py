"""Bodies that may be of the host: methods that mention no namespace and that nobody on a JAX path reads."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

FIT = """
    import numpy as np
    import jax.numpy as jnp

    def plotted(values):
        if values > 0:
            return None
        return values

    def scaled(values):
        return 2.0 * values

    def summed(values):
        return jnp.sum(values)

    def image_from(values, xp=np):
        return np.sqrt(values)

    class Fit:
        def __init__(self, values: np.ndarray, xp=np):
            self.values = values
            self._xp = xp

        def exposed(self):
            return self._xp.exp(self.values)

        def unread(self):
            return {call}
"""


READER = """
        def total(self):
            return self._xp.sum(self.unread())
"""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("plotted(self.exposed())", []),
        ("image_from(self.values)", ["XP101"]),
        ("image_from(scaled(self.values))", ["XP101"]),
        ("summed(self.values)", ["XP208"]),
    ],
)
def test_what_lies_behind_their_plain_calls_is_not_asked(findings, call: str, expected: list[str]) -> None:
    found = findings({"fit.py": FIT.replace("{call}", call)})
    own = {item.code for item in found if item.symbol == "Fit.unread" and item.level is not Level.POSSIBLE}
    assert own & {"XP101", "XP103", "XP208"} == set(expected)
    assert not any(item.symbol == "plotted" for item in found)


def test_what_a_body_on_a_jax_path_calls_is_followed(findings) -> None:
    found = findings({"fit.py": (FIT.rstrip(" ") + READER).replace("{call}", "plotted(self.exposed())")})
    assert [item.code for item in found if item.symbol == "plotted"] == ["XP303"]
