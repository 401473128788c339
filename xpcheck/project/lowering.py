"""The two doors of the syntax room as total functions: every text gives a fact or a ``Failure``."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

from xpcheck.facts import Body, ModuleOutline
from xpcheck.project.parallel import Failure

WORTH_OUTLINES = 1_000_000
"""Bytes of source above which a second process pays for outlines (about 70 ms)."""
WORTH_BODIES = 80_000
"""Characters of functions above which a second process pays for bodies (about 50 ms)."""

_Fact = TypeVar("_Fact", bound=msgspec.Struct)


class Job(NamedTuple):
    """One function to lower: its lines without decorators, the line of the first, its name."""

    text: str
    line: int
    name: str


def read_outline(source: bytes) -> ModuleOutline | Failure:
    """The outline of a file's content."""
    from xpcheck import syntax

    return _guarded(lambda: syntax.outline(source))


def lower(job: Job) -> Body | Failure:
    """The body of one function."""
    from xpcheck import syntax

    return _guarded(lambda: syntax.body(job.text, job.line, job.name), job.line)


def _guarded(work: Callable[[], _Fact], line: int = 1) -> _Fact | Failure:
    from xpcheck.syntax import SourceError

    try:
        return work()
    except SourceError as error:
        return Failure(getattr(error, "kind", "syntax"), error.line, error.message)
    except Exception as error:  # a defect of ours must not hide what other files hold
        return Failure("internal", line, f"{type(error).__name__}: {error}")
