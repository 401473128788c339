"""
Compare the minimal runtime and the worked stack with the released libraries, on the same grids.

    python tests/real/parity_real.py [--venv DIR] [--json FILE]

makes a Python 3.12 environment in DIR (default: a folder of the temporary directory) with the pinned releases, unless
it is there, runs this file in it and prints three tables: the output type of every decorator for every grid on both
backends, the largest difference of every profile that exists in both, and what the parity harness says of both. Exit
code 1 if a row disagrees without a reason given below.

Both sides are imported into one process: `autoarray_min` and `lensing` do not share a name with the real packages.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module  # by name: the project itself is checked without the released packages
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "2026.10.26.1"
TOLERANCE = 1e-10

# Rows where the release breaks a promise of the reference, and ours keeps it.
EXPECTED_DIFFERENCES = {
    ("grid[:, 0]", "uniform", "jax"): "the reference promises a raw array; the release wraps on JAX",
    ("grid[:, 0]", "irregular", "jax"): "the reference promises a raw array; the release wraps on JAX",
    ("ndarray + wrapper", "uniform", "numpy"): "the reference promises the same type; the release does so on JAX only",
    (
        "ndarray + wrapper",
        "irregular",
        "numpy",
    ): "the reference promises the same type; the release does so on JAX only",
    ("transform", "raw", "numpy"): "the release cannot mark a raw array as transformed",
    ("transform", "raw", "jax"): "the release cannot mark a raw array as transformed",
    ("returned from jit", "uniform to_array", "jax"): "the reference promises it; the release has Mask2D leaves",
    ("returned from jit", "uniform to_grid", "jax"): "the reference promises it; the release has Mask2D leaves",
    ("returned from jit", "uniform to_vector_yx", "jax"): "the reference promises it; the release never registers it",
    ("returned from jit", "irregular to_array", "jax"): "the reference promises it; the release never registers it",
    ("returned from jit", "irregular to_vector_yx", "jax"): "the reference promises it; the release never registers it",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, default=Path(tempfile.gettempdir()) / f"xpcheck-real-{RELEASE}")
    parser.add_argument("--json", type=Path, help="write the tables to this file as well")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return compare(arguments.json)
    python = environment(arguments.venv)
    command = [python, __file__, "--inside", *(["--json", arguments.json] if arguments.json else [])]
    variables = {
        "JAX_PLATFORMS": "cpu",
        "JAX_ENABLE_X64": "True",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'fixtures' / 'stack'}",
    }
    with tempfile.TemporaryDirectory() as work:
        # The release writes its configuration into the current directory.
        return subprocess.run(list(map(str, command)), env=os.environ | variables, cwd=work).returncode


def environment(path):
    """The interpreter of an environment with the pinned releases, which is made if need be."""
    python = path / "bin" / "python"
    if not python.exists():
        if sys.version_info[:2] != (3, 12):
            sys.exit("the pinned releases need Python 3.12: run this script with it, or give --venv")
        subprocess.run([sys.executable, "-m", "venv", str(path)], check=True)
    probe = f"from importlib.metadata import version; assert version('autolens') == {RELEASE!r}"
    if subprocess.run([str(python), "-c", probe], capture_output=True).returncode:
        subprocess.run([str(python), "-m", "pip", "install", "-q", f"autolens=={RELEASE}"], check=True)
    return python


def compare(json_file):
    """All tables; the exit code."""
    types, values, harness = type_table(), value_table(), harness_table()
    failures = 0
    heading("operation", "grid", "backend", "release", "ours", "")
    for row in types:
        reason = EXPECTED_DIFFERENCES.get((row["operation"], row["grid"], row["backend"]), "")
        same = row["release"] == row["ours"]
        failures += not same and not reason
        show(row, ("operation", "grid", "backend", "release", "ours"), "same" if same else reason or "DIFFERS")
    heading("profile", "method", "grid", "backend", "largest difference", "")
    for row in values:
        bad = row["difference"] is None or row["difference"] > row["tolerance"]
        failures += bad
        row["difference"] = "-" if row["difference"] is None else f"{row['difference']:.1e}"
        show(row, ("profile", "method", "grid", "backend", "difference"), row["note"] or ("DIFFERS" if bad else ""))
    heading("profile", "method", "modes that see a problem in the release", "in ours", "")
    for row in harness:
        failures += bool(row["ours"])
        row |= {side: ", ".join(row[side]) or "none" for side in ("release", "ours")}
        show(row, ("profile", "method", "release", "ours"), row["note"])
    print(
        f"\n{len(types)} type rows, {len(values)} value rows, {len(harness)} harness rows, {failures} without a reason"
    )
    if json_file:
        json_file.write_text(json.dumps({"types": types, "values": values, "harness": harness}, indent=1))
    return 1 if failures else 0


def heading(*names):
    """The head of a table."""
    print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}")


def show(row, keys, verdict):
    """One row of a table."""
    print("| " + " | ".join([*(str(row[key]) for key in keys), verdict]) + " |")


def type_table():
    """Output types of the decorators, of indexing, of operators, and of what `jit` returns."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    import autoarray_min

    autoarray = import_module("autoarray")

    def attempt(call):
        try:
            result = call()
        except Exception as error:
            return type(error).__name__
        name = lambda item: "raw" if isinstance(item, (np.ndarray, jax.Array)) else type(item).__name__  # noqa: E731
        return f"list of {name(result[0])}" if isinstance(result, list) else name(result)

    def subject(aa):
        def plain(self, grid, xp=np, **kwargs):
            raw = getattr(grid, "array", grid)
            result = xp.sqrt(raw[:, 0] ** 2) if kwargs["column"] else raw * 2.0
            return [result, result] if kwargs.get("as_list") else result

        class Shifted:
            @aa.decorators.to_grid
            def transformed_to_reference_frame_grid_from(self, grid, xp=np, **kwargs):
                return grid.array - 0.1

            @aa.decorators.transform
            def moved(self, grid, xp=np, **kwargs):
                assert grid.is_transformed
                return grid.array[:, 0]

            @aa.decorators.to_array
            @aa.decorators.transform
            def moved_array(self, grid, xp=np, **kwargs):
                return grid.array[:, 0]

        return plain, Shifted()

    def grids(aa, xp):
        pairs = xp.asarray([(1.0, 2.0), (3.0, 4.0)])
        mask = aa.Mask2D.all_false(shape_native=(2, 3), pixel_scales=0.5)
        return {
            "uniform": aa.Grid2D.from_mask(mask, over_sample_size=1, xp=xp),
            "irregular": aa.Grid2DIrregular(values=pairs, xp=xp),
            "raw": pairs,
        }

    def results(aa):
        plain, shifted = subject(aa)
        for backend, xp in (("numpy", np), ("jax", jnp)):
            for name, grid in grids(aa, xp).items():
                for decorator in ("to_array", "to_grid", "to_vector_yx"):
                    call = getattr(aa.decorators, decorator)(plain)
                    column = decorator == "to_array"
                    yield (decorator, name, backend), attempt(lambda: call(None, grid, xp=xp, column=column))
                    yield (
                        (f"{decorator}, list", name, backend),
                        attempt(lambda: call(None, grid, xp=xp, column=column, as_list=True)),
                    )
                    if name != "raw" and xp is jnp:
                        yield (
                            ("returned from jit", f"{name} {decorator}", backend),
                            attempt(lambda: jax.jit(lambda: call(None, grid, xp=xp, column=column))()),
                        )
                yield ("transform", name, backend), attempt(lambda: shifted.moved(grid, xp=xp))
                if name != "raw":
                    yield ("to_array over transform", name, backend), attempt(lambda: shifted.moved_array(grid, xp=xp))
                    yield ("grid[:, 0]", name, backend), attempt(lambda: grid[:, 0])
                    yield ("grid[0:2]", name, backend), attempt(lambda: grid[0:2])
                    yield ("wrapper + scalar", name, backend), attempt(lambda: grid + 1.0)
                    yield ("scalar - wrapper", name, backend), attempt(lambda: 1.0 - grid)
                    yield ("wrapper * wrapper", name, backend), attempt(lambda: grid * grid)
                    yield ("ndarray + wrapper", name, backend), attempt(lambda: np.ones(grid.shape) + grid)
                    yield ("wrapper > scalar", name, backend), attempt(lambda: grid > 1.0)
                    yield ("wrapper & wrapper", name, backend), attempt(lambda: grid & grid)
                    yield ("xp.sqrt(wrapper)", name, backend), attempt(lambda: xp.sqrt(grid**2))
                    if xp is jnp:
                        yield (
                            ("np meets a JAX grid", name, backend),
                            attempt(lambda: aa.decorators.to_array(plain)(None, grid, column=True)),
                        )

    release, ours = dict(results(autoarray)), dict(results(autoarray_min))
    assert release.keys() == ours.keys()
    return [
        {"operation": key[0], "grid": key[1], "backend": key[2], "release": release[key], "ours": ours[key]}
        for key in release
    ]


