"""xpcheck lists where dual-backend (NumPy / JAX) code drops its array namespace, and shows why it matters."""

from __future__ import annotations

__version__ = "0.1.0"
