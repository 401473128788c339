"""How other projects get and hand on their namespace: none of it is a finding."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

FACTORY = """
    import numpy as np

    def array_namespace(array):
        if np.isnan(array).any():
            raise ValueError(array)
        return np

    def length_from(vector):
        xp = array_namespace(vector)
        return {root}(xp.sum(vector**2))
"""
HANDED = """
    import numpy as np

    def applied(function, values, xp=np):
        return function(values)

    def root_from(values, xp=np):
        return applied({first}, values)
"""
MULTIMETHOD = """
    import numpy as np
    from backends import multimethod

    def dispatched(function):
        {result}

    @dispatched
    def transform(values):
        return [values]

    def moved_from(values, xp=np):
        return xp.moveaxis(transform(xp.asarray(values)), 0, -1)
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def test_a_function_that_returns_the_namespace_may_be_one_of_the_project(findings) -> None:
    assert codes(findings({"lengths.py": FACTORY.format(root="xp.sqrt")})) == []
    assert codes(findings({"lengths.py": FACTORY.format(root="np.sqrt")})) == ["XP201"]


def test_a_function_of_the_namespace_is_not_the_namespace(findings) -> None:
    assert "XP112" not in codes(findings({"roots.py": HANDED.format(first="xp.sqrt")}))
    assert "XP112" in codes(findings({"roots.py": HANDED.format(first="xp")}))


def test_what_a_decorator_gets_elsewhere_is_no_list(findings) -> None:
    assert "XP209" not in codes(findings({"moving.py": MULTIMETHOD.format(result="return multimethod(function)")}))
    assert "XP209" in codes(findings({"moving.py": MULTIMETHOD.format(result="return function")}))


def test_a_type_test_of_a_library_converts_nothing(findings) -> None:
    text = """
        import numpy as np
        from scipy import sparse

        def sum_from(values, xp=np):
            return values.sum() if sparse.{test}(values) else xp.sum(values)
    """
    assert "XP202" not in codes(findings({"sums.py": text.format(test="issparse")}))
    assert "XP202" in codes(findings({"sums.py": text.format(test="find")}))


def test_the_name_of_the_namespace_among_names(findings) -> None:
    text = """
        import numpy as np

        NUMPY_NAMES = {names}

        def is_numpy(xp):
            return xp.__name__ in NUMPY_NAMES

        def root_from(values, xp=np):
            positive = xp.abs(values)
            if is_numpy(xp):
                return np.sqrt(positive)
            return xp.sqrt(positive)
    """
    for names in ('{"numpy", "compat.numpy"}', '("numpy",)'):
        assert codes(findings({"roots.py": text.replace("{names}", names)})) == []
    assert codes(findings({"roots.py": text.replace("{names}", '{"numpy", "jax.numpy"}')})) == ["XP201"]


def test_a_name_that_a_package_puts_together(findings) -> None:
    """Vendored copies compare with the name that they have in the package around them."""
    helpers = """
        def package_name():
            return __name__.removesuffix(".helpers")

        def is_numpy(xp):
            return xp.__name__ in {"numpy", {package} + ".numpy"}
    """
    user = """
        import numpy as np
        from pkg.compat.helpers import is_numpy

        def root_from(values, xp=np):
            values = xp.abs(values)
            return np.sqrt(values) if is_numpy(xp) else xp.sqrt(values)
    """
    files = {"pkg/__init__.py": "", "pkg/compat/__init__.py": "", "pkg/roots.py": user}
    for package, expected in (("package_name()", []), ('"jax"', ["XP201"])):
        helper = helpers.replace("{package}", package)
        assert codes(findings({**files, "pkg/compat/helpers.py": helper})) == expected