GEOMETRY = {"centre": (0.11, -0.07), "ell_comps": (0.12, -0.21)}
SPHERE = {"centre": (0.11, -0.07)}
HALO = {"kappa_s": 0.2, "scale_radius": 1.7}
SERSIC = {"intensity": 0.7, "effective_radius": 0.9, "sersic_index": 2.3}
MULTIPOLE = {"einstein_radius": 1.1, "slope": 1.9, "multipole_comps": (0.03, -0.02)}
MASS = ("convergence_2d_from", "deflections_yx_2d_from", "potential_2d_from")
LIGHT = ("image_2d_from",)
CASES = (
    ("mp", "Isothermal", {**GEOMETRY, "einstein_radius": 1.3}, MASS),
    ("mp", "IsothermalSph", {**SPHERE, "einstein_radius": 1.3}, MASS),
    ("mp", "NFW", {**GEOMETRY, **HALO}, MASS[:2]),
    ("mp", "NFWSph", {**SPHERE, **HALO}, MASS),
    ("mp", "PointMass", {**SPHERE, "einstein_radius": 1.3}, MASS),
    ("mp", "PowerLawMultipole", {**SPHERE, **MULTIPOLE}, MASS[:2]),
    ("lp", "Sersic", {**GEOMETRY, **SERSIC}, LIGHT),
    ("lp", "SersicSph", {**SPHERE, **SERSIC}, LIGHT),
)
"""Profiles that exist in both, their parameters, and the methods that both define by a formula."""

