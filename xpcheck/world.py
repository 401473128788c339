"""What a result depends on outside this process, and results kept for as long as all of that is as it was.

A run notes every file it read, every folder it listed and every path it only asked for. As long as their status is
the same, the run would come out the same, and what it found is taken from a file. A status tells the truth when the
file was old enough at that time: one that changed while, or shortly before, the run looked at it may change again
without a new time stamp, and then nothing is kept (the rule that git follows for its index).

This module is on the way of every start of the command: it imports nothing that takes time.
"""

from __future__ import annotations

import os
import sys
import time
import zlib
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RACY_NS = 2_000_000_000
"""A file this young may change again without a new time stamp: file systems count in steps."""
LIMIT = 60_000
"""Of paths to be remembered: beyond it, asking for all of them is not fast any more."""
KEPT = 192
"""How many results are kept for each version of the tool."""
SIZE = 256 * 1024 * 1024
"""How many bytes they may have together."""

_MAGIC = b"xpcheck result 1\n"
_GONE = "-"
_THERE = "+"


class World:
    """Notes what a run looked at."""

    def __init__(self) -> None:
        self._began = time.time_ns()
        self._read: set[str] = set()
        self._asked: dict[str, bool] = {}
        self._known: list[str] = []
        self._certain = True
        self._held: list[object] = []

    def see(self, path: str) -> None:
        """The content of a file matters, or which names a folder holds; or that there is neither."""
        self._read.add(path)

    def ask(self, path: str) -> None:
        """It matters only whether there is something at ``path``."""
        if path not in self._asked:
            self._asked[path] = os.path.exists(path)

    def rely(self, lines: Sequence[str]) -> None:
        """Everything in an earlier record, which was just found unchanged, matters."""
        self._known.extend(lines)

    def hold(self, thing: object) -> None:
        """Do not free something before this world is: in a command that is when the process ends."""
        self._held.append(thing)

    def doubt(self) -> None:
        """Something matters that no later run can ask for."""
        self._certain = False

    def record(self) -> list[str] | None:
        """One line for each path; None if one of them cannot be trusted to change its status when it changes."""
        if not self._certain or len(self._read) + len(self._asked) > LIMIT:
            return None
        lines = self._known.copy()
        for path in sorted(self._read):
            line = status(path)
            if line != _GONE and not self._is_old(line):
                return None
            lines.append(f"{line} {path}")
        for path in sorted(self._asked):
            if path in self._read:
                continue
            if os.path.exists(path) is not self._asked[path]:
                return None
            lines.append(f"{_THERE if self._asked[path] else _GONE} {path}")
        return lines if not any("\n" in line for line in lines) else None

    def _is_old(self, line: str) -> bool:
        _, modified, changed, _ = line.split(",")
        return max(int(modified), int(changed)) < self._began - RACY_NS


