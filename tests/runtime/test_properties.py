"""Laws that hold for all inputs, on random ones."""

import operator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import autoarray_min as aa

from .test_reference_decorators import TABLE

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
BACKENDS = [np, jnp]
DTYPES = st.sampled_from([np.int32, np.int64, np.float32, np.float64])
# Few distinct shapes: JAX compiles an operation once for each shape and type.
SHAPES = st.sampled_from([(1,), (3,), (2, 2)])
QUICK = settings(max_examples=40, deadline=None)


def arrays(shape):
    """Small positive numbers: no division by zero, no overflow, and every dtype can hold them."""
    return DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, shape, elements=st.integers(1, 5)))


@st.composite
def operands(draw):
    """Two operands of one shape, the first to be wrapped, and how the second is given."""
    shape = draw(SHAPES)
    left = draw(arrays(shape))
    right = draw(st.one_of(arrays(shape), st.integers(1, 3), st.floats(0.5, 3.0)))
    kind = draw(st.sampled_from(["raw", "wrapper", "numpy"])) if isinstance(right, np.ndarray) else "scalar"
    return left, right, kind


def as_operand(right, kind, xp):
    if kind == "wrapper":
        return aa.ArrayIrregular(right, xp=xp)
    return xp.asarray(right) if kind == "raw" else right


@pytest.mark.parametrize("xp", BACKENDS, ids=["numpy", "jax"])
@pytest.mark.parametrize("operation", ARITHMETIC + COMPARISONS, ids=lambda operation: operation.__name__)
@QUICK
@given(case=operands(), swapped=st.booleans())
def test_operators_agree_with_numpy_on_both_backends(xp, operation, case, swapped):
    left, right, kind = case
    wrapper, other = aa.ArrayIrregular(left, xp=xp), as_operand(right, kind, xp)
    result = operation(other, wrapper) if swapped else operation(wrapper, other)
    expected = operation(right, left) if swapped else operation(left, right)

    assert (type(result) is aa.ArrayIrregular) == (operation in ARITHMETIC)
    raw = result.array if operation in ARITHMETIC else result
    assert isinstance(raw, np.ndarray if xp is np else jax.Array)
    # JAX keeps single precision where NumPy widens it (an int32 array and a float).
    np.testing.assert_allclose(np.asarray(raw), expected, rtol=1e-5 if raw.dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("xp", BACKENDS, ids=["numpy", "jax"])
@QUICK
@given(shape=SHAPES, data=st.data())
def test_indexing_agrees_with_numpy_on_both_backends(xp, shape, data):
    values = data.draw(arrays(shape))
    key = data.draw(st.one_of(hnp.basic_indices(shape), st.just(values > 2)))
    result = aa.ArrayIrregular(values, xp=xp)[key]
    assert isinstance(result, aa.AbstractNDArray) == isinstance(key, slice)
    np.testing.assert_array_equal(np.asarray(result), values[key])


@st.composite
def masks(draw):
    """A mask of 3 x 3 pixels, at least one of them unmasked."""
    pixels = draw(hnp.arrays(bool, (3, 3)))
    pixels[draw(st.integers(0, 2)), draw(st.integers(0, 2))] = False
    return aa.Mask2D(pixels, pixel_scales=draw(st.sampled_from([0.5, 1.0])))


@pytest.mark.parametrize("xp", BACKENDS, ids=["numpy", "jax"])
@QUICK
@given(mask=masks())
def test_slim_and_native_undo_each_other(xp, mask):
    array = aa.Array2D(xp.arange(1.0, mask.pixels_in_mask + 1.0), mask=mask, xp=xp)
    np.testing.assert_array_equal(array.native.slim.array, array.array)
    assert float(array.native.sum()) == float(array.sum())
    again = aa.Array2D(array.native.array, mask=mask, xp=xp)
    np.testing.assert_array_equal(again.array, array.array)


@pytest.mark.parametrize("xp", BACKENDS, ids=["numpy", "jax"])
@pytest.mark.parametrize(("decorator", "kind", "output"), TABLE)
@settings(max_examples=10, deadline=None)
@given(mask=masks(), as_list=st.booleans())
def test_decorators_give_the_output_type_of_the_table(xp, decorator, kind, output, mask, as_list):
    def body(self, grid, xp=np):
        result = grid.array[:, 0] if decorator == "to_array" else grid.array
        return [result] if as_list else result

    grid = aa.Grid2D.from_mask(mask, xp=xp) if kind == "uniform" else aa.Grid2DIrregular(mask.pixel_centres, xp=xp)
    result = getattr(aa.decorators, decorator)(body)(None, grid, xp=xp)
    assert isinstance(result, list) == as_list
    result = result[0] if as_list else result
    assert type(result) is output
    assert result._xp is xp
    np.testing.assert_array_equal(np.asarray(result).reshape(mask.pixels_in_mask, -1)[:, 0], mask.pixel_centres[:, 0])


@QUICK
@given(mask=masks(), size=st.integers(1, 3), transformed=st.booleans())
def test_pytrees_round_trip(mask, size, transformed):
    grid = aa.Grid2D.from_mask(mask, over_sample_size=size, xp=jnp)
    grid.is_transformed = transformed
    field = aa.VectorYX2D(grid.array * 2.0, grid=grid, mask=mask, xp=jnp)
    for structure in (grid, aa.Array2D(grid.array[:, 0], mask=mask, xp=jnp), field):
        leaves, treedef = jax.tree.flatten(structure)
        again = jax.tree.unflatten(treedef, leaves)
        assert type(again) is type(structure)
        assert again.mask is structure.mask
        assert (again.use_jax, again.is_transformed) == (structure.use_jax, structure.is_transformed)
        assert jax.tree.structure(again) == treedef
        np.testing.assert_array_equal(again.array, structure.array)
    assert field.grid.over_sample_size.tolist() == [size] * mask.pixels_in_mask