HESSIAN = (
    "convergence_2d_via_hessian_from",
    "shear_yx_2d_via_hessian_from",
    "magnification_2d_via_hessian_from",
    "magnification_2d_from",
    "tangential_eigen_value_from",
    "radial_eigen_value_from",
)


def grids_of(aa, xp):
    """The same 42 coordinates as a uniform and as an irregular grid of a package."""
    mask = aa.Mask2D.all_false(shape_native=(6, 7), pixel_scales=0.43)
    uniform = aa.Grid2D.from_mask(mask, over_sample_size=1, xp=xp)
    return {"uniform": uniform, "irregular": aa.Grid2DIrregular(values=xp.asarray(uniform.array), xp=xp)}


def value_table():
    """The largest difference of every method of every profile that exists in both, on the same coordinates."""
    import jax.numpy as jnp
    import lensing
    import numpy as np

    import autoarray_min

    autoarray, autogalaxy = import_module("autoarray"), import_module("autogalaxy")
    rows = []

    def add(name, method, grid, backend, theirs, ours, tolerance=TOLERANCE):
        row = {"profile": name, "method": method, "grid": grid, "backend": backend, "tolerance": tolerance, "note": ""}
        try:
            left, right = np.asarray(theirs()), np.asarray(ours())
            # Absolute below one, relative above: a magnification has no bound.
            row["difference"] = float((np.abs(left - right) / np.maximum(np.abs(left), 1.0)).max())
        except Exception as error:
            row |= {"difference": None, "note": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
        rows.append(row)

    for kind, name, arguments, methods in CASES:
        theirs, ours = (getattr(getattr(package, kind), name)(**arguments) for package in (autogalaxy, lensing))
        for method in methods:
            for backend, xp in (("numpy", np), ("jax", jnp)):
                left, right = grids_of(autoarray, xp), grids_of(autoarray_min, xp)
                for grid in left:
                    add(
                        name,
                        method,
                        grid,
                        backend,
                        lambda: getattr(theirs, method)(grid=left[grid], xp=xp),
                        lambda: getattr(ours, method)(grid=right[grid], xp=xp),
                    )
    _, name, arguments, _ = CASES[0]
    theirs, ours = (
        package.LensCalc.from_mass_obj(package.mp.Isothermal(**arguments)) for package in (autogalaxy, lensing)
    )
    for method in HESSIAN:
        for backend, xp in (("numpy", np), ("jax", jnp)):
            left, right = grids_of(autoarray, np)["uniform"], grids_of(autoarray_min, np)["uniform"]
            # The release takes only NumPy-backed wrappers here; finite differences agree to their own accuracy.
            add(
                f"LensCalc of {name}",
                method,
                "uniform",
                backend,
                lambda: getattr(theirs, method)(grid=left, xp=xp),
                lambda: getattr(ours, method)(grid=right, xp=xp),
                1e-6 if xp is np else TOLERANCE,
            )
    return rows


def harness_table():
    """Which of the four modes of the parity harness see a problem, in the release and in ours."""
    import lensing

    import autoarray_min
    from autoarray_min.testing import parity

    autoarray, autogalaxy = import_module("autoarray"), import_module("autogalaxy")
    rows = []

    def report_on(package, aa, kind, name, arguments, method):
        def build(vector):
            values = iter([vector[index] for index in range(len(flat))])
            filled = {
                key: tuple(next(values) for _ in value) if isinstance(value, tuple) else next(values)
                for key, value in arguments.items()
            }
            return getattr(getattr(package, kind), name)(**filled)

        def raw_result(profile, xp):
            result = getattr(profile, method)(grid=grid, xp=xp)
            return getattr(result, "array", result)

        import numpy as np

        grid = grids_of(aa, np)["irregular"]
        flat = [part for value in arguments.values() for part in (value if isinstance(value, tuple) else (value,))]
        return parity(raw_result, build, flat)

    for kind, name, arguments, methods in CASES:
        for method in methods:
            theirs = report_on(autogalaxy, autoarray, kind, name, arguments, method)
            ours = report_on(lensing, autoarray_min, kind, name, arguments, method)
            first = next((run.problem for run in theirs.runs if run.problem), "")
            rows.append({"profile": name, "method": method, "release": theirs.saw, "ours": ours.saw, "note": first})
    return rows


if __name__ == "__main__":
    sys.exit(main())
