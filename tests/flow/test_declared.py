"""Code that a decorator declares never to be traced runs on the host, and so do the helpers that only it uses."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

SOURCE = """
    import numpy as np
    from scipy._lib._array_api import xp_capabilities

    {decorator}
    def root_from(values, xp=np):
        values = xp.abs(values)
        return {helper}(np.sqrt(values), xp=xp)

    def {helper}(values, xp=np):
        values = xp.abs(values)
        return np.exp(values)
"""


def lines(found) -> list[int]:
    return [item.span.line for item in found if item.code == "XP201" and item.level is not Level.POSSIBLE]


@pytest.mark.parametrize(
    ("decorator", "helper", "expected"),
    [
        ("@xp_capabilities(np_only=True)", "_exp_from", []),
        ("@xp_capabilities(cpu_only=True, jax_jit=False)", "_exp_from", []),
        ('@xp_capabilities(skip_backends=[("jax.numpy", "no mutation")])', "_exp_from", []),
        # Who else calls a public helper is not seen.
        ("@xp_capabilities(np_only=True)", "exp_from", [12]),
        ("@xp_capabilities(jax_jit=True)", "_exp_from", [8, 12]),
        ('@xp_capabilities(skip_backends=[("torch", "no mutation")])', "_exp_from", [8, 12]),
        ("@xp_capabilities()", "_exp_from", [8, 12]),
    ],
)
def test_what_a_decorator_declares(findings, decorator: str, helper: str, expected: list[int]) -> None:
    assert lines(findings({"roots.py": SOURCE.format(decorator=decorator, helper=helper)})) == expected


@pytest.mark.parametrize(("said", "expected"), [("jax_jit=False", []), ("cpu_only=True", [8, 12])])
def test_a_declaration_may_have_a_name(findings, said: str, expected: list[int]) -> None:
    text = SOURCE.format(decorator="@compiled", helper="_exp_from")
    named = f"_array_api import xp_capabilities; compiled = xp_capabilities({said})"
    assert lines(findings({"roots.py": text.replace("_array_api import xp_capabilities", named)})) == expected


def test_a_helper_that_others_use_too_is_not_for_the_host(findings) -> None:
    text = SOURCE.format(decorator="@xp_capabilities(np_only=True)", helper="_exp_from")
    other = """
        import numpy as np
        from pkg.roots import _exp_from

        def image_from(values, xp=np):
            return _exp_from(values, xp=xp)
    """
    assert lines(findings({"pkg/__init__.py": "", "pkg/roots.py": text, "pkg/images.py": other})) == [12]


def test_a_table_declares_functions_by_their_names(findings) -> None:
    functions = SOURCE.format(decorator="", helper="_exp_from")
    table = """
        from scipy._lib._array_api import xp_capabilities
        from pkg import roots

        CAPABILITIES = {{
            "root_from": xp_capabilities({option}),
        }}
    """
    files = {"pkg/__init__.py": "", "pkg/roots.py": functions}
    assert lines(findings({**files, "pkg/capabilities.py": table.format(option="jax_jit=False")})) == []
    assert lines(findings({**files, "pkg/capabilities.py": table.format(option="marray=True")})) == [8, 12]
    delegated = 'cpu_only=True, exceptions=["cupy", "jax.numpy"]'
    assert lines(findings({**files, "pkg/capabilities.py": table.format(option=delegated)})) == []
    # A function that stands there itself is the one that JAX runs.
    decorated = SOURCE.format(decorator=f"@xp_capabilities({delegated})", helper="_exp_from")
    assert lines(findings({"roots.py": decorated})) == [8, 12]


def test_nothing_is_said_against_what_a_decorator_declares(findings) -> None:
    """A comment that a traced value contradicts is reported; a decorator is a promise to users, not to us."""
    text = SOURCE.format(decorator="@xp_capabilities(np_only=True)", helper="_exp_from")
    assert "XP904" not in [item.code for item in findings({"roots.py": text})]


ESTIMATORS = """
    import numpy as np
    from backends import get_namespace

    class Base:
        def __tags__(self):
            return Tags()

    class Model(Base):
        def __init__(self, solver="svd"):
            self.solver = solver

        def __tags__(self):
            tags = super().__tags__()
            {statement}
            return tags

        def fit(self, values):
            xp, _ = get_namespace(values)
            values = xp.abs(values)
            if self.solver == "dense":
                return np.exp(values)
            return np.sqrt(values)
""".replace("__tags__", "__sklearn_tags__")


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("tags.array_api_support = False", []),
        ("tags.sparse = True", []),
        ("tags.array_api_support = True", [22, 23]),
        ('tags.array_api_support = self.solver == "svd"', [23]),
        ('tags.array_api_support = self.base.array_api_support and self.solver == "dense"', [22]),
        # What is not understood says nothing.
        ('tags.array_api_support = self.solver in ("svd", "dense")', [22, 23]),
        ('if self.solver: tags.array_api_support = self.solver == "svd"', [22, 23]),
    ],
)
def test_what_a_class_declares_of_its_objects(findings, statement: str, expected: list[int]) -> None:
    assert lines(findings({"models.py": ESTIMATORS.replace("{statement}", statement)})) == expected


def test_a_method_belongs_to_all_classes_whose_objects_run_it(findings) -> None:
    """Also those that call it from their own; private classes are parts of others, and no root means no protocol."""
    text = ESTIMATORS.replace("{statement}", "tags.sparse = True")
    below = """
        from pkg.models import Model

        class Able(Model):
            def __sklearn_tags__(self):
                tags = super().__sklearn_tags__()
                tags.array_api_support = True
                return tags

            def fit(self, values):
                return {body}
    """

    def found(text: str, body: str = "") -> list[int]:
        files = {"pkg/__init__.py": "", "pkg/models.py": text}
        if body:
            files["pkg/able.py"] = below.format(body=body)
        return lines(item for item in findings(files) if item.path == "pkg/models.py")

    assert found(text) == found(text, body="values") == []
    assert found(text, body="super().fit(values)") == [22, 23]
    assert found(text.replace("class Model", "class _Model")) == [22, 23]
    assert found(text.replace("class Model(Base)", "class Model(Unseen)")) == [22, 23]


ROOTS = """
    import numpy as np
    from scipy._lib._array_api import xp_capabilities
    {imports}

    @xp_capabilities({option})
    def root_from(values, xp=np):
        return {helper}(np.sqrt(values), xp=xp)
