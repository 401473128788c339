"""Where the places of a text are in another one with the same tokens.

Comments, blank lines, line breaks and docstrings decide nothing that the analysis says, so two texts with the same
other tokens mean the same.
"""

from __future__ import annotations

import functools
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

_READ: Final = re.compile(r"xpcheck|jax", re.IGNORECASE)
"""What the analysis looks for in comments and docstrings."""
_SUPPRESSION: Final = re.compile(r"xpcheck:\s*ignore", re.IGNORECASE)
"""Comments that are looked at when a report is shown, and not before."""
_MATTERS: Final = re.compile(r"noqa|xpcheck|jax", re.IGNORECASE)
_NOTED: Final = re.compile(r"#.*(?:noqa|xpcheck|jax)", re.IGNORECASE)
"""What every line with a comment that matters has."""
_COMMENT: Final = re.compile(r"#.*")
_LONGEST: Final = 2_000
"""Characters of a line: beyond that, how it is laid out may decide whether it is read."""
_LAYOUT: Final = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
_DOCSTRING: Final = re.compile(r"[rRuU]?['\"]")

_Place: TypeAlias = tuple[int, int]
_Lines: TypeAlias = tuple[int, int]
"""First and last line."""


class LostError(Exception):
    """A place that no token holds, so that nothing says where it is now."""


class _Word(NamedTuple):
    """A token that counts; ``lines`` is how far it is from those around it, where that may mean something."""

    kind: int
    text: str
    start: _Place
    end: _Place
    lines: _Place = (0, 0)

    @property
    def meaning(self) -> tuple[int, str, _Place]:
        """What has to be the same in both texts."""
        return self.kind, self.text, self.lines


class _Same(NamedTuple):
    """Lines that are the same in both texts, and how much further down they are in the second one."""

    first: int
    last: int
    by: int


class Places:
    """Where the places of one text are in another one with the same tokens; lines and columns count from 1.

    ``same`` are lines whose tokens need not be known, in order.
    """

    def __init__(
        self, before: list[_Word], after: list[_Word], texts: tuple[str, str], same: Sequence[_Same] = ()
    ) -> None:
        self._same = same
        self._words = before
        self._after = after
        self._starts = [word.start for word in before]
        self._texts = texts
        self._lines: dict[int, set[int]] = {}
        for old, new in zip(before, after, strict=True):
            self._lines.setdefault(old.start[0], set()).add(new.start[0])
            self._lines.setdefault(old.end[0], set()).add(new.end[0])

    @staticmethod
    def between(before: str, after: str) -> Places | None:
        """The places of ``before`` in ``after``; None if the texts may mean different things."""
        read = None if _code_differs(before, after) else _both(before, after)
        if read is None:
            return None
        old, new = read
        same = [word.meaning for word in old] == [word.meaning for word in new]
        return Places(old, new, (before, after)) if same else None

    @staticmethod
    def around(before: str, after: str, changed: Sequence[tuple[_Lines, _Lines]]) -> Places | None:
        """The places of ``before`` in ``after``, but for what differs in some ``changed`` lines of both, in order.

        None if anything else may mean something else. Where the texts differ there are no places.
        """
        lines = (before.split("\n"), after.split("\n"))
        same = _same_beside(*lines, changed)
        found = _paired(before, after, changed) if same is None else _paired_inside(*lines, changed)
        if found is None or any(one.meaning != two.meaning for one, two in found):
            return None
        return Places([one for one, _ in found], [two for _, two in found], (before, after), same or ())

    def place(self, line: int, column: int) -> _Place:
        """Where a place is now. Raises LostError for one between tokens."""
        if (by := self._by(line)) is not None:
            return line + by, column
        wanted = (line, column - 1)
        number = bisect_right(self._starts, wanted) - 1
        if number >= 0 and wanted <= self._words[number].end:
            old, new = self._words[number], self._after[number]
            inside = wanted[1] - old.start[1] + new.start[1] if line == old.start[0] else wanted[1]
            return line - old.start[0] + new.start[0], inside + 1
        if column == 1:
            return self.line(line), 1
        raise LostError

    def end(self, line: int, column: int) -> _Place:
        """Where what ends at a place ends now. Raises LostError for a place between tokens."""
        if column == 1:
            return self.place(line, column)
        last, inside = self.place(line, column - 1)
        return last, inside + 1

    def line(self, number: int) -> int:
        """Where a line is now, by what begins or ends in it. Raises LostError if nothing does, or it was torn up."""
        if (by := self._by(number)) is not None:
            return number + by
        found = self._lines.get(number, ())
        if len(found) != 1:
            raise LostError
        return next(iter(found))

    def range(self, first: int, last: int) -> tuple[int, int]:
        """Where some lines are now. Raises LostError unless every character of them is the same."""
        begin, end = self.line(first), self.line(last)
        before, after = (text.split("\n") for text in self._texts)
        if before[first - 1 : last] != after[begin - 1 : end]:
            raise LostError
        return begin, end

    def same_count(self, pattern: str) -> bool:
        """Whether a pattern is found as often in the lines of both texts."""
        before, after = (sum(len(re.findall(pattern, line)) for line in text.split("\n")) for text in self._texts)
        return before == after

    def _by(self, line: int) -> int | None:
        """How much further down a line is, if it is one of those that are the same."""
        at = bisect_right(self._same, line, key=lambda item: item.first) - 1
        return self._same[at].by if at >= 0 and line <= self._same[at].last else None


