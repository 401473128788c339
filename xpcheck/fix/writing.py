"""Files are written whole or not at all, and all of them or none: what was interrupted is completed by the next run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class ChangedError(Exception):
    """A file is not what the fixes were made for: the message names it."""


class Staged(NamedTuple):
    """A file that waits to take the place of another one, whose content has the digest ``old`` until then."""

    waiting: str
    target: str
    old: str


def write_all(files: Mapping[Path, tuple[bytes, bytes]], journal: Path | None = None) -> None:
    """Replace the contents of files, given for each what it holds and what it shall hold.

    All new contents are on disk before the first file is replaced, and each replacement is atomic: a run that dies
    leaves every file as it was or as it shall be. What was still to be done then stands in the file ``journal``, for
    ``complete``; a run that is interrupted but lives does that itself.

    Raises ChangedError, and writes nothing, when a file holds something else by now; OSError when it cannot be written.
    """
    staged: list[Staged] = []
    try:
        for file, (old, new) in files.items():
            target = Path(os.path.realpath(file))
            if target.read_bytes() != old:
                raise ChangedError(f"{file} has changed since it was analysed: run the command again")
            staged.append(_staged(target, old, new))
        if journal is not None:
            _record(journal, staged)
    except BaseException:
        _discard(staged, journal)
        raise
    try:
        _replace(staged)
    except KeyboardInterrupt:
        _replace(staged)  # what has begun is finished
        raise
    except OSError:
        if journal is None:
            _discard(staged, journal)
        raise
    finally:
        if not any(os.path.exists(item.waiting) for item in staged):
            _discard(staged, journal)


def complete(journal: Path) -> list[str]:
    """Finish what a run that died has begun to write: the files that are replaced now.

    A file that has changed since stays as it is. Raises OSError when one cannot be written.
    """
    try:
        staged = [Staged(*item) for item in json.loads(journal.read_text("utf-8"))]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError):
        staged = []
    due = [item for item in staged if os.path.exists(item.waiting) and _digest(item.target) == item.old]
    _replace(due)
    _discard(staged, journal)
    return [item.target for item in due]


def _staged(target: Path, old: bytes, new: bytes) -> Staged:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".xpcheck", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, name)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Staged(name, str(target), hashlib.sha256(old).hexdigest())


def _record(journal: Path, staged: list[Staged]) -> None:
    journal.parent.mkdir(parents=True, exist_ok=True)
    passing = f"{journal}.{os.getpid()}"
    with open(passing, "w", encoding="utf-8") as stream:
        json.dump(staged, stream)
        stream.flush()
        os.fsync(stream.fileno())
    Path(passing).replace(journal)


def _replace(staged: list[Staged]) -> None:
    """Put the files in place that still wait."""
    for item in staged:
        if os.path.exists(item.waiting):
            os.replace(item.waiting, item.target)


def _discard(staged: list[Staged], journal: Path | None) -> None:
    """Nothing waits any more."""
    for item in staged:
        Path(item.waiting).unlink(missing_ok=True)
    if journal is not None:
        journal.unlink(missing_ok=True)


def _digest(file: str) -> str:
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
