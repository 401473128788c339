"""Unit tests, and modules with stand-ins for them: no trace meets them."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

SOURCE = """
    import numpy as np

    def image_from(radii, xp=np):
        return np.sqrt(xp.exp(radii))
"""


@pytest.mark.parametrize("path", ["pkg/mock_profile.py", "pkg/tests/test_profile.py"])
def test_what_tests_and_stand_ins_compute_is_not_traced(findings, path: str) -> None:
    found = findings({"pkg/__init__.py": "", path: SOURCE, "pkg/profile.py": SOURCE})
    levels = [(item.path, item.level) for item in found if item.code == "XP201"]
    assert levels == [("pkg/profile.py", Level.PROVED)]


def test_a_comment_says_that_a_test_is_traced_all_the_same(findings) -> None:
    source = SOURCE.replace("xp=np):", "xp=np):  # xpcheck: traced[radii]")
    found = findings({"pkg/__init__.py": "", "pkg/tests/test_profile.py": source})
    assert [(item.path, item.level) for item in found if item.code == "XP201"] == [
        ("pkg/tests/test_profile.py", Level.POSSIBLE)
    ]


@pytest.mark.parametrize(("path", "expected"), [("pkg/images.py", ["XP303"]), ("pkg/tests/test_images.py", [])])
def test_what_a_test_hands_over_says_nothing_of_the_library(findings, path: str, expected: list[str]) -> None:
    helper = """
        def checked(radii):
            if radii > 0:
                return radii
            return -radii
    """
    caller = """
        import numpy as np
        from pkg.helpers import checked

        def test_image(radii, xp=np):
            return checked(xp.exp(radii))
    """
    found = findings({"pkg/__init__.py": "", "pkg/helpers.py": helper, path: caller})
    shown = [item for item in found if item.path == "pkg/helpers.py" and item.level is not Level.POSSIBLE]
    assert [item.code for item in shown] == expected
