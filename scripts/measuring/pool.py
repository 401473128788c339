"""The values that functions are tried on, and argument lists in which each of them can be replaced by a tracer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_MATRIX = np.array(
    [[4.0, 0.5, 0.2, 0.1], [0.5, 3.0, 0.3, 0.2], [0.2, 0.3, 2.5, 0.4], [0.1, 0.2, 0.4, 2.0]],
)

CONCRETE: dict[str, Any] = {
    "v": np.array([0.1, 0.3, 0.5, 0.7]),
    "w": np.array([0.2, 0.4, 0.45, 0.9]),
    "t": np.array([0.3, 0.1, 0.6]),
    "g": np.linspace(0.05, 0.95, 16),
    "m": _MATRIX,
    "n": _MATRIX[::-1].copy() + 0.1,
    "i": np.array([0, 2, 1, 3]),
    "j": np.array([1, 2, 3, 3]),
    "u": np.array([1, 2, 3, 0], dtype=np.uint8),
    "b": np.array([True, False, True, True]),
    "d": np.array([[True, False, True, True]] * 4),
    "c": np.array([0.1 + 0.2j, 0.3 - 0.1j, 0.5 + 0.0j, 0.7 + 0.4j]),
    "h": np.eye(4).reshape(2, 2, 2, 2) + 0.1,
    "p": np.array([1, 2]),
    "e": np.array([0, 2, 2, 3], dtype=np.int32),
    "s": 0.5,
    "r": 1.5,
    "k": 2,
    "l": 5,
    "o": 1,
    "z": 0,
    "f": True,
}
"""One concrete value for each letter; v/w/g vectors, m/n matrices, i/j indices, b/d masks, s/r/k/l/o/z numbers."""


@dataclass(frozen=True)
class T:
    """A leaf of an argument list that can be given as a tracer: the letter of a pool value."""

    letter: str


@dataclass(frozen=True)
class Call:
    """Positional and keyword arguments whose leaves may be ``T``."""

    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...] = ()

    def with_keyword(self, name: str, value: Any) -> Call:
        """The same call with one more keyword."""
        return Call(self.args, (*self.kwargs, (name, value)))


def fresh(letter: str) -> Any:
    """A concrete value that may be mutated by the function under test."""
    value = CONCRETE[letter]
    return value.copy() if isinstance(value, np.ndarray) else value


def fill(value: Any, leaf: Callable[[str], Any]) -> Any:
    """``value`` with every ``T`` replaced by ``leaf(letter)``."""
    if isinstance(value, T):
        return leaf(value.letter)
    if isinstance(value, list):
        return [fill(item, leaf) for item in value]
    if isinstance(value, tuple):
        return tuple(fill(item, leaf) for item in value)
    if isinstance(value, slice):
        return slice(fill(value.start, leaf), fill(value.stop, leaf), fill(value.step, leaf))
    return value() if isinstance(value, Fresh) else value


@dataclass(frozen=True)
class Fresh:
    """An argument that has to be made anew for every call (files, iterators)."""

    make: Callable[[], Any]

    def __call__(self) -> Any:
        """Make it."""
        return self.make()


def has_leaf(value: Any) -> bool:
    """Whether a tracer can stand in ``value``."""
    if isinstance(value, T):
        return True
    if isinstance(value, slice):
        return any(has_leaf(item) for item in (value.start, value.stop, value.step))
    return isinstance(value, (list, tuple)) and any(has_leaf(item) for item in value)


def slots_of(call: Call) -> list[int | str]:
    """Positions and keywords of ``call`` that can hold a tracer."""
    found: list[int | str] = [index for index, value in enumerate(call.args) if has_leaf(value)]
    return found + [name for name, value in call.kwargs if has_leaf(value)]


def arguments(call: Call, tracers: Mapping[str, Any], traced: set[int | str]) -> tuple[list[Any], dict[str, Any]]:
    """The argument list in which exactly the slots ``traced`` hold tracers."""

    def at(slot: int | str, value: Any) -> Any:
        return fill(value, tracers.__getitem__ if slot in traced else fresh)

    args = [at(index, value) for index, value in enumerate(call.args)]
    return args, {name: at(name, value) for name, value in call.kwargs}
