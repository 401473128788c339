"""Whether the NumPy run of a private helper happens: by who calls it, and how these come by their namespace."""

from __future__ import annotations

import pytest

from xpcheck.model import Finding

SOURCE = """
    import numpy as np

    {namespace}

    def _integral_from(values, points, xp=np):
        return xp.trapezoid(values, points)

    def mass_from(values, points{param}):
        {choice}
        return _integral_from(values, points, xp=xp)

    class Disk:
        def __init__(self, values, points):
            self.mass = mass_from(values, points)
"""
FACTORY = """
    def _xp_from(*values):
        if all(isinstance(value, (np.ndarray, float)) for value in values):
            return np
        import jax.numpy as jnp

        return jnp
"""


def missing(found: list[Finding]) -> list[int]:
    return [item.span.line for item in found if item.code == "XP209"]


@pytest.mark.parametrize(("choice", "param"), [("xp = _xp_from(values, points)", ""), ("pass", ", xp=np")])
def test_who_finds_its_namespace_by_itself_finds_numpy_too(findings, choice: str, param: str) -> None:
    text = SOURCE.format(namespace=FACTORY, choice=choice, param=param)
    assert missing(findings({"pkg/__init__.py": "", "pkg/disk.py": text})) == [14]


def test_what_only_jax_comes_to_is_no_matter_of_numpy(findings) -> None:
    text = SOURCE.format(namespace="", choice="pass", param=", xp=np")
    text = text.replace("def mass_from", "def _mass_from").replace("mass_from(values, points)", "0.0")
    text += """
    def run(values, points):
        import jax.numpy as jnp

        return _mass_from(values, points, xp=jnp)
"""
    assert missing(findings({"pkg/__init__.py": "", "pkg/disk.py": text})) == []


@pytest.mark.parametrize(
    ("choice", "lines"),
    [
        ("import jax.numpy as xp", []),
        ("from jax import numpy as xp", []),
        ("if isinstance(values, np.ndarray):\n            import numpy as xp\n"
         "        else:\n            import jax.numpy as xp", [7]),
    ],
)  # fmt: skip
def test_who_imports_jax_under_the_name_of_the_namespace_runs_on_jax_alone(
    findings, choice: str, lines: list[int]
) -> None:
    text = SOURCE.format(namespace="", choice=choice, param="")
    assert missing(findings({"pkg/__init__.py": "", "pkg/disk.py": text})) == lines
