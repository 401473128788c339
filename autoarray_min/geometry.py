"""
Frames of reference: shift coordinates to a centre, rotate them to a position angle.

Coordinates are ``(y, x)``, as everywhere in this package; angles are in degrees, counter-clockwise from the positive
x-axis. The rotation of a vector by an angle is the textbook one (Arfken, Weber & Harris, *Mathematical Methods for
Physicists*, 7th ed., section 3.3).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autoarray_min.type import Namespace, Raw


def transform_grid_2d_to_reference_frame(grid_2d: Raw, centre: Any, angle: Any, xp: Namespace = np) -> Raw:
    """
    Shift coordinates by ``-centre`` and rotate them by ``-angle``.

    Parameters
    ----------
    grid_2d
        Raw ``(y, x)`` coordinates of shape ``(n, 2)``.
    centre
        The ``(y, x)`` centre of the frame, in the units of the grid.
    angle
        The position angle of the frame's x-axis, in degrees.
    xp
        ``numpy`` or ``jax.numpy``.

    Returns
    -------
    Raw ``(y, x)`` coordinates of shape ``(n, 2)`` in the frame.
    """
    y, x = grid_2d[:, 0] - centre[0], grid_2d[:, 1] - centre[1]
    cos, sin = xp.cos(xp.radians(angle)), xp.sin(xp.radians(angle))
    return xp.stack((y * cos - x * sin, x * cos + y * sin), axis=-1)


def transform_grid_2d_from_reference_frame(grid_2d: Raw, centre: Any, angle: Any, xp: Namespace = np) -> Raw:
    """
    Undo ``transform_grid_2d_to_reference_frame``: rotate by ``angle``, then shift by ``centre``.

    Parameters and return value are those of the function it undoes.
    """
    y, x = grid_2d[:, 0], grid_2d[:, 1]
    cos, sin = xp.cos(xp.radians(angle)), xp.sin(xp.radians(angle))
    return xp.stack((x * sin + y * cos + centre[0], x * cos - y * sin + centre[1]), axis=-1)
