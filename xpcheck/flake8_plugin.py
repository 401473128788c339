"""``flake8 --select XP``: the program is analysed once, in the main process; each file then looks up its findings.

flake8 hands files one by one to worker processes, so nothing can be gathered there. In ``parse_options``, which flake8
calls before it makes its pool, the whole program is analysed and reduced to a table of plain tuples. Workers started
by fork inherit the table; under spawn and forkserver they read it from a file keyed by the pid of their parent. The
options of the analysis are in ``[tool.xpcheck]``; ``# noqa`` is flake8's own work.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import io
import json
import multiprocessing
import os
import re
import sys
import tempfile
import tokenize
from argparse import Namespace
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from flake8.exceptions import ExecutionError
from flake8.options.manager import OptionManager
from flake8.style_guide import Decision, DecisionEngine
from flake8.utils import stdin_get_value

from xpcheck import __version__, baseline, collector, suppress
from xpcheck.baseline import BaselineError
from xpcheck.config import ConfigError, ModelError, find_root, load
from xpcheck.model import Finding, Problem, Report
from xpcheck.report.view import Sources

Entry: TypeAlias = tuple[int, int, str]
"""Line from 1, column from 0, text with the code in front."""

Lookup: TypeAlias = Callable[[str], Sequence[Entry]]
"""From the file name that flake8 uses to the entries of that file."""

_ABOUT_THE_CHECK = ("XP900", "XP901", "XP902", "XP903", "XP904")


@dataclass(frozen=True, slots=True)
class Table:
    """The findings of a run by resolved path, and the folders and files that were asked for."""

    entries: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    asked: tuple[str, ...] = ()


class Plugin:
    """The checker that flake8 makes for each file."""

    name = "xpcheck"
    version = __version__
    _lookup: ClassVar[Lookup | None] = None

    def __init__(self, tree: ast.AST, filename: str) -> None:
        self._filename = filename

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Declare the two options: where the configuration and the root are."""
        for name, text in (
            ("--xpcheck-config", "read [tool.xpcheck] of this file instead of the root's pyproject.toml"),
            ("--xpcheck-root", "root of the project (default: found from the files)"),
        ):
            manager.add_option(name, default=None, parse_from_config=True, normalize_paths=True, help=text)

    @classmethod
    def parse_options(cls, *arguments: Any) -> None:
        """Analyse the program, or get ready to read what the main process found.

        flake8 calls it with ``(manager, options, arguments)`` and, after any TypeError, with ``(options)``.

        Raises flake8's ExecutionError when the configuration is wrong or a package to be followed is missing.
        """
        options: Namespace = arguments[1] if len(arguments) > 1 else arguments[0]
        try:
            cls._lookup = _prepare(options)
        except (ConfigError, ModelError, BaselineError, ExecutionError) as error:
            raise ExecutionError(f"xpcheck: {error}") from None
        except Exception as error:
            # One line in each file instead of a broken run: the other plugins' findings are not ours to lose.
            message = f"XP900 internal error, please report it: {type(error).__name__}: {error}"
            entry = (1, 0, " ".join(message.split()))
            cls._lookup = lambda _: (entry,)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Yield the findings of this file; no exception gets out."""
        for line, column, text in self._entries():
            yield line, column, text, type(self)

    def _entries(self) -> Sequence[Entry]:
        lookup = type(self)._lookup
        if lookup is None:
            return ()
        try:
            return lookup(self._filename)
        except Exception as error:
            message = f"XP900 internal error, please report it: {type(error).__name__}: {error}"
            return ((1, 0, " ".join(message.split())),)


# ----------------------------------------------------------------------------------------------------------- preparing


def _prepare(options: Namespace) -> Lookup | None:
    """What looks up the entries of a file in this process, None when no rule of ours is selected."""
    if not _any_selected(options):
        return None
    if multiprocessing.parent_process() is not None:
        return _Worker(options)
    with collector.paused(freeze=True):
        table = _solve(options)
    if _workers_start_afresh(options):
        # Without the file each worker analyses for itself: slower, and right.
        with contextlib.suppress(OSError):
            _hand_off(table, options)
    return _Ready(table, options)


def _any_selected(options: Namespace) -> bool:
    """Whether flake8 would show any of our codes."""
    from xpcheck import rules

    decisions = DecisionEngine(options)
    codes = (*rules.codes(), *_ABOUT_THE_CHECK)
    return any(decisions.decision_for(code) is Decision.Selected for code in codes)


def _jobs(options: Namespace) -> int:
    """How many processes flake8 may use."""
    jobs = getattr(options, "jobs", None)
    if jobs is None or getattr(jobs, "is_auto", False):
        return multiprocessing.cpu_count()
    return max(1, int(getattr(jobs, "n_jobs", jobs)))


def _workers_start_afresh(options: Namespace) -> bool:
    """Whether there may be workers that do not inherit this process's memory."""
    return options.filenames != ["-"] and _jobs(options) > 1 and multiprocessing.get_start_method() != "fork"


