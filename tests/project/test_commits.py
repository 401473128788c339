"""Sixty commits of a made-up repository, each checked with the cache of the commits before it and from scratch."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import xpcheck
from xpcheck import engine, world
from xpcheck.config import load
from xpcheck.model import Report
from xpcheck.project import cache
from xpcheck.watch import Watch

COMMITS = 60

Files = dict[str, str]

HELPERS = """import numpy as np


def angle_from(comps, xp=np):
    return xp.arctan2(comps[1], comps[0])


def scale_from(values, xp=np):
    return np.sqrt(xp.abs(values))


def is_traced(value):
    return type(value).__module__.startswith("jax")
"""

PROFILE = """import numpy as np
from lib.base import Base
from lib.helpers import angle_from{extra}


class {name}(Base):
    def __init__(self, centre=(0.0, 0.0), comps=(0.0, 0.0)):
        super().__init__(centre)
        self.comps = comps

    def image_from(self, grid, xp=np):
        return xp.sin(grid) * angle_from(self.comps) * self.radius_from(grid, xp=xp)
"""

BASE = """import numpy as np


class Base:
    def __init__(self, centre=(0.0, 0.0)):
        self.centre = centre

    def radius_from(self, grid, xp=np):
        return xp.sqrt(grid[:, 0] ** 2 + self.centre[0])

    def twice_from(self, grid, xp=np):
        return 2.0 * self.radius_from(grid)
"""

FIT = """import jax
import numpy as np

from lib.base import Base
from lib.helpers import angle_from, is_traced, scale_from
from lib.one import One


class Fit:
    def __init__(self, profile: Base, grid, xp=np):
        self.profile = profile
        self.grid = grid
        self._xp = xp

    @property
    def image(self):
        return self.profile.radius_from(self.grid, xp=self._xp)

    def total_from(self, weights, xp=np):
        total = 0.0
        for weight in weights:
            total = total + xp.sum(self.image) * weight
        if is_traced(total):
            return total
        return float(total)


def likelihood_from(values, xp=np):
    fit = Fit(One(centre=(values[0], values[1])), values, xp=xp)
    if xp is np:
        return scale_from(fit.image)
    return _summed(fit.image, xp=xp) + angle_from(values, xp=xp)


def _summed(values, xp=np):
    mask = (values > 0.0) & (values < 1.0)
    return xp.sum(np.where(mask, values, 0.0))


