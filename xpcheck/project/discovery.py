"""Which files belong to the project, and the module name of each."""

# paths are strings in this room: a thousand Path objects cost more than the walk
from __future__ import annotations

import functools
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from xpcheck.model import Problem
from xpcheck.project.git import git_files, in_work_tree, note_work_tree
from xpcheck.project.walk import SKIPPED_FOLDERS, is_python_file, is_skipped_folder, python_files
from xpcheck.world import World

PROJECT_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg", ".hg")


class SourceFile(NamedTuple):
    """One module on disk: ``base`` is the folder that an interpreter would have on ``sys.path`` to import it."""

    name: str
    file: str
    is_package: bool
    base: str


class Found(NamedTuple):
    """The project's modules sorted by name and path, what could not be read, and remarks for stderr."""

    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def project_modules(
    root: Path,
    paths: Sequence[Path] = (),
    exclude: Sequence[str] = (),
    extra: Collection[str] = (),
    world: World | None = None,
) -> Found:
    """The Python files of a project and their module names.

    ``root`` with a project marker (``pyproject.toml``, ``.git``, ...) is a project: all its files count, whatever
    ``paths`` says, so that a subset of files gets the same verdict. Without a marker only ``paths`` count, each widened
    to its whole package (a script: to the modules and packages beside it); no ``paths`` mean all below ``root``.
    Files that git ignores are left out, except those under ``paths``. ``exclude`` holds globs relative to ``root``;
    ``extra`` resolved paths of overlays, which may be files that are not there yet. ``world`` is told what was looked
    at.
    """
    base = os.path.realpath(root)
    scan = _Scan(base, exclude, frozenset(extra), world or World())
    named = [_real(path) for path in paths]
    scan.world.see(base)
    for path in named:
        scan.world.ask(path)
    if not named or _is_project(base) or base in named:
        scan.take_project()
        for path in named:
            scan.take_named(path)
    else:
        for path in named:
            scan.take_named(scan.widened(path))
            if os.path.isfile(path):
                scan.take_file(path)
    for path in sorted(extra):
        if path.startswith(base + os.sep) and not os.path.lexists(path):
            scan.take_file(path)
    return scan.result()


def display_path(file: str, root: str) -> str:
    """``file`` as reports show it: relative to ``root``, with ``/``; absolute on another drive."""
    if file.startswith(root + os.sep):
        relative = file[len(root) + 1 :]
    else:
        try:
            relative = os.path.relpath(file, root)
        except ValueError:
            relative = file
    return printable(relative.replace(os.sep, "/"))


def printable(path: str) -> str:
    """``path`` with the bytes of a file name that are no text spelled out: reports and caches hold text."""
    return path if path.isascii() else path.encode("utf-8", "backslashreplace").decode()


def excluder(patterns: Sequence[str]) -> Callable[[str], bool]:
    """A test of relative paths against globs.

    A pattern without ``/`` matches any folder or file name on the path; one with ``/`` is anchored at the root. ``*``
    and ``?`` do not cross ``/``, ``**`` does. A folder that matches takes everything below it along.
    """
    if not patterns:
        return lambda path: False
    regex = re.compile("|".join(_glob_regex(pattern) for pattern in patterns))
    return lambda path: regex.match(path) is not None


