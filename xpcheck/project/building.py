"""Fills an index: the project first, then the packages it follows, breadth first."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from xpcheck.model import Problem
from xpcheck.project.cache import UNKNOWN, Cache, Decision, digest
from xpcheck.project.discovery import SourceFile, display_path, printable, project_modules
from xpcheck.project.files import Reader
from xpcheck.project.index import Index, Record
from xpcheck.project.lowering import read_outline
from xpcheck.project.packages import (
    MODELLED,
    Finder,
    Location,
    package_files,
    search_folders,
    threading_filter,
    threads,
)
from xpcheck.project.parallel import Failure
from xpcheck.watch import Watch
from xpcheck.world import World


class Builder:
    """Collects records and problems until ``index`` puts them together."""

    def __init__(self, root: Path, reader: Reader, cache: Cache, world: World) -> None:
        self.root = str(root)
        self.reader = reader
        self.cache = cache
        self.world = world
        self.records: dict[str, Record] = {}
        self.problems: set[Problem] = set()
        self.missing: set[str] = set()
        self.notes: list[str] = []
        self.described: frozenset[str] = MODELLED
        """Packages that are described by models for all that import them, also where the project has their sources."""
        self.commented: set[str] = set()
        """The project's files in which comments may suppress something; those that cannot be read are among them."""

    def read_project(self, paths: Sequence[Path], exclude: Sequence[str]) -> None:
        """The project's own modules."""
        found = project_modules(Path(self.root), paths, exclude, self.reader.overlay, self.world)
        self.problems.update(found.problems)
        self.notes.extend(found.notes)
        self._add(found.files, self.root, own=True)

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
        named = {name.partition(".")[0] for name in (required if follow is None else follow)}
        missable = {name.partition(".")[0] for name in allow_missing}
        bases, world = self._bases(), self.world
        finder = Finder(search_folders(Path(self.root), search_path, python, bases, world=world), bases, world)
        self.described = MODELLED - named
        settled = set(sys.stdlib_module_names) | self.described | self._provided()
        fresh: Sequence[Record] = list(self.records.values())
        while fresh:
            wanted = self._imports(fresh, settled)
            settled.update(wanted)
            added: list[Record] = []
            for name in sorted(wanted):
                importer, line = wanted[name]
                location = finder.find(name)
                if location is None:
                    self._not_found(name, importer, line, name in named - missable)
                elif name in named or (follow is None and self._takes_namespace(location, namespaces)):
                    self._step_aside(name)
                    added += self._add(package_files(location, self.world), location.path, own=False)
            fresh = added

    def index(self, watch: Watch) -> Index:
        """The finished index; ``watch`` measures what is still to be read."""
        about = (self.problems, self.missing, self.notes, self.commented, self.described)
        return Index(Path(self.root), self.records, *about, self.cache, watch)

    # ------------------------------------------------------------------------------------------------------- imports

    def _bases(self) -> list[str]:
        """Where the project's own modules lie: what is beside them can be imported too."""
        return sorted({record.base for record in self.records.values()})

    def _provided(self) -> set[str]:
        """Top-level names that the project itself gives to all of its modules.

        A script in a folder of its own is not among them: it must not hide the package whose name it has.
        """
        return {
            record.package
            for record in self.records.values()
            if "." in record.name or record.is_package or record.base == self.root
        }

    def _imports(self, records: Sequence[Record], settled: Collection[str]) -> dict[str, tuple[Record, int]]:
        """The top-level names not settled yet that ``records`` import, each with its first import."""
        beside = {(record.base, record.package) for record in records}
        wanted: dict[str, tuple[Record, int]] = {}
        for record in sorted(records, key=lambda record: (not record.own, record.path)):
            for name, line in record.facts.imports.items():
                if name not in settled and (record.base, name) not in beside:
                    wanted.setdefault(name, (record, line))
        return wanted

    def _not_found(self, name: str, importer: Record, line: int, must: bool) -> None:
        if must:
            message = (
                f"`{name}` must be followed but was not found: name the folder that holds it in `search-path` of "
                f"[tool.xpcheck] or with `--search-path DIR`, install it beside xpcheck (pre-commit: "
                f"`additional_dependencies: [{name}]`), or list it in `allow-missing`"
            )
            self.problems.add(Problem(importer.path, line, "missing-package", message))
        elif importer.own and name not in self.records:
            self.missing.add(name)

    def _takes_namespace(self, location: Location, namespaces: Collection[str]) -> bool:
        """Whether a function of the package has a NumPy default for a threaded name; known while no file changes."""
        store = self.cache.store(self.root)
        files = [item.file for item in package_files(location, self.world)]
        for file in files:
            self.world.see(file)
        state = self._state(files, namespaces) if store.kept else None
        place = printable(location.path)
        known = store.decisions.get(place)
        if known is not None and known.state == state:
            return known.takes
        pattern = threading_filter(namespaces)
        takes = any(self._file_takes(file, pattern, namespaces) for file in files)
        if state is not None:
            store.decisions[place] = Decision(state, takes)
            store.changed = True
        return takes

    def _state(self, files: Sequence[str], namespaces: Collection[str]) -> bytes | None:
        """A digest of the question and of all that the answer depends on; None if a file may change unnoticed."""
        stats: list[object] = [sorted(namespaces)]
        for file in files:
            try:
                stat = self.reader.stat(file)
            except OSError:
                return None
            if stat == UNKNOWN:
                return None
            stats.append((file, stat))
        return digest(repr(stats).encode("utf-8", "surrogateescape"))

    def _file_takes(self, file: str, pattern: re.Pattern[bytes], namespaces: Collection[str]) -> bool:
        try:
            content = self.reader.content(file)
        except OSError:
            return False
        if not pattern.search(content):
            return False
        outline = read_outline(content)
        return not isinstance(outline, Failure) and threads(outline, namespaces)

    def _step_aside(self, name: str) -> None:
        """Give a followed package its name when a script somewhere in the project has it."""
        script = self.records.pop(name, None)
        if script is not None:
            label = display_path(script.base, self.root).replace(".", "%2E")
            other = f"{name}@{label}"
            self.records[other] = script._replace(name=other, package=other)

    # --------------------------------------------------------------------------------------------------------- files

    def _add(self, files: Sequence[SourceFile], folder: str, own: bool) -> list[Record]:
        """Read ``files``, which are kept in the store of ``folder``; what fails is a problem and no record."""
        store = self.cache.store(folder)
        added: list[Record] = []
        for item, facts in zip(files, self.reader.facts([item.file for item in files], store), strict=True):
            self.world.see(item.file)
            path = display_path(item.file, self.root if own else item.base)
            if isinstance(facts, Failure):
                self.problems.add(Problem(path, facts.line, facts.kind, facts.message))
                if own:
                    self.commented.add(path)
                continue
            if own and facts.commented:
                self.commented.add(path)
            record = Record(
                name=item.name,
                path=path,
                package=item.name.partition(".")[0],
                is_package=item.is_package,
                own=own,
                base=item.base,
                facts=facts,
                store=store,
                keep=not self.reader.is_replaced(item.file),
            )
            self.records[item.name] = record
            added.append(record)
        return added
