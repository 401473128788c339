"""What a test decides in a run."""

from __future__ import annotations

from xpcheck.model import Level

SOURCE = """
    import numpy as np

    def shared_image_from(radii):
        return np.exp(radii)

    def images_from(radii, groups, xp=np):
        shared = groups if xp is np else {empty}
        if not shared:
            return xp.exp(radii)
        return shared_image_from(radii)
"""


def helpers(found) -> list[int]:
    return [item.span.line for item in found if item.code == "XP103"]


def test_an_empty_list_in_an_arm_of_a_conditional_expression_is_no_group(findings) -> None:
    assert helpers(findings({"images.py": SOURCE.format(empty="[]")})) == []
    assert helpers(findings({"images.py": SOURCE.format(empty="list(groups)")})) == [11]


def test_an_empty_list_that_is_filled_later_decides_nothing(findings) -> None:
    text = """
        import numpy as np

        def shared_image_from(radii):
            return np.exp(radii)

        def images_from(radii, groups, xp=np):
            shared = []
            for group in groups:
                shared.append(group)
            if not shared:
                return xp.exp(radii)
            return shared_image_from(radii)
    """
    assert helpers(findings({"images.py": text})) == [13]


CHECKED = """
    import numpy as np

    class Dataset:
        def __init__(self, noise, check_noise=True):
            self.noise = noise
            if check_noise:
                if self.noise > 0.0:
                    raise ValueError(noise)

    def dataset_from(noise, xp=np):
        return Dataset(xp.sqrt(noise){option})

    def loaded(path):
        return Dataset(float(path))
"""


def test_an_option_that_the_call_with_the_traced_value_switches_off(findings) -> None:
    def branches(option: str) -> list[int]:
        found = findings({"dataset.py": CHECKED.format(option=option)})
        return [item.span.line for item in found if item.code == "XP303" and item.level is not Level.POSSIBLE]

    assert branches("") == [8]
    assert branches(", check_noise=True") == [8]
    assert branches(", check_noise=False") == []
