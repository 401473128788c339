"""The profile that the runtime tests decorate."""

import numpy as np

import autoarray_min as aa


class Profile:
    """A centre and an angle in degrees; every kind of decorated method."""

    def __init__(self, centre=(0.1, 0.2), angle=30.0):
        self.centre = centre
        self.angle = angle

    @aa.decorators.to_grid
    def transformed_to_reference_frame_grid_from(self, grid, xp=np, **kwargs):
        return aa.geometry.transform_grid_2d_to_reference_frame(grid.array, self.centre, self.angle, xp=xp)

    @aa.decorators.to_grid
    def rotated_grid_from_reference_frame_from(self, grid, xp=np, **kwargs):
        return aa.geometry.transform_grid_2d_from_reference_frame(grid[:, :], (0.0, 0.0), self.angle, xp=xp)

    @aa.decorators.to_array
    def radius_from(self, grid, xp=np, **kwargs):
        return xp.sqrt(grid.array[:, 0] ** 2 + grid.array[:, 1] ** 2)

    @aa.decorators.to_array
    @aa.decorators.transform
    def transformed_radius_from(self, grid, xp=np, **kwargs):
        return self.radius_from(grid, xp=xp).array

    @aa.decorators.to_grid
    def doubled_from(self, grid, xp=np, **kwargs):
        return 2.0 * grid.array

    @aa.decorators.to_vector_yx
    @aa.decorators.transform(rotate_back=True)
    def outward_from(self, grid, xp=np, **kwargs):
        return grid.array


def grids(xp):
    """One grid of each kind, by name."""
    return {
        "uniform": aa.Grid2D.uniform(shape_native=(3, 4), pixel_scales=0.5, over_sample_size=2, xp=xp),
        "irregular": aa.Grid2DIrregular(values=[(0.0, 1.0), (2.0, 3.0)], xp=xp),
        "raw": xp.asarray([(0.0, 1.0), (2.0, 3.0)]),
    }
