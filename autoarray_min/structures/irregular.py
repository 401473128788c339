"""Structures without a mask: values and coordinates at arbitrary places."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autoarray_min.abstract_ndarray import AbstractNDArray
from autoarray_min.type import Namespace, Raw, as_raw


class ArrayIrregular(AbstractNDArray):
    """
    Values at irregular places.

    Parameters
    ----------
    values
        Shape ``(n,)``; a list becomes an array of the backend.
    xp
        ``numpy`` or ``jax.numpy``.
    """

    def __init__(self, values: Any, xp: Namespace = np) -> None:
        super().__init__(as_raw(values, xp), xp=xp)

    @property
    def native(self) -> Self:
        """Irregular values have one shape only."""
        return self

    @property
    def values(self) -> Raw:
        """The raw array."""
        return self._array

    @property
    def in_list(self) -> list[Any]:
        """The values as a list."""
        return list(self._array)


class Grid2DIrregular(AbstractNDArray):
    """
    Irregular ``(y, x)`` coordinates.

    Parameters
    ----------
    values
        Coordinates in arc-seconds, shape ``(n, 2)``; a list of pairs becomes an array of the backend.
    xp
        ``numpy`` or ``jax.numpy``.

    Raises
    ------
    ValueError
        If the values are not pairs.
    """

    def __init__(self, values: Any, xp: Namespace = np) -> None:
        raw = as_raw(values, xp)
        # No coordinates are an empty grid of the same backend: the released code forgets `xp` here.
        raw = raw.reshape((0, 2)) if raw.shape == (0,) else raw
        if raw.ndim < 2 or raw.shape[-1] != 2:
            raise ValueError(f"an irregular grid holds (y, x) pairs, shape (n, 2); the given values have {raw.shape}")
        super().__init__(raw, xp=xp)

    @classmethod
    def from_yx_1d(cls, y: Any, x: Any, xp: Namespace = np) -> Self:
        """A grid from separate y and x coordinates of shape ``(n,)``."""
        return cls(values=xp.stack((as_raw(y, xp), as_raw(x, xp)), axis=-1), xp=xp)

    @property
    def native(self) -> Self:
        """Irregular coordinates have one shape only."""
        return self

    @property
    def values(self) -> Raw:
        """The raw coordinates."""
        return self._array

    @property
    def in_list(self) -> list[tuple[Any, Any]]:
        """The coordinates as a list of pairs."""
        return [(pair[0], pair[1]) for pair in self._array]

    def grid_2d_via_deflection_grid_from(self, deflection_grid: Any, xp: Namespace | None = None) -> Grid2DIrregular:
        """The coordinates minus deflections of the same shape: where the light rays started."""
        namespace = self._xp if xp is None else xp
        return Grid2DIrregular(values=self._array - as_raw(deflection_grid, namespace), xp=namespace)

    def squared_distances_to_coordinate_from(
        self, coordinate: tuple[Any, Any] = (0.0, 0.0), xp: Namespace = np
    ) -> ArrayIrregular:
        """The squared distances of the coordinates to one ``(y, x)``, in the units of the grid squared."""
        y, x = self._array[:, 0] - coordinate[0], self._array[:, 1] - coordinate[1]
        return ArrayIrregular(values=xp.square(y) + xp.square(x), xp=xp)