gradient = jax.grad(lambda values: likelihood_from(values, xp=jax.numpy))
"""

START: Files = {
    "pyproject.toml": "[tool.xpcheck]\n",
    "lib/__init__.py": "",
    "lib/helpers.py": HELPERS,
    "lib/base.py": BASE,
    "lib/one.py": PROFILE.format(name="One", extra=""),
    "lib/two.py": PROFILE.format(name="Two", extra=", scale_from"),
    "lib/fit.py": FIT,
}


def a_comment(files: Files, chance: random.Random) -> None:
    name = chance.choice([name for name in files if name.startswith("lib/") and files[name]])
    lines = files[name].split("\n")
    lines.insert(chance.randrange(len(lines)), f"# {chance.random()}")
    files[name] = "\n".join(lines)


def xp_dropped_or_handed_on(files: Files, chance: random.Random) -> None:
    name = chance.choice([name for name in files if "angle_from(self.comps" in files[name]] or ["lib/base.py"])
    text = files[name]
    for this, other in (("angle_from(self.comps)", "angle_from(self.comps, xp=xp)"), ("(grid, xp=xp)", "(grid)")):
        if chance.random() < 0.6:
            text = text.replace(this, other) if this in text else text.replace(other, this)
    files[name] = text


def a_body(files: Files, chance: random.Random) -> None:
    name = chance.choice([name for name in files if name.startswith("lib/") and "return " in files[name]])
    before, *after = files[name].split("return ")
    number = chance.randrange(len(after))
    sign = chance.choice(["1.0 * ", "-", "2.0 * "])
    changed = [f"{sign}{text}" if place == number else text for place, text in enumerate(after)]
    files[name] = "return ".join([before, *changed])


def a_renamed_helper(files: Files, chance: random.Random) -> None:
    for name in files:
        text = (
            files[name].replace("scale_from", "SCALE").replace("scaled_by", "scale_from").replace("SCALE", "scaled_by")
        )
        files[name] = text


def a_file_shadows_an_import(files: Files, chance: random.Random) -> None:
    if files.pop("numpy.py", None) is None:
        files["numpy.py"] = "def sqrt(x):\n    return x\n\n\ndef abs(x):\n    return x\n"


def a_package_takes_the_place_of_a_module(files: Files, chance: random.Random) -> None:
    if "lib/helpers.py" in files:
        files["lib/helpers/__init__.py"] = files.pop("lib/helpers.py")
    else:
        files["lib/helpers.py"] = files.pop("lib/helpers/__init__.py")


def a_base_class_goes(files: Files, chance: random.Random) -> None:
    files["lib/base.py"] = BASE if not files["lib/base.py"].strip() else ""


def a_method_moves(files: Files, chance: random.Random) -> None:
    method = "\n    def twice_from(self, grid, xp=np):\n        return 2.0 * self.radius_from(grid)\n"
    there = [name for name in files if method in files[name]]
    to = chance.choice([name for name in ("lib/base.py", "lib/one.py", "lib/two.py") if files.get(name)])
    for name in there:
        files[name] = files[name].replace(method, "")
    files[to] += method


def a_file_is_renamed(files: Files, chance: random.Random) -> None:
    if "lib/two.py" in files:
        files["lib/three.py"] = files.pop("lib/two.py")
    else:
        files["lib/two.py"] = files.pop("lib/three.py")


def a_prior_file(files: Files, chance: random.Random) -> None:
    if files.pop("lib/config/priors/one.yaml", None) is None:
        files["lib/config/priors/one.yaml"] = "One:\n  centre_0:\n    type: Uniform\n    lower_limit: 0.0\n"


def the_configuration(files: Files, chance: random.Random) -> None:
    files["pyproject.toml"] = f'[tool.xpcheck]\nhost-modules = ["lib.{chance.choice(["one", "two", "none"])}"]\n'


def _of_some_file(files: Files, chance: random.Random, pattern: str) -> tuple[str, re.Match[str]] | None:
    """One of the places in which a pattern stands, and the file."""
    names = [name for name in sorted(files) if name.startswith("lib/") and name.endswith(".py")]
    places = [(name, found) for name in names for found in re.finditer(pattern, files[name], re.MULTILINE)]
    return chance.choice(places) if places else None


def _replaced(files: Files, chance: random.Random, pattern: str, text: str) -> None:
    """Write ``text`` in place of a pattern, where that stands somewhere."""
    place = _of_some_file(files, chance, pattern)
    if place is not None:
        name, found = place
        files[name] = files[name][: found.start()] + found.expand(text) + files[name][found.end() :]


RETURN = r"^( +)return ([^#\n]+?)( *#[^\n]*)?$"


def a_body_that_says_the_same(files: Files, chance: random.Random) -> None:
    text = chance.choice(
        [
            rf"\1kept = {chance.randrange(99)}\n\1return \2\3",
            r"\1result = \2\n\1return result\3",
            r"\1return (\2) + 0.0\3",
        ]
    )
    _replaced(files, chance, RETURN, text)


def a_constant(files: Files, chance: random.Random) -> None:
    _replaced(files, chance, r"\b\d\.0\b", f"{chance.randrange(9)}.0")


def a_guard(files: Files, chance: random.Random) -> None:
    if chance.random() < 0.5:
        tests = ["if xp is np:", "if xp is not np:", "if grid is None:", 'if xp.__name__.startswith("jax"):']
        _replaced(files, chance, RETURN, rf"\1{chance.choice(tests)}\n\1    return \2\n\1return \2\3")
    elif chance.random() < 0.5:
        _replaced(files, chance, r"^ +if [^\n]*:\n +return (.+)\n( +)return \1$", r"\2return \1")
    else:
        change = chance.choice([(r"\bxp is np:", "xp is not np:"), (r"\bxp is not np:", "xp is np:")])
        _replaced(files, chance, *change)


def a_marker(files: Files, chance: random.Random) -> None:
    if chance.random() < 0.4:
        _replaced(files, chance, r"  # (xpcheck|noqa):[^\n]*", "")
        return
    of_a_def = ["host it runs before the trace", "static[grid]", "traced[centre]", "static[values] they are settings"]
    of_a_line = ["xpcheck: ignore[XP101] on purpose", "noqa: XP101", "xpcheck: ignore[XP201] on purpose"]
    if chance.random() < 0.6:
        _replaced(files, chance, r"^( *(?:def|class) .*:)$", rf"\1  # xpcheck: {chance.choice(of_a_def)}")
    else:
        _replaced(files, chance, RETURN, rf"\1return \2  # {chance.choice(of_a_line)}")


def an_override(files: Files, chance: random.Random) -> None:
    name = chance.choice([name for name in ("lib/one.py", "lib/two.py", "lib/three.py") if name in files])
    overrides = {
        "\n    def radius_from(self, grid, xp=np):\n        return np.sqrt(grid[:, 0])\n",
        "\n    def radius_from(self, grid, xp=np):\n        return xp.abs(grid)[:, 0]\n",
        "\n    def twice_from(self, grid):\n        return 2.0 * self.radius_from(grid)\n",
    }
    there = sorted(text for text in overrides if text in files[name])
    if there:
        files[name] = files[name].replace(chance.choice(there), "")
    else:
        files[name] += chance.choice(sorted(overrides))


def a_default(files: Files, chance: random.Random) -> None:
    changes = [
        (r"\bxp=np\)", "xp=None)"), (r"\bxp=None\)", "xp=np)"), (r"\bxp=np\)", "xp)"), (r", xp\):", ", xp=np):"),
        (r"centre=\(0\.0, 0\.0\)", "centre=None"), (r"centre=None", "centre=(0.0, 0.0)"),
        (r"comps=\(0\.0, 0\.0\)", "comps=(0.1, 0.0)"), (r"\bvalues, xp", "values=(0.1, 0.2), xp"),
    ]  # fmt: skip
    _replaced(files, chance, *chance.choice(changes))


def two_at_once(files: Files, chance: random.Random) -> None:
    for change in chance.sample([a_body, a_body_that_says_the_same, a_constant, a_guard, xp_dropped_or_handed_on], 2):
        change(files, chance)


CHANGES: tuple[Callable[[Files, random.Random], None], ...] = (
    a_comment,
    a_comment,
    a_body,
    a_body,
    a_body,
    xp_dropped_or_handed_on,
    xp_dropped_or_handed_on,
    a_renamed_helper,
    a_file_shadows_an_import,
    a_package_takes_the_place_of_a_module,
    a_base_class_goes,
    a_method_moves,
    a_file_is_renamed,
    a_prior_file,
    the_configuration,
    a_body_that_says_the_same,
    a_body_that_says_the_same,
    a_constant,
    a_constant,
    a_guard,
    a_guard,
    a_marker,
    a_marker,
    an_override,
    a_default,
    two_at_once,
    two_at_once,
)
BACK = 0.15
"""How often the last commit is taken back instead."""


def check_out(root: Path, before: Files, after: Files) -> None:
    """Write what differs, as git does."""
    for name in before.keys() - after.keys():
        (root / name).unlink()
        if not any((root / name).parent.iterdir()):
            (root / name).parent.rmdir()
    for name, text in after.items():
        if before.get(name) != text:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)


def check(root: Path, folder: Path | None) -> tuple[Report, int]:
    """The report, and how often a body was interpreted for it."""
    watch = Watch()
    return engine.check(engine.Request((), root, load(root), cache_dir=folder, watch=watch)), watch.interpreted


@pytest.fixture(autouse=True)
def old_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The status of every file is trusted, as that of most files is."""
    monkeypatch.setattr(cache, "RACY_NS", -3_600_000_000_000)
    monkeypatch.setattr(world, "RACY_NS", -3_600_000_000_000)


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_sixty_commits(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "repository"
    chance = random.Random(seed)
    files: Files = {}
    after = dict(START)
    reports = set()
    ways: Counter[str] = Counter()
    for number in range(COMMITS):
        check_out(root, files, after)
        before, files = files, dict(after)
        kept, incremental = check(root, tmp_path / "cache")
        fresh, whole = check(root, None)
        assert kept == fresh, f"commit {number} of seed {seed}"
        assert incremental <= whole
        ways["nothing" if not incremental else "a part" if incremental < whole else "everything"] += 1
        if number % 7 == 0:
            assert xpcheck.check(root, cache_dir=tmp_path / "cache") == fresh
        if number % 20 == 19:  # some of the cache is lost
            for file in sorted((tmp_path / "cache").rglob("*-*/*"))[::2]:
                os.unlink(file)
        reports.add(fresh.findings)
        after = dict(files)
        if before and chance.random() < BACK:
            after = dict(before)
        else:
            chance.choice(CHANGES)(after, chance)
    assert len(reports) >= COMMITS // 6, "the commits change what is found"
    assert min(ways[way] for way in ("nothing", "a part", "everything")) >= 5, ways


@pytest.mark.parametrize(
    ("helper", "changed"),
    [
        ('return type(value).__module__.startswith("jax")', "return isinstance(value, float)"),
        ("return xp.arctan2(comps[1], comps[0])", "return float(comps[1])"),
    ],
)
def test_what_nobody_asked_again_is_remembered(tmp_path: Path, helper: str, changed: str) -> None:
    """What others took from the body of a helper holds, or not, after a run that took their summaries again."""
    files: Files = {}
    numpy, jax = "np.sqrt(grid[:, 0]", "xp.sqrt(grid[:, 0]"
    for this, other in (("", ""), (jax, numpy), (numpy, jax), (helper, changed)):
        after = {name: text.replace(this, other) if this else text for name, text in (files or START).items()}
        assert after != files
        check_out(tmp_path / "repository", files, after)
        files = after
        kept, _ = check(tmp_path / "repository", tmp_path / "cache")
        assert kept == check(tmp_path / "repository", None)[0]
