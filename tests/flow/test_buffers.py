"""Arrays that are written to: one finding for each, with the other places that change with it."""

from __future__ import annotations

import pytest

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
