"""Calls that are put off: ``delayed(f)(x)`` is one of ``f``, which somebody makes later."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

DELAYED = """
    import functools
    import numpy as np

    class Job:
        def __init__(self, function):
            self.function = function

    def delayed(function):
        @functools.wraps({wraps})
        def put_off(*args, **options):
            {body}
        return put_off

    def _fitted(values, method, xp):
        if method == "exact":
            return np.exp(values)
        return xp.exp(values)

    def fitted_from(values, xp=np):
        return _fitted(xp.abs(values), "fast", xp)

    def later_from(values, runner, xp=np):
        return runner(delayed(_fitted)(part, {given}, xp) for part in xp.abs(values))
"""


@pytest.mark.parametrize(
    ("wraps", "body", "given", "expected"),
    [
        ("function", "return Job(function), args, options", '"fast"', []),
        ("function", "return function(*args, **options)", '"fast"', []),
        ("function", "return Job(function), args, options", '"exact"', ["XP201"]),
        # What stands for another function, or is not called with just what was given, may be called with anything.
        ("print", "return Job(function), args, options", '"fast"', ["XP201"]),
        ("function", 'return function(args[0], "exact", **options)', '"fast"', ["XP201"]),
    ],
)
def test_who_puts_a_call_off_gives_what_it_is_given(
    findings, wraps: str, body: str, given: str, expected: list[str]
) -> None:
    found = findings({"fits.py": DELAYED.format(wraps=wraps, body=body, given=given)})
    assert [item.code for item in found if item.level is not Level.POSSIBLE and item.code != "XP113"] == expected
