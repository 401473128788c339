"""
autoarray_min: the backend pattern of autoarray in a size that can be read in an afternoon.

Structures that hold a NumPy or a JAX array, decorators that give a profile's result the type of its grid, and the
registration that lets all of them cross ``jax.jit``. NumPy is the default; JAX is imported when ``xp=jnp`` asks for it.

A good order to read it: ``type``, ``abstract_ndarray``, ``structures``, ``decorators``, ``pytrees``, ``testing``; then
the library in ``fixtures/stack`` that is built on it, and ``tests/runtime``, where every promise of the reference has a
test.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from autoarray_min import abstract_ndarray, decorators, geometry, type  # noqa: A004
from autoarray_min.abstract_ndarray import AbstractNDArray, register_instance_pytree
from autoarray_min.structures.array_2d import Array2D
from autoarray_min.structures.grid_2d import Grid2D
from autoarray_min.structures.irregular import ArrayIrregular, Grid2DIrregular
from autoarray_min.structures.mask_2d import Mask2D
from autoarray_min.structures.vectors import VectorYX2D, VectorYX2DIrregular

__all__ = [
    "AbstractNDArray",
    "Array2D",
    "ArrayIrregular",
    "Grid2D",
    "Grid2DIrregular",
    "Mask2D",
    "VectorYX2D",
    "VectorYX2DIrregular",
    "abstract_ndarray",
    "decorators",
    "geometry",
    "register_instance_pytree",
    "type",
]


def __getattr__(name: str) -> Any:
    if name == "grid_dec":
        return _deprecated_decorators()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _deprecated_decorators() -> ModuleType:
    import warnings

    warnings.warn("`grid_dec` is deprecated: write `decorators`", DeprecationWarning, stacklevel=3)
    return decorators
