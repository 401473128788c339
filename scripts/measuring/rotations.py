"""Which constructors of SciPy's rotations take traced values, and give rotations that do: by running them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import jax
import jax.numpy as jnp
from scipy.spatial.transform import Rotation

_NAME = "scipy.spatial.transform.Rotation"
_BUILT: Mapping[str, Callable[[jax.Array], Rotation]] = {
    _NAME: lambda row: Rotation(row[:4]),
    f"{_NAME}.align_vectors": lambda row: Rotation.align_vectors(row.reshape(3, 3), row.reshape(3, 3) + 1.0)[0],
    f"{_NAME}.from_davenport": lambda row: Rotation.from_davenport(jnp.eye(3), "extrinsic", row[:3]),
    f"{_NAME}.from_euler": lambda row: Rotation.from_euler("xyz", row[:3]),
    f"{_NAME}.from_matrix": lambda row: Rotation.from_matrix(row.reshape(3, 3)),
    f"{_NAME}.from_mrp": lambda row: Rotation.from_mrp(row[:3]),
    f"{_NAME}.from_quat": lambda row: Rotation.from_quat(row[:4]),
    f"{_NAME}.from_rotvec": lambda row: Rotation.from_rotvec(row[:3]),
}
"""Rotations from a row of nine numbers."""


def taken(names: Collection[str] | None = None) -> list[str]:
    """The constructors, of those in ``names``, that run under ``jit`` and ``vmap`` with what is asked of a rotation."""
    return [name for name, build in _BUILT.items() if (names is None or name in names) and _runs(build)]


def _runs(build: Callable[[jax.Array], Rotation]) -> bool:
    def used(row: jax.Array) -> object:
        rotation = build(row)
        return rotation.as_matrix(), rotation.inv().as_euler("xyz"), rotation.apply(row[:3])

    rows = jnp.arange(1.0, 19.0).reshape(2, 9)
    try:
        jax.jit(used)(rows[0])
        jax.vmap(used)(rows)
    except Exception:  # whatever it raises, it does not take them
        return False
    return True


__all__ = ["taken"]
