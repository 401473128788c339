"""Declarations in comments: what they belong to, what follows from them, and when they are not true."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from tests.fixtures.analysis import FIXTURES
from xpcheck.config import Config
from xpcheck.engine import Request, check
from xpcheck.model import Finding, Report


@pytest.fixture
def analysed(tmp_path):
    """The report on a project given as texts."""

    def analyse(files: dict[str, str], config: Config | None = None) -> Report:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"))
        for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
            (folder / "__init__.py").touch()
        report = check(Request(paths=(), root=tmp_path, config=config or Config()))
        assert report.errors == ()
        return report

    return analyse


def places(found: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(item.code, item.span.line) for item in found]


TABLE = """
    import numpy as np

    {above}
    def table_from(radii, xp=np):{beside}
        return np.sort(radii) + xp.sqrt(radii)
"""


def test_without_a_marker_it_is_a_finding(analysed) -> None:
    report = analysed({"pkg/m.py": TABLE.format(above="", beside="")})
    assert places(report.findings) == [("XP201", 5)]
    assert report.remarks == ()


@pytest.mark.parametrize(
    ("above", "beside"),
    [
        ("# xpcheck: static[radii] quadrature nodes", ""),
        ("# xpcheck: static[radii]\n    # xpcheck: ignore[XP107] two comments", ""),
        ("", "  # xpcheck: static[radii] quadrature nodes"),
        ("# xpcheck: host plots only", ""),
        ("", "  # xpcheck: host"),
    ],
)
def test_a_marker_above_or_beside_the_header_is_a_fact(analysed, above: str, beside: str) -> None:
    report = analysed({"pkg/m.py": TABLE.format(above=above, beside=beside)})
    assert report.findings == ()
    assert report.remarks == ()


def test_a_marker_on_another_line_of_a_long_header(analysed) -> None:
    text = """
        import functools
        import numpy as np

        # xpcheck: static[radii]
        @functools.wraps(len)
        def table_from(
            radii,
            xp=np,
        ):
            return np.sort(radii) + xp.sqrt(radii)

        def other_from(
            radii,  # xpcheck: static[radii]
            xp=np,
        ):
            return np.sort(radii) + xp.sqrt(radii)
    """
    report = analysed({"pkg/m.py": text})
    assert (report.findings, report.remarks) == ((), ())


CLASS = """
    import numpy as np

    {marker}
    class Profile:
        def __init__(self, order: float = 4.0, radius: float = 1.0):
            self.order = order
            self.radius = radius

        def weights_from(self, grid, xp=np):
            return np.cos(self.order) * xp.exp(-grid / self.radius) + xp.sqrt(self.order)

    class Core(Profile):
        def core_from(self, grid, xp=np):
            return np.sin(self.order) * xp.exp(-grid / self.radius)
