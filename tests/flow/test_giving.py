"""Functions that are handed to functions of the program: they are called with what these call them with."""

from __future__ import annotations

from xpcheck.model import Level

PROGRAM = """
    import numpy as np

    def root(value, xp=np):
        return xp.sqrt(value)

    def applied(function, value, xp=np):
        {body}

    def given(values, xp=np):
        values = xp.abs(values)
        return applied({function}, values{rest})
"""


def places(findings, body: str, function: str, rest: str = ", xp=xp") -> list[tuple[str, int]]:
    found = findings({"giving.py": PROGRAM.format(body=body, function=function, rest=rest)})
    return [(item.code, item.span.line) for item in found if item.level is not Level.POSSIBLE]


def test_what_is_called_without_the_namespace_is_to_hold_it(findings) -> None:
    assert places(findings, "return function(value)", "root") == [("XP101", 12)]
    assert places(findings, "return function(value, xp=xp)", "root") == []
    assert places(findings, "return function(value.shape[0])", "root") == []


def test_who_hands_it_on_is_asked_for_the_namespace(findings) -> None:
    assert places(findings, "return function(value, xp=xp)", "root", "") == [("XP101", 12)]
    assert places(findings, "return function(value, xp=xp)", "lambda value, xp: xp.sqrt(value)", "") == []


def test_functions_are_handed_on_from_one_to_the_next(findings) -> None:
    again = "return value if value is None else applied(function, value[0], xp=xp) + function(value)"
    assert places(findings, again, "np.sqrt") == []
    assert places(findings, again, "lambda value: np.sqrt(value)") == [("XP201", 12)]


def test_map_calls_with_its_items_alone(findings) -> None:
    assert places(findings, "return xp.stack(list(map(function, value)))", "root") == [("XP101", 12)]
    body = "return xp.stack(list(map(root, xp.abs(value))))"
    assert places(findings, body, "None") == [("XP101", 8)]


def test_an_assertion_on_the_namespace_ends_the_other_run(findings) -> None:
    assert places(findings, "assert xp is np; return np.sqrt(xp.abs(value))", "None") == []
