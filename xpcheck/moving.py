"""A report on sources that were only laid out anew: the same findings, at other places.

Whatever is a place in a report, or names a line in a message, follows the tokens (see ``places``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from xpcheck.model import Edit, Finding, Report, Span, Step
from xpcheck.places import LostError, Places
from xpcheck.results import Basis, Results

if TYPE_CHECKING:
    from xpcheck.project.index import Index

_MANY: Final = 32
"""Files that changed at once: beyond that, looking at their tokens is no gain."""
_LINE: Final = re.compile(r"\bline (\d+)\b")
"""How a message names a line of its own file."""

Pairing: TypeAlias = "Callable[[str, str, str], Places | None]"
"""Says of a module, by its name, where the places of an earlier text are in the present one, if anywhere."""


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
    return found, Basis(frame, contents, tuple(ranges), basis.patterns, basis.solved)


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
        if self._is_elsewhere(item):
            return item
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

    def _is_elsewhere(self, item: Finding) -> bool:
        """Whether a finding says nothing of the files that changed."""
        steps = [*item.chain, *item.related, *([] if item.place is None else [item.place])]
        paths = [item.path, *(step.path for step in steps)]
        texts = [item.message, item.hint, *(step.note for step in steps)]
        if item.fix is not None:
            paths += [edit.path for edit in item.fix.edits]
            texts += [item.fix.title, item.fix.reason]
        return self._places.keys().isdisjoint(paths) and not any(map(self._named.search, texts))

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
