"""Fixes that change definitions, overrides and readers together, over several files."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.fixtures.test_fixes import fix
from xpcheck.cli import fixing
from xpcheck.model import Level, Safety

FAMILY = {
    "pkg/__init__.py": "",
    "pkg/base.py": """\
import abc

import numpy as np


class Profile(abc.ABC):
    @abc.abstractmethod
    def radius_from(self, y, x):
        \"\"\"The radius.\"\"\"

    def value_from(self, y, x, xp=np):
        y = xp.asarray(y)
        return xp.exp(-self.radius_from(y, xp.asarray(x)))
""",
    "pkg/circle.py": """\
import numpy as np

from pkg.base import Profile


class Circle(Profile):
    def radius_from(
        self,
        y,
        x,
    ):
        return np.hypot(y, x)


class Square(Profile):
    def radius_from(self, y, x, *more, scale=1.0, **options):
        return np.maximum(np.abs(y), np.abs(x)) / scale
""",
    "pkg/use.py": """\
import numpy as np

from pkg.circle import Circle


def total_from(y, x, xp=np):
    return xp.sum(Circle().radius_from(xp.asarray(y), xp.asarray(x)))


def on_the_host(y, x):
    return Circle().radius_from(y, x)
""",
}

PROPERTY = {
    "pkg/__init__.py": "",
    "pkg/ellipse.py": """\
import numpy as np


class Ellipse:
    def __init__(self, ell_comps: tuple[float, float] = (0.0, 0.0)):
        self.ell_comps = ell_comps

    @property
    def magnitude(self):
        return np.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)

    def area_from(self, radius, xp=np):
        angle = xp.arctan2(self.ell_comps[0], self.ell_comps[1])
        return xp.pi * radius**2 * (1.0 - self.magnitude) + 0.0 * angle
""",
    "pkg/use.py": """\
from pkg.ellipse import Ellipse


def label_of(ellipse: Ellipse):
    return round(ellipse.magnitude, 2)
""",
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*.py")}


def test_overrides_and_callers_change_together(tmp_path: Path) -> None:
    outcome = fix(write(tmp_path, FAMILY), unsafe=True)
    fixing.write(outcome)
    after = texts(tmp_path)
    assert "def radius_from(self, y, x, xp=np):" in after["pkg/base.py"]
    assert "self.radius_from(y, xp.asarray(x), xp=xp)" in after["pkg/base.py"]
    assert "        x, xp=np,\n    ):\n        return xp.hypot(y, x)" in after["pkg/circle.py"]
    assert "*more, scale=1.0, xp=np, **options):" in after["pkg/circle.py"]
    assert "xp.maximum(xp.abs(y), xp.abs(x)) / scale" in after["pkg/circle.py"]
    assert "Circle().radius_from(xp.asarray(y), xp.asarray(x), xp=xp)" in after["pkg/use.py"]
    assert "return Circle().radius_from(y, x)\n" in after["pkg/use.py"]
    assert [item for item in outcome.report.findings if item.level is not Level.POSSIBLE] == []
    assert fix(tmp_path, unsafe=True).files == {}


KINDS = {
    "kinds/__init__.py": "",
    "kinds/helpers.py": """\
import functools

import numpy as np


class Tools:
    @staticmethod
    def log_from(x, scale=1.0):
        return np.log(x) * scale + np.sqrt(x)

    @classmethod
    def exp_from(cls, x, *, scale=(1.0)):
        return np.exp(x) * scale


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


@decorated
def hyp_from(y, x=1.0, *rest, **more):
    return np.hypot(y, x) + np.pi


def two_from(y: float, x: float = 2.0) -> float:
    y = np.abs(y)
    return np.where(y > 0.0, np.log(y), np.sqrt(x))


def by_value(f, y):
    return f(y)


def cubed_from(y): return np.cbrt(y)
""",
    "kinds/use.py": """\
import numpy as np

from kinds import helpers as h
from kinds.helpers import Tools as T, two_from as two


def one(y, x, xp=np):
    y = xp.asarray(y)
    a = T.log_from(y)
    b = T().exp_from(y, scale=2.0)
    c = h.hyp_from(y, x)
    d = two(y)
    e = h.cubed_from(y)

    def inner(z):
        return h.cubed_from(z)

    return a + b + c + d + e + inner(y)


def other(y, xp=np):
    return xp.sum(two(xp.abs(y), x=3.0))


def host(y):
    return h.by_value(two, y)
""",
}
SIGNATURES = (
    "def log_from(x, scale=1.0, xp=np):",
    "def exp_from(cls, x, *, scale=(1.0), xp=np):",
    "def hyp_from(y, x=1.0, *rest, xp=np, **more):",
    "def two_from(y: float, x: float = 2.0, xp=np) -> float:",
    "def cubed_from(y, xp=np): return xp.cbrt(y)",
)


def test_helpers_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Static and class methods, decorated ones, defaults, keywords, one line, several callers, a use as a value."""
    monkeypatch.syspath_prepend(write(tmp_path, KINDS))
    y, x = np.array([0.3, 1.2]), np.array([0.5, 0.7])
    before = importlib.import_module("kinds.use")
    expected = [before.one(y, x), before.other(y), before.host(y)]
    outcome = fix(tmp_path, unsafe=True)
    fixing.write(outcome)
    for name in ("kinds.use", "kinds.helpers", "kinds"):
        monkeypatch.delitem(sys.modules, name)
    importlib.invalidate_caches()
    after = importlib.import_module("kinds.use")
    assert outcome.repair.refused == []
    assert all(signature in texts(tmp_path)["kinds/helpers.py"] for signature in SIGNATURES)
    assert np.array_equal(after.one(y, x), expected[0])
    assert [after.other(y), after.host(y).tolist()] == [expected[1], expected[2].tolist()]
    assert np.allclose(jax.jit(lambda *given: after.one(*given, xp=jnp))(y, x), expected[0])
    assert np.allclose(jax.jit(lambda given: after.other(given, xp=jnp))(y), expected[1])


