"""Lowers one function in a process of its own, with limits on time and memory: its death is a ``Failure``.

For texts that are wide rather than deep (thousands of strings side by side, a literal of half a million tokens): libcst
may need very long for them, reject or not survive them, and when it does read them nothing else is in danger. Deep
texts are refused outright: the IR that they become is as deep as they are.
"""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec

from xpcheck.facts import Body
from xpcheck.project.parallel import Failure

SECONDS = 60
"""CPU time for one function; hundreds of times what long ones need."""
MEMORY = 2 << 30
"""Bytes of address space."""


def lower_alone(text: str, line: int, name: str, reason: str) -> Body | Failure:
    """The body of a function whose text is suspicious for ``reason``, a phrase with the function as its subject."""
    request = msgspec.msgpack.encode((text, line, name))
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([home, *filter(None, sys.path)])}
    try:
        done = subprocess.run(
            _command(), input=request, capture_output=True, env=environment, timeout=10 * SECONDS, check=False
        )
        if done.returncode == 0:
            body, failure = msgspec.msgpack.decode(done.stdout, type=tuple[Body | None, Failure | None])
            if body is not None:
                return body
            return failure or Failure("internal", line, f"nothing came back for the function {name}")
        died = f"exit code {done.returncode}"
    except subprocess.TimeoutExpired:
        died = "no answer in time"
    except (OSError, msgspec.MsgspecError) as error:
        died = type(error).__name__
    return Failure("limit", line, f"the function {name} {reason}, and the process that read it died ({died}): split it")


def _command() -> list[str]:
    return [sys.executable, "-m", "xpcheck.project.isolation"]


def main() -> None:
    """Read a request from standard input, answer on standard output; the limits are set here, in the child."""
    from xpcheck import syntax

    _limit()
    text, line, name = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=tuple[str, int, str])
    answer: tuple[Body | None, Failure | None]
    try:
        answer = (syntax.body(text, line, name, wide=True), None)
    except syntax.SourceError as error:
        answer = (None, Failure(error.kind, error.line, error.message))
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


def _limit() -> None:
    """Bound time and memory, where the platform can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's timeout is all there is
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
