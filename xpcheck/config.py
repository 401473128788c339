"""``[tool.xpcheck]`` of ``pyproject.toml``: every option, its default, and where the project's root is.

An unknown key, a value of the wrong type or an unknown rule code is an error that names the file, the line and the
nearest right spelling: a typing error must never make a check weaker in silence.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from xpcheck.model import Level

FILE_NAME: Final = "pyproject.toml"
TABLE: Final = "tool.xpcheck"

_CODE = re.compile(r"XP[0-9]{0,3}")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_PATTERN = re.compile(r"[\w*?\[\]!-]+(\.[\w*?\[\]!-]+)*")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_NUMPY = re.compile(r"numpy\s*(?=[<>=!~(])([^;]*)", re.IGNORECASE)
_BOUND = re.compile(r"(?:>=|~=|===?|>)\s*([0-9]+(?:\.[0-9]+)*)")
_FOREIGN_FOLDERS = frozenset({"site-packages", "dist-packages"})


class ConfigError(Exception):
    """A configuration that cannot be used.

    ``file`` and ``line`` say where it stands, ``message`` what is wrong and what would be right.
    """

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


class ModelError(ValueError):
    """A model file says something that is not understood: where (``line`` counts from 1) and what."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


def _option(kind: str, doc: str, default: Any = ()) -> Any:
    """A field of ``Config`` that is read from the key of the same name with ``-`` for ``_``."""
    return field(default=default, metadata={"kind": kind, "doc": doc})


@dataclass(frozen=True, slots=True)
class Config:
    """The effective configuration; the defaults fit the PyAuto family.

    Relative paths of the file are absolute here. ``follow`` is None when the followed packages are to be found out,
    and ``scipy_array_api`` where the code of the project says it.
    """

    namespaces: tuple[str, ...] = _option("names", "names of the threaded parameter", ("xp",))
    namespace_attributes: tuple[str, ...] = _option("names", "attributes that hold the namespace", ("_xp", "xp"))
    backend_flags: tuple[str, ...] = _option(
        "names", "booleans that choose the backend", ("use_jax", "_use_jax", "is_jax")
    )
    namespace_factories: tuple[str, ...] = _option(
        "dotted",
        "functions and methods that return the namespace",
        ("array_namespace", "get_namespace", "get_array_module", "__array_namespace__"),
    )
    parametric_classes: tuple[str, ...] = _option("dotted", "classes whose constructor parameters arrive traced")
    host_modules: tuple[str, ...] = _option("patterns", "modules that run on the host: no tracer rule applies in them")
    host_functions: tuple[str, ...] = _option("patterns", "functions that run on the host")
    signature_decorators: tuple[str, ...] = _option("dotted", "decorators that hand the namespace on to the body")
    follow: tuple[str, ...] | None = _option(
        "dotted", "packages read besides the project (default: its imports that take the namespace)", None
    )
    allow_missing: tuple[str, ...] = _option("dotted", "packages that may be missing although they are to be followed")
    search_path: tuple[Path, ...] = _option("paths", "folders in which followed packages are looked up first")
    test_globs: tuple[str, ...] = _option(
        "globs",
        "files that are unit tests",
        ("test_*/**", "**/test_*/**", "tests/**", "**/tests/**", "**/test_*.py", "**/*_test.py", "**/conftest.py"),
    )
    parity_globs: tuple[str, ...] = _option(
        "globs", "scripts that compare the backends", ("**/jax_*/**", "**/*parity*.py")
    )
    select: tuple[str, ...] = _option("codes", "rules to report, as codes or prefixes (default: the rules that are on)")
    ignore: tuple[str, ...] = _option("codes", "rules not to report; the longer of two prefixes wins")
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = _option("codes-by-glob", "rules not to report in files")
    level: Level = field(
        default=Level.LIKELY, metadata={"kind": "level", "doc": "the weakest level of hazards that is reported"}
    )
    exclude: tuple[str, ...] = _option("globs", "files that do not belong to the project")
    baseline: Path | None = field(
        default=None, metadata={"kind": "path", "doc": "file of known findings, written by `xpcheck baseline`"}
    )
    extra_models: tuple[Path, ...] = _option("paths", "model files for further libraries")
    scipy_array_api: bool | None = field(
        default=None,
        metadata={
            "kind": "flag",
            "doc": "SciPy runs with `SCIPY_ARRAY_API=1`, by which much of it takes arrays of JAX "
            "(default: whether code of the project that is no test reads or sets that variable)",
        },
    )
    assume_jax: bool = field(
        default=False,
        metadata={"kind": "flag", "doc": "packages that import CuPy and never speak of JAX are checked for JAX, too"},
    )
    cached_property_allow: tuple[str, ...] = _option("patterns", "classes that may keep cached properties (XP401)")
    minimum_numpy: str = field(
        default="1.26",
        metadata={
            "kind": "version",
            "doc": "the oldest NumPy that the code has to run on (XP209; default: what `[project]` requires)",
        },
    )
    source: Path | None = None
    """The file it was read from, None for the defaults."""