"""
HELPER = """
    import numpy as np

    def exp_from(values, xp=np):
        values = xp.abs(values)
        return np.exp(values)
"""


def test_what_nobody_exports_from_a_private_module_is_a_helper(findings) -> None:
    """The rule of PEP 8: what an internal module holds is internal, and importing it elsewhere makes it public."""
    option = "jax_jit=False"
    package = {
        "pkg/__init__.py": "",
        "pkg/_roots.py": ROOTS.format(imports="from pkg._helpers import exp_from", option=option, helper="exp_from"),
        "pkg/_helpers.py": HELPER,
    }
    assert lines(findings(package)) == []
    assert lines(findings({**package, "pkg/__init__.py": "from pkg._helpers import exp_from\n"})) == [6]
    exported = HELPER.replace("import numpy as np", '__all__ = ["exp_from"]; import numpy as np')
    assert lines(findings({**package, "pkg/_helpers.py": exported})) == [6]
    assert lines(findings({**package, "pkg/helpers.py": "from pkg._helpers import *\n"})) == [6]
    roots = package["pkg/_roots.py"].replace("._helpers", ".helpers")
    assert lines(findings({**package, "pkg/_helpers.py": "", "pkg/helpers.py": HELPER, "pkg/_roots.py": roots})) == [6]


def test_who_means_another_function_of_the_name_is_no_user(findings) -> None:
    imports = "from pkg import _helpers as helpers"
    other = """
        import numpy as np
        {line}

        def image_from(values, xp=np):
            values = xp.abs(values)
            return {call}(values)
    """
    package = {
        "pkg/__init__.py": "",
        "pkg/_roots.py": ROOTS.format(imports=imports, option="np_only=True", helper="helpers.exp_from"),
        "pkg/_helpers.py": HELPER,
    }

    def found(line: str, call: str) -> list[str]:
        events = findings({**package, "pkg/images.py": other.format(line=line, call=call)})
        return [item.path for item in events if item.code in {"XP201", "XP101"} and item.level is not Level.POSSIBLE]

    assert found("from lib import exp_from", "exp_from") == []
    assert found("import lib", "lib.exp_from") == []
    assert "pkg/_helpers.py" in found("from pkg._helpers import exp_from", "exp_from")
    assert "pkg/_helpers.py" in found("from pkg import _helpers", "_helpers.exp_from")
    # What is looked up on something that is not known may be any module.
    assert "pkg/_helpers.py" in found("", "values.exp_from")


def test_a_private_table_of_helpers_is_used_by_who_looks_something_up_in_it(findings) -> None:
    text = """
        import numpy as np
        from scipy._lib._array_api import xp_capabilities

        def _exp_from(values, xp):
            values = xp.abs(values)
            return np.exp(values)

        {table} = {{"exp": _exp_from}}
        {more}

        @xp_capabilities({option})
        def values_from(values, name, xp=np):
            return {table}[name](values, xp=xp)
    """
    texts = {"option": "np_only=True", "table": "_METHODS", "more": ""}
    assert lines(findings({"tables.py": text.format(**texts)})) == []
    assert lines(findings({"tables.py": text.format(**{**texts, "option": ""})})) == [7]
    assert lines(findings({"tables.py": text.format(**{**texts, "table": "METHODS"})})) == [7]
    assert lines(findings({"tables.py": text.format(**{**texts, "more": "exponential = _exp_from"})})) == [7]
    assert lines(findings({"tables.py": text.format(**{**texts, "more": "PUBLIC = _METHODS"})})) == [7]


def test_a_function_chooses_for_names_that_no_table_has(findings) -> None:
    functions = SOURCE.format(decorator="", helper="_exp_from")
    text = """
        from scipy._lib._array_api import xp_capabilities
        from pkg import roots

        UNTESTED = {{"root_from"}}
        CAPABILITIES = {{{entry}}}

        def capabilities_of(name, tested=True):
            if {test}:
                return xp_capabilities({option})
            return xp_capabilities()
    """
    files = {"pkg/__init__.py": "", "pkg/roots.py": functions}
    texts = {"test": "not tested or name in UNTESTED", "option": "np_only=True", "entry": ""}

    def found(**other: str) -> list[int]:
        return lines(findings({**files, "pkg/capabilities.py": text.format(**{**texts, **other})}))

    assert found() == []
    assert found(option="cpu_only=True") == [8, 12]
    assert found(test="name not in UNTESTED") == [8, 12]
    assert found(test="not tested and name in UNTESTED") == [8, 12]
    assert found(entry='"root_from": xp_capabilities(cpu_only=True)') == [8, 12]
