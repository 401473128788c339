"""``xpcheck init``: a look at the project, the configuration that fits it, and a section for its contributors."""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click

from xpcheck import engine
from xpcheck.cli.check import Asked, Options, model_errors
from xpcheck.cli.configuration import toml
from xpcheck.cli.errors import CommandError
from xpcheck.config import FILE_NAME, TABLE, Config
from xpcheck.facts import Name
from xpcheck.link.names import imported_packages
from xpcheck.link.program import Program
from xpcheck.model import Finding, Kind, Problem
from xpcheck.project.discovery import excluder
from xpcheck.project.index import Module
from xpcheck.report.statistics import coverage

_NUMPY: Final = frozenset({"np", "numpy"})
_COMMON: Final = 3
"""How many functions must have a parameter with a NumPy default before it is taken for a namespace."""
_TESTING: Final = frozenset({"pytest", "unittest"})


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look at the project shows.

    Attributes
    ----------
    packages
        The top-level packages of the project and how many modules each has.
    followed
        The packages that are read besides it, and the folders in which they were found.
    missing
        Packages that take the namespace and were not found.
    namespaces
        Names of parameters whose default is NumPy, the most frequent first.
    tests, parity
        Folders of unit tests, and of scripts on JAX, that the default globs leave out.
    """

    root: Path
    packages: dict[str, int]
    followed: dict[str, Path]
    missing: tuple[str, ...]
    namespaces: tuple[str, ...]
    tests: tuple[str, ...]
    parity: tuple[str, ...]


def run_init(options: Options, dry_run: bool) -> int:
    """Write the configuration and explain it; return the exit code: 2 if a package that must be read is missing.

    Raises CommandError when there is a configuration already, or when none can be written.
    """
    asked = Asked(options)
    root = asked.request.root
    file = root / FILE_NAME
    if asked.request.config.source is not None:
        raise CommandError("config", f"there is a [{TABLE}] table already: `xpcheck config` prints it", str(file))
    request = asked.request
    with model_errors():
        inspection = engine.inspect(request)
        found = _found_beside(root, inspection.report.errors)
        if found:
            request = replace(request, search_path=(*request.search_path, *found))
            inspection = engine.inspect(request)
    report = inspection.report
    seen = inspected(root, inspection.program, report.errors, request.config)
    section = "\n".join(_section(seen, request.search_path))
    if dry_run:
        click.echo(section)
    else:
        _append(file, section)
        click.echo(f"{os.path.relpath(file)}: [{TABLE}] written.\n\n{section}")
    click.echo(f"\n{_today(asked.shown(report, request), coverage(report.statistics))}\n")
    click.echo(_GUIDE)
    for problem in report.errors:
        click.echo(f"{problem.path}:{problem.line}: {problem.kind}: {problem.message}", err=True)
    return 2 if report.errors else 0


def inspected(root: Path, program: Program, errors: Iterable[Problem], config: Config) -> Inspection:
    """What the index of a program says about the project at ``root``."""
    modules = list(program.index.modules.values())
    own = [module for module in modules if module.own]
    followed = {module.package: Path(module.base) for module in modules if not module.own}
    is_test, is_parity = excluder(config.test_globs), excluder(config.parity_globs)
    tests = [
        module for module in own if not _TESTING.isdisjoint(imported_packages(module)) and not is_test(module.path)
    ]
    scripts = [
        module
        for module in own
        if "jax" in imported_packages(module) and not (is_parity(module.path) or is_test(module.path))
        if "." not in module.name
    ]
    return Inspection(
        root,
        dict(sorted(Counter(module.package for module in own if _in_package(module)).items())),
        dict(sorted(followed.items())),
        _missing(errors),
        _namespaces(own),
        _folders(tests),
        _folders(scripts),
    )


def _in_package(module: Module) -> bool:
    return module.is_package or "." in module.name


def _namespaces(modules: Iterable[Module]) -> tuple[str, ...]:
    counts = Counter(
        param.name
        for module in modules
        for function in module.outline.functions
        for param in function.params
        if isinstance(param.default, Name) and param.default.id in _NUMPY
    )
    return tuple(
        name for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count >= _COMMON
    )


def _folders(modules: Sequence[Module]) -> tuple[str, ...]:
    """The folders of some modules below the root, the outermost ones; the root itself is none."""
    folders = {module.path.rpartition("/")[0].partition("/")[0] for module in modules}
    return tuple(sorted(folder for folder in folders if folder))


def _missing(errors: Iterable[Problem]) -> tuple[str, ...]:
    """The packages that must be read and were not found."""
    return tuple(sorted({error.message.split("`")[1] for error in errors if error.kind == "missing-package"}))


def _found_beside(root: Path, errors: Iterable[Problem]) -> tuple[Path, ...]:
    """The folders beside the project that hold a missing package: checkouts of it, as a rule."""
    found: dict[Path, None] = {}
    for name in _missing(errors):
        folders = (folder for beside in sorted(root.parent.iterdir()) for folder in (beside, beside / "src"))
        candidates = (*found, *folders)
        holder = next((folder for folder in candidates if (folder / name / "__init__.py").is_file()), None)
        if holder is not None:
            found[holder] = None
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------- section


def _section(seen: Inspection, search_path: Sequence[Path]) -> Iterator[str]:
    """The table and, as comments, its reasons."""
    packages = ", ".join(f"{name} ({count} modules)" for name, count in seen.packages.items()) or "no packages"
    yield f"[{TABLE}]"
    yield f"# The project: {packages}."
    if seen.namespaces and seen.namespaces != Config().namespaces:
        yield "# Parameters whose default is NumPy: they are threaded."
        yield f"namespaces = {toml(seen.namespaces)}"
    names = sorted({*seen.followed, *seen.missing})
    if names:
        yield "# Read besides the project, as they take the namespace too. One that is not found is an error."
        yield f"follow = {toml(names)}"
    folders = dict.fromkeys(Path(os.path.relpath(folder, seen.root)).as_posix() for folder in search_path)
    if folders:
        yield "# Where they are looked up first; then in the active environment."
        yield f"search-path = {toml(list(folders))}"
    for name in seen.missing:
        yield f"# {name} was not found: install it, or name the folder that holds it in `search-path`."
    yield from _globs("test-globs", "unit tests", seen.tests, Config().test_globs)
    yield from _globs("parity-globs", "scripts that compare the backends", seen.parity, Config().parity_globs)


def _globs(key: str, what: str, folders: Collection[str], default: Sequence[str]) -> Iterator[str]:
    if folders:
        yield f"# {', '.join(folders)}: {what} too."
        yield f"{key} = {toml([*default, *(f'{folder}/**' for folder in folders)])}"


def _append(file: Path, section: str) -> None:
    """Add the section to the end of ``file``, which may not be there.

    Raises CommandError when the result would not be read as it was written.
    """
    old = file.read_bytes() if file.exists() else b""
    newline = "\r\n" if b"\r\n" in old else "\n"
    gap = "" if not old else newline if old.endswith(b"\n") else newline * 2
    new = old + f"{gap}{section}\n".replace("\r\n", "\n").replace("\n", newline).encode()
    try:
        document = tomllib.loads(new.decode("utf-8-sig"))
        assert isinstance(document["tool"]["xpcheck"], dict)
        file.write_bytes(new)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError("config", f"nothing written ({error}); add by hand:\n\n{section}", str(file)) from None
    except OSError as error:
        raise CommandError("config", f"cannot be written: {error.strerror or error}", str(file)) from None


def _today(shown: Sequence[Finding], covered: str) -> str:
    hazards = sum(item.kind is Kind.HAZARD for item in shown)
    conventions = len(shown) - hazards
    found = f"Today: {_many(hazards, 'hazard')} and {_many(conventions, 'convention')} in {covered}."
    if not shown:
        return f"{found}\nNext: `xpcheck check` in the hook and in continuous integration."
    return (
        f"{found}\nNext: `xpcheck check` shows them; `xpcheck baseline` parks them, so that only new ones are reported."
    )


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_GUIDE: Final = """\
For the project's contributor guide:

## NumPy and JAX

Functions that take `xp` run on both backends, so they hand `xp` on to every call that takes it. Before a push:

    xpcheck check --format concise

One line is one finding, `file:line:column: CODE what - where it comes from - what to write instead`. The line named is
the one to change. `xpcheck explain FILE:LINE` shows how the traced value gets there, `xpcheck rule CODE` what the rule
means. A finding that is right as it stands gets a comment with the reason: `# xpcheck: ignore[XP101] reason`. Where the
project keeps a baseline, findings in it are not shown; one that is fixed leaves the file by itself: commit that too."""
