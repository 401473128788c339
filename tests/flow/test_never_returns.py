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


@pytest.mark.parametrize(
    ("tried", "handler", "expected"),
    [
        ("solved = xp.linalg.solve(lhs, rhs)", "raise ValueError(message)", []),
        ("return xp.linalg.solve(lhs, rhs)", "raise", []),
        # What else may fail does so on JAX, too; a handler that goes on hides the errors of tracing.
        ("solved = xp.linalg.solve(lhs, rhs[0])", "raise", ["XP303"]),
        ("solved = checked(xp.linalg.solve(lhs, rhs))", "raise", ["XP303"]),
        ("solved = xp.linalg.norm(lhs)", "raise", ["XP303"]),
    ],
)
def test_a_handler_that_raises_again_waits_for_nothing_where_jax_raises_nothing(
    findings, tried: str, handler: str, expected: list[str]
) -> None:
    text = f"""
        import numpy as np

        def checked(solved):
            if solved is None:
                raise ValueError
            return solved

        def solved_from(lhs, rhs, xp=np):
            solved = rhs
            try:
                {tried}
            except Exception:
                message = ""
                if xp.linalg.matrix_rank(lhs) < 3:
                    message = "singular"
                {handler}
            return solved
    """
    assert [item.code for item in findings({"solving.py": text})] == expected
