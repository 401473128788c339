"""Looking names up: measured entries, documented defaults, project models on top."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xpcheck.flow import models


def test_a_measured_name() -> None:
    where = models.library("numpy.where")
    assert where is not None
    assert (where.effect, where.raises, where.jax) == ("breaks", "TracerArrayConversionError", "jax.numpy.where")
    assert where.value_shape and where.value_shape_args == 1 and where.cure == ("size",)


def test_an_unknown_name_of_a_known_library_has_its_default() -> None:
    for name, effect in (
        ("numpy.no_such_function", "breaks"),
        ("numpy.testing.assert_allclose", "breaks"),
        ("numpy.random.normal", "random"),
        ("numpy.random.default_rng", "random"),
        ("numpy.typing.NDArray", "constant"),
        ("scipy.no_such_package.function", "breaks"),
        ("scipy.stats.norm.cdf", "breaks"),
        ("statistics.harmonic_mean", "breaks"),
        ("cmath.sqrt", "breaks"),
    ):
        found = models.library(name)
        assert found is not None and found.effect == effect and not found.measured, name


@pytest.mark.parametrize("name", ["numpy", "numpy.linalg", "numpy.random", "scipy.stats", "pathlib.Path", "os.path"])
def test_modules_and_strangers_have_no_answer(name: str) -> None:
    assert models.library(name) is None


def test_ufunc_methods_are_those_of_every_ufunc() -> None:
    at = models.library("numpy.subtract.at")
    assert at is not None and at.inplace and at.name == "numpy.subtract.at"
    reduce = models.library("numpy.maximum.reduce")
    assert reduce is not None and reduce.effect == "breaks"
    assert models.namespace("jax.numpy.add.at") is not None
    assert models.library("numpy.zeros.at") is not None  # no ufunc: the default of the library
    assert not models.library("numpy.zeros.at").measured  # type: ignore[union-attr]


def test_private_modules_are_seen_through() -> None:
    assert models.library("numpy.core.multiarray.where") == models.library("numpy.where")


def test_namespace_answers_for_jax_only() -> None:
    assert models.namespace("jax.numpy.sqrt") is not None
    assert models.namespace("numpy.sqrt") is None
    assert models.namespace("jax.numpy.errstate") is None
    assert models.namespace("jax.numpy.no_such_function") is None
    assert models.namespace("jax.scipy.special.erf") is not None
    assert models.namespace("jax.nn.relu") is not None


def test_slots_answer_by_position_and_by_name() -> None:
    linspace = models.library("numpy.linspace")
    assert linspace is not None
    assert linspace.answer(2) == linspace.answer("num") == "TracerIntegerConversionError"
    assert linspace.answer(1) == "TracerArrayConversionError"
    total = models.library("numpy.sum")
    assert total is not None
    assert total.answer(0) == "passes" and total.answer("axis") == "TracerIntegerConversionError"
    meshgrid = models.library("numpy.meshgrid")
    assert meshgrid is not None and meshgrid.slot(7) == meshgrid.slot(0)
    unknown = models.library("numpy.no_such_function")
    assert unknown is not None and unknown.answer(0) == "TracerArrayConversionError"
    assert models.library("numpy.pi").answer(0) == "metadata"  # type: ignore[union-attr]


def test_shapes_of_results() -> None:
    for name, elements in (
        ("numpy.linalg.eigh", 2),
        ("numpy.histogram", 2),
        ("numpy.divmod", 2),
        ("numpy.modf", 2),
        ("numpy.unique_all", 4),
        ("numpy.linalg.svd", 3),
    ):
        found = models.library(name)
        assert found is not None and found.elements == elements, name
    for name in ("numpy.nonzero", "numpy.meshgrid", "numpy.sqrt"):
        found = models.library(name)
        assert found is not None and found.elements is None, name


def test_methods() -> None:
    effects = {
        "shape": "static",
        "ndim": "static",
        "dtype": "static",
        "size": "static",
        "__len__": "static",
        "sum": "traced",
        "T": "traced",
        "reshape": "traced",
        "real": "traced",
        "at": "traced",
        "copy": "traced",
        "item": "breaks",
        "tolist": "breaks",
        "tobytes": "breaks",
        "__float__": "breaks",
        "__bool__": "breaks",
        "sort": "inplace",
        "fill": "inplace",
        "put": "inplace",
        "resize": "inplace",
        "partition": "inplace",
        "__setitem__": "inplace",
        "flags": "missing",
        "strides": "missing",
        "base": "missing",
    }
    for name, effect in effects.items():
        found = models.method(name)
        assert found is not None and found.effect == effect, name
    assert models.method("no_such_method") is None
    assert models.method("sort").on_jax and not models.method("fill").on_jax  # type: ignore[union-attr]
    assert models.method("shape").callable is False  # type: ignore[union-attr]
    assert models.method("at").on_numpy is False  # type: ignore[union-attr]


def test_builtins() -> None:
    for name, effect, raises in (
        ("float", "breaks", "ConcretizationTypeError"),
        ("int", "breaks", "ConcretizationTypeError"),
        ("bool", "breaks", "TracerBoolConversionError"),
        ("max", "breaks", "TracerBoolConversionError"),
        ("sorted", "breaks", "TracerBoolConversionError"),
        ("range", "breaks", "TracerIntegerConversionError"),
        ("hash", "breaks", "TypeError"),
        ("abs", "passes", ""),
        ("sum", "passes", ""),
        ("round", "passes", ""),
        ("divmod", "passes", ""),
        ("len", "metadata", ""),
        ("str", "silent", ""),
        ("isinstance", "silent", ""),
    ):
        found = models.library(f"builtins.{name}")
        assert found is not None and (found.effect, found.raises) == (effect, raises), name


def test_names_and_variants() -> None:
    listed = list(models.names("numpy.linalg"))
    assert listed == sorted(listed) and "numpy.linalg.norm" in listed and "numpy.sum" not in listed
    assert not list(models.names("pathlib"))
    assert [entry.name for entry in models.variants("math.sqrt")] == ["math.sqrt"]
    assert models.variants("pathlib.Path") == ()
    assert len(models.version_sets()) >= 2


def test_the_newest_version_set_answers() -> None:
    newest = list(models.version_sets())[-1]
    for name in models.names("numpy"):
        answer = models.library(name)
        assert answer is not None
        if any(newest in entry.sets for entry in models.variants(name)):
            assert newest in answer.sets, name


def test_import_reads_no_data_and_no_libraries() -> None:
    code = (
        "import sys, xpcheck.flow.models as m; from xpcheck.flow.models import measured as d;"
        "assert not d.callables.cache_info().currsize;"
        "m.library('numpy.sum'); m.transform('jax.jit');"
        "print(sorted({'numpy', 'jax', 'scipy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
