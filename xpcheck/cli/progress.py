"""A bar on stderr while a long run goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE: Final = 1.0
"""Seconds before a bar appears: most runs are over by then."""
_INTERVAL: Final = 0.1
"""Seconds between two pictures of it."""

_WORDS: Final = {
    "outlines": "reading outlines",
    "bodies": "reading functions",
    "link": "linking names",
    "solve": "following values",
    "events": "looking for findings",
    "report": "writing the report",
}


class Bar:
    """Listens to a ``Watch``; draws only where that is ``wanted``, and leaves nothing behind.

    It is drawn when the run calls, never by a thread: a process with threads could not be forked safely.
    """

    def __init__(self, wanted: bool) -> None:
        self._began = self._drawn = time.monotonic()
        self._functions = 0
        self._progress: Progress | None = None
        self._wanted = wanted

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Note where the run is, and draw that now and then."""
        now = time.monotonic()
        self._functions = max(self._functions, done if phase == "bodies" else 0)
        if not self._wanted or now - self._began < _PATIENCE or now - self._drawn < _INTERVAL:
            return
        self._drawn = now
        progress = self._progress or self._start()
        count = f", {self._functions:,} functions read" if self._functions else ""
        progress.update(progress.task_ids[0], description=f"{_WORDS.get(phase, phase)}{count}")
        progress.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()

    def _start(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
        )
        self._progress.add_task("", total=None)
        self._progress.start()
        return self._progress