def options() -> tuple[Field[Any], ...]:
    """The fields of ``Config`` that are options, in the order in which they are documented."""
    return tuple(item for item in fields(Config) if "kind" in item.metadata)


def key_of(name: str) -> str:
    """The spelling in the file of the field ``name``."""
    return name.replace("_", "-")


# ------------------------------------------------------------------------------------------------------------ reading


def load(root: Path, file: Path | None = None, *, codes: Collection[str] = ()) -> Config:
    """Read the configuration of the project at ``root``.

    Parameters: ``file`` is read instead of ``root/pyproject.toml`` and must then have a ``[tool.xpcheck]`` table;
    ``codes`` are the known rule codes, and when given, a selector that fits none of them is an error.

    Raises ConfigError when the file cannot be read or holds something that is no option.
    """
    path = root / FILE_NAME if file is None else file
    if file is None and not path.is_file():
        return Config()
    text = _read(path)
    document = _document(path, text)
    table = _table(path, document)
    if table is None and file is not None:
        raise ConfigError(path, 1, f"there is no [{TABLE}] table in this file")
    config = Config() if table is None else _Reader(path, text.splitlines(), tuple(codes)).config(table)
    required = _required_numpy(document)
    if required is None or key_of("minimum_numpy") in (table or {}):
        return config
    return replace(config, minimum_numpy=required)


