"""Internal functions to which no code under JAX comes."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck.config import Config
from xpcheck.engine import Request, inspect
from xpcheck.model import Level


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


POLICY = """
    import functools
    import numpy as np
    from backends import array_namespace

    def _without_nans(samples, xp=None):
        xp = array_namespace(*samples)
        return [sample[~xp.isnan(sample)] for sample in samples]

    def policy_factory(name):
        def decorator(function):
            @functools.wraps(function)
            def wrapper(*samples, policy="propagate"):
                xp = array_namespace(*samples)
                if {test}:
                    samples = _without_nans(samples)
                return function(*samples)
            return wrapper
        return decorator
"""


@pytest.mark.parametrize(
    ("test", "expected"), [("xp is np and policy == name", []), ("policy == name", ["XP206"]), ("True", ["XP206"])]
)
def test_the_wrapper_of_a_decorator_in_a_factory_is_looked_into(findings, test: str, expected: list[str]) -> None:
    assert codes(findings({"policies.py": POLICY.format(test=test)})) == expected


HELPER = """
    import numpy as np
    from backends import array_namespace

    def _steps_from(x0, scale=1.0):
        xp = array_namespace(x0)
        steps = xp.abs(xp.asarray(x0))
        return np.copy(steps) * scale
"""


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ("def steps_from(x0): return _steps_from(np.asarray(x0, dtype=float))", []),
        ("def steps_from(x0): return _steps_from(x0)", ["XP201"]),
        ("def steps_from(x0): return _steps_from(np.ones(3), scale=x0)", []),
        # A helper in between converts, or hands on.
        ("def steps_from(x0): return _steps_from(_array(x0))\ndef _array(x): return np.atleast_1d(x)", []),
        ("def steps_from(x0): return _steps_from(_array(x0))\ndef _array(x): return x", ["XP201"]),
        ("def _between(x0): return _steps_from(x0)\ndef steps_from(x0): return _between(np.asarray(x0))", []),
        ("def _between(x0): return _steps_from(x0)\ndef steps_from(x0): return _between(x0)", ["XP201"]),
        # Not all who call it are in sight.
        ("def chosen(): return _steps_from", ["XP201"]),
        ("steps_from = _steps_from", ["XP201"]),
        ("_TABLE = {'steps': _steps_from}\ndef steps_from(x0): return _TABLE['steps'](np.asarray(x0))", ["XP201"]),
        # Who calls each other is not called by that.
        ("def _back(x0, n): return _forth(x0, n)\ndef _forth(x0, n): return _back(x0, n) + _steps_from(x0)", []),
        ("", []),
        ("_steps_from.order = 2\n_TABLE = [(_steps_from, _steps_from.order)]", []),
        ("_steps_from.order = 2\nTABLE = [(_steps_from, _steps_from.order)]", ["XP201"]),
        ("_steps_from.again = _steps_from", ["XP201"]),
        ("def run(name, x0): return globals()[f'_{name}_from'](x0)", ["XP201"]),
        ("def run(name, x0): return getattr(__import__(__name__), f'_{name}_from')(x0)", ["XP201"]),
    ],
)
def test_an_internal_function_that_asks_is_given_what_its_callers_give(findings, users: str, expected) -> None:
    text = HELPER + "".join(f"\n    {line}\n" for line in users.splitlines())
    assert codes(findings({"steps.py": text})) == expected


def test_a_body_that_holds_the_namespace_may_give_an_array_of_jax(findings) -> None:
    user = """
    def steps_from(values):
        xp = array_namespace(values)
        return _steps_from({given})