def status(path: str) -> str:
    """Size, modification and change time and inode of a path in one word; ``-`` when there is nothing."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return _GONE
    return f"{found.st_size},{found.st_mtime_ns},{found.st_ctime_ns},{found.st_ino}"


def unchanged(lines: Iterable[str]) -> bool:
    """Whether everything that ``World.record`` wrote down is as it was."""
    for line in lines:
        then, _, path = line.partition(" ")
        if (os.path.exists(path) is not True) if then == _THERE else status(path) != then:
            return False
    return True


# ------------------------------------------------------------------------------------------------------ kept results


class Shelf:
    """Results on disk, each under an identity: what the run was asked for. ``folder`` None keeps nothing."""

    def __init__(self, folder: str | None) -> None:
        self._folder = None if folder is None else os.path.join(os.path.abspath(folder), f"results-{tool()}")

    @property
    def kept(self) -> bool:
        """Whether anything is kept at all."""
        return self._folder is not None

    def take(self, identity: str) -> tuple[list[str], bytes] | None:
        """What is kept under ``identity``: a record and the result; None if there is nothing or the world changed."""
        found = self._read(identity)
        return found if found is not None and unchanged(found[0]) else None

    def recall(self, identity: str) -> bytes | None:
        """The result kept under ``identity``, whatever became of the world since."""
        found = self._read(identity)
        if found is None:
            return None
        self.use(identity)
        return found[1]

    def use(self, identity: str) -> None:
        """Say that what is kept under ``identity`` is in use: it is not among the oldest."""
        if self._folder is not None:
            with suppress(OSError):
                os.utime(self._file(identity))

    def put(self, identity: str, world: Sequence[str], result: bytes) -> None:
        """Keep a result; a cache that cannot be written is no error."""
        if self._folder is None:
            return
        lines = "\n".join(world).encode("utf-8", "surrogateescape")
        name = identity.encode("utf-8", "surrogateescape")
        parts = (name, lines, result)
        body = b"".join([len(part).to_bytes(8, "big") for part in parts] + list(parts))
        try:
            if not os.path.isdir(self._folder):
                os.makedirs(self._folder, mode=0o700)
            replace(self._file(identity), _MAGIC + _sum(body) + body)
            self._forget()
        except OSError:
            return

    def _read(self, identity: str) -> tuple[list[str], bytes] | None:
        if self._folder is None:
            return None
        try:
            with open(self._file(identity), "rb") as stream:
                data = stream.read()
        except OSError:
            return None
        body = data[len(_MAGIC) + 8 :]
        if not data.startswith(_MAGIC) or data[len(_MAGIC) : len(_MAGIC) + 8] != _sum(body):
            return None
        sizes = [int.from_bytes(body[start : start + 8], "big") for start in (0, 8, 16)]
        name = body[24 : 24 + sizes[0]]
        lines = body[24 + sizes[0] : 24 + sizes[0] + sizes[1]]
        if name != identity.encode("utf-8", "surrogateescape") or len(body) != 24 + sum(sizes):
            return None
        return lines.decode("utf-8", "surrogateescape").splitlines(), body[len(body) - sizes[2] :]

    def _file(self, identity: str) -> str:
        assert self._folder is not None
        return os.path.join(self._folder, _sum(identity.encode("utf-8", "surrogateescape")).hex())

    def _forget(self) -> None:
        """Keep the number of results and their size bounded: the oldest go first, the last one stays."""
        assert self._folder is not None
        with os.scandir(self._folder) as entries:
            files = [(entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in entries]
        size = sum(item[1] for item in files)
        surplus = len(files) - KEPT // 2 if len(files) > KEPT else 0
        if not surplus and size <= SIZE:
            return
        files.sort()
        for number, (_, length, file) in enumerate(files[:-1]):
            if number >= surplus and size <= SIZE:
                break
            os.unlink(file)
            size -= length


def _sum(data: bytes) -> bytes:
    """Two checksums in one: against damage, not against malice (the folder is the user's own)."""
    return zlib.crc32(data).to_bytes(4, "big") + zlib.adler32(data).to_bytes(4, "big")


def replace(file: str, data: bytes) -> None:
    """Put a file in place as a whole: a reader sees the old one or the new one. Raises OSError."""
    passing = f"{file}.{os.getpid()}-{time.monotonic_ns()}"
    try:
        with open(passing, "xb") as stream:
            stream.write(data)
        os.replace(passing, file)
    finally:
        if os.path.exists(passing):
            os.unlink(passing)


def tool() -> str:
    """A word that is another one as soon as a file of xpcheck, or the Python that runs it, is another one."""
    home = os.path.dirname(os.path.abspath(__file__))
    found = [sys.version, home]
    pending = [home]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.name.endswith((".py", ".json", ".toml")):
                    state = entry.stat()
                    found.append(f"{entry.path} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}")
                elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                    pending.append(entry.path)
    return _sum("\n".join(sorted(found)).encode("utf-8", "surrogateescape")).hex()


def surroundings() -> str:
    """What of the process decides where packages are looked up."""
    return "\n".join([os.getcwd(), sys.prefix, os.environ.get("VIRTUAL_ENV", ""), *sys.path])


def default_folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str | None:
    """The platform's folder for caches, None where there is no home."""
    home = os.path.expanduser("~")
    if platform == "win32":
        base = environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(base, "xpcheck", "Cache") if os.path.isabs(base) else None
    if platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else os.path.join(home, ".cache")
    return os.path.join(base, "xpcheck") if os.path.isabs(base) else None
