"""The shortest way through the runtime: a profile, two backends, three grids, and the jit boundary."""

import jax
import jax.numpy as jnp
import numpy as np

import autoarray_min as aa


class Shifted:
    """A profile with a centre."""

    def __init__(self, centre):
        self.centre = centre

    @aa.decorators.to_grid
    def transformed_to_reference_frame_grid_from(self, grid, xp=np, **kwargs):
        return grid.array - xp.array(self.centre)

    @aa.decorators.to_array
    @aa.decorators.transform
    def radius_from(self, grid, xp=np, **kwargs):
        return xp.sqrt(grid.array[:, 0] ** 2 + grid[:, 1] ** 2)


def test_the_same_method_serves_both_backends_and_every_grid(xp):
    profile = Shifted(centre=(0.1, 0.2))
    uniform = aa.Grid2D.uniform(shape_native=(3, 3), pixel_scales=1.0, xp=xp)
    irregular = aa.Grid2DIrregular(values=[(0.0, 1.0), (2.0, 3.0)], xp=xp)

    assert type(profile.radius_from(uniform, xp=xp)) is aa.Array2D
    assert type(profile.radius_from(irregular, xp=xp)) is aa.ArrayIrregular
    raw = profile.radius_from(irregular.array, xp=xp)
    assert isinstance(raw, (np.ndarray, jax.Array))
    np.testing.assert_allclose(raw, [np.hypot(0.1, 0.8), np.hypot(1.9, 2.8)], rtol=1e-12)


def test_wrappers_go_in_and_out_of_jit_vmap_and_grad():
    grid = aa.Grid2D.uniform(shape_native=(3, 3), pixel_scales=1.0, xp=jnp)

    result = jax.jit(lambda grid, centre: Shifted(centre).radius_from(grid, xp=jnp))(grid, (0.1, 0.2))
    assert type(result) is aa.Array2D
    assert result.native.shape == (3, 3)
    assert result.use_jax is True

    centres = jnp.array([[0.1, 0.2], [0.3, 0.4]])
    batch = jax.vmap(lambda centre: Shifted(centre).radius_from(grid, xp=jnp))(centres)
    assert type(batch) is aa.Array2D
    assert batch.shape == (2, 9)

    slope = jax.grad(lambda grid: Shifted((0.1, 0.2)).radius_from(grid, xp=jnp).sum())(grid)
    assert type(slope) is aa.Grid2D
    assert slope.shape == (9, 2)