# -------------------------------------------------------------------------------------------------------------- pairing


def _code_differs(before: str, after: str) -> bool:
    """Whether two texts look as if they differed in more than comments and layout, so that no token need be read."""
    old, new = before.split("\n"), after.split("\n")
    most = min(len(old), len(new))
    first = next((at for at in range(most) if old[at] != new[at]), most)
    last = next((at for at in range(most - first) if old[-1 - at] != new[-1 - at]), most - first)
    above = "\n".join(old[:first])
    if above.count('"""') % 2 or above.count("'''") % 2:
        return False  # in a docstring, it seems
    parts = ["\n".join(lines[first : len(lines) - last]) for lines in (old, new)]
    if any(quote in part for part in parts for quote in "'\""):
        return False
    code = ["".join(_COMMENT.sub("", part).split()) for part in parts]
    return code[0] != code[1]


def _same_beside(
    old: Sequence[str], new: Sequence[str], changed: Sequence[tuple[_Lines, _Lines]]
) -> list[_Same] | None:
    """The lines before, between and after those that ``changed``; None where they are not the same."""
    found: list[_Same] = []
    begin = other = 1
    for (first, last), (here, there) in [*changed, ((len(old) + 1,) * 2, (len(new) + 1,) * 2)]:
        if first < begin:
            continue  # inside of the one before
        parts = _same_but_for_comments(old[begin - 1 : first - 1], new[other - 1 : here - 1], begin == 1)
        if parts is None:
            return None
        above, below = parts
        found.append(_Same(begin, begin + above - 1, other - begin))
        found.append(_Same(first - below, first - 1, here - first))
        begin, other = last + 1, there + 1
    return found


def _same_but_for_comments(old: Sequence[str], new: Sequence[str], first: bool) -> tuple[int, int] | None:
    """How many lines two texts share at their begin and at their end, where only comments that nobody reads differ.

    ``first``: nothing stands before these lines.
    """
    if old == new:
        return len(old), 0
    most = min(len(old), len(new))
    above = next((at for at in range(most) if old[at] != new[at]), most)
    below = next((at for at in range(most - above) if old[-1 - at] != new[-1 - at]), most - above)
    middle = [*old[above : len(old) - below], *new[above : len(new) - below]]
    if any(line.strip() and not line.lstrip().startswith("#") for line in middle):
        return None
    # How far a comment is from the lines beside it may mean something; above all code none has any.
    beside = middle if first and not any(map(_counts, old[:above])) else (*old, *new)
    if any(map(_NOTED.search, beside)):
        return None
    in_text = any(quotes in line for line in old[:above] for quotes in ('"""', "'''"))
    return None if in_text or (above and old[above - 1].endswith("\\")) else (above, below)


