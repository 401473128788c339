"""The reference, section "crossing the jit boundary": a test for every promise about pytrees."""

import subprocess
import sys
from functools import cached_property
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import autoarray_min as aa
from autoarray_min.pytrees import Static, _registered, same_content

from .test_reference_structures import structures

NAMES = ["Array2D", "ArrayIrregular", "Grid2D", "Grid2DIrregular", "VectorYX2D", "VectorYX2DIrregular", "Mask2D"]


@pytest.fixture(params=range(7), ids=NAMES)
def structure(request):
    """Each structure in turn, built with `xp=jnp`."""
    return structures(jnp)[request.param]


def test_a_class_is_registered_by_its_first_instance_built_with_jnp():
    class Fresh(aa.ArrayIrregular):
        pass

    Fresh([1.0])
    assert Fresh not in _registered
    Fresh([1.0], xp=jnp)
    assert Fresh in _registered


def test_registration_happens_without_jax_only_when_asked_for():
    code = "import sys, autoarray_min as aa; aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0)"
    check = "; assert not any(name.startswith('jax') for name in sys.modules)"
    subprocess.run([sys.executable, "-c", code + check], check=True, cwd=Path(aa.__file__).parents[1])


def test_a_wrapper_can_be_returned_from_jit(structure):
    """The released code keeps this promise for `Grid2DIrregular` only; here every structure keeps it."""
    result = jax.jit(lambda: structure)()
    assert type(result) is type(structure)
    np.testing.assert_array_equal(result.array, structure.array)


def test_a_wrapper_goes_in_and_out_of_jit(structure):
    """Flags stay flags: in the released code they are children, and come back as arrays."""
    result = jax.jit(lambda wrapper: wrapper)(structure)
    assert result.use_jax is structure.use_jax
    assert result.is_transformed is False
    np.testing.assert_array_equal(result.array, structure.array)
    if isinstance(structure, (aa.Array2D, aa.Grid2D, aa.VectorYX2D)):
        assert type(result.mask) is aa.Mask2D
        assert result.native.shape == structure.native.shape


def test_wrappers_go_in_and_out_of_vmap(structure):
    if isinstance(structure, aa.Mask2D):
        with pytest.raises(ValueError, match="at least one"):
            jax.vmap(lambda wrapper: wrapper)(structure)
        return
    batch = jax.tree.map(lambda x: jnp.stack([x, 2 * x]), structure)
    result = jax.vmap(lambda wrapper: wrapper + 1.0)(batch)
    assert type(result) is type(structure)
    np.testing.assert_allclose(result.array[1], 2 * structure.array + 1)


def test_a_batch_is_not_mistaken_for_native_values():
    grid = aa.Grid2D.uniform(shape_native=(3, 3), pixel_scales=1.0, xp=jnp)
    batch = jax.vmap(lambda shift: aa.Array2D(grid.array[:, 0] + shift, mask=grid.mask, xp=jnp))(jnp.arange(2.0))
    assert batch.shape == (2, 9)
    assert not batch.is_native
    assert batch.slim is batch


def test_wrappers_go_in_and_out_of_grad(structure):
    if isinstance(structure, aa.Mask2D):
        assert jax.tree.leaves(structure) == []
        return
    slope = jax.grad(lambda wrapper: (wrapper**2).sum())(structure)
    assert type(slope) is type(structure)
    np.testing.assert_allclose(slope.array, 2 * structure.array)


def test_flags_and_geometry_are_static_and_arrays_are_children():
    """
    `__no_flatten__` names travel in the aux data, as the reference says of `no_flatten`.

    The released `AbstractNDArray` drops them, and makes the flags children. The reference is followed: only so does a
    wrapper that is an argument of a jitted function still know its backend.
    """
    grid = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0, over_sample_size=np.full(4, 2), xp=jnp)
    leaves, treedef = jax.tree.flatten(grid)
    assert len(leaves) == 1
    assert leaves[0] is grid.array
    assert hash(treedef) == hash(jax.tree.structure(grid.copy()))


