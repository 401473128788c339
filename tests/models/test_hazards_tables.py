"""The tables of the hazard study (jax 0.12.0.1, numpy 2.5.5), name by name, against the measured data.

Where the data says more than the study, the difference is spelled out and has a reason.
"""

from __future__ import annotations

from xpcheck.flow import models

STUDY = "py3.12-numpy2.5.5-jax0.12.0.1-scipy1.18.1"


def effects(library: str, effect: str) -> set[str]:
    names = (models.library(name) or models.namespace(name) for name in models.names(library))
    return {entry.name for entry in names if entry is not None and entry.effect == effect}


def in_study(entry: models.Callable) -> bool:
    return not entry.sets or STUDY in entry.sets


def words(text: str) -> set[str]:
    return set(text.split())


PASS_THROUGH = words(
    """
    all amax amin any argmax argmin argsort around cumprod cumsum flip imag isreal max mean min moveaxis permute_dims
    prod real reshape rollaxis round searchsorted squeeze std sum swapaxes take_along_axis transpose unstack var vsplit
    """
)

ALSO_PASS = {"array_split", "split", "hsplit", "dsplit", "repeat"}
"""The study gave the splits a section count that does not divide and ``repeat`` a traced count: they passed nowhere."""

METADATA = words(
    """
    common_type diag_indices_from finfo iscomplexobj isrealobj isscalar iterable ndim result_type shape size
    tril_indices_from triu_indices_from
    """
)

DTYPE_QUESTIONS = {"can_cast", "dtype", "iinfo", "isdtype", "issubdtype", "mintypecode", "promote_types", "typename"}
"""Take dtypes and no arrays, so the study did not count them."""

MISSING_IN_JAX = words(
    """
    array2string asanyarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix base_repr binary_repr bmat
    broadcast busday_count busday_offset busdaycalendar byte bytes_ clongdouble common_type complex256 copyto datetime64
    datetime_as_string datetime_data errstate fix flatiter float128 format_float_positional format_float_scientific
    fromregex genfromtxt get_include getbufsize geterr geterrcall half info intc intp is_busday isfortran isnat loadtxt
    long longdouble longlong matrix may_share_memory memmap min_scalar_type mintypecode ndenumerate ndindex nditer
    nested_iters poly1d putmask real_if_close recarray record require savetxt savez_compressed setbufsize seterr
    seterrcall shares_memory short show_config show_runtime str_ test timedelta64 typename ubyte uintc uintp ulong
    ulonglong ushort void
    """
)

MISSING_IN_NUMPY = words(
    """
    ComplexWarning bfloat16 complex_ float4_e2m1fn float6_e2m3fn float6_e3m2fn float8_e3m4 float8_e4m3
    float8_e4m3b11fnuz float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu float_ int1 int2 int4
    minmax top_k uint1 uint2 uint4
    """
)

VALUE_SHAPED = {
    "argwhere": ("size",),
    "bincount": ("length",),
    "compress": ("size",),
    "extract": ("size",),
    "flatnonzero": ("size",),
    "intersect1d": ("size",),
    "nonzero": ("size",),
    "roots": ("strip_zeros",),
    "setdiff1d": ("size",),
    "setxor1d": ("size",),
    "trim_zeros": (),
    "union1d": ("size",),
    "unique": ("size",),
    "unique_all": ("size",),
    "unique_counts": ("size",),
    "unique_inverse": ("size",),
    "unique_values": ("size",),
    "where": ("size",),
}


def test_functions_that_pass_by_accident() -> None:
    assert effects("numpy", "passes") == {f"numpy.{name}" for name in PASS_THROUGH | ALSO_PASS}


def test_functions_that_read_metadata() -> None:
    assert effects("numpy", "metadata") == {f"numpy.{name}" for name in METADATA | DTYPE_QUESTIONS}


def test_functions_that_answer_wrongly() -> None:
    assert effects("numpy", "silent") == {"numpy.array_equal", "numpy.array_equiv"}


def test_builders() -> None:
    builders = effects("numpy", "builder")
    for name in ("zeros", "ones", "empty", "full", "arange", "linspace", "eye", "identity", "indices", "tri"):
        assert f"numpy.{name}" in builders
    assert not builders & {"numpy.array", "numpy.asarray", "numpy.zeros_like", "numpy.meshgrid"}


def test_names_that_jax_lacks() -> None:
    measured = {
        entry.name.removeprefix("numpy.")
        for entry in (models.library(name) for name in models.names("numpy"))
        if entry is not None
        and entry.missing_in_jax
        and entry.effect != "constant"
        and STUDY in (entry.sets or (STUDY,))
    }
    assert {name for name in measured if "." not in name} == MISSING_IN_JAX
    assert models.library("numpy.linalg.LinAlgError").missing_in_jax  # type: ignore[union-attr]


def test_names_that_numpy_lacks() -> None:
    measured = {
        entry.name.removeprefix("jax.numpy.")
        for entry in (models.namespace(name) for name in models.names("jax.numpy"))
        if entry is not None and entry.missing_in_numpy and in_study(entry)
    }
    assert {name for name in measured if "." not in name} == MISSING_IN_NUMPY


