"""The output table: which structure each decorator makes for each kind of grid."""

from __future__ import annotations

from autoarray_min.decorators.abstract import AbstractMaker, Body, decorator_from
from autoarray_min.structures.array_2d import Array2D
from autoarray_min.structures.grid_2d import Grid2D
from autoarray_min.structures.irregular import ArrayIrregular, Grid2DIrregular
from autoarray_min.structures.vectors import VectorYX2D, VectorYX2DIrregular
from autoarray_min.type import Raw


class ArrayMaker(AbstractMaker):
    """Values: ``Array2D`` or ``ArrayIrregular``."""

    def via_grid_2d(self, result: Raw) -> Array2D:
        """On the pixels of the grid's mask."""
        return Array2D(values=result, mask=self.grid.mask, xp=self._xp)

    def via_grid_2d_irr(self, result: Raw) -> ArrayIrregular:
        """At the grid's coordinates."""
        return ArrayIrregular(values=result, xp=self._xp)


class GridMaker(AbstractMaker):
    """Coordinates: ``Grid2D`` or ``Grid2DIrregular``. The over-sampling size of the grid is kept."""

    def via_grid_2d(self, result: Raw) -> Grid2D:
        """On the pixels of the grid's mask."""
        return Grid2D(values=result, mask=self.grid.mask, over_sample_size=self.grid.over_sample_size, xp=self._xp)

    def via_grid_2d_irr(self, result: Raw) -> Grid2DIrregular:
        """At the grid's coordinates."""
        return Grid2DIrregular(values=result, xp=self._xp)


class VectorYXMaker(AbstractMaker):
    """Vectors: ``VectorYX2D`` or ``VectorYX2DIrregular``, which keep the grid they stand on."""

    def via_grid_2d(self, result: Raw) -> VectorYX2D:
        """On the pixels of the grid's mask."""
        return VectorYX2D(values=result, grid=self.grid, mask=self.grid.mask, xp=self._xp)

    def via_grid_2d_irr(self, result: Raw) -> VectorYX2DIrregular:
        """At the grid's coordinates."""
        return VectorYX2DIrregular(values=result, grid=self.grid, xp=self._xp)


_to_array = decorator_from(ArrayMaker)
_to_grid = decorator_from(GridMaker)
_to_vector_yx = decorator_from(VectorYXMaker)


def to_array(func: Body) -> Body:
    """
    Wrap the values that ``func(self, grid, xp=np, **kwargs)`` returns, one for every coordinate of the grid.

    A ``Grid2D`` gives an ``Array2D``, a ``Grid2DIrregular`` an ``ArrayIrregular``, raw coordinates a raw array.
    """
    return _to_array(func)


def to_grid(func: Body) -> Body:
    """
    Wrap the ``(y, x)`` coordinates that ``func(self, grid, xp=np, **kwargs)`` returns, shape ``(n, 2)``.

    A ``Grid2D`` gives a ``Grid2D``, a ``Grid2DIrregular`` a ``Grid2DIrregular``, raw coordinates a raw array.
    """
    return _to_grid(func)


def to_vector_yx(func: Body) -> Body:
    """
    Wrap the ``(y, x)`` vectors that ``func(self, grid, xp=np, **kwargs)`` returns, shape ``(n, 2)``.

    A ``Grid2D`` gives a ``VectorYX2D``, a ``Grid2DIrregular`` a ``VectorYX2DIrregular``, raw coordinates a raw array.
    """
    return _to_vector_yx(func)
