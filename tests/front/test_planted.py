"""The seven shapes of the comparison with other linters, planted in a package of two modules: each is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

FILES = {
    "planted/__init__.py": "",
    "planted/convert.py": """import numpy as np


def angle_from(y, x, xp=np):
    return xp.arctan2(y, x)
""",
    "planted/profiles.py": """from functools import cached_property

import jax  # XP601
import jax.numpy as jnp  # XP601
import numpy as np

from planted import convert


class Base:
    def __init__(self, centre=(0.0, 0.0), scale=1.0):
        self.centre = centre
        self.scale = scale

    def radius_from(self, grid, xp=np):
        return xp.sqrt(grid.array[:, 0] ** 2 + grid.array[:, 1] ** 2) * self.scale

    @property
    def area(self):
        return np.pi * np.square(self.scale)

    @cached_property
    def doubled(self):  # XP401
        return self.scale * 2.0


class Profile(Base):
    def image_from(self, grid, xp=np):
        radius = self.radius_from(grid)  # XP101
        angle = convert.angle_from(grid.array[:, 0], grid.array[:, 1])  # XP101
        return xp.cos(angle) * xp.exp(-radius)

    def clipped_from(self, grid, xp=np):
        radius = self.radius_from(grid, xp=xp)
        return np.where(radius > 1.0, 0.0, radius)  # XP201

    def flux_from(self, grid, xp=np):
        return self.area * xp.sum(grid.array)  # XP104

    def inside_from(self, grid, xp=np):
        y, x = xp.abs(grid.array[:, 0]), xp.abs(grid.array[:, 1])
        return (y < self.scale) & (x < self.scale)  # XP301

    def logarithm_from(self, grid, xp=np):
        return jnp.log(self.radius_from(grid, xp=xp))  # XP208


def batch(profile, grids):
    return jax.vmap(lambda grid: profile.image_from(grid, xp=jnp))(grids)
""",
    "planted/config/priors/profiles.yaml": "Profile:\n  centre_0: {type: Uniform}\n  scale: {type: Uniform}\n",
}


def test_each_shape_is_found_where_it_stands_and_nothing_else(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    expected = {
        (number, line.split("# ")[1])
        for number, line in enumerate(FILES["planted/profiles.py"].splitlines(), 1)
        if "  # XP" in line
    }
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    process = subprocess.run(
        [sys.executable, "-m", "xpcheck", "check", "planted", "--format", "json"], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    document = json.loads(process.stdout)
    assert document["errors"] == []
    assert {(item["line"], item["code"]) for item in document["findings"]} == expected
