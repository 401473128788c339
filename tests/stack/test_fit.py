"""From a vector of parameters to a likelihood: tracer, fit, analysis and fitness, on both backends."""

import jax
import jax.numpy as jnp
import lensing as al
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autoarray_min as aa
from autoarray_min.testing import ALL_MODES, parity

PRIOR = al.UniformPrior
TRUTH = [0.02, 0.1, -0.05, 1.1, 0.02, 0.01, 0.05, 0.1, 0.4, 0.01, 0.03]


def model():
    """Lens, halo behind it, source: three planes, eleven free parameters, each of another kind."""
    lens = al.Model(
        al.mp.Isothermal,
        centre=(PRIOR(-1, 1), 0.0),
        ell_comps=(PRIOR(-1, 1), PRIOR(-1, 1)),
        einstein_radius=PRIOR(0, 2),
    )
    boxy = al.Model(al.mp.PowerLawMultipole, m=4, multipole_comps=(PRIOR(-1, 1), PRIOR(-1, 1)))
    halo = al.Model(al.mp.NFWSph, centre=(0.3, 0.1), kappa_s=PRIOR(0, 1))
    source = al.Model(
        al.lp.Sersic,
        centre=(0.05, 0.02),
        ell_comps=(PRIOR(-1, 1), 0.1),
        intensity=1.0,
        effective_radius=PRIOR(0, 1),
        sersic_index=1.5,
    )
    return al.Model(
        al.ModelInstance,
        galaxies=[
            al.Model(al.Galaxy, redshift=1.0, light_profiles=[source]),
            al.Model(al.Galaxy, redshift=0.5, mass_profiles=[lens, boxy]),
            al.Model(al.Galaxy, redshift=0.8, mass_profiles=[halo]),
        ],
        dataset_model=al.Model(al.DatasetModel, background_sky_level=PRIOR(-1, 1), grid_offset=(PRIOR(-1, 1), 0.0)),
    )


@pytest.fixture(scope="module")
def dataset():
    """A lensed source with noise, inside a circular mask."""
    mask = aa.Mask2D.circular((16, 16), radius=1.8, pixel_scales=0.25)
    grid = aa.Grid2D.from_mask(mask)
    instance = model().instance_from_vector(TRUTH)
    image = al.Tracer(instance.galaxies).image_2d_from(grid)
    noise = 0.01 * np.random.default_rng(1).standard_normal(image.shape)
    return al.Imaging(data=image + noise, noise_map=aa.Array2D(np.full(image.shape, 0.01), mask=mask))


@pytest.fixture(scope="module")
def fitness(dataset):
    """The likelihood on both backends, built once: compiling is what takes the time."""
    return {use_jax: al.Fitness(model(), al.AnalysisImaging(dataset, use_jax=use_jax)) for use_jax in (False, True)}


def test_jit_of_fit_from_returns_a_fit_with_jax_leaves(dataset):
    """
    The reference's round trip, the first of the two checks that every JAX path needs.

    The released fit is lazy, so its round trip evaluates no likelihood; this one evaluates the model image.
    """
    analysis = al.AnalysisImaging(dataset, use_jax=True)
    instance = model().instance_from_vector(TRUTH)
    fit = jax.jit(analysis.fit_from)(instance)
    assert type(fit) is al.FitImaging
    assert type(fit.tracer) is al.Tracer
    assert type(fit.model_image) is aa.Array2D
    assert fit.dataset is dataset
    assert fit.tracer.cosmology is analysis.cosmology
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(fit))
    expected = al.AnalysisImaging(dataset).fit_from(instance)
    np.testing.assert_allclose(fit.log_likelihood, expected.log_likelihood, rtol=1e-10)
    np.testing.assert_allclose(fit.model_image.native.array, expected.model_image.native.array, rtol=1e-10, atol=1e-12)


def test_vmap_of_the_fitness_agrees_with_the_loop_on_numpy(fitness):
    """
    The second check, `fitness._vmap(parameters)`, and the one that finds what the first hides.

    The reference leaves open what `_vmap` is; as in the release it is a property: `jit` of `vmap` on JAX, kept for the
    next call, and a plain loop on NumPy.
    """
    batch = np.array([TRUTH, [value + 0.01 for value in TRUTH], [value - 0.02 for value in TRUTH]])
    on_numpy, on_jax = fitness[False]._vmap(batch), fitness[True]._vmap(jnp.asarray(batch))
    assert type(on_numpy) is np.ndarray
    assert isinstance(on_jax, jax.Array)
    np.testing.assert_allclose(on_jax, on_numpy, rtol=1e-10)
    assert fitness[True]._vmap is fitness[True]._vmap


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shifts=st.lists(st.floats(-0.05, 0.05), min_size=len(TRUTH), max_size=len(TRUTH)))
def test_the_likelihood_agrees_for_random_parameters(fitness, shifts):
    batch = np.array([[value + shift for value, shift in zip(TRUTH, shifts, strict=True)]])
    np.testing.assert_allclose(fitness[True]._vmap(jnp.asarray(batch)), fitness[False]._vmap(batch), rtol=1e-10)


