"""What a test finds to be concrete: the value itself, and what was computed from nothing else."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

DOUBLED = """
    import numpy as np

    def doubled(x, weight):
        result = 2 * {of}
        {named}
        if {test}:
            result = result.item()
        return result

    def applied(x, xp=np):
        return doubled(xp.abs(x), xp.exp(x))
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


@pytest.mark.parametrize(
    ("test", "named", "of", "expected"),
    [
        ("isinstance(x, (float, int))", "", "x", []),
        ("type(x) is float", "", "x", []),
        ("is_number", "is_number = isinstance(x, float)", "x", []),
        ("is_number", "is_number = np.isscalar(x)", "x", []),
        ("is_number", "is_number = np.isscalar(x); is_number = len(x) < 2", "x", ["XP204"]),
        ("not is_number", "is_number = isinstance(x, float)", "x", ["XP204"]),
        ("isinstance(x, (float, list))", "", "x", ["XP204"]),
        ("isinstance(x, (float, int))", "", "x + weight", ["XP204"]),
        ("isinstance(weight, float)", "", "x", ["XP204"]),
        ("is_number", "is_number = isinstance(weight, float)", "x", ["XP204"]),
    ],
)
def test_what_was_computed_from_a_concrete_value(findings, test: str, named: str, of: str, expected: list[str]) -> None:
    found = findings({"doubles.py": DOUBLED.format(test=test, named=named, of=of)})
    assert codes(found) == expected


@pytest.mark.parametrize(
    ("cls", "expected"),
    [("Generator", []), ("jax.Array", ["XP303"]), ("abc.Sized", ["XP303"]), ("(Generator, abc.Sized)", ["XP303"])],
)
def test_no_array_of_jax_is_an_object_of_a_library(findings, cls: str, expected: list[str]) -> None:
    text = """
        import jax
        import numpy as np
        from collections import abc
        from outside import Generator

        def backend_from(source):
            if isinstance(source, {cls}):
                return 1 if source.real > 0 else 2
            return 3

        def applied(x, xp=np):
            return xp.abs(x) * backend_from(xp.exp(x))
    """
    found = findings({"sources.py": text.format(cls=cls)})
    assert [code for code in codes(found) if code != "XP601"] == expected


def test_any_of_what_the_run_decides(findings) -> None:
    text = """
        import numpy as np
        from scipy.sparse import issparse

        def total_from(x, y, xp=np):
            if {test}:
                return np.sqrt(x)
            return xp.sqrt(x) + xp.sqrt(y)
    """
    assert codes(findings({"totals.py": text.format(test="any([issparse(x), issparse(y)])")})) == []
    assert codes(findings({"totals.py": text.format(test="any([issparse(x), y is None])")})) == ["XP201"]
    assert codes(findings({"totals.py": text.format(test="all([not issparse(x), not issparse(y)])")})) == ["XP201"]


@pytest.mark.parametrize(("annotation", "expected"), [("list[Literal[1, -1]]", []), ("list", ["XP303"])])
def test_literals_are_concrete(findings, annotation: str, expected: list[str]) -> None:
    text = """
        import numpy as np
        from typing import Literal

        def tiled(values, signs: {annotation}, xp=np):
            for sign in signs:
                values = values * 2.0**sign
                if sign > 0:
                    values = xp.flip(values)
            return xp.exp(values)
    """
    assert codes(findings({"tiles.py": text.format(annotation=annotation)})) == expected
