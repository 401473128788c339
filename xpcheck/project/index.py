"""The index of facts: every module that is read, its outline, and the bodies of its functions on demand."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec

from xpcheck.facts import Attr, Body, Call, Expr, FunctionOutline, ModuleOutline, Name
from xpcheck.model import Problem
from xpcheck.project.discovery import plain_name
from xpcheck.project.lowering import WORTH_BODIES, Job, lower
from xpcheck.project.parallel import Failure, run

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


class Index:
    """What is known about a program; ``xpcheck.project.build`` makes one.

    ``modules`` is sorted by name. ``missing`` are imports of the project that were not found, ``notes`` remarks for
    stderr. Bodies are lowered when they are first asked for, or many at once by ``bodies``.
    """

    def __init__(
        self,
        root: Path,
        modules: Mapping[str, Module],
        sources: Mapping[str, bytes],
        problems: Iterable[Problem] = (),
        missing: Iterable[str] = (),
        notes: Iterable[str] = (),
    ) -> None:
        self.root = root
        self.modules: Mapping[str, Module] = {name: modules[name] for name in sorted(modules)}
        self.missing = tuple(sorted(missing))
        self.notes = tuple(notes)
        self._sources = sources
        self._problems = set(problems)
        self._bodies: dict[tuple[str, int], Body | bytes | None] = {}
        self._decoder = msgspec.msgpack.Decoder(Body)
        self._lines: tuple[str, list[str]] = ("", [])
        self._names: dict[tuple[str, str], str] = {}
        for module in self.modules.values():
            self._names.setdefault((module.base, plain_name(module.name)), module.name)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be analysed so far, sorted; lowering bodies may add to it."""
        return tuple(sorted(self._problems))

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
        if key not in self._bodies:
            self._keep(key, lower(self._job(module, outline)))
        found = self._bodies[key]
        if isinstance(found, bytes):
            found = self._bodies[key] = self._decoder.decode(found)
        return found

    def bodies(self, wanted: Iterable[Wanted], jobs: int = 1, executor: Executor | None = None) -> None:
        """Lower many functions at once, in ``jobs`` processes (or by ``executor``) when that pays."""
        pending: dict[tuple[str, int], FunctionOutline] = {}
        for module, function in wanted:
            outline = self.function(module, function) if isinstance(function, str) else function
            if outline is not None and module in self.modules and (module, outline.loc[0]) not in self._bodies:
                pending[(module, outline.loc[0])] = outline
        keys = sorted(pending)
        with collector_paused():
            todo = [self._job(key[0], pending[key]) for key in keys]
            sizes = [len(job.text) for job in todo]
            outcomes = run(lower, todo, sizes, jobs, worth=WORTH_BODIES, executor=executor)
            for key, outcome in zip(keys, outcomes, strict=True):
                self._keep(key, outcome)

    def source(self, module: str) -> bytes:
        """The content of a module's file. Raises KeyError for an unknown module."""
        return self._sources[module]

    def text(self, module: str) -> str:
        """A module's text, its line ends normalised. Raises KeyError for an unknown module."""
        from xpcheck.syntax.sources import decode

        return decode(self._sources[module])

    def lines(self, module: str) -> Sequence[str]:
        """A module's lines without their ends. Raises KeyError for an unknown module."""
        if self._lines[0] != module:
            self._lines = (module, self.text(module).split("\n"))
        return self._lines[1]

    def _job(self, module: str, outline: FunctionOutline) -> Job:
        first, _, last, _ = outline.loc
        return Job("\n".join(self.lines(module)[first - 1 : last]) + "\n", first, outline.name)

    def _keep(self, key: tuple[str, int], outcome: Body | bytes | Failure) -> None:
        if isinstance(outcome, Failure):
            path = self.modules[key[0]].path
            self._problems.add(Problem(path, outcome.line, outcome.kind, outcome.message))
            self._bodies[key] = None
        else:
            self._bodies[key] = outcome


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

    What cannot be read is one of the index's problems; nothing is raised for it.
    """
    from xpcheck.project.building import Builder

    with collector_paused():
        builder = Builder(Path(os.path.realpath(root)), overlay or {}, jobs, executor)
        builder.read_project(paths, exclude)
        builder.follow(
            search_path=search_path,
            python=python,
            follow=follow,
            required=required,
            allow_missing=allow_missing,
            namespaces=namespaces,
        )
        return builder.index()


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cyclic garbage collection meanwhile: facts have no cycles, and the collector would visit all of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _is_accessory(function: FunctionOutline) -> bool:
    """Whether a definition is a property's setter or deleter, or a signature for type checkers."""
    return any(_last_name(decorator) in ("setter", "deleter", "overload") for decorator in function.decorators)


def _last_name(expr: Expr) -> str:
    if isinstance(expr, Call):
        return _last_name(expr.func)
    return expr.name if isinstance(expr, Attr) else expr.id if isinstance(expr, Name) else ""
