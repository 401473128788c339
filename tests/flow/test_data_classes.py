"""Constructors that nobody writes: data classes and named tuples have fields like any other class."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

FIELDS = """
    from dataclasses import dataclass, field, InitVar, KW_ONLY
    from typing import ClassVar, NamedTuple

    import numpy as np

    def decayed(radii, scale, xp=np):
        return xp.exp(-radii / scale)

    {header}
        {fields}

        def own(self, xp=np):
            return {own}

        def image(self, radii, xp=np):
            return xp.abs(radii) * {image}
"""


def reported(
    findings, fields: str, image: str, own: str = "xp.sqrt(self.scale)", header: str = "@dataclass"
) -> set[str]:
    header = f"{header}\n    class Disk:" if header.startswith("@") else header
    source = FIELDS.format(header=header, fields=fields, own=own, image=image)
    return {item.code for item in findings({"disks.py": source}) if item.level is not Level.POSSIBLE}


@pytest.mark.parametrize(
    "header", ["@dataclass", "@dataclass(frozen=True)", "@struct.dataclass", "class Disk(NamedTuple):"]
)
def test_fields_are_what_the_constructor_is_given(findings, header: str) -> None:
    assert reported(findings, "scale: float", "decayed(1.0, self.scale)", header=header) == {"XP101"}
    assert reported(findings, "scale: float", "decayed(1.0, self.scale, xp=xp)", header=header) == set()


def test_what_a_field_is_said_to_be_counts(findings) -> None:
    assert reported(findings, "scale: float = field(default=1.0)", "np.log(self.scale)") == {"XP201"}
    assert reported(findings, "scale: int = 1", "np.log(self.scale)") == set()
    assert reported(findings, "scale: ClassVar[float] = 1.0", "np.log(self.scale)") == set()
    assert reported(findings, "scale: float = field(default=1.0, init=False)", "np.log(self.scale)") == set()


def test_a_class_with_a_constructor_of_its_own_keeps_it(findings) -> None:
    own = "scale: float\n\n        def __init__(self):\n            self.scale = 1.0\n"
    assert reported(findings, own, "np.log(self.scale)") == set()
    assert reported(findings, "scale: float", "np.log(self.scale)", header="@dataclass(init=False)") == set()


def test_what_objects_hold_is_an_array_only_where_it_is_read(findings) -> None:
    source = """
        import numpy as np

        class Prior:
            def __init__(self, sigma):
                self.sigma = sigma

            def density(self, xp=np):
                return xp.exp(self.sigma)

            def width(self, xp=np):
                return {width}

        class Message:
            def __init__(self, prior):
                self.width = np.log(prior.sigma)
    """
    assert [item.code for item in findings({"priors.py": source.format(width="np.log(self.sigma)")})] == ["XP201"]
    assert findings({"priors.py": source.format(width="2.0 * self.sigma")}) == []
