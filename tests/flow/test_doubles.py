"""Unit tests, and modules with stand-ins for them: no trace meets them."""

from __future__ import annotations

from xpcheck.model import Level

SOURCE = """
    import numpy as np

    def image_from(radii, xp=np):
        return np.sqrt(xp.exp(radii))
"""


def test_hazards_in_stand_ins_are_possible_only(findings) -> None:
    found = findings({"pkg/__init__.py": "", "pkg/mock_profile.py": SOURCE, "pkg/profile.py": SOURCE})
    levels = [(item.path, item.level) for item in found if item.code == "XP201"]
    assert levels == [("pkg/mock_profile.py", Level.POSSIBLE), ("pkg/profile.py", Level.PROVED)]


def test_what_unit_tests_compute_is_not_traced(findings) -> None:
    found = findings({"pkg/__init__.py": "", "pkg/tests/test_profile.py": SOURCE, "pkg/profile.py": SOURCE})
    levels = [(item.path, item.level) for item in found if item.code == "XP201"]
    assert levels == [("pkg/profile.py", Level.PROVED), ("pkg/tests/test_profile.py", Level.POSSIBLE)]
