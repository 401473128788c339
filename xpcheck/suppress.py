"""What is not shown of the findings: comments that suppress them, and the selection of rules and levels.

Pure functions over findings and source text. Two kinds of comments are read:

* ``# noqa`` with flake8's own regular expression and flake8's own idea of a line (physical, joined only over
  backslashes and multi-line strings). The command applies it; under flake8 that is flake8's work;
* ``# xpcheck: ignore[XP101] reason``, which covers the whole statement it stands in (for a compound statement its
  header, decorators included) or, on a line of its own, the statement below; ``# xpcheck: ignore-file[XP101] reason``
  covers the file. Both front-ends honour it alike.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from xpcheck.config import Config, complain_of_code, nearest
from xpcheck.model import Edit, Finding, Kind, Level, Span
from xpcheck.syntax.comments import unread_line

if TYPE_CHECKING:
    import pathspec

UNUSED = "XP902"
MALFORMED = "XP903"

NOQA = re.compile(r"# noqa(?::[\s]?(?P<codes>([A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
"""flake8's regular expression, character for character (a test compares them)."""

_NAMES_OURS = re.compile(r"noqa[^\n]*xp", re.IGNORECASE)
"""Without this in a file, tokens need not be looked at for comments that name our codes (all begin with XP)."""

NOQA_FILE = re.compile(r"\s*# flake8[:=]\s*noqa", re.IGNORECASE)
"""flake8's regular expression for a file that it leaves out."""

_OURS = re.compile(r"(?<!\S)#\s*xpcheck\s*:\s*(?P<verb>[\w-]*)\s*(?:\[(?P<codes>[^\]]*)(?P<close>\])?)?")
_UNREADABLE = (tokenize.TokenError, SyntaxError, SystemError)
"""What the tokenizer raises for broken source; SystemError where its C part loses an error on the way."""

_VERBS = ("ignore", "ignore-file", "host", "static", "traced")


@dataclass(frozen=True, slots=True, order=True)
class Ignore:
    """An ``ignore`` or ``ignore-file`` comment: where it stands, what it names, the lines ``first..last`` it covers."""

    span: Span
    code: str
    first: int
    last: int

    def covers(self, finding: Finding) -> bool:
        """Whether it suppresses ``finding`` (of the same file)."""
        return finding.code == self.code and self.first <= finding.span.line <= self.last


@dataclass(frozen=True, slots=True, order=True)
class Complaint:
    """A malformed suppression: where it stands and what is wrong with it."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Directives:
    """The suppressions of one file; a comment that names two codes gives two entries."""

    ignores: tuple[Ignore, ...] = ()
    complaints: tuple[Complaint, ...] = ()


# ---------------------------------------------------------------------------------------------------- our own comments


def directives(source: str, codes: Collection[str] = ()) -> Directives:
    """The ``# xpcheck: ignore`` comments of a file; with ``codes``, a code that is none of them is a complaint."""
    if "xpcheck" not in source:
        return Directives()
    tokens = _tokens(source)
    statements = _statements(tokens)
    ignores: list[Ignore] = []
    complaints: list[Complaint] = []
    for token in tokens:
        # One comment may hold several directives: `# type: ignore  # xpcheck: ignore[XP101]`.
        for found in _OURS.finditer(token.string) if token.type == tokenize.COMMENT else ():
            line, column = token.start[0], token.start[1] + found.start() + 1
            span = Span(line, column, line, column + len(token.string[found.start() :].rstrip()))
            complaint = _complaint(found, codes)
            if complaint:
                complaints.append(Complaint(span, complaint))
            elif found["verb"] in ("ignore", "ignore-file"):
                whole = found["verb"] == "ignore-file"
                first, last = (1, max(1, source.count("\n") + 1)) if whole else statements.get(line, (line, line))
                ignores += [Ignore(span, code, first, last) for code in dict.fromkeys(_split(found["codes"]))]
    return Directives(tuple(ignores), tuple(complaints))


def _split(codes: str) -> list[str]:
    return [code for code in re.split(r"[,\s]+", codes) if code]


def _complaint(found: re.Match[str], codes: Collection[str]) -> str:
    """What is wrong with one of our comments, ``""`` if nothing is."""
    verb = found["verb"]
    if verb not in _VERBS:
        return f"`# xpcheck: {verb}` is unknown{nearest(verb, _VERBS)}"
    if not verb.startswith("ignore"):
        # Declarations belong to the analysis, which reads and checks them itself.
        return ""
    if found["codes"] is None or not _split(found["codes"]):
        return f"`# xpcheck: {verb}` names no rule: write `# xpcheck: {verb}[XP101] reason`"
    if found["close"] is None:
        return f"`# xpcheck: {verb}[` has no closing bracket"
    for code in _split(found["codes"]):
        complaint = complain_of_code(code, codes)
        if complaint:
            return complaint
        if len(code) != len("XP101"):
            return f"`{code}` is not a whole rule code: write out each code, as in `{verb}[XP101, XP201]`"
    return ""


