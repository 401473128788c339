"""Helpers without a namespace that return nothing are called for what they do on the host."""

from __future__ import annotations

from xpcheck.model import Level

SOURCE = """
    import numpy as np

    def scaled(profile, values):
        profile.intensity = np.sqrt(values)

    def root_from(values):
        return np.sqrt(values)

    def image_from(profile, values, xp=np):
        scaled(profile, values)
        return xp.exp(values) + root_from(values)
"""


def test_a_helper_that_returns_nothing_is_possible_only(findings) -> None:
    found = [item for item in findings({"scaling.py": SOURCE}) if item.code == "XP103"]
    assert [(item.span.line, item.level) for item in found] == [(11, Level.POSSIBLE), (12, Level.PROVED)]
