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
