"""`related`: what else a call leads to that a traced value reaches."""

from __future__ import annotations

from xpcheck.model import Finding

SOURCE = """
    import numpy as np

    def norm_from(values):
        return np.sqrt(values)

    def scale_from(values, size):
        first = np.log(values)
        second = norm_from(values)
        return first, second, np.zeros(size), np.abs(values)

    def image_from(values, size=3, xp=np):
        return xp.exp(values), scale_from(values, size)
"""


def helper_finding(found: list[Finding]) -> Finding:
    (only,) = [item for item in found if item.code == "XP103"]
    return only


def test_every_place_behind_the_call_is_listed_the_nearest_first(findings) -> None:
    found = helper_finding(findings({"helpers.py": SOURCE}))
    assert found.chain[-1].note == "`np.log`"
    assert [(step.line, step.note) for step in found.related] == [
        (9, "`norm_from` called"),
        (10, "`np.abs`"),
        (5, "`np.sqrt`"),
    ]


def test_what_a_traced_value_does_not_reach_is_not_listed(findings) -> None:
    found = helper_finding(findings({"helpers.py": SOURCE}))
    assert "np.zeros" not in {step.note.strip("`") for step in found.related}


def test_recursion_ends(findings) -> None:
    text = SOURCE.replace("second = norm_from(values)", "second = scale_from(values, size)")
    found = helper_finding(findings({"helpers.py": text}))
    assert [(step.line, step.note) for step in found.related] == [(9, "`scale_from` called"), (10, "`np.abs`")]
