"""Fills an index: the project first, then the packages it follows, breadth first."""

# paths are strings in this room: a thousand Path objects cost more than the walk
from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from xpcheck.facts import ModuleOutline
from xpcheck.model import Problem
from xpcheck.project.discovery import SourceFile, display_path, project_modules
from xpcheck.project.index import Index, Module
from xpcheck.project.lowering import WORTH_OUTLINES, read_outline
from xpcheck.project.packages import (
    MODELLED,
    Finder,
    Location,
    imported_packages,
    package_files,
    search_folders,
    threading_filter,
    threads,
)
from xpcheck.project.parallel import Failure, run


class Builder:
    """Collects modules, contents and problems until ``index`` puts them together."""

    def __init__(self, root: Path, overlay: Mapping[Path, bytes], jobs: int, executor: Executor | None) -> None:
        self.root = str(root)
        self.jobs = jobs
        self.executor = executor
        self.overlay = {os.path.realpath(path): content for path, content in overlay.items()}
        self.modules: dict[str, Module] = {}
        self.sources: dict[str, bytes] = {}
        self.problems: set[Problem] = set()
        self.missing: set[str] = set()
        self.notes: list[str] = []

    def read_project(self, paths: Sequence[Path], exclude: Sequence[str]) -> None:
        """The project's own modules."""
        found = project_modules(Path(self.root), paths, exclude, self.overlay)
        self.problems.update(found.problems)
        self.notes.extend(found.notes)
        self._add(found.files, own=True)

    def follow(
        self,
        *,
        search_path: Sequence[Path],
        python: Path | None,
        follow: Sequence[str] | None,
        required: Collection[str],
        allow_missing: Collection[str],
        namespaces: Collection[str],
    ) -> None:
        """The packages to be read that the project imports, or that such a package imports."""
        named = frozenset(required if follow is None else follow)
        finder = Finder(search_folders(Path(self.root), search_path, python, beside=self._bases()))
        pattern = threading_filter(namespaces)
        settled = set(sys.stdlib_module_names) | (MODELLED - named) | self._provided()
        fresh: Sequence[Module] = list(self.modules.values())
        while fresh:
            wanted = self._imports(fresh, settled)
            settled.update(wanted)
            added: list[Module] = []
            for name in sorted(wanted):
                importer, line = wanted[name]
                location = finder.find(name)
                if location is None:
                    self._not_found(name, importer, line, name in named and name not in allow_missing)
                elif name in named or (follow is None and self._takes_namespace(location, pattern, namespaces)):
                    self._step_aside(name)
                    added += self._add(package_files(location), own=False)
            fresh = added

    def index(self) -> Index:
        """The finished index."""
        return Index(Path(self.root), self.modules, self.sources, self.problems, self.missing, self.notes)

    # ------------------------------------------------------------------------------------------------------- imports

    def _bases(self) -> list[str]:
        """Where the project's own modules lie: what is beside them can be imported too."""
        return sorted({module.base for module in self.modules.values()})

    def _provided(self) -> set[str]:
        """Top-level names that the project itself gives to all of its modules.

        A script in a folder of its own is not among them: it must not hide the package whose name it has.
        """
        return {
            module.package
            for module in self.modules.values()
            if "." in module.name or module.is_package or module.base == self.root
        }

    def _imports(self, modules: Sequence[Module], settled: Collection[str]) -> dict[str, tuple[Module, int]]:
        """The top-level names not settled yet that ``modules`` import, each with its first import by path and line."""
        beside = {(module.base, module.package) for module in modules}
        wanted: dict[str, tuple[Module, int]] = {}
        for module in sorted(modules, key=lambda module: (not module.own, module.path)):
            for name, line in imported_packages(module.outline, self.sources[module.name], settled).items():
                if (module.base, name) not in beside:
                    wanted.setdefault(name, (module, line))
        return wanted

    def _not_found(self, name: str, importer: Module, line: int, must: bool) -> None:
        if must:
            message = (
                f"`{name}` must be followed but was not found; give its folder with `--search-path DIR` "
                f"or list it in `allow-missing`"
            )
            self.problems.add(Problem(importer.path, line, "missing-package", message))
        elif importer.own and name not in self.modules:
            self.missing.add(name)

    def _takes_namespace(self, location: Location, pattern: re.Pattern[bytes], namespaces: Collection[str]) -> bool:
        """Whether a function of the package has a NumPy default for a threaded name."""
        for item in package_files(location):
            content = self._content(item.file)
            if content is not None and pattern.search(content):
                outline = read_outline(content)
                if not isinstance(outline, Failure) and threads(outline, namespaces):
                    return True
        return False

    def _step_aside(self, name: str) -> None:
        """Give a followed package its name when a script somewhere in the project has it."""
        script = self.modules.pop(name, None)
        if script is not None:
            label = display_path(script.base, self.root).replace(".", "%2E")
            other = f"{name}@{label}"
            self.modules[other] = msgspec.structs.replace(script, name=other, package=other)
            self.sources[other] = self.sources.pop(name)

    # --------------------------------------------------------------------------------------------------------- files

    def _add(self, files: Sequence[SourceFile], own: bool) -> list[Module]:
        """Read and outline ``files``; what fails is a problem and no module."""
        contents = [(item, self._content(item.file, self._shown(item, own))) for item in files]
        readable = [(item, content) for item, content in contents if content is not None]
        outlines = self._outlines([content for _, content in readable])
        added: list[Module] = []
        for (item, content), outline in zip(readable, outlines, strict=True):
            path = self._shown(item, own)
            if isinstance(outline, Failure):
                self.problems.add(Problem(path, outline.line, outline.kind, outline.message))
                continue
            module = Module(
                name=item.name,
                path=path,
                file=Path(item.file),
                package=item.name.partition(".")[0],
                is_package=item.is_package,
                own=own,
                base=item.base,
                outline=outline,
            )
            self.modules[item.name] = module
            self.sources[item.name] = content
            added.append(module)
        return added

    def _outlines(self, contents: Sequence[bytes]) -> Iterable[ModuleOutline | Failure]:
        sizes = [len(content) for content in contents]
        outcomes = run(read_outline, contents, sizes, self.jobs, worth=WORTH_OUTLINES, executor=self.executor)
        decoder = msgspec.msgpack.Decoder(ModuleOutline)
        return [decoder.decode(outcome) if isinstance(outcome, bytes) else outcome for outcome in outcomes]

    def _content(self, file: str, shown: str = "") -> bytes | None:
        """The bytes of a file, or of what stands in for it; None, and a problem under ``shown``, if there are none."""
        if self.overlay:
            replaced = self.overlay.get(os.path.realpath(file))
            if replaced is not None:
                return replaced
        try:
            with open(file, "rb") as stream:
                return stream.read()
        except OSError as error:
            if shown:
                message = error.strerror or type(error).__name__
                self.problems.add(Problem(shown, 1, "unreadable", message))
            return None

    def _shown(self, item: SourceFile, own: bool) -> str:
        return display_path(item.file, self.root if own else item.base)
