"""Receivers without a type: what their names say, and what containers of the program hold."""

from __future__ import annotations

import pytest

from xpcheck.model import Finding, Level

PROFILES = """
    import numpy as np

    class Profile:
        def image_from(self, grid, xp=np):
            return xp.sqrt(grid)

    class Camera:
        def image_from(self, grid):
            return grid

    class Profiles(list):
        def __init__(self, profiles: list[Profile]):
            super().__init__(profiles)

        def image_from_all(self, grid, xp=np):
            return sum(map(lambda item: item.image_from(grid=grid), self)) + xp.exp(grid)
"""


def dropped(found: list[Finding]) -> list[tuple[int, Level | None]]:
    return [(item.span.line, item.level) for item in found if item.code == "XP101" and item.path == "use.py"]


def test_a_name_that_every_annotation_gives_to_one_class_is_a_likely_receiver(findings) -> None:
    use = """
        import numpy as np
        from profiles import Profile

        def area_from(profile: Profile, xp=np):
            return profile

        def image_of_all_from(things, grid, xp=np):
            return [profile.image_from(grid) for profile in things] + xp.exp(grid)
    """
    assert dropped(findings({"profiles.py": PROFILES, "use.py": use})) == [(9, Level.LIKELY)]


@pytest.mark.parametrize("other", ["profile: Camera", "p: Profile"])
def test_a_name_that_means_two_things_or_is_too_short_says_nothing(findings, other: str) -> None:
    name = other.partition(":")[0]
    use = f"""
        import numpy as np
        from profiles import Camera, Profile

        def area_from({"profile: Profile, " if name == "profile" else ""}xp=np):
            return xp

        def shot_from({other}, xp=np):
            return xp

        def image_of_all_from(things, grid, xp=np):
            return [{name}.image_from(grid) for {name} in things] + xp.exp(grid)
    """
    assert dropped(findings({"profiles.py": PROFILES, "use.py": use})) == []


def test_a_list_of_the_program_holds_what_its_constructor_is_annotated_with(findings) -> None:
    found = [item for item in findings({"profiles.py": PROFILES}) if item.code == "XP101"]
    assert [item.span.line for item in found] == [17]


FAMILY = """
    import numpy as np

    class Profile:
        def image_from(self, radii, xp=np):
            return self.shared_from(xp.abs(radii))

        def shared_from(self, radii):
            return self.scaled_from(radii)

        def scaled_from(self, radii):
            return radii

    class Smooth(Profile):
        def value_from(self, radii, xp=np):
            return self.shared_from(xp.abs(radii))

        def scaled_from(self, radii):
            return {smooth}

    class Clumpy(Profile):
        def scaled_from(self, radii):
            return np.sqrt(radii)
"""


@pytest.mark.parametrize(
    ("smooth", "expected"),
    [("2.0 * radii", ["Profile.image_from"]), ("np.exp(radii)", ["Profile.image_from", "Smooth.value_from"])],
)
def test_an_override_that_the_receiver_cannot_have_says_nothing(findings, smooth: str, expected: list[str]) -> None:
    """A `Profile` may be any of them, a `Smooth` one is not `Clumpy`; the chain shows what it can be."""
    found = [item for item in findings({"profiles.py": FAMILY.format(smooth=smooth)}) if item.code == "XP103"]
    assert [item.symbol for item in found if item.level is not Level.POSSIBLE] == expected
    ways = [step.symbol for item in found if item.symbol == "Smooth.value_from" for step in item.chain]
    assert "Clumpy.scaled_from" not in ways


def test_a_method_that_the_annotated_class_lacks_is_found_by_its_name(findings) -> None:
    text = """
        import numpy as np

        class Instance:
            def __setitem__(self, key, value):
                self.__dict__[key] = value

        class Line:
            def model_data_from(self, values, xp=np):
                return xp.exp(values)

        def total_from(instance: Instance, values, xp=np):
            first = instance.model_data_from(xp.abs(values))
            return first + instance.model_data_from(values, xp=xp)
    """
    found = findings({"code.py": text})
    assert [(item.code, item.span.line, str(item.level)) for item in found] == [("XP101", 13, "likely")]


def test_the_class_by_which_a_method_was_found_is_not_that_of_the_receiver(findings) -> None:
    """An attribute of unknown class: that `First` has the method says nothing about which override it comes to."""
    text = """
        from abc import ABC, abstractmethod
        import numpy as np

        class Model(ABC):
            def instance_from(self, values):
                return self.own_instance_from(values)

            @abstractmethod
            def own_instance_from(self, values):
                pass

        class First(Model):
            def own_instance_from(self, values):
                return values

        class Second(Model):
            def own_instance_from(self, values):
                return np.log(values)

        class Third(Model):
            def instance_from(self, values):
                return np.sqrt(values)

            def own_instance_from(self, values):
                return values

        class Pair:
            def __init__(self, left: Model):
                self.left = left

            def both_from(self, values, xp=np):
                return self.left.instance_from(xp.exp(values))
    """
    found = [
        item for item in findings({"models.py": text}) if item.code == "XP103" and item.level is not Level.POSSIBLE
    ]
    assert {step.symbol for item in found for step in (*item.chain, *item.related)} >= {
        "Second.own_instance_from",
        "Third.instance_from",
    }


@pytest.mark.parametrize(("name", "found"), [("rescaled", ["XP103"]), ("update", [])])
def test_a_name_that_containers_have_too_says_nothing_of_its_receiver(findings, name: str, found: list[str]) -> None:
    text = """
        import numpy as np

        class Scale:
            def {name}(self, values):
                return np.exp(values)

        def image_from(grid, scale, xp=np):
            scale.{name}(grid)
            return xp.exp(grid)
    """
    assert [item.code for item in findings({"scales.py": text.format(name=name)})] == found


PRIORS = """
    import numpy as np

    class Prior:
        def log_prior_from(self, value):
            raise NotImplementedError

    class UniformPrior(Prior):
        def log_prior_from(self, value):
            return 0.0 * value

    class LogPrior(Prior):
        def log_prior_from(self, value):
            return {log}

    class Meter:
        def log_prior_from(self, value, unit):
            return value

    def width_from(prior: Prior):
        return prior

    def log_priors_from(priors, vector):
        return [prior.log_prior_from(value) for prior, value in zip(priors, vector)]

    def figure_of_merit_from(priors, vector, xp=np):
        return xp.sum(xp.abs(vector)) + sum(log_priors_from(priors, vector))
"""


@pytest.mark.parametrize(("log", "levels"), [("np.log(value)", [Level.LIKELY]), ("2.0 * value", [])])
def test_some_overrides_of_the_class_that_a_name_means(findings, log: str, levels: list[Level]) -> None:
    found = findings({"priors.py": PRIORS.replace("{log}", log)})
    assert [item.level for item in found if item.code == "XP103"] == levels
