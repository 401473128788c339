"""The index of facts: every module that is read, its outline, and the bodies of its functions on demand."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec

from xpcheck import collector
from xpcheck.facts import Attr, Body, Call, Expr, FunctionOutline, ModuleOutline, Name
from xpcheck.model import Problem
from xpcheck.project.cache import MINOR, Cache, Entry, Store, StoredBody, StoredFile, digest
from xpcheck.project.discovery import plain_name
from xpcheck.project.files import ChangedError, FileFacts, Reader
from xpcheck.project.lowering import WORTH_BODIES, Job, lower, moved
from xpcheck.project.parallel import Failure, run
from xpcheck.watch import Watch
from xpcheck.world import World

if TYPE_CHECKING:
    from concurrent.futures import Executor

_BESIDES = 3
"""The share of the bodies that are foreseen (one in so many) that costs as much as what is left to this process.

That is the forecast itself, to read what others lowered, and the bodies that are asked for nevertheless.
"""
_OPEN_TEXTS = 64
"""How many files are held in lines at a time."""

Wanted: TypeAlias = tuple[str, "str | FunctionOutline"]
"""A module's name and one of its functions: its outline, or its qualified name."""


class Module(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One module that is read.

    Attributes
    ----------
    name
        Dotted name, unique in the index: of two modules with one name the second is called ``name@folder``.
    path
        What reports show: ``/``-separated, relative to the root, or ``<package>/...`` for a dependency.
    file
        The file; its folder is free of symbolic links.
    package
        The top-level name.
    own
        Whether it is part of the project, so that findings in it are reported.
    base
        The folder from which absolute imports reach the module.
    """

    name: str
    path: str
    file: Path
    package: str
    is_package: bool
    own: bool
    base: str
    outline: ModuleOutline


class Record(NamedTuple):
    """A module before its outline is decoded; ``keep`` is false for one that stands in for a file on disk."""

    name: str
    path: str
    package: str
    is_package: bool
    own: bool
    base: str
    facts: FileFacts
    store: Store
    keep: bool


class Index:
    """What is known about a program; ``xpcheck.project.build`` makes one.

    ``missing`` are imports of the project that were not found, ``commented`` its files in which comments may suppress
    something, ``described`` packages that others know by models alone, whoever has their sources, ``lowered`` counts
    the functions that had to be parsed, ``disturbed`` says that a file changed meanwhile.
    Bodies are lowered when they are first asked for, or many at once by ``bodies``; ``save`` keeps the facts for the
    next run.
    """

    def __init__(
        self,
        root: Path,
        records: Mapping[str, Record],
        problems: Iterable[Problem] = (),
        missing: Iterable[str] = (),
        notes: Iterable[str] = (),
        commented: Iterable[str] = (),
        described: Collection[str] = (),
        cache: Cache | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.root = root
        self.missing = tuple(sorted(missing))
        self.commented = tuple(sorted(commented))
        self.described = frozenset(described)
        self._notes = tuple(notes)
        self._cache = cache
        self.lowered = 0
        self.disturbed = False
        self._records = {name: records[name] for name in sorted(records)}
        self._problems = set(problems)
        self._bodies: dict[tuple[str, int], Body | StoredBody | Failure | None] = {}
        self._decoder = msgspec.msgpack.Decoder(Body)
        self._lines: dict[str, list[str]] = {}
        self.watch = watch or Watch()
        self._names: dict[tuple[str, str], str] = {}
        for record in self._records.values():
            self._names.setdefault((record.base, plain_name(record.name)), record.name)

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """All modules, sorted by name."""
        with collector.paused():
            modules = {name: self._module(record) for name, record in self._records.items()}
        return {name: module for name, module in modules.items() if module is not None}

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for stderr."""
        return (*self._notes, *self.cache_notes)

    @property
    def cache_notes(self) -> tuple[str, ...]:
        """The remarks that are about what earlier runs have kept, and not about the sources."""
        return tuple(dict.fromkeys(self._cache.notes if self._cache is not None else ()))

    @property
    def tops(self) -> Mapping[str, str]:
        """The files of the top-level modules and packages, by name."""
        return {name: record.facts.file for name, record in self._records.items() if name == record.package}

    @property
    def outlined(self) -> int:
        """How many files had to be parsed for their outlines."""
        return sum(record.facts.outlined for record in self._records.values())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be analysed so far, sorted; lowering bodies may add to it."""
        return tuple(sorted(self._problems))

    def fingerprint(self) -> str:
        """A digest of all that is known of the sources when the index is built: nothing is decoded for it.

        Two indexes with one fingerprint have the same modules, contents, missing packages and problems.
        """
        made: list[object] = [self.missing, self.problems]
        for record in self._records.values():
            made.append((record.name, record.path, record.own, record.is_package, record.base, record.facts.digest))
        return digest(repr(made).encode("utf-8", "surrogatepass")).hex()

    def frame(self) -> str:
        """The same digest for all indexes that differ in nothing but the contents of their modules."""
        made: list[object] = [self.missing, self.problems, self._notes]
        for record in self._records.values():
            made.append((record.name, record.path, record.own, record.is_package, record.base))
        return digest(repr(made).encode("utf-8", "surrogatepass")).hex()

    def contents(self) -> dict[str, bytes]:
        """The digest of the content of each module."""
        return {name: record.facts.digest for name, record in self._records.items()}

    def path(self, module: str) -> str:
        """What reports call a module's file. Raises KeyError for an unknown module."""
        return self._records[module].path

    def former_texts(self) -> Iterator[tuple[bytes, str, bytes]]:
        """What is known of the former versions of modules that were outlined now: digest, text and encoded outline."""
        from xpcheck.syntax.sources import decode

        for record in self._records.values():
            former = record.facts.former()
            if former is not None:
                yield former[0], decode(former[1]), former[2]

    def find(self, name: str, importer: str) -> Module | None:
        """The module that ``name``, written in the module ``importer``, means: those beside it come first."""
        asking = self.modules.get(importer)
        beside = self._names.get((asking.base, name)) if asking is not None else None
        return self.modules.get(beside if beside is not None else name)

    def function(self, module: str, qualname: str) -> FunctionOutline | None:
        """The function that stays bound to ``qualname``: the last one, setters and overloads aside."""
        entry = self.modules.get(module)
        found: FunctionOutline | None = None
        for function in entry.outline.functions if entry is not None else ():
            if function.qualname == qualname and (found is None or not _is_accessory(function)):
                found = function
        return found

    def body(self, module: str, function: str | FunctionOutline) -> Body | None:
        """The body of a function, given as its outline or its qualified name.

        None when there is no such function, or when it cannot be read: that is then one of ``problems``.
        """
        outline = self.function(module, function) if isinstance(function, str) else function
        if outline is None or module not in self.modules:
            return None
        key = (module, outline.loc[0])
        if key not in self._bodies and not self._recall(key):
            self._lower([(key, outline)])
        found = self._bodies[key]
        if isinstance(found, StoredBody):
            found = self._bodies[key] = self._decoded(found, key, outline)
        if isinstance(found, Failure):  # counts only where the body is needed
            self._problems.add(Problem(self._records[module].path, found.line, found.kind, found.message))
            found = self._bodies[key] = None
        return found

    def bodies(self, wanted: Iterable[Wanted], jobs: int = 1, executor: Executor | None = None) -> None:
        """Lower many functions at once, in ``jobs`` processes (or by ``executor``) when that pays.

        Nothing depends on which functions are ``wanted``: one that cannot be read is a problem only when it is asked
        for by ``body``.
        """
        pending: dict[tuple[str, int], FunctionOutline] = {}
        for module, function in wanted:
            outline = self.function(module, function) if isinstance(function, str) else function
            if outline is not None and module in self.modules:
                key = (module, outline.loc[0])
                if key not in self._bodies and not self._recall(key):
                    pending[key] = outline
        with collector.paused():
            self._lower(sorted(pending.items(), key=lambda item: item[0]), jobs, executor)

    def source(self, module: str) -> bytes:
        """A module's content; empty, and a problem, if the file changed. Raises KeyError for an unknown module."""
        record = self._records[module]
        try:
            return record.facts.source()
        except (ChangedError, OSError):
            message = "the file changed while it was being analysed: run again"
            self._problems.add(Problem(record.path, 1, "unreadable", message))
            self.disturbed = True
            return b""

    def text(self, module: str) -> str:
        """A module's text, its line ends normalised. Raises KeyError for an unknown module."""
        from xpcheck.syntax.sources import decode

        return decode(self.source(module))

    def lines(self, module: str) -> Sequence[str]:
        """A module's lines without their ends. Raises KeyError for an unknown module."""
        found = self._lines.pop(module, None)
        if found is None:
            found = self.text(module).split("\n")
            while len(self._lines) >= _OPEN_TEXTS:
                del self._lines[next(iter(self._lines))]
        self._lines[module] = found  # the last one is the most recently used
        return found

    def save(self) -> tuple[str, ...]:
        """Keep the facts for the next run, where there is a cache; remarks for stderr if that fails."""
        for record in self._records.values():
            if record.facts.has_former:
                self._carry_over(record)
        groups: dict[str, list[Record]] = {}
        for record in self._records.values():
            if record.store.kept:
                groups.setdefault(record.store.folder, []).append(record)
        failures = {_save(records[0].store, records) for records in groups.values()}
        return tuple(sorted(f"the facts cache could not be written: {failure}" for failure in failures if failure))

    # ------------------------------------------------------------------------------------------------------- details

    def _module(self, record: Record) -> Module | None:
        try:
            outline = record.facts.outline()
        except (ChangedError, OSError):
            self.source(record.name)  # says why
            return None
        return Module(
            name=record.name,
            path=record.path,
            file=Path(record.facts.file),
            package=record.package,
            is_package=record.is_package,
            own=record.own,
            base=record.base,
            outline=outline,
        )

    def _recall(self, key: tuple[str, int]) -> bool:
        """Take a body from the facts that are kept for its file."""
        known = self._records[key[0]].facts.body(key[1])
        if known is not None:
            self._bodies[key] = known
        return known is not None

    def _decoded(self, known: StoredBody, key: tuple[str, int], outline: FunctionOutline) -> Body | Failure | None:
        try:
            return moved(self._decoder.decode(known.data), key[1] - known.line)
        except msgspec.MsgspecError:
            self._lower([(key, outline)])
            again = self._bodies[key]
            return None if isinstance(again, StoredBody) else again

    def _lower(
        self,
        pending: Sequence[tuple[tuple[str, int], FunctionOutline]],
        jobs: int = 1,
        executor: Executor | None = None,
    ) -> None:
        """Lower functions, but for those whose text stood elsewhere in an earlier version of the file."""
        todo: list[tuple[tuple[str, int], Job]] = []
        for key, outline in pending:
            job = self._job(key[0], outline)
            if job is None:
                self._bodies[key] = None
            elif not self._recall_moved(key, job):
                todo.append((key, job))
        items = [job for _, job in todo]
        sizes = [len(job.text) for job in items]
        spent: list[float] = []
        with self.watch.phase("bodies"):
            besides = sum(sizes) // _BESIDES
            outcomes = run(
                lower, items, sizes, jobs, worth=WORTH_BODIES, besides=besides, executor=executor, spent=spent
            )
        self.watch.children += spent
        self.lowered += len(items)
        self.watch.tell("bodies", self.lowered, 0)
        for (key, job), outcome in zip(todo, outcomes, strict=True):
            if isinstance(outcome, bytes):
                stored = self._bodies[key] = StoredBody(_text_key(job), key[1], MINOR, outcome, key[1])
                self._keep(key, stored)
                continue
            self._bodies[key] = outcome
            if isinstance(outcome, Body) and self._is_kept(key):
                # lone surrogates, deep nesting: lowered again next time
                with contextlib.suppress(ValueError, OverflowError, RecursionError):
                    data = msgspec.msgpack.encode(outcome)
                    self._keep(key, StoredBody(_text_key(job), key[1], MINOR, data, key[1]))

    def _recall_moved(self, key: tuple[str, int], job: Job) -> bool:
        known = self._records[key[0]].facts.former_body(_text_key(job))
        if known is None:
            return False
        self._bodies[key] = known = msgspec.structs.replace(known, at=key[1])
        self._keep(key, known)
        return True

    def _carry_over(self, record: Record) -> None:
        """Keep the bodies of a file that changed for the functions that did not, though nobody asked for them."""
        for outline in record.facts.outline().functions:
            key = (record.name, outline.loc[0])
            job = self._job(record.name, outline) if key not in self._bodies else None
            if job is not None:
                self._recall_moved(key, job)

    def _is_kept(self, key: tuple[str, int]) -> bool:
        record = self._records[key[0]]
        return record.store.kept and record.keep

    def _keep(self, key: tuple[str, int], body: StoredBody) -> None:
        if self._is_kept(key):
            self._records[key[0]].facts.keep(body)

    def _job(self, module: str, outline: FunctionOutline) -> Job | None:
        """What there is to lower; None if the file is gone."""
        first, _, last, _ = outline.loc
        first = max(first, 1)  # a module's own statements are kept under line 0
        lines = self.lines(module)
        return Job("\n".join(lines[first - 1 : last]) + "\n", first, outline.name) if last <= len(lines) else None


def build(
    root: Path,
    paths: Sequence[Path] = (),
    *,
    search_path: Sequence[Path] = (),
    follow: Sequence[str] | None = None,
    required: Collection[str] = (),
    allow_missing: Collection[str] = (),
    namespaces: Collection[str] = ("xp",),
    exclude: Sequence[str] = (),
    overlay: Mapping[Path, bytes] | None = None,
    jobs: int = 1,
    python: Path | None = None,
    executor: Executor | None = None,
    cache_dir: Path | None = None,
    world: World | None = None,
    watch: Watch | None = None,
) -> Index:
    """Read the project at ``root`` and the packages it follows.

    Parameters
    ----------
    root, paths, exclude
        Which files are the project's: see ``discovery.project_modules``.
    follow
        The packages to follow, None to find them out: those with a NumPy default for one of ``namespaces``. Each of
        them that the project imports must be found.
    required
        Packages that are followed whatever their source says (the model files name them), unless ``follow`` is given.
    allow_missing
        Names of ``follow`` and ``required`` that need not be found.
    search_path, python
        Where packages are looked up: see ``packages.search_folders``.
    overlay
        Contents that replace those of files on disk (or of files that are not there yet), by path.
    jobs, executor
        How many processes may be used, or who runs the work instead.
    cache_dir
        Where facts are kept between runs (see ``cache.default_folder``), None for nowhere. The index must be saved.
    world
        Told of every file, folder and question on which the index depends.
    watch
        Measures the phases of the run.

    What cannot be read is one of the index's problems; nothing is raised for it.
    """
    from xpcheck.project.building import Builder

    watch = watch or Watch()
    with collector.paused(), watch.phase("outlines"):
        reader = Reader(overlay or {}, jobs, executor)
        builder = Builder(Path(os.path.realpath(root)), reader, Cache(cache_dir), world or World())
        builder.read_project(paths, exclude)
        builder.follow(
            search_path=search_path,
            python=python,
            follow=follow,
            required=required,
            allow_missing=allow_missing,
            namespaces=namespaces,
        )
        return builder.index(watch)


def _save(store: Store, records: Sequence[Record]) -> str | None:
    """Keep the facts of ``records`` if they are not those that were loaded; why that failed, or None."""
    kept = [record for record in records if record.keep or store.key(record.facts.file) in store.files]
    fresh = any(record.keep and not record.facts.unchanged for record in kept)
    if not fresh and not store.changed and len(kept) == len(store.files):
        return None
    entries: dict[str, Entry | StoredFile] = {}
    for record in kept:
        key = store.key(record.facts.file)
        known = store.files.get(key)
        stays = known is not None and (not record.keep or record.facts.says_no_more_than(known))
        entry = known if stays else record.facts.entry()
        if entry is not None:
            entries[key] = entry
    return store.save(entries)


def _text_key(job: Job) -> bytes:
    return digest(f"{job.name}\0{job.text}".encode("utf-8", "surrogatepass"))


def _is_accessory(function: FunctionOutline) -> bool:
    """Whether a definition is a property's setter or deleter, or a signature for type checkers."""
    return any(_last_name(decorator) in ("setter", "deleter", "overload") for decorator in function.decorators)


def _last_name(expr: Expr) -> str:
    if isinstance(expr, Call):
        return _last_name(expr.func)
    return expr.name if isinstance(expr, Attr) else expr.id if isinstance(expr, Name) else ""
