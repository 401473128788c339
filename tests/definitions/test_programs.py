"""Definitions across modules and packages: what a single file cannot show."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck.config import Config
from xpcheck.engine import Request, check
from xpcheck.model import Finding, Kind, Level

CODES = {
    "XP106",
    "XP107",
    "XP110",
    "XP112",
    "XP402",
    "XP501",
    "XP502",
    "XP503",
    "XP506",
    "XP507",
    "XP508",
    "XP601",
    "XP602",
    "XP701",
    "XP702",
}


@pytest.fixture
def findings(tmp_path: Path):
    """Findings of the rules on definitions in a project given as texts."""

    def analyse(files: dict[str, str], config: Config | None = None) -> list[Finding]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
            (folder / "__init__.py").touch()
        report = check(Request(paths=(), root=tmp_path, config=config or Config()))
        assert report.errors == ()
        return [item for item in report.findings if item.code in CODES]

    return analyse


def places(found: list[Finding]) -> list[tuple[str, str, int]]:
    return [(item.code, item.path, item.span.line) for item in found]


BASE = """
    import numpy as np

    class Profile:
        def shape_from(self, radii, xp=np):
            return xp.exp(-radii)
"""


def test_a_family_spans_packages(findings) -> None:
    override = """
        import numpy as np
        from base.profiles import Profile

        class Core(Profile):
            def shape_from(self, radii):
                return np.exp(-radii)
    """
    found = findings({"base/profiles.py": BASE, "user/core.py": override})
    assert places(found) == [("XP106", "user/core.py", 6)]
    assert found[0].level is Level.LIKELY
    assert "`Profile.shape_from` (base/profiles.py:5)" in found[0].message


def test_a_call_proves_that_an_override_is_given_the_namespace(findings) -> None:
    override = """
        import numpy as np
        from base.profiles import Profile

        class Core(Profile):
            def shape_from(self, radii):
                return 1.0

            def image_from(self, radii, xp=np):
                return self.shape_from(radii, xp=xp)
    """
    (found,) = findings({"base/profiles.py": BASE, "user/core.py": override})
    assert (found.code, found.span.line, found.level) == ("XP106", 6, Level.PROVED)
    assert found.chain and found.chain[-1].line == 10


def test_the_odd_one_out_of_a_family_whose_base_lacks_the_parameter(findings) -> None:
    family = """
        import numpy as np

        class Profile:
            def shape_from(self, radii):
                raise NotImplementedError

        class Core(Profile):
            def shape_from(self, radii, xp=np):
                return xp.exp(-radii)

        class Ring(Profile):
            def shape_from(self, radii, xp=np):
                return xp.sqrt(radii)

        class Sheet(Profile):
            def shape_from(self, radii):
                return 0.0

        def total_from(profiles, radii, xp=np):
            return sum(profile.shape_from(radii, xp=xp) for profile in profiles)
    """
    found = findings({"profiles.py": family})
    assert places(found) == [("XP106", "profiles.py", 5), ("XP106", "profiles.py", 17)]
    assert {item.level for item in found} == {Level.LIKELY}


def test_roles_of_files_come_from_the_configuration(findings) -> None:
    files = {"lib/code.py": "import jax\n", "checks/code.py": "import jax\n", "scripts/compare.py": "import jax\n"}
    config = Config(test_globs=("checks/**",), parity_globs=("scripts/**",))
    assert places(findings(files, config)) == [("XP701", "checks/code.py", 1), ("XP601", "lib/code.py", 1)]


def test_jax_through_a_module_of_the_project(findings) -> None:
    """The name is JAX's, by whichever door it comes in."""
    files = {
        "lib/backend.py": "import numpy as np\nimport jax.numpy as jnp\n",
        "lib/top.py": "from lib.backend import jnp\n",
        "lib/host.py": "from lib.backend import np\nimport lib.backend\n",
        "lib/local.py": "import numpy as np\n\ndef f(x, xp=np):\n"
        "    from lib.backend import jnp\n    return jnp.sqrt(x)\n",
        "lib/guarded.py": "import numpy as np\n\ndef f(x, xp=np):\n    if xp is not np:\n"
        "        from lib.backend import jnp\n        return jnp.sqrt(x)\n    return np.sqrt(x)\n",
    }
    expected = [("XP601", "lib/backend.py", 2), ("XP602", "lib/local.py", 4), ("XP601", "lib/top.py", 1)]
    assert places(findings(files)) == expected


