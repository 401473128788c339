"""The order in which summaries are interpreted: functions that call each other are settled before who calls them.

A function is interpreted when it is first asked for, so first interpretations make a tree, and a component of the call
graph is a part of it, below the member that was asked for first: its head. When the head is through, what is stale in
the component is interpreted again until nothing is, and callers outside read the solution only. (Tarjan's algorithm:
the head is the one member that leads to none before itself.)
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key


class Opened(NamedTuple):
    """Where a component starts whose head a function may be.

    ``place`` is its own among what is open, ``number`` the first one that what it leads to can get.
    """

    place: int
    number: int


class Agenda:
    """What is being interpreted, what has to be again, and which components are not settled.

    Attributes
    ----------
    path
        What is being interpreted, callers before callees.
    """

    def __init__(self) -> None:
        self.path: list[Key] = []
        self._numbers: dict[Key, int] = {}
        """The order in which interpretations were first finished: callees stand before their callers but for cycles."""
        self._numbered: list[Key] = []
        self._stale: list[int] = []
        self._open: list[Key] = []
        """Members of components that are not settled, in the order in which they were first asked for."""
        self._leads: dict[Key, int] = {}
        """The first place among them to which each leads."""

    def open(self, key: Key) -> Opened:
        """A function is asked for for the first time."""
        opened = Opened(len(self._open), len(self._numbered))
        self._leads[key] = opened.place
        self._open.append(key)
        return opened

    def is_head(self, key: Key, opened: Opened) -> bool:
        """Whether a function leads to none that was opened before it."""
        return self._leads[key] == opened.place

    def close(self, key: Key, opened: Opened) -> None:
        """What ``key`` is the head of is settled, unless settling it led it to what was opened before."""
        members = self._open[opened.place :]
        self._leads[key] = min(self._leads[member] for member in members)
        if self.is_head(key, opened):
            for member in members:
                del self._leads[member]
            del self._open[opened.place :]

    def note_asked(self, key: Key) -> None:
        """The interpretation in hand read a summary: it leads where that one leads."""
        asking = self.path[-1]
        if key in self._leads and asking in self._leads:
            self._leads[asking] = min(self._leads[asking], self._leads[key])

    def finish(self, key: Key) -> None:
        """An interpretation ended, maybe the first one of its function."""
        if key not in self._numbers:
            self._numbers[key] = len(self._numbered)
            self._numbered.append(key)

    def renew(self, key: Key) -> None:
        """Something that an interpretation has read is another now."""
        self.finish(key)
        number = self._numbers[key]
        at = bisect_left(self._stale, number)
        if self._stale[at : at + 1] != [number]:
            self._stale.insert(at, number)

    def next(self, first: int = 0) -> Key | None:
        """What is to be interpreted again, of what was finished from a number on; None when nothing is.

        What is being interpreted comes later.
        """
        for at in range(bisect_left(self._stale, first), len(self._stale)):
            key = self._numbered[self._stale[at]]
            if key not in self.path:
                del self._stale[at]
                return key
        return None
