"""The mask: which pixels of a uniform grid carry data, and where they are on the sky."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from autoarray_min.abstract_ndarray import AbstractNDArray, unwrap
from autoarray_min.type import Namespace, Raw, is_jax_array


def pair_from(value: float | tuple[float, float]) -> tuple[float, float]:
    """A scalar pixel scale means square pixels."""
    return (float(value), float(value)) if np.isscalar(value) else (float(value[0]), float(value[1]))


class Mask2D(AbstractNDArray):
    """
    A boolean mask; ``True`` is masked, and carries no data.

    A mask is host data on purpose: the number of unmasked pixels decides the *shape* of everything else, so it can
    never be traced. It stays a NumPy array whatever ``xp`` builds it, and travels through ``jit`` as aux data.

    Parameters
    ----------
    mask
        Booleans of shape ``(rows, columns)``.
    pixel_scales
        The size of a pixel in arc-seconds, ``(y, x)`` or one number for both.
    origin
        The ``(y, x)`` arc-second coordinates of the centre of the grid.
    xp
        Accepted so that every structure is built alike; with ``jax.numpy`` the class is registered as a pytree.

    Raises
    ------
    ValueError
        If the mask is not two dimensional.
    """

    __no_flatten__: ClassVar[tuple[str, ...]] = ("_array", "pixel_scales", "origin")

    def __init__(
        self,
        mask: Any,
        pixel_scales: float | tuple[float, float],
        origin: tuple[float, float] = (0.0, 0.0),
        xp: Namespace = np,
    ) -> None:
        super().__init__(np.array(unwrap(mask), dtype=bool), xp=xp)
        if self.ndim != 2:
            raise ValueError(f"a Mask2D has two dimensions, the given mask has {self.ndim}")
        self.pixel_scales = pair_from(pixel_scales)
        self.origin = origin
        self.use_jax = False

    @classmethod
    def all_false(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | tuple[float, float],
        origin: tuple[float, float] = (0.0, 0.0),
        xp: Namespace = np,
    ) -> Self:
        """A mask that keeps every pixel."""
        return cls(np.full(shape_native, False), pixel_scales=pixel_scales, origin=origin, xp=xp)

    @classmethod
    def circular(
        cls,
        shape_native: tuple[int, int],
        radius: float,
        pixel_scales: float | tuple[float, float],
        xp: Namespace = np,
    ) -> Self:
        """A mask that keeps the pixels whose centres are within ``radius`` arc-seconds of the origin."""
        everything = cls.all_false(shape_native, pixel_scales=pixel_scales)
        radii = np.sqrt(np.sum(everything.pixel_centres**2, axis=-1)).reshape(shape_native)
        return cls(radii > radius, pixel_scales=pixel_scales, xp=xp)

    @property
    def native(self) -> Self:
        """A mask is always in its native shape."""
        return self

    @property
    def shape_native(self) -> tuple[int, int]:
        """``(rows, columns)``."""
        rows, columns = self._array.shape
        return rows, columns

    @property
    def pixels_in_mask(self) -> int:
        """The number of unmasked pixels."""
        return int(np.sum(~self._array))

    @property
    def native_for_slim(self) -> np.ndarray[Any, Any]:
        """The ``(row, column)`` of every unmasked pixel, shape ``(pixels_in_mask, 2)``: a host index map."""
        return np.argwhere(~self._array)

    @property
    def pixel_centres(self) -> np.ndarray[Any, Any]:
        """The ``(y, x)`` arc-second centres of the unmasked pixels, shape ``(pixels_in_mask, 2)``; y falls with row."""
        rows, columns = self.shape_native
        index = self.native_for_slim
        y = ((rows - 1) / 2.0 - index[:, 0]) * self.pixel_scales[0] + self.origin[0]
        x = (index[:, 1] - (columns - 1) / 2.0) * self.pixel_scales[1] + self.origin[1]
        return np.stack((y, x), axis=-1)

    def slim_from(self, native: Raw) -> Raw:
        """Raw values of shape ``(rows, columns, ...)`` to the unmasked ones, shape ``(pixels_in_mask, ...)``."""
        index = self.native_for_slim
        return native[index[:, 0], index[:, 1]]

    def native_from(self, slim: Raw) -> Raw:
        """Raw values of shape ``(pixels_in_mask, ...)`` to shape ``(rows, columns, ...)``, zero where masked."""
        index = self.native_for_slim
        shape = (*self.shape_native, *slim.shape[1:])
        if is_jax_array(slim):
            import jax.numpy as jnp

            return jnp.zeros(shape, dtype=slim.dtype).at[index[:, 0], index[:, 1]].set(slim)
        native = np.zeros(shape, dtype=slim.dtype)
        native[index[:, 0], index[:, 1]] = slim
        return native
