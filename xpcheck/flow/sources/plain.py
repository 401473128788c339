"""Parameters and attributes that the program treats as plain values: sizes, keys, and what Python itself converts.

A parameter that is used as a shape, axis, slice bound or ``range`` argument is static, whatever else the body computes
from it; one that is converted by ``int()`` before the backend computed with it is so unless the body says otherwise.
The same holds of one that is compared with texts or looked up in a dict, which chooses what is computed. All hold for
what is handed on to such a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from xpcheck.flow.lattice.summary import Sink, Summary
from xpcheck.flow.lattice.values import Dep, Fact, Param
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program

_Use: TypeAlias = tuple[Function | None, Dep]


class PlainUse(NamedTuple):
    """What one summary says about plain values: what is used as one, and who gives what to which parameter."""

    tested: tuple[_Use, ...]
    sizes: tuple[_Use, ...]
    casts: tuple[_Use, ...]
    keys: tuple[_Use, ...]
    givers: tuple[tuple[_Use, _Use], ...]

    @classmethod
    def of(cls, function: Function, summary: Summary) -> PlainUse:
        """What the summary of a function says."""
        tested = (
            (function, dep)
            for (dep, kind), witness in summary.sinks.items()
            if kind is Sink.BRANCH and witness.callee is None
        )
        givers = (
            ((callee, target), _use(function, next(iter(edge.deps))))
            for (callee, _, target), edge in summary.edges.items()
            if edge.exact and len(edge.deps) == 1
        )
        sizes, casts, keys = (
            tuple(_use(function, dep) for dep in found) for found in (summary.sizes, summary.casts, summary.keys)
        )
        return cls(tuple(tested), sizes, casts, keys, tuple(givers))


class PlainUses:
    """What the summaries of a solved program say about plain values together."""

    def __init__(self, program: Program, found: Iterable[PlainUse]) -> None:
        self._hierarchy = program.hierarchy
        self._givers: dict[_Use, set[_Use]] = {}
        self._tested: set[_Use] = set()
        sizes: set[_Use] = set()
        casts: set[_Use] = set()
        keys: set[_Use] = set()
        for item in found:
            self._tested.update(item.tested)
            sizes.update(item.sizes)
            casts.update(item.casts)
            keys.update(item.keys)
            for target, giver in item.givers:
                self._givers.setdefault(target, set()).add(giver)
        self._sizes = self._handed_on(sizes)
        self._keys = self._handed_on(keys)
        self._plain = self._handed_on(sizes | casts | keys)
        self._attributes = self._of_classes()

    def is_size(self, function: Function, path: Param) -> bool:
        """Whether a parameter is used as a size, by its body or by what the body hands it to."""
        return (function, path) in self._sizes

    def is_key(self, function: Function, path: Param) -> bool:
        """Whether a parameter is compared with texts, or looked up, by its body or by what the body hands it to."""
        return (function, path) in self._keys

    def is_plain(self, function: Function, path: Param) -> bool:
        """Whether a parameter is used as a size or as a key, or converted before anything is computed from it."""
        return (function, path) in self._plain

    def is_setting(self, constructor: Function, path: Param) -> bool:
        """Whether a constructor treats a parameter as concrete: a plain number, or what it tests."""
        return (constructor, path) in self._plain or (constructor, path) in self._tested

    def attributes(self, cls: Class) -> frozenset[str]:
        """The attributes that methods of a class or of its family use as plain numbers."""
        hierarchy = self._hierarchy
        family = {*hierarchy.mro(cls), *hierarchy.subclasses(cls, cls.module.package)}
        return frozenset[str]().union(*filter(None, map(self._attributes.get, family)))

    def _of_classes(self) -> dict[Class, set[str]]:
        """The attributes that methods of each class, or others by the name of the class, use as plain numbers."""
        found: dict[Class, set[str]] = {}
        for function, dep in self._plain:
            owner = dep.cls if type(dep) is Fact else function.owner if function is not None else None
            own = type(dep) is Fact or (dep.index == 0 and function is not None and function.binding == "method")
            if own and dep.attr and owner is not None:
                found.setdefault(owner, set()).add(dep.attr)
        return found

    def _handed_on(self, uses: set[_Use]) -> set[_Use]:
        found = set(uses)
        queue = list(uses)
        while queue:
            for giver in self._givers.get(queue.pop(), ()):
                if giver not in found:
                    found.add(giver)
                    queue.append(giver)
        return found


def _use(function: Function, dep: Dep) -> _Use:
    return (None if isinstance(dep, Fact) else function), dep
