"""Texts that would break or stall libcst, found by a scan before it sees them.

libcst 1.9 dies on 2,000 nested brackets and on 100,000 ``and`` terms, rejects 6,000 strings side by side, and its time
grows with the square of the length of a chain (``a.b(c).d(e)...``: 500 links 0.3 s, 2,000 links 8 s). The limits below
are far from all of that and far above what people write. They also bound the depth of the IR.
"""

from __future__ import annotations

import re

MAX_DEPTH = 300
"""How deep expressions may nest: brackets and links (operators, attributes, calls) that lie in one another."""

MAX_BRACKETS = 100
"""How deep brackets may nest (Python itself stops at 200)."""

MAX_STRINGS = 2_000
"""How many strings may stand side by side."""

MAX_TOKENS = 200_000
"""How many tokens one logical line may have."""

_LINKS = b"([{.+-*/%@&|^~<>"
_NO_LINKS = bytes(set(range(256)) - set(_LINKS))
_LINK_WORDS = ("and", "or", "not", "else", "lambda", "elif", "for")
_MANY_QUOTES = 2 * MAX_STRINGS

_TOKENS = re.compile(
    r"""
      (?P<string>[A-Za-z]{0,2}(?:\"""(?:[^"\\]++|\\.|"(?!""))*+\"""|'''(?:[^'\\]++|\\.|'(?!''))*+'''
                             |"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+'))
    | (?P<word>\d[\w.]*|\w+)
    | (?P<skip>\#[^\n]*|\\\n|[ \t\f]+)
    | (?P<operator>\*\*|//|<<|>>|[-.+*/%@&|^~<>])
    | (?P<punctuation>(?s:.))
    """,
    re.VERBOSE | re.DOTALL,
)

_TOO_WIDE = (
    f"joins more than {MAX_STRINGS} strings",
    f"has more than {MAX_TOKENS:,} tokens in one logical line",
)
_TOO_DEEP = f"chains or nests more than {MAX_DEPTH} operators in one expression"
_FORMATTED = re.compile(r"[rR]?[fFtT]")


def is_hostile(text: str) -> str | None:
    """Why libcst must not see the source ``text``, or None when it may.

    The reason is a phrase with the source as its subject: "nests brackets more than 100 deep".
    """
    if len(text) <= MAX_BRACKETS or _few_links(text):
        return None
    return _Scan().read(text)


def is_only_wide(reason: str) -> bool:
    """Whether a text that ``is_hostile`` for ``reason`` is long, and not deep: a process of its own may read it."""
    return reason in _TOO_WIDE


def _few_links(text: str) -> bool:
    """Whether everything in ``text`` that could nest, taken together, is below the limits (strings count too)."""
    links = len(text.encode("utf-8", "surrogatepass").translate(None, _NO_LINKS))
    if links > MAX_BRACKETS and text.count("(") + text.count("[") + text.count("{") > MAX_BRACKETS:
        return False
    if links > MAX_DEPTH or text.count('"') + text.count("'") > _MANY_QUOTES or len(text) > MAX_TOKENS:
        return False
    return links + sum(map(text.count, _LINK_WORDS)) <= MAX_DEPTH


class _Element:
    """What lies between two commas of an open bracket: its links, and the deepest bracket closed in it."""

    __slots__ = ("best", "inner", "links")

    def __init__(self) -> None:
        self.links = 0
        self.inner = 0
        self.best = 0

    def end(self) -> int:
        """Start a new element; the result is the depth of the deepest element so far."""
        self.best = max(self.best, self.links + self.inner)
        self.links = self.inner = 0
        return self.best


class _Scan:
    """Measures one text, token by token."""

    def __init__(self) -> None:
        self.open = [_Element()]
        self.tokens = 0
        self.strings = 0
        self.elifs = 0

    def read(self, text: str) -> str | None:
        """The limit that ``text`` exceeds: a depth, if it exceeds one anywhere."""
        wide: str | None = None
        for token in _TOKENS.finditer(text):
            kind = token.lastgroup
            if kind == "skip":
                continue
            self.tokens += 1
            if kind == "string":
                reason = self._string(token[0])
            else:
                if kind == "word":
                    self._word(token[0])
                elif kind == "operator":
                    self.open[-1].links += 1
                if token[0] != "\n":
                    self.strings = 0
                reason = self._punctuation(token[0]) if kind == "punctuation" else self._links()
            if reason in _TOO_WIDE:
                wide = reason
            elif reason is not None:
                return reason
        return self._end_of_line() or wide

    def _string(self, string: str) -> str | None:
        self.strings += 1
        if self.strings > MAX_STRINGS:
            return _TOO_WIDE[0]
        if "{" in string and _FORMATTED.match(string):
            self.open[-1].inner = max(self.open[-1].inner, _fields_depth(string))
        return None

    def _word(self, word: str) -> None:
        if word in _LINK_WORDS:
            self.open[-1].links += 1
            self.elifs += word == "elif"

    def _links(self) -> str | None:
        return _TOO_DEEP if self.open[-1].links > MAX_DEPTH else None

    def _punctuation(self, mark: str) -> str | None:
        if mark in "([{":
            self.open[-1].links += 1
            self.open.append(_Element())
            if len(self.open) > MAX_BRACKETS + 1:
                return f"nests brackets more than {MAX_BRACKETS} deep"
        elif mark in ")]}" and len(self.open) > 1:
            depth = self.open.pop().end()
            self.open[-1].inner = max(self.open[-1].inner, depth)
        elif mark == ",":
            self.open[-1].end()
        elif mark in "\n;" and len(self.open) == 1:
            return self._end_of_line()
        return None

    def _end_of_line(self) -> str | None:
        depth = max(element.end() for element in self.open)
        tokens, self.tokens, self.strings = self.tokens, 0, 0
        self.open = [_Element()]
        if depth > MAX_DEPTH:
            return _TOO_DEEP
        if self.elifs > MAX_DEPTH:
            return f"has more than {MAX_DEPTH} elif branches"
        if tokens > MAX_TOKENS:
            return _TOO_WIDE[1]
        return None


def _fields_depth(string: str) -> int:
    """A bound for the depth of the replacement fields of an f-string: its links between braces."""
    deepest = links = level = 0
    for character in string.replace("{{", "").replace("}}", ""):
        if character == "{":
            level += 1
        elif character == "}":
            level -= 1
            if level <= 0:
                deepest, links, level = max(deepest, links), 0, 0
        links += level > 0 and character in "([{.+-*/%@&|^~<> "
    return max(deepest, links)
