"""Which files below a folder are Python modules."""

# paths are strings in this room: a thousand Path objects cost more than the walk
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from xpcheck.world import World

SKIPPED_FOLDERS = frozenset({"__pycache__", "__pypackages__", "node_modules", "site-packages", "dist-packages"})
BUILD_FOLDERS = frozenset({"build", "dist"})


def python_files(
    folder: str, on_error: Callable[[OSError], None] | None = None, world: World | None = None
) -> Iterator[str]:
    """All ``.py`` files below ``folder``, without hidden folders, environments and build output; links not followed."""
    pending = [folder]
    while pending:
        current = pending.pop()
        if world is not None:
            world.see(current)
        try:
            with os.scandir(current) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if on_error is not None:
                on_error(error)
            continue
        if current != folder and is_environment(entry.name for entry in listed):
            continue
        has_init = any(entry.name == "__init__.py" for entry in listed)
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                if not is_skipped_folder(entry.name) or (entry.name in BUILD_FOLDERS and has_init):
                    pending.append(entry.path)
            elif is_python_file(entry.name):
                yield entry.path


def is_python_file(name: str) -> bool:
    """Whether a file of this name can be a module (editors leave hidden ``.#module.py`` links behind)."""
    return name.endswith(".py") and not name.startswith(".")


def is_environment(names: Iterable[str]) -> bool:
    """Whether a folder with these entries is a virtual environment."""
    return any(name in ("pyvenv.cfg", "conda-meta") for name in names)


def is_skipped_folder(name: str) -> bool:
    """Whether a folder of this name never holds modules of a project."""
    return name.startswith(".") or name in SKIPPED_FOLDERS or name in BUILD_FOLDERS or name.endswith(".egg-info")