def origins(config: Config) -> Mapping[str, int]:
    """The keys that the file of ``config`` sets, each with its line.

    Raises ConfigError when the file cannot be read any more.
    """
    if config.source is None:
        return {}
    text = _read(config.source)
    table = _table(config.source, _document(config.source, text))
    return {key: locate(text.splitlines(), key) for key in table or {}}


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(path, 1, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(path, 1, f"is not UTF-8: {error.reason} at byte {error.start}") from None


def _document(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, *complaint_of(error, text)) from None


def _required_numpy(document: Mapping[str, Any]) -> str | None:
    """The oldest NumPy that the project installs with, by ``[project] dependencies``; None where they do not say.

    Source: the specifiers of the Python packaging user guide.
    """
    project = document.get("project")
    required = project.get("dependencies") if isinstance(project, dict) else None
    for item in required if isinstance(required, list) else ():
        found = _NUMPY.match(item) if isinstance(item, str) else None
        bound = _BOUND.search(found[1]) if found else None
        if bound:
            return bound[1]
    return None


def _table(path: Path, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The ``[tool.xpcheck]`` table of a TOML document, None if there is none."""
    tool = document.get("tool")
    table = tool.get("xpcheck") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(path, 1, f"`{TABLE}` must be a table")
    return table


def complaint_of(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """The line of a mistake in a TOML text, and what is wrong."""
    found = re.search(r"at line (\d+)", str(error))
    message = re.sub(r" \(at line \d+, column \d+\)| \(at end of document\)", "", str(error))
    return int(found[1]) if found else max(1, text.count("\n")), f"is not valid TOML: {message}"


class _Reader:
    """Turns the table into a ``Config``; knows the lines, to say where something is wrong."""

    def __init__(self, path: Path, lines: Sequence[str], codes: tuple[str, ...]) -> None:
        self.path = path
        self.lines = lines
        self.codes = codes
        self.kinds: Mapping[str, Callable[[str, Any], Any]] = {
            "names": self.names,
            "dotted": self.dotted,
            "patterns": self.patterns,
            "globs": self.strings,
            "paths": self.paths,
            "path": self.path_to,
            "codes": self.selectors,
            "codes-by-glob": self.selectors_by_glob,
            "level": self.level,
            "version": self.version,
            "flag": self.flag,
        }

    def config(self, table: Mapping[str, Any]) -> Config:
        known = {key_of(item.name): item for item in options()}
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key not in known:
                raise self.error(key, f"unknown key `{key}`{nearest(key, known)}")
            item = known[key]
            values[item.name] = self.kinds[item.metadata["kind"]](key, value)
        return Config(**values, source=self.path)

    def error(self, key: str, message: str, value: str | None = None) -> ConfigError:
        return ConfigError(self.path, locate(self.lines, key, value), message)

    def strings(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.error(key, f"`{key}` must be a list of strings, not {_type_name(value)}")
        for item in value:
            if not isinstance(item, str):
                raise self.error(key, f"`{key}` must hold strings only, not {_type_name(item)}")
            if not item.strip():
                raise self.error(key, f"`{key}` holds an empty string")
        return tuple(value)

    def names(self, key: str, value: Any) -> tuple[str, ...]:
        items = self.strings(key, value)
        for item in items:
            if not item.isidentifier():
                raise self.error(key, f"`{item}` in `{key}` is not a Python name", item)
        return items

    def dotted(self, key: str, value: Any) -> tuple[str, ...]:
        return self._matching(key, value, _DOTTED, "is not a (dotted) Python name")

    def patterns(self, key: str, value: Any) -> tuple[str, ...]:
        return self._matching(key, value, _PATTERN, "is not a dotted name or a pattern of one")

    def _matching(self, key: str, value: Any, pattern: re.Pattern[str], complaint: str) -> tuple[str, ...]:
        items = self.strings(key, value)
        for item in items:
            if not pattern.fullmatch(item):
                raise self.error(key, f"`{item}` in `{key}` {complaint}", item)
        return items

    def paths(self, key: str, value: Any) -> tuple[Path, ...]:
        base = self.path.parent
        return tuple((base / Path(item).expanduser()).resolve() for item in self.strings(key, value))

    def path_to(self, key: str, value: Any) -> Path:
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, f"`{key}` must be the path of a file, not {_type_name(value)}")
        return (self.path.parent / Path(value).expanduser()).resolve()

    def selectors(self, key: str, value: Any) -> tuple[str, ...]:
        items = self.strings(key, value)
        for item in items:
            complaint = complain_of_code(item, self.codes)
            if complaint:
                raise self.error(key, f"{complaint} in `{key}`", item)
        return items

    def selectors_by_glob(self, key: str, value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
        if not isinstance(value, dict):
            raise self.error(key, f"`{key}` must be a table of globs and lists of codes, not {_type_name(value)}")
        pairs = []
        for glob, items in value.items():
            if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
                raise self.error(key, f'`{key}."{glob}"` must be a list of codes, not {_type_name(items)}', glob)
            pairs.append((glob, self.selectors(key, items)))
        return tuple(pairs)

    def version(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or not _VERSION.fullmatch(value):
            shown = f"`{value}`" if isinstance(value, str) else _type_name(value)
            raise self.error(key, f'`{key}` must be a version like "1.26", not {shown}')
        return value

    def flag(self, key: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.error(key, f"`{key}` must be true or false, not {_type_name(value)}")
        return value

    def level(self, key: str, value: Any) -> Level:
        choices = [str(level) for level in Level]
        if value not in choices:
            shown = f"`{value}`" if isinstance(value, str) else _type_name(value)
            hint = nearest(value, choices) if isinstance(value, str) else ""
            raise self.error(key, f"`{key}` must be one of {', '.join(choices)}, not {shown}{hint}")
        return Level(value)


def complain_of_code(selector: str, known: Collection[str]) -> str:
    """Why ``selector`` is no rule code or prefix of one: a phrase, or ``""`` when it is fine.

    Without ``known`` codes only its form is looked at.
    """
    if not _CODE.fullmatch(selector):
        hint = nearest(selector.upper(), known)
        return f"`{selector}` is not a rule code{hint or ' (`XP` and up to three digits)'}"
    if known and not any(code.startswith(selector) for code in known):
        return f"unknown rule code `{selector}`{nearest(selector, known)}"
    return ""


def nearest(word: str, right: Collection[str]) -> str:
    """``; did you mean `x`?`` with the nearest of the ``right`` words, ``""`` when none is near."""
    near = difflib.get_close_matches(word.replace("_", "-") if "_" in word else word, list(right), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def _type_name(value: Any) -> str:
    """How TOML calls the type of ``value``."""
    names = {bool: "a boolean", int: "an integer", float: "a float", str: "a string", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")


def locate(lines: Sequence[str], key: str, value: str | None = None) -> int:
    """The line (from 1) on which ``key`` of the xpcheck table, or a quoted ``value`` in it, stands; best effort."""
    inside = False
    header = 1
    for number, line in enumerate(lines, start=1):
        if opened := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", line):
            name = re.sub(r"[\s\"']", "", opened[1])
            inside = name == TABLE or name.startswith(f"{TABLE}.")
            header = number if inside and header == 1 else header
            if name == f"{TABLE}.{key}":
                return _locate_value(lines, number, value)
        elif (inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line)) or re.match(
            rf"\s*(tool\s*\.\s*)?xpcheck\s*\.\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line
        ):
            return _locate_value(lines, number, value)
    return header


def _locate_value(lines: Sequence[str], start: int, value: str | None) -> int:
    """The first line from ``start`` on that quotes ``value``; ``start`` when there is none."""
    if value is None:
        return start
    quoted = (f'"{value}"', f"'{value}'")
    return next(
        (number for number in range(start, len(lines) + 1) if any(text in lines[number - 1] for text in quoted)), start
    )


# --------------------------------------------------------------------------------------------------------------- root


def find_root(paths: Sequence[Path]) -> Path:
    """The root of the project to which ``paths`` (files or folders; none means the working directory) belong.

    It is the nearest folder above them whose ``pyproject.toml`` has a ``[tool.xpcheck]`` table, else the nearest one
    with a ``pyproject.toml`` or ``.git``. A foreign tree (installed packages, or no project around it) and one that
    git ignores are no part of that project: their root is the folder that holds the top-level package.

    Raises ConfigError when a ``pyproject.toml`` on the way is not valid TOML.
    """
    start = _common_folder([path.resolve() for path in paths] or [Path.cwd()])
    if _FOREIGN_FOLDERS.isdisjoint(start.parts):
        above = [start, *start.parents]
        configured = next((folder for folder in above if _is_configured(folder)), None)
        project = configured or next((folder for folder in above if _is_project(folder)), None)
        if project is not None and not _is_ignored(start, project):
            return project
    return _top_folder(start)


def settings_places(paths: Sequence[Path]) -> list[Path]:
    """The files and folders on which ``find_root`` and ``load`` depend for ``paths``, there or not."""
    start = _common_folder([path.resolve() for path in paths] or [Path.cwd()])
    names = (FILE_NAME, ".git", "__init__.py", ".gitignore")
    return [folder / name for folder in [start, *start.parents] for name in names]


def _common_folder(paths: Sequence[Path]) -> Path:
    folders = [path if path.is_dir() else path.parent for path in paths]
    first = folders[0]
    return next(
        (folder for folder in [first, *first.parents] if all(other.is_relative_to(folder) for other in folders)), first
    )


def _is_configured(folder: Path) -> bool:
    file = folder / FILE_NAME
    # The cheap test first: most of these files say nothing about us and need not be parsed.
    return file.is_file() and "xpcheck" in (text := _read(file)) and _table(file, _document(file, text)) is not None


def _is_project(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file() or (folder / ".git").exists()


def _top_folder(folder: Path) -> Path:
    """The nearest folder, from ``folder`` upwards, that is not itself a package."""
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def _is_ignored(folder: Path, root: Path) -> bool:
    """Whether the ``.gitignore`` files of ``root`` down to ``folder`` exclude ``folder`` or one of its parents."""
    if folder == root:
        return False
    ignored = False
    below = [parent for parent in [*reversed(folder.parents), folder] if parent.is_relative_to(root)]
    for holder in below[:-1]:
        file = holder / ".gitignore"
        if not file.is_file():
            continue
        # Imported here: most commands never come this far.
        from pathspec import GitIgnoreSpec

        spec = GitIgnoreSpec.from_lines(file.read_text(encoding="utf-8", errors="replace").splitlines())
        for candidate in below[below.index(holder) + 1 :]:
            verdict = spec.check_file(f"{candidate.relative_to(holder).as_posix()}/").include
            if verdict is not None:
                ignored = verdict
    return ignored
