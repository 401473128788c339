"""Reads files into facts: from the overlay, the cache or the disk, in this order of trust."""

# paths are strings in this room: a thousand Path objects cost more than the walk
from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from xpcheck.facts import ModuleOutline
from xpcheck.project.cache import (
    MINOR,
    UNKNOWN,
    Entry,
    Stat,
    Store,
    StoredBody,
    StoredFile,
    digest,
    stat_of,
    trusted,
)
from xpcheck.project.lowering import WORTH_OUTLINES, read_outline
from xpcheck.project.packages import imported_packages
from xpcheck.project.parallel import Failure, run
from xpcheck.syntax.comments import may_suppress

if TYPE_CHECKING:
    from concurrent.futures import Executor

_outlines = msgspec.msgpack.Decoder(ModuleOutline)


class ChangedError(Exception):
    """The file is no longer what it was when this run looked at it first."""


class FileFacts:
    """What is known about one file; everything that can wait is read when it is asked for."""

    def __init__(
        self,
        file: str,
        content: bytes | None,
        content_digest: bytes,
        imports: Mapping[str, int],
        commented: bool,
        store: Store,
        *,
        stat: Stat = UNKNOWN,
        outline: ModuleOutline | None = None,
        stored: StoredFile | None = None,
        former: StoredFile | None = None,
    ) -> None:
        self.file = file
        self.digest = content_digest
        self.imports = imports
        self.commented = commented
        """Whether comments may suppress something."""
        self.stat = stat
        self.outlined = outline is not None
        """Whether the file had to be parsed."""
        self._store = store
        self._content = content
        self._outline = outline
        self._stored = stored
        self._former = former
        self._bodies: dict[int, StoredBody] | None = None
        self._former_bodies: dict[bytes, StoredBody] | None = None
        self._added = False

    def source(self) -> bytes:
        """The content of the file. Raises ChangedError if it is not that of the outline, or OSError."""
        if self._content is None:
            with open(self.file, "rb") as stream:
                content = stream.read()
            if digest(content) != self.digest:
                raise ChangedError
            self._content = content
        return self._content

    def outline(self) -> ModuleOutline:
        """The outline, decoded; made again if it was lost. Raises ChangedError or OSError if that is impossible."""
        if self._outline is not None:
            return self._outline
        if self._stored is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                return _outlines.decode(self._store.outline(self._stored))
        made = read_outline(self.source())
        if isinstance(made, Failure):
            raise ChangedError
        self._outline = made
        self.outlined = True
        return made

    def body(self, line: int) -> StoredBody | None:
        """The body that is kept for the function at ``line``."""
        return self._kept().get(line)

    def former_body(self, key: bytes) -> StoredBody | None:
        """The body of a function with the text digest ``key`` in an earlier version of the file."""
        if self._former_bodies is None:
            self._former_bodies = {body.key: body for body in self._readable(self._former)}
        return self._former_bodies.get(key)

    def former(self) -> tuple[bytes, bytes, bytes] | None:
        """Digest, content and encoded outline of the file before; None where it was not parsed, or need not be now."""
        if self._former is None or self._outline is None:
            return None
        content = self._store.text(self._former)
        return None if content is None else (self._former.digest, content, bytes(self._store.outline(self._former)))

    def keep(self, body: StoredBody) -> None:
        """Keep a body for the next run."""
        self._kept()[body.at] = body
        self._added = True

    @property
    def has_former(self) -> bool:
        """Whether the file was parsed now, and an earlier version of it is known."""
        return self._former is not None and self._outline is not None

    @property
    def unchanged(self) -> bool:
        """Whether the cache already says all this."""
        return self._stored is not None and self._stored.stat == self.stat and not self._added and not self.outlined

    def says_no_more_than(self, stored: StoredFile) -> bool:
        """Whether an entry of the cache already says all this."""
        return self._stored is stored and self.unchanged

    def entry(self) -> Entry | None:
        """What to keep of the file, None if it cannot be encoded."""
        stored, outline = self._stored, self._outline
        if stored is not None and outline is None:
            entry = self._store.entry(stored)
            if entry is None:
                return None
            return entry._replace(stat=self.stat, bodies=self._encoded_bodies() if self._added else entry.bodies)
        try:
            encoded = msgspec.msgpack.encode(outline)
            text = zlib.compress(self.source(), 1)
        except (ValueError, OverflowError, RecursionError, ChangedError, OSError):
            return None
        return Entry(
            stat=self.stat,
            digest=self.digest,
            minor=MINOR if stored is None else stored.minor,
            imports=tuple(self.imports.items()),
            commented=self.commented,
            outline=encoded,
            bodies=self._encoded_bodies(),
            text=text,
        )

    def _encoded_bodies(self) -> bytes:
        return msgspec.msgpack.encode(sorted(self._kept().values(), key=lambda body: body.at))

    def _kept(self) -> dict[int, StoredBody]:
        if self._bodies is None:
            self._bodies = {body.at: body for body in self._readable(self._stored)}
        return self._bodies

    def _readable(self, entry: StoredFile | None) -> list[StoredBody]:
        return [body for body in self._store.bodies(entry) if body.minor <= MINOR] if entry is not None else []


