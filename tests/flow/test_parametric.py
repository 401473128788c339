"""Parametric classes: what prior files declare, and what subclasses hand on to it."""

from __future__ import annotations

from xpcheck.model import Finding, Level

PRIORS = """
    Disk:
      inclination:
        type: Uniform
        lower_limit: 0.0
        upper_limit: 1.0
"""
BASE = """
    import numpy as np

    class Disk:
        def __init__(self, inclination: float = 0.5):
            self.inclination = inclination

        def image_from(self, radii, xp=np):
            return xp.multiply(radii, self.inclination)
"""


def constructors(found: list[Finding]) -> list[tuple[str, int, Level | None]]:
    return [(item.path, item.span.line, item.level) for item in found if item.code == "XP109"]


def test_the_constructor_of_a_declared_class_is_read_although_nobody_calls_it(findings) -> None:
    text = """
        import numpy as np

        class Disk:
            def __init__(self, inclination: float = 0.5):
                self.factor = np.cos(inclination)
    """
    found = findings({"pkg/__init__.py": "", "pkg/disk.py": text, "pkg/config/priors/disk.yaml": PRIORS})
    assert constructors(found) == [("pkg/disk.py", 6, Level.PROVED)]


def test_a_subclass_hands_its_parameters_on(findings) -> None:
    text = """
        import numpy as np
        from pkg.disk import Disk

        class Tilted(Disk):
            def __init__(self, tilt: float = 0.5, shift: float = 0.0, order: int = 2):
                self.cosine = np.cos(tilt)
                self.power = np.power(order, 2)
                super().__init__(inclination=tilt)
                self.moved = np.sin(shift)
    """
    files = {"pkg/__init__.py": "", "pkg/disk.py": BASE, "pkg/tilted.py": text}
    found = findings({**files, "pkg/config/priors/disk.yaml": PRIORS})
    assert constructors(found) == [("pkg/tilted.py", 7, Level.PROVED)]


def test_a_parameter_that_only_takes_part_in_what_is_handed_on_is_likely_free(findings) -> None:
    text = """
        import numpy as np
        from pkg.disk import Disk

        class Scaled(Disk):
            def __init__(self, scale: float = 0.5):
                self.root = np.sqrt(scale)
                super().__init__(2.0 * scale)
    """
    files = {"pkg/__init__.py": "", "pkg/disk.py": BASE, "pkg/scaled.py": text}
    found = findings({**files, "pkg/config/priors/disk.yaml": PRIORS})
    assert constructors(found) == [("pkg/scaled.py", 7, Level.LIKELY)]


def test_a_class_with_a_prior_file_of_its_own_has_the_parameters_that_it_names(findings) -> None:
    text = """
        import numpy as np
        from pkg.disk import Disk

        class Fixed(Disk):
            def __init__(self, radius: float = 1.0, tilt: float = 0.5):
                self.cosine = np.cos(tilt)
                super().__init__(inclination=tilt)
    """
    priors = {"pkg/config/priors/disk.yaml": PRIORS, "pkg/config/priors/fixed.yaml": PRIORS.replace("Disk", "Fixed")}
    priors["pkg/config/priors/fixed.yaml"] = priors["pkg/config/priors/fixed.yaml"].replace("inclination", "radius")
    found = findings({"pkg/__init__.py": "", "pkg/disk.py": BASE, "pkg/fixed.py": text, **priors})
    assert constructors(found) == []


def test_a_class_that_is_told_the_backend_is_no_component(findings) -> None:
    text = """
        import numpy as np

        def noise_of(level):
            return np.sqrt(level)

        class Simulator:
            def __init__(self, level: float = 0.5{flag}):
                self.level = level

            def image_from(self, image, xp=np):
                return xp.multiply(image, self.level) + noise_of(self.level)
    """
    found = {
        flag: [item for item in findings({"simulator.py": text.format(flag=flag)}) if item.code == "XP103"]
        for flag in ("", ", use_jax: bool = False")
    }
    assert [item.level for item in found[""]] == [Level.LIKELY]
    assert found[", use_jax: bool = False"] == []


