"""What the text of a function can say at all, so that one that says nothing to a question need not be lowered.

An answer may be more than what the code says (strings and comments are text, too), and never less.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from xpcheck import facts
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program

_GAP = r"(?:[\s\\]|#[^\n]*\n)*"
"""What may stand between the parts of an expression."""
_DOT = re.compile(rf"{_GAP}\.{_GAP}")
_PATH = re.compile(rf"(?P<more>\.{_GAP})?(?P<path>\b[^\W\d]\w*(?:{_GAP}\.{_GAP}\w+)*){_GAP}\Z")
"""A dotted path at the end of a text."""
_LONGEST = 200
_IMPORT = re.compile(r"(?:^|[;:])[ \t\f]*(?:from|import)\b", re.MULTILINE)


def text_of(program: Program, function: Function) -> str:
    """The text of a function, without its decorators."""
    first, _, last, _ = function.outline.loc
    return "\n".join(program.index.lines(function.module.name)[first - 1 : last])


def may_import(text: str, name: str) -> bool:
    """Whether a text may have an import statement that binds a name."""
    return _IMPORT.search(text) is not None and re.search(rf"(?<![\w.]){name}\b", text) is not None


def may_call(text: str, names: Collection[str]) -> bool:
    """Whether a text may have a call of one of some names."""
    return re.search(rf"\b(?:{'|'.join(sorted(names))})\b(?:{_GAP}\))*{_GAP}\(", text) is not None


def holders(text: str, name: str) -> list[str]:
    """The dotted paths of which a text may read an attribute; "" for all that is no path of names, or a long one."""
    found = []
    for access in _access(name).finditer(text):
        first = max(0, access.start() - _LONGEST)
        path = _PATH.search(text, first, access.start())
        is_whole = path is not None and not path["more"] and (path.start() > first or not first)
        found.append(_DOT.sub(".", path["path"]) if path is not None and is_whole else "")
    return found


@lru_cache(maxsize=64)
def _access(name: str) -> re.Pattern[str]:
    return re.compile(rf"\.{_GAP}{name}\b")


def without(lines: Sequence[str], places: Iterable[facts.Loc]) -> str:
    """A text without some places in it, of which none lies in another."""
    left = list(lines)
    for first, start, last, end in sorted(places, reverse=True):
        rest = left[first - 1][: start - 1] + " " + left[last - 1][end - 1 :]
        left[first - 1 : last] = [rest, *[""] * (last - first)]
    return "\n".join(left)


__all__ = ["holders", "may_call", "may_import", "text_of", "without"]
