"""The two doors of the syntax room as total functions: every text gives a fact or a ``Failure``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from xpcheck.facts import Body, Loc, ModuleOutline
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
    return placed(body, lambda loc: (loc[0] + by, loc[1], loc[2] + by, loc[3])) if by else body


def placed(body: Body, at: Callable[[Loc], Loc]) -> Body:
    """``body`` with other places: ``at`` says where each is."""
    return _placed(body, at)  # type: ignore[no-any-return]


def _placed(value: Any, at: Callable[[Loc], Loc]) -> Any:
    if isinstance(value, tuple):
        return tuple([_placed(item, at) for item in value])
    if not isinstance(value, msgspec.Struct):
        return value
    fields = []
    for name in value.__struct_fields__:
        item = getattr(value, name)
        fields.append(at(item) if name in LOCATIONS else _placed(item, at))
    return type(value)(*fields)