def test_value_dependent_shapes_and_their_cures() -> None:
    measured = {
        name.removeprefix("jax.numpy."): entry.cure
        for name in models.names("jax.numpy")
        if (entry := models.namespace(name)) is not None and entry.value_shape
    }
    assert measured == VALUE_SHAPED
    assert models.library("numpy.nonzero").value_shape  # type: ignore[union-attr]
    assert models.namespace("jax.numpy.where").value_shape_args == 1  # type: ignore[union-attr]


def test_cures_of_single_arguments() -> None:
    repeat = models.namespace("jax.numpy.repeat")
    assert repeat is not None and repeat.cure == ("total_repeat_length",) and "repeats" in repeat.static_args
    delete = models.namespace("jax.numpy.delete")
    assert delete is not None and delete.cure == ("assume_unique_indices",) and "obj" in delete.static_args


def test_writers() -> None:
    measured = {name for name in models.names("numpy") if (models.library(name) or models.library("math.pi")).inplace}  # type: ignore[union-attr]
    expected = {"add.at", "copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}
    assert measured == {f"numpy.{name}" for name in expected}
    for name in ("fill_diagonal", "place", "put", "put_along_axis"):
        entry = models.namespace(f"jax.numpy.{name}")
        assert entry is not None and entry.cure == ("inplace",), name


def test_static_arguments() -> None:
    for name, parameters in (
        ("zeros", {"shape"}),
        ("arange", {"start", "stop", "step"}),
        ("linspace", {"num", "endpoint", "axis"}),
        ("reshape", {"shape"}),
        ("sum", {"axis", "keepdims"}),
        ("tile", {"reps"}),
        ("pad", {"pad_width"}),
        ("eye", {"N", "M"}),
        ("split", {"indices_or_sections", "axis"}),
    ):
        entry = models.namespace(f"jax.numpy.{name}")
        assert entry is not None and parameters <= set(entry.static_args), name
    assert not models.namespace("jax.numpy.sqrt").static_args  # type: ignore[union-attr]
    assert "fill_value" not in models.namespace("jax.numpy.full").static_args  # type: ignore[union-attr]


def test_lists_that_jax_rejects() -> None:
    for name in ("abs", "sum", "max", "sqrt", "where", "dot", "linspace", "average", "unique", "interp"):
        assert models.namespace(f"jax.numpy.{name}").rejects_list, name  # type: ignore[union-attr]
    for name in ("array", "asarray", "array_equal", "block", "shape", "ndim", "stack", "concatenate", "vstack"):
        assert not models.namespace(f"jax.numpy.{name}").rejects_list, name  # type: ignore[union-attr]
    for name in ("stack", "concatenate", "vstack"):
        assert models.namespace(f"jax.numpy.{name}").rejects_nested_list, name  # type: ignore[union-attr]


def test_keyword_differences() -> None:
    for name, numpy_only, jax_only in (
        ("sin", {"casting", "dtype", "order", "out", "signature", "subok", "where"}, set()),
        ("array", {"like", "order", "subok"}, {"device", "out_sharding"}),
        ("nonzero", set(), {"fill_value", "size"}),
        ("unique", set(), {"fill_value", "size"}),
        ("argsort", {"kind", "order"}, set()),
        ("sum", {"out"}, {"promote_integers"}),
        ("bincount", set(), {"length"}),
        ("fill_diagonal", set(), {"inplace"}),
    ):
        entry = models.library(f"numpy.{name}")
        assert entry is not None, name
        assert numpy_only <= set(entry.numpy_only) and jax_only <= set(entry.jax_only), name
        twin = models.namespace(f"jax.numpy.{name}")
        assert twin is not None and (twin.numpy_only, twin.jax_only) == (entry.numpy_only, entry.jax_only), name


def test_what_jit_stages() -> None:
    for name in ("zeros", "sqrt", "arange", "sum", "array"):
        assert models.namespace(f"jax.numpy.{name}").staged, name  # type: ignore[union-attr]
    for name in ("shape", "ndim", "result_type", "finfo", "iscomplexobj", "issubdtype"):
        assert not models.namespace(f"jax.numpy.{name}").staged, name  # type: ignore[union-attr]


def test_classes_and_constants() -> None:
    for name, effect in (
        ("numpy.pi", "constant"),
        ("numpy.newaxis", "constant"),
        ("numpy.float64", "dtype"),
        ("numpy.floating", "dtype"),
        ("numpy.linalg.LinAlgError", "exception"),
        ("numpy.errstate", "context"),
        ("numpy.printoptions", "context"),
        ("numpy.seterr", "host"),
    ):
        entry = models.library(name)
        assert entry is not None and entry.effect == effect, name
    assert models.library("numpy.float64").raises == "TracerArrayConversionError"  # type: ignore[union-attr]
    float64 = models.namespace("jax.numpy.float64")
    assert float64 is not None and float64.effect == "dtype" and float64.answer(0) == "passes"


def test_rows_of_the_study_that_measuring_contradicts() -> None:
    """Row A05 says that ``np.clip`` passes: its method takes no ``out=``, so NumPy falls back to converting."""
    clip = models.library("numpy.clip")
    assert clip is not None and clip.effect == "breaks" and clip.answer(0) == "TracerArrayConversionError"
