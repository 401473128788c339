"""Files are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


class ChangedError(Exception):
    """A file is not what the fixes were made for: the message names it."""


def write_all(files: Mapping[Path, tuple[bytes, bytes]]) -> None:
    """Replace the contents of files, given for each what it holds and what it shall hold.

    All new contents are on disk before the first file is replaced, and each replacement is atomic: a run that is
    interrupted leaves every file as it was or as it shall be.

    Raises ChangedError, and writes nothing, when a file holds something else by now; OSError when it cannot be written.
    """
    staged: list[tuple[str, Path]] = []
    try:
        for file, (old, new) in files.items():
            target = Path(os.path.realpath(file))
            if target.read_bytes() != old:
                raise ChangedError(f"{file} has changed since it was analysed: run the command again")
            handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".xpcheck", dir=target.parent)
            staged.append((name, target))
            with os.fdopen(handle, "wb") as stream:
                stream.write(new)
                stream.flush()
                os.fsync(stream.fileno())
            shutil.copymode(target, name)
        while staged:
            name, target = staged[0]
            os.replace(name, target)
            staged.pop(0)
    finally:
        for name, _ in staged:
            Path(name).unlink(missing_ok=True)
