"""Facts kept between runs: outlines by file content, bodies by function text.

One file for each project and each followed package holds everything known about it: a manifest, which is read at once,
and the encoded facts, which are read when the first of them is needed. A second one holds what is other now than the
first one says, as long as that is little. Both are written atomically. What does not fit -
another version of the tool, another folder, a damaged byte - is as good as absent: a cache saves time and never changes
a result.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec

import xpcheck
from xpcheck import world
from xpcheck.facts import FACTS_VERSION
from xpcheck.project.discovery import printable
from xpcheck.world import RACY_NS, replace

LAYOUT = 4
"""Raised whenever the form of the stored files changes."""
PART = 4
"""The share of all bytes (one in so many) up to which changes are kept beside what they change."""
FORGOTTEN_SECONDS = 60 * 24 * 3600
"""How long the facts of another version of the tool are kept."""
MINOR = sys.version_info[1]

_MAGIC = b"xpcheck facts\n"
_DIGEST = 16
_LENGTH = 8
_HEAD = len(_MAGIC) + _DIGEST + _LENGTH
_SINCE = ".since"
"""How the file of changes ends."""
_TAG = "CACHEDIR.TAG"
_TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# Facts of xpcheck; safe to delete (`xpcheck clean`).\n"

Stat: TypeAlias = tuple[int, int, int, int]
"""Size, modification and change time in nanoseconds, inode; all zero when the file was too young to be trusted."""
UNKNOWN: Stat = (0, 0, 0, 0)


class StoredBody(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A lowered function: the digest of its text, the line at which it was lowered, the encoded body.

    ``minor`` is the oldest Python known to read it: an older one must find out for itself whether it can. ``at`` is the
    line at which the function stands now.
    """

    key: bytes
    line: int
    minor: int
    data: bytes
    at: int


class StoredFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the manifest says of a file; its facts and its text begin at some byte and are so long.

    ``commented``: comments may suppress something in it. ``layer`` is 1 where that is said beside the first file.
    """

    stat: Stat
    digest: bytes
    minor: int
    imports: tuple[tuple[str, int], ...]
    commented: bool
    outline: tuple[int, int]
    bodies: tuple[int, int]
    text: tuple[int, int]
    layer: int = 0


class Entry(NamedTuple):
    """What is to be kept of a file: ``outline`` and ``bodies`` (a list of ``StoredBody``) are encoded, ``text`` packed.

    The text tells later what is new in the file.
    """

    stat: Stat
    digest: bytes
    minor: int
    imports: tuple[tuple[str, int], ...]
    commented: bool
    outline: bytes
    bodies: bytes
    text: bytes


class Decision(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Whether a package takes the namespace, and the state of its files and the question for which this holds."""

    state: bytes
    takes: bool


