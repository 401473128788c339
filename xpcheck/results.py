"""Whole results kept between runs.

A report is kept under a digest of everything it is a function of: the sources of the project and of the packages it
follows, data files, the configuration, the tool and its parser. Finding that digest means asking for the status of
every source. Beside it stands, for each request, what the run that made the report looked at: while all of that is as
it was, nothing else has to be done.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from xpcheck.config import Config
from xpcheck.model import Report, Span
from xpcheck.world import Shelf, World, status, surroundings

if TYPE_CHECKING:
    from xpcheck.facts import ModuleOutline


Answers: TypeAlias = dict[str, tuple[tuple[Span, str], ...] | None]
"""Places and their new texts by digests of what was asked, and of which text."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a kept report was made from.

    Attributes
    ----------
    frame
        The digest of everything that it depends on, but for the contents of the modules.
    contents
        The digest of each module's content.
    ranges, patterns
        What the fixes in the report were made from: see ``fix.fixers.Reading``.
    solved
        The digest of the contents with which the program was solved: those of now are other ones where the report
        outlived an edit.
    """

    frame: str
    contents: Mapping[str, bytes]
    ranges: tuple[tuple[str, int, int], ...]
    patterns: tuple[str, ...]
    solved: bytes


def digest_of(contents: Mapping[str, bytes]) -> bytes:
    """One digest of the contents of all modules."""
    return hashlib.blake2b(repr(sorted(contents.items())).encode("utf-8", "surrogatepass"), digest_size=16).digest()


_PARSERS = ("libcst", "yaml")
"""Packages of others that decide what a source says."""


class Results:
    """The reports that earlier runs kept below ``folder`` (None: none are) for one request.

    ``world`` is told what the report of this run depends on.
    """

    def __init__(
        self,
        folder: Path | None,
        root: Path,
        paths: Sequence[Path],
        search_path: Sequence[Path],
        config: Config,
        world: World,
    ) -> None:
        self.world = world
        self._shelf = Shelf(None if folder is None else str(folder))
        self._request = f"request {root} {paths!r} {search_path!r} {config!r}\n{surroundings()}"
        self._config = repr(config)
        self._reports: dict[str, Report] = {}

    @property
    def kept(self) -> bool:
        """Whether anything is kept at all."""
        return self._shelf.kept

    def unchanged(self) -> Report | None:
        """The report of the last run with this request, None if anything that it looked at changed since."""
        kept = self._shelf.take(self._request)
        report = None if kept is None else self.known(kept[1].decode())
        if kept is not None and report is not None:
            self.world.rely(kept[0])
        return report

    def known(self, key: str) -> Report | None:
        """The report that is kept under the digest ``key``."""
        if key not in self._reports:
            data = self._shelf.recall(f"report {key}")
            try:
                report = None if data is None else msgspec.msgpack.decode(data, type=Report)
            except (msgspec.MsgspecError, TypeError, ValueError):
                report = None
            if report is None:
                return None
            self._reports[key] = replace(report, notes=tuple(report.notes))
        return self._reports[key]

    def last(self) -> tuple[Report, Basis] | None:
        """The report of the last run with this request, whatever changed since, and what it was made from."""
        key = (self._shelf.recall(f"last {self._request}") or b"").decode()
        data, report = self._shelf.recall(f"basis {key}"), self.known(key)
        try:
            return None if data is None or report is None else (report, msgspec.msgpack.decode(data, type=Basis))
        except (msgspec.MsgspecError, TypeError, ValueError):
            return None

    def key(self, sources: str, data_files: Iterable[str]) -> str:
        """The digest of what a report is a function of; ``sources`` is the index's."""
        made = hashlib.blake2b(f"{sources}\n{self._config}".encode("utf-8", "surrogateescape"), digest_size=16)
        for name in _PARSERS:
            spec = find_spec(name)
            if spec is not None and spec.origin is not None:
                self.world.see(spec.origin)
                made.update(f"{name} {spec.origin} {status(spec.origin)}".encode("utf-8", "surrogateescape"))
        for file in sorted(data_files):
            made.update(os.fsencode(file) + b"\0")
            try:
                with open(file, "rb") as stream:
                    made.update(hashlib.blake2b(stream.read(), digest_size=16).digest())
            except OSError:
                made.update(b"unreadable")
        return made.hexdigest()

    def keep(self, key: str, report: Report, basis: Basis) -> None:
        """Keep a report and what it was made from under the digest ``key``."""
        self._shelf.put(f"report {key}", [], msgspec.msgpack.encode(report))
        self._shelf.put(f"basis {key}", [], msgspec.msgpack.encode(basis))
        self._shelf.use(f"left {basis.frame}")  # also where the report needed none of it
        self._shelf.use(f"left since {basis.frame}")

    def leave(self, frame: str, base: bytes | None, changes: bytes) -> None:
        """Leave something to the next run with this ``frame`` (see ``Basis``); ``base`` None: what was left stays."""
        if base is not None:
            self._shelf.put(f"left {frame}", [], base)
        self._shelf.put(f"left since {frame}", [], changes)

    def leave_answers(self, frame: str, answers: Answers) -> None:
        """Leave what fixers found in the texts of functions to the next run with this ``frame``."""
        self._shelf.put(f"answers {frame}", [], msgspec.msgpack.encode(answers))

    def answers(self, frame: str) -> Answers:
        """What fixers of the last run with this ``frame`` found in the texts of functions, by what was asked."""
        try:
            data = self._shelf.recall(f"answers {frame}")
            return msgspec.msgpack.decode(data, type=Answers) if data else {}
        except (msgspec.MsgspecError, TypeError, ValueError):
            return {}

    def left(self, frame: str) -> tuple[bytes | None, bytes | None]:
        """What the last run with this ``frame`` left, whatever was asked of it, and the changes since."""
        return self._shelf.recall(f"left {frame}"), self._shelf.recall(f"left since {frame}")

    def keep_text(self, content: bytes, text: str, outline: bytes) -> None:
        """Keep what the text of a module, and its encoded outline, were when its content had some digest."""
        self._shelf.put(f"text {content.hex()}", [], text.encode("utf-8", "surrogatepass"))
        self._shelf.put(f"outline {content.hex()}", [], outline)

    def text(self, content: bytes) -> str | None:
        """The text of a module when its content had some digest, if one run since found another one in its place."""
        found = self._shelf.recall(f"text {content.hex()}")
        return None if found is None else found.decode("utf-8", "surrogatepass")

    def outline(self, content: bytes) -> ModuleOutline | None:
        """The outline of a module when its content had some digest, where its text is known and it is, too."""
        from xpcheck.facts import ModuleOutline

        found = self._shelf.recall(f"outline {content.hex()}")
        try:
            return None if not found else msgspec.msgpack.decode(found, type=ModuleOutline)
        except (msgspec.MsgspecError, ValueError):
            return None

    def note(self, key: str) -> None:
        """Remember that this request has the report under ``key``: while the world stays as it is, and as the last."""
        self._shelf.put(f"last {self._request}", [], key.encode())
        record = self.world.record()
        if record is not None:
            self._shelf.put(self._request, record, key.encode())
