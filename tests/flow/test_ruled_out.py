"""What a constructor does not take under JAX is not there in the methods either."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

SMOOTHER = """
    import numpy as np
    from backends import array_namespace

    class Smoother:
        def __init__(self, points, neighbors=None):
            xp = array_namespace(points)
            if neighbors is not None:
                if {test}:
                    raise NotImplementedError(neighbors)
            self._xp = xp
            self.points = xp.asarray(points)
            self.neighbors = {held}

        {method}

        def __call__(self, values):
            values = self._xp.abs(values)
            if self.neighbors is None:
                return self._xp.exp(values)
            return np.exp(values)
"""
RESTORED = """def __setstate__(self, state):
            self.points, self.neighbors = state
"""
CHANGED = """def use(self, neighbors):
            self.neighbors = neighbors
"""


@pytest.mark.parametrize(
    ("test", "held", "method", "expected"),
    [
        ("xp is not np", "neighbors", "", []),
        ("xp is not np", "neighbors", RESTORED, []),
        ("xp is not np", "neighbors", CHANGED, ["XP201"]),
        ("xp is not np", "None", "", ["XP201"]),
        ("neighbors < 0", "neighbors", "", ["XP201"]),
    ],
)
def test_what_a_constructor_refuses(findings, test: str, held: str, method: str, expected: list[str]) -> None:
    found = findings({"smoothing.py": SMOOTHER.format(test=test, held=held, method=method)})
    codes = [item.code for item in found if item.level is not Level.POSSIBLE and item.code != "XP508"]
    assert codes == expected


CHECKED = """
    import numpy as np

    def _checked(values, method, xp):
        {early}
        if {test}:
            raise ValueError(method)
        return values, method

    def exact_from(values, method="auto", xp=np):
        values, method = _checked(xp.abs(values), method, xp)
        {more}
        if method == "exact":
            return np.exp(values)
        return xp.exp(values)
"""


@pytest.mark.parametrize(
    ("test", "early", "more", "expected"),
    [
        ('xp is not np and method == "exact"', "", "", []),
        ('xp is not np and str(method) in {"auto", "exact"}', "", "", []),
        ('method == "auto" or method == "exact"', "", "", []),
        ('xp is not np and method == "auto"', "", "", ["XP201"]),
        ('xp is not np and method != "exact"', "", "", ["XP201"]),
        ('xp is np and method == "exact"', "", "", ["XP201"]),
        ('values.ndim > 1 and method == "exact"', "", "", ["XP201"]),
        ('xp is not np and method.lower() == "exact"', "", "", ["XP201"]),
        # Some calls come back before the helper asks, and the text may be another one by now.
        ('xp is not np and method == "exact"', "if values.ndim > 1: return values, method", "", ["XP201"]),
        ('xp is not np and method == "exact"', "", "method = values.method", ["XP201"]),
    ],
)
def test_what_a_helper_raises_for(findings, test: str, early: str, more: str, expected: list[str]) -> None:
    found = findings({"checking.py": CHECKED.format(test=test, early=early, more=more)})
    assert [item.code for item in found if item.level is not Level.POSSIBLE] == expected


def test_what_the_body_itself_raises_for(findings) -> None:
    text = """
        import numpy as np

        def exact_from(values, method="auto", xp=np):
            values = xp.abs(values)
            {guard}
            if method == "exact":
                return np.exp(values)
            return xp.exp(values)
    """
    guard = 'if xp is not np and method in ("exact", "other"): raise ValueError(method)'
    assert [item.code for item in findings({"exact.py": text.format(guard=guard)})] == []
    for_some = f"for _ in range(values.ndim):\n                {guard}"
    assert [item.code for item in findings({"exact.py": text.format(guard=for_some)})] == ["XP201"]


ANSWERED = """
    import numpy as np

    def _contains_nan(values, policy, xp):
        if values.shape[0] == 0:
            return {empty}
        if policy == "raise":
            print("slow")
        elif policy == "{refused}" and xp is not np:
            raise ValueError(policy)
        return xp.any(xp.isnan(values))

    def mean_from(values, policy="propagate", xp=np):
        values = xp.abs(values)
        found = _contains_nan(values, policy, xp)
        {more}
        if policy == "omit"{test}:
            return np.nanmean(values)
        return xp.mean(values)
"""


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, []),
        ({"empty": "None"}, []),
        ({"empty": "True"}, ["XP302", "XP201"]),
        ({"refused": "raise"}, ["XP302", "XP201"]),
        ({"test": ""}, ["XP201"]),
        ({"test": " or found"}, ["XP302", "XP201"]),
        ({"more": "found = xp.any(xp.isnan(values))"}, ["XP302", "XP201"]),
    ],
)
def test_an_answer_that_is_false_for_a_text(findings, other: dict[str, str], expected: list[str]) -> None:
    texts = {"empty": "False", "refused": "omit", "test": " and found", "more": "", **other}
    found = findings({"means.py": ANSWERED.format(**texts)})
    assert [item.code for item in found if item.level is not Level.POSSIBLE] == expected