class _Manifest(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """``token`` is what changes and what they change have in common; ``gone`` are files that are there no more."""

    folder: str
    payload: bytes
    files: dict[str, StoredFile]
    decisions: dict[str, Decision]
    token: bytes
    gone: list[str]


_bodies_decoder = msgspec.msgpack.Decoder(list[StoredBody])


def digest(data: bytes | memoryview) -> bytes:
    """The digest by which contents are compared."""
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def stat_of(status: os.stat_result) -> Stat:
    """What of a file's status tells whether it changed."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def trusted(stat: Stat, now: int) -> Stat:
    """``stat`` if an equal one will mean equal content, else ``UNKNOWN`` (``now``: before the content was read)."""
    return stat if max(stat[1], stat[2]) < now - RACY_NS else UNKNOWN


class Store:
    """What is kept for one folder.

    ``files`` and ``decisions`` are what was loaded, by path; nothing if there is no cache. ``changed`` is true when
    ``decisions`` are no longer what was loaded.
    """

    def __init__(self, folder: str, file: str | None = None, notes: list[str] | None = None) -> None:
        self.folder = folder
        self.files: Mapping[str, StoredFile] = {}
        self.decisions: dict[str, Decision] = {}
        self.changed = False
        self._file = file
        self._notes = notes if notes is not None else []
        self._by_digest: dict[bytes, StoredFile] | None = None
        self._layers: list[tuple[str, _Manifest]] = []
        self._payloads: dict[int, memoryview] = {}
        self._whole = True
        """Nothing that was loaded turned out to be lost."""
        base = self._manifest(file) if file is not None else None
        if file is not None and base is not None:
            self._layers.append((file, base))
            self.files, self.decisions = base.files, base.decisions
            since = self._manifest(file + _SINCE)
            if since is not None and since.token == base.token:
                self._layers.append((file + _SINCE, since))
                stay = {key: entry for key, entry in base.files.items() if key not in since.gone}
                self.files, self.decisions = {**stay, **since.files}, since.decisions

    @property
    def kept(self) -> bool:
        """Whether anything of this run is kept at all."""
        return self._file is not None

    def key(self, file: str) -> str:
        """How ``file`` is called in ``files``."""
        inside = self.folder + os.sep
        file = printable(file)
        return file[len(inside) :] if file.startswith(inside) else file

    def with_content(self, content: bytes) -> StoredFile | None:
        """The facts of a file with this digest: it may have been moved."""
        if self._by_digest is None:
            self._by_digest = {entry.digest: entry for entry in self.files.values()}
        return self._by_digest.get(content)

    def outline(self, entry: StoredFile) -> memoryview:
        """The encoded outline of a file; empty if it is lost."""
        return self._piece(entry, entry.outline)

    def bodies(self, entry: StoredFile) -> list[StoredBody]:
        """The bodies kept for a file; none if they are lost."""
        try:
            return _bodies_decoder.decode(self._piece(entry, entry.bodies))
        except msgspec.MsgspecError:
            return []

    def text(self, entry: StoredFile) -> bytes | None:
        """The content of a file when its facts were made; None if it is lost."""
        try:
            content = zlib.decompress(self._piece(entry, entry.text))
        except zlib.error:
            return None
        return content if digest(content) == entry.digest else None

    def entry(self, stored: StoredFile) -> Entry | None:
        """What to keep of a file when nothing new is known about it, None if its facts are lost."""
        outline, bodies, text = (bytes(self._piece(stored, place)) for place in _places(stored))
        if not outline or not bodies or not text:
            return None
        known = (stored.stat, stored.digest, stored.minor, stored.imports, stored.commented)
        return Entry(*known, outline, bodies, text)

    def save(self, entries: Mapping[str, Entry | StoredFile]) -> str | None:
        """Replace what is kept by what is new, and by what stays of what was loaded; why that failed, or None."""
        if self._file is None:
            return None
        added = {key: self._unpacked(item) for key, item in entries.items() if not _is_below(item)}
        try:
            if self._layers and self._whole and self._are_few(added.values()):
                base = self._layers[0][1]
                gone = [key for key in base.files if key not in entries]
                _write(self._file + _SINCE, _encoded(self.folder, added, self.decisions, base.token, gone, 1))
            else:
                stay = {key: self._unpacked(item) for key, item in entries.items()}
                _write(self._file, _encoded(self.folder, stay, self.decisions, os.urandom(8)))
                with contextlib.suppress(OSError):  # what is left of it has another token
                    os.unlink(self._file + _SINCE)
        except OSError as error:
            return error.strerror or type(error).__name__
        return None

    def _unpacked(self, item: Entry | StoredFile) -> Entry | None:
        return item if isinstance(item, Entry) else self.entry(item)

    def _are_few(self, added: Iterable[Entry | None]) -> bool:
        """Whether changes are little beside what they change."""
        all_of_it = sum(place[1] for item in self._layers[0][1].files.values() for place in _places(item))
        sizes = (len(item.outline) + len(item.bodies) + len(item.text) for item in added if item is not None)
        return PART * sum(sizes) <= all_of_it

    def _manifest(self, file: str) -> _Manifest | None:
        try:
            with open(file, "rb") as stream:
                head = stream.read(_HEAD)
                size = int.from_bytes(head[-_LENGTH:], "big")
                data = stream.read(min(size, os.fstat(stream.fileno()).st_size))
        except OSError:
            return None
        if head[: len(_MAGIC)] == _MAGIC and digest(data) == head[len(_MAGIC) : -_LENGTH]:
            try:
                manifest = msgspec.msgpack.decode(data, type=_Manifest)
                if manifest.folder == self.folder:
                    return manifest
            except msgspec.MsgspecError:
                pass
        self._damaged()
        return None

    def _damaged(self) -> None:
        self._whole = False
        self._notes.append("the facts cache was damaged: it is built again")

    def _piece(self, entry: StoredFile, place: tuple[int, int]) -> memoryview:
        """Some bytes of a payload; none of them is believed unless it is the payload of its manifest."""
        if entry.layer not in self._payloads:
            file, manifest = self._layers[entry.layer]
            self._payloads[entry.layer] = memoryview(b"")
            try:
                with open(file, "rb") as stream:
                    head = stream.read(_HEAD)
                    stream.seek(int.from_bytes(head[-_LENGTH:], "big"), os.SEEK_CUR)
                    data = stream.read()
            except (OSError, OverflowError):
                data = b""
            if digest(data) == manifest.payload:
                self._payloads[entry.layer] = memoryview(data)
            else:  # damaged, or replaced by another process meanwhile
                self.changed = True
                self._damaged()
        return self._payloads[entry.layer][place[0] : place[0] + place[1]]


class Cache:
    """The stores of one run below ``folder``; with None nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.notes: list[str] = []
        self._folder = None if folder is None else os.path.join(os.path.abspath(folder), f"facts-{_tool()}")
        self._stores: dict[str, Store] = {}

    def store(self, folder: str) -> Store:
        """The store for what lies in ``folder``."""
        if folder not in self._stores:
            file = None
            if self._folder is not None:
                name = os.path.basename(folder)[:40] or "root"
                file = os.path.join(self._folder, f"{name}-{digest(os.fsencode(folder)).hex()}")
            self._stores[folder] = Store(printable(folder), file, self.notes)
        return self._stores[folder]


def default_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """The platform's folder for caches, None where there is no home."""
    folder = world.default_folder(environ, platform)
    return None if folder is None else Path(folder)


def clean(folder: Path) -> int:
    """Delete what xpcheck keeps below ``folder``; the number of files that are gone.

    Raises OSError when a file cannot be deleted. Other files are left alone.
    """
    removed = 0
    for tool in _tools(folder):
        if tool.is_dir() and not tool.is_symlink():
            for file in sorted(tool.iterdir()):
                file.unlink()
                removed += 1
            tool.rmdir()
    return removed


def _is_below(item: Entry | StoredFile) -> bool:
    """Whether the first file says all of something."""
    return isinstance(item, StoredFile) and not item.layer


def _places(item: StoredFile) -> tuple[tuple[int, int], ...]:
    return (item.outline, item.bodies, item.text)


def _encoded(
    folder: str,
    entries: Mapping[str, Entry | None],
    decisions: dict[str, Decision],
    token: bytes,
    gone: Sequence[str] = (),
    layer: int = 0,
) -> bytes:
    pieces: list[bytes] = []
    files: dict[str, StoredFile] = {}
    end = 0
    for key, entry in entries.items():
        if entry is None:
            continue  # lost
        places = []
        for piece in (entry.outline, entry.bodies, entry.text):
            places.append((end, len(piece)))
            pieces.append(piece)
            end += len(piece)
        outline, bodies, text = places
        about = (entry.stat, entry.digest, entry.minor, entry.imports, entry.commented)
        files[key] = StoredFile(*about, outline, bodies, text, layer)
    payload = b"".join(pieces)
    manifest = msgspec.msgpack.encode(_Manifest(folder, digest(payload), files, decisions, token, [*gone]))
    return b"".join((_MAGIC, digest(manifest), len(manifest).to_bytes(_LENGTH, "big"), manifest, payload))


def _write(file: str, data: bytes) -> None:
    """Put a file in place as a whole, in a folder that is marked as a cache."""
    folder = os.path.dirname(file)
    if not os.path.isdir(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _mark(os.path.dirname(folder))
        _forget_old(os.path.dirname(folder))
    replace(file, data)


def _tools(folder: Path) -> list[Path]:
    """The folders below ``folder`` in which versions of the tool keep facts and results."""
    return sorted(path for kind in ("facts", "results") for path in folder.glob(f"{kind}-*"))


def _mark(folder: str) -> None:
    """Tell backup programs and git that the folder can be left out."""
    for name, text in ((_TAG, _TAG_TEXT), (".gitignore", "*\n")):
        with contextlib.suppress(OSError), open(os.path.join(folder, name), "x", encoding="utf-8") as stream:
            stream.write(text)


def _forget_old(folder: str) -> None:
    """Delete what versions of the tool that were not used for long have left."""
    for tool in _tools(Path(folder)):
        with contextlib.suppress(OSError):
            if time.time() - tool.stat().st_mtime > FORGOTTEN_SECONDS:
                for file in tool.iterdir():
                    file.unlink()
                tool.rmdir()


def _tool() -> str:
    """What made the facts: the version, and the sources of the rooms that make them (a checkout changes daily)."""
    made = hashlib.blake2b(f"{xpcheck.__version__} {FACTS_VERSION} {LAYOUT}".encode(), digest_size=_DIGEST)
    home = os.path.dirname(os.path.abspath(xpcheck.__file__))
    syntax = os.path.join(home, "syntax")
    try:
        sources = [os.path.join(syntax, name) for name in sorted(os.listdir(syntax)) if name.endswith(".py")]
        for source in [os.path.join(home, "facts.py"), os.path.join(home, "project", "packages.py"), *sources]:
            with open(source, "rb") as stream:
                made.update(stream.read())
    except OSError:
        pass  # frozen into an application: the version stands for the sources
    return made.hexdigest()