def _counts(line: str) -> bool:
    """Whether a line is more than blank, and no comment that nobody reads."""
    text = line.strip()
    return bool(text) and (not text.startswith("#") or _NOTED.search(text) is not None)


def _paired_inside(
    old: Sequence[str], new: Sequence[str], changed: Sequence[tuple[_Lines, _Lines]]
) -> list[tuple[_Word, _Word]] | None:
    """The tokens that some statements have in common, each given by its lines in both texts; None where one is lost.

    Everything beside them is the same.
    """
    pairs: list[tuple[_Word, _Word]] = []
    bound = any(_NOTED.search(line) for lines in (old, new) for line in lines)
    end = 0
    for (first, last), (here, there) in changed:
        if first <= end:
            continue  # inside of the one before
        end = last
        parts = (old[first - 1 : last], new[here - 1 : there])
        if any(len(line) > _LONGEST for part in parts for line in part):
            return None
        try:
            inside = [
                _words("\n".join(part) + "\n", at - 1, bound) for part, at in zip(parts, (first, here), strict=True)
            ]
        except (tokenize.TokenError, SyntaxError):
            return None
        found = _paired_words(*inside)
        if found is None:
            return None
        pairs += found
    return pairs


def _paired(before: str, after: str, changed: Sequence[tuple[_Lines, _Lines]]) -> list[tuple[_Word, _Word]] | None:
    """The tokens that two texts have in common: all but some in lines that ``changed``; None where more differ."""
    read = _both(before, after)
    if read is None:
        return None
    pairs: list[tuple[_Word, _Word]] = []
    rest = read
    for lines in changed:
        (above, inside, below) = zip(*map(_parted, rest, lines), strict=True)
        found = _paired_words(*inside)
        if found is None or len(above[0]) != len(above[1]):
            return None
        pairs += [*zip(*above, strict=True), *found]
        rest = below
    if len(rest[0]) != len(rest[1]):
        return None
    return [*pairs, *zip(*rest, strict=True)]


def _paired_words(old: Sequence[_Word], new: Sequence[_Word]) -> list[tuple[_Word, _Word]] | None:
    """The words that two lists have in common; None if the analysis looks for one of the others."""
    shared = list(_shared(old, new))
    lost = ({*words}.difference(pair[side] for pair in shared) for side, words in enumerate((old, new)))
    return None if any(_READ.search(word.text) for words in lost for word in words) else shared


# -------------------------------------------------------------------------------------------------------------- tokens


def _parted(words: list[_Word], lines: _Lines) -> tuple[list[_Word], list[_Word], list[_Word]]:
    """The words above some lines, those in them, and those below."""
    begin = next((number for number, word in enumerate(words) if word.start[0] >= lines[0]), len(words))
    end = next((number for number, word in enumerate(words) if word.start[0] > lines[1]), len(words))
    return words[:begin], words[begin:end], words[end:]


def _shared(one: Sequence[_Word], two: Sequence[_Word]) -> Iterator[tuple[_Word, _Word]]:
    """The words that two lists have in common, in order."""
    from difflib import SequenceMatcher

    meanings = [[word.meaning for word in words] for words in (one, two)]
    first = next((place for place, (old, new) in enumerate(zip(*meanings, strict=False)) if old != new), None)
    first = min(len(one), len(two)) if first is None else first
    yield from zip(one[:first], two[:first], strict=True)
    matcher = SequenceMatcher(None, meanings[0][first:], meanings[1][first:], autojunk=False)
    for begin, other, count in matcher.get_matching_blocks():
        yield from zip(one[first + begin :][:count], two[first + other :][:count], strict=True)