def _solve(options: Namespace) -> Table:
    """Analyse the project of the files and folders that were named (none: the working directory).

    Raises ConfigError, and ExecutionError when a package that must be followed is missing.
    """
    overlay: dict[Path, bytes] = {}
    names = [Path(name) for name in options.filenames or ["."]]
    if options.filenames == ["-"]:
        names = [_stdin_file(options)]
        overlay[names[0]] = _stdin_bytes()
    paths = tuple(dict.fromkeys(name.resolve() for name in names if name.exists() or name in overlay))
    return _table(_report(options, paths, overlay), paths) if paths else Table()


def _report(options: Namespace, paths: tuple[Path, ...], overlay: Mapping[Path, bytes]) -> Report:
    """The findings to show: selection and our own comments are applied, ``# noqa`` is not."""
    from xpcheck import engine, rules
    from xpcheck.world import default_folder

    folder = default_folder()
    root = Path(options.xpcheck_root).resolve() if options.xpcheck_root else find_root(paths)
    if not root.is_dir():
        raise ExecutionError(f"--xpcheck-root names no folder: {root}")
    file = Path(options.xpcheck_config).resolve() if options.xpcheck_config else None
    config = load(root, file, codes=(*rules.codes(), *_ABOUT_THE_CHECK))
    report = engine.check(
        engine.Request(
            paths=paths,
            root=root,
            config=config,
            overlay=overlay,
            jobs=_jobs(options),
            cache_dir=None if folder is None else Path(folder),
        )
    )
    missing = [problem for problem in report.errors if problem.kind == "missing-package"]
    if missing:
        raise ExecutionError("; ".join(problem.message for problem in missing))
    shown = [item for item in report.findings if suppress.shown(item, config, item.code not in report.off)]
    sources = Sources(root, overlay=overlay)
    kept = _without_ignored(shown, sources, frozenset(report.commented))
    return Report(
        report.root,
        kept if config.baseline is None else _without_known(kept, sources, config.baseline),
        report.errors,
    )


def _without_ignored(findings: Sequence[Finding], sources: Sources, commented: Collection[str]) -> tuple[Finding, ...]:
    """The ``findings`` that no comment of ours covers; they are ordered by file. Such comments are in ``commented``."""
    kept: list[Finding] = []
    for path, found in groupby(findings, key=lambda item: item.path):
        source = sources.text(path) if path in commented else None
        kept += suppress.without_ignored(found, source or "")
    return tuple(kept)


def _without_known(findings: Sequence[Finding], sources: Sources, file: Path) -> tuple[Finding, ...]:
    """The ``findings`` that are not in the baseline ``file``.

    A finding that ``# noqa`` will suppress takes no entry of another one's, as in the command; it is left to flake8.
    """
    reported: list[Finding] = []
    for path, found in groupby(findings, key=lambda item: item.path):
        reported += suppress.without_noqa(found, sources.text(path) or "")
    known = set(baseline.compare(baseline.read(file), reported).known)
    return tuple(item for item in findings if item not in known)


def _table(report: Report, paths: tuple[Path, ...]) -> Table:
    entries: dict[str, list[Entry]] = {}
    for item in report.findings:
        text = " ".join(f"{item.code} {item.message}".split())
        entries.setdefault(_key(Path(report.root, item.path)), []).append((item.span.line, item.span.column - 1, text))
    for problem in report.errors:
        file = Path(report.root, problem.path)
        entries.setdefault(_key(file), []).append(_problem(problem))
        # The file may not be among those that flake8 looks at, and nothing may fail in silence.
        shown = os.path.relpath(file) if file.exists() else problem.path
        print(f"xpcheck: {shown}:{problem.line}: {problem.kind}: {problem.message}", file=sys.stderr)
    return Table(entries, tuple(_key(path) for path in paths))


