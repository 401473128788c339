"""``xpcheck check``: from options to a request, and from a report to what is shown."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import click

from xpcheck import engine, rules, suppress
from xpcheck.cli.errors import CommandError
from xpcheck.cli.progress import Bar
from xpcheck.config import (
    FILE_NAME,
    Config,
    ConfigError,
    ModelError,
    complain_of_code,
    find_root,
    load,
    settings_places,
)
from xpcheck.model import Finding, Kind, Level, Report
from xpcheck.project.cache import default_folder
from xpcheck.project.discovery import project_modules
from xpcheck.replay import Recorder
from xpcheck.report import write
from xpcheck.report.statistics import by_rule, coverage, fixable, table
from xpcheck.report.view import Sources, View, one_line
from xpcheck.watch import Watch
from xpcheck.world import World

OWN_CODES: Final = ("XP900", "XP901", "XP902", "XP903", "XP904")
"""Codes that no rule has: they are about the check itself."""

_REPEATABLE: Final = frozenset(
    {
        *("paths", "format_name", "select", "ignore", "level", "no_convention", "search_path", "jobs", "cache_dir"),
        *("statistics", "exit_zero", "config", "root", "quiet", "baseline"),
    }
)
"""Options with which the output of a command may be kept; any other makes it depend on more."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command, as they were given."""

    paths: tuple[Path, ...] = ()
    format_name: str = "full"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: str | None = None
    no_convention: bool = False
    search_path: tuple[Path, ...] = ()
    jobs: str = "auto"
    no_cache: bool = False
    cache_dir: Path | None = None
    statistics: bool = False
    exit_zero: bool = False
    stdin_filename: Path | None = None
    config: Path | None = None
    root: Path | None = None
    quiet: bool = False
    verbose: bool = False
    verify_cache: bool = False
    fix: bool = False
    unsafe_fixes: bool = False
    dry_run: bool = False
    baseline: Path | None = None
    diff: str | None = None
    add_noqa: str | None = None


def run_check(options: Options, recorder: Recorder | None = None) -> int:
    """Analyse, write the report to stdout and the rest to stderr; return the exit code.

    ``recorder`` keeps both for the same command in an unchanged world.

    Raises CommandError when the call or the configuration is wrong.
    """
    world = recorder.world if recorder is not None else World()
    bar = Bar(sys.stderr.isatty() and not options.quiet)
    watch = Watch(bar)
    asked = Asked(options, world, watch)
    request = asked.request
    if options.fix and not options.dry_run:
        from xpcheck.cli import fixing

        fixing.resume(request)
    try:
        report = _checked(request, options)
    finally:
        bar.close()
    outcome, off = None, report.off
    if options.fix:
        from xpcheck.cli import fixing

        outcome = fixing.fixed(
            report,
            request,
            asked.shown,
            counts=lambda item: suppress.shown(item, asked.project, item.code not in off),
            unsafe=options.unsafe_fixes,
        )
        if not options.dry_run:
            fixing.write(outcome)
        report, request = outcome.report, outcome.request
    with watch.phase("report"):
        kept = asked.kept(report, request)
    shown = asked.selected(report, kept)
    park, failed = None, False
    settled: list[str] = []
    if asked.baseline is not None or options.diff is not None:
        from xpcheck.cli import narrowing
    if asked.baseline is not None:
        park = narrowing.parked(asked.baseline, shown, kept, modules_of(request))
        shown = park.comparison.new
    if options.diff is not None:
        shown = narrowing.touched(shown, request.root, sources_of(request), options.diff)
    if options.add_noqa is not None:
        from xpcheck.cli import adding

        return adding.add_comments(shown, request, options.add_noqa)
    if park is not None and not report.errors and not asked.request.overlay and not options.dry_run:
        failed, settled = narrowing.settle(park)
    view = View(
        report.root,
        shown,
        report.errors,
        {**report.statistics, **fixable(shown), "findings by rule": by_rule(shown)},
        sources_of(request),
        rules.pages(),
        str(Path.cwd()),
        None if park is None else park.comparison.known,
    )
    found = bool(shown) or failed or (outcome is not None and options.dry_run and bool(outcome.files))
    code = 2 if report.errors else 1 if found and not options.exit_zero else 0
    said = "".join(f"{line}\n" for line in (*_remarks(view, report, options), *settled))
    if outcome is not None and options.dry_run:
        sys.stdout.buffer.write(fixing.patch(outcome))
    elif recorder is not None and recorder.possible and not settled and _may_be_kept(options):
        text = io.StringIO()
        write(options.format_name, view, text)
        sys.stdout.write(text.getvalue())
        recorder.keep(code, text.getvalue(), said)
    else:
        write(options.format_name, view, sys.stdout)
    sys.stdout.flush()
    if options.verbose:
        said += "".join(f"xpcheck: {line}\n" for line in watch.lines())
    click.echo(said, err=True, nl=False)
    if outcome is not None:
        fixing.say(outcome, not options.dry_run, view.display)
    return code


