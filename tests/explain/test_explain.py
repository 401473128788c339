"""`xpcheck explain FILE:LINE`: values, backend and calls of a line, and why something is reported or not."""

from __future__ import annotations

import pytest

PACKAGE = {
    "pkg/m.py": """
        import numpy as np

        def radius_from(y, x, xp=np):
            return xp.sqrt(y**2 + x**2)

        def table_from(order, xp=np):
            return np.arange(order)

        class Disk:
            def __init__(self, size: float = 1.0):
                self.size = size

            def image_from(self, grid, handler, xp=np):
                if xp is np:
                    return np.exp(grid)
                radii = radius_from(grid[0], grid[1])
                weights = np.asarray(grid.shape)
                table = table_from(grid.shape[0])
                handler(radii)
                values = np.sqrt(radii)
                return xp.exp(-radii / self.size) * np.pi + np.sin(self.size) + np.size(grid)

        def mean_from(values):
            return np.mean(values)
    """
}


@pytest.fixture
def explained(project, xpcheck):
    """The lines that explain a line of the package."""

    def explain(line: int, *options: str) -> list[str]:
        project(PACKAGE)
        result = xpcheck("explain", f"pkg/m.py:{line}", *options)
        assert (result.code, result.err) == (0, "")
        return result.out.splitlines()

    return explain


def test_the_head_says_how_the_body_holds_its_namespace(explained) -> None:
    lines = explained(16)
    assert lines[:3] == [
        "pkg/m.py:16  in Disk.image_from",
        "    16 |         radii = radius_from(grid[0], grid[1])",
        "  the body holds the namespace as a parameter `xp`: it is interpreted twice, with JAX and with NumPy",
    ]
    assert explained(11)[2] == "  the body holds no namespace: it is interpreted once, without a namespace"


def test_values_calls_and_the_finding_of_a_line(explained) -> None:
    text = "\n".join(explained(16))
    assert "grid[0]" in text
    assert "traced (likely), as `grid` is given to `xp.exp`" not in text
    assert "radius_from                   `radius_from`" in text
    assert "calls `radius_from` (pkg/m.py:3); the namespace is left at its default, NumPy" in text
    assert "  reported here\n    XP101 unthreaded-call" in text


def test_a_guarded_line_says_which_test_keeps_the_run_away(explained) -> None:
    lines = explained(15)
    jax = lines.index("  with JAX")
    assert lines[jax + 1] == "    not reached: guarded: the test in line 14 is False in this run"
    assert "np.exp(grid)" in "\n".join(lines[lines.index("  with NumPy") :])
    assert lines[-1] == "  nothing is reported here"


def test_a_line_below_an_early_return(explained) -> None:
    lines = explained(16)
    numpy = lines.index("  with NumPy")
    assert lines[numpy + 1] == "    not reached: the test in line 14 is True in this run, which ends there"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (17, "`np.asarray` gets concrete values only"),
        (18, "`table_from` gets nothing that is traced, so NumPy is right in it"),
        (19, "unresolved: callable in a parameter or attribute; nothing is guessed about it"),
        (21, "`np.size` reads only shapes and types"),
    ],
)
def test_why_a_line_is_no_finding(explained, line: int, words: str) -> None:
    assert words in "\n".join(explained(line)), "\n".join(explained(line))


def test_a_suppressed_finding_says_so(project, xpcheck) -> None:
    project({"pkg/m.py": "import numpy as np\n\n\ndef f(a, xp=np):\n    return np.sort(xp.abs(a))  # noqa: XP201\n"})
    out = xpcheck("explain", "pkg/m.py:5").out
    assert "XP201 numpy-call" in out
    assert "      not shown: a comment suppresses it" in out


def test_a_finding_that_the_selection_hides_says_so(explained) -> None:
    text = "\n".join(explained(16, "--select", "XP3"))
    assert "not shown: its rule is not selected" in text


def test_a_finding_below_the_level_says_so(project, xpcheck) -> None:
    project({"pkg/m.py": "import numpy as np\n\n\ndef f(a: np.ndarray, xp=np):\n    return np.sort(a)\n"})
    out = xpcheck("explain", "pkg/m.py:5").out
    assert "XP201 numpy-call  possible" in out
    assert "not shown: its level is below `likely`; `--level possible` shows it" in out
    assert "not shown" not in xpcheck("explain", "pkg/m.py:5", "--level", "possible").out


def test_a_line_on_the_way_to_a_finding_names_it(explained) -> None:
    assert "    on the way to XP101 at pkg/m.py:16" in explained(4)


def test_a_marker_is_named(project, xpcheck) -> None:
    text = "import numpy as np\n\n\n# xpcheck: host plots\ndef f(a, xp=np):\n    return np.sqrt(a) + xp.sqrt(a)\n"
    project({"pkg/m.py": text})
    out = xpcheck("explain", "pkg/m.py:5").out
    assert "it runs on the host by `# xpcheck: host` (line 4): no tracer rule applies in it" in out


def test_outside_functions_no_values_are_looked_at(explained) -> None:
    assert explained(1)[2] == "  outside functions: imports and definitions are looked at here, values are not"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("pkg/m.py", "write the place as FILE:LINE, not `pkg/m.py`"),
        ("pkg/m.py:0", "write the place as FILE:LINE, not `pkg/m.py:0`"),
        ("pkg/m.py:900", "pkg/m.py has no line 900"),
        ("pkg/none.py:1", "no such file or folder: pkg/none.py"),
    ],
)
def test_a_wrong_place_is_an_error(project, xpcheck, place: str, message: str) -> None:
    project(PACKAGE)
    result = xpcheck("explain", place)
    assert (result.code, result.out, result.err) == (2, "", f"xpcheck: {message}\n")


def test_a_file_that_does_not_parse_is_an_error(project, xpcheck) -> None:
    project({"pkg/m.py": "x = (\n", "pkg/n.py": "y = 1\n"})
    result = xpcheck("explain", "pkg/m.py:1")
    assert result.code == 2
    assert "syntax" in result.err


def test_builtins_unbound_names_and_what_is_written_twice(project, xpcheck) -> None:
    project(
        {"pkg/m.py": "import numpy as np\n\n\ndef f(a, xp=np):\n    return len(a.shape) + len(a.shape) + nothing\n"}
    )
    lines = [line.split("  ") for line in xpcheck("explain", "pkg/m.py:5").out.splitlines()]
    rows = [[part.strip() for part in line if part] for line in lines]
    assert rows.count(["len", "the builtin `len`"]) == 1
    assert ["nothing", "a name that nothing binds"] in rows


def test_what_follows_a_reported_place_is_no_contradiction(project, xpcheck) -> None:
    project(
        {
            "pkg/m.py": """
                import numpy as np

                def nearest_from(values, xp=np):
                    distances = np.square(xp.abs(values))
                    return np.sqrt(distances)
            """
        }
    )
    lines = [line.strip() for line in xpcheck("explain", "pkg/m.py:5").out.splitlines()]
    assert "not a finding" not in lines
    assert "values are as they are now: what is reported here follows once the places before it are repaired" in lines
    assert any(line.startswith("XP201 numpy-call  proved") for line in lines)


def test_a_body_that_nothing_leads_to_is_named_as_such(explained) -> None:
    assert any("no body that takes the namespace is seen to call it" in line for line in explained(24))
    assert not any("is seen to call it" in line for line in explained(4))