"""
    assert codes(findings({"steps.py": HELPER + user.format(given="xp.zeros(3)")})) == ["XP201"]
    assert codes(findings({"steps.py": HELPER + user.format(given="np.zeros(3)")})) == []


def test_a_public_function_may_be_given_anything(findings) -> None:
    text = HELPER.replace("_steps_from", "steps_from") + "\n    def run(x0): return steps_from(np.asarray(x0))\n"
    assert codes(findings({"steps.py": text})) == ["XP201"]


def test_another_name_is_looked_for_too(findings) -> None:
    user = """
        import numpy as np
        from pkg.steps import _steps_from{renamed}

        def run(x0):
            return {name}({given})
    """
    files = {"pkg/__init__.py": "", "pkg/steps.py": HELPER}
    plain = user.format(renamed="", name="_steps_from", given="np.asarray(x0)")
    other = user.format(renamed=" as steps", name="steps", given="x0")
    assert codes(findings({**files, "pkg/run.py": plain})) == []
    assert codes(findings({**files, "pkg/run.py": other})) == ["XP201"]


OBJECTS = """
    import numpy as np
    from backends import array_namespace

    class Recorded:
        def __init__(self, function, x0):
            self.xp = xp = array_namespace(x0)
            self.x = xp.asarray(x0)
            self.function = function

        def update(self, x):
            if not np.array_equal(x, self.x):
                self.x = self.xp.asarray(x)

    class Shifted(Recorded):
        def __init__(self, function, x0, shift):
            super().__init__(function, x0)
            self.shift = shift
"""


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("Recorded(function, np.asarray(x0))", []),
        ("Recorded(function, x0)", ["XP201"]),
        ("Shifted(function, np.asarray(x0), 1.0)", []),
        ("Shifted(function, x0, 1.0)", ["XP201"]),
    ],
)
def test_objects_that_are_made_of_arrays_of_the_host_alone_hold_numpy(findings, made: str, expected) -> None:
    user = f"""
        import numpy as np
        from pkg._recorded import Recorded, Shifted

        def minimize(function, x0):
            recorded = {made}
            recorded.update(x0)
            return recorded.x if isinstance(recorded, Recorded) else None
    """
    offered = "from pkg._minimizing import minimize"
    found = findings({"pkg/__init__.py": offered, "pkg/_recorded.py": OBJECTS, "pkg/_minimizing.py": user})
    assert [code for code in codes(found) if code != "XP508"] == expected


GENERIC = """
    __all__ = ["union_from"]

    def union_from(a, b, *, xp):
        return xp.unique_values(xp.concat([xp.reshape(a, (-1,)), xp.reshape(b, (-1,))]))
"""


@pytest.mark.parametrize(("own", "expected"), [("xp is np or 'jax' in xp.__name__", []), ("xp is np", ["XP206"])])
def test_a_dispatcher_may_give_jax_its_own_function(findings, own: str, expected: list[str]) -> None:
    delegation = f"""
        import numpy as np
        from backends import array_namespace
        from pkg._lib import _generic

        def union_from(a, b):
            xp = array_namespace(a, b)
            if {own}:
                return xp.union1d(a, b, size=a.size)
            return _generic.union_from(a, b, xp=xp)
    """
    files = {"pkg/__init__.py": "from pkg._lib import _generic", "pkg/_lib/__init__.py": "", "pkg/sets.py": delegation}
    assert [item for item in codes(findings({**files, "pkg/_lib/_generic.py": GENERIC})) if item == "XP206"] == expected


@pytest.mark.parametrize(("folder", "expected"), [("_lib", []), ("lib", ["XP206"])])
def test_what_a_private_module_exports_is_for_the_package_around_it(findings, folder: str, expected: list[str]) -> None:
    asking = """
        from backends import array_namespace

        def sums_of(x):
            return array_namespace(x).sum(x)
    """
    files = {"pkg/__init__.py": "", "pkg/sums.py": asking, f"pkg/{folder}/__init__.py": ""}
    assert codes(findings({**files, f"pkg/{folder}/_generic.py": GENERIC})) == expected


def test_the_explanation_says_that_nobody_comes(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(dedent(HELPER))
    request = Request(paths=(), root=tmp_path, config=Config())
    flows = inspect(request).flows
    found = flows.explain("steps.py", 8)
    assert found is not None
    assert any("nothing that runs under JAX comes to it" in remark for remark in found.remarks)
