"""Arrays that are written to: one finding for each, with the other places that change with it."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

BODY = """
    import numpy as np

    def halves_from(values, mask, xp=np):
        result = {made}
        result[0] = xp.sqrt(values[0])
        values = xp.abs(values)
        if mask is not None:
            result[1] += values[1]
        return result
"""


@pytest.mark.parametrize(("code", "made"), [("XP205", "np.zeros(2)"), ("XP203", "xp.zeros(2)")])
def test_where_a_buffer_is_made_and_written_to_again_is_related(findings, code: str, made: str) -> None:
    (found,) = [item for item in findings({"use.py": BODY.replace("{made}", made)}) if item.code == code]
    places = [(step.line, step.note) for step in found.related]
    assert (found.span.line, places) == (6, [(5, "`result` is made"), (9, "`result` is written to")])


INVERSION = """
    import numpy as np

    class Inversion:
        def __init__(self, total: int, xp=np):
            self.total = total
            self.use_jax = xp is not np

        @property
        def _xp(self):
            if self.use_jax:
                import jax.numpy as jnp
                return jnp
            return np

        @property
        def data_vector(self):
            vector = np.zeros(self.total)
            vector[0] = self._xp.sum(self._xp.ones(self.total))
            return vector

        @property
        def evidence(self):
            return self._xp.sum(self.data_vector)

        @property
        def report(self):
            return np.asarray(self._xp.ones(self.total))
"""


def test_a_buffer_of_numpy_is_made_for_numpy_but_a_conversion_is_meant(findings) -> None:
    found = findings({"inversion.py": INVERSION})
    assert [(item.code, item.span.line) for item in found if item.level in {Level.PROVED, Level.LIKELY}] == [
        ("XP205", 19)
    ]
