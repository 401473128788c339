"""Comments that matter: ``# noqa``, ``# xpcheck: ...``, ``# flake8: noqa``."""

from __future__ import annotations

import re

from xpcheck.facts import Comment
from xpcheck.syntax.sources import SourceError

_MATTERS = re.compile(r"noqa|xpcheck", re.IGNORECASE)
_WORDS = re.compile(r"\w+|[^\w\s]")
_CANDIDATE = re.compile(r"#[^\n]*?(?:noqa|xpcheck)", re.IGNORECASE)

_LONG, _MOST = 20_000, 1_000_000_000
"""Of characters in a line, and of characters that the tokenizer copies for one line (about half a second)."""


def may_suppress(source: bytes) -> bool:
    """Whether a file may hold a comment that suppresses something, or looks as if it did."""
    if b"coding" in b"".join(source.split(b"\n", 2)[:2]):
        return True  # other bytes may stand for the words
    lower = source.lower()
    return b"noqa" in lower or b"xpcheck" in lower


def comments(text: str) -> tuple[Comment, ...]:
    """The comments of a module that matter; files that cannot hold one are not tokenized.

    In a file with a line that ``unread_line`` names, none is read.
    """
    lower = text.lower()
    if "noqa" not in lower and "xpcheck" not in lower:
        return ()
    last = 0
    for candidate in _CANDIDATE.finditer(text):
        last = candidate.end()
    if not last or unread_line(text):
        return ()
    import io
    import tokenize

    found: list[Comment] = []
    last_line = text.count("\n", 0, last) + 1
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.start[0] > last_line:
                break
            if token.type == tokenize.COMMENT and _MATTERS.search(token.string):
                line, column = token.start
                found.append(Comment(line, column + 1, token.string, not token.line[:column].strip()))
    except (tokenize.TokenError, SyntaxError) as error:
        raise SourceError(1, f"the comments cannot be read ({error}): report this file") from error
    return tuple(found)


def unread_line(source: str) -> int:
    """The first line for which the tokenizer, which copies the line for each of its tokens, would take too long; or 0.

    In a file that has one no comment is read.
    """
    for number, line in enumerate(source.split("\n"), 1):
        if len(line) > _LONG and len(line) * len(_WORDS.findall(line)) > _MOST:
            return number
    return 0
