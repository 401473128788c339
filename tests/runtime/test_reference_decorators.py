"""The reference, section "decorators": a test for every promise."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import autoarray_min as aa
from autoarray_min.decorators import AbstractMaker

from .profiles import Profile, grids

TABLE = [
    ("to_array", "uniform", aa.Array2D),
    ("to_array", "irregular", aa.ArrayIrregular),
    ("to_grid", "uniform", aa.Grid2D),
    ("to_grid", "irregular", aa.Grid2DIrregular),
    ("to_vector_yx", "uniform", aa.VectorYX2D),
    ("to_vector_yx", "irregular", aa.VectorYX2DIrregular),
]


def body(self, grid, xp=np, **kwargs):
    return xp.zeros(grid.shape[0]) if kwargs.get("values") else 2.0 * grid[:, :]


@pytest.mark.parametrize(("decorator", "grid", "output"), TABLE)
def test_output_table(decorator, grid, output, xp):
    decorated = getattr(aa.decorators, decorator)(body)
    result = decorated(None, grids(xp)[grid], xp=xp, values=decorator == "to_array")
    assert type(result) is output
    assert result._xp is xp


@pytest.mark.parametrize("decorator", ["to_array", "to_grid", "to_vector_yx"])
def test_raw_grids_pass_through(decorator, xp):
    result = getattr(aa.decorators, decorator)(body)(None, grids(xp)["raw"], xp=xp)
    assert isinstance(result, np.ndarray if xp is np else jax.Array)


@pytest.mark.parametrize(("decorator", "grid", "output"), TABLE)
def test_list_results_give_lists(decorator, grid, output, xp):
    def lists(self, grid, xp=np):
        return [body(self, grid, xp, values=decorator == "to_array")] * 2

    results = getattr(aa.decorators, decorator)(lists)(None, grids(xp)[grid], xp=xp)
    assert [type(result) for result in results] == [output, output]


@pytest.mark.parametrize("bad", [None, (1.0, 2.0)])
def test_a_body_that_returns_no_array_is_an_error(bad):
    """The released code wraps a tuple or None as if it were an array; the reference says raw array."""
    decorated = aa.decorators.to_array(lambda self, grid, xp=np: bad)
    with pytest.raises(TypeError, match="must return a raw array"):
        decorated(None, grids(np)["irregular"])


def test_grid_dec_is_a_deprecated_alias():
    with pytest.warns(DeprecationWarning, match="decorators"):
        assert aa.grid_dec is aa.decorators


def test_the_decorators_share_abstract_maker():
    from autoarray_min.decorators import makers

    for maker in (makers.ArrayMaker, makers.GridMaker, makers.VectorYXMaker):
        assert issubclass(maker, AbstractMaker)
        assert {"via_grid_2d", "via_grid_2d_irr"} <= set(vars(maker))


def test_wrapper_signature():
    """`(obj, grid, xp=np, *args, **kwargs)`, while `inspect.signature` shows the decorated body (functools.wraps)."""
    decorated = aa.decorators.to_array(body)
    wrapper = inspect.signature(decorated, follow_wrapped=False)
    assert list(wrapper.parameters) == ["obj", "grid", "xp", "args", "kwargs"]
    assert wrapper.parameters["args"].kind is inspect.Parameter.VAR_POSITIONAL
    assert wrapper.parameters["xp"].default is np
    assert decorated.__wrapped__ is body
    assert decorated.__name__ == "body"


def test_the_maker_stores_use_jax_and_exposes_xp():
    grid = grids(np)["uniform"]
    assert AbstractMaker(body, None, grid).use_jax is False
    assert AbstractMaker(body, None, grid)._xp is np
    assert AbstractMaker(body, None, grid, jnp).use_jax is True
    assert AbstractMaker(body, None, grid, jnp)._xp is jnp


def test_wrapping_always_runs_regardless_of_xp():
    """With `xp=jnp` and a NumPy grid the result is wrapped as well, and knows its backend."""
    result = Profile().radius_from(grids(np)["uniform"], xp=jnp)
    assert type(result) is aa.Array2D
    assert isinstance(result.array, jax.Array)
    assert result.use_jax is True


def test_the_body_receives_the_grid_as_it_is(xp):
    seen = []

    @aa.decorators.to_array
    def method(self, grid, xp=np):
        seen.append(grid)
        return grid.array[:, 0]

    grid = grids(xp)["irregular"]
    method(None, grid, xp=xp)
    assert seen[0] is grid


def test_the_namespace_is_keyword_or_third_positional(xp):
    grid = grids(xp)["uniform"]
    by_keyword, by_position = Profile().radius_from(grid, xp=xp), Profile().radius_from(grid, xp)
    np.testing.assert_array_equal(by_keyword.array, by_position.array)


def test_a_body_without_an_xp_slot_is_a_clear_error():
    missing, late, keyword = (
        lambda self, grid: grid,
        lambda self, grid, radius=None, xp=np: grid,
        lambda self, grid, *, xp=np: grid,
    )
    for wrong in (missing, late, keyword):
        for decorator in (aa.decorators.to_array, aa.decorators.transform):
            with pytest.raises(TypeError, match="no slot for the namespace"):
                decorator(wrong)(Profile(), grids(np)["uniform"])


def test_more_positional_arguments_than_the_wrapper_can_pass_are_a_clear_error():
    with pytest.raises(TypeError, match="rest by keyword: 1 positional"):
        Profile().radius_from(grids(np)["uniform"], np, 3.0)


def test_a_numpy_namespace_meeting_a_jax_grid_is_a_clear_error():
    """Not in the reference; the released maker has this guard since 2026 (runtime notes, section 6, row 9)."""
    with pytest.raises(ValueError, match=r"Profile.radius_from was called with xp=np .* pass xp=xp"):
        Profile().radius_from(grids(jnp)["uniform"])


def test_array_is_the_safe_way_to_the_data_also_after_transform(xp):
    seen = []

    @aa.decorators.transform
    def method(self, grid, xp=np):
        seen.append(grid)
        return grid.array[:, 0]

    for grid in (grids(xp)["uniform"], grids(xp)["irregular"]):
        method(Profile(), grid, xp=xp)
        assert type(seen[-1]) is type(grid)
        assert seen[-1].is_transformed
        assert not grid.is_transformed


def test_transform_calls_the_profile_with_grid_and_xp_and_keywords(xp):
    calls = []

    class Spy(Profile):
        def transformed_to_reference_frame_grid_from(self, *args, **kwargs):
            calls.append((args, kwargs))
            return super().transformed_to_reference_frame_grid_from(*args, **kwargs)

    grid = grids(xp)["uniform"]
    Spy().transformed_radius_from(grid, xp=xp, extra=1)
    assert len(calls) == 1
    assert calls[0][0][0] is grid
    assert calls[0][0][1] is xp
    assert calls[0][1] == {"extra": 1}


def test_transform_is_not_applied_twice(xp):
    class Nested(Profile):
        @aa.decorators.to_array
        @aa.decorators.transform
        def outer_from(self, grid, xp=np, **kwargs):
            return self.transformed_radius_from(grid, xp=xp).array

    for grid in grids(xp).values():
        once, nested = Profile().transformed_radius_from(grid, xp=xp), Nested().outer_from(grid, xp=xp)
        np.testing.assert_allclose(np.asarray(nested), np.asarray(once), rtol=1e-12)


def test_transform_takes_raw_grids(xp):
    """The released decorator fails on a raw array; raw grids pass through here, so it lends them a wrapper."""
    wrapped = Profile().transformed_radius_from(grids(xp)["irregular"], xp=xp)
    raw = Profile().transformed_radius_from(grids(xp)["raw"], xp=xp)
    assert not isinstance(raw, aa.AbstractNDArray)
    np.testing.assert_allclose(raw, wrapped.array, rtol=1e-12)


def test_rotate_back_turns_vectors_to_the_frame_of_the_observer(xp):
    for name, grid in grids(xp).items():
        result = Profile().outward_from(grid, xp=xp)
        raw = grid if name == "raw" else grid.array
        np.testing.assert_allclose(np.asarray(result), np.asarray(raw) - np.array((0.1, 0.2)), atol=1e-12)


def test_rotate_back_happens_even_when_the_grid_was_transformed_before():
    grid = grids(np)["irregular"]
    grid.is_transformed = True
    turned = Profile(angle=90.0).outward_from(grid)
    np.testing.assert_allclose(turned.array, [[1.0, 0.0], [3.0, -2.0]], atol=1e-12)


def test_decorators_apply_bottom_up(xp):
    """
    `to_array` above `transform`: the output is wrapped for the *caller's* grid, from the transformed coordinates.

    The reference's order of two. The release often has `over_sample` above and `check_operated_only` between them;
    neither is part of the reference, and neither is here.
    """
    grid = grids(xp)["uniform"]
    result = Profile(centre=(0.25, 0.25)).transformed_radius_from(grid, xp=xp)
    assert result.mask is grid.mask
    expected = np.hypot(*(np.asarray(grid) - 0.25).T)
    np.testing.assert_allclose(result.array, expected, atol=1e-12)


def test_to_grid_keeps_the_over_sample_size_and_builds_nothing(xp):
    result = Profile().doubled_from(grids(xp)["uniform"], xp=xp)
    assert (result.over_sample_size == 2).all()
    assert result._over_sampled is None


def test_to_vector_yx_passes_the_grid_and_the_mask_through(xp):
    grid = grids(xp)["uniform"]
    result = Profile().outward_from(grid, xp=xp)
    assert result.grid is grid
    assert result.mask is grid.mask
