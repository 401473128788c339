"""
Run every profile of the released libraries before and after the safe fixes.

    python tests/real/fixed_real.py BEFORE AFTER REPORT ... [--venv DIR] [--json FILE]

BEFORE and AFTER are folders with the four packages, as they were released and with all safe fixes; each REPORT is what
`xpcheck check --format json` said of one of them before. In an environment with the pinned releases (made in DIR if
need be) every profile is built from its defaults, and each of its methods that takes a namespace is run

* on NumPy: the results must be the same to the last bit;
* under a trace of the parameters, and of the coordinates of an irregular grid: a fixed site through which a failing
  trace went must not lead to the same operation any more.

Exit code 1 if a result on NumPy differs or fewer than 15 sites are cured.
"""

import argparse
import hashlib
import inspect
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

ENOUGH = 15
PATIENCE = 0.5
"""Seconds of processor time for a call on NumPy."""
TOO_SLOW = "too slow"
NOT_TRACED = {"error": "", "frames": []}
MODULES = ("mp", "lp", "lmp", "lp_linear", "lmp_linear", "lp_operated", "lp_linear_operated", "lp_shapelets", "lp_snr")
TRACED = {"mp", "lp", "lmp"}
"""The others inherit their methods from these."""
PACKAGES = ("autoarray", "autofit", "autogalaxy", "autolens")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("reports", type=Path, nargs="*")
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / "xpcheck-real-2026.10.26.1")
    parser.add_argument("--json", type=Path, help="write all rows to this file as well")
    parser.add_argument("--match", default="", help="run only profiles whose name has this pattern")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        arguments.after.write_text(json.dumps(runs(arguments.before, arguments.match), indent=1))
        return 0
    from parity_real import environment

    python = environment(arguments.venv)
    with ThreadPoolExecutor() as pool:
        folders = (arguments.before.resolve(), arguments.after.resolve())
        before, after = pool.map(lambda folder: results(python, folder, arguments.match), folders)
    sites = [
        (item["path"], item["line"], item["end_line"], item["code"])
        for report in arguments.reports
        for item in json.loads(report.read_text())["findings"]
        if item["fix"] is not None and item["fix"]["safety"] == "safe"
    ]
    return compare(before, after, sites, arguments.json)


def results(python, folder, match):
    """What the packages of a folder do, run in the environment of an interpreter."""
    with tempfile.TemporaryDirectory() as work:
        out = Path(work, "out.json")
        command = [str(python), __file__, str(folder), str(out), "--inside", "--match", match]
        variables = {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "True", "PYTHONPATH": str(folder)}
        subprocess.run(command, env=os.environ | variables, cwd=work, check=True)
        return json.loads(out.read_text())


def compare(before, after, sites, file):
    """Print what differs; the exit code."""
    assert before.keys() == after.keys()
    slow = {name for name in before if TOO_SLOW in (before[name]["numpy"], after[name]["numpy"])}
    differing = [name for name in before if before[name]["numpy"] != after[name]["numpy"] and name not in slow]
    for name in differing:
        print(f"DIFFERS on NumPy: {name}: {before[name]['numpy']} -> {after[name]['numpy']}")
    met, cured = {}, {}
    for name, row in before.items():
        for site, what in [(site, what) for site in sites for what in ("trace", "grid trace")]:
            path, line, end_line, _ = site
            if any(frame[0] == path and frame[1] <= end_line and frame[2] >= line for frame in row[what]["frames"]):
                met.setdefault(site, []).append(name)
                if end_of(row[what]) != end_of(after[name][what]):
                    errors = (row[what]["error"], after[name][what]["error"] or "runs")
                    cured.setdefault(site, []).append(f"{name}: {' -> '.join(errors)}")
    for site in sorted(met):
        print(f"{site[0]}:{site[1]} {site[3]}: {(cured.get(site) or ['STILL ENDS THERE: ' + met[site][0]])[0]}")
    failing = [sum(bool(row["trace"]["error"]) for row in rows.values()) for rows in (before, after)]
    compared = len(before) - len(slow)
    errors = sum(isinstance(row["numpy"], str) for name, row in before.items() if name not in slow)
    print(f"{compared - len(differing)} of {compared} results on NumPy are the same ({errors} of them errors)")
    print(f"{len(slow)} more take longer than {PATIENCE} s")
    print(f"{failing[0]} traces failed before, {failing[1]} after")
    print(f"{len(cured)} of {len(met)} fixed sites that a failing trace met are cured ({len(sites)} fixed sites)")
    if file:
        file.write_text(
            json.dumps({"before": before, "after": after, "cured": [list(item) for item in cured]}, indent=1)
        )
    return 1 if differing or len(cured) < ENOUGH else 0


def end_of(trace):
    """Where a trace ends: the last frame in the packages, whatever namespace its line spells."""
    frames = trace["frames"]
    return (frames[-1][0], frames[-1][3], frames[-1][4]) if frames else None


