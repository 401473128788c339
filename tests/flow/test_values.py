"""How certain a value is: what code that cannot run under a trace, or needs several files, says of it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck.config import Config
from xpcheck.engine import Request, check
from xpcheck.model import Level

RULES = Config(select=("XP1", "XP2", "XP3", "XP4"))


@pytest.fixture
def levels(tmp_path: Path):
    """Code, name of the file without its suffix, line and level of each finding in a project given as texts."""

    def analyse(files: dict[str, str]) -> list[tuple[str, str, int, Level | None]]:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        report = check(Request(paths=(), root=tmp_path, config=RULES))
        assert report.errors == ()
        return [(item.code, Path(item.path).stem, item.span.line, item.level) for item in report.findings]

    return analyse


SOLVER = """
    import numpy as np

    class Solver:
        def matrix_from(self, points):
            return np.outer(points, points)

        def step_from(self, points, xp=np):
            points = xp.abs(points)
            return xp.sum(self.matrix_from(points), axis=0)

        def solve(self, points, xp=np):
            for _ in range(20):
                step = self.step_from(points, xp=xp)
                {stop}
                points = points - step
            return points
"""


def test_an_object_that_drives_a_loop_on_the_host_is_no_part_of_the_trace(levels) -> None:
    stop = "if float(xp.max(step)) < 1e-6: break"
    found = levels({"solver.py": SOLVER.format(stop=stop)})
    assert ("XP103", "solver", 10, Level.POSSIBLE) in found
    assert [item for item in found if item[3] is not Level.POSSIBLE] == []


def test_without_such_a_loop_it_is(levels) -> None:
    found = levels({"solver.py": SOLVER.format(stop="pass")})
    assert ("XP103", "solver", 10, Level.PROVED) in found


PRIORS = """
    Kernel:
      scale:
        type: Uniform
"""

KERNEL = """
    import numpy as np

    class Kernel:
        def __init__(self, scale: float = 1.0, jitter: float = 1e-8):
            self.scale = scale
            self.jitter = jitter

        def matrix_from(self, points, xp=np):
            points = xp.asarray(points)
            {line}
"""

MODEL = """
    import numpy as np
    from arrays.kernel import Kernel

    def matrix_from(points, xp=np):
        return Kernel().matrix_from(points, xp=xp)

    def width_from(kernel: Kernel, xp=np):
        return xp.abs(np.sqrt(kernel.scale))
"""


def test_prior_files_declare_classes_of_imported_packages(levels) -> None:
    """For the package that has them; what that package depends on is judged without them."""
    line = "return xp.exp(points) * np.sqrt(self.scale) + np.sqrt(self.jitter) * xp.exp(self.jitter)"
    files = {
        "arrays/__init__.py": "",
        "arrays/kernel.py": KERNEL.format(line=line),
        "models/__init__.py": "",
        "models/model.py": MODEL,
    }
    plain = levels(files)
    assert {("XP201", "kernel", 11, Level.LIKELY), ("XP201", "model", 9, Level.LIKELY)} <= {*plain}
    declared = levels({**files, "models/config/priors/kernel.yaml": PRIORS})
    assert [item for item in declared if item[1] == "kernel"] == [item for item in plain if item[1] == "kernel"]
    assert [item for item in declared if item[1] == "model"] == [("XP201", "model", 9, Level.PROVED)]


TRIANGLES = """
    import numpy as np

    class Triangles:
        def vertices_from(self):
            raise NotImplementedError

    class OnHost(Triangles):
        def __init__(self, side_length):
            self.side_length = side_length

        def vertices_from(self):
            return np.stack((self.side_length, self.side_length))

    class OnDevice(Triangles):
        def __init__(self, side_length):
            import jax.numpy as jnp

            self.side_length = jnp.abs(side_length)

        def vertices_from(self):
            return self.side_length + self.side_length

    def area_from(triangles: Triangles, xp=np):
        return xp.sum(triangles.vertices_from()) * xp.exp(triangles.side_length)
"""


def test_what_one_override_holds_says_nothing_of_another(levels) -> None:
    found = levels({"triangles.py": TRIANGLES})
    assert [item for item in found if item[0] == "XP103" and item[3] is not Level.POSSIBLE] == []


LINE_SEARCH = """
    import fastlib

    class State:
        def step(self):
            if not self.point:
                return float(self.point)

    def run(keys, start, xp):
        if keys is None:
            algorithm = start
        else:
            algorithm = fastlib.algorithm(keys)
        return algorithm.step(xp.exp(keys), xp.sqrt(start))
"""


def test_a_method_that_does_not_take_the_arguments_is_no_target(levels) -> None:
    assert [item for item in levels({"search.py": LINE_SEARCH}) if item[0] in {"XP204", "XP302"}] == []


DATASET = """
    import numpy as np

    class Dataset:
        def __init__(self, data, noise, check: bool = True):
            self.data = data
            self.noise = noise
            if check:
                if (self.noise <= 0.0).any():
                    raise ValueError(np.argwhere(self.noise <= 0.0))

    def simulated_from(image, xp=np):
        return Dataset(data=xp.abs(image), noise=xp.sqrt(image){argument})
"""


@pytest.mark.parametrize(("argument", "level"), [(", check=False", Level.POSSIBLE), ("", Level.LIKELY)])
def test_what_every_call_switches_off_is_only_possible(levels, argument: str, level: Level) -> None:
    found = levels({"dataset.py": DATASET.format(argument=argument)})
    assert ("XP303", "dataset", 9, level) in found
