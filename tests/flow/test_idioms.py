"""How other projects get and hand on their namespace: none of it is a finding."""

from __future__ import annotations

from xpcheck.model import Level

FACTORY = """
    import numpy as np

    def array_namespace(array):
        if np.isnan(array).any():
            raise ValueError(array)
        return np

    def length_from(vector):
        xp = array_namespace(vector)
        return {root}(xp.sum(vector**2))
"""
HANDED = """
    import numpy as np

    def applied(function, values, xp=np):
        return function(values)

    def root_from(values, xp=np):
        return applied({first}, values)
"""
MULTIMETHOD = """
    import numpy as np
    from backends import multimethod

    def dispatched(function):
        {result}

    @dispatched
    def transform(values):
        return [values]

    def moved_from(values, xp=np):
        return xp.moveaxis(transform(xp.asarray(values)), 0, -1)
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def test_a_function_that_returns_the_namespace_may_be_one_of_the_project(findings) -> None:
    assert codes(findings({"lengths.py": FACTORY.format(root="xp.sqrt")})) == []
    assert codes(findings({"lengths.py": FACTORY.format(root="np.sqrt")})) == ["XP201"]


def test_a_function_of_the_namespace_is_not_the_namespace(findings) -> None:
    assert "XP112" not in codes(findings({"roots.py": HANDED.format(first="xp.sqrt")}))
    assert "XP112" in codes(findings({"roots.py": HANDED.format(first="xp")}))


def test_what_a_decorator_gets_elsewhere_is_no_list(findings) -> None:
    assert "XP209" not in codes(findings({"moving.py": MULTIMETHOD.format(result="return multimethod(function)")}))
    assert "XP209" in codes(findings({"moving.py": MULTIMETHOD.format(result="return function")}))


def test_a_type_test_of_a_library_converts_nothing(findings) -> None:
    text = """
        import numpy as np
        from scipy import sparse

        def sum_from(values, xp=np):
            return values.sum() if sparse.{test}(values) else xp.sum(values)
    """
    assert "XP202" not in codes(findings({"sums.py": text.format(test="issparse")}))
    assert "XP202" in codes(findings({"sums.py": text.format(test="find")}))


def test_the_name_of_the_namespace_among_names(findings) -> None:
    text = """
        import numpy as np

        NUMPY_NAMES = {names}

        def is_numpy(xp):
            return xp.__name__ in NUMPY_NAMES

        def root_from(values, xp=np):
            positive = xp.abs(values)
            if is_numpy(xp):
                return np.sqrt(positive)
            return xp.sqrt(positive)
    """
    for names in ('{"numpy", "compat.numpy"}', '("numpy",)'):
        assert codes(findings({"roots.py": text.replace("{names}", names)})) == []
    assert codes(findings({"roots.py": text.replace("{names}", '{"numpy", "jax.numpy"}')})) == ["XP201"]
