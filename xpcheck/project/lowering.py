"""The two doors of the syntax room as total functions: every text gives a fact or a ``Failure``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from xpcheck.facts import Body, ModuleOutline
from xpcheck.project.parallel import Failure

WORTH_OUTLINES = 1_000_000
"""Bytes of source above which a second process pays for outlines (about 70 ms)."""
WORTH_BODIES = 80_000
"""Characters of functions above which a second process pays for bodies (about 50 ms)."""

_Fact = TypeVar("_Fact", bound=msgspec.Struct)

LOCATIONS = frozenset({"loc", "name_loc"})
"""The fields of facts that are places in a file."""


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
    """The body of one function; one whose text libcst may not survive is read by a process of its own."""
    from xpcheck import syntax

    try:
        return _guarded(lambda: syntax.body(job.text, job.line, job.name), job.line)
    except syntax.WideError as error:
        from xpcheck.project.isolation import lower_alone

        return lower_alone(job.text, job.line, job.name, error.reason)


def _guarded(work: Callable[[], _Fact], line: int = 1) -> _Fact | Failure:
    from xpcheck.syntax import SourceError, WideError

    try:
        return work()
    except WideError:
        raise
    except SourceError as error:
        return Failure(getattr(error, "kind", "syntax"), error.line, error.message)
    except Exception as error:  # a defect of ours must not hide what other files hold
        return Failure("internal", line, f"{type(error).__name__}: {error}")


def moved(body: Body, by: int) -> Body:
    """``body`` as it would be ``by`` lines further down."""
    return _moved(body, by) if by else body


def _moved(value: Any, by: int) -> Any:
    if isinstance(value, tuple):
        return tuple([_moved(item, by) for item in value])
    if not isinstance(value, msgspec.Struct):
        return value
    fields = []
    for name in value.__struct_fields__:
        item = getattr(value, name)
        if name in LOCATIONS:
            line, column, end_line, end_column = item
            fields.append((line + by, column, end_line + by, end_column))
        else:
            fields.append(_moved(item, by))
    return type(value)(*fields)
