"""Move the grid to the reference frame of a profile before the profile looks at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autoarray_min.abstract_ndarray import AbstractNDArray, unwrap
from autoarray_min.decorators.abstract import Body, check_xp_slot
from autoarray_min.structures.irregular import Grid2DIrregular
from autoarray_min.type import Namespace


def transform(func: Body | None = None, *, rotate_back: bool = False) -> Any:
    """
    Give ``func(self, grid, xp=np, **kwargs)`` the grid in the reference frame of the profile.

    The grid is shifted and rotated by ``self.transformed_to_reference_frame_grid_from(grid, xp, **kwargs)``, unless it
    is marked as transformed already; the caller's grid is left alone. Write it *below* the output decorator.

    Parameters
    ----------
    func
        The decorated function, for ``@transform`` without arguments.
    rotate_back
        Rotate the resulting ``(y, x)`` vectors back to the frame of the observer, by
        ``self.rotated_grid_from_reference_frame_from(grid=result, xp=xp)``. Vectors need it, scalars do not.

    Raises
    ------
    TypeError
        When the decorated function is called, if it takes no namespace in its third position.
    """

    def decorate(func: Body) -> Body:
        @wraps(func)
        def wrapper(obj: Any, grid: Any, xp: Namespace = np, *args: Any, **kwargs: Any) -> Any:
            check_xp_slot(func)
            is_raw = not isinstance(grid, AbstractNDArray)
            # A raw array cannot carry the flag, and nested calls would transform it twice: lend it a wrapper.
            moved = Grid2DIrregular(values=grid, xp=xp) if is_raw else grid
            if not moved.is_transformed:
                moved = obj.transformed_to_reference_frame_grid_from(moved, xp, **kwargs)
                moved.is_transformed = True
            result = func(obj, moved, xp, *args, **kwargs)
            if rotate_back:
                result = obj.rotated_grid_from_reference_frame_from(grid=result, xp=xp)
            return unwrap(result) if is_raw else result

        return wrapper

    decorator: Callable[[Body], Body] = decorate
    return decorator if func is None else decorator(func)
