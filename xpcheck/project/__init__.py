"""From paths to an index of facts: discovery, followed packages, cache, parallel lowering."""

from __future__ import annotations

from xpcheck.project.index import Index, Module, build

__all__ = ["Index", "Module", "build"]
