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


Use: TypeAlias = tuple[Attribute, bool, bool]
"""An attribute, whether it is used with the namespace, and whether as an array."""


class Uses:
    """What interpretations say of attributes."""

    def __init__(self) -> None:
        self._found: dict[Key, set[Use]] = {}
        self._known: dict[Use, Use] = {}
        """One object for all equal ones: most attributes have many users."""

    def note(self, user: Key, uses: Iterable[Use]) -> None:
        """A body uses attributes, computes with them by ``xp.*``, or gives them to ``xp.f`` as they are."""
        found = self._found.setdefault(user, set())
        for use in uses:
            found.add(self._known.setdefault(use, use))

    def by(self, users: Iterable[Key]) -> Used:
        """What some interpretations say together."""
        together = set[Use]().union(*filter(None, map(self._found.get, users)))
        return Used(
            {attribute for attribute, namespace, _ in together if not namespace},
            {attribute for attribute, namespace, _ in together if namespace},
            {attribute for attribute, _, array in together if array},
        )
