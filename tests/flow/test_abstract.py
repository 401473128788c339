"""Abstract classes have no instances: what their methods do happens to the classes below that keep these methods."""

from __future__ import annotations

import pytest

SOURCE = """
    {imports}

    import numpy as np

    class Filter:
        {decorator}
        def name(self):
            return "filter"

        def level_from(self, grid, xp=np):
            return xp.sum(grid) * np.exp(grid)

        def width_of(self, grid):
            return np.sin(grid)

    class Smooth(Filter):
        def name(self):
            return "smooth"

        def level_from(self, grid, xp=np):
            if {test}:
                return super().level_from(grid, xp=xp)
            return xp.exp(grid)

        def width_of(self, grid):
            return grid * 0.5

    {other}

    def image_from(grid, filter: Filter, xp=np):
        return grid * filter.level_from(grid, xp=xp) * filter.width_of(grid)
"""
ABSTRACT = {"imports": "from abc import abstractmethod", "decorator": "@abstractmethod"}


@pytest.fixture
def codes(findings):
    """What is found in the program, by its parts."""

    def of(imports: str = "", decorator: str = "", test: str = "xp is np", other: str = "") -> list[str]:
        text = SOURCE.format(imports=imports, decorator=decorator, test=test, other=other)
        return [item.code for item in findings({"filters.py": text})]

    return of


def test_an_object_may_be_one_of_the_base_class(codes) -> None:
    assert codes() == ["XP201", "XP103"]


def test_unless_that_is_abstract(codes) -> None:
    assert codes(**ABSTRACT) == []


def test_what_super_reaches_is_run(codes) -> None:
    assert codes(**ABSTRACT, test="grid.ndim > 1") == ["XP201"]


def test_what_a_class_below_keeps_is_run(codes) -> None:
    raw = "class Raw(Filter):\n        def name(self): return 'raw'"
    assert codes(**ABSTRACT, other=raw) == ["XP201", "XP103"]
