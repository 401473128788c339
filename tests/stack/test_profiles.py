"""The profiles: both backends agree, and the formulas are those of gravitational lensing."""

from functools import cache

import jax
import jax.numpy as jnp
import lensing as al
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lensing.profiles.geometry_profiles import SphProfile
from lensing.profiles.mass.nfw import coord_func_f_from, coord_func_g_from

import autoarray_min as aa
from autoarray_min.testing import ALL_MODES, parity

from .cases import LIGHT, MASS

# No coordinate falls on a centre, where directions are undefined. As many coordinates in both: JAX compiles once.
GRID = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.9, origin=(0.07, 0.011))
IRREGULAR = aa.Grid2DIrregular([(1.3, 0.2), (-0.7, 0.9), (0.1, -1.9), (0.9, 1.1)])
METHODS = ["convergence_2d_from", "deflections_yx_2d_from", "potential_2d_from"]
PAIRS = [(case, method) for case in MASS for method in METHODS] + [(case, "image_2d_from") for case in LIGHT]


@cache
def compiled(case, method):
    """The compiled function, one for each profile and method: hypothesis calls it many times."""
    return jax.jit(lambda v, grid: getattr(case.build(v), method)(grid=grid, xp=jnp))


@pytest.mark.parametrize(("case", "method"), PAIRS, ids=str)
def test_every_mode_of_the_parity_harness_agrees(case, method):
    parameters = [low + 0.37 * (high - low) for low, high in case.bounds]
    parity(
        lambda profile, xp: getattr(profile, method)(grid=GRID, xp=xp), case.build, parameters, modes=ALL_MODES
    ).check()


@pytest.mark.parametrize(("case", "method"), PAIRS, ids=str)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_numpy_and_jax_agree_for_random_parameters(case, method, data):
    parameters = data.draw(case.parameters())
    expected = getattr(case.build(parameters), method)(grid=IRREGULAR)
    result = compiled(case, method)(jnp.asarray(parameters), aa.Grid2DIrregular(IRREGULAR, xp=jnp))
    assert type(result) is type(expected)
    np.testing.assert_allclose(result.array, expected.array, rtol=1e-10, atol=1e-10)


def at_middle(case):
    return case.build([low + 0.37 * (high - low) for low, high in case.bounds])


@pytest.mark.parametrize("case", MASS, ids=str)
def test_deflections_are_the_gradient_of_the_potential(case):
    profile = at_middle(case)
    gradient = jax.jit(jax.grad(lambda raw: profile.potential_2d_from(raw, xp=jnp).sum()))(jnp.asarray(GRID.array))
    np.testing.assert_allclose(gradient, profile.deflections_yx_2d_from(GRID).array, atol=1e-10)


@pytest.mark.parametrize("case", MASS, ids=str)
def test_half_the_divergence_of_the_deflections_is_the_convergence(case):
    profile = at_middle(case)
    calc = al.LensCalc.from_mass_obj(profile)
    hessian = jax.jit(lambda: calc.convergence_2d_via_hessian_from(IRREGULAR, xp=jnp))()
    # The elliptical halo is a quadrature: its error is the bound.
    np.testing.assert_allclose(hessian, profile.convergence_2d_from(IRREGULAR).array, atol=1e-8)


@pytest.mark.parametrize("case", MASS + LIGHT, ids=str)
def test_gradients_with_respect_to_every_parameter_are_finite(case):
    method = "image_2d_from" if case in LIGHT else "deflections_yx_2d_from"
    start = jnp.asarray([low + 0.37 * (high - low) for low, high in case.bounds])
    slopes = jax.jit(jax.grad(lambda v: getattr(case.build(v), method)(IRREGULAR, xp=jnp).array.sum()))(start)
    assert np.isfinite(slopes).all()


