"""When Python's cyclic garbage collector runs; this module imports nothing of ours, so that a warm run may use it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def paused(*, freeze: bool = False) -> Iterator[None]:
    """No cyclic garbage collection meanwhile: facts have no cycles, and the collector would visit all of them.

    ``freeze``: nor does it visit later what is left then. A forked worker would copy the memory that it inherits.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if freeze:
            gc.freeze()
        if was_on:
            gc.enable()