def test_a_property_becomes_a_method_for_all_readers(tmp_path: Path) -> None:
    outcome = fix(write(tmp_path, PROPERTY), unsafe=True)
    fixing.write(outcome)
    after = texts(tmp_path)
    assert "    def magnitude(self, xp=np):\n        return xp.sqrt(" in after["pkg/ellipse.py"]
    assert "(1.0 - self.magnitude(xp=xp))" in after["pkg/ellipse.py"]
    assert "round(ellipse.magnitude(), 2)" in after["pkg/use.py"]
    assert fix(tmp_path, unsafe=True).files == {}


AMBIGUOUS = {
    "another attribute": "class Star:\n    magnitude = 3.0\n",
    "another property": "class Star:\n    @property\n    def magnitude(self):\n        return 1.0\n",
    "an assignment": "def dim(star):\n    star.magnitude = 3.0\n",
    "text": 'def label(ellipse):\n    return f"{ellipse.magnitude}"\n',
    "module level": "from pkg.ellipse import Ellipse\n\nLENGTH = Ellipse().magnitude\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_property_whose_readers_are_not_sure_is_written_out(name: str, tmp_path: Path) -> None:
    write(tmp_path, {**PROPERTY, "pkg/star.py": AMBIGUOUS[name]})
    before = texts(tmp_path)
    outcome = fix(tmp_path, unsafe=True)
    fixing.write(outcome)
    assert outcome.repair.refused == []
    written = "(1.0 - (xp.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)))"
    after = before["pkg/ellipse.py"].replace("(1.0 - self.magnitude)", written)
    assert texts(tmp_path) == {**before, "pkg/ellipse.py": after}
    assert fix(tmp_path, unsafe=True).files == {}


READER = """\
import numpy as np

from pkg.ellipse import Ellipse{}


def area_from(ellipse: Ellipse, radius, xp=np):
    angle = xp.arctan2(ellipse.ell_comps[0], ellipse.ell_comps[1])
    return xp.pi * {} + 0.0 * angle
"""
STAR = "class Star:\n    magnitude = 3.0\n"
SCALED = PROPERTY["pkg/ellipse.py"].replace("import numpy as np\n", "import numpy as np\n\nSCALE = 2.0\n").replace(
    "return np.sqrt", "return SCALE * np.sqrt"
)  # fmt: skip


def test_a_property_is_written_out_in_another_file_that_has_its_names(tmp_path: Path) -> None:
    reader = READER.format(", SCALE", "ellipse.magnitude")
    write(tmp_path, {**PROPERTY, "pkg/star.py": STAR, "pkg/ellipse.py": SCALED, "pkg/reader.py": reader})
    fixing.write(fix(tmp_path, unsafe=True))
    written = "(SCALE * xp.sqrt(ellipse.ell_comps[0] ** 2 + ellipse.ell_comps[1] ** 2))"
    assert texts(tmp_path)["pkg/reader.py"] == READER.format(", SCALE", written)


KEPT = {
    "a name that the reader's file lacks": (SCALED, READER.format("", "ellipse.magnitude")),
    "a name that is another one there": (SCALED, READER.format("\n\nSCALE = 3.0", "ellipse.magnitude")),
    "a receiver that is a call": (PROPERTY["pkg/ellipse.py"], READER.format("", "(lambda: ellipse)().magnitude")),
    "more than an expression": (
        PROPERTY["pkg/ellipse.py"].replace("        return np.sqrt", "        assert self\n        return np.sqrt"),
        READER.format("", "ellipse.magnitude"),
    ),
    "a comment": (
        PROPERTY["pkg/ellipse.py"].replace("np.sqrt(", "np.sqrt(  # |e|\n            "),
        READER.format("", "ellipse.magnitude"),
    ),
    "names of its own": (
        PROPERTY["pkg/ellipse.py"].replace("np.sqrt(", "np.sqrt(0.0 * sum(i for i in (1, 2)) + "),
        READER.format("", "ellipse.magnitude"),
    ),
    "a property that is overridden": (
        PROPERTY["pkg/ellipse.py"]
        + "\n\nclass Circle(Ellipse):\n    @property\n    def magnitude(self):\n        return 0.0\n",
        READER.format("", "ellipse.magnitude"),
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_property_that_cannot_be_written_out_stays(name: str, tmp_path: Path) -> None:
    ellipse, reader = KEPT[name]
    write(tmp_path, {**PROPERTY, "pkg/star.py": STAR, "pkg/ellipse.py": ellipse, "pkg/reader.py": reader})
    outcome = fix(tmp_path, unsafe=True)
    assert Path(tmp_path, "pkg/reader.py") not in outcome.files
    assert {item.fix for item in outcome.report.findings if item.path == "pkg/reader.py"} == {None}


def test_a_definition_outside_the_project_is_left_alone(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            **FAMILY,
            "pkg/circle.py": FAMILY["pkg/circle.py"]
            .replace("import numpy as np\n\n", "from numpy import hypot, maximum, abs\n\n")
            .replace("np.", ""),
        },
    )
    outcome = fix(tmp_path, unsafe=True)
    found = [item for item in outcome.report.findings if item.code == "XP103" and item.level is not Level.POSSIBLE]
    assert found
    assert all(item.fix is None or item.fix.safety is not Safety.SAFE for item in found)
    shutil.rmtree(tmp_path)
