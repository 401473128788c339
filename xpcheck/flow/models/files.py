"""The data files that come with xpcheck."""

from __future__ import annotations

import pkgutil


def content(name: str) -> bytes:
    """What a file in ``data`` holds.

    Raises FileNotFoundError where it is not there.
    """
    # Not by ``importlib.resources``: it loads what reads archives, which takes longer than most files.
    found = pkgutil.get_data(__package__, f"data/{name}")
    if found is None:
        raise FileNotFoundError(name)
    return found
