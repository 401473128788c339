"""Decorators that give a function's raw result the type that belongs to its grid, or move the grid first."""

from autoarray_min.decorators.abstract import AbstractMaker
from autoarray_min.decorators.makers import to_array, to_grid, to_vector_yx
from autoarray_min.decorators.transform import transform

__all__ = ["AbstractMaker", "to_array", "to_grid", "to_vector_yx", "transform"]
