"""What uniform structures share: a mask, and the two shapes their values come in."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from autoarray_min.abstract_ndarray import AbstractNDArray
from autoarray_min.structures.mask_2d import Mask2D
from autoarray_min.type import Namespace, Raw, as_raw


class Structure(AbstractNDArray):
    """
    Values on the pixels of a mask, *slim* (unmasked pixels in a row) or *native* (on the sky, zero where masked).

    Parameters
    ----------
    values
        Slim values, shape ``(pixels_in_mask, *value_shape)``, or native ones, shape ``(rows, columns, *value_shape)``.
    mask
        The mask that says which pixels they belong to.
    store_native
        Keep the values in their native shape; otherwise they are kept slim.
    xp
        ``numpy`` or ``jax.numpy``.

    Raises
    ------
    ValueError
        If the shape of the values is neither the slim nor the native one of the mask.
    """

    __no_flatten__: ClassVar[tuple[str, ...]] = ("mask",)

    value_shape: ClassVar[tuple[int, ...]] = ()

    def __init__(self, values: Any, mask: Mask2D, store_native: bool = False, xp: Namespace = np) -> None:
        super().__init__(_converted(as_raw(values, xp), mask, self.value_shape, store_native), xp=xp)
        self.mask = mask

    @property
    def is_native(self) -> bool:
        """Whether the values are kept in their native shape (a batch that `vmap` returned is in neither)."""
        return self.shape == (*self.mask.shape_native, *self.value_shape)

    @property
    def slim(self) -> Self:
        """This structure with its values in slim shape."""
        return self.with_new_array(self.mask.slim_from(self._array)) if self.is_native else self

    @property
    def native(self) -> Self:
        """This structure with its values in native shape."""
        return self if self.is_native else self.with_new_array(self.mask.native_from(self._array))

    @property
    def shape_native(self) -> tuple[int, int]:
        """The ``(rows, columns)`` of the mask."""
        return self.mask.shape_native

    @property
    def shape_slim(self) -> int:
        """The number of unmasked pixels."""
        return self.mask.pixels_in_mask

    @property
    def pixel_scales(self) -> tuple[float, float]:
        """The size of a pixel in arc-seconds, ``(y, x)``."""
        return self.mask.pixel_scales

    @property
    def origin(self) -> tuple[float, float]:
        """The ``(y, x)`` arc-second coordinates of the centre of the mask."""
        return self.mask.origin


def _converted(values: Raw, mask: Mask2D, value_shape: tuple[int, ...], store_native: bool) -> Raw:
    slim_shape = (mask.pixels_in_mask, *value_shape)
    native_shape = (*mask.shape_native, *value_shape)
    shape = getattr(values, "shape", ())
    if shape not in (slim_shape, native_shape):
        raise ValueError(f"values of shape {shape} are neither slim {slim_shape} nor native {native_shape} of the mask")
    # Native values pass through slim in any case: masked pixels become zero, and the caller's array is never changed.
    slim = values if shape == slim_shape else mask.slim_from(values)
    return mask.native_from(slim) if store_native else slim
