"""Measured data: read from the package's JSON files on first use."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from xpcheck.config import ModelError
from xpcheck.flow.models.files import content
from xpcheck.flow.models.structs import Callable, Method, VersionSet

FORMAT = 1

FILES = {
    "numpy": "numpy",
    "scipy": "scipy",
    "jax": "jax_numpy",
    "math": "python",
    "builtins": "python",
    "operator": "python",
    "copy": "python",
    "pickle": "python",
    "functools": "python",
    "statistics": "python",
    "json": "python",
    "itertools": "python",
}
"""First part of a qualified name -> data file that knows it."""

Entry = TypeVar("Entry", Callable, Method)


class Table(msgspec.Struct, Generic[Entry], frozen=True):
    """One data file: version sets, oldest first, and entries; a name has one entry for each distinct answer."""

    format: int
    sets: dict[str, VersionSet]
    entries: tuple[Entry, ...]


def _checked(file_name: str, table: Table[Entry]) -> Table[Entry]:
    if table.format != FORMAT:
        raise ModelError(f"{file_name}.json", 1, f"format {table.format} is not {FORMAT}: reinstall xpcheck")
    return table


@functools.cache
def callables(file_name: str) -> Table[Callable]:
    """The table of callables in a data file."""
    return _checked(file_name, msgspec.json.decode(content(f"{file_name}.json"), type=Table[Callable]))


@functools.cache
def methods() -> Table[Method]:
    """The table of array methods and attributes."""
    return _checked("methods", msgspec.json.decode(content("methods.json"), type=Table[Method]))


def newest(table: Table[Entry]) -> dict[str, Entry]:
    """For each name the answer of the newest version set that knows it."""
    order = list(table.sets)

    def age(entry: Entry) -> int:
        return max((order.index(name) for name in entry.sets), default=len(order))

    found: dict[str, Entry] = {}
    for entry in table.entries:
        held = found.get(entry.name)
        if held is None or age(entry) > age(held):
            found[entry.name] = entry
    return found


@functools.cache
def _callables_by_name(file_name: str) -> dict[str, Callable]:
    return newest(callables(file_name))


@functools.cache
def _methods_by_name() -> dict[str, Method]:
    return newest(methods())


def find_callable(name: str) -> Callable | None:
    """The measured entry of a qualified name."""
    file_name = FILES.get(name.partition(".")[0])
    return None if file_name is None else _callables_by_name(file_name).get(name)


def find_method(name: str) -> Method | None:
    """The measured entry of an array's method or attribute."""
    return _methods_by_name().get(name)


def names(library: str) -> Iterator[str]:
    """All measured names below a library (``numpy``, ``jax.numpy``, ``math``, ...), sorted."""
    file_name = FILES.get(library.partition(".")[0])
    if file_name is not None:
        yield from sorted(name for name in _callables_by_name(file_name) if name.startswith(f"{library}."))


def version_sets() -> dict[str, VersionSet]:
    """The version sets that were measured, oldest first."""
    return dict(callables("numpy").sets)


def variants(name: str) -> tuple[Callable, ...]:
    """All answers of a name: more than one where versions differ."""
    file_name = FILES.get(name.partition(".")[0])
    return () if file_name is None else tuple(entry for entry in callables(file_name).entries if entry.name == name)
