"""Bytes to text, and positions of ``ast`` nodes to positions in code points."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from xpcheck.facts import Loc

At: TypeAlias = Callable[[Any], "Loc"]
"""The place of an ``ast`` node, as a ``Loc`` in the file."""


class SourceError(Exception):
    """A text that cannot be analysed: where, why, and what to do about it.

    ``kind`` is that of ``model.Problem``: ``syntax``, ``unreadable`` (the bytes are no text) or ``limit``.
    """

    def __init__(self, line: int, message: str, kind: str = "syntax") -> None:
        super().__init__(line, message, kind)  # all arguments, so that it can be pickled
        self.line = line
        self.message = message
        self.kind = kind

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class WideError(SourceError):
    """A text that is too long to be read here: a process of its own may read it. ``reason`` is a phrase about it."""

    def __init__(self, line: int, message: str, kind: str = "limit", reason: str = "") -> None:
        super().__init__(line, message, kind)
        self.reason = reason


def decode(source: bytes) -> str:
    r"""The text of a Python file: PEP 263 cookie or byte order mark honoured, newlines normalised to ``\n``.

    Raises:
        SourceError: unknown encoding, bytes that it cannot decode, or NUL bytes.
    """
    if b"\0" in source:
        line = source.count(b"\n", 0, source.index(b"\0")) + 1
        raise SourceError(
            line, "the file holds NUL bytes, so it is not Python source: save it as UTF-8 text", "unreadable"
        )
    encoding = "utf-8"
    if source.startswith(codecs.BOM_UTF8) or b"coding" in b"".join(source.split(b"\n", 2)[:2]):
        encoding = _declared_encoding(source)
    try:
        text = source.decode(encoding)
        if encoding != "utf-8":
            text.encode()
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise SourceError(
            line,
            f"byte 0x{source[error.start]:02x} is not valid {encoding}: declare the encoding or save as UTF-8",
            "unreadable",
        ) from error
    except (LookupError, ValueError) as error:
        raise SourceError(
            1, f"the encoding {encoding} cannot hold Python source: save it as UTF-8", "unreadable"
        ) from error
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _declared_encoding(source: bytes) -> str:
    import tokenize

    lines = iter(source.splitlines(keepends=True)[:2])
    try:
        return tokenize.detect_encoding(lambda: next(lines))[0]
    except SyntaxError as error:
        raise SourceError(1, f"{error.msg}: declare a known encoding or save as UTF-8", "unreadable") from error


def parse(text: str, shift: int = 0) -> Any:
    """The ``ast`` module of ``text``, whose lines are ``shift`` smaller than those of the file.

    Raises:
        SourceError: the text is not valid for the running Python, or too deep for its parser.
    """
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the business of other tools
            return ast.parse(text)
    except SyntaxError as error:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SourceError(
            (error.lineno or 1) + shift,
            f"invalid syntax for Python {version} ({error.msg}): fix it, or run xpcheck with a newer Python",
        ) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError(
            1 + shift, "too deeply nested for Python's own parser: split the expression", "limit"
        ) from error
    except ValueError as error:
        raise SourceError(1 + shift, f"not Python source ({error}): save the file as UTF-8 text") from error


def locator(text: str, shift: int = 0) -> At:
    """A function from nodes of ``parse(text)`` to their places; lines are raised by ``shift``.

    ``ast`` counts columns in UTF-8 bytes, a ``Loc`` in code points: they differ on lines that are not ASCII only.
    Equal places, and equal lines in them, are one object: a program has hundreds of thousands of them.
    """
    numbers = list(range(shift, shift + text.count("\n") + 2))
    known: dict[Loc, Loc] = {}
    wide: dict[int, bytes] = {}
    if not text.isascii():
        wide = {number: line.encode() for number, line in enumerate(text.split("\n"), 1) if not line.isascii()}

    def column(number: int, offset: int) -> int:
        line = wide.get(number)
        return offset + 1 if line is None else len(line[:offset].decode()) + 1

    def at(node: Any) -> Loc:
        line, end = node.lineno, node.end_lineno
        if wide and (line in wide or end in wide):
            loc = (numbers[line], column(line, node.col_offset), numbers[end], column(end, node.end_col_offset))
        else:
            loc = (numbers[line], node.col_offset + 1, numbers[end], node.end_col_offset + 1)
        return known.setdefault(loc, loc)

    return at


def fixed(loc: Loc) -> At:
    """Places inside an f-string: Python versions disagree about them, so all get the place of the whole string."""
    return lambda node: loc