class Reader:
    """Makes ``FileFacts``, several at once."""

    def __init__(self, overlay: Mapping[Path, bytes], jobs: int = 1, executor: Executor | None = None) -> None:
        self.overlay = {os.path.realpath(path): content for path, content in overlay.items()}
        self.jobs = jobs
        self.executor = executor

    def content(self, file: str) -> bytes:
        """The bytes of a file, or of what stands in for it. Raises OSError."""
        if self.is_replaced(file):
            return self.overlay[os.path.realpath(file)]
        with open(file, "rb") as stream:
            return stream.read()

    def facts(self, files: Sequence[str], store: Store) -> list[FileFacts | Failure]:
        """The facts of ``files``; a ``Failure`` for one that cannot be read or parsed."""
        known: dict[str, FileFacts | Failure] = {}
        fresh: list[_Fresh] = []
        for file in files:
            try:
                found = self._known(file, store)
            except OSError as error:
                found = Failure("unreadable", 1, error.strerror or type(error).__name__)
            if isinstance(found, _Fresh):
                fresh.append(found)
            else:
                known[file] = found
        contents = [item.content for item in fresh]
        sizes = [len(content) for content in contents]
        outcomes = run(read_outline, contents, sizes, self.jobs, worth=WORTH_OUTLINES, executor=self.executor)
        for item, outcome in zip(fresh, outcomes, strict=True):
            if isinstance(outcome, Failure):
                known[item.file] = outcome
                continue
            outline = _outlines.decode(outcome) if isinstance(outcome, bytes) else outcome
            known[item.file] = FileFacts(
                item.file,
                item.content,
                item.digest,
                imported_packages(outline, item.content),
                may_suppress(item.content),
                store,
                stat=item.stat,
                outline=outline,
                former=item.former,
            )
        return [known[file] for file in files]

    def stat(self, file: str) -> Stat:
        """The status of a file, ``UNKNOWN`` if it may change unnoticed. Raises OSError."""
        now = time.time_ns()
        return UNKNOWN if self.is_replaced(file) else trusted(stat_of(os.stat(file)), now)

    def is_replaced(self, file: str) -> bool:
        """Whether the overlay stands in for ``file``."""
        return bool(self.overlay) and os.path.realpath(file) in self.overlay

    def _known(self, file: str, store: Store) -> FileFacts | Failure | _Fresh:
        """The facts from the store, or what is needed to make them. Raises OSError."""
        entry = store.files.get(store.key(file)) if store.files else None
        # before the content: a file that is written to meanwhile gets a newer stamp and is read again next time
        stat = self.stat(file)
        if entry is not None and stat != UNKNOWN and entry.stat == stat and entry.minor <= MINOR:
            return FileFacts(
                file, None, entry.digest, dict(entry.imports), entry.commented, store, stat=stat, stored=entry
            )
        content = self.content(file)
        content_digest = digest(content)
        same = entry if entry is not None and entry.digest == content_digest else store.with_content(content_digest)
        if same is not None and same.minor <= MINOR:
            return FileFacts(
                file, content, content_digest, dict(same.imports), same.commented, store, stat=stat, stored=same
            )
        return _Fresh(file, content, content_digest, stat, entry)


class _Fresh(NamedTuple):
    """A file to be outlined, and what was known about an earlier version of it."""

    file: str
    content: bytes
    digest: bytes
    stat: Stat
    former: StoredFile | None