def runs(folder, match):
    """For each profile and method: a digest of what NumPy gives, and how a trace ends."""
    import numpy as np

    autogalaxy = import_module("autogalaxy")
    assert str(folder) in autogalaxy.__file__, autogalaxy.__file__
    found = {}
    classes = {}
    for name in MODULES:
        module = getattr(autogalaxy, name, None)
        for item in vars(module).values() if module is not None else ():
            if inspect.isclass(item) and item.__module__.startswith("autogalaxy"):
                key = f"{item.__module__}.{item.__name__}"
                classes[key] = (item, name in TRACED or classes.get(key, (None, False))[1])
    for key, (cls, traced) in sorted(item for item in classes.items() if re.search(match, item[0])):
        print(key, file=sys.stderr, flush=True)
        for method in sorted(dir(cls)):
            function = inspect.getattr_static(cls, method)
            if method.startswith("__") or not inspect.isfunction(function):
                continue
            given = arguments_of(function, autogalaxy)
            if given is None:
                continue
            for kind, values in given.items():
                found[f"{key}.{method} {kind}"] = {
                    "numpy": on_numpy(cls, method, values, np),
                    "trace": on_jax(folder, cls, method, values) if traced else NOT_TRACED,
                    "grid trace": on_grid(folder, cls, method, values)
                    if traced and "irregular" in kind
                    else NOT_TRACED,
                }
    return found


def arguments_of(function, autogalaxy):
    """Arguments for a method by the kind of grid; None when it takes no namespace or something unknown."""
    import numpy as np

    aa = import_module("autoarray")
    parameters = inspect.signature(function).parameters
    if "xp" not in parameters:
        return None
    uniform = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=0.7, over_sample_size=1)
    irregular = aa.Grid2DIrregular(values=np.array([(0.31, -0.17), (1.2, 0.6)]))
    radii = aa.ArrayIrregular(values=np.array([0.35, 1.3]))
    plain = np.array([0.35, 1.3])
    known = {
        "grid": {"uniform": uniform, "irregular": irregular},
        "grid_radii": {"": radii}, "grid_radius": {"": radii}, "radius": {"": 0.8}, "x": {"": plain}, "y": {"": plain},
        "redshift_profile": {"": 0.5}, "redshift_object": {"": 0.5}, "redshift_source": {"": 1.0},
    }  # fmt: skip
    kinds = {"": {}}
    for name, parameter in list(parameters.items())[1:]:
        if parameter.default is not inspect.Parameter.empty or parameter.kind in (2, 4):
            continue
        if name not in known:
            return None
        kinds = {
            f"{kind} {label}".strip(): {**values, name: value}
            for kind, values in kinds.items()
            for label, value in known[name].items()
        }
    return kinds


def on_numpy(cls, method, values, np):
    """A digest of the result, the name of the error, or that it takes too long."""
    np.random.seed(1)
    signal.signal(signal.SIGVTALRM, too_slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        result = getattr(cls(), method)(**values, xp=np)
        return digest(result, np)
    except Exception as error:
        return type(error).__name__
    except TooSlow:
        return TOO_SLOW
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class TooSlow(BaseException):
    """A method that integrates numerically within an integral."""


def too_slow(*_):
    """Give up on a call."""
    raise TooSlow


def digest(result, np):
    """Type, shape and bytes of a result, its parts included."""
    if isinstance(result, (tuple, list)):
        return [digest(item, np) for item in result]
    array = np.asarray(getattr(result, "array", result))
    if array.dtype == object:
        return type(result).__name__
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
    return [type(result).__name__, str(array.dtype), list(array.shape), content]


def on_jax(folder, cls, method, values):
    """The error of a trace and its frames in the packages: file, first line, last line, function, text."""
    import jax
    import jax.numpy as jnp

    signature = inspect.signature(cls.__init__).parameters
    flat, shapes = [], {}
    for name, parameter in list(signature.items())[1:]:
        default = parameter.default
        numbers = default if isinstance(default, tuple) else (default,)
        if numbers and all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in numbers):
            shapes[name] = (isinstance(default, tuple), len(flat), len(numbers))
            flat += [float(item) + 0.01 for item in numbers]

    def run(vector):
        filled = {}
        for name, (many, start, count) in shapes.items():
            filled[name] = tuple(vector[start + index] for index in range(count)) if many else vector[start]
        result = getattr(cls(**filled), method)(**values, xp=jnp)
        return jax.tree_util.tree_map(lambda item: jnp.asarray(getattr(item, "array", item)), raw(result))

    return how_it_ends(folder, run, jnp.asarray(flat))


def on_grid(folder, cls, method, values):
    """The same for an object of plain numbers on traced coordinates."""
    import jax
    import jax.numpy as jnp

    aa = import_module("autoarray")

    def run(coordinates):
        grid = aa.Grid2DIrregular(values=coordinates, xp=jnp)
        result = getattr(cls(), method)(**{**values, "grid": grid}, xp=jnp)
        return jax.tree_util.tree_map(lambda item: jnp.asarray(getattr(item, "array", item)), raw(result))

    return how_it_ends(folder, run, jnp.asarray(values["grid"].array))


def how_it_ends(folder, run, argument):
    """The error of a trace and its frames in the packages, both empty when it runs."""
    import jax

    try:
        jax.make_jaxpr(run)(argument)
    except Exception as error:
        frames = [
            [Path(frame.filename).relative_to(folder).as_posix(), frame.lineno, frame.end_lineno or frame.lineno,
             frame.name, text_of(frame)]
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).is_relative_to(folder)
        ]  # fmt: skip
        return {"error": type(error).__name__, "frames": frames}
    return NOT_TRACED


def text_of(frame):
    """The line of a frame, the same on either side of a fix of NumPy's name."""
    return linecache.getline(frame.filename, frame.lineno).strip().replace("xp.", "np.")


def raw(result):
    """A result without its wrappers."""
    if isinstance(result, (tuple, list)):
        return [raw(item) for item in result]
    return getattr(result, "array", result)


if __name__ == "__main__":
    sys.exit(main())
