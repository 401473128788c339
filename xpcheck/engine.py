"""The whole analysis, from a request to a report."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from xpcheck import collector
from xpcheck.config import Config
from xpcheck.model import Finding, Fix, Kind, Level, Report, Span
from xpcheck.moving import carried
from xpcheck.past import Past
from xpcheck.results import Basis, Results, digest_of
from xpcheck.watch import Watch
from xpcheck.world import World

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from xpcheck.fix.fixers import Reading
    from xpcheck.flow.earlier.memory import Left
    from xpcheck.flow.events.body_events import Event
    from xpcheck.flow.flows import Flows
    from xpcheck.flow.models import Knowledge
    from xpcheck.flow.solution.untrue import Untrue
    from xpcheck.link.definitions import Function
    from xpcheck.link.program import Program
    from xpcheck.project import Index
    from xpcheck.rules.base import Outcome, Rule

    Asked: TypeAlias = Callable[[Program], Collection[Function]]


_NUMBERED = re.compile(r"(\D+|^)(\d*)")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be analysed.

    ``paths`` is what the user named, empty for the whole project at ``root``. ``overlay`` replaces files by contents
    (an editor's buffer). ``executor`` runs the parallel part instead of local processes. ``world`` is told what the
    report depends on, ``watch`` measures how long it takes.
    """

    paths: tuple[Path, ...]
    root: Path
    config: Config
    search_path: tuple[Path, ...] = ()
    overlay: Mapping[Path, bytes] = field(default_factory=dict)
    jobs: int = 1
    cache_dir: Path | None = None
    executor: Executor | None = None
    world: World = field(default_factory=World)
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A report together with the solved program from which it was read off."""

    report: Report
    program: Program
    flows: Flows


def check(request: Request) -> Report:
    """All findings of the requested paths, with problems, statistics and notes.

    Suppressions and the selection of rules are applied by the caller. Nothing is raised for source that cannot be
    read: it is a problem of the report. With a cache, a report is taken from it as long as nothing that it depends on
    has changed; contents that stand for files on disk are always analysed.

    Raises ModelError for a model file of the configuration that cannot be used.
    """
    config = request.config
    folder = None if request.overlay else request.cache_dir
    # The baseline is the caller's business: writing one changes no result.
    about = replace(config, baseline=None)
    results = Results(folder, request.root, request.paths, request.search_path, about, request.world)
    report = results.unchanged()
    if report is not None:
        return report
    # Imported here: a run that finds its result in the cache needs none of it.
    from xpcheck.flow import models
    from xpcheck.flow.inputs import data_files

    knowledge = models.with_models(*models.chosen(config))
    with collector.paused():
        index = _built(request, knowledge)
        for content, text, outline in index.former_texts() if results.kept else ():
            results.keep_text(content, text, outline)
        files = list(data_files(index.tops.values(), config, request.world))
        key = results.key(index.fingerprint(), files)
        report, basis = results.known(key), None
        if report is None:
            frame = results.key(index.frame(), files)
            report, basis = carried(index, results, frame) or _solved(index, request, knowledge, results, frame)
        remarks = (*index.save(), *index.cache_notes)
        passing = index.disturbed or any(problem.kind == "internal" for problem in report.errors)
        if remarks or passing:
            request.world.doubt()  # the next run may say something else
        if not passing:
            if basis is not None:
                results.keep(key, report, basis)
            results.note(key)
    return replace(report, notes=(*report.notes, *remarks))


def inspect(request: Request, asked: Asked | None = None) -> Inspection:
    """The report of ``check``, and the program to ask further questions about; ``asked`` says about which functions.

    Raises ModelError for a model file of the configuration that cannot be used.
    """
    from xpcheck.flow import models

    knowledge = models.with_models(*models.chosen(request.config))
    with collector.paused():
        index = _built(request, knowledge)
        inspection = _analysed(index, request, knowledge, asked)
        index.save()
    return inspection


def _built(request: Request, knowledge: Knowledge) -> Index:
    """The facts of all modules that the request leads to."""
    from xpcheck import project

    return project.build(
        request.root,
        request.paths,
        search_path=(*request.search_path, *request.config.search_path),
        follow=request.config.follow,
        required=knowledge.required_packages,
        allow_missing=request.config.allow_missing,
        namespaces=request.config.namespaces,
        exclude=request.config.exclude,
        overlay=request.overlay,
        jobs=request.jobs,
        executor=request.executor,
        cache_dir=request.cache_dir,
        world=request.world,
        watch=request.watch,
    )


def _knowing(program: Program, request: Request, knowledge: Knowledge) -> Knowledge:
    """What is known of libraries, with what the environment that the project's code asks for adds to it."""
    from xpcheck.flow import models
    from xpcheck.flow.sources.roles import Roles

    asking = [module for module in program.index.modules.values() if module.own and module.outline.environment]
    if not asking:
        return knowledge
    roles = Roles(program, request.config)
    environment = {name for module in asking if not roles.is_for_tests(module) for name in module.outline.environment}
    return models.with_models(*models.chosen(request.config, environment)) if environment else knowledge


