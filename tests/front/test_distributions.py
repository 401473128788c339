"""The verdict on a package is that on its own sources and on what it imports, whoever is named beside it.

``scene`` does to ``optics`` whatever a dependent can do: it declares, builds, subclasses, compiles, registers and reads
what is there, and hands traced values in.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.asking import REPOSITORY, Asking

FILES = {
    "optics/__init__.py": "from optics.lens import Lens, Mount\n",
    "optics/lens.py": """
        import numpy as np
        from optics import tools


        class Mount:
            def __init__(self, lens, tilt: float = 0.1):
                self.lens = lens
                self.tilt = tilt

            def turned(self, grid, xp=np):
                return xp.cos(grid) * np.cos(self.tilt)

            def inner(self, xp=np):
                return self.lens.depth()


        class Lens:
            def __init__(self, focal, width=2, name="lens", shape=(2, 2)):
                self.focal = focal
                self.width = width
                self.name = name
                self.shape = shape

            def depth(self):
                return np.sqrt(self.focal)

            def area_from(self, grid, xp=np):
                grid = xp.asarray(grid)
                return tools.smooth(grid, xp=xp) * self.size(grid) * np.exp(self.width) + tools.smooth(grid)

            def size(self, grid, xp=np):
                return xp.sum(grid)

            def spread(self, grid, xp=np):
                return tools.smooth(grid, xp=xp) - tools.smooth(grid, 2.0, xp=xp) - tools.smooth(grid, 3.0, xp=xp)

            def rows(self):
                return np.zeros(int(self.shape[0]))


        class Holder:
            def __init__(self, xp=np):
                self._xp = xp

            @property
            def level(self):
                return tools.smooth(np.ones(3))
    """,
    "optics/tools.py": """
        import numpy as np


        def smooth(image, strength=1.0, plain=False, xp=np):
            if plain:
                return image
            return np.convolve(image, strength) + xp.sqrt(image)


        def power(base, exponent, xp=np):
            return np.power(base, exponent) + xp.abs(exponent)


        def shifted(values, by):
            return np.roll(np.abs(values), int(by))


        def edges(shape, xp=np):
            return xp.linspace(0.0, 1.0, int(shape))


        def shares(values):
            return np.array([float(item) for item in values])


        # xpcheck: host it reads a file
        def read(path):
            return _parsed(path)


        def _parsed(path):
            return np.sqrt(np.loadtxt(path))
    """,
    "scene/__init__.py": "",
    "scene/config/priors/lens.yaml": """
        Lens:
          focal:
            type: Uniform
          shape:
            type: Uniform
        Mount:
          tilt:
            type: Uniform
    """,
    "scene/model.py": """
        import jax
        import numpy as np
        from jax.tree_util import register_pytree_node
        from optics import Lens, Mount, tools
        from optics.lens import Holder
        from optics.tools import _parsed


        class Wide(Lens):
            def depth(self, xp=np):
                return xp.sqrt(self.focal)

            def size(self, grid):
                return np.sum(np.asarray(grid))


        class Flat(Holder):
            def seen(self):
                return self._xp.abs(self.level)


        def mounted(grid, xp=np):
            mount = Mount(Wide(3.0), tilt=xp.sum(grid))
            return mount.inner(xp=xp) + mount.turned(grid, xp=xp)


        def powers(grid, xp=np):
            values = xp.exp(grid)
            found = tools.power(values, values, xp=xp) + tools.power(values, 2.0)
            return found + tools.smooth(values) + tools.smooth(values, plain=True) + tools.shifted(values, values)


        def edged(grid, xp=np):
            return tools.edges(xp.sum(grid), xp=xp), tools.shares(xp.exp(grid)), _parsed(xp.sum(grid))


        compiled = jax.jit(tools.power)
        register_pytree_node(Lens, lambda lens: ((lens.focal,), None), lambda aux, children: Lens(*children))


        @jax.jit
        def traced(focal, power):
            return Lens(focal).depth() + tools.power(focal, power)
    """,
}


def findings(asking: Asking, *names: str) -> list[dict[str, Any]]:
    """All that is found in some packages but fixes, which touch what is named alone."""
    found = asking.check(*names, keeps=False)
    return [{key: value for key, value in item.items() if key != "fix"} for item in found]


def of(package: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in found if item["path"].startswith(f"{package}/")]


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    for name, text in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return Asking(tmp_path / "project", tmp_path)


def test_a_package_is_judged_without_its_dependents(asking: Asking) -> None:
    """Whether they are named, lie beside it, or are nowhere."""
    together = findings(asking, "optics", "scene")
    beside = findings(asking, "optics")
    assert of("optics", together) == beside
    shutil.rmtree(asking.folder / "scene")
    assert findings(asking, "optics") == beside
    assert {item["level"] for item in beside} >= {"proved", "likely"}


def test_a_dependent_is_judged_with_all_that_it_imports(asking: Asking) -> None:
    """Whether that is named or followed; what the dependent hands in is reported where it does so."""
    together = of("scene", findings(asking, "optics", "scene"))
    assert together == findings(asking, "scene")
    assert {"XP101", "XP103", "XP106", "XP108"} <= {item["code"] for item in together}


def test_what_stands_beside_a_package_in_the_tour(tmp_path: Path) -> None:
    """The package of the tour follows ``autoarray_min``: the same with both named."""
    folder = tmp_path / "tour"
    shutil.copytree(REPOSITORY / "fixtures" / "tour" / "lightlib", folder / "lightlib")
    shutil.copytree(REPOSITORY / "autoarray_min", folder / "autoarray_min")
    asking = Asking(folder, tmp_path)
    assert of("lightlib", findings(asking, "lightlib", "autoarray_min")) == findings(asking, "lightlib")


SCIPY = {
    "scipy/__init__.py": "",
    "scipy/optimize.py": "import numpy as np\n\n\ndef minimize(function, start):\n    return np.asarray(start)\n",
    "scipy/tools.py": """
        import numpy as np
        from scipy.optimize import minimize


        def start_from(values, xp=np):
            return minimize(None, xp.abs(values))
    """,
    "lib/__init__.py": "",
    "lib/fits.py": """
        import numpy as np
        from scipy.optimize import minimize


        def fit_from(values, xp=np):
            return minimize(np.sum, xp.abs(values))
    """,
}


def test_what_models_describe_is_not_read_for_others_whoever_is_named(tmp_path: Path) -> None:
    for name, text in SCIPY.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    asking = Asking(tmp_path / "project", tmp_path)
    together = findings(asking, "lib", "scipy")
    assert of("lib", together) == findings(asking, "lib")
    assert of("scipy", together) == findings(asking, "scipy")
    assert [(item["code"], item["path"]) for item in together if item["code"] in {"XP103", "XP202"}] == [
        ("XP202", "lib/fits.py"),
        ("XP103", "scipy/tools.py"),
    ]
    (asking.folder / "pyproject.toml").write_text('[tool.xpcheck]\nfollow = ["scipy"]\n')
    assert "XP202" not in {item["code"] for item in of("lib", findings(asking, "lib", "scipy"))}