class _Token(NamedTuple):
    """A token without the text of its line, which the tokenizer makes anew for each; ``blank``: an empty line's end."""

    type: int
    string: str
    start: tuple[int, int]
    end: tuple[int, int]
    blank: bool


def _tokens(source: str) -> list[_Token]:
    """The tokens of ``source`` as far as it can be read."""
    tokens: list[_Token] = []
    with contextlib.suppress(*_UNREADABLE):
        for kind, string, start, end, line in _generated(source):
            tokens.append(_Token(kind, string, start, end, kind == tokenize.NL and not line.strip()))
    return tokens


def _generated(source: str) -> Iterator[tokenize.TokenInfo]:
    """What the tokenizer says of ``source``; nothing where that would take too long.

    Raises what ``_UNREADABLE`` lists for broken source.
    """
    return iter(()) if unread_line(source) else tokenize.generate_tokens(io.StringIO(source).readline)


_LAYOUT = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


def code_of(source: str) -> list[str]:
    """The tokens of a file that are no comments and no layout: what stays the same when comments are added."""
    return [token.string for token in _tokens(source) if token.type not in _LAYOUT | {tokenize.COMMENT}]


def statement_lines(source: str) -> Mapping[int, tuple[int, int]]:
    """For each line of a file the first and last line of its statement; see ``# xpcheck: ignore``."""
    return _statements(_tokens(source))


def _statements(tokens: Sequence[_Token]) -> Mapping[int, tuple[int, int]]:
    """For each line, that of a comment right above included, the first and last line of its statement.

    A statement is a logical line (for a compound statement its header); decorators belong to what they decorate.
    """
    extents: dict[int, tuple[int, int]] = {}
    above = first = last = 0
    opens = decorator = False
    for token in tokens:
        if token.type == tokenize.COMMENT and not first:
            above = above or token.start[0]
        elif token.blank and not first:
            above = 0
        elif token.type == tokenize.NEWLINE:
            opens = True
            if not decorator:
                extents.update(dict.fromkeys(range(above or first, last + 1), (first, last)))
                above = first = last = 0
        elif token.type not in _LAYOUT and token.type != tokenize.COMMENT:
            if opens or not first:
                decorator = token.string == "@"
            opens = False
            first = first or token.start[0]
            last = token.end[0]
    return extents


# --------------------------------------------------------------------------------------------------------------- noqa


def noqa_lines(source: str) -> Mapping[int, str]:
    """For each line number the text in which flake8 looks for ``# noqa``; empty for a file that cannot be read."""
    lines = io.StringIO(source).readlines()
    joined = _joined(source)
    texts = {(first, last): "".join(lines[first - 1 : last]) for first, last in joined.values()}
    return {number: texts[extent] for number, extent in joined.items()}


def _joined(source: str) -> Mapping[int, tuple[int, int]]:
    """For each line the first and last of the lines that flake8 joins with it; empty for a file that cannot be read."""
    count = len(io.StringIO(source).readlines())
    joined: dict[int, tuple[int, int]] = {}
    first, last = count + 2, -1
    try:
        for token in _generated(source):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT):
                continue
            first, last = min(first, token.start[0]), max(last, token.end[0])
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                joined.update(dict.fromkeys(range(first, last + 1), (first, last)))
                first, last = count + 2, -1
    except _UNREADABLE:
        return {}
    return joined


def noqa_suppresses(text: str, code: str) -> bool:
    """Whether a ``# noqa`` in ``text`` suppresses ``code``, as flake8 decides it."""
    found = NOQA.search(text)
    if found is None:
        return False
    if found["codes"] is None:
        return True
    named = tuple(part for part in re.split(r"[,\s]", found["codes"]) if part)
    return code.startswith(named)


def is_left_out(source: str) -> bool:
    """Whether flake8 leaves the whole file out."""
    return any(NOQA_FILE.match(line) for line in io.StringIO(source))