def test_a_circle_is_the_limit_of_an_ellipse_and_has_a_gradient(xp):
    """The Isothermal deflections are 0/0 at axis ratio one in their closed form."""
    sphere = al.mp.IsothermalSph(einstein_radius=1.2).deflections_yx_2d_from(IRREGULAR, xp=xp)
    ellipse = al.mp.Isothermal(einstein_radius=1.2).deflections_yx_2d_from(IRREGULAR, xp=xp)
    np.testing.assert_allclose(ellipse.array, sphere.array, atol=1e-12)

    def total(ell_comps):
        profile = al.mp.Isothermal(ell_comps=(ell_comps[0], ell_comps[1]), einstein_radius=1.2)
        return profile.deflections_yx_2d_from(IRREGULAR, xp=jnp).array.sum()

    assert np.isfinite(jax.jit(jax.grad(total))(jnp.zeros(2))).all()


def test_elliptical_quadrature_agrees_with_the_closed_form_of_the_sphere():
    sphere, ellipse = al.mp.NFWSph(kappa_s=0.3, scale_radius=1.1), al.mp.NFW(kappa_s=0.3, scale_radius=1.1)
    for method in METHODS:
        expected, result = getattr(sphere, method)(GRID).array, getattr(ellipse, method)(GRID).array
        np.testing.assert_allclose(result, expected, atol=1e-9)


@pytest.mark.parametrize("squared", [-0.011, -0.0099, 0.0099, 0.011])
def test_the_halo_has_all_its_digits_near_the_scale_radius(squared):
    """The closed forms are 0/0 there, and lose half of the digits before; series and closed forms meet at 0.01."""
    x = np.longdouble(1.0 - squared) ** 0.5
    root = abs(1.0 - x**2) ** 0.5
    f = (np.arccosh(1.0 / x) if squared > 0 else np.arccos(1.0 / x)) / root
    np.testing.assert_allclose(coord_func_f_from(np.array([float(x)])), [float(f)], rtol=1e-13)
    np.testing.assert_allclose(coord_func_g_from(np.array([float(x)])), [float((1.0 - f) / (x**2 - 1.0))], rtol=1e-11)


def test_known_values():
    """Numbers that can be checked by hand."""
    on_axis = aa.Grid2DIrregular([(0.0, 2.0)])
    assert al.mp.PointMass(einstein_radius=1.0).deflections_yx_2d_from(on_axis)[0].tolist() == [0.0, 0.5]
    assert al.mp.IsothermalSph(einstein_radius=1.0).convergence_2d_from(on_axis)[0] == 0.25
    # At the scale radius f = 1: alpha = 4 kappa_s r_s (ln(1/2) + 1).
    halo = al.mp.NFWSph(kappa_s=0.25, scale_radius=2.0)
    np.testing.assert_allclose(halo.deflections_yx_2d_from(on_axis).array, [[0.0, 2.0 * (1.0 - np.log(2.0))]])
    np.testing.assert_allclose(halo.convergence_2d_from(on_axis).array, [0.5 / 3.0])
    sersic = al.lp.SersicSph(intensity=3.0, effective_radius=2.0, sersic_index=2.5)
    np.testing.assert_allclose(sersic.image_2d_from(on_axis).array, [3.0])


def test_frames_undo_each_other(xp):
    profile = al.mp.Isothermal(centre=(0.1, 0.2), ell_comps=(0.1, -0.2))
    for sky in (profile, al.mp.PointMass(centre=(0.1, 0.2))):
        there = sky.transformed_to_reference_frame_grid_from(GRID, xp=xp)
        np.testing.assert_allclose(sky.transformed_from_reference_frame_grid_from(there, xp=xp).array, GRID.array)
    sphere = SphProfile(centre=(0.1, 0.2))
    there = sphere.transformed_to_reference_frame_grid_from(GRID, xp=xp)
    np.testing.assert_allclose(sphere.transformed_from_reference_frame_grid_from(there, xp=xp).array, GRID.array)
    assert float(profile.angle_radians(xp=xp)) == pytest.approx(np.radians(profile.angle()))
    assert repr(sphere) == "SphProfile(centre=(0.1, 0.2))"


def test_abstract_profiles_have_no_formula():
    for call in (
        al.lp.LightProfile().image_2d_from,
        al.mp.MassProfile().convergence_2d_from,
        al.mp.MassProfile().deflections_yx_2d_from,
        al.mp.MassProfile().potential_2d_from,
    ):
        with pytest.raises(NotImplementedError):
            call(GRID)