def test_what_has_no_shape_is_no_array_of_jax(findings) -> None:
    text = """
        import numpy as np

        def size_from(values):
            if not hasattr(values, "{name}"):
                values = np.asarray(values)
            return values.shape[0]

        def mean_from(values, xp=np):
            values = xp.abs(values)
            return xp.sum(values) / size_from(values)
    """
    assert codes(findings({"means.py": text.format(name="shape")})) == []
    # Not all arrays have it.
    assert codes(findings({"means.py": text.format(name="strides")})) == ["XP103"]


def test_a_conversion_says_nothing_of_what_its_operand_was_computed_from(findings) -> None:
    text = """
        import numpy as np

        def rows_from(count):
            return [0.5 * count, 1.0]

        def root_from(values, count, xp=np):
            rows = xp.asarray({operand})
            if count > 1:
                return rows
            return xp.sqrt(xp.abs(values))
    """
    assert codes(findings({"roots.py": text.format(operand="rows_from(count)")})) == []
    assert codes(findings({"roots.py": text.format(operand="count")})) == ["XP303"]


def test_a_tuple_is_only_one_of_the_things_that_an_annotation_allows(findings) -> None:
    text = """
        import numpy as np

        def applied(function, values) -> {promise}:
            return function(values)

        def mean_from(function, values, xp=np):
            return xp.mean(applied(function, xp.abs(values)))
    """
    assert "XP209" not in codes(findings({"means.py": text.format(promise='"Array" | tuple["Array", ...]')}))
    assert "XP209" in codes(findings({"means.py": text.format(promise='tuple["Array", ...]')}))


def test_a_factory_may_give_more_than_the_namespace(findings) -> None:
    text = """
        import numpy as np
        from backends import get_namespace

        def root_from(values):
            xp, is_compliant = get_namespace(values)
            values = xp.abs(values)
            return {root}.sqrt(values) if is_compliant else values
    """
    assert codes(findings({"roots.py": text.format(root="xp")})) == []
    assert codes(findings({"roots.py": text.format(root="np")})) == ["XP201"]


def test_no_array_of_jax_is_an_object_of_another_library(findings) -> None:
    text = """
        import numpy as np
        from scipy import sparse

        def largest_from(values, xp=np):
            if sparse.{test}(values):
                values = np.asarray(values.data)
            return xp.max(xp.abs(values))
    """
    assert codes(findings({"sums.py": text.format(test="issparse")})) == []
    assert codes(findings({"sums.py": text.format(test="isfinite")})) != []


