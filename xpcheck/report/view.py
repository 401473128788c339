"""What every format starts from: the findings that are shown, and the sources they point into."""

from __future__ import annotations

import hashlib
import io
import os
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from xpcheck.model import Finding, Kind, Level, Problem


class RulePage(Protocol):
    """What a report says about a rule."""

    @property
    def code(self) -> str:
        """``XP101``."""

    @property
    def name(self) -> str:
        """``unthreaded-call``."""

    @property
    def docs(self) -> Mapping[str, str]:
        """Titles and texts of the sections of its page."""


class Sources:
    """The texts of files, read once and on demand.

    Parameters: ``root``: the folder to which paths of the project are relative; ``folders``: where dependencies
    are looked up; ``overlay``: contents that stand for those on disk, by resolved path.
    """

    def __init__(self, root: Path, folders: Sequence[Path] = (), overlay: Mapping[Path, bytes] | None = None) -> None:
        self._folders = (root, *folders)
        self._overlay = dict(overlay or {})
        self._texts: dict[str, str | None] = {}
        self._lines: dict[str, list[str]] = {}

    def text(self, path: str) -> str | None:
        """The text of ``path`` (as findings and steps name it), None when there is no such file."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def line(self, path: str, number: int) -> str | None:
        """Line ``number`` (from 1) of ``path`` without its end, None when there is none."""
        if path not in self._lines:
            self._lines[path] = io.StringIO(self.text(path) or "").readlines()
        lines = self._lines[path]
        return lines[number - 1].rstrip("\r\n") if 0 < number <= len(lines) else None

    def file(self, path: str) -> Path | None:
        """The file on disk (or in the overlay) that ``path`` names, None when there is none."""
        for folder in self._folders:
            candidate = folder / path
            if candidate in self._overlay or candidate.is_file():
                return candidate
        return None

    def _read(self, path: str) -> str | None:
        file = self.file(path)
        if file is None:
            return None
        content = self._overlay.get(file)
        try:
            return decode(file.read_bytes() if content is None else content)
        except OSError:
            return None


def decode(content: bytes) -> str:
    """The text of a Python file with universal newlines, as flake8 reads it: latin-1 when its encoding is wrong."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class View:
    """A report as it is shown: selection and suppressions are applied.

    ``root`` is the project's root; ``findings`` are in the order of ``Finding.sort_key``. ``known`` are the findings
    that a baseline has already, None when there is no baseline: then ``findings`` are the new ones.
    """

    root: str
    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...]
    statistics: Mapping[str, object]
    sources: Sources
    rules: Mapping[str, RulePage] = field(default_factory=dict)
    folder: str = ""
    """The working directory, to which shown paths are relative; ``""`` keeps them relative to the root."""
    known: tuple[Finding, ...] | None = None

    def counts(self) -> tuple[Mapping[Level, int], int]:
        """How many hazards there are of each level, and how many conventions."""
        hazards = {level: sum(item.level is level for item in self.findings) for level in Level}
        return hazards, sum(item.kind is Kind.CONVENTION for item in self.findings)

    def display(self, path: str) -> str:
        """``path`` as a person or an editor in the working directory finds the file."""
        if not self.folder or self.root == self.folder:
            return path
        file = Path(self.root, path)
        if self.sources.file(path) != file:
            return path
        if file.is_relative_to(self.folder) or Path(self.folder).is_relative_to(self.root):
            return Path(os.path.relpath(file, self.folder)).as_posix()
        return file.as_posix()


def advice_apart(item: Finding) -> str:
    """The message of a finding without the advice with which it ends, for formats that show that on its own."""
    return one_line(item.message.removesuffix(item.hint).rstrip(" ;,-") if item.hint else item.message)


def label_of(position: int, steps: int) -> str:
    """What the step at a position of a chain is: ``from`` its root, ``via`` a link, ``to`` the operation that fails."""
    if steps == 1:
        return "at"
    return "from" if position == 0 else "to" if position == steps - 1 else "via"


def identity(item: Finding) -> str:
    """A fingerprint for formats that need one of every finding, remarks on comments included."""
    text = "\0".join((item.code, item.path, str(item.span), item.message))
    return item.fingerprint or hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def one_line(text: str) -> str:
    """``text`` with line ends and control characters replaced, fit for one line of a terminal or a protocol."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text)
