"""
What the mutants are run on: the worked stack, end to end, on few coordinates.

A scenario is a function of an instance and a namespace, with a builder and the values of its free parameters: the form
that `autoarray_min.testing.parity` takes. All of them use four coordinates, so that JAX compiles every operation once
for all mutants.
"""

import sys

import numpy as np

import autoarray_min as aa
from tests.programs import Scenario

PACKAGE = "lensing"
MODES = ("numpy", "vmap", "jit concrete", "jit traced")

GRID = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.1, origin=(0.07, 0.011))
IRREGULAR = aa.Grid2DIrregular([(1.3, 0.2), (-0.7, 0.9), (0.1, -1.9), (0.9, 1.1)])
HESSIAN = (
    "convergence_2d_via_hessian_from", "shear_yx_2d_via_hessian_from", "magnification_2d_via_hessian_from",
    "magnification_2d_from", "tangential_eigen_value_from", "radial_eigen_value_from",
)  # fmt: skip


def scenarios_of(al):
    """All scenarios of a package that is imported as `al`."""
    mass = ("convergence_2d_from", "deflections_yx_2d_from", "potential_2d_from")

    def methods(names):
        return lambda profile, xp: [getattr(profile, n)(grid=g, xp=xp) for n in names for g in (GRID, IRREGULAR)]

    def profile(name, cls, build, parameters, names=mass):
        return Scenario(name, methods(names), lambda v: build(cls, v), parameters)

    pair = lambda v, i: (v[i], v[i + 1])  # noqa: E731
    ellipse = (0.11, 0.2, 0.15, -0.1)
    return [
        profile("Isothermal", al.mp.Isothermal, lambda c, v: c(pair(v, 0), pair(v, 2), v[4]), (*ellipse, 1.2)),
        profile("IsothermalSph", al.mp.IsothermalSph, lambda c, v: c(pair(v, 0), v[2]), (0.11, 0.2, 1.2)),
        profile("NFW", al.mp.NFW, lambda c, v: c(pair(v, 0), pair(v, 2), v[4], v[5]), (*ellipse, 0.3, 1.4)),
        profile("NFWSph", al.mp.NFWSph, lambda c, v: c(pair(v, 0), v[2], v[3]), (0.11, 0.2, 0.3, 1.4)),
        profile("PointMass", al.mp.PointMass, lambda c, v: c(pair(v, 0), v[2]), (0.11, 0.2, 1.2)),
        profile(
            "PowerLawMultipole",
            al.mp.PowerLawMultipole,
            lambda c, v: c(4, pair(v, 0), v[2], v[3], pair(v, 4)),
            (0.11, 0.2, 1.2, 1.9, 0.03, -0.02),
        ),
        profile(
            "Sersic",
            al.lp.Sersic,
            lambda c, v: c(pair(v, 0), pair(v, 2), v[4], v[5], v[6]),
            (*ellipse, 0.5, 0.9, 2.1),
            ("image_2d_from",),
        ),
        profile(
            "SersicSph",
            al.lp.SersicSph,
            lambda c, v: c(pair(v, 0), v[2], v[3], v[4]),
            (0.11, 0.2, 0.5, 0.9, 2.1),
            ("image_2d_from",),
        ),
        Scenario("convert", convert(al), lambda v: v, (0.2, -0.3)),
        Scenario("frames", frames(al), lambda v: al.mp.Isothermal(pair(v, 0), pair(v, 2)), ellipse),
        Scenario("frames of a sphere", sphere_frames, lambda v: sphere_of(al)(pair(v, 0)), (0.11, 0.2)),
        Scenario("galaxy", galaxy, lambda v: al.Galaxy(0.5, [al.lp.Sersic(intensity=v[0])], [lens(al, v)]), (0.4, 1.2)),
        Scenario("LensCalc", hessian(al), lambda v: lens(al, v), (0.1, 1.2)),
        Scenario("tracer", tracer(al), model_of(al).instance_from_vector, TRUTH),
        Scenario("cosmology", cosmology(al), lambda v: al.FlatLambdaCDM(*pair(v, 0)), (67.7, 0.31)),
        Scenario("fit", fit(al), model_of(al).instance_from_vector, TRUTH),
        Scenario("fitness", fitness(al), lambda v: v, TRUTH),
        Scenario("a reused fit", reused_fit(al), lambda v: v, (0.3,)),
        Scenario("a reused profile", reused_profile(al), lambda v: v, (0.9, 2.1)),
    ]


def lens(al, v):
    return al.mp.Isothermal(centre=(0.05, 0.02), ell_comps=(v[0], -0.15), einstein_radius=v[1])


def sphere_of(al):
    return sys.modules[f"{PACKAGE}.profiles.geometry_profiles"].SphProfile


def convert(al):
    c = al.convert

    def function(v, xp):
        return [
            c.ell_comps_from(v[0], v[1], xp=xp),
            c.axis_ratio_and_angle_from((v[0], v[1]), xp=xp),
            c.axis_ratio_from((v[0], v[1]), xp=xp),
            c.angle_from((v[0], v[1]), xp=xp),
            c.multipole_k_m_and_phi_m_from((v[0], v[1]), 3, xp=xp),
            c.multipole_comps_from(v[0], v[1], 3, xp=xp),
            c.shear_magnitude_and_angle_from(v[0], v[1], xp=xp),
        ]

    return function