@functools.lru_cache(maxsize=8)
def _both(before: str, after: str) -> tuple[list[_Word], list[_Word]] | None:
    """The words of two texts; None where one has lines too long to compare, or cannot be read."""
    if any(len(line) > _LONGEST for text in (before, after) for line in text.split("\n")):
        return None
    try:
        return _words(before), _words(after)
    except (tokenize.TokenError, SyntaxError):
        return None


def _words(text: str, above: int = 0, bound: bool = False) -> list[_Word]:
    """The tokens of a text that decide what it means. Raises TokenError or SyntaxError for one that has none.

    ``above`` is how many lines stand before it; ``bound``: among them, or behind it, are comments that are read.
    """
    words: list[_Word] = []
    for kind, string, start, end, line in tokenize.generate_tokens(io.StringIO(text).readline):
        begins, ends = (start[0] + above, start[1]), (end[0] + above, end[1])
        if kind == tokenize.COMMENT:
            if _is_read(string, not line[: start[1]].strip()):
                words.append(_Word(kind, string, begins, ends))
        elif kind not in (tokenize.NL, tokenize.ENDMARKER):
            words.append(_Word(kind, "" if kind in _LAYOUT else string, begins, ends))
    return _with_distances(_without_docstrings(words), bound)


def _is_read(comment: str, alone: bool) -> bool:
    """Whether the analysis may read a comment, or count the line of one that stands ``alone``."""
    return bool(_READ.search(_SUPPRESSION.sub("", comment)) or (alone and _MATTERS.search(comment)))


def _without_docstrings(words: list[_Word]) -> list[_Word]:
    """The words without docstrings; one that is all there is in its block stays without its text."""
    kept: list[_Word] = []
    opens = True
    """Nothing stood yet in the block in hand, that of a module, a class or a function."""
    first = ""
    """The first word of the statement in hand."""
    rest = iter(enumerate(words))
    for number, word in rest:
        if word.kind == tokenize.STRING and opens and _is_docstring(words, number):
            if number + 2 < len(words) and words[number + 2].kind != tokenize.DEDENT:
                next(rest)  # the end of its line
            else:
                kept.append(word._replace(text=""))
            opens = False
            continue
        kept.append(word)
        if word.kind == tokenize.INDENT:
            opens, first = first in ("def", "class"), ""
        elif word.kind == tokenize.NEWLINE:
            first = first if number + 1 < len(words) and words[number + 1].kind == tokenize.INDENT else ""
        elif word.kind != tokenize.COMMENT:
            opens, first = False, word.text if first in ("", "async") else first
    return kept


def _is_docstring(words: list[_Word], number: int) -> bool:
    """Whether a string is a statement, and nothing that the analysis looks for stands in it."""
    string = words[number].text
    alone = number + 1 < len(words) and words[number + 1].kind == tokenize.NEWLINE
    return alone and _DOCSTRING.match(string) is not None and not _READ.search(string)


def _with_distances(words: list[_Word], bound: bool) -> list[_Word]:
    """The words, each comment with its distance to the lines of what stands before and after it.

    A comment belongs to the lines of a statement: in a text that has one, statements keep their line breaks.
    """
    result = []
    bound = bound or any(word.kind == tokenize.COMMENT for word in words)
    if not bound:
        return words
    for number, word in enumerate(words):
        if word.kind == tokenize.COMMENT:
            line = word.start[0]
            above = line - words[number - 1].end[0] if number else 0
            below = words[number + 1].start[0] - line if number + 1 < len(words) else 0
            word = word._replace(lines=(above, below))
        elif number and words[number - 1].kind not in _LAYOUT:
            word = word._replace(lines=(word.start[0] - words[number - 1].end[0], 0))
        result.append(word)
    return result