@contextlib.contextmanager
def model_errors() -> Iterator[None]:
    """Raises CommandError for a model file of the configuration that cannot be used."""
    try:
        yield
    except ModelError as error:
        raise CommandError("config", error.message, error.file, error.line) from None


def _checked(request: engine.Request, options: Options) -> Report:
    """The report on a request.

    Raises CommandError when the cache is to be verified and says something else than an analysis from scratch.
    """
    with model_errors():
        report = engine.check(request)
        fresh = engine.check(replace(request, cache_dir=None, world=World())) if options.verify_cache else report
    differing = _differences(report, fresh)
    if differing:
        text = f"the cache and an analysis from scratch disagree: {differing}; `xpcheck clean` helps"
        raise CommandError("internal", f"{text}, please report it")
    return report


def _differences(kept: Report, fresh: Report) -> str:
    """What two reports on the same sources do not share, ``""`` when they are equal."""
    parts = []
    for name in ("findings", "errors", "remarks"):
        first, second = set(getattr(kept, name)), set(getattr(fresh, name))
        if first != second:
            parts.append(f"{len(first - second)} {name} only in the cache, {len(second - first)} only without it")
    if kept.statistics != fresh.statistics:
        parts.append("other statistics")
    return "; ".join(parts)


class Asked:
    """What the options of a command ask for: the request to the engine, and what is shown of its report.

    Raises CommandError when the call or the configuration is wrong.
    """

    def __init__(self, options: Options, world: World | None = None, watch: Watch | None = None) -> None:
        self.codes = (*rules.codes(), *OWN_CODES)
        self.request = _request(options, self.codes, world or World(), watch or Watch())
        self.project = self.request.config  # whatever is asked for on the command line
        self.config = _effective(self.project, options, self.codes)
        if options.select or options.ignore or self.config.level.rank > self.project.level.rank:
            self.request = replace(self.request, config=self.config)  # fixes are planned for what is shown
        self._no_convention = options.no_convention
        given = options.baseline
        self.baseline = given.resolve() if given is not None else self.request.config.baseline
        if self.baseline is not None:
            self.request.world.see(str(self.baseline))

    def kept(self, report: Report, request: engine.Request) -> tuple[Finding, ...]:
        """The findings that comments leave, and remarks on comments, by place."""
        return _after_comments(report, request, sources_of(request), self.codes)

    def shown(self, report: Report, request: engine.Request) -> tuple[Finding, ...]:
        """The findings that comments, the selection and the level leave, by place."""
        return self.selected(report, self.kept(report, request))

    def selected(self, report: Report, kept: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings of a report that the selection and the level leave, of those that comments do."""
        return tuple(item for item in kept if self._selects(item, item.code not in report.off))

    def _selects(self, item: Finding, default: bool) -> bool:
        convention = self._no_convention and item.kind is Kind.CONVENTION
        return suppress.shown(item, self.config, default) and not convention


def sources_of(request: engine.Request) -> Sources:
    """The sources of the files of a request, and of the packages that it follows."""
    folders = (*request.search_path, *request.config.search_path, *map(Path, sys.path))
    return Sources(request.root, folders, request.overlay)


def _may_be_kept(options: Options) -> bool:
    """Whether the output depends on nothing but what the analysis and the search for the configuration looked at."""
    return all(getattr(options, item.name) == item.default for item in fields(Options) if item.name not in _REPEATABLE)


# ------------------------------------------------------------------------------------------------------------- request


def _request(options: Options, codes: Collection[str], world: World, watch: Watch) -> engine.Request:
    overlay, paths = _paths(options)
    file = _file(options.config)
    for place in settings_places(paths) if file is None else [file]:
        (world.ask if place.name == ".git" else world.see)(str(place))
    try:
        root = find_root(paths) if options.root is None else _folder(options.root, "--root")
        world.see(str(root / FILE_NAME))
        config = load(root, file, codes=codes)
    except ConfigError as error:
        raise CommandError("config", error.message, str(error.file), error.line) from None
    for path in paths:
        if options.root is not None and not path.is_relative_to(root):
            raise CommandError("usage", f"{path} is not below the root {root}")
    return engine.Request(
        paths=paths,
        root=root,
        config=config,
        search_path=tuple(_folder(folder, "--search-path") for folder in options.search_path),
        overlay=overlay,
        jobs=_jobs(options.jobs),
        cache_dir=None if options.no_cache else (options.cache_dir or default_folder()),
        world=world,
        watch=watch,
    )


def _paths(options: Options) -> tuple[Mapping[Path, bytes], tuple[Path, ...]]:
    """The contents of standard input by the file it stands for, and the resolved paths to report."""
    named = [str(path) for path in options.paths]
    if options.fix and (options.diff is not None or options.add_noqa is not None):
        raise CommandError("usage", "`--fix` cannot be combined with `--diff` or `--add-noqa`")
    if options.dry_run and not options.fix:
        raise CommandError("usage", "`--dry-run` needs `--fix`: it shows what that would write")
    if named == ["-"]:
        if options.fix and not options.dry_run:
            raise CommandError("usage", "`--fix` cannot write standard input: add `--dry-run` to see the changes")
        file = (options.stdin_filename or Path("stdin.py")).resolve()
        return {file: sys.stdin.buffer.read()}, (file,)
    if "-" in named:
        raise CommandError("usage", "`-` (standard input) cannot be combined with other paths")
    if options.stdin_filename is not None:
        raise CommandError("usage", "`--stdin-filename` needs `-` as the path")
    for path in options.paths:
        if not path.exists():
            raise CommandError("usage", f"no such file or folder: {path}")
    return {}, tuple(dict.fromkeys(path.resolve() for path in options.paths))


def _folder(path: Path, option: str) -> Path:
    if not path.is_dir():
        raise CommandError("usage", f"`{option}` names no folder: {path}")
    return path.resolve()


def _file(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise CommandError("usage", f"`--config` names no file: {path}")
    return None if path is None else path.resolve()


def _jobs(text: str) -> int:
    if text == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise CommandError("usage", f"`--jobs` must be a positive number or `auto`, not `{text}`")
    return int(text)


def _effective(config: Config, options: Options, codes: Collection[str]) -> Config:
    """The configuration with what the command line says about rules and levels."""
    changes: dict[str, object] = {}
    for name, given in (("select", options.select), ("ignore", options.ignore)):
        selectors = tuple(part for text in given for part in re.split(r"[,\s]+", text) if part)
        for selector in selectors:
            complaint = complain_of_code(selector, codes)
            if complaint:
                raise CommandError("usage", f"{complaint} in `--{name}`")
        if given:
            changes[name] = selectors
    if options.level is not None:
        changes["level"] = Level(options.level)
    return replace(config, **changes)  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------------------- report


def _after_comments(
    report: Report, request: engine.Request, sources: Sources, codes: Collection[str]
) -> tuple[Finding, ...]:
    """The findings that no comment suppresses, and remarks on idle and malformed comments, by place."""
    by_path: dict[str, list[Finding]] = {path: [] for path in report.commented}
    for item in (*report.findings, *report.remarks):
        by_path.setdefault(item.path, []).append(item)
    kept: list[Finding] = []
    commented = frozenset(report.commented)
    for path, found in by_path.items():
        if not _is_asked(request, Path(report.root, path)):
            continue
        source = sources.text(path) if path in commented else None
        if source is None:
            kept += found
            continue
        outcome = suppress.review(found, path, source, codes)
        kept += [*outcome.kept, *outcome.remarks]
    return tuple(sorted(kept, key=lambda item: item.sort_key))


def modules_of(request: engine.Request) -> frozenset[str] | None:
    """The modules that were asked for, None for all of the project."""
    if not request.paths:
        return None
    overlay = [str(path) for path in request.overlay]
    found = project_modules(request.root, request.paths, request.config.exclude, overlay)
    return frozenset(module.name for module in found.files if _is_asked(request, Path(module.file)))


def _is_asked(request: engine.Request, file: Path) -> bool:
    """Whether the paths of the request name ``file`` or a folder above it; without paths, everything is asked for."""
    return not request.paths or any(file.is_relative_to(path) for path in request.paths)


def _remarks(view: View, report: Report, options: Options) -> Iterable[str]:
    """Problems, notes, what was covered and counts: the lines for stderr."""
    for problem in report.errors:
        yield f"{one_line(view.display(problem.path))}:{problem.line}: {problem.kind}: {one_line(problem.message)}"
    if not options.quiet:
        for note in report.notes:
            yield f"xpcheck: {note}"
        covered = coverage(report.statistics)
        if covered:
            yield f"xpcheck: {covered}"
    if options.statistics:
        yield from table(view.statistics)
