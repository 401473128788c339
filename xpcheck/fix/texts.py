"""Edits on the bytes of a file: everything outside their spans stays as it is, whatever the encoding or line ends."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from collections.abc import Iterable

from xpcheck.model import Edit, Span

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_END = re.compile(rb"(?:\r\n|\r|\n)\Z")


class EditError(Exception):
    """Edits that cannot be made in a file: the message says why."""


class Text:
    """The bytes of a Python file with the places of its lines and columns.

    Lines and columns count from 1, columns in code points, as in ``Span``; a byte order mark is no column.

    Raises EditError when the bytes are not the text that Python reads in the file's encoding.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._start = len(codecs.BOM_UTF8) if content.startswith(codecs.BOM_UTF8) else 0
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        except SyntaxError as error:
            raise EditError(f"its encoding is not known: {error.msg}") from None
        self._encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        self._lines = [(match.start(), match.group()) for match in _LINE.finditer(content, self._start)]

    def offset(self, line: int, column: int) -> int:
        """Where a place lies in the bytes."""
        if not 1 <= line <= len(self._lines):
            raise EditError(f"it has no line {line}")
        start, raw = self._lines[line - 1]
        bare = _END.sub(b"", raw)
        try:
            text = bare.decode(self._encoding)
            before = text[: column - 1].encode(self._encoding)
        except (UnicodeError, LookupError) as error:
            raise EditError(f"line {line} is no {self._encoding} text: {error}") from None
        if column - 1 > len(text) or not bare.startswith(before):
            raise EditError(f"line {line} has no column {column}")
        return start + len(before)

    def range(self, span: Span) -> tuple[int, int]:
        """The first byte of a span and the first one after it."""
        start, end = self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)
        if end < start:
            raise EditError(f"line {span.line}: a span ends before it begins")
        return start, end

    def encoded(self, text: str) -> bytes:
        """New text as the file would hold it: in its encoding, with the line ends of its first line."""
        try:
            return text.replace("\n", self._newline).encode(self._encoding)
        except UnicodeError:
            raise EditError(f"the encoding {self._encoding} cannot hold the new text") from None

    @property
    def _newline(self) -> str:
        found = _END.search(self._lines[0][1])
        return found.group().decode("ascii") if found is not None else "\n"


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes of a file after some edits, of which none overlaps another.

    Raises EditError when they cannot be made.
    """
    text = Text(content)
    parts: list[bytes] = []
    at = 0
    for start, end, new in sorted((*text.range(item.span), item.text) for item in edits):
        if start < at:
            raise EditError("two edits overlap")
        parts += [content[at:start], text.encoded(new)]
        at = end
    return b"".join((*parts, content[at:]))


class Shifts:
    """Where places of a file are after edits, of which none overlaps another."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._edits = sorted(edits, key=lambda item: (item.span, item.text))

    def moved(self, line: int, column: int) -> tuple[int, int]:
        """A place after the edits; one that was replaced is where the new text begins."""
        old, new = (1, 1), (1, 1)

        def mapped(place: tuple[int, int]) -> tuple[int, int]:
            if place[0] == old[0]:
                return new[0], new[1] + place[1] - old[1]
            return place[0] + new[0] - old[0], place[1]

        for edit in self._edits:
            start, end = (edit.span.line, edit.span.column), (edit.span.end_line, edit.span.end_column)
            if start > (line, column):
                break
            begin = mapped(start)
            if end > (line, column):
                return begin
            lines = edit.text.split("\n")
            last = len(lines[-1])
            new = (begin[0] + len(lines) - 1, last + 1 if len(lines) > 1 else begin[1] + last)
            old = end
        return mapped((line, column))