def test_the_likelihood_has_a_finite_gradient(fitness):
    assert np.isfinite(jax.jit(jax.grad(fitness[True].call))(jnp.asarray(TRUTH))).all()


def test_a_likelihood_that_is_not_finite_is_replaced(fitness):
    """The value only; the gradient stays NaN, as the docstring of `call` says."""
    broken = list(TRUTH)
    broken[8] = np.nan
    for each in fitness.values():
        assert each._vmap(np.array([broken]))[0] == each.resample_figure_of_merit


def test_a_dropped_namespace_in_a_profile_is_hidden_by_jit_and_found_by_vmap(dataset):
    """The reference's central lesson on the whole stack."""

    class Careless(al.mp.Isothermal):
        def einstein_radius_rescaled(self, xp=np):
            return self.einstein_radius / (1.0 + self.axis_ratio())

    def careless():
        lens = al.Model(Careless, ell_comps=(PRIOR(-1, 1), 0.1), einstein_radius=PRIOR(0, 2))
        source = al.Model(al.lp.SersicSph, intensity=1.0)
        galaxies = [
            al.Model(al.Galaxy, redshift=0.5, mass_profiles=[lens]),
            al.Model(al.Galaxy, redshift=1.0, light_profiles=[source]),
        ]
        return al.Model(al.ModelInstance, galaxies=galaxies)

    analysis = al.AnalysisImaging(dataset, use_jax=True)
    instance = careless().instance_from_vector([0.1, 1.0])
    hidden = jax.jit(lambda: analysis.log_likelihood_function(instance))()
    expected = al.AnalysisImaging(dataset).log_likelihood_function(instance)
    np.testing.assert_allclose(hidden, expected, rtol=1e-10)
    with pytest.raises(jax.errors.TracerArrayConversionError):
        al.Fitness(careless(), analysis)._vmap(jnp.asarray([[0.1, 1.0]]))


def test_tracer_parity():
    grid = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.1, origin=(0.1, 0.03))

    def rays_and_light(instance, xp):
        tracer = al.Tracer(instance.galaxies)
        halfway = tracer.deflections_between_planes_from(grid=grid, xp=xp, plane_i=0, plane_j=1)
        return [tracer.image_2d_from(grid=grid, xp=xp), tracer.deflections_yx_2d_from(grid=grid, xp=xp), halfway]

    parity(rays_and_light, model().instance_from_vector, TRUTH, modes=ALL_MODES).check()


def test_intermediate_wrappers_need_no_guard():
    """The reference: the wrappers of helpers are consumed by Python before any jit boundary."""
    galaxy = al.Galaxy(redshift=0.5, mass_profiles=[al.mp.Isothermal()])
    grid = aa.Grid2DIrregular([(0.5, 1.0)])
    inside = jax.jit(lambda: galaxy.deflections_yx_2d_from(grid, xp=jnp).array[:, 0])()
    np.testing.assert_allclose(inside, galaxy.deflections_yx_2d_from(grid).array[:, 0], rtol=1e-12)
    mass = jax.jit(lambda: galaxy.convergence_2d_from(grid, xp=jnp))()
    np.testing.assert_allclose(mass.array, galaxy.convergence_2d_from(grid).array, rtol=1e-12)


def test_two_planes_need_no_scaling_and_three_do():
    cosmology = al.FlatLambdaCDM()
    assert cosmology.scaling_factor_between_redshifts_from(0.5, 1.0, 1.0) == pytest.approx(1.0)
    assert 0.0 < cosmology.scaling_factor_between_redshifts_from(0.5, 0.8, 1.0) < 1.0
    # Einstein - de Sitter has the closed form 2 c / H0 (1 - 1 / sqrt(1 + z)).
    flat = al.FlatLambdaCDM(h0=70.0, om0=1.0)
    assert flat.comoving_distance_from(1.5) == pytest.approx(2 * 299792.458 / 70.0 * (1 - 2.5**-0.5), rel=1e-12)


def test_traced_grids_keep_the_type_of_the_grid(xp):
    tracer = al.Tracer(model().instance_from_vector(TRUTH).galaxies)
    uniform = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0)
    for grid in (uniform, aa.Grid2DIrregular([(0.5, 1.0)])):
        traced = tracer.traced_grid_2d_list_from(grid, xp=xp)
        assert [type(plane) for plane in traced] == [type(grid)] * 3


def test_a_vector_of_the_wrong_length_is_an_error():
    with pytest.raises(ValueError, match="11 free parameters, the vector has 2"):
        model().instance_from_vector([1.0, 2.0])
