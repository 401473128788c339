"""Which findings have a fix, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from xpcheck.config import Config
from xpcheck.fix.fixers import Fixer, Reading, Workshop
from xpcheck.flow.events.body_events import Event
from xpcheck.link.program import Program
from xpcheck.model import Finding, Fix

LOCAL: Final = frozenset({"XP201", "XP301"})
"""Rules whose fixes are made from the event, and from the lines of the function in which it happened, alone."""


@dataclass(frozen=True, slots=True)
class Former:
    """Fixes of an earlier run, by their findings without them; ``same`` says whether an event is one of that run."""

    fixes: Mapping[Finding, Fix | None]
    same: Callable[[Event], bool]


def planned(
    found: Iterable[tuple[Finding, Event]],
    program: Program,
    config: Config,
    shown: Callable[[Finding], bool],
    reading: Reading,
    former: Former | None = None,
) -> list[Finding]:
    """The findings; those that are ``shown`` with their fix, where there is one: to plan it, code is parsed again.

    ``reading`` is told which lines decided that; ``former`` fixes that are ``LOCAL`` are taken again.
    """
    workshop: Workshop | None = None
    result = []
    for finding, event in found:
        fixer = _fixer(finding.code) if event.site.function.module.own and shown(finding) else None
        if fixer is None:
            pass
        elif former is not None and finding.code in LOCAL and finding in former.fixes and former.same(event):
            first, _, last, _ = event.site.function.outline.loc
            reading.ranges.add((event.site.function.module.name, first, last))
            finding = replace(finding, fix=former.fixes[finding])
        else:
            workshop = workshop or Workshop(program, config, reading)
            draft = fixer(finding, event, workshop)
            finding = replace(finding, fix=workshop.finished(draft) if draft is not None else None)
        result.append(finding)
    return result


def _fixer(code: str) -> Fixer | None:
    # libcst is loaded only where there is something to fix.
    from xpcheck.fix import calls, columns, decorators, imports, items, masks, names, signatures

    fixers: Final[dict[str, Fixer]] = {
        "XP101": calls.threaded,
        "XP102": calls.unpinned,
        "XP103": signatures.taught,
        "XP104": signatures.called,
        "XP201": names.namespaced,
        "XP203": items.branched,
        "XP301": masks.called,
        "XP401": decorators.uncached,
        "XP503": decorators.arranged,
        "XP504": columns.unwrapped,
        "XP507": names.renamed,
        "XP601": imports.localised,
    }
    return fixers.get(code)
