"""What each distribution sees of a solved program: what is said elsewhere cannot change the verdict on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from xpcheck.flow.solution.uses import Used
from xpcheck.flow.sources.parametric import Declared
from xpcheck.link.definitions import Class, Function
from xpcheck.link.distributions import Distribution
from xpcheck.project.index import Module

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key, Solver


class Sight:
    """What one distribution sees of a solved program.

    Attributes
    ----------
    packages
        Its own packages, and what they import.
    summaries
        Everything that was solved for the functions in sight, in an order of its own.
    """

    def __init__(self, solver: Solver, packages: frozenset[str], keys: Iterable[Key]) -> None:
        self._solver = solver
        self.packages = packages
        self.summaries = {key: solver.summaries[key] for key in sorted(keys, key=order)}

    @cached_property
    def solved(self) -> frozenset[Function]:
        """The functions of which something was solved."""
        return frozenset(function for function, _, _ in self.summaries)

    def used(self) -> Used:
        """The attributes that bodies in sight use."""
        return self._solver.uses.by(self.summaries)

    @cached_property
    def declared(self) -> Declared:
        """What the prior files in sight declare."""
        return self._solver.priors.seen_by(self.packages)

    @cached_property
    def functions(self) -> list[Function]:
        """The functions in sight, solved or not."""
        return [item for item in self._solver.program.functions if self._has(item.module)]

    @cached_property
    def classes(self) -> list[Class]:
        """The classes in sight."""
        return [item for item in self._solver.program.classes if self._has(item.module)]

    @property
    def modules(self) -> Iterator[Module]:
        """The modules in sight."""
        return filter(self._has, self._solver.program.index.modules.values())

    def _has(self, module: Module) -> bool:
        """Whether a module is in sight: tests are not."""
        return module.package in self.packages and not self._solver.roles.is_for_tests(module)


class Sights:
    """What the distributions of a program see, once all of it is solved.

    ``roots`` are the functions with which the solution of each distribution began.
    """

    def __init__(self, solver: Solver, roots: dict[Distribution, list[Key]]) -> None:
        self._by_package: dict[str, Sight] = {}
        asked: dict[Key, list[Key]] = {}
        for key, callers in solver.dependents.items():
            for caller in callers:
                asked.setdefault(caller, []).append(key)
        reached: dict[str, frozenset[Key]] = {}
        for distribution, begun in roots.items():
            below = (reached[package] for package in distribution.seen - distribution.packages if package in reached)
            keys = _reached(begun, frozenset().union(*below), asked)
            sight = Sight(solver, distribution.seen, keys)
            for package in distribution.packages:
                reached[package] = keys
                self._by_package[package] = sight

    def of(self, package: str) -> Sight:
        """What the distribution of a package sees."""
        return self._by_package[package]


def _reached(begun: Iterable[Key], known: frozenset[Key], asked: dict[Key, list[Key]]) -> frozenset[Key]:
    """What some functions lead to, beside what is known."""
    queue = [key for key in begun if key not in known]
    found = {*known, *queue}
    while queue:
        for key in asked.get(queue.pop(), ()):
            if key not in found:
                found.add(key)
                queue.append(key)
    return frozenset(found)


def order(key: Key) -> tuple[object, ...]:
    """The order in which summaries are gone through."""
    function, run, variant = key
    return (*function.key, run.value, variant)
