"""A report on sources that were only laid out anew: the same findings, at other places.

Comments, blank lines, line breaks and docstrings decide nothing that the analysis says, so two texts with the same
other tokens have the same findings. Whatever is a place in a report, or names a line in a message, follows the tokens.
"""

from __future__ import annotations

import functools
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from xpcheck.model import Edit, Finding, Report, Span, Step
from xpcheck.results import Basis, Results

if TYPE_CHECKING:
    from xpcheck.project.index import Index

_READ: Final = re.compile(r"xpcheck|jax", re.IGNORECASE)
"""What the analysis looks for in comments and docstrings."""
_SUPPRESSION: Final = re.compile(r"xpcheck:\s*ignore", re.IGNORECASE)
"""Comments that are looked at when a report is shown, and not before."""
_MATTERS: Final = re.compile(r"noqa|xpcheck|jax", re.IGNORECASE)
_MANY: Final = 32
"""Files that changed at once: beyond that, looking at their tokens is no gain."""
_LONGEST: Final = 2_000
"""Characters of a line: beyond that, how it is laid out may decide whether it is read."""
_LAYOUT: Final = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
_LINE: Final = re.compile(r"\bline (\d+)\b")
"""How a message names a line of its own file."""
_DOCSTRING: Final = re.compile(r"[rRuU]?['\"]")

_Place: TypeAlias = tuple[int, int]
_Lines: TypeAlias = tuple[int, int]
"""First and last line."""
Pairing: TypeAlias = "Callable[[str, str, str], Places | None]"
"""Says of a module, by its name, where the places of an earlier text are in the present one, if anywhere."""


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


class Places:
    """Where the places of one text are in another one with the same tokens; lines and columns count from 1."""

    def __init__(self, before: list[_Word], after: list[_Word], texts: tuple[str, str]) -> None:
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
        read = _both(before, after)
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
        read = _both(before, after)
        if read is None:
            return None
        old, new = read
        pairs: list[tuple[_Word, _Word]] = []
        rest = (old, new)
        for lines in changed:
            (above, inside, below) = zip(*map(_parted, rest, lines), strict=True)
            pairs += zip(*above, strict=False)
            if len(above[0]) != len(above[1]):
                return None
            shared = list(_shared(*inside))
            lost = ({*words}.difference(pair[side] for pair in shared) for side, words in enumerate(inside))
            if any(_READ.search(word.text) for words in lost for word in words):
                return None
            pairs += shared
            rest = below
        if len(rest[0]) != len(rest[1]):
            return None
        pairs += zip(*rest, strict=True)
        if any(one.meaning != two.meaning for one, two in pairs):
            return None
        return Places([one for one, _ in pairs], [two for _, two in pairs], (before, after))

    def place(self, line: int, column: int) -> _Place:
        """Where a place is now. Raises LostError for one between tokens."""
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


def _words(text: str) -> list[_Word]:
    """The tokens of a text that decide what it means. Raises TokenError or SyntaxError for one that has none."""
    words: list[_Word] = []
    for kind, string, start, end, line in tokenize.generate_tokens(io.StringIO(text).readline):
        if kind == tokenize.COMMENT:
            if _is_read(string, not line[: start[1]].strip()):
                words.append(_Word(kind, string, start, end))
        elif kind not in (tokenize.NL, tokenize.ENDMARKER):
            words.append(_Word(kind, "" if kind in _LAYOUT else string, start, end))
    return _with_distances(_without_docstrings(words))


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


def _with_distances(words: list[_Word]) -> list[_Word]:
    """The words, each comment with its distance to the lines of what stands before and after it.

    A comment belongs to the lines of a statement: in a text that has one, statements keep their line breaks.
    """
    result = []
    bound = any(word.kind == tokenize.COMMENT for word in words)
    for number, word in enumerate(words):
        if word.kind == tokenize.COMMENT:
            line = word.start[0]
            above = line - words[number - 1].end[0] if number else 0
            below = words[number + 1].start[0] - line if number + 1 < len(words) else 0
            word = word._replace(lines=(above, below))
        elif bound and number and words[number - 1].kind not in _LAYOUT:
            word = word._replace(lines=(word.start[0] - words[number - 1].end[0], 0))
        result.append(word)
    return result


