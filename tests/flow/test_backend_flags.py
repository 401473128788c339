"""Constructors that are told the backend, and what they tell those that store it."""

from __future__ import annotations

from textwrap import indent

SOURCE = """
import numpy as np

class Fit:
    def __init__(self, data=None, use_jax=False):
        self.data = data
        self._use_jax = use_jax

class Named:
    def __init__(self, name=""):
        self.name = name

class Model(Fit, Named):
    def __init__(self, data, {flag}**options):
{body}
"""


def lines(findings, body: str, flag: str = "use_jax=False, ") -> list[tuple[str, int]]:
    source = SOURCE.format(body=indent(body, " " * 8), flag=flag)
    return [(item.code, item.span.line) for item in findings({"models.py": source})]


def test_the_flag_has_to_reach_the_constructor_that_stores_it(findings) -> None:
    assert lines(findings, "Fit.__init__(self, data)") == [("XP101", 15)]
    assert lines(findings, "super().__init__(data=data)") == [("XP101", 15)]
    assert lines(findings, "Fit.__init__(self, data, use_jax)") == []
    assert lines(findings, "super().__init__(data, use_jax=use_jax)") == []
    assert lines(findings, "Named.__init__(self, name='model')") == []


def test_the_last_one_to_store_it_counts(findings) -> None:
    first, last = "super().__init__(data)", "Fit.__init__(self, data, use_jax=use_jax)"
    assert lines(findings, f"{first}\n{last}") == []
    assert lines(findings, f"{last}\n{first}") == [("XP101", 16)]
    assert lines(findings, f"{first}\nself._use_jax = use_jax") == []


def test_what_may_hold_the_flag_is_not_said_to_lack_it(findings) -> None:
    assert lines(findings, "super().__init__(data, **options)") == []
    assert lines(findings, "super().__init__(data)", "") == []
