"""What the parallel walk over the libcst tree (what the code says) and the ``ast`` tree (where it stands) shares."""

from __future__ import annotations

import unicodedata
from typing import Any, NoReturn

from xpcheck.syntax.sources import At, SourceError


def disagree(at: At, node: Any, place: Any) -> NoReturn:
    """Raise: the libcst ``node`` and the ``ast`` node ``place`` are not the same construct.

    Raises:
        SourceError: always.
    """
    try:
        line = at(place)[0]
    except (AttributeError, IndexError, UnicodeDecodeError):
        line = 1
    read, expected = type(node).__name__, type(place).__name__
    message = f"libcst reads a {read} where Python reads a {expected}: please report this code"
    raise SourceError(line, message)


def expect(at: At, node: Any, place: Any, *kinds: type) -> None:
    """Check that the ``ast`` node is of one of ``kinds``."""
    if place.__class__ not in kinds:
        disagree(at, node, place)


def same_length(at: At, node: Any, place: Any, nodes: Any, places: Any) -> None:
    """Check that both trees have as many children of a kind."""
    if len(nodes) != len(places):
        disagree(at, node, place)


def same_name(written: str, read: str | None) -> bool:
    """Whether the identifier in the source is the one that Python reads (it normalises identifiers)."""
    return written == read or (not written.isascii() and unicodedata.normalize("NFKC", written) == read)