def test_equal_geometry_finds_the_compiled_function_again():
    traces = []

    @jax.jit
    def doubled(grid):
        traces.append(1)
        return grid * 2.0

    for pixel_scales in (1.0, 1.0, 0.5):
        doubled(aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=pixel_scales, xp=jnp))
    assert len(traces) == 2


def test_a_vector_field_carries_its_grid_as_a_child():
    grid = aa.Grid2DIrregular([(1.0, 2.0)])
    field = aa.VectorYX2DIrregular([(3.0, 4.0)], grid=grid, xp=jnp)
    result = jax.jit(lambda field: field * 2.0)(field)
    assert type(result.grid) is aa.Grid2DIrregular
    np.testing.assert_array_equal(result.grid.array, grid.array)


class Fit:
    """A dataset, which is constant, and what is computed from it."""

    def __init__(self, dataset, values, xp=np):
        self.dataset = dataset
        self.values = values
        self.use_jax = xp is not np

    @cached_property
    def total(self):
        return self.values.sum()


def test_register_instance_pytree_carries_no_flatten_through_aux_data():
    aa.register_instance_pytree(Fit, no_flatten=("dataset",))
    dataset = object()
    result = jax.jit(lambda fit: Fit(fit.dataset, fit.values * 2.0, xp=jnp))(Fit(dataset, jnp.ones(3)))
    assert type(result) is Fit
    assert result.dataset is dataset
    assert result.use_jax is True
    assert isinstance(result.values, jax.Array)


def test_cached_values_do_not_leave_the_trace():
    """In the released code the cached tracer travels in the aux data, and the fit is broken when it is read."""
    aa.register_instance_pytree(Fit, no_flatten=("dataset",))

    def fit_from(values):
        fit = Fit(None, values, xp=jnp)
        assert fit.total is fit.total
        return fit

    fit = jax.jit(fit_from)(jnp.ones(3))
    assert "total" not in vars(fit)
    assert fit.total == 3.0


def test_a_name_in_no_flatten_that_the_class_never_has_is_an_error():
    class Wrong:
        declared: int

        def __init__(self):
            self.dataset = None

        def set_later(self):
            self.later = None

    with pytest.raises(AttributeError, match="never has 'datset'"):
        aa.register_instance_pytree(Wrong, no_flatten=("datset",))
    aa.register_instance_pytree(Wrong, no_flatten=("dataset", "declared", "later"))


def test_registering_twice_is_harmless_and_contradicting_oneself_is_an_error():
    aa.register_instance_pytree(Fit, no_flatten=("dataset",))
    aa.register_instance_pytree(Fit, no_flatten=("dataset",))
    with pytest.raises(ValueError, match="already registered"):
        aa.register_instance_pytree(Fit, no_flatten=("values",))


def test_guarded_return_and_pytree_return_are_the_two_patterns():
    """Raw on the JAX path needs no registration; a wrapper needs its class registered, and then works as well."""

    class Fresh(aa.ArrayIrregular):
        pass

    def guarded(values, xp=np):
        return Fresh(values) if xp is np else values

    assert type(guarded(np.ones(2))) is Fresh
    assert isinstance(jax.jit(lambda v: guarded(v, xp=jnp))(jnp.ones(2)), jax.Array)
    with pytest.raises(TypeError):
        jax.jit(lambda v: Fresh(v))(jnp.ones(2))
    assert type(jax.jit(lambda v: Fresh(v, xp=jnp))(jnp.ones(2))) is Fresh


def test_static_values_compare_by_content():
    mask, same, other = (aa.Mask2D([[False, value]], pixel_scales=1.0) for value in (True, True, False))
    assert same_content(mask, same)
    assert not same_content(mask, other)
    assert same_content((1, [2.0, {"a": np.ones(2)}]), (1, [2.0, {"a": np.ones(2)}]))
    assert not same_content(1, 1.0)
    assert not same_content(object(), object())
    assert same_content("a", "a")
    assert Static((("a", 1),)) == Static((("a", 1),)) != Static((("b", 1),))
    assert repr(Static((("a", 1),))) == "Static(a)"
