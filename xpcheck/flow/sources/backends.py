"""Which array libraries the sources of a package speak of beside NumPy: a trace needs one that speaks of JAX.

Read off outlines alone: imports, and names that functions mention (``is_jax``, ``cupy``).
"""

from __future__ import annotations

from functools import cached_property

from xpcheck.config import Config
from xpcheck.link.names import imported_packages
from xpcheck.link.program import Program
from xpcheck.project.index import Module

_JAX = frozenset({"jax", "jaxlib", "jnp"})
_CUPY = frozenset({"cupy", "cupyx"})
_STANDARD = frozenset({"array_namespace", "__array_namespace__", "array_api_compat"})
"""Names of those who take the arrays of any library that follows the array API standard."""


class Backends:
    """The array libraries of the packages of a program."""

    def __init__(self, program: Program, config: Config) -> None:
        self._program = program
        self._config = config

    def is_for_cupy(self, module: Module) -> bool:
        """Whether the package of a module has CuPy as its other backend and never speaks of JAX: it meets no trace."""
        return not self._config.assume_jax and module.package in self.for_cupy

    def own_for_cupy(self) -> list[str]:
        """The packages of the project of which ``is_for_cupy`` is true, sorted."""
        return sorted(
            {item.package for item in self._program.index.modules.values() if item.own and self.is_for_cupy(item)}
        )

    @cached_property
    def for_cupy(self) -> frozenset[str]:
        """The packages with CuPy that never speak of JAX: an edit that changes them may change any verdict."""
        modules = self._program.index.modules.values()
        candidates = {item.package for item in modules if _mentions_cupy(item)}
        others = {item.package for item in modules if item.package in candidates and _mentions_jax(item)}
        return frozenset(candidates - others)


def _mentions_cupy(module: Module) -> bool:
    functions = module.outline.functions
    return not _CUPY.isdisjoint(imported_packages(module)) or any(
        not _CUPY.isdisjoint(item.names) for item in functions
    )


def _mentions_jax(module: Module) -> bool:
    """Whether a file names JAX (``is_jax_array``), or what takes the arrays of every library."""
    if not (_JAX | _STANDARD).isdisjoint(imported_packages(module)):
        return True
    mentioned = (name for function in module.outline.functions for name in (*function.names, *function.attributes))
    return any(name in _STANDARD or not _JAX.isdisjoint(name.lower().split("_")) for name in mentioned)