def test_beside_arrays_that_are_asked_for_their_namespace_numbers_are_settings(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        class Model:
            def __init__(self, scale=1.0):
                self.scale = scale

            def fit(self, values{parameter}):
                {bound}
                if self.scale > 2.0:
                    return values
                return xp.exp(values) * xp.sqrt(self.scale)
    """
    inferred = text.format(parameter="", bound="xp = array_namespace(values)")
    given = text.format(parameter=", xp=np", bound="pass")
    assert codes(findings({"models.py": inferred})) == []
    assert codes(findings({"models.py": given})) == ["XP303"]


def test_who_would_ask_the_arrays_builds_no_component_of_a_model(findings) -> None:
    text = """
        import numpy as np
        from backends import array_namespace

        class Model:
            def __init__(self, scale=1.0):
                self.scale = scale

            def fit(self, values, xp={default}):
                {bound}
                self.total = xp.sum(values) * xp.sqrt(self.scale)
                return self
    """
    asking = text.format(default="None", bound="xp = array_namespace(values) if xp is None else xp")
    assert codes(findings({"models.py": asking})) == []
    assert codes(findings({"models.py": text.format(default="np", bound="pass")})) == ["XP403"]


def test_an_array_gives_its_namespace_by_the_protocol(findings) -> None:
    text = """
        import numpy as np

        def slope_from(values):
            xp = values.__array_namespace__()
            if xp.__name__ in {"numpy", "jax.numpy"}:
                return xp.gradient(values)
            return xp.asarray(np.gradient(np.asarray(values)))

        def norm_from(values):
            xp = values.__array_namespace__()
            return xp.concat([np.sqrt(xp.sum(values)), values])
    """
    assert codes(findings({"slopes.py": text})) == ["XP201"]


def test_names_of_the_standard_are_there_in_what_uses_a_package_of_the_standard(findings) -> None:
    text = """
        import numpy as np
        {line}

        def joined_from(left, right, xp=np):
            return xp.concat([left, right])
    """
    package = {
        "lib/__init__.py": "",
        "lib/sums.py": "def total(values):\n    return values.__array_namespace__().sum(values)\n",
    }
    assert codes(findings({**package, "app/__init__.py": "", "app/joins.py": text.format(line="import lib")})) == []
    assert codes(findings({**package, "app/joins.py": text.format(line="import os")})) == ["XP209"]


def test_a_library_says_which_backend_the_namespace_is(findings) -> None:
    text = """
        import numpy as np
        import array_api_compat as aac
        from array_api_compat import {test}

        def filled_from(values):
            xp = aac.array_namespace(values)
            result = xp.zeros_like(values)
            if {condition}:
                result = result.at[0].set(1.0)
            else:
                result[0] = 1.0
            return result
    """
    for test, condition in (
        ("is_jax_namespace", "is_jax_namespace(xp)"),
        ("is_numpy_namespace", "not is_numpy_namespace(xp)"),
    ):
        assert codes(findings({"fills.py": text.format(test=test, condition=condition)})) == []
    unknown = findings({"fills.py": text.format(test="size", condition="aac.size(values) > 3")})
    assert {item.code for item in unknown} == {"XP203", "XP209"}
    torch = text.format(test="is_torch_namespace", condition="is_torch_namespace(xp)")
    assert codes(findings({"fills.py": torch})) == ["XP203"]


QUESTION = """
    import numpy as np
    import array_api_compat
    from array_api_compat import is_jax_array, is_numpy_array, is_torch_array

    def added_from(values, increments):
        xp = array_api_compat.array_namespace(values)
        values = xp.abs(values)
        if {test}(values):
            return values.at[0].add(increments)
        {otherwise}
        values[0] = values[0] + increments
        return values
"""


def test_a_library_says_whose_array_a_value_is(findings) -> None:
    raising = "raise TypeError(values)"
    assert codes(findings({"adds.py": QUESTION.format(test="is_jax_array", otherwise="")})) == []
    not_numpy = QUESTION.format(test="not is_numpy_array", otherwise="")
    assert codes(findings({"adds.py": not_numpy})) == []
    # No array of JAX comes into the branch: what follows it meets them all.
    assert codes(findings({"adds.py": QUESTION.format(test="is_torch_array", otherwise="")})) == ["XP203"]
    # The other way round.
    numpy = QUESTION.format(test="is_numpy_array", otherwise=raising)
    assert codes(findings({"adds.py": numpy})) == ["XP209"]


@pytest.mark.parametrize(
    ("library", "test", "expected"),
    [
        ("array_api_compat", "is_jax_array", []),
        ("array_api_compat", "is_array_api_obj", ["XP209"]),
        ("pkg.externals.array_api_compat", "is_jax_array", []),
        ("pkg.externals.array_api_compat", "is_array_api_obj", ["XP209"]),
        ("pkg.externals.array_api_compat", "_is_special", ["XP209"]),
        ("pkg.externals.other", "is_jax_array", ["XP209"]),
    ],
)
def test_who_would_ask_an_array_knows_in_the_numpy_run_whose_it_is(
    findings, library: str, test: str, expected: list[str]
) -> None:
    """By a copy of the library that the package holds, too."""
    text = f"""
        from {library} import array_namespace, {test}

        def counted_from(values, *, xp=None):
            if xp is None:
                xp = array_namespace(values)
            if {test}(values):
                return xp.unique_counts(values, size=values.size)
            return xp.sum(values)
    """
    copied = """
        def array_namespace(*arrays): ...

        def is_jax_array(x):
            return _is_special(x)

        def is_array_api_obj(x):
            return hasattr(x, "__array_namespace__")

        def _is_special(x):
            return type(x).__module__ == TABLE[0]
    """
    held = {"pkg/__init__.py": "", "pkg/externals/__init__.py": ""}
    copies = {f"pkg/externals/{name}.py": copied for name in ("array_api_compat", "other")}
    assert codes(findings({**held, **copies, "pkg/counts.py": text})) == expected


def test_without_a_namespace_the_branches_know_whose_array_it_is(findings) -> None:
    text = """
        import numpy as np
        import array_api_compat

        def plain_from(step):
            {test}
            return step

        def decayed_from(step, xp=np):
            return xp.exp(-plain_from(xp.abs(step)))
    """
    converted = "step = np.asarray(step)"
    test = f"if not array_api_compat.is_array_api_obj(step):\n                {converted}"
    assert codes(findings({"steps.py": text.format(test=test)})) == []
    test = f"if array_api_compat.is_array_api_obj(step):\n                {converted}"
    assert codes(findings({"steps.py": text.format(test=test)})) == ["XP103"]
    test = f"if array_api_compat.is_torch_array(step):\n                {converted}"
    assert codes(findings({"steps.py": text.format(test=test)})) == []


def test_a_switch_without_which_the_factory_gives_numpy_is_on_under_jax(findings) -> None:
    factory = """
        import os
        import numpy as np

        ARRAY_API = bool(os.environ.get("ARRAY_API"))
        {other}

        def array_namespace(*arrays):
            '''The namespace of arrays.'''
            {first}
                return np
            return arrays[0].__array_namespace__()
    """
    user = """
        import numpy as np
        from pkg.namespaces import ARRAY_API, array_namespace

        def norm_from(values):
            xp = array_namespace(values)
            if ARRAY_API:
                return xp.linalg.vector_norm(values)
            return np.linalg.norm(values)
    """
    files = {"pkg/__init__.py": "", "pkg/norms.py": user}

    def found(first: str, other: str = "") -> list[str]:
        return codes(findings({**files, "pkg/namespaces.py": factory.format(first=first, other=other)}))

    assert found("if not ARRAY_API:") == []
    assert found("if ARRAY_API:") == ["XP201"]
    assert found("if not OTHER:", "OTHER = bool(os.environ.get('OTHER'))") == ["XP201"]
    assert found("if not ARRAY_API or not arrays:") == ["XP201"]


def test_texts_and_objects_are_arrays_of_numpy(findings) -> None:
    """What is asked for its namespace together with them is so, too."""
    text = """
        import numpy as np
        from backends import array_namespace

        def unknown_in(values, known):
            xp = array_namespace({asked})
            magnitudes = xp.abs(values), xp.abs(known)
            {first}
                return sorted(known), float(values[0])
            return magnitudes
    """
    tests = (
        'if not xp.isdtype(values.dtype, "numeric"):',
        'if not xp.isdtype(values.dtype, ("integral", "real floating", "complex floating")):',
        "if values.dtype == object:",
        "if xp.sum(values.shape) > 1 and values.dtype == np.object_:",
        'if values.dtype.kind in "OUS":',
        'if values.dtype.kind in ("O", "U"):',
    )
    for first in tests:
        assert codes(findings({"sets.py": text.format(asked="values, known", first=first)})) == []
        apart = text.format(asked="values", first=first)
        assert codes(findings({"sets.py": apart})) == ["XP304"]
    others = (
        'if xp.isdtype(values.dtype, "numeric"):',
        'if not xp.isdtype(values.dtype, "real floating"):',
        "if values.dtype != object:",
        'if values.dtype.kind in "fc":',
        'if values.dtype.kind not in "OUS":',
    )
    for first in others:
        found = codes(findings({"sets.py": text.format(asked="values, known", first=first)}))
        assert sorted(found) == ["XP204", "XP304"]


def test_who_binds_a_function_to_other_namespaces_needs_it_for_these(findings) -> None:
    binder = """
        def bound_to(xp):
            def inner(function):
                def bound(*args, **kwargs):
                    return function(*args, xp=xp, **kwargs)
                return bound
            return inner
    """
    generic = """
        def sign(values, xp):
            out = xp.abs(values)
            out[values == 0] = 0
            return out
    """
    bound = """
        import {module} as first
        import numpy as np
        from pkg.binding import bound_to
        from pkg import generic
        {more}

        sign = bound_to(first)(generic.sign)
    """
    files = {"pkg/__init__.py": "", "pkg/binding.py": binder, "pkg/generic.py": generic}

    def found(module: str, more: str = "", **other: str) -> list[str]:
        report = findings({**files, **other, "pkg/bound.py": bound.format(module=module, more=more)})
        return [code for code in codes(report) if code != "XP601"]

    assert found("numpy") == found("torch") == []
    assert found("jax.numpy") == ["XP203"]
    assert found("numpy", "jax_sign = bound_to(jnp)(generic.sign); import jax.numpy as jnp") == ["XP203"]
    called = (
        "from pkg.generic import sign as other\n\n        def f(x, xp):\n            return other(xp.abs(x), xp=xp)"
    )
    assert found("numpy", called) == ["XP203"]
    optional = generic.replace("def sign(values, xp)", "import numpy as np\n\n        def sign(values, xp=np)")
    assert found("numpy", **{"pkg/generic.py": optional}) == ["XP203"]


def test_scalars_of_numpy_and_texts_of_types_are_no_arrays_of_jax(findings) -> None:
    text = """
        import numpy as np

        def plain_from(value, xp=np):
            value = xp.abs(value)
            if {test}:
                value = value.item()
            return value
    """
    for test in ("isinstance(value, np.float64)", "isinstance(value, (float, np.int32))"):
        assert codes(findings({"values.py": text.format(test=test)})) == []
    assert codes(findings({"values.py": text.format(test="value.ndim == 0")})) == ["XP204"]
    assert codes(findings({"values.py": text.format(test='value.__module__.startswith("pandas")')})) == ["XP204"]
    assert "XP303" in codes(findings({"values.py": text.format(test="value.real")}))


def test_one_array_alone_gives_one_back(findings) -> None:
    text = """
        import numpy as np

        def root_from(covariance, xp=np):
            return xp.sqrt(xp.diag({given}))
    """
    assert codes(findings({"roots.py": text.format(given="xp.atleast_2d(covariance)")})) == []
    two = text.format(given="xp.atleast_2d(covariance, covariance)")
    assert "XP209" in codes(findings({"roots.py": two}))


def test_beside_a_twin_that_is_built_with_the_namespace_a_class_stays_with_numpy(findings) -> None:
    text = """
        import numpy as np
        from backends import get_namespace

        class Loss:
            def __init__(self, scale=None, xp=None):
                self.scale = scale
                self.xp = xp

            def total(self, values):
                return np.sqrt(self.xp.sum(values))

            def mean(self, values):
                return np.exp(self.xp.mean(values))

        class OtherLoss(Loss):
            pass

        class AnyLoss(Loss):
            def total(self, values):
                return {total}

        def fitted(values):
            xp, compliant = get_namespace(values)
            loss = AnyLoss({twin}) if compliant else Loss({given})
            return loss, xp.abs(values)
    """

    def found(total: str = "self.xp.sum(values)", twin: str = "xp=xp", given: str = "") -> list[int]:
        report = findings({"losses.py": text.format(total=total, twin=twin, given=given)})
        return [item.span.line for item in report if item.code == "XP201" and item.level is not Level.POSSIBLE]

    # What the twin takes over runs with any namespace.
    assert found() == found(twin="None, xp") == [14]
    assert found(total="super().total(values)") == [11, 14]
    assert found(given="xp=xp") == [11, 14]
    assert found(twin="") == [11, 14]