SCRIPT = """
    import jax
    import lensing

    fitness = lensing.Fitness(model=lensing.model)
    {}
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fit = jax.jit(analysis.fit_from)(instance)", [("XP702", "jax_scripts/a.py", 6)]),
        ("print(fitness._vmap(parameters))", [("XP702", "jax_scripts/a.py", 6)]),
        ("print(jax.jit(f)(x), fitness._vmap(parameters))", []),
        ("print(jax.jit(jax.vmap(f))(parameters))", []),
        ("array = jax.jit(lambda a: a)(array)", []),
        ("value, slope = jax.value_and_grad(fitness.call)(x)", []),
    ],
)
def test_the_statements_of_a_parity_script(findings, line: str, expected: list) -> None:
    assert places(findings({"jax_scripts/a.py": SCRIPT.format(line)})) == expected


def test_a_unit_test_that_runs_jax_outside_its_functions(findings) -> None:
    text = "from somewhere import jnp, f\nimport jax\n\nexpected = f(1.0, xp=jax.numpy)\n"
    assert places(findings({"test_lib/test_f.py": text})) == [("XP701", "test_lib/test_f.py", line) for line in (2, 4)]


def test_who_asks_arrays_for_their_namespace_is_tested_with_those_of_jax(findings) -> None:
    test = "import jax.numpy as jnp\nimport lib\n\ndef test_total():\n    assert lib.total(jnp.ones(2)) == 2.0\n"
    library = "from array_api_compat import {name}\n\ndef total(x):\n    return {name}(x).sum(x)\n"
    for name, expected in (("array_namespace", []), ("device", [("XP701", "tests/test_lib.py", 1)])):
        files = {"lib/__init__.py": library.format(name=name), "tests/test_lib.py": test}
        assert [item for item in places(findings(files)) if item[0] == "XP701"] == expected


def test_findings_at_module_level_say_so(findings) -> None:
    (found,) = findings({"code.py": "import numpy as np\nfrom jax import lax\n"})
    assert (found.symbol, found.path, found.span.line, found.kind) == ("<module>", "code.py", 2, Kind.CONVENTION)


def test_names_of_a_star_import_from_the_program_are_known(findings) -> None:
    files = {
        "backend.py": "import numpy as xp\n",
        "good.py": "from backend import *\n\ndef f(x):\n    return xp.abs(x)\n",
        "bad.py": "from tools import *\n\ndef f(x):\n    return xp.abs(x)\n",
        "tools.py": "import math\n",
        "unknown.py": "from somewhere import *\n\ndef f(x):\n    return xp.abs(x)\n",
    }
    assert places(findings(files)) == [("XP110", "bad.py", 4)]


def test_another_name_for_the_namespace(findings) -> None:
    text = "def f(x):\n    return nx.abs(x)\n\ndef g(x):\n    return xp.abs(x)\n"
    assert places(findings({"code.py": text}, Config(namespaces=("nx",)))) == [("XP110", "code.py", 2)]


REGISTRAR = """
    def register_instance_pytree(cls, no_flatten=()):
        pass
