"""What all callers of a private function give it under JAX: the flag of the backend, or one text."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

SOLVERS = """
    import numpy as np
    from backends import get_namespace
    from scipy import linalg

    class Model:
        def fit(self, values):
            xp, compliant = get_namespace(values)
            return self.{name}(values, xp, {given})

        def {name}(self, values, xp, compliant):
            values = xp.abs(values)
            if not compliant:
                return linalg.svdvals(values)
            return xp.linalg.svdvals(values)
"""
TEXTS = """
    import numpy as np
    from backends import get_namespace

    def fit(values, solver="dense"):
        xp, compliant = get_namespace(values)
        if compliant and solver != "svd":
            raise ValueError(solver)
        return {name}(values, xp, {given})

    def {name}(values, xp, solver):
        values = xp.abs(values)
        if solver == "dense":
            return _dense(values, xp)
        return xp.sqrt(values)

    def _dense(values, xp):
        return np.exp(xp.abs(values))
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("_solve", "compliant", []),
        ("_solve", "compliant=compliant", []),
        # A test of something else says nothing of the backend.
        ("_solve", "values.ndim > 1", ["XP202"]),
        # Who else calls a public method is not seen.
        ("solve", "compliant", ["XP202"]),
    ],
)
def test_a_flag_of_the_backend_is_handed_on(findings, name: str, given: str, expected: list[str]) -> None:
    assert codes(findings({"models.py": SOLVERS.format(name=name, given=given)})) == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("_solve", "solver", []),
        ("_solve", '"svd"', []),
        ("_solve", '"dense"', ["XP201"]),
        ("_solve", "str(values.ndim)", ["XP201"]),
        ("solve", "solver", ["XP201"]),
    ],
)
def test_a_text_is_handed_on(findings, name: str, given: str, expected: list[str]) -> None:
    """In the branch that nobody takes under JAX, nothing is called under JAX either."""
    assert codes(findings({"solvers.py": TEXTS.format(name=name, given=given)})) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ('    return _solve(values, xp, "svd")', []),
        ('    return _solve(values, xp, "dense")', ["XP201"]),
        # That is its NumPy run.
        ('    return _solve(values, np, "dense")', []),
        ("    return map(_solve, values)", ["XP201"]),
        ("    return None\n\nSOLVERS = [_solve]", ["XP201"]),
    ],
)
def test_all_callers_have_to_be_in_sight(findings, other: str, expected: list[str]) -> None:
    first = TEXTS.format(name="_solve", given="solver")
    second = f"import numpy as np\nfrom pkg.first import _solve\n\ndef again(values, xp=np):\n{other}\n"
    found = codes(findings({"pkg/__init__.py": "", "pkg/first.py": first, "pkg/second.py": second}))
    assert [code for code in found if code == "XP201"] == expected


def test_functions_that_call_each_other_come_to_an_end(findings) -> None:
    text = """
        import numpy as np

        def fit(values, xp=np):
            return _even(values, xp, "even")

        def _even(values, xp, mode):
            return _odd(values, xp, "odd") if mode == "even" else np.exp(xp.abs(values))

        def _odd(values, xp, mode):
            return _even(values, xp, "odd") if mode == "odd" else np.exp(xp.abs(values))
    """
    assert codes(findings({"modes.py": text})) == ["XP201"]
