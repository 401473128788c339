"""Which attributes of classes bodies use, and for what: by the interpretation that says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from xpcheck.link.definitions import Class

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key

Attribute: TypeAlias = tuple[Class, str]


class Used(NamedTuple):
    """The attributes that some bodies use.

    ``plainly``: in any way; ``with_namespace``: with ``xp.*`` in a body that is aware of it; ``as_arrays``: those
    among them that a body gives to a function of the namespace as they are.
    """

    plainly: set[Attribute]
    with_namespace: set[Attribute]
    as_arrays: set[Attribute]


class Uses:
    """What interpretations say of attributes."""

    def __init__(self) -> None:
        self._found: dict[Key, Used] = {}

    def note(self, user: Key, attribute: Attribute, namespace: bool, array: bool) -> None:
        """A body uses an attribute, computes with it by ``xp.*``, or gives it to ``xp.f`` as it is."""
        used = self._found.get(user)
        if used is None:
            used = self._found[user] = Used(set(), set(), set())
        (used.with_namespace if namespace else used.plainly).add(attribute)
        if array:
            used.as_arrays.add(attribute)

    def by(self, users: Iterable[Key]) -> Used:
        """What some interpretations say together."""
        together = Used(set(), set(), set())
        for used in filter(None, map(self._found.get, users)):
            for mine, theirs in zip(together, used, strict=True):
                mine |= theirs
        return together
