"""What earlier runs left about a program, and the report that still holds after edits of bodies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from xpcheck.config import Config
from xpcheck.model import Finding, Fix, Report
from xpcheck.moving import carried
from xpcheck.places import LostError, Places
from xpcheck.results import Basis, Results, digest_of

if TYPE_CHECKING:
    from xpcheck.facts import Loc
    from xpcheck.flow.earlier.edits import Edits
    from xpcheck.flow.earlier.edits import Former as Before
    from xpcheck.flow.earlier.memory import Left
    from xpcheck.flow.flows import Former
    from xpcheck.flow.models import Knowledge
    from xpcheck.link.definitions import Function
    from xpcheck.link.program import Program

_MANY = 32
"""Files that changed at once: beyond that, everything is solved anew."""


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier run left about a program.

    Attributes
    ----------
    memory
        What it knew, and the edits since; None: nothing is to be left either.
    contents
        The digest of each module's content then.
    texts
        Those that modules had then which are others now.
    """

    memory: Former | None = (None, None)
    contents: Mapping[str, bytes] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(program: Program, results: Results, found: Left | None) -> Past:
        """What was left about a program by the last run, and what was edited since."""
        from xpcheck.flow.earlier.edits import edits
        from xpcheck.flow.earlier.memory import Memory

        contents = program.index.contents()
        if found is None or found.contents.keys() != contents.keys():
            return Past()
        before = found.contents
        changed = [name for name in contents if contents[name] != before[name]]
        known = {name: results.text(before[name]) for name in changed[:_MANY]}
        texts = {name: text for name, text in known.items() if text is not None}
        outlines = {name: results.outline(before[name]) for name in texts}
        made = edits(program, texts, outlines) if len(texts) == len(changed) else None
        if made is None:
            return Past()
        return Past((Memory.of(found, program), made), before, texts)

    def fixes(
        self, results: Results, frame: str, contents: Mapping[str, bytes], codes: Collection[str]
    ) -> Mapping[Finding, Fix | None]:
        """The fixes of some rules in the last report, by their findings without them, if it rests on the same solution.

        They count in files that are the same as then; ``contents`` are those of now.
        """
        last = results.last() if self.contents else None
        if last is None or (last[1].frame, last[1].solved) != (frame, digest_of(self.contents)):
            return {}
        before = last[1].contents
        findings = (item for item in last[0].findings if contents.get(item.module) == before.get(item.module, b""))
        return {replace(item, fix=None, fingerprint=""): item.fix for item in findings if item.code in codes}

    def report(
        self, program: Program, results: Results, config: Config, knowledge: Knowledge, frame: str
    ) -> tuple[Report, Basis] | None:
        """The last report, if the edited bodies still say the same; None if they may say more."""
        from xpcheck.flow.earlier.counts import of_values
        from xpcheck.flow.earlier.edits import edits as all_edits
        from xpcheck.flow.earlier.rehearsal import Edit, added_values

        kept, edits = self.memory or (None, None)
        if kept is None or edits is None:
            return None

        last = results.last()
        reported = last[1].contents if last is not None else {}

        @cache
        def pairing(module: str, before: str, after: str) -> Places | None:
            known: Edits | None = edits
            if self.texts.get(module) != before:
                outline = results.outline(reported[module]) if module in reported else None
                known = all_edits(program, {module: before}, {module: outline})
            changed = known.changed if known is not None else {}
            here = {function: former for function, former in changed.items() if function.module.name == module}
            return None if known is None else _places(here, before, after)

        places = {name: pairing(name, text, program.index.text(name)) for name, text in self.texts.items()}
        changed: dict[Function, Edit] = {}
        for function, former in edits.changed.items():
            found = places[function.module.name]
            if found is None:
                return None
            changed[function] = Edit(former, _placing(found))
        more = added_values(program, config, knowledge, kept, changed)
        carrying = carried(program.index, results, frame, pairing) if more is not None else None
        if carrying is None or more is None:
            return None
        report, basis = carrying
        counts = of_values(kept.rest.values + more[0], kept.rest.unknown + more[1])
        return replace(report, statistics={**report.statistics, **counts}), basis


def _places(changed: Mapping[Function, Before], before: str, after: str) -> Places | None:
    """Where the places of an earlier text of a module are, of which nothing but bodies of functions ``changed``."""
    pairs = [(former.outline.loc, function.outline.loc) for function, former in changed.items()]
    lines = [((old[0], old[2]), (new[0], new[2])) for old, new in sorted(pairs)]
    return Places.around(before, after, lines)


def _placing(places: Places) -> Callable[[Loc], Loc]:
    from xpcheck.flow.earlier.rehearsal import LOST

    def place(loc: Loc) -> Loc:
        try:
            return (*places.place(*loc[:2]), *places.end(*loc[2:]))
        except LostError:
            return (loc[0] + LOST, loc[1], loc[2] + LOST, loc[3])

    return place
