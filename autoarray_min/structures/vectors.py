"""Vector fields: a (y, x) vector at every coordinate of a grid."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from autoarray_min.abstract_ndarray import AbstractNDArray, _register_as_pytree
from autoarray_min.structures.abstract_structure import Structure
from autoarray_min.structures.array_2d import Array2D
from autoarray_min.structures.grid_2d import Grid2D
from autoarray_min.structures.irregular import ArrayIrregular, Grid2DIrregular
from autoarray_min.structures.mask_2d import Mask2D
from autoarray_min.type import Namespace, as_raw


class VectorYX2D(Structure):
    """
    A ``(y, x)`` vector for every unmasked pixel of a uniform grid.

    Parameters
    ----------
    values
        Shape ``(pixels_in_mask, 2)`` or ``(rows, columns, 2)``.
    grid
        The coordinates that the vectors stand at.
    mask, store_native, xp
        See ``Structure``.
    """

    value_shape: ClassVar[tuple[int, ...]] = (2,)

    def __init__(self, values: Any, grid: Grid2D, mask: Mask2D, store_native: bool = False, xp: Namespace = np) -> None:
        super().__init__(values=values, mask=mask, store_native=store_native, xp=xp)
        self.grid = grid
        if xp is not np:
            _register_as_pytree(type(grid))

    @property
    def magnitudes(self) -> Array2D:
        """The lengths of the vectors."""
        xp = self._xp
        return Array2D(values=xp.sqrt(xp.sum(self.slim.array**2, axis=-1)), mask=self.mask, xp=xp)


class VectorYX2DIrregular(AbstractNDArray):
    """
    A ``(y, x)`` vector at every coordinate of an irregular grid.

    Parameters
    ----------
    values
        Shape ``(n, 2)``.
    grid
        The coordinates that the vectors stand at.
    xp
        ``numpy`` or ``jax.numpy``.
    """

    def __init__(self, values: Any, grid: Grid2DIrregular, xp: Namespace = np) -> None:
        super().__init__(as_raw(values, xp), xp=xp)
        self.grid = grid
        if xp is not np:
            _register_as_pytree(type(grid))

    @property
    def native(self) -> Self:
        """Irregular vectors have one shape only."""
        return self

    @property
    def magnitudes(self) -> ArrayIrregular:
        """The lengths of the vectors."""
        xp = self._xp
        return ArrayIrregular(values=xp.sqrt(xp.sum(self._array**2, axis=-1)), xp=xp)
