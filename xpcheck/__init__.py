"""xpcheck lists where dual-backend (NumPy / JAX) code drops its array namespace, and shows why it matters."""

from __future__ import annotations

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # The analysis is loaded when it is asked for: most starts of the command need none of it.
    if name == "check":
        from xpcheck.api import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