"""


@pytest.mark.parametrize(("options", "kind"), [("", Kind.HAZARD), (', no_flatten=("xp",)', Kind.CONVENTION)])
def test_classes_that_a_function_of_the_family_flattens(findings, options: str, kind: Kind) -> None:
    fit = f"""
        import numpy as np
        from autoarray.abstract_ndarray import register_instance_pytree

        class Fit:
            def __init__(self, data, xp=np):
                self.data = data
                self.xp = xp

        def register():
            register_instance_pytree(Fit{options})
    """
    (found,) = findings({"autoarray/abstract_ndarray.py": REGISTRAR, "fits.py": fit})
    assert (found.code, found.span.line, found.kind) == ("XP508", 8, kind)


def test_a_list_that_is_registered_by_its_attributes(findings) -> None:
    galaxies = """
        from typing import List
        from autoarray.abstract_ndarray import register_instance_pytree

        class Galaxies(List):
            pass

        def register():
            register_instance_pytree(Galaxies)
    """
    (found,) = findings({"autoarray/abstract_ndarray.py": REGISTRAR, "galaxies.py": galaxies})
    assert (found.code, found.span.line, found.level) == ("XP506", 9, Level.PROVED)


def test_a_class_that_is_registered_by_way_of_another_function(findings) -> None:
    """Who registers what it is given is followed to its calls; a class known at run time only leaves it open."""
    fit = """
        def register(cls):
            from jax.tree_util import register_pytree_node

            register_pytree_node(cls, vars, cls)

        class Fit:
            pass

        def total(fit):
            return fit.data

        def compiled():
            import jax

            {}
            return jax.jit(total)(Fit())
    """
    for line, codes in (("register(Fit)", []), ("register(type(total))", []), ("", ["XP506"])):
        found = findings({"fit.py": fit.format(line)})
        assert [item.code for item in found if item.code == "XP506" and item.level is not Level.POSSIBLE] == codes


def test_classes_that_say_how_they_are_pickled_may_hold_a_module(findings) -> None:
    fit = """
        import numpy as np

        class Fit:
            def __init__(self, data, xp=np):
                self.xp = xp

            def __getstate__(self):
                return {}
    """
    assert findings({"fits.py": fit}) == []


def test_a_script_of_its_own_may_import_jax(findings) -> None:
    script = """
        import jax

        print(jax.devices())
    """
    assert findings({"scripts/devices.py": script}) == []
    imported = {"scripts/devices.py": script, "scripts/report.py": "from scripts import devices"}
    assert places(findings(imported)) == [("XP601", "scripts/devices.py", 2)]
    assert places(findings({"lib/__init__.py": "from lib import devices", "lib/devices.py": script})) == [
        ("XP601", "lib/devices.py", 2),
        ("XP601", "scripts/devices.py", 2),
    ]


def test_a_folder_for_jax_may_import_it(findings) -> None:
    files = {
        "lib/__init__.py": "",
        "lib/choice.py": "def backend_from(name):\n    from lib.jax.model import Model\n    return Model\n",
        "lib/jax/__init__.py": "",
        "lib/jax/env.py": "import jax.numpy as jnp\n",
        "lib/jax/model.py": "from lib.jax.env import jnp\n\nclass Model:\n    zero = jnp.zeros(1)\n",
    }
    assert findings(files) == []
    # A part of the library without such a name brings all of it along, or one of its modules.
    loading = {**files, "lib/top.py": "from lib.jax import model\n"}
    assert places(findings(loading)) == [("XP601", "lib/jax/env.py", 1), ("XP601", "lib/jax/model.py", 1)]
    assert places(findings({**files, "lib/top.py": "import lib.jax.env\n"})) == [("XP601", "lib/jax/env.py", 1)]
    assert places(findings({**files, "lib/jax/__init__.py": "import jax\n", "lib/top.py": "import lib.jax.env\n"})) == [
        ("XP601", "lib/jax/__init__.py", 1),
        ("XP601", "lib/jax/env.py", 1),
    ]


def test_a_decorator_may_replace_none(findings) -> None:
    library = """
        import functools
        from elsewhere import unknown

        def inferring(func):
            @functools.wraps(func)
            def wrapped(*args, xp=None):
                return func(*args, xp=xp)
            return wrapped

        def counting(func):
            @functools.wraps(func)
            def wrapped(*args, **kwargs):
                return func(*args, **kwargs)
            return wrapped

        @{decorator}
        def root_from(values, xp=None):
            return xp.sqrt(values)
    """
    for decorator in ("inferring", "unknown", "unknown(True)"):
        assert findings({"roots.py": library.format(decorator=decorator)}) == []
    for decorator in ("counting", "functools.lru_cache"):
        found = findings({"roots.py": library.format(decorator=decorator)})
        assert "XP107" in {item.code for item in found}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def f(values): return xp.sqrt(values)\n            return f", []),
        ("return lambda values: xp.sqrt(values)", []),
        ("def f(size): return xp.arange(size)\n            return f(3)", ["XP402"]),
        ("def f(size): return xp.arange(size)\n            return list(map(f, (1, 2)))", ["XP402"]),
        ("return list(map(lambda size: xp.arange(size), (1, 2)))", ["XP402"]),
        ("nodes = xp.arange(3)\n            def f(values): return nodes * values\n            return f", ["XP402"]),
    ],
)
def test_a_function_that_computes_later_may_be_cached(findings, body: str, expected: list[str]) -> None:
    text = f"""
        import functools

        @functools.lru_cache
        def _made_for(xp):
            {body}

        def root_from(values, *, xp):
            return xp.sqrt(values) + _made_for(xp)
    """
    assert [item.code for item in findings({"made.py": text}) if item.code == "XP402"] == expected


def test_a_module_named_for_jax_may_import_it_where_no_module_loads_it(findings) -> None:
    module = "import jax\n\n\ndef devices():\n    return jax.devices()\n"
    lazy = "def devices_from(xp=None):\n    import lib.jax_devices\n"
    library = {"lib/__init__.py": "", "lib/jax_devices.py": module, "lib/names.py": lazy}
    assert findings(library) == []
    assert findings({**library, "tests/test_devices.py": "import lib.jax_devices\n"}) == []
    for line in ("import lib.jax_devices", "from lib import jax_devices", "from .jax_devices import devices"):
        assert places(findings({**library, "lib/api.py": line})) == [("XP601", "lib/jax_devices.py", 1)]
        assert findings({**library, "lib/api.py": f"from lib import FLAG\n\nif FLAG:\n    {line}\n"}) == []
    named_otherwise = findings({"lib/api.py": "", "lib/devices.py": module})
    assert places(named_otherwise) == [("XP601", "lib/devices.py", 1)]


def test_a_decorator_of_an_older_release_hands_over_no_namespace(findings) -> None:
    makers = """
        def to_array(func):
            def wrapper(obj, grid, *args, **kwargs):
                return func(obj, grid, *args, **kwargs)
            return wrapper
    """
    profile = """
        from autoarray.structures.decorators.to_array import to_array

        class Profile:
            @to_array
            def image_from(self, grid):
                return grid
    """
    files = {"autoarray/structures/decorators/to_array.py": makers, "profile.py": profile}
    assert findings(files) == []
    files["autoarray/structures/decorators/to_array.py"] = makers.replace("grid, *args", "grid, xp=None, *args", 1)
    assert places(findings(files)) == [("XP503", "profile.py", 6)]
    delegating = "from autoarray.makers import made\n\ndef to_array(func):\n    return made(func)\n"
    files["autoarray/structures/decorators/to_array.py"] = delegating  # what is modelled holds where it defines nothing
    assert places(findings(files)) == [("XP503", "profile.py", 6)]


def test_the_order_of_files_and_functions_changes_nothing(findings) -> None:
    text = "\n".join(f"def f{index}(x):\n    return xp.abs(x)\n" for index in range(4))
    found = findings({"b.py": text, "a.py": text})
    assert places(found) == sorted(places(found), key=lambda item: (item[1], item[2]))
    assert len({item.fingerprint for item in found}) == 8


def test_a_decorator_of_the_same_name_in_another_package_of_the_family(findings) -> None:
    text = (
        "def transform(f):\n    return f\n\n\nclass Message:\n    @transform\n    def cdf(self, x):\n        return x\n"
    )
    assert findings({"autofit/messages.py": text}) == []
