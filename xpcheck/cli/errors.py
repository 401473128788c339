"""What ends a command early, as one line for a person and one entry for a program."""

from __future__ import annotations


class CommandError(Exception):
    """The call, the configuration or the environment is wrong: exit code 2.

    ``kind`` is a kind of ``Problem``, ``config`` or ``usage``; ``path`` and ``line`` say where, if it is in a file.
    """

    def __init__(self, kind: str, message: str, path: str = "", line: int = 1) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.path = path
        self.line = line

    def text(self) -> str:
        """The message with its place."""
        return f"{self.path}:{self.line}: {self.message}" if self.path else self.message