"""


def test_a_marker_on_a_class_holds_for_its_attributes_and_those_below(analysed) -> None:
    bare = analysed({"pkg/m.py": CLASS.format(marker="")})
    assert places(bare.findings) == [("XP201", 10), ("XP201", 14)]
    told = analysed({"pkg/m.py": CLASS.format(marker="# xpcheck: static[order] an integer in every model")})
    assert (told.findings, told.remarks) == ((), ())


def test_a_marker_of_a_module_holds_for_all_of_it(analysed) -> None:
    text = TABLE.format(above="", beside="")
    report = analysed({"pkg/m.py": "# xpcheck: host figures only\n\n" + dedent(text).lstrip("\n")})
    assert (report.findings, report.remarks) == ((), ())


@pytest.mark.parametrize("config", [Config(host_modules=("pkg.m",)), Config(host_functions=("pkg.*.table_from",))])
def test_the_configuration_names_host_code(analysed, config: Config) -> None:
    assert analysed({"pkg/m.py": TABLE.format(above="", beside="")}, config).findings == ()


def test_what_host_code_returns_is_concrete(analysed) -> None:
    text = """
        import numpy as np

        # xpcheck: host masks are made once, before any trace
        def mask_from(shape):
            return np.ones(shape)

        def image_from(values, xp=np):
            mask = mask_from(values.shape)
            return xp.sum(values[np.nonzero(mask)])
    """
    report = analysed({"pkg/m.py": text})
    assert (report.findings, report.remarks) == ((), ())


def test_a_traced_marker_makes_a_root_that_is_proved(analysed) -> None:
    text = """
        import numpy as np

        {marker}
        def area_from(radius, xp=np):
            return np.square(radius) * xp.pi
    """
    assert [item.level for item in analysed({"pkg/m.py": text.format(marker="")}).findings] == ["likely"]
    found = analysed({"pkg/m.py": text.format(marker="# xpcheck: traced[radius] fitted")}).findings
    assert [(item.code, item.level, item.chain[0].note, item.chain[0].line) for item in found] == [
        ("XP201", "proved", "`radius` is declared traced", 3)
    ]


def test_a_traced_marker_on_a_class_declares_a_free_parameter(analysed) -> None:
    text = """
        import numpy as np

        class Disk:  # xpcheck: traced[size]
            def __init__(self, size):
                self.size = np.square(size)
    """
    report = analysed({"pkg/m.py": text})
    assert [(item.code, item.span.line, item.level) for item in report.findings] == [("XP109", 5, "proved")]


def test_a_host_function_that_is_given_a_traced_value_is_no_host_function(analysed) -> None:
    text = """
        import numpy as np

        # xpcheck: host figures only
        def smooth(values):
            return np.sort(values)

        def image_from(values, xp=np):
            return smooth(xp.exp(values))
    """
    report = analysed({"pkg/m.py": text})
    assert report.findings == ()
    (remark,) = report.remarks
    assert (remark.code, remark.name, remark.path, remark.span.line) == ("XP904", "untrue-marker", "pkg/m.py", 3)
    assert remark.message == (
        "`# xpcheck: host` says that this never runs under a trace, but `values` of `smooth` is traced in image_from "
        "(pkg/m.py:8), as `values` is given to `xp.exp`; remove it, or keep the value out"
    )
    assert [step.line for step in remark.chain] == [8, 8]


def test_a_static_marker_that_a_caller_contradicts(analysed) -> None:
    text = """
        import numpy as np

        def smooth(values, width):  # xpcheck: static[width]
            return np.sort(width)

        def image_from(values, xp=np):
            return smooth(1.0, xp.exp(values))
    """
    report = analysed({"pkg/m.py": text})
    assert [(item.code, item.span.line, item.span.column) for item in report.remarks] == [("XP904", 3, 29)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("# xpcheck: static[weight]", "`weight` is no parameter of `f`"),
        ("# xpcheck: traced", "it names no parameter: write `# xpcheck: traced[name] reason`"),
        ("# xpcheck: traced[flag]", "`flag` is annotated as a type that is never traced"),
    ],
)
def test_markers_that_mean_nothing(analysed, line: str, why: str) -> None:
    text = f"import numpy as np\n\n\n{line}\ndef f(a, flag: bool, xp=np):\n    return a\n"
    (remark,) = analysed({"pkg/m.py": text}).remarks
    assert (remark.code, remark.message) == ("XP904", f"`{line}`: {why}")


def test_a_marker_in_the_middle_of_a_body_belongs_to_nothing(analysed) -> None:
    text = "import numpy as np\n\n\ndef f(a, xp=np):\n    # xpcheck: host\n    return np.sqrt(a) + xp.sqrt(a)\n"
    report = analysed({"pkg/m.py": text})
    assert [item.code for item in report.findings] == ["XP201"]
    assert [item.message for item in report.remarks] == ["`# xpcheck: host`: it stands at no `def`, `class` or module"]


def test_the_fixture_is_legal_by_its_markers_only(analysed) -> None:
    text = (FIXTURES / "legal" / "declared_markers.py").read_text()
    assert analysed({"a/m.py": text}).findings == ()
    bare = re.sub(r" *# xpcheck: .*", "", text)
    assert "XP201" in {item.code for item in analysed({"a/m.py": bare}).findings}


NESTED = """
    import numpy as np

    def image_from(values, nodes, xp=np):
        {marker}
        def inner(points, weights):
            return np.sort(points) * xp.sum(weights)

        return inner(xp.abs(values), nodes)
"""


@pytest.mark.parametrize(
    ("marker", "codes"),
    [
        ("# xpcheck: static[weights]", ["XP201"]),
        ("# xpcheck: static[points] sorted once", []),
        ("# xpcheck: host a callback", []),
    ],
)
def test_a_marker_on_a_nested_function(analysed, marker: str, codes: list[str]) -> None:
    report = analysed({"pkg/m.py": NESTED.format(marker=marker)})
    assert [item.code for item in report.findings] == codes
    assert report.remarks == ()


def test_a_marker_on_a_nested_function_names_its_parameters(analysed) -> None:
    (remark,) = analysed({"pkg/m.py": NESTED.format(marker="# xpcheck: static[values]")}).remarks
    assert remark.message.endswith("`values` is no parameter of `image_from.<locals>.inner`")
