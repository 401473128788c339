"""Which imported packages are read besides the project, and where they are found.

A package is followed when one of its functions has a NumPy default for a threaded name (``def f(x, xp=np)``), or when
it is required. Nothing is imported to find out: search paths are folders, ``.pth`` files are read as text.
"""

# paths are strings in this room: a thousand Path objects cost more than the walk
from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xpcheck.facts import FunctionOutline, Import, ModuleOutline, Name
from xpcheck.project.discovery import SourceFile
from xpcheck.project.walk import python_files
from xpcheck.world import World

MODELLED = frozenset(
    {
        *("numpy", "jax", "jaxlib", "scipy", "matplotlib", "mpl_toolkits", "numba", "pandas", "torch", "tensorflow"),
        *("sympy", "h5py", "networkx", "sqlalchemy", "yaml", "tqdm", "IPython", "pytest", "setuptools", "pip"),
        *("pkg_resources", "typing_extensions"),
    }
)
"""Packages that are described by models or that never take a namespace: never read."""

TEST_FOLDERS = frozenset({"test", "tests", "mock", "mocks"})
TEST_FILES = frozenset({"mock", "conftest"})

_NUMPY = ("numpy", "numpy.")
_INNER_IMPORT = re.compile(
    rb"^[ \t]+(?:import[ \t]+(?P<plain>[^\W\d][\w. \t,]*)"
    rb"|from[ \t]+(?P<source>[^\W\d][\w.]*)[ \t]+import\b(?P<names>[ \t]*\([^)]*\)|.*))",
    re.MULTILINE,
)
_EDITABLE = re.compile(r"""['"]([^\W\d][\w.]*)['"]\s*:\s*(['"])(.+?)\2""")


class Location(NamedTuple):
    """A top-level package or module: ``base`` is the folder it was found in, ``path`` its folder or file."""

    base: str
    path: str


class Finder:
    """Looks up top-level names in a list of folders, as an interpreter would.

    A folder without ``__init__.py`` is a package too, but not in one of ``sources``, the folders of the project: there
    it is rather a folder of scripts or data that happens to have the name.
    """

    def __init__(self, folders: Sequence[str], sources: Collection[str] = (), world: World | None = None) -> None:
        self._folders = folders
        self._world = world or World()
        self._sources = frozenset(sources)
        self._found: dict[str, Location | None] = {}
        self._editable: dict[str, str] | None = None

    def find(self, name: str) -> Location | None:
        """Where the top-level module ``name`` is, None if nowhere."""
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> Location | None:
        namespace: Location | None = None
        for folder in self._folders:
            location = _in_folder(folder, name, self._world)
            if location is not None and _is_regular(location):
                return location
            if folder not in self._sources:
                namespace = namespace or location
        if self._editable is None:
            self._editable = _editable_packages(self._folders, self._world)
        path = self._editable.get(name)
        if path is not None:
            self._world.ask(path)
        if path is not None and os.path.isdir(path):
            return Location(os.path.dirname(path), path)
        return namespace


