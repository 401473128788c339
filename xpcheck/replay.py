"""The whole command again, as long as nothing that its output depends on has changed.

What ``xpcheck check`` wrote is kept with the arguments and everything the run looked at. The same command in the same
world writes the same: neither the analysis nor the command line's libraries are imported for it. Where the output
depends on the terminal, nothing is kept.
"""

from __future__ import annotations

import os
import sys

from xpcheck.world import Shelf, World, default_folder, surroundings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLE = ("FORCE_COLOR", "NO_COLOR", "TERM", "COLORTERM", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""Variables that decide how rich writes."""


class Recorder:
    """Keeps the output of one command, or finds it; ``arguments`` are those of the process."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.world = World()
        self._shelf = Shelf(_folder(arguments))
        style = [os.environ.get(name, "") for name in _STYLE]
        about = [sys.stdout.encoding or "", sys.stderr.encoding or "", *style]
        self._identity = "\0".join(["command", *arguments, *about, surroundings()])
        self.possible = list(arguments[:1]) == ["check"] and not sys.stdout.isatty()

    def again(self) -> int | None:
        """Write what the same command wrote and return its exit code; None if it has to be run."""
        kept = self._shelf.take(self._identity) if self.possible else None
        if kept is None:
            return None
        code, out, err = _unpacked(kept[1])
        sys.stdout.write(out)
        sys.stdout.flush()
        sys.stderr.write(err)
        return code

    def keep(self, code: int, out: str, err: str) -> None:
        """Keep what a command wrote, if the world can be told from a later one."""
        record = self.world.record() if self.possible else None
        if record is not None:
            self._shelf.put(self._identity, record, _packed(code, out, err))


def _packed(code: int, out: str, err: str) -> bytes:
    first, second = (text.encode("utf-8", "surrogateescape") for text in (out, err))
    return b"%d %d\n" % (code, len(first)) + first + second


def _unpacked(data: bytes) -> tuple[int, str, str]:
    head, _, rest = data.partition(b"\n")
    code, size = map(int, head.split())
    return code, rest[:size].decode("utf-8", "surrogateescape"), rest[size:].decode("utf-8", "surrogateescape")


def _folder(arguments: Sequence[str]) -> str | None:
    """The folder of the cache that ``arguments`` name, None when they want none."""
    folder = default_folder()
    for position, argument in enumerate(arguments):
        if argument == "--no-cache":
            return None
        if argument == "--cache-dir":
            folder = arguments[position + 1] if position + 1 < len(arguments) else None
        elif argument.startswith("--cache-dir="):
            folder = argument.partition("=")[2]
    return folder
