"""A uniform array: one value for every unmasked pixel."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from autoarray_min.structures.abstract_structure import Structure
from autoarray_min.structures.mask_2d import Mask2D
from autoarray_min.type import Namespace, as_raw


class Array2D(Structure):
    """
    A value for every unmasked pixel of a uniform grid, for example an image.

    Parameters
    ----------
    values
        Shape ``(pixels_in_mask,)`` or ``(rows, columns)``.
    mask, store_native, xp
        See ``Structure``.
    """

    @classmethod
    def no_mask(
        cls,
        values: Any,
        pixel_scales: float | tuple[float, float],
        origin: tuple[float, float] = (0.0, 0.0),
        xp: Namespace = np,
    ) -> Self:
        """An array without masked pixels from values of shape ``(rows, columns)``."""
        raw = as_raw(values, xp)
        mask = Mask2D.all_false(tuple(raw.shape), pixel_scales=pixel_scales, origin=origin, xp=xp)
        return cls(values=raw, mask=mask, xp=xp)

    @classmethod
    def full(
        cls,
        fill_value: float,
        shape_native: tuple[int, int],
        pixel_scales: float | tuple[float, float],
        xp: Namespace = np,
    ) -> Self:
        """An array of ``shape_native`` with the same value everywhere."""
        return cls.no_mask(xp.full(shape_native, fill_value), pixel_scales=pixel_scales, xp=xp)
