"""Measure what NumPy, SciPy, math, builtins and JAX do with traced values, and record it as data.

    python scripts/measure_models.py --record     write xpcheck/flow/models/data/*.json for the installed versions
    python scripts/measure_models.py --check      compare with what is recorded for these versions (exit 1: differs)
    python scripts/measure_models.py --unmeasured names for which no argument list worked
    python scripts/measure_models.py --array-api  write what SciPy takes with SCIPY_ARRAY_API=1, which it sets

Run it once in every environment whose versions shall be known: each run replaces the entries of its own version set
and leaves the others alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent))

import jax
from measuring import builtin_side, jax_side, libraries, library_side, method_side, rotations, store

DATA = Path(__file__).resolve().parent.parent / "xpcheck" / "flow" / "models" / "data"
Facts = dict[str, Any]


def numpy_names() -> dict[str, Any]:
    """Every public member of NumPy's array namespaces."""
    names = {name: value for module in libraries.NUMPY_MODULES for name, value in libraries.members(module)}
    return names | libraries.ufunc_methods("numpy.add", names["numpy.add"])


def scipy_names() -> dict[str, Any]:
    """``scipy.special`` and the array functions of the other packages."""
    modules = ("scipy.special", *libraries.SCIPY_MODULES)
    return {name: value for module in modules for name, value in libraries.members(module)}


def python_names() -> dict[str, Any]:
    """``math``, builtins and a few modules of the standard library."""
    return dict(libraries.members("math")) | builtin_side.names()


def jax_names() -> dict[str, Any]:
    """``jax.numpy``, ``jax.scipy`` and ``jax.nn``."""
    names = {name: value for module in libraries.JAX_MODULES for name, value in libraries.members(module)}
    return names | libraries.ufunc_methods("jax.numpy.add", names["jax.numpy.add"])


def all_names() -> dict[str, dict[str, Any]]:
    """Qualified names and objects by data file; ``methods`` finds its own."""
    return {"jax_numpy": jax_names(), "numpy": numpy_names(), "python": python_names(), "scipy": scipy_names()}


def measure_all(chosen: Collection[str] | None = None) -> dict[str, dict[str, Facts]]:
    """Facts by file name: of every name, or of those ``chosen`` (with the JAX functions of the same name)."""
    jax.config.update("jax_enable_x64", True)
    listed = all_names()
    if chosen is not None:
        wanted = {*chosen, *(libraries.jax_twin(name) for name in chosen)}
        wanted |= {libraries.numpy_twin(name) for name in wanted}
        listed = {file: {name: names[name] for name in names if name in wanted} for file, names in listed.items()}
    files = {
        "jax_numpy": jax_side.measure(listed["jax_numpy"]),
        "numpy": library_side.measure(listed["numpy"]),
        "python": library_side.measure(listed["python"]),
        "scipy": library_side.measure(listed["scipy"]),
        "methods": method_side.measure(),
    }
    for file_name in ("numpy", "python", "scipy"):
        for entry in files[file_name].values():
            library_side.adopt(entry, files["jax_numpy"].get(entry.get("jax", ""), {}))
    originals = files["numpy"] | files["scipy"]
    for entry in files["jax_numpy"].values():
        keywords = originals.get(entry.get("numpy", ""), {})
        entry |= {key: keywords[key] for key in ("numpy_only", "jax_only") if key in keywords}
        entry.pop("refused", None)
    files["scipy"] = {name: entry for name, entry in files["scipy"].items() if entry.get("measured", True)}
    return {
        file_name: {name: store.normal(name, entry) for name, entry in facts.items()}
        for file_name, facts in files.items()
    }


def differences(measured: dict[str, dict[str, Facts]], data: Path = DATA, whole: bool = True) -> list[str]:
    """What the recorded data of the installed versions says otherwise; ``whole``: nothing may be missing either."""
    found = []
    for file_name, facts in measured.items():
        recorded = store.read(data / f"{file_name}.json")[1].get(store.label(store.installed()), {})
        for name in sorted(facts.keys() | recorded.keys() if whole else facts.keys()):
            if facts.get(name) != recorded.get(name):
                found.append(f"{file_name}: {name}: recorded {recorded.get(name)}, measured {facts.get(name)}")
    return found


def class_changes(measured: dict[str, dict[str, Facts]], data: Path = DATA) -> list[str]:
    """Known names whose effect is none of the recorded ones: what matters for versions that are not recorded."""
    found = []
    for file_name, facts in measured.items():
        by_set = store.read(data / f"{file_name}.json")[1]
        for name, entry in facts.items():
            known = {entries[name]["effect"] for entries in by_set.values() if name in entries}
            if known and entry["effect"] not in known:
                found.append(f"{file_name}: {name}: recorded {sorted(known)}, measured {entry['effect']}")
    return found


def dispatching(names: Collection[str] | None = None) -> list[str]:
    """The functions of SciPy, or those of ``names``, that break on traced values and pass where SciPy dispatches.

    SciPy reads ``SCIPY_ARRAY_API`` when it is imported, so that this process has to be told so from outside.
    """
    measured = measure_all(names)["scipy"]
    usual = {
        name: entry["effect"]
        for entries in store.read(DATA / "scipy.json")[1].values()
        for name, entry in entries.items()
    }
    functions = [
        name for name, entry in measured.items() if entry["effect"] == "passes" and usual.get(name) == "breaks"
    ]
    return sorted([*functions, *rotations.taken(names)])


def record_dispatching() -> None:
    """Write the model file of what SciPy takes where it dispatches."""
    head = (
        "# What SciPy hands to JAX where it runs with SCIPY_ARRAY_API=1 (`scipy-array-api = true`).\n"
        f"# Written by scripts/measure_models.py --array-api for {store.label(store.installed())}.\n\nformat = 1\n"
    )
    entries = (f'\n[[callable]]\nname = "{name}"\neffect = "passes"\n' for name in dispatching())
    (DATA / "scipy_array_api.toml").write_text(head + "".join(entries), encoding="utf-8")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--unmeasured", action="store_true")
    parser.add_argument("--array-api", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the data files")
    options = parser.parse_args()
    if options.array_api and not os.environ.get("SCIPY_ARRAY_API"):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "SCIPY_ARRAY_API": "1"})
    if options.array_api:
        record_dispatching()
        return 0
    measured = measure_all()
    if options.record:
        options.data.mkdir(parents=True, exist_ok=True)
        store.record(options.data, measured)
    if options.unmeasured:
        print("\n".join(name for facts in measured.values() for name in facts if "measured" in facts[name]))
    found = differences(measured, options.data) if options.check else []
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
