"""
Trace the public methods of the profiles of the released autogalaxy under JAX, and say where tracing fails.

    python tests/real/trace_real.py [--venv DIR] [--json FILE] [--only TEXT]

makes a Python 3.12 environment in DIR (default: a folder of the temporary directory) with the pinned releases, unless
it is there, and runs this file in it. Every public class of the profile packages is built inside ``jax.make_jaxpr``
with its free parameters and the grid traced, and every public method that needs no more than a grid is called with
``xp=jnp``, on a uniform and on an irregular grid; ``LensCalc`` is built from one profile. A pair of class and method
counts where the same call works with NumPy and concrete numbers.

For each failing pair the exception's class and the frames of its traceback that lie in autoarray, autogalaxy, autofit
or autolens are printed, innermost last; FILE gets the same as JSON, and the lines of these packages that traces
without a failure executed. ``confirm.py`` compares them with the findings.
"""

import argparse
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from importlib import import_module  # by name: the project itself is checked without the released packages
from pathlib import Path

from parity_real import RELEASE, ROOT, environment

PACKAGES = ("autoarray", "autofit", "autogalaxy", "autolens")
MODULES = (
    "autogalaxy.profiles.mass",
    "autogalaxy.profiles.light.standard",
    "autogalaxy.profiles.light.linear",
    "autogalaxy.profiles.light.operated",
    "autogalaxy.profiles.light.linear_operated",
    "autogalaxy.profiles.light.snr",
    "autogalaxy.profiles.light_and_mass_profiles",
    "autogalaxy.profiles.light_linear_and_mass_profiles",
    "autogalaxy.profiles.point_sources",
    "autogalaxy.profiles.scaling_relations",
)
SECONDS = 120
"""The longest that one trace may take."""
BUILT = {}
"""Whether a class can be built from NumPy numbers."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / f"xpcheck-real-{RELEASE}")
    parser.add_argument("--json", type=Path, help="write the failures and the executed lines to this file")
    parser.add_argument("--only", default="", help="only pairs whose name has this text")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return trace(arguments.json, arguments.only)
    command = [environment(arguments.venv), __file__, "--inside", "--only", arguments.only]
    command += ["--json", arguments.json.resolve()] if arguments.json else []
    variables = {
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": "True",
        "JAX_TRACEBACK_FILTERING": "off",
        "PYTHONPATH": str(ROOT),
    }
    with tempfile.TemporaryDirectory() as work:
        # The release writes its configuration into the current directory.
        return subprocess.run(list(map(str, command)), env=os.environ | variables, cwd=work).returncode


def trace(json_file, only):
    """Trace all pairs and print the failing ones; 0 unless nothing could be traced."""
    warnings.simplefilter("ignore")
    lines = Lines()
    failures, counts, clean = [], {"traced": 0, "failed": 0, "not on NumPy": 0}, set()
    for name, build, method in pairs():
        if only not in f"{name}.{method}":
            continue
        found = []
        for kind in ("uniform", "irregular"):
            lines.start()
            error = attempt(under_jax, build, method, kind)
            seen = lines.stop()
            if error is None:
                clean |= seen
            elif control(name, build, method, kind, error):
                found.append({"pair": f"{name}.{method}", "grid": kind, **described(error)})
        counts["failed" if found else "not on NumPy" if error is not None else "traced"] += 1
        for item in found:
            if item["frames"][-1:] not in [other["frames"][-1:] for other in found[: found.index(item)]]:
                failures.append(item)
                show(item)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    if json_file:
        executed = {}
        for path, line in sorted(clean):
            executed.setdefault(path, []).append(line)
        json_file.write_text(json.dumps({"counts": counts, "failures": failures, "clean": executed}, indent=1))
    return 0 if counts["traced"] else 1


def show(failure):
    """One failing pair."""
    print(f"{failure['pair']}  [{failure['grid']} grid]  {failure['error']}: {failure['message']}")
    for frame in failure["frames"]:
        print(f"    {frame['path']}:{frame['line']} in {frame['function']}")
    sys.stdout.flush()


# ------------------------------------------------------------------------------------------------------------- pairs


def pairs():
    """Each public class with a function that builds it, and each public method that needs no more than a grid."""
    seen = set()
    for module in MODULES:
        for cls in vars(import_module(module)).values():
            if not inspect.isclass(cls) or cls in seen or not cls.__module__.startswith("autogalaxy."):
                continue
            seen.add(cls)
            if cls.__name__.startswith("_") or arguments_of(cls) is None:
                continue
            yield from methods(f"{cls.__module__}.{cls.__qualname__}", cls, builder(cls))
    mass = import_module("autogalaxy.profiles.mass").Isothermal
    calc = import_module("autogalaxy.operate.lens_calc").LensCalc
    build = builder(mass)
    yield from methods(
        f"{calc.__module__}.{calc.__qualname__}", calc, (build[0], lambda values: calc.from_mass_obj(build[1](values)))
    )


def methods(name, cls, build):
    """The methods of a class that a grid is enough for."""
    for method in sorted(dir(cls)):
        function = inspect.getattr_static(cls, method)
        if not method.startswith("_") and inspect.isfunction(function):
            needed = [
                param.name
                for param in list(inspect.signature(function).parameters.values())[1:]
                if param.default is param.empty and param.kind in (param.POSITIONAL_OR_KEYWORD, param.KEYWORD_ONLY)
            ]
            if set(needed) <= {"grid", "xp"} and "xp" in inspect.signature(function).parameters:
                yield name, build, method


def arguments_of(cls):
    """The arguments of a class by name: its defaults, small integers for orders; None when they are not enough."""
    arguments = {}
    for param in inspect.signature(cls).parameters.values():
        if param.kind in (param.VAR_POSITIONAL, param.VAR_KEYWORD):
            continue
        if param.default is not param.empty:
            arguments[param.name] = param.default
        elif param.annotation in (int, "int"):
            arguments[param.name] = 2
        else:
            return None
    return arguments


def builder(cls):
    """(numbers, function of the numbers): the free parameters of a class in a row, and the class built from them."""
    arguments = arguments_of(cls)
    free = [name for name, value in arguments.items() if is_free(value)]
    numbers = []
    for name in free:
        value = arguments[name]
        # Away from zero, where an angle has no value.
        numbers += [
            item or 0.03 + 0.01 * index for index, item in enumerate(value if isinstance(value, tuple) else [value])
        ]

    def build(values):
        rest = iter(values)
        filled = {
            name: tuple(next(rest) for _ in arguments[name]) if isinstance(arguments[name], tuple) else next(rest)
            for name in free
        }
        return cls(**arguments | filled)

    return numbers, build


def is_free(value):
    """Whether a default is a number, or a tuple of numbers."""
    return isinstance(value, float) or (
        isinstance(value, tuple) and bool(value) and all(isinstance(item, float) for item in value)
    )


# ------------------------------------------------------------------------------------------------------------- traces


def coordinates():
    """A small grid away from the origin."""
    import numpy as np

    return np.array([[y, x] for y in (0.75, 0.25, -0.25) for x in (-0.6, -0.2, 0.2, 0.6)])


def grid_of(kind, values, xp):
    """A grid of the released autoarray with the given coordinates."""
    aa = import_module("autoarray")
    if kind == "irregular":
        return aa.Grid2DIrregular(values=values, xp=xp)
    mask = aa.Mask2D.all_false(shape_native=(3, 4), pixel_scales=0.5)
    return aa.Grid2D(values=values, mask=mask, over_sample_size=1, xp=xp)


def call(build, method, kind, numbers, values, xp):
    """The result of a method of an object built here, as raw arrays."""
    bound = getattr(build[1](numbers), method)
    parameters = inspect.signature(bound).parameters
    given = {"grid": grid_of(kind, values, xp)} if "grid" in parameters else {}
    result = bound(**given, xp=xp)
    return getattr(result, "array", result)


def on_numpy(build, method, kind):
    import numpy as np

    call(build, method, kind, build[0], coordinates(), np)


def under_jax(build, method, kind):
    import jax
    import jax.numpy as jnp

    def traced(numbers, values):
        call(build, method, kind, numbers, values, jnp)
        return ()

    jax.make_jaxpr(traced)([jnp.asarray(number) for number in build[0]], jnp.asarray(coordinates()))


def control(name, build, method, kind, error):
    """Whether what fails under JAX works with NumPy; where the constructor fails, the constructor alone is asked."""
    frames = described(error)["frames"]
    if frames and frames[0]["function"].endswith(".__init__"):
        if name not in BUILT:
            BUILT[name] = attempt(build[1], build[0]) is None
        return BUILT[name]
    return attempt(on_numpy, build, method, kind) is None


def attempt(function, *arguments):
    """What a call raises, None when it raises nothing."""

    def late(signum, frame):
        raise TimeoutError(f"more than {SECONDS} s")

    previous = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        function(*arguments)
    except Exception as error:
        return error
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    return None


def described(error):
    """The class of an exception and the frames of its traceback in the packages."""
    frames = []
    trace_item = error.__traceback__
    while trace_item is not None:
        code = trace_item.tb_frame.f_code
        path = relative(code.co_filename)
        if path:
            # The position of the failing instruction: a call may stretch over lines.
            first, last, _, _ = list(code.co_positions())[trace_item.tb_lasti // 2]
            first = first or trace_item.tb_lineno
            frames.append({"path": path, "line": first, "end_line": last or first, "function": code.co_qualname})
        trace_item = trace_item.tb_next
    return {"error": type(error).__name__, "message": (str(error).splitlines() or [""])[0][:160], "frames": frames}


def relative(filename):
    """A file of one of the packages as ``package/module.py``, else ""."""
    parts = Path(filename).parts
    for index in range(len(parts) - 1, 0, -1):
        if parts[index - 1] == "site-packages":
            return "/".join(parts[index:]) if parts[index] in PACKAGES else ""
    return ""


class Lines:
    """The lines of the packages that run between ``start`` and ``stop``."""

    def __init__(self):
        self.seen = set()
        self.tool = sys.monitoring.COVERAGE_ID
        sys.monitoring.use_tool_id(self.tool, "lines")
        sys.monitoring.register_callback(self.tool, sys.monitoring.events.LINE, self.note)

    def note(self, code, line):
        path = relative(code.co_filename)
        if path:
            self.seen.add((path, line))
        return sys.monitoring.DISABLE

    def start(self):
        self.seen = set()
        sys.monitoring.restart_events()
        sys.monitoring.set_events(self.tool, sys.monitoring.events.LINE)

    def stop(self):
        sys.monitoring.set_events(self.tool, 0)
        return self.seen


if __name__ == "__main__":
    sys.exit(main())
