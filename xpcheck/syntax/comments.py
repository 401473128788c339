"""Comments that matter: ``# noqa``, ``# xpcheck: ...``, ``# flake8: noqa``."""

from __future__ import annotations

import re

from xpcheck.facts import Comment
from xpcheck.syntax.sources import SourceError

_MATTERS = re.compile(r"noqa|xpcheck", re.IGNORECASE)


def comments(text: str) -> tuple[Comment, ...]:
    """The comments of a module that matter; files that cannot hold one are not tokenized."""
    if not _MATTERS.search(text):
        return ()
    import io
    import tokenize

    found: list[Comment] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and _MATTERS.search(token.string):
                line, column = token.start
                found.append(Comment(line, column + 1, token.string, not token.line[:column].strip()))
    except (tokenize.TokenError, SyntaxError) as error:
        raise SourceError(1, f"the comments cannot be read ({error}): report this file") from error
    return tuple(found)
