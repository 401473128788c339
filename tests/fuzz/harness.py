"""Gives inputs to a child process, survives its death and its hanging, and says what became of each input."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS = 5.0
"""CPU time that one file may take."""
_PATIENCE = 60.0
"""Wall time after which the child is killed: other processes may share the machine."""


class Outcome(NamedTuple):
    """What became of one input.

    ``verdict`` is ``fine``, ``crash`` (the process died), ``raised`` (an exception got out), ``internal`` (one was
    caught and became an internal error) or ``hang`` (more than ``SECONDS``); ``problems`` are the kinds of problems
    that were reported, as they should be for source that cannot be analysed.
    """

    verdict: str
    seconds: float
    findings: int
    problems: tuple[str, ...]
    detail: str


class Child:
    """A process that analyses one input after the other; a new one replaces it when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end()

    def examine(self, content: bytes) -> Outcome:
        """Analyse one input."""
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        late = threading.Timer(_PATIENCE, process.kill)
        late.start()
        try:
            process.stdin.write(len(content).to_bytes(8, "big") + content)
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            hung = not late.is_alive()
            late.cancel()
        if not line:
            code = process.wait()
            self._end()
            verdict = "hang" if hung else "crash"
            return Outcome(verdict, _PATIENCE if hung else 0.0, 0, (), f"the process ended with {code}")
        return _outcome(json.loads(line))

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child"], cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()
        process.stdout.close()


def _outcome(reply: dict[str, object]) -> Outcome:
    seconds = float(str(reply["seconds"]))
    if "raised" in reply:
        return Outcome("raised", seconds, 0, (), str(reply["raised"]))
    internal = reply["internal"]
    problems = reply["problems"]
    assert isinstance(internal, list) and isinstance(problems, list)
    verdict = "internal" if internal else "hang" if seconds > SECONDS else "fine"
    return Outcome(verdict, seconds, int(str(reply["findings"])), tuple(problems), "; ".join(internal))