def without_noqa(findings: Iterable[Finding], source: str) -> tuple[Finding, ...]:
    """The ``findings`` of a file that flake8 would show, given its comments."""
    kept = tuple(findings)
    if not kept or "noqa" not in source.lower():
        return kept
    if is_left_out(source):
        return ()
    if not _may_suppress(source, {finding.code for finding in kept}):
        return kept
    lines = noqa_lines(source)
    return tuple(finding for finding in kept if not noqa_suppresses(lines.get(finding.span.line, ""), finding.code))


def _may_suppress(source: str, codes: Collection[str]) -> bool:
    """Whether anything in a file, a comment or not, looks like a ``# noqa`` that suppresses one of the codes.

    flake8 may find more codes behind it than its own line has, where it joins lines.
    """
    for found in NOQA.finditer(source):
        line = source[found.start() :].partition("\n")[0]
        if any(noqa_suppresses(text, code) for text in (line, found[0]) for code in codes):
            return True
    return False


def unused_noqa(findings: Collection[Finding], source: str, codes: Collection[str]) -> Iterator[tuple[Span, str]]:
    """Our ``codes`` that a ``# noqa`` names although it suppresses none of the ``findings`` of its file."""
    if _NAMES_OURS.search(source) is None:
        return
    lines = noqa_lines(source)
    for token in _tokens(source):
        found = NOQA.search(token.string) if token.type == tokenize.COMMENT else None
        if found is None or found["codes"] is None:
            continue
        number = token.start[0]
        text = lines.get(number)
        here = [finding.code for finding in findings if text is not None and lines.get(finding.span.line) is text]
        for named in dict.fromkeys(part for part in re.split(r"[,\s]", found["codes"]) if part):
            if named in codes and named not in here:
                start = token.start[1] + found.start() + 1
                yield Span(number, start, number, start + len(found[0].rstrip())), named


_NEAR_NOQA = re.compile(r"#\s*noqa\s*(?::\s*|\s(?=XP[-_]?\d))(?P<code>XP[-_]?\d*)(?!\w)", re.IGNORECASE)
"""A comment that means to name one of our codes, however it is spelled."""


def wrong_noqa(source: str, codes: Collection[str]) -> Iterator[Complaint]:
    """Comments like ``# noqa`` that name our codes in a way that means something else to flake8, or unknown ones."""
    if _NAMES_OURS.search(source) is None:
        return
    for token in _tokens(source):
        if token.type != tokenize.COMMENT:
            continue
        found, near = NOQA.search(token.string), _NEAR_NOQA.search(token.string)
        match = found or near
        if match is None:
            continue
        line, start = token.start[0], token.start[1] + match.start() + 1
        span = Span(line, start, line, start + len(match[0].rstrip()))
        if found is not None and found["codes"] is not None:
            for code in _split(found["codes"]):
                if complaint := _complaint_of_noqa(code, codes):
                    yield Complaint(span, complaint)
        elif near is not None:
            right = next(iter(difflib.get_close_matches(near["code"].upper(), list(codes), n=1)), "XP101")
            effect = "everything on its line" if found is not None else "nothing"
            yield Complaint(span, f"`{near[0].strip()}` suppresses {effect}: write `# noqa: {right}`")


def _complaint_of_noqa(code: str, codes: Collection[str]) -> str:
    """What is wrong with a code that a ``# noqa`` names, "" if nothing is or it is not ours; prefixes are fine."""
    if not re.fullmatch(r"XP\d+", code, re.IGNORECASE) or any(known.startswith(code) for known in codes):
        return ""
    if any(known.startswith(code.upper()) for known in codes):
        return f"`# noqa: {code}` suppresses nothing, codes are upper case: write `# noqa: {code.upper()}`"
    return f"unknown rule code `{code}` in `# noqa`{nearest(code.upper(), codes)}"


def noqa_edits(path: str, source: str, wanted: Mapping[int, Collection[str]], reason: str) -> tuple[Edit, ...]:
    """Edits of the file ``path`` that add ``# noqa`` comments for the codes ``wanted`` on some lines.

    They stand where flake8 looks for them: behind the last line that it joins with the finding's. A comment that is
    there already gets the codes in front of its own. Where ``noqa`` stands in a string, which flake8 takes for the
    comment, our own comment is written.
    """
    joined, lines = _joined(source), source.split("\n")
    comments = {token.start[0]: token for token in _tokens(source) if token.type == tokenize.COMMENT}
    together: dict[tuple[int, int], set[str]] = {}
    for number, codes in wanted.items():
        together.setdefault(joined.get(number, (number, number)), set()).update(codes)
    edits = []
    for (first, last), codes in sorted(together.items()):
        named = ",".join(sorted(codes))
        comment = comments.get(last)
        inside = None if comment is None else NOQA.search(comment.string)
        end = Span(last, len(lines[last - 1]) + 1, last, len(lines[last - 1]) + 1)
        if NOQA.search("\n".join(lines[first - 1 : last])) is None:
            edits.append(Edit(path, end, f"  # noqa: {named} - {reason}"))
        elif comment is not None and inside is not None and inside["codes"]:
            column = comment.start[1] + inside.start("codes") + 1
            edits.append(Edit(path, Span(last, column, last, column), f"{named},"))
        else:
            edits.append(Edit(path, end, f"  # xpcheck: ignore[{named}] {reason}"))
    return tuple(edits)


