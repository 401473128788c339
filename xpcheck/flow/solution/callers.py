"""Who calls a function, and what each call does with the namespace."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.solution.solver import Solver
from xpcheck.link.definitions import Function

Name = tuple[str, str]
"""The path of a file and the qualified name of a function in it."""


class Caller(msgspec.Struct, frozen=True, order=True):
    """One call of a function: where it stands, and how it binds the callee's namespace (a ``Binding``)."""

    path: str
    line: int
    column: int
    symbol: str
    binding: str


class Callers(msgspec.Struct, frozen=True):
    """The calls of functions that take a namespace, and where functions are defined, by name."""

    calls: dict[Name, tuple[Caller, ...]]
    lines: dict[Name, int]


def callers(solver: Solver, functions: Iterable[Function]) -> Callers:
    """The calls in bodies that may run under JAX, in the order of their places, each once."""
    found: dict[Name, set[Caller]] = {}
    for (function, run, _), summary in solver.summaries.items():
        for record in summary.calls if run is not Run.NUMPY else ():
            line, column, *_ = record.loc
            caller = Caller(function.module.path, line, column, function.qualname, str(record.binding))
            found.setdefault(name_of(record.callee), set()).add(caller)
    calls = {name: tuple(sorted(found[name])) for name in sorted(found)}
    return Callers(calls, {name_of(item): item.outline.name_loc[0] for item in functions})


def name_of(function: Function) -> Name:
    """The name under which reports know a function."""
    return function.module.path, function.qualname
