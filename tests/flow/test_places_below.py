"""`related`: what else a call leads to that a traced value reaches."""

from __future__ import annotations

from xpcheck.model import Finding

SOURCE = """
    import numpy as np

    def norm_from(values):
        return np.sqrt(values)

    def scale_from(values, size):
        first = np.log(values)
        second = norm_from(values)
        return first, second, np.zeros(size), np.abs(values)

    def image_from(values, size=3, xp=np):
        return xp.exp(values), scale_from(values, size)
"""


def helper_finding(found: list[Finding]) -> Finding:
    (only,) = [item for item in found if item.code == "XP103"]
    return only


def test_every_place_behind_the_call_is_listed_the_nearest_first(findings) -> None:
    found = helper_finding(findings({"helpers.py": SOURCE}))
    assert found.chain[-1].note == "`np.log`"
    assert [(step.line, step.note) for step in found.related] == [
        (9, "`norm_from` called"),
        (10, "`np.abs`"),
        (5, "`np.sqrt`"),
    ]


def test_what_a_traced_value_does_not_reach_is_not_listed(findings) -> None:
    found = helper_finding(findings({"helpers.py": SOURCE}))
    assert "np.zeros" not in {step.note.strip("`") for step in found.related}


def test_recursion_ends(findings) -> None:
    text = SOURCE.replace("second = norm_from(values)", "second = scale_from(values, size) if size else 0")
    found = helper_finding(findings({"helpers.py": text}))
    assert [(step.line, step.note) for step in found.related] == [(9, "`scale_from` called"), (10, "`np.abs`")]


def test_what_breaks_once_the_places_before_it_are_repaired_is_related(findings) -> None:
    text = """
        import numpy as np
        from scipy.linalg import lstsq

        def amplitudes_from(radius):
            samples = np.logspace(np.log10(radius), 2.0, 10)
            matrix = np.zeros((10, 10))
            for index in range(10):
                matrix[:, index] = samples + index
            matrix[0] /= 2.0
            return lstsq(matrix, samples)

        def image_from(radius, xp=np):
            root = np.sqrt(xp.abs(radius))
            shifted = root + 1.0
            return amplitudes_from(radius) + np.exp(shifted)
    """
    found = {item.code: item for item in findings({"fit.py": text})}
    assert {step.line for step in found["XP103"].related} >= {9, 10, 11}
    assert [step.line for step in found["XP201"].related] == [16]


def test_a_parameter_is_handed_on_through_what_breaks(findings) -> None:
    base = """
        import numpy as np

        class Disk:
            def __init__(self, inclination: float = 0.5):
                self.inclination = inclination

            def image_from(self, radii, xp=np):
                return xp.multiply(radii, self.inclination)
    """
    text = """
        import numpy as np
        from pkg.disk import Disk

        class Scaled(Disk):
            def __init__(self, scale: float = 0.5, shift: float = 0.0):
                root = np.sqrt(scale)
                super().__init__(np.sin(root + shift))
    """
    priors = "Disk:\n  inclination:\n    type: Uniform\n"
    files = {"pkg/__init__.py": "", "pkg/disk.py": base, "pkg/scaled.py": text}
    found = findings({**files, "pkg/config/priors/disk.yaml": priors})
    assert [(item.code, item.span.line) for item in found] == [("XP109", 7), ("XP109", 8)]
