"""Objects that hold named values, and tuples of arguments: what one value is says nothing of the others."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

BAGS = """
    import numpy as np

    class Bag({base}):
        def __getattr__(self, name):
            return self[name]

    def _advanced(work, xp):
        if work.steps > 3:
            return work
        work.steps = work.steps + 1
        return work

    def limit_from(values, xp=np):
        values = xp.abs(values)
        return _advanced(Bag({given}), xp)
"""
COPIED = """
    import numpy as np

    def _rounded_from(result, xp):
        result = result.copy()
        for key, value in result.{method}():
            result[key] = xp.round(value)
        return result

    def results_from(values, xp=np):
        return _rounded_from({held}, xp)
"""
APPLIED = """
    import numpy as np

    def applied(function, values, args, xp=np):
        {test}
        for item in args:
            values = xp.add(values, xp.reshape(item, (-1, 1)))
        return function(xp.asarray(values), {given})
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


@pytest.mark.parametrize(
    ("base", "given", "expected"),
    [("dict", "value=values, steps=0", []), ("np.ndarray", "values", ["XP303"])],
)
def test_a_dict_with_attributes_is_no_array(findings, base: str, given: str, expected: list[str]) -> None:
    assert codes(findings({"bags.py": BAGS.format(base=base, given=given)})) == expected


@pytest.mark.parametrize(
    ("method", "held", "expected"),
    [("items", "{'x': xp.abs(values)}", []), ("ravel", "xp.abs(values)", ["XP203"])],
)
def test_what_has_items_is_a_mapping(findings, method: str, held: str, expected: list[str]) -> None:
    text = COPIED.format(method=method, held=held)
    if method == "ravel":
        text = text.replace("for key, value in", "for key in").replace("xp.round(value)", "xp.round(key)")
    assert codes(findings({"rounding.py": text})) == expected


@pytest.mark.parametrize(
    ("test", "given", "expected"),
    [
        ("if args: function = function.of", "*args", []),
        ("if not args: return values", "*args", []),
        ("if args: function = function.of", "args", ["XP303"]),
        ("if values: function = function.of", "*args", ["XP303"]),
        ("if args[0] > 0: return values", "*args", ["XP303"]),
    ],
)
def test_what_is_unpacked_into_a_call_knows_whether_it_is_empty(findings, test, given, expected) -> None:
    assert codes(findings({"applying.py": APPLIED.format(test=test, given=given)})) == expected
