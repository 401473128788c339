"""What breaks once the places before it are repaired is a finding of its own: a port meets one a run."""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck.model import Finding

SOURCE = """
    import numpy as np

    def nearest_from(values, centre, xp=np):
        distances = np.square(xp.abs(values) - centre)
        nearest = np.argsort(np.sqrt(distances))
        ordered = np.array(distances)
        total = np.log(ordered)
        return distances, np.exp(nearest), total
"""


def lines(found: Iterable[Finding]) -> list[tuple[str, int]]:
    return [(item.code, item.span.line) for item in found]


def test_each_statement_that_follows_is_reported(findings) -> None:
    found = lines(findings({"code.py": SOURCE}))
    assert found[:2] == [("XP201", 5), ("XP201", 6)]


def test_a_conversion_to_the_host_ends_what_follows(findings) -> None:
    found = lines(findings({"code.py": SOURCE}))
    assert ("XP201", 7) in found
    assert ("XP201", 8) not in found


def test_what_stands_around_a_place_is_no_further_one(findings) -> None:
    found = findings({"code.py": SOURCE.replace("np.sqrt(distances)", "np.sqrt(np.log(distances))")})
    assert [item.span.line for item in found].count(6) == 1


def test_nothing_follows_in_a_body_for_the_host(findings) -> None:
    text = """
        import numpy as np

        def longest_of(values):
            length = np.sqrt(values)
            if length > 1.0:
                return 1.0
            return length

        def image_from(values, xp=np):
            return longest_of(xp.abs(values))
    """
    assert lines(findings({"code.py": text})) == [("XP103", 11)]
