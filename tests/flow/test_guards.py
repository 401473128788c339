"""What a test decides in a run."""

from __future__ import annotations

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
