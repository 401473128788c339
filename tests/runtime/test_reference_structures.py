"""The reference, section "AbstractNDArray": a test for every promise."""

import copy
import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import autoarray_min as aa


def structures(xp):
    """One instance of each structure, floats where it holds numbers."""
    mask = aa.Mask2D([[False, True], [False, False]], pixel_scales=1.0, xp=xp)
    grid = aa.Grid2D.from_mask(mask, xp=xp)
    irregular = aa.Grid2DIrregular([(1.0, 2.0), (3.0, 4.0)], xp=xp)
    return [
        aa.Array2D([1.0, 2.0, 3.0], mask=mask, xp=xp),
        aa.ArrayIrregular([1.0, 2.0], xp=xp),
        grid,
        irregular,
        aa.VectorYX2D(2.0 * grid.array, grid=grid, mask=mask, xp=xp),
        aa.VectorYX2DIrregular(2.0 * irregular.array, grid=irregular, xp=xp),
        mask,
    ]


def test_all_structures_inherit_from_abstract_ndarray_and_take_xp(xp):
    """The released irregular arrays, vectors and masks take or forward no `xp`; the reference's pattern is uniform."""
    for structure in structures(xp):
        assert isinstance(structure, aa.AbstractNDArray)


def test_array_and_underscore_array_give_the_raw_array(xp):
    for structure in structures(xp):
        assert structure.array is structure._array
        assert not isinstance(structure.array, aa.AbstractNDArray)
        expected = np.ndarray if xp is np or isinstance(structure, aa.Mask2D) else jax.Array
        assert isinstance(structure.array, expected)


def test_the_constructor_unwraps_nested_wrappers(xp):
    inner = aa.ArrayIrregular([1.0, 2.0], xp=xp)
    hidden = aa.ArrayIrregular([0.0], xp=xp).with_new_array(inner)
    outer = aa.ArrayIrregular(aa.ArrayIrregular(hidden, xp=xp), xp=xp)
    assert not isinstance(outer.array, aa.AbstractNDArray)
    np.testing.assert_array_equal(outer.array, [1.0, 2.0])


def test_arithmetic_returns_the_same_type_in_both_orders(xp):
    """
    Also `ndarray + wrapper` and `2 ** wrapper`, which the released code gives raw or rejects on NumPy.

    The reference says that operations between structures and raw scalars or arrays return the same type.
    """
    for structure in structures(xp)[:-1]:
        others = (2.0, np.float64(2.0), np.ones(structure.shape), xp.ones(structure.shape), structure)
        for other in others:
            results = [
                structure + other, other + structure, structure - other, other - structure, structure * other,
                other * structure, structure / (other + 7.0), other / (structure + 7.0), abs(structure) ** other,
                abs(other) ** structure,
            ]  # fmt: skip
            assert {type(result) for result in results} == {type(structure)}
        assert type(-structure) is type(abs(structure)) is type(abs(structure).sqrt()) is type(structure)


def test_comparisons_return_raw_arrays(xp):
    array = aa.ArrayIrregular([1.0, 2.0, 3.0], xp=xp)
    for other in (2.0, np.full(3, 2.0), array):
        for result in (array == other, array != other, array < other, array <= other, array > other, other >= array):
            assert isinstance(result, np.ndarray if xp is np else jax.Array)
    np.testing.assert_array_equal((array > 1.0) & (array < 3.0), [False, True, False])


def test_there_is_no_and_between_wrappers(xp):
    array = aa.ArrayIrregular([1.0, 0.0], xp=xp)
    for operation in (operator.and_, operator.or_, operator.floordiv, operator.mod, operator.matmul):
        with pytest.raises(TypeError):
            operation(array, array)


def test_grid_column_is_raw_on_both_backends(xp):
    """
    The reference: `grid[:, 0]` "also works for simple slicing (returns raw array)".

    The released code returns a wrapper for every key on JAX, and `jnp` functions reject it. The reference is followed:
    it is what the users were told, and what their code relies on.
    """
    for structure in structures(xp)[2:6]:
        assert isinstance(structure[:, 0], np.ndarray if xp is np else jax.Array)
        assert not isinstance(structure[0], aa.AbstractNDArray)
    assert type(structures(xp)[1][0:1]) is aa.ArrayIrregular


def test_grid_column_inside_jit():
    grid = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0, xp=jnp)
    result = jax.jit(lambda grid: jnp.sqrt(grid[:, 0] ** 2))(grid)
    np.testing.assert_allclose(result, 0.5)


def test_setting_items_means_the_same_on_both_backends(xp):
    """The released code uses `jnp.where(key, value, array)`, so that `a[0] = 9` does nothing on JAX."""
    array = aa.ArrayIrregular([1.0, 2.0, 3.0], xp=xp)
    array[0] = 9.0
    array[array == 2.0] = 8.0
    np.testing.assert_array_equal(array.array, [9.0, 8.0, 3.0])


def test_with_new_array_lets_everything_else_ride_along(xp):
    grid = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0, over_sample_size=3, xp=xp)
    grid.is_transformed = True
    new = grid.with_new_array(grid.array + 1.0)
    assert new.mask is grid.mask
    assert new.is_transformed
    assert (new.over_sample_size == 3).all()
    assert new.array is not grid.array


def test_copies_do_not_share_the_array(xp):
    array = aa.ArrayIrregular([1.0, 2.0], xp=xp)
    for twin in (array.copy(), copy.copy(array), copy.deepcopy(array)):
        twin[0] = 7.0
    np.testing.assert_array_equal(array.array, [1.0, 2.0])


