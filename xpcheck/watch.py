"""Where the time of a run goes, and how far it is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PHASES = ("outlines", "bodies", "link", "solve", "events", "report")
"""The phases of a run in their order; bodies are also lowered while solving, and counted here all the same."""


class Watch:
    """Measures the phases of one run.

    ``listener`` is called with the name of a phase, how much of it is done and how much there is (0 if that is not
    known), as often as something happens.
    """

    def __init__(self, listener: Callable[[str, int, int], None] | None = None) -> None:
        self._listener = listener
        self._spent: dict[str, list[float]] = {}
        self._open: list[str] = []
        self._since = (0.0, 0.0)
        self.children: list[float] = []
        """CPU seconds that other processes spent on bodies, each."""
        self.interpreted = 0
        """How often a body was interpreted."""

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """The time until the end of the block is that of ``name``; a phase inside another one interrupts it."""
        self._stop()
        self._open.append(name)
        self.tell(name, 0, 0)
        try:
            yield
        finally:
            self._stop()
            self._open.pop()

    def tell(self, name: str, done: int, total: int) -> None:
        """Say how far a phase is."""
        if self._listener is not None:
            self._listener(name, done, total)

    def lines(self) -> Iterator[str]:
        """One line for each phase that there was: CPU and wall seconds."""
        for name in sorted(self._spent, key=lambda name: PHASES.index(name)):
            cpu, wall = self._spent[name]
            busiest = max([cpu - sum(self.children), *self.children])
            more = f", busiest process {busiest:.3f} s" if name == "bodies" and self.children else ""
            yield f"{name:<9} {cpu:7.3f} s CPU{more}, {wall:.3f} s"
        cpu, wall = (sum(spent[side] for spent in self._spent.values()) for side in (0, 1))
        yield f"{'all':<9} {cpu:7.3f} s CPU, {wall:.3f} s"
        yield f"bodies interpreted: {self.interpreted:,}"

    def _stop(self) -> None:
        """Book the time since the last change of phase on the innermost open one."""
        now = (_cpu(), time.perf_counter())
        if self._open:
            spent = self._spent.setdefault(self._open[-1], [0.0, 0.0])
            spent[0] += now[0] - self._since[0]
            spent[1] += now[1] - self._since[1]
        self._since = now


def _cpu() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system