def _problem(problem: Problem) -> Entry:
    code = "XP901" if problem.kind in ("syntax", "unreadable") else "XP900"
    return (max(1, problem.line), 0, " ".join(f"{code} {problem.kind}: {problem.message}".split()))


def _key(path: Path | str) -> str:
    """The one spelling of a path under which its entries are kept."""
    return os.path.normcase(os.path.realpath(path))


# ------------------------------------------------------------------------------------------------------ standard input


def _stdin_file(options: Namespace) -> Path:
    """The file that standard input stands for; a name that is no Python file's gets an ending."""
    name = options.stdin_display_name or "stdin"
    return Path(name if name.endswith((".py", ".pyi")) else f"{name}.py").resolve()


def _stdin_bytes() -> bytes:
    """Standard input, which flake8 has decoded and keeps, in the encoding it declares."""
    text: str = stdin_get_value()
    encoded = text.encode("utf-8", "surrogateescape")
    with contextlib.suppress(SyntaxError, LookupError, UnicodeError):
        encoding, _ = tokenize.detect_encoding(io.BytesIO(encoded).readline)
        return text.encode(encoding)
    return encoded


# ------------------------------------------------------------------------------------------------------------- look-up


class _Ready:
    """Looks up entries in a table of this process."""

    def __init__(self, table: Table, options: Namespace) -> None:
        self._table = table
        self._options = options
        self._later: dict[Path, Table] = {}
        stdin = options.filenames == ["-"]
        self._stdin = (options.stdin_display_name, _key(_stdin_file(options))) if stdin else ("", "")

    def __call__(self, filename: str) -> Sequence[Entry]:
        name, key = self._stdin
        key = key if filename == name else _key(filename)
        table = self._table if self._was_asked(key) else self._for_project_of(Path(key))
        return table.entries.get(key, ())

    def _was_asked(self, key: str) -> bool:
        return any(key == asked or key.startswith(asked.rstrip(os.sep) + os.sep) for asked in self._table.asked)

    def _for_project_of(self, path: Path) -> Table:
        """The table of another project: flake8's legacy API names its files only after the options were parsed."""
        root = find_root([path])
        if root not in self._later:
            self._later[root] = _table(_report(self._options, (root,), {}), (root,))
        return self._later[root]


class _Worker:
    """Reads the table of the main process when the first file comes; analyses anew when there is none."""

    def __init__(self, options: Namespace) -> None:
        self._options = options
        self._ready: _Ready | None = None

    def __call__(self, filename: str) -> Sequence[Entry]:
        if self._ready is None:
            self._ready = _Ready(_handed_off(self._options) or _solve(self._options), self._options)
        return self._ready(filename)


# ------------------------------------------------------------------------------------------------------------ hand-off


def _hand_off(table: Table, options: Namespace) -> None:
    """Write the table where workers of this process find it; it is removed at exit."""
    content = json.dumps({"request": _request_key(options), "entries": table.entries, "asked": table.asked})
    target = _hand_off_file(os.getpid())
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
    os.replace(temporary, target)
    atexit.register(target.unlink, missing_ok=True)


def _handed_off(options: Namespace) -> Table | None:
    """The table that the parent process wrote for the same call, None when there is none."""
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        return None
    try:
        data = json.loads(_hand_off_file(parent.pid).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if data["request"] != _request_key(options):
        return None
    entries = {path: [(line, column, text) for line, column, text in found] for path, found in data["entries"].items()}
    return Table(entries, tuple(data["asked"]))


def _request_key(options: Namespace) -> list[str | None]:
    """What the call is about, so that a file left behind by another process is not taken for ours."""
    return [__version__, os.getcwd(), options.xpcheck_config, options.xpcheck_root, *options.filenames]


def _hand_off_file(pid: int) -> Path:
    """A file in a folder that belongs to this user alone.

    Raises OSError when there is no such folder.
    """
    user = re.sub(r"\W", "_", str(os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")))
    folder = Path(tempfile.gettempdir(), f"xpcheck-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o077):
        raise PermissionError(f"{folder} is open to other users")
    return folder / f"flake8-{pid}.json"