# ------------------------------------------------------------------------------------------------------------ applying


@dataclass(frozen=True, slots=True)
class Outcome:
    """The findings of one file that remain, and what there is to say about its suppressions (XP902, XP903)."""

    kept: tuple[Finding, ...]
    remarks: tuple[Finding, ...] = ()


def without_ignored(findings: Iterable[Finding], source: str) -> tuple[Finding, ...]:
    """The ``findings`` of a file that no ``# xpcheck: ignore`` of it covers."""
    ignores = directives(source).ignores
    return tuple(item for item in findings if not any(ignore.covers(item) for ignore in ignores))


def review(findings: Iterable[Finding], path: str, source: str, codes: Collection[str]) -> Outcome:
    """Apply both kinds of comments to all ``findings`` of the file ``path`` and remark on the idle and the wrong ones.

    ``findings`` must not have been filtered by comments before, or every comment looks unused. ``codes`` are the known
    rule codes.
    """
    found = tuple(findings)
    if "noqa" not in source.lower() and "xpcheck" not in source:
        return Outcome(found)
    told = directives(source, codes)
    kept = tuple(item for item in found if not any(ignore.covers(item) for ignore in told.ignores))
    remarks = [_remark(MALFORMED, path, item.span, item.message) for item in told.complaints]
    if line := unread_line(source):
        text = "no comment of this file is read, the line has too many tokens: split it"
        remarks.append(_remark(MALFORMED, path, Span(line, 1, line, 2), text))
    for ignore in told.ignores:
        if not any(ignore.covers(item) for item in found):
            text = f"`# xpcheck: ignore[{ignore.code}]` suppresses nothing: remove it"
            remarks.append(_remark(UNUSED, path, ignore.span, text))
    for span, code in unused_noqa(kept, source, codes):
        remarks.append(_remark(UNUSED, path, span, f"`# noqa: {code}` suppresses nothing: remove it"))
    shown = [*without_noqa(remarks, source)]
    if _NAMES_OURS.search(source) and not is_left_out(source):
        # Not hidden by the comment that they are about.
        shown += [_remark(MALFORMED, path, item.span, item.message) for item in wrong_noqa(source, codes)]
    return Outcome(without_noqa(kept, source), tuple(sorted(shown, key=_order)))


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.sort_key


def _remark(code: str, path: str, span: Span, message: str) -> Finding:
    name = {UNUSED: "unused-suppression", MALFORMED: "malformed-suppression"}[code]
    return Finding(code, name, Kind.CONVENTION, None, path, span, "<module>", message)


# ----------------------------------------------------------------------------------------------------------- selection


def selected(code: str, on: bool, select: Sequence[str], ignore: Sequence[str]) -> bool:
    """Whether the rule ``code``, which is ``on`` by default or not, is reported: the longer prefix wins, ignore a tie.

    Without a ``select`` the rules that are on by default are selected.
    """
    wanted = max((len(prefix) for prefix in select if code.startswith(prefix)), default=-1)
    if not select and on:
        wanted = 0
    unwanted = max((len(prefix) for prefix in ignore if code.startswith(prefix)), default=-1)
    return wanted > unwanted


def shown(finding: Finding, config: Config, on: bool = True) -> bool:
    """Whether ``finding`` is reported under ``config``; ``on``: its rule is on by default."""
    if not selected(finding.code, on, config.select, config.ignore):
        return False
    if finding.level is not None and finding.level.rank > Level(config.level).rank:
        return False
    return not any(
        finding.code.startswith(prefixes) and matches(glob, finding.path) for glob, prefixes in config.per_file_ignores
    )


def matches(glob: str, path: str) -> bool:
    """Whether ``glob``, read as a line of a ``.gitignore``, fits ``path`` (relative to the root, with ``/``)."""
    return _pattern(glob).match_file(path)


@functools.lru_cache(maxsize=256)
def _pattern(glob: str) -> pathspec.GitIgnoreSpec:
    # Imported here: most projects have no such option.
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([glob])
