"""A uniform grid: the (y, x) coordinates of the unmasked pixels."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from autoarray_min.abstract_ndarray import unwrap
from autoarray_min.structures.abstract_structure import Structure
from autoarray_min.structures.irregular import Grid2DIrregular
from autoarray_min.structures.mask_2d import Mask2D
from autoarray_min.type import Namespace, as_raw


class Grid2D(Structure):
    """
    The ``(y, x)`` coordinates of the unmasked pixels, in arc-seconds.

    Parameters
    ----------
    values
        Shape ``(pixels_in_mask, 2)`` or ``(rows, columns, 2)``.
    over_sample_size
        Into how many sub-pixels a side a pixel is divided where a function is averaged over it: one number, or one
        for every unmasked pixel. Geometry, and therefore host data.
    mask, store_native, xp
        See ``Structure``.
    """

    __no_flatten__: ClassVar[tuple[str, ...]] = ("_over_sample_size", "_over_sampled")

    value_shape: ClassVar[tuple[int, ...]] = (2,)

    def __init__(
        self,
        values: Any,
        mask: Mask2D,
        over_sample_size: Any = 4,
        store_native: bool = False,
        xp: Namespace = np,
    ) -> None:
        super().__init__(values=values, mask=mask, store_native=store_native, xp=xp)
        self._over_sample_size = unwrap(over_sample_size)
        self._over_sampled: np.ndarray[Any, Any] | None = None

    @classmethod
    def uniform(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | tuple[float, float],
        origin: tuple[float, float] = (0.0, 0.0),
        over_sample_size: Any = 4,
        xp: Namespace = np,
    ) -> Self:
        """
        A grid without masked pixels.

        Parameters
        ----------
        shape_native
            ``(rows, columns)``.
        pixel_scales
            The size of a pixel in arc-seconds, ``(y, x)`` or one number for both.
        origin
            The ``(y, x)`` arc-second coordinates of the centre of the grid.
        over_sample_size
            See the class.
        xp
            ``numpy`` or ``jax.numpy``.
        """
        mask = Mask2D.all_false(shape_native, pixel_scales=pixel_scales, origin=origin, xp=xp)
        return cls.from_mask(mask, over_sample_size=over_sample_size, xp=xp)

    @classmethod
    def from_mask(cls, mask: Mask2D, over_sample_size: Any = 4, xp: Namespace = np) -> Self:
        """The coordinates of the unmasked pixels of a mask."""
        return cls(values=mask.pixel_centres, mask=mask, over_sample_size=over_sample_size, xp=xp)

    @property
    def over_sample_size(self) -> np.ndarray[Any, Any]:
        """The sub-pixels a side of every unmasked pixel, integers of shape ``(pixels_in_mask,)``."""
        return np.broadcast_to(np.asarray(self._over_sample_size, dtype=int), (self.shape_slim,))

    @property
    def over_sampled(self) -> Grid2DIrregular:
        """The coordinates of all sub-pixels, built when first asked for: a loop over pixels is not for free."""
        if self._over_sampled is None:
            self._over_sampled = self._sub_pixel_centres()
        return Grid2DIrregular(values=self._over_sampled, xp=self._xp)

    def _sub_pixel_centres(self) -> np.ndarray[Any, Any]:
        centres: list[np.ndarray[Any, Any]] = []
        for (y, x), size in zip(self.mask.pixel_centres, self.over_sample_size, strict=True):
            steps = (np.arange(size) + 0.5) / size - 0.5
            ys, xs = np.meshgrid(y - steps * self.pixel_scales[0], x + steps * self.pixel_scales[1], indexing="ij")
            centres.append(np.stack((ys.ravel(), xs.ravel()), axis=-1))
        return np.concatenate(centres) if centres else np.zeros((0, 2))

    def grid_2d_via_deflection_grid_from(self, deflection_grid: Any, xp: Namespace | None = None) -> Grid2D:
        """The coordinates minus deflections of the same shape: where the light rays started."""
        namespace = self._xp if xp is None else xp
        return Grid2D(
            values=self._array - as_raw(deflection_grid, namespace),
            mask=self.mask,
            over_sample_size=self._over_sample_size,
            xp=namespace,
        )
