"""The whole analysis, from a request to a report."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path

from xpcheck import project, rules
from xpcheck.config import Config
from xpcheck.fix.planning import planned
from xpcheck.flow import models
from xpcheck.flow.events import Event
from xpcheck.flow.flows import Flows
from xpcheck.flow.untrue import Untrue
from xpcheck.link.program import Program
from xpcheck.model import Finding, Kind, Level, Report, Span
from xpcheck.rules.base import Outcome, Rule


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be analysed.

    ``paths`` is what the user named, empty for the whole project at ``root``. ``overlay`` replaces files by contents
    (an editor's buffer). ``executor`` runs the parallel part instead of local processes.
    """

    paths: tuple[Path, ...]
    root: Path
    config: Config
    search_path: tuple[Path, ...] = ()
    overlay: Mapping[Path, bytes] = field(default_factory=dict)
    jobs: int = 1
    cache_dir: Path | None = None
    executor: Executor | None = None


def check(request: Request) -> Report:
    """All findings of the requested paths, with problems, statistics and notes.

    Suppressions and the selection of rules are applied by the caller. Nothing is raised for source that cannot be
    read: it is a problem of the report. Raises ModelError for a model file of the configuration that cannot be used.
    """
    config = request.config
    knowledge = models.with_models(*(models.load(path) for path in config.extra_models))
    enabled = gc.isenabled()
    gc.disable()
    try:
        index = project.build(
            request.root,
            request.paths,
            search_path=(*request.search_path, *config.search_path),
            follow=config.follow,
            required=knowledge.required_packages,
            allow_missing=config.allow_missing,
            namespaces=config.namespaces,
            exclude=config.exclude,
            overlay=request.overlay,
            jobs=request.jobs,
            executor=request.executor,
            cache_dir=request.cache_dir,
        )
        program = Program(index)
        own = [function for function in program.functions if function.module.own]
        flows = Flows(program, config, own, knowledge)
        findings = sorted(planned(collect(flows.events()), program, config), key=lambda item: item.sort_key)
        own_paths = {module.path for module in index.modules.values() if module.own}
        remarks = sorted(
            (remark_of(item) for item in flows.untrue() if item.marker.path in own_paths),
            key=lambda item: item.sort_key,
        )
        notes = [*index.notes, *index.save()]
    finally:
        if enabled:
            gc.enable()
    own_modules = [module for module in index.modules.values() if module.own]
    statistics = {
        "files": len(own_modules),
        "modules": len(index.modules),
        **flows.statistics(),
    }
    return Report(str(request.root), tuple(numbered(findings)), index.problems, statistics, notes, tuple(remarks))


def collect(events: Iterable[Event]) -> list[tuple[Finding, Event]]:
    """The findings of all rules on some events, and their events; one finding for each rule and place."""
    wanted: dict[type[Event], list[Rule]] = {}
    for rule_class in rules.all_rules():
        for event_type in rule_class.events:
            wanted.setdefault(event_type, []).append(rule_class())
    found: dict[tuple[str, str, Span], tuple[Finding, Event]] = {}
    for event in events:
        for rule in wanted.get(type(event), ()):
            outcome = rule.check(event)
            if outcome is None:
                continue
            finding = finding_of(rule, event, outcome)
            key = (finding.code, finding.path, finding.span)
            known = found.get(key)
            if known is None or _better(finding, known[0]):
                found[key] = (finding, event)
    return list(found.values())


def _better(new: Finding, old: Finding) -> bool:
    def rank(finding: Finding) -> tuple[int, int, str]:
        return (finding.level.rank if finding.level else -1, len(finding.chain), finding.message)

    return rank(new) < rank(old)


def finding_of(rule: Rule, event: Event, outcome: Outcome) -> Finding:
    """The finding that a rule's outcome makes of an event."""
    site = event.site
    kind = outcome.kind or rule.kind
    level = (outcome.level or Level.PROVED) if kind is Kind.HAZARD else None
    return Finding(
        code=rule.code,
        name=rule.name,
        kind=kind,
        level=level,
        path=site.function.module.path,
        span=Span(*site.loc),
        symbol=site.function.qualname,
        message=outcome.message,
        chain=outcome.chain,
        related=outcome.related,
        hint=outcome.hint,
        place=outcome.place,
    )


def remark_of(item: Untrue) -> Finding:
    """XP904: a marker that is not true."""
    marker = item.marker
    symbol = marker.holder or "<module>"
    return Finding(
        "XP904",
        "untrue-marker",
        Kind.CONVENTION,
        None,
        marker.path,
        Span(*marker.loc),
        symbol,
        item.message,
        item.chain,
    )


def numbered(findings: Iterable[Finding]) -> list[Finding]:
    """Give each finding a fingerprint that no line, column or message enters: equal ones are counted."""
    seen: dict[tuple[str, str, str, str], int] = {}
    result = []
    for finding in findings:
        callee = finding.chain[-1].note if finding.chain else ""
        key = (finding.code, finding.path, finding.symbol, callee)
        seen[key] = seen.get(key, 0) + 1
        text = "\0".join((*key, str(seen[key])))
        result.append(replace(finding, fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16]))
    return result
