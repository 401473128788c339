"""Helper predicates are read from their bodies: what they answer for arrays of JAX decides in a JAX run."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

HELPERS = """
    import sys
    from typing import cast

    def is_of(cls, module, name):
        try:
            loaded = sys.modules[module]
        except KeyError:
            return False
        return issubclass(cls, getattr(loaded, name))

    def is_lazy_class(cls):
        if is_of(cls, "numpy", "ndarray") or is_of(cls, "torch", "Tensor"):
            return False
        if is_of(cls, "jax", "Array") or is_of(cls, "jax.core", "Tracer"):
            return True
        return None

    def is_lazy(array):
        found = is_lazy_class(cast(type, type(array)))
        if found is not None:
            return found
        return not bool(array)

    def is_tracer(array):
        return is_of(type(array), "jax.core", "Tracer")

    def is_dense(array):
        return not is_of(type(array), "torch", "Tensor")
"""
USER = """
    import numpy as np
    from pkg.backends import *

    def root_from(values, weights, xp=np):
        values = xp.abs(values)
        {test}
        return xp.sqrt(values * weights)
"""


def branches(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE and item.path == "pkg/roots.py"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("if not is_lazy(values) and xp.any(weights < 0): raise ValueError(weights)", []),
        ("lazy = is_lazy(values)\n        if not lazy and xp.any(weights < 0): raise ValueError(weights)", []),
        ("if is_lazy(values) and xp.any(weights < 0): raise ValueError(weights)", ["XP302"]),
        # Beside a concrete array another may be traced.
        ("if not is_tracer(values) and xp.any(weights < 0): raise ValueError(weights)", ["XP302"]),
        ("if is_dense(values) and xp.any(weights < 0): raise ValueError(weights)", ["XP302"]),
    ],
)
def test_a_predicate_on_arrays_of_jax_decides_in_a_jax_run(findings, test: str, expected: list[str]) -> None:
    files = {"pkg/__init__.py": "", "pkg/backends.py": HELPERS, "pkg/roots.py": USER.replace("{test}", test)}
    assert branches(findings(files)) == expected


def test_of_an_array_that_the_host_made_a_predicate_says_nothing(findings) -> None:
    text = """
        import numpy as np
        from pkg.backends import is_lazy

        def root_from(values, xp=np):
            steps = np.arange(3)
            if not is_lazy(steps) and xp.any(values < 0):
                raise ValueError(values)
            return xp.sqrt(values)
    """
    assert branches(findings({"pkg/__init__.py": "", "pkg/backends.py": HELPERS, "pkg/roots.py": text})) == ["XP302"]
