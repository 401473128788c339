"""Facts kept between runs: outlines by file content, bodies by function text.

One file for each project and each followed package holds everything known about it, written atomically and read as a
whole. What does not fit - another version of the tool, another folder, a damaged byte - is as good as absent: a cache
saves time and never changes a result.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

import xpcheck
from xpcheck.facts import FACTS_VERSION

LAYOUT = 1
"""Raised whenever the form of the stored files changes."""
RACY_NS = 2_000_000_000
"""A file this young when it was read may change again without a new time stamp: file systems count in steps."""
MINOR = sys.version_info[1]

_MAGIC = b"xpcheck facts\n"
_DIGEST = 16
_TAG = "CACHEDIR.TAG"
_TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# Facts of xpcheck; safe to delete (`xpcheck clean`).\n"

Stat: TypeAlias = tuple[int, int, int, int]
"""Size, modification and change time in nanoseconds, inode; all zero when the file was too young to be trusted."""
UNKNOWN: Stat = (0, 0, 0, 0)


class StoredBody(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A lowered function: the digest of its text, the line at which it was lowered, the encoded body.

    ``minor`` is the oldest Python known to read it: an older one must find out for itself whether it can.
    """

    key: bytes
    line: int
    minor: int
    data: bytes


class StoredFile(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Facts of a file; ``outline`` and ``bodies`` (a list of ``StoredBody``) stay encoded until they are needed."""

    stat: Stat
    digest: bytes
    minor: int
    outline: bytes
    imports: tuple[tuple[str, int], ...]
    bodies: bytes


class Decision(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Whether a package takes the namespace, and the state of its files and the question for which this holds."""

    state: bytes
    takes: bool


class _Content(msgspec.Struct, frozen=True, array_like=True, gc=False):
    folder: str
    files: dict[str, StoredFile]
    decisions: dict[str, Decision]


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
        self._by_digest: dict[bytes, StoredFile] | None = None
        content = _load(file, folder, notes) if file is not None else None
        if content is not None:
            self.files, self.decisions = content.files, content.decisions

    @property
    def kept(self) -> bool:
        """Whether anything of this run is kept at all."""
        return self._file is not None

    def with_content(self, content: bytes) -> StoredFile | None:
        """The facts of a file with this digest: it may have been moved."""
        if self._by_digest is None:
            self._by_digest = {entry.digest: entry for entry in self.files.values()}
        return self._by_digest.get(content)

    def key(self, file: str) -> str:
        """How ``file`` is called in ``files``."""
        inside = self.folder + os.sep
        return file[len(inside) :] if file.startswith(inside) else file

    def save(self, files: dict[str, StoredFile]) -> str | None:
        """Write the facts of ``files`` if they are not what was loaded; why that failed, or None."""
        same = len(files) == len(self.files) and all(self.files.get(key) is entry for key, entry in files.items())
        if self._file is None or (same and not self.changed):
            return None
        try:
            _write(self._file, _encoded(_Content(self.folder, files, self.decisions)))
        except OSError as error:
            return error.strerror or type(error).__name__
        return None


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
            self._stores[folder] = Store(folder, file, self.notes)
        return self._stores[folder]


def decoded_bodies(entry: StoredFile) -> list[StoredBody]:
    """The bodies kept for a file, none if they cannot be decoded."""
    try:
        return _bodies_decoder.decode(entry.bodies)
    except msgspec.MsgspecError:
        return []


def encoded_bodies(bodies: Iterable[StoredBody]) -> bytes:
    """The inverse of ``decoded_bodies``."""
    return msgspec.msgpack.encode(sorted(bodies, key=lambda body: body.line))


def default_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """The platform's folder for caches, None where there is no home."""
    home = os.path.expanduser("~")
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return Path(base, "xpcheck", "Cache") if os.path.isabs(base) else None
    if platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.join(home, ".cache")
    return Path(base, "xpcheck") if os.path.isabs(base) else None


def clean(folder: Path) -> int:
    """Delete what xpcheck keeps below ``folder``; the number of files that are gone.

    Raises OSError when a file cannot be deleted. Other files are left alone.
    """
    removed = 0
    for tool in sorted(folder.glob("facts-*")):
        if tool.is_dir() and not tool.is_symlink():
            for file in sorted(tool.iterdir()):
                file.unlink()
                removed += 1
            tool.rmdir()
    return removed


def _load(file: str, folder: str, notes: list[str] | None) -> _Content | None:
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST
    content = None
    if data.startswith(_MAGIC) and digest(memoryview(data)[start:]) == data[len(_MAGIC) : start]:
        try:
            content = msgspec.msgpack.decode(memoryview(data)[start:], type=_Content)
        except msgspec.MsgspecError:
            content = None
    if content is None or content.folder != folder:
        if notes is not None:
            notes.append("the facts cache was damaged: it is built again")
        return None
    return content


def _encoded(content: _Content) -> bytes:
    payload = msgspec.msgpack.encode(content)
    return b"".join((_MAGIC, digest(payload), payload))


def _write(file: str, data: bytes) -> None:
    """Put a file in place as a whole: a reader sees the old one or the new one."""
    folder = os.path.dirname(file)
    if not os.path.isdir(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _mark(os.path.dirname(folder))
    passing = f"{file}.{os.getpid()}-{time.monotonic_ns()}"
    try:
        with open(passing, "xb") as stream:
            stream.write(data)
        os.replace(passing, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(passing)
        raise


def _mark(folder: str) -> None:
    """Tell backup programs and git that the folder can be left out."""
    for name, text in ((_TAG, _TAG_TEXT), (".gitignore", "*\n")):
        with contextlib.suppress(OSError), open(os.path.join(folder, name), "x", encoding="utf-8") as stream:
            stream.write(text)


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