def test_dunder_array_gives_a_host_array(xp):
    for structure in structures(xp):
        assert type(np.asarray(structure)) is np.ndarray
    array = aa.ArrayIrregular([1.0, 4.0], xp=xp)
    assert np.asarray(array, dtype=int).dtype == int
    assert type(np.sqrt(array)) is np.ndarray


def test_an_np_function_on_a_traced_wrapper_fails():
    """What "silently calls `__array__`" comes to under a trace."""
    with pytest.raises(jax.errors.TracerArrayConversionError):
        jax.jit(lambda values: np.sqrt(aa.ArrayIrregular(values, xp=jnp)))(jnp.ones(2))


def test_a_jnp_function_rejects_a_wrapper(xp):
    with pytest.raises(TypeError):
        jnp.sqrt(aa.ArrayIrregular([1.0], xp=xp))


def test_the_backing_array_decides_the_namespace(xp):
    assert aa.ArrayIrregular([1.0], xp=xp)._xp is xp
    assert aa.ArrayIrregular(jnp.ones(2))._xp is jnp
    assert (aa.ArrayIrregular([1.0, 2.0]) + jnp.ones(2))._xp is jnp
    assert jax.jit(lambda x: aa.ArrayIrregular(x).sqrt().array)(jnp.ones(2)).shape == (2,)


def test_slim_and_native(xp):
    mask = aa.Mask2D([[False, True], [False, False]], pixel_scales=1.0)
    values = xp.asarray([[1.0, 5.0], [2.0, 3.0]])
    array = aa.Array2D(values, mask=mask, xp=xp)
    np.testing.assert_array_equal(array.array, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(array.native.array, [[1.0, 0.0], [2.0, 3.0]])
    np.testing.assert_array_equal(array.native.slim.array, array.array)
    stored = aa.Array2D(values, mask=mask, store_native=True, xp=xp)
    assert stored.native is stored
    # The released code zeroes the masked pixels of the caller's own NumPy array.
    assert values[0, 1] == 5.0


def test_wrong_shapes_are_clear_errors():
    mask = aa.Mask2D.all_false((2, 2), pixel_scales=1.0)
    with pytest.raises(ValueError, match=r"neither slim \(4,\) nor native \(2, 2\)"):
        aa.Array2D(np.ones(3), mask=mask)
    with pytest.raises(ValueError, match="pairs"):
        aa.Grid2DIrregular(np.ones(3))
    with pytest.raises(ValueError, match="two dimensions"):
        aa.Mask2D([True], pixel_scales=1.0)


def test_an_empty_irregular_grid_keeps_its_backend(xp):
    """The released constructor forgets `xp` here."""
    grid = aa.Grid2DIrregular([], xp=xp)
    assert grid.shape == (0, 2)
    assert grid._xp is xp


def test_uniform_grid_coordinates_and_over_sampling(xp):
    grid = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=(1.0, 2.0), origin=(1.0, 0.0), over_sample_size=2, xp=xp)
    np.testing.assert_allclose(grid.array, [[1.5, -1.0], [1.5, 1.0], [0.5, -1.0], [0.5, 1.0]])
    assert grid.over_sampled.shape == (16, 2)
    np.testing.assert_allclose(grid.over_sampled.array[:2], [[1.75, -1.5], [1.75, -0.5]])
    assert grid.over_sampled._xp is xp
    assert type(grid.native) is aa.Grid2D
    assert grid.native.shape == (2, 2, 2)


def test_masks_are_host_data_on_both_backends(xp):
    """A mask decides shapes, so it is never traced: it stays NumPy whatever builds it."""
    mask = aa.Mask2D.circular((5, 5), radius=1.1, pixel_scales=1.0, xp=xp)
    assert type(mask.array) is np.ndarray
    assert mask.pixels_in_mask == 5
    np.testing.assert_array_equal(mask.native_for_slim, [[1, 2], [2, 1], [2, 2], [2, 3], [3, 2]])


def test_wrappers_are_unhashable_and_true_when_they_are_long():
    """Both as in the released code: `==` compares elements, and there is no `__bool__`."""
    array = aa.ArrayIrregular([0.0])
    with pytest.raises(TypeError):
        hash(array)
    assert bool(array)
    assert not aa.ArrayIrregular([])


def test_attributes_of_the_array_are_reachable(xp):
    array = aa.ArrayIrregular([1.0, 2.0], xp=xp)
    assert array.mean() == 1.5
    assert (array.sum(), array.max(), array.min(), array.size, array.ndim) == (3.0, 2.0, 1.0, 2, 1)
    with pytest.raises(AttributeError, match="ArrayIrregular does not have attribute nonsense"):
        array.nonsense  # noqa: B018


def test_vector_magnitudes_and_grid_helpers(xp):
    grid = aa.Grid2DIrregular([(3.0, 4.0)], xp=xp)
    vectors = aa.VectorYX2DIrregular([(3.0, 4.0)], grid=grid, xp=xp)
    assert type(vectors.magnitudes) is aa.ArrayIrregular
    assert vectors.magnitudes[0] == 5.0
    np.testing.assert_array_equal(grid.grid_2d_via_deflection_grid_from(vectors).array, [(0.0, 0.0)])
    np.testing.assert_array_equal(grid.squared_distances_to_coordinate_from((0.0, 0.0), xp=xp).array, [25.0])