def search_folders(
    root: Path,
    search_path: Sequence[Path] = (),
    python: Path | None = None,
    beside: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    world: World | None = None,
) -> tuple[str, ...]:
    """The folders in which followed packages are looked up, in order; ``world`` is told what this depends on.

    First ``search_path``; then ``beside``, the folders in which the project's modules lie; then the environment of
    ``python`` (an interpreter or the folder of an environment), else ``VIRTUAL_ENV``, else ``root/.venv``, else the
    site-packages of the running interpreter.
    """
    folders = [*(os.path.realpath(folder) for folder in search_path), *beside]
    world = world or World()
    sites: list[str] = []
    if python is not None:
        sites = _sites_of(str(python), world)
    else:
        for prefix in (environ.get("VIRTUAL_ENV", ""), os.path.join(root, ".venv")):
            if prefix and not sites:
                world.ask(prefix)
                sites = _sites_of(prefix, world) if os.path.isdir(prefix) else []
        if not sites:
            sites = [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")]
    for site in sites:
        folders.append(os.path.realpath(site))
        folders.extend(_path_files(site, world))
    return tuple(dict.fromkeys(folders))


def package_files(location: Location, world: World | None = None) -> list[SourceFile]:
    """The modules of a package, without its tests and mocks."""
    if os.path.isfile(location.path):
        name = os.path.splitext(os.path.basename(location.path))[0]
        return [SourceFile(name, location.path, False, location.base)]
    files = []
    for file in python_files(location.path, world=world):
        *folders, filename = os.path.relpath(file, location.path).split(os.sep)
        is_package = filename == "__init__.py"
        parts = [os.path.basename(location.path), *folders, *([] if is_package else [filename[:-3]])]
        if is_for_tests(parts, is_package):
            continue
        if all(part.isidentifier() for part in parts):
            files.append(SourceFile(".".join(parts), file, is_package, location.base))
    return sorted(files)


def is_for_tests(parts: Sequence[str], is_package: bool) -> bool:
    """Whether a module belongs to the tests and mocks of the package that the first part of its name says."""
    folders = parts[1:] if is_package else parts[1:-1]
    return any(map(_is_test_folder, folders)) or (not is_package and len(parts) > 1 and parts[-1] in TEST_FILES)


def threading_filter(namespaces: Collection[str]) -> re.Pattern[bytes]:
    """A byte pattern that every file with a defaulted threaded parameter matches."""
    names = "|".join(re.escape(name) for name in sorted(namespaces)) or "(?!)"
    return re.compile(rf"\b(?:{names})\s*(?::[^=\n]*)?=\s*[^\W\d]".encode())


def threads(outline: ModuleOutline, namespaces: Collection[str]) -> bool:
    """Whether a function has a NumPy default for one of the ``namespaces``."""
    numpy = frozenset(_numpy_names(outline))
    return bool(numpy) and any(_threads(function, namespaces, numpy) for function in outline.functions)


def _threads(function: FunctionOutline, namespaces: Collection[str], numpy: frozenset[str]) -> bool:
    return any(
        param.name in namespaces and isinstance(param.default, Name) and param.default.id in numpy
        for param in function.params
    )


def _numpy_names(outline: ModuleOutline) -> Iterator[str]:
    """The names a module has for NumPy (``autoarray.numpy_wrapper`` and the like count: a re-export is NumPy too)."""
    for entry in outline.imports:
        statement = entry.statement
        for item in statement.names:
            bound = item.alias or item.name
            if statement.source is None:
                if item.name == "numpy" or (item.name.startswith(_NUMPY) and not item.alias):
                    yield item.alias or "numpy"
            elif bound in ("np", "numpy") and statement.source.partition(".")[0] != "jax":
                yield bound


def imported_packages(outline: ModuleOutline, source: bytes, ignored: Collection[str] = ()) -> dict[str, int]:
    """The top-level names a module imports, with the line of the first import; relative imports left out.

    An import inside a function is no part of an outline: a line that looks like one counts if it stands inside a
    function that mentions the name it binds. ``ignored`` names are left out.
    """
    found: dict[str, int] = {}
    for entry in outline.imports:
        for name in _absolute(entry.statement):
            if name not in ignored:
                found.setdefault(name, entry.statement.loc[0])
    for match in _INNER_IMPORT.finditer(source):
        for name, bound in _inner(match):
            if name in ignored or name in found:
                continue
            line = source.count(b"\n", 0, match.start()) + 1
            if any(
                function.loc[0] < line <= function.loc[2] and not bound.isdisjoint(function.names)
                for function in outline.functions
            ):
                found[name] = line
    return found


def _absolute(statement: Import) -> Iterator[str]:
    if statement.source is None:
        for item in statement.names:
            yield item.name.partition(".")[0]
    elif not statement.level:
        yield statement.source.partition(".")[0]


def _inner(match: re.Match[bytes]) -> Iterator[tuple[str, frozenset[str]]]:
    """The top-level names of a line that looks like an import, each with the names it would bind."""
    if match["source"] is not None:
        words = re.findall(r"[^\W\d]\w*", match["names"].partition(b"#")[0].decode("utf-8", "replace"))
        source = match["source"].decode("utf-8", "replace")
        yield source.partition(".")[0], frozenset(words)
        return
    for clause in match["plain"].decode("utf-8", "replace").split(","):
        words = clause.split()
        if words:
            top = words[0].partition(".")[0]
            yield top, frozenset({words[2] if len(words) == 3 and words[1] == "as" else top})


def _in_folder(folder: str, name: str, world: World) -> Location | None:
    path = os.path.join(folder, name)
    for place in (path, os.path.join(path, "__init__.py"), f"{path}.py"):
        world.ask(place)
    if os.path.isfile(os.path.join(path, "__init__.py")):
        return Location(folder, path)
    if os.path.isfile(f"{path}.py"):
        return Location(folder, f"{path}.py")
    if os.path.isdir(path) and any(python_files(path, world=world)):
        return Location(folder, path)
    return None


def _is_regular(location: Location) -> bool:
    return location.path.endswith(".py") or os.path.isfile(os.path.join(location.path, "__init__.py"))


def _is_test_folder(name: str) -> bool:
    return name in TEST_FOLDERS or name.startswith("test_")


def _sites_of(prefix: str, world: World) -> list[str]:
    """The site-packages of an environment, given as its folder or its interpreter (which is not run)."""
    if not os.path.isdir(prefix):
        prefix = os.path.dirname(os.path.dirname(os.path.abspath(prefix)))
    sites = [os.path.join(prefix, "Lib", "site-packages")]
    for library in (os.path.join(prefix, "lib"), os.path.join(prefix, "local", "lib")):
        world.see(library)
        for version in sorted(_names(library), reverse=True):
            if version.startswith(("python3", "pypy3")):
                sites += [os.path.join(library, version, kind) for kind in ("site-packages", "dist-packages")]
    for site in sites:
        world.ask(site)
    return [site for site in sites if os.path.isdir(site)]


def _path_files(site: str, world: World) -> Iterator[str]:
    """Folders that the ``.pth`` files of ``site`` add; lines that are code are not run."""
    world.see(site)
    for name in sorted(_names(site)):
        if name.endswith(".pth") and not name.startswith("."):
            world.see(os.path.join(site, name))
            for line in _read(os.path.join(site, name)).splitlines():
                entry = line.strip()
                if entry and not entry.startswith(("#", "import ", "import\t")):
                    folder = os.path.join(site, entry)
                    world.ask(folder)
                    if os.path.isdir(folder):
                        yield os.path.realpath(folder)


def _editable_packages(folders: Iterable[str], world: World) -> dict[str, str]:
    """What setuptools' editable installs map: their finder modules hold a literal ``MAPPING``."""
    mapping: dict[str, str] = {}
    for folder in folders:
        world.see(folder)
        for name in sorted(_names(folder)):
            if name.startswith("__editable__") and name.endswith("_finder.py"):
                world.see(os.path.join(folder, name))
                for line in _read(os.path.join(folder, name)).splitlines():
                    if line.startswith("MAPPING"):
                        for package, _, path in _EDITABLE.findall(line):
                            mapping.setdefault(package, path.replace("\\\\", "\\"))
    return mapping


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(file: str) -> str:
    try:
        with open(file, "rb") as stream:
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
