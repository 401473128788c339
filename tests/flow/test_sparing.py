"""Tests that ask whether an attribute of objects is traced, and what their branches may assume."""

from __future__ import annotations

import pytest

PRIORS = """
    Lamp:
      brightness:
        type: Uniform
        lower_limit: 0.0
        upper_limit: 1.0
      width:
        type: Uniform
        lower_limit: 0.0
        upper_limit: 1.0
"""
SOURCE = """
    import numpy as np

    class Lamp:
        def __init__(self, brightness: float, width: float):
            self.brightness = brightness
            self.width = width

    def is_traced(value):
        if isinstance(value, (int, float)):
            return False
        try:
            float(value)
        except Exception:
            return True
        return False

    def any_traced(lamps: list[Lamp]):
        return any(is_traced(lamp.brightness) for lamp in lamps)

    def all_concrete(lamps: list[Lamp]):
        return not any_traced(lamps)

    def levels_from(lamps: list[Lamp]):
        return [lamp.brightness for lamp in lamps]

    def steps_of(levels, lamps: list[Lamp]):
        if any_traced(lamps):
            return levels
        return np.diff(np.asarray(levels))

    def image_from(lamps: list[Lamp], grid, xp=np):
        {body}
        return xp.exp(grid)
"""


@pytest.fixture
def lines(findings):
    """The codes that a body leads to."""

    def of(*body: str) -> list[str]:
        text = SOURCE.format(body="\n        ".join(body))
        found = findings({"pkg/__init__.py": "", "pkg/lamps.py": text, "pkg/config/priors/lamp.yaml": PRIORS})
        return [item.code for item in found]

    return of


ORDERED = "grid = grid + float(sorted(lamps, key=lambda lamp: lamp.brightness)[0].brightness)"


def test_without_a_test_the_attribute_is_traced(lines) -> None:
    assert lines(ORDERED) == ["XP204", "XP304"]


@pytest.mark.parametrize("test", ["not any_traced(lamps)", "all_concrete(lamps)"])
def test_the_branch_that_says_no_is_concrete(lines, test: str) -> None:
    assert lines(f"if {test}:", f"    {ORDERED}") == []


def test_so_is_what_follows_an_early_return(lines) -> None:
    assert lines("if any_traced(lamps):", "    return xp.sum(grid)", ORDERED) == []


def test_the_other_branch_is_not(lines) -> None:
    assert lines("if any_traced(lamps):", f"    {ORDERED}") == ["XP204", "XP304"]


def test_another_attribute_is_not(lines) -> None:
    assert lines("if any_traced(lamps):", "    return grid", "grid = grid + float(lamps[0].width)") == ["XP204"]


def test_where_two_paths_meet_only_what_both_know_holds(lines) -> None:
    found = lines(
        "if len(lamps) > 3:", "    if any_traced(lamps):", "        return grid", "else:", "    pass", ORDERED
    )
    assert found == ["XP204", "XP304"]


def test_an_option_reads_its_attribute_in_the_same_expression(lines) -> None:
    assert lines("grid = grid + (1.0 if any_traced(lamps) else float(lamps[0].brightness))") == []


def test_values_made_of_the_attribute_elsewhere_are_concrete_there(lines) -> None:
    assert lines("if not any_traced(lamps):", "    grid = grid + float(levels_from(lamps)[0])") == []
    assert lines("grid = grid + float(levels_from(lamps)[0])") == ["XP204"]


def test_a_helper_that_asks_takes_the_values_of_its_callers_with_it(lines) -> None:
    assert lines("steps = steps_of(levels_from(lamps), lamps)") == []
    assert lines("steps = steps_of([lamp.width for lamp in lamps], lamps)") == ["XP103"]