# ------------------------------------------------------------------------------------------------------------- reports


def laid_out(module: str, before: str, after: str) -> Places | None:
    """A pairing of texts that say the same."""
    return Places.between(before, after)


def carried(index: Index, results: Results, frame: str, pairing: Pairing = laid_out) -> tuple[Report, Basis] | None:
    """The last report, if the sources of ``index`` are those that it is about laid out anew; None if they may be more.

    ``frame`` is the digest of everything besides their contents; ``pairing`` says which texts mean the same. Fixes copy
    what they find, comments included: where the lines that they were made from are not the same, the report is made
    anew.
    """
    last = results.last()
    if last is None:
        return None
    report, basis = last
    contents = index.contents()
    if basis.frame != frame or report.errors or index.problems or contents.keys() != basis.contents.keys():
        return None
    changed = [name for name in contents if contents[name] != basis.contents[name]]
    try:
        places = {
            name: _found(pairing, name, results.text(basis.contents[name]), index.text(name))
            for name in changed[:_MANY]
        }
        if len(changed) > _MANY or not all(
            item.same_count(pattern) for item in places.values() for pattern in basis.patterns
        ):
            return None
        ranges = [
            (name, *(places[name].range(first, last) if name in places else (first, last)))
            for name, first, last in basis.ranges
        ]
        found = moved(report, {index.path(name): item for name, item in places.items()})
        found = replace(found, commented=index.commented)
    except LostError:
        return None
    return found, Basis(frame, contents, tuple(ranges), basis.patterns)


def _found(pairing: Pairing, module: str, before: str | None, after: str) -> Places:
    """Where the places of an earlier version of a module are. Raises LostError if that says something else."""
    found = None if before is None else pairing(module, before, after)
    if found is None:
        raise LostError
    return found


def moved(report: Report, places: Mapping[str, Places]) -> Report:
    """The report with everything where it is now; ``places`` by path, as findings name files.

    Raises LostError when something cannot be found again.
    """
    mover = _Mover(places)
    findings = sorted(map(mover.finding, report.findings), key=lambda item: item.sort_key)
    remarks = sorted(map(mover.finding, report.remarks), key=lambda item: item.sort_key)
    return replace(report, findings=tuple(findings), remarks=tuple(remarks))


class _Mover:
    """Moves whatever a finding holds."""

    def __init__(self, places: Mapping[str, Places]) -> None:
        self._places = places
        paths = "|".join(re.escape(path) for path in sorted(places, key=len, reverse=True))
        self._named = re.compile(rf"(?<![\w/.\\-])({paths}):(\d+)")

    def finding(self, item: Finding) -> Finding:
        """A finding of any file: its evidence may lie in one that changed."""
        path = item.path
        fix = item.fix
        if fix is not None:
            fix = replace(
                fix,
                title=self._text(fix.title, path),
                reason=self._text(fix.reason, path),
                edits=tuple(map(self._edit, fix.edits)),
            )
        return replace(
            item,
            span=self._span(item.span, path),
            message=self._text(item.message, path),
            hint=self._text(item.hint, path),
            chain=tuple(map(self._step, item.chain)),
            related=tuple(map(self._step, item.related)),
            place=None if item.place is None else self._step(item.place),
            fix=fix,
        )

    def _step(self, step: Step) -> Step:
        note = self._text(step.note, step.path)
        found = self._places.get(step.path)
        line, column = (step.line, step.column) if found is None else found.place(step.line, step.column)
        return replace(step, line=line, column=column, note=note)

    def _edit(self, edit: Edit) -> Edit:
        return replace(edit, span=self._span(edit.span, edit.path))

    def _span(self, span: Span, path: str) -> Span:
        found = self._places.get(path)
        if found is None:
            return span
        begin, end = (span.line, span.column), (span.end_line, span.end_column)
        return Span(*found.place(*begin), *(found.place(*end) if begin == end else found.end(*end)))

    def _text(self, text: str, path: str) -> str:
        """A message of a finding in ``path``: it may name lines of that file, and of files by their paths."""
        text = self._named.sub(lambda match: f"{match[1]}:{self._places[match[1]].line(int(match[2]))}", text)
        own = self._places.get(path)
        return text if own is None else _LINE.sub(lambda match: f"line {own.line(int(match[1]))}", text)
