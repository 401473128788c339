"""Which findings have a fix, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from xpcheck.config import Config
from xpcheck.fix.fixers import Fixer, Reading, Workshop
from xpcheck.flow.events import Event
from xpcheck.link.program import Program
from xpcheck.model import Finding


def planned(
    found: Iterable[tuple[Finding, Event]],
    program: Program,
    config: Config,
    shown: Callable[[Finding], bool],
    reading: Reading,
) -> list[Finding]:
    """The findings; those that are ``shown`` with their fix, where there is one: to plan it, code is parsed again.

    ``reading`` is told which lines decided that.
    """
    workshop: Workshop | None = None
    result = []
    for finding, event in found:
        fixer = _fixer(finding.code) if event.site.function.module.own and shown(finding) else None
        if fixer is not None:
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
