"""Sixty commits of a made-up repository, each checked with the cache of the commits before it and from scratch."""

from __future__ import annotations

import os
import random
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

START: Files = {
    "pyproject.toml": "[tool.xpcheck]\n",
    "lib/__init__.py": "",
    "lib/helpers.py": HELPERS,
    "lib/base.py": BASE,
    "lib/one.py": PROFILE.format(name="One", extra=""),
    "lib/two.py": PROFILE.format(name="Two", extra=", scale_from"),
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
)


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


@pytest.mark.parametrize("seed", [1, 2])
def test_sixty_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(cache, "RACY_NS", -3_600_000_000_000)
    monkeypatch.setattr(world, "RACY_NS", -3_600_000_000_000)
    root = tmp_path / "repository"
    chance = random.Random(seed)
    files: Files = {}
    after = dict(START)
    reports = set()
    ways: Counter[str] = Counter()
    for number in range(COMMITS):
        check_out(root, files, after)
        files = dict(after)
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
        chance.choice(CHANGES)(after, chance)
    assert len(reports) >= COMMITS // 6, "the commits change what is found"
    assert min(ways[way] for way in ("nothing", "a part", "everything")) >= 5, ways
