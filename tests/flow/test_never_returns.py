"""Calls that never come back: what stands behind them is not reached."""

from __future__ import annotations

import pytest

SOURCE = """
    import numpy as np

    def checked(xp):
        if xp is not np:
            raise NotImplementedError("NumPy only")
        return xp

    def shares_of(values):
        return np.exp(values)

    def image_from(values, xp=np):
        total = xp.sum(values)
        {call}
        return shares_of(values) / total
"""


@pytest.fixture
def codes(findings):
    """What a body leads to."""

    def of(call: str) -> list[str]:
        return [item.code for item in findings({"images.py": SOURCE.format(call=call)})]

    return of


@pytest.mark.parametrize("call", ["checked(xp)", "xp = checked(xp)", "xp = np.asarray(checked(xp))"])
def test_what_follows_a_call_that_raises_under_jax_is_for_numpy(codes, call: str) -> None:
    assert codes(call) == []


@pytest.mark.parametrize(
    "call",
    [
        "pass",
        "total = total if values.ndim else checked(xp)",
        "ready = values.ndim and checked(xp)",
        "found = [checked(xp) for _ in values.shape]",
        "later = lambda: checked(xp)",
        "for _ in values.shape: checked(xp)",
    ],
)
def test_a_call_that_may_not_be_made_ends_nothing(codes, call: str) -> None:
    assert codes(call) == ["XP103"]


def test_a_promise_of_a_method_is_no_end(findings) -> None:
    text = """
        import numpy as np

        class Mask:
            def limits(self, xp=np):
                raise NotImplementedError

        def image_from(values, mask: Mask, xp=np):
            low = mask.limits(xp=xp)
            return xp.sum(values) + np.exp(values) + low
    """
    assert [item.code for item in findings({"masks.py": text})] == ["XP201"]


def test_functions_that_call_each_other_come_back(findings) -> None:
    text = """
        import numpy as np

        def even(values, depth, xp=np):
            return odd(values, depth - 1, xp=xp)

        def odd(values, depth, xp=np):
            if depth == 0:
                return xp.sum(values)
            return even(values, depth, xp=xp)

        def image_from(values, xp=np):
            total = even(values, 3, xp=xp)
            return np.exp(values) + total
    """
    assert [item.code for item in findings({"parity.py": text})] == ["XP201"]
