"""The parity harness sees each kind of problem, in the modes that can see it."""

import jax.numpy as jnp
import numpy as np
import pytest

import autoarray_min as aa
from autoarray_min.testing import ALL_MODES, leaves, parity


def report_of(function, **options):
    return parity(function, lambda v: v, [0.5, 2.0], **options)


def test_all_is_well():
    report = report_of(lambda v, xp: {"a": [xp.sqrt(v[0])], "b": (v[1], None)}, modes=ALL_MODES)
    assert report.ok
    assert str(report).splitlines() == [f"{mode:<10} ok" for mode in ALL_MODES]


def test_a_dropped_namespace_is_seen_by_tracers_only_and_noticed_on_the_host():
    report = report_of(lambda v, xp: np.sqrt(v[0]), modes=ALL_MODES)
    assert report.saw == ("vmap", "jit_traced")
    assert report["eager"].on_host
    assert "left on the host" in str(report)


def test_a_computed_constant_is_seen_by_jit_and_not_by_vmap():
    """`jnp.arange` is staged under jit: a tracer there, concrete under vmap."""
    report = report_of(lambda v, xp: v[0] * np.sqrt(xp.arange(3.0)), modes=ALL_MODES)
    assert report.saw == ("jit", "jit_traced")


def test_a_wrong_value_is_seen():
    report = report_of(lambda v, xp: v[0] + (0.1 if xp is jnp else 0.0))
    assert report.saw == ("eager", "jit", "vmap")
    assert "differ by up to 0.1" in report["vmap"].problem


def test_a_value_shared_by_the_batch_is_seen_by_vmap_only():
    report = report_of(lambda v, xp: xp.asarray(0.5))
    assert report.ok
    cache = {}
    shared = report_of(lambda v, xp: v[0] if xp is np else cache.setdefault("value", xp.asarray(0.5)) + 0 * v[0])
    assert shared.saw == ("vmap",)


def test_shapes_counts_and_expectations_are_compared():
    assert report_of(lambda v, xp: [v[0]] * (1 if xp is np else 2))["eager"].problem == "2 values instead of 1"
    assert "shape" in report_of(lambda v, xp: xp.ones(2 if xp is np else 3) * v[0])["eager"].problem
    assert report_of(lambda v, xp: v[0], expected=0.7).saw == ("numpy",)


def test_a_failing_numpy_run_leaves_nothing_to_compare_with():
    def function(v, xp):
        if xp is np:
            raise RuntimeError("no")
        return v[0]

    report = report_of(function)
    assert report.saw == ("numpy",)
    with pytest.raises(AssertionError, match="numpy      RuntimeError: no"):
        report.check()


def test_unknown_modes_are_an_error():
    with pytest.raises(ValueError, match="unknown modes"):
        report_of(lambda v, xp: v, modes=("numpy", "pmap"))


def test_wrappers_are_unwrapped():
    assert [value.tolist() for value in leaves([aa.ArrayIrregular([1.0]), {"x": 2.0}, None])] == [[1.0], 2.0]