def _glob_regex(pattern: str) -> str:
    pattern = pattern.replace("\\", "/").removeprefix("./").rstrip("/")
    anchored = "/" in pattern
    body = ""
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            body += "(?:[^/]+/)*"
            position += 3
        elif pattern.startswith("**", position):
            body += ".*"
            position += 2
        else:
            character = pattern[position]
            body += {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
            position += 1
    body = body.removeprefix("/")
    return f"(?:{'' if anchored else '(?:.*/)?'}{body}(?:/.*)?$)"


class _Scan:
    """Collects files, each once, under the path that its folder really has."""

    def __init__(self, root: str, exclude: Sequence[str], extra: frozenset[str], world: World) -> None:
        self.root = root
        self.world = world
        self.files: set[str] = set()
        self.problems: set[Problem] = set()
        self.notes: list[str] = []
        self.extra = extra
        self.excluded = excluder(exclude)

        @functools.cache
        def has_init(folder: str) -> bool:
            init = os.path.join(folder, "__init__.py")
            world.ask(init)
            return init in extra or os.path.isfile(init)

        self.has_init = has_init

    def take_project(self) -> None:
        """All files below the root that git does not ignore."""
        listed = git_files(self.root, self.notes)
        if listed is not None or in_work_tree(self.root):
            note_work_tree(self.root, self.world)
        self._take_all(self._walk(self.root) if listed is None else listed)

    def take_named(self, path: str) -> None:
        """A file or folder the user named: a folder that git ignores altogether is walked."""
        if os.path.isdir(path):
            inside = path + os.sep
            if not any(file.startswith(inside) for file in self.files):
                self._take_all(self._walk(path))
        elif not os.path.lexists(path):
            if path not in self.extra:
                self._problem(path, "no such file or folder")
        else:
            self.take_file(path)

    def take_file(self, path: str) -> None:
        """One file the user named: ``.py``, or a script without a suffix."""
        extension = os.path.splitext(path)[1]
        if extension in ("", ".py") or path in self.extra:
            self._take_all([path])
        else:
            self.notes.append(f"{display_path(path, self.root)}: not a .py file, left out")

    def widened(self, path: str) -> str:
        """The outermost package around ``path``, else a script's folder, else ``path`` itself."""
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        if not self.has_init(folder):
            if folder != path and os.path.isfile(path) and os.path.basename(folder) not in SKIPPED_FOLDERS:
                self._take_beside(folder)
            return path
        while self.has_init(os.path.dirname(folder)) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
        return folder

    def _take_beside(self, folder: str) -> None:
        """What a script in ``folder`` can import from there."""
        self.world.see(folder)
        for entry in sorted(_entries(folder), key=lambda entry: entry.name):
            if is_python_file(entry.name):
                self._take_all([entry.path])
            elif self.has_init(entry.path) and not is_skipped_folder(entry.name):
                self._take_all(self._walk(entry.path))

    def result(self) -> Found:
        """The files with their names, clashes resolved."""
        named = [self._named(file) for file in sorted(self.files)]
        files = tuple(sorted(distinct(named, self.root)))
        return Found(files, tuple(sorted(self.problems)), tuple(dict.fromkeys(self.notes)))

    def _walk(self, folder: str) -> Iterator[str]:
        return python_files(folder, self._unreadable, self.world)

    def _take_all(self, files: Iterable[str]) -> None:
        for file in files:
            if self.excluded(display_path(file, self.root)):
                continue
            if file in self.extra:
                self.files.add(file)
                continue
            try:
                mode = os.stat(file).st_mode
            except OSError as error:
                if os.path.lexists(file):  # else git still tracks a file that was deleted
                    self._unreadable(error)
                continue
            if stat.S_ISREG(mode):
                self.files.add(file)

    def _unreadable(self, error: OSError) -> None:
        self._problem(str(error.filename), error.strerror or type(error).__name__)

    def _problem(self, path: str, message: str) -> None:
        self.problems.add(Problem(display_path(path, self.root), 1, "unreadable", message))

    def _named(self, file: str) -> SourceFile:
        folder, filename = os.path.split(file)
        stem = os.path.splitext(filename)[0]
        is_package = filename == "__init__.py"
        parts: list[str] = [] if is_package else [stem]
        in_package = is_package
        while self.has_init(folder) or (self._joins_packages(folder) and (in_package or self._holds_packages(folder))):
            in_package = True
            folder, package = os.path.split(folder)
            parts.insert(0, package)
            if not package:
                break
        source_root = self._source_root(folder)
        if source_root is not None:
            between = display_path(folder, source_root).split("/") if folder != source_root else []
            parts, folder = between + parts, source_root
        return SourceFile(printable(".".join(parts)), file, is_package, folder)

    def _joins_packages(self, folder: str) -> bool:
        """Whether a folder without ``__init__.py`` between two packages is a namespace of the outer one."""
        return folder != self.root and self.has_init(os.path.dirname(folder))

    def _holds_packages(self, folder: str) -> bool:
        """Whether packages lie in a folder: a module beside them is imported as they are, and no script."""
        self.world.see(folder)
        return any(self.has_init(entry.path) for entry in _entries(folder) if entry.is_dir())

    def _source_root(self, folder: str) -> str | None:
        """The nearest ``src`` folder at or above ``folder`` inside the project: what lies below it are namespaces."""
        while folder == self.root or folder.startswith(self.root + os.sep):
            if os.path.basename(folder) == "src" and folder != self.root:
                return folder
            folder = os.path.dirname(folder)
        return None


def distinct(files: Sequence[SourceFile], root: str) -> list[SourceFile]:
    """Give every module its own name.

    Where two folders hold the same module, the one nearer to the root (then the first by path) keeps the name; the
    other becomes ``name@folder``, a package with all that is in it, so that its relative imports stay inside it.
    """
    packages = {(file.base, file.name) for file in files if file.is_package}

    def unit(file: SourceFile) -> str:
        """The outermost package of a module, folders without ``__init__.py`` left aside, or the module itself."""
        parts = file.name.split(".")
        prefixes = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return next((prefix for prefix in prefixes if (file.base, prefix) in packages), file.name)

    units: dict[tuple[str, str], list[SourceFile]] = {}
    for file in files:
        units.setdefault((file.base, unit(file)), []).append(file)

    def nearness(key: tuple[str, str]) -> tuple[int, str, str]:
        shown = display_path(key[0], root)
        return (0 if key[0] == root else shown.count("/") + 1, shown, key[1])

    result: list[SourceFile] = []
    taken: set[str] = set()
    for key in sorted(units, key=nearness):
        base, name = key
        members = units[key]
        if any(file.name in taken for file in members):
            label = display_path(base, root).replace(".", "%2E")
            members = [file._replace(name=f"{name}@{label}{file.name[len(name) :]}") for file in members]
        # `tool.py` next to `tool/__init__.py`: the package wins, as in Python
        for file in sorted(members, key=lambda file: (not file.is_package, file.file)):
            unique = file.name
            while unique in taken:
                unique += "@py"
            taken.add(unique)
            result.append(file._replace(name=unique))
    return result


def plain_name(name: str) -> str:
    """The name that an import would spell for a module of the index."""
    return re.sub(r"@[^.]*", "", name)


def _real(path: Path) -> str:
    """``path`` below the real path of its folder: a named link stays a file of the folder it is in."""
    absolute = os.path.abspath(path)
    if os.path.isdir(absolute):
        return os.path.realpath(absolute)
    return os.path.join(os.path.realpath(os.path.dirname(absolute)), os.path.basename(absolute))


def _is_project(root: str) -> bool:
    return any(os.path.lexists(os.path.join(root, marker)) for marker in PROJECT_MARKERS)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