def frames(al):
    def function(profile, xp):
        there = profile.transformed_to_reference_frame_grid_from(GRID, xp=xp)
        back = profile.transformed_from_reference_frame_grid_from(there, xp=xp)
        turned = profile.rotated_grid_from_reference_frame_from(there, xp=xp, angle=30.0)
        return [there, back, turned, profile.angle_radians(xp=xp), profile.eccentric_radii_grid_from(there, xp=xp)]

    return function


def sphere_frames(profile, xp):
    there = profile.transformed_to_reference_frame_grid_from(GRID, xp=xp)
    return [
        there,
        profile.transformed_from_reference_frame_grid_from(there, xp=xp),
        profile.radial_grid_from(there, xp=xp),
    ]


def galaxy(instance, xp):
    return [
        getattr(instance, name)(grid=GRID, xp=xp)
        for name in ("image_2d_from", "convergence_2d_from", "deflections_yx_2d_from")
    ]


def hessian(al):
    def function(profile, xp):
        calc = al.LensCalc.from_mass_obj(profile)
        results = [getattr(calc, name)(grid=grid, xp=xp) for name in HESSIAN for grid in (GRID, IRREGULAR)]
        # The reference: wrapped on NumPy, raw on JAX.
        if any(isinstance(result, aa.AbstractNDArray) is not (xp is np) for result in results):
            raise TypeError("a Hessian-derived method returns the wrong kind of object at the boundary")
        return results

    return function


TRUTH = (0.1, 1.1, 0.02, 0.05, 0.4, 0.01, 0.03)


def model_of(al):
    prior = al.UniformPrior(-9, 9)
    return al.Model(
        al.ModelInstance,
        galaxies=[
            al.Model(al.Galaxy, redshift=0.8, mass_profiles=[al.Model(al.mp.NFWSph, centre=(0.3, 0.1), kappa_s=0.1)]),
            al.Model(
                al.Galaxy,
                redshift=0.5,
                mass_profiles=[
                    al.Model(al.mp.Isothermal, ell_comps=(prior, 0.1), einstein_radius=prior),
                    al.Model(al.mp.PowerLawMultipole, m=4, multipole_comps=(prior, 0.01)),
                ],
            ),
            al.Model(
                al.Galaxy,
                redshift=1.0,
                light_profiles=[al.Model(al.lp.Sersic, ell_comps=(prior, 0.1), effective_radius=prior)],
            ),
        ],
        dataset_model=al.Model(al.DatasetModel, background_sky_level=prior, grid_offset=(prior, 0.0)),
    )


def tracer(al):
    def function(instance, xp):
        each = al.Tracer(instance.galaxies)
        calc = al.LensCalc.from_tracer(each)
        return [
            each.image_2d_from(grid=GRID, xp=xp),
            each.deflections_yx_2d_from(grid=GRID, xp=xp),
            calc.convergence_2d_via_hessian_from(grid=IRREGULAR, xp=xp),
        ]

    return function


def cosmology(al):
    """Distances with free cosmological parameters, by themselves and between the planes of a tracer."""
    galaxies = model_of(al).instance_from_vector(TRUTH).galaxies

    def function(universe, xp):
        traced = al.Tracer(galaxies, cosmology=universe).traced_grid_2d_list_from(grid=IRREGULAR, xp=xp)
        return [universe.scaling_factor_between_redshifts_from(0.3, 0.7, 1.5, xp=xp), traced]

    return function


def dataset_of(al):
    values = np.array([0.3, 0.1, 0.4, 0.2])
    noise = aa.Array2D(np.full(4, 0.3), mask=GRID.mask)
    return al.Imaging(data=aa.Array2D(values, mask=GRID.mask), noise_map=noise)


def fit(al):
    def function(instance, xp):
        each = al.AnalysisImaging(dataset_of(al), use_jax=xp is not np).fit_from(instance)
        return [each.model_image, each.residual_map, each.log_likelihood, each.figure_of_merit]

    return function


def reused_fit(al):
    """A fit whose model image is replaced: properties must follow."""
    fits = {}

    def function(v, xp):
        if xp not in fits:
            instance = al.ModelInstance(galaxies=[al.Galaxy(redshift=1.0)])
            fits[xp] = al.AnalysisImaging(dataset_of(al), use_jax=xp is not np).fit_from(instance)
        each = fits[xp]
        each.model_image = aa.Array2D(values=xp.stack([xp.asarray(v[0] * n) for n in range(4)]), mask=GRID.mask, xp=xp)
        return [each.residual_map, each.chi_squared_map, each.chi_squared, each.log_likelihood, each.figure_of_merit]

    return function


def reused_profile(al):
    """A profile that is given new parameters: properties must follow."""
    profiles = {}

    def function(v, xp):
        profile = profiles.setdefault(xp, al.lp.Sersic())
        images = []
        for index in (v[0], v[1]):
            profile.sersic_index = index
            images.append(profile.image_2d_from(grid=GRID, xp=xp))
        return images

    return function


def fitness(al):
    import jax

    def function(v, xp):
        each = al.Fitness(model_of(al), al.AnalysisImaging(dataset_of(al), use_jax=xp is not np))
        vector = [v[index] for index in range(len(TRUTH))]
        if xp is np:
            return [each.call(vector), each._vmap(np.array([vector] * 2))[0]]
        # Traced and not run: compiling it for every mutant would take longer than all the rest.
        jax.eval_shape(each._vmap, jax.ShapeDtypeStruct((2, len(TRUTH)), np.float64))
        return [each.call(vector), each.call(vector)]

    return function
