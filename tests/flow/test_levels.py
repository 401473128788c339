"""The level of a finding: the weakest link of its evidence."""

from __future__ import annotations

from xpcheck.model import Finding, Level

FIT = """
    import numpy as np

    def norm_from(values, xp=np):
        return xp.sqrt(values)

    class Fit:
        def __init__(self, data: float = 1.0, xp=np):
            self.data = data
            self._xp = xp

        @property
        def root(self):
            return self._xp.square(self.data)

        @property
        def forgotten(self):
            return norm_from(self.root)

        @property
        def on_the_host(self):
            return np.asarray(self.root)
"""


HELPERS = """
    import numpy as np

    def norm_from(values, xp=np):
        return xp.sqrt(values)

    def half_norm_from(values):
        return 0.5 * norm_from(values)

    def shown_from(values):
        return np.asarray(values)

    class Fit:
        def __init__(self, data: float = 1.0, xp=np):
            self.data = data
            self._xp = xp

        @property
        def root(self):
            return self._xp.square(self.data)

        @property
        def forgotten(self):
            return half_norm_from(self.root)

        @property
        def on_the_host(self):
            return shown_from(self.root)
"""


def levels(found: list[Finding], code: str) -> list[tuple[int, Level | None]]:
    return [(item.span.line, item.level) for item in found if item.code == code]


def test_a_body_that_nobody_reads_may_be_for_the_host_unless_it_drops_the_namespace(findings) -> None:
    found = findings({"fit.py": FIT})
    assert levels(found, "XP101") == [(18, Level.LIKELY)]
    assert levels(found, "XP201") == [(22, Level.POSSIBLE)]


def test_a_test_of_the_shape_that_raises_is_no_condition_on_what_follows(findings) -> None:
    text = """
        import numpy as np

        def norm_from(values):
            if len(values) != 2:
                raise ValueError("two values")
            return np.sqrt(values)

        def other_from(values):
            if len(values) != 2:
                return values
            return np.sqrt(values)

        def image_from(values, xp=np):
            return xp.exp(values), norm_from(values), other_from(values)
    """
    found = findings({"shapes.py": text})
    assert [item.level for item in found if item.code == "XP103"] == [Level.PROVED, Level.POSSIBLE]


def test_an_annotation_that_the_code_contradicts_does_not_hide_a_method(findings) -> None:
    text = """
        import numpy as np

        class Galaxies(list):
            def potential_from(self, grid, xp=np):
                return xp.sqrt(grid)

        def delays_from(galaxies: list[float], grid, xp=np):
            return xp.exp(grid) * galaxies.potential_from(grid=grid)
    """
    assert [line for line, _ in levels(findings({"delays.py": text}), "XP101")] == [9]


def test_a_helper_that_leaves_the_namespace_out_says_as_much_as_a_body_that_does(findings) -> None:
    found = findings({"fit.py": HELPERS})
    assert levels(found, "XP103") == [(24, Level.LIKELY)]  # what another runs on NumPy may be meant for the host


def test_how_many_objects_there_are_is_no_shape_of_an_argument(findings) -> None:
    text = """
        import numpy as np

        class Disk:
            def __init__(self, radius: float = 1.0):
                self.radius = radius

            def image_from(self, grid, xp=np):
                return xp.multiply(grid, self.radius)

        def image_of_all_from(disks: list[Disk], grid, xp=np):
            if {test}:
                return sum(disk.image_from(grid, xp) for disk in disks)
            return xp.zeros(3)

        def total_from(disks: list[Disk], grid, xp=np):
            return xp.exp(grid) + image_of_all_from(disks, grid)
    """
    for test, level in (("len(disks) > 0", Level.PROVED), ("grid.ndim > 1", Level.POSSIBLE)):
        found = findings({"disks.py": text.replace("{test}", test)})
        assert levels(found, "XP101") == [(17, level)], test


MAPPER = """
    import numpy as np

    class Grid:
        def __init__(self, values, xp=np):
            self._array = values

        @property
        def array(self):
            return self._array

    def clipped_from(values):
        values = values * 2.0
        values[values < 0.0] = 0.0
        return values

    class Mapper:
        def __init__(self, scale: float = 1.0, xp=np):
            self.scale = scale
            self._xp = xp

        def scaled(self, values):
            return self._xp.multiply(self.scale, values)

        def clipped(self, values: np.ndarray):
            {body}
"""


def test_what_an_unread_body_hands_to_a_helper_without_a_namespace_may_be_of_the_host(findings) -> None:
    unread = "return clipped_from(self.scaled(values))"
    read = "return clipped_from(self._xp.sqrt(values))"
    for body, expected in ((unread, []), (read, [(14, Level.PROVED)])):
        found = findings({"mapper.py": MAPPER.replace("{body}", body)})
        assert levels(found, "XP203") == expected, body


SKY = """
    Model:
      sky:
        type: Uniform
        lower_limit: 0.0
        upper_limit: 1.0
"""


def test_data_of_an_object_of_which_nothing_is_known_may_be_a_wrapper_that_takes_items(findings) -> None:
    text = """
        import numpy as np

        class Model:
            def __init__(self, sky: float = 0.0):
                self.sky = sky

        def positive_from(dataset, model: Model, xp=np):
            values = dataset.{name} - model.sky
            values[values < 0.0] = 0.0
            return values
    """
    files = {"pkg/__init__.py": "", "pkg/config/priors/model.yaml": SKY}
    for name, lines in (("data", []), ("real", [10])):
        found = findings({**files, "pkg/model.py": text.replace("{name}", name)})
        assert [line for line, _ in levels(found, "XP203")] == lines, name


def test_elements_that_a_body_hands_on_in_a_display_are_handed_on(findings) -> None:
    source = """
        import numpy as np

        def polar_from(components, xp=np):
            y, x = components
            return xp.hypot(y, x), xp.arctan2(y, x)

        def magnitude_from(gamma_1, gamma_2, xp=np):
            magnitude, _ = polar_from(({first}, gamma_1))
            return xp.where(magnitude > 1.0, 1.0, magnitude)
    """
    (found,) = findings({"polar.py": source.format(first="gamma_2")})
    assert (found.code, found.level) == ("XP101", Level.LIKELY)
    assert findings({"polar.py": source.format(first="gamma_2 + 1")}) == []
