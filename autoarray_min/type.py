"""Names for the two kinds of value that cross every function of this package: backends and raw arrays."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np

if TYPE_CHECKING:
    from autoarray_min.structures.grid_2d import Grid2D
    from autoarray_min.structures.irregular import Grid2DIrregular

Namespace: TypeAlias = ModuleType
"""`numpy` or `jax.numpy`."""

Raw: TypeAlias = Any
"""A `numpy.ndarray` or a `jax.Array` (concrete or traced); never one of our wrappers."""

Grid2DLike: TypeAlias = Union["Grid2D", "Grid2DIrregular", Raw]


def is_jax_array(value: object) -> bool:
    """Whether ``value`` is a JAX array or tracer, decided without importing JAX."""
    return type(value).__module__.split(".")[0] in ("jax", "jaxlib")


def as_raw(values: Any, xp: Namespace = np) -> Raw:
    """
    Lists become arrays of the backend; a NumPy array given with ``xp=jnp`` becomes a JAX array.

    A JAX array given with ``xp=np`` is kept: the backing array decides the backend, and converting a tracer would fail.
    """
    values = getattr(values, "array", values)
    if xp is np and is_jax_array(values):
        return values
    return xp.asarray(values)
