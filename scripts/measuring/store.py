"""Data files: one entry a line, several recorded version sets merged into one file."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

Facts = dict[str, Any]
FORMAT = 1
VERSIONED = ("jax", "numpy", "scipy")


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


ORDER = words(
    """
    name kind effect raises slots vmap returns boolean inplace staged value_shape value_shape_args cure static_args
    rejects_list rejects_nested_list list_slots jax missing_in_jax numpy missing_in_numpy numpy_only jax_only
    unsupported on_numpy on_jax eager_raises measured sets
    """
)


def installed() -> dict[str, str]:
    """Versions that a measurement depends on."""
    versions = {name: metadata.version(name) for name in VERSIONED}
    return {"python": platform.python_version(), **versions}


def label(versions: dict[str, str]) -> str:
    """The name of a version set."""
    minor = ".".join(versions["python"].split(".")[:2])
    return f"py{minor}-numpy{versions['numpy']}-jax{versions['jax']}-scipy{versions['scipy']}"


def read(path: Path) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, Facts]]]:
    """Recorded sets, and for each of them its facts by name."""
    if not path.exists():
        return {}, {}
    document = json.loads(path.read_text(encoding="utf-8"))
    by_set: dict[str, dict[str, Facts]] = {name: {} for name in document["sets"]}
    for entry in document["entries"]:
        where = entry.pop("sets", list(by_set))
        name = entry.pop("name")
        for set_name in where:
            by_set[set_name][name] = entry
    return document["sets"], by_set


def write(path: Path, sets: dict[str, dict[str, str]], by_set: dict[str, dict[str, Facts]]) -> None:
    """Write all sets; an entry that holds in every set is written once and without ``sets``."""
    names = sorted({name for facts in by_set.values() for name in facts})
    order = sorted(sets, key=lambda item: [version_key(sets[item][part]) for part in ("numpy", "jax", "scipy")])
    lines = []
    for name in names:
        groups: dict[str, list[str]] = {}
        for set_name in order:
            if name in by_set[set_name]:
                groups.setdefault(text(name, by_set[set_name][name]), []).append(set_name)
        for line, holders in sorted(groups.items(), key=lambda group: group[1], reverse=True):
            lines.append(line if len(holders) == len(sets) else f'{line[:-1]}, "sets": {json.dumps(holders)}}}')
    header = json.dumps({name: sets[name] for name in order}, indent=1)
    body = ",\n".join(lines)
    path.write_text(f'{{"format": {FORMAT},\n"sets": {header},\n"entries": [\n{body}\n]}}\n', encoding="utf-8")


def text(name: str, facts: Facts) -> str:
    """One entry as one line, keys in a fixed order."""
    unknown = set(facts) - set(ORDER)
    if unknown:
        raise ValueError(f"{name}: keys without a place: {sorted(unknown)}")
    known = {"name": name, **facts}
    return json.dumps({key: known[key] for key in ORDER if key in known and known[key] not in ("", [], None)})


def version_key(version: str) -> tuple[int, ...]:
    """Numbers of a version."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def record(folder: Path, measured: dict[str, dict[str, Facts]]) -> None:
    """Put one measurement into the files, replacing what the same version set said before."""
    versions = installed()
    for file_name, facts in measured.items():
        path = folder / f"{file_name}.json"
        sets, by_set = read(path)
        sets[label(versions)] = versions
        by_set[label(versions)] = {name: normal(name, entry) for name, entry in facts.items()}
        write(path, sets, by_set)


def normal(name: str, entry: Facts) -> Facts:
    """An entry as it will be read back: empty values left out."""
    found: Facts = json.loads(text(name, entry))
    found.pop("name")
    return found
