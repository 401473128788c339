"""Packages of the fixtures as programs: imported from texts in memory, and the scenarios that run them."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any


class Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one package, some of its files changed; what did not change is compiled once.

    Parameters
    ----------
    package
        The name of the package.
    sources
        The text of each file, by its path relative to the folder that holds the package.
    """

    def __init__(self, package: str, sources: Mapping[str, str]) -> None:
        self.package, self.sources = package, dict(sources)
        self._current: Mapping[str, str] = self.sources
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def fresh(self, changed: Mapping[str, str] | None = None) -> Any:
        """The package, imported anew with some of its files changed."""
        self._current = {**self.sources, **(changed or {})}
        for name in [name for name in sys.modules if name.split(".")[0] == self.package]:
            del sys.modules[name]
        sys.meta_path.insert(0, self)
        try:
            return importlib.import_module(self.package)
        finally:
            sys.meta_path.remove(self)

    def _path_of(self, name: str) -> str | None:
        base = name.replace(".", "/")
        return next((path for path in (f"{base}.py", f"{base}/__init__.py") if path in self._current), None)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Where the package's modules come from; None for every other module."""
        file = self._path_of(name) if name.split(".")[0] == self.package else None
        if file is None:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=file.endswith("__init__.py"))

    def exec_module(self, module: ModuleType) -> None:
        """Run a module's text."""
        file = self._path_of(module.__name__)
        assert file is not None, module.__name__
        text = self._current[file]
        if (file, text) not in self._compiled:
            self._compiled[file, text] = compile(text, file, "exec")
        exec(self._compiled[file, text], module.__dict__)


@dataclass(frozen=True)
class Scenario:
    """A function of an instance and a namespace, how to build the instance, and its free parameters."""

    name: str
    function: Any
    build: Any
    parameters: tuple[float, ...]


def texts_of(folder: Path) -> dict[str, str]:
    """The text of each Python file below a folder, by its relative path."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.py")}