NUMBER = {
    "pkg/__init__.py": "",
    "pkg/number.py": """
        class Inclination(float):
            def __init__(self, inclination):
                float.__init__(inclination)
    """,
    "pkg/config/priors/number.yaml": PRIORS.replace("Disk", "Inclination"),
}
"""A number that is declared, so that the parameter of that name of another class can be free."""


def test_a_declared_number_makes_parameters_of_its_name_likely_free(findings) -> None:
    text = """
        import numpy as np

        class Plate:
            def __init__(self, inclination: float, height: float):
                self.inclination = inclination
                self.height = height

            def image_from(self, grid, xp=np):
                if self.height > 1.0:
                    grid = xp.square(grid)
                return xp.sin(grid) * float(self.inclination)
    """
    found = findings({**NUMBER, "pkg/plate.py": text})
    assert [(item.code, item.span.line, item.level) for item in found] == [("XP204", 12, Level.LIKELY)]


def test_what_most_models_fix_counts_only_where_jax_comes(findings) -> None:
    text = """
        import numpy as np

        class Plate:
            def __init__(self, inclination: float):
                self.inclination = inclination

            @classmethod
            def steepest_of(cls, plates: list[Plate]):
                return sorted(plates, key=lambda plate: plate.inclination)

        def image_from(plates: list[Plate], grid, xp=np):
            return xp.sin(grid * plates[0].inclination) * {count}
    """
    called = findings({**NUMBER, "pkg/plate.py": text.format(count="len(Plate.steepest_of(plates))")})
    assert [(item.code, item.level) for item in called] == [("XP304", Level.LIKELY)]
    mentioned = findings({**NUMBER, "pkg/plate.py": text.format(count="len(plates[0].nearest.steepest_of)")})
    assert [(item.code, item.level) for item in mentioned] == [("XP304", Level.POSSIBLE)]


COSMOLOGY = """
    import numpy as np

    class Flat:
        def __init__(self, hubble: float = 70.0, species: float = 3.0):
            self.hubble = hubble
            self.species = species

        def distance_from(self, redshift, xp=np):
            count = float(self.species)
            return count * xp.divide(redshift, self.hubble)
"""
CONSTANTS = """
    {name}:
      hubble:
        type: Constant
        value: 70.0
      species:
        type: {kind}
        value: 3.0
"""


def conversions(found: list[Finding]) -> list[tuple[str, Level | None, str]]:
    return [(item.path, item.level, item.chain[0].path) for item in found if item.code == "XP204"]


def test_a_parameter_that_most_models_fix_is_likely_free(findings) -> None:
    files = {"pkg/__init__.py": "", "pkg/model.py": COSMOLOGY}
    prior = "pkg/config/priors/cosmology.yaml"
    found = findings({**files, prior: CONSTANTS.format(name="Flat", kind="Constant")})
    assert conversions(found) == [("pkg/model.py", Level.LIKELY, prior)]
    found = findings({**files, prior: CONSTANTS.format(name="Flat", kind="Deferred")})
    assert conversions(found) == []


def test_a_prior_file_says_in_which_module_a_class_stands(findings) -> None:
    other = COSMOLOGY.replace("float(self.species)", "self.species")
    files = {"pkg/__init__.py": "", "pkg/model.py": COSMOLOGY, "pkg/other.py": other}
    prior = "pkg/config/priors/cosmology.yaml"
    found = findings({**files, prior: CONSTANTS.format(name="model.Flat", kind="Uniform")})
    assert conversions(found) == [("pkg/model.py", Level.PROVED, prior)]
    found = findings({**files, prior: CONSTANTS.format(name="other.Flat", kind="Uniform")})
    assert conversions(found) == []


def test_what_a_class_is_handed_by_another_is_no_evidence_beside_its_own_prior(findings) -> None:
    disk = """
        from pkg.model import Flat

        class Disk:
            def __init__(self, inclination: float = 0.5):
                self.cosmology = Flat(species=inclination)
    """
    files = {
        "pkg/__init__.py": "",
        "pkg/model.py": COSMOLOGY,
        "pkg/disk.py": disk,
        "pkg/config/priors/disk.yaml": PRIORS,
    }
    prior = "pkg/config/priors/model.yaml"
    found = findings({**files, prior: CONSTANTS.format(name="Flat", kind="Constant")})
    assert conversions(found) == [("pkg/model.py", Level.LIKELY, prior)]
