"""``xpcheck clean``: empties the cache."""

from __future__ import annotations

from pathlib import Path

import click

from xpcheck.cli.errors import CommandError
from xpcheck.project.cache import clean, default_folder


def run_clean(folder: Path | None) -> int:
    """Delete what is kept in ``folder`` (None: in the usual one), say how much that was and return 0.

    Raises CommandError when a file cannot be deleted.
    """
    folder = folder or default_folder()
    try:
        removed = 0 if folder is None else clean(folder)
    except OSError as error:
        raise CommandError("usage", f"the cache cannot be emptied: {error}") from None
    where = "" if folder is None else f" from {folder}"
    click.echo(f"xpcheck: removed {removed} {'file' if removed == 1 else 'files'}{where}", err=True)
    return 0