def _solved(index: Index, request: Request, knowledge: Knowledge, results: Results, frame: str) -> tuple[Report, Basis]:
    """The report on the sources of ``index``, and what it was made from.

    Where an earlier run left its interpretations, those that are still true are taken again; where edits of bodies
    change none of them, the last report is.
    """
    from xpcheck.flow.earlier.memory import UnreadableError, left
    from xpcheck.link.program import Program

    found = left(*results.left(frame)) if results.kept else None
    with request.watch.phase("link"):
        program = Program(index)
        knowledge = _knowing(program, request, knowledge)
        past = Past.of(program, results, found) if results.kept else Past(None)
    try:
        with request.watch.phase("solve"):
            again = past.report(program, results, request.config, knowledge, frame)
        return again or _solved_with(past, found, program, request, knowledge, results, frame)
    except UnreadableError:
        return _solved_with(Past(), None, program, request, knowledge, results, frame)


def _solved_with(
    past: Past,
    found: Left | None,
    program: Program,
    request: Request,
    knowledge: Knowledge,
    results: Results,
    frame: str,
) -> tuple[Report, Basis]:
    """The report on a program, and what it was made from; ``past`` is what was ``found`` of an earlier run."""
    # Imported here: a report that holds needs no fixes.
    from xpcheck.fix.fixers import Reading
    from xpcheck.fix.planning import LOCAL
    from xpcheck.flow.earlier.memory import packed

    reading, index = Reading(results.answers(frame)), program.index
    contents = index.contents()
    fixes = past.fixes(results, frame, contents, LOCAL)
    inspection = _analysed(index, request, knowledge, reading=reading, linked=(program, past, fixes))
    request.world.hold(inspection)
    report, flows = inspection.report, inspection.flows
    leaving = flows.left()
    if leaving is not None and not report.errors and not index.disturbed:
        known = found if flows.remembers else None
        results.leave(frame, *packed(known, program, contents, *leaving))
    results.leave_answers(frame, reading.answers)
    read = (tuple(sorted(reading.ranges)), tuple(sorted(reading.patterns)))
    return report, Basis(frame, contents, *read, digest_of(contents))


def _analysed(
    index: Index,
    request: Request,
    knowledge: Knowledge,
    asked: Asked | None = None,
    reading: Reading | None = None,
    linked: tuple[Program, Past, Mapping[Finding, Fix | None]] | None = None,
) -> Inspection:
    """The report on the sources of ``index``, and the solved program.

    ``reading`` is told what fixes were made from; ``linked`` is the program, what an earlier run left about it,
    and fixes of that run.
    """
    from xpcheck import rules
    from xpcheck.fix.fixers import Reading
    from xpcheck.fix.planning import Former, planned
    from xpcheck.flow.flows import Flows
    from xpcheck.flow.sources.forecast import forecast
    from xpcheck.link.program import Program
    from xpcheck.suppress import shown

    watch = request.watch
    if linked is None:
        with watch.phase("link"):
            linked = (Program(index), Past(None), {})
            knowledge = _knowing(linked[0], request, knowledge)
    program, past, fixes = linked
    if (past.memory is None or past.memory[0] is None) and (request.jobs > 1 or request.executor is not None):
        with watch.phase("bodies"):
            needed = [
                (item.module.name, item.outline)
                for item in forecast(program, request.config)
                if item not in program.implied
            ]
            index.bodies(needed, request.jobs, request.executor)
    with watch.phase("solve"):
        own = [function for function in program.functions if function.module.own]
        entries = asked(program) if asked is not None else ()
        flows = Flows(program, request.config, own, knowledge, entries, past.memory)
    off = tuple(rule.code for rule in rules.all_rules() if not rule.default)
    with watch.phase("events"):
        found = planned(
            collect(flows.events()),
            program,
            request.config,
            lambda item: shown(item, request.config, item.code not in off),
            reading or Reading(),
            Former(fixes, flows.is_again),
        )
        findings = sorted(found, key=lambda item: item.sort_key)
    watch.interpreted += flows.interpreted
    source_notes = tuple(note for note in index.notes if note not in index.cache_notes)
    own_paths = {module.path for module in index.modules.values() if module.own}
    remarks = sorted(
        (remark_of(item) for item in flows.untrue() if item.marker.path in own_paths), key=lambda item: item.sort_key
    )
    statistics = {
        "files": sum(module.own for module in index.modules.values()),
        "modules": len(index.modules),
        **flows.statistics(),
    }
    report = Report(
        root=str(request.root),
        findings=tuple(numbered(findings)),
        errors=index.problems,
        statistics=statistics,
        notes=(*source_notes, *flows.notes()),
        remarks=tuple(remarks),
        off=off,
        commented=index.commented,
    )
    return Inspection(report, program, flows)


def collect(events: Iterable[Event]) -> list[tuple[Finding, Event]]:
    """The findings of all rules on some events, and their events; one finding for each rule and place."""
    from xpcheck import rules

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
    def rank(finding: Finding) -> tuple[int, int, list[tuple[str, int]]]:
        # Numbers count as such: an order of messages must not change when lines move.
        words = [(text, int(number or 0)) for text, number in _NUMBERED.findall(finding.message)]
        return (finding.level.rank if finding.level else -1, len(finding.chain), words)

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
        message=f"{outcome.message}; line {event.hidden_by} hides the error" if event.hidden_by else outcome.message,
        chain=outcome.chain,
        related=outcome.related,
        hint=outcome.hint,
        place=outcome.place,
        module=site.function.module.name,
        subject=" ".join(event.subject.split()),
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
    """Give each finding the fingerprint of its identity: no line, column or message enters, equal ones are counted."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    result = []
    for finding in findings:
        seen[finding.identity] += 1
        text = "\0".join((*finding.identity, str(seen[finding.identity])))
        result.append(replace(finding, fingerprint=hashlib.sha256(text.encode()).hexdigest()[:16]))
    return result
