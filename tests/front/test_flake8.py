from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.front.conftest import Result
from tests.support import flake8_config

RUNNER = Path(__file__).with_name("run_flake8.py")
REPOSITORY = RUNNER.parents[2]

FILES = {
    "pkg/__init__.py": "",
    "pkg/a.py": "def f(xp):\n    return drop(1)\n",
    "pkg/b.py": 's = "λ日"; x = drop(1)\ny = drop(2)  # noqa: XP101\nz = drop(3)  # xpcheck: ignore[XP101] measured\n',
    "pkg/c.py": "m = mask & mask\nmaybe(1)\nwhere(1)\n",
    "d.py": "x = 1\n",
}
EXPECTED = [
    "./pkg/a.py:2:12: XP101 `drop(` called without `xp` - write `drop(xp=xp)`",
    "./pkg/b.py:1:15: XP101 `drop(` called without `xp` - write `drop(xp=xp)`",
    "./pkg/c.py:1:5: XP301 `mask & mask` called without `xp` - write `drop(xp=xp)`",
]


@pytest.fixture
def flake8(tmp_path: Path) -> Callable[..., Result]:
    """Run flake8 with our plugin and the stand-in engine in a process of its own."""
    config = tmp_path / "flake8.ini"
    config.write_text(flake8_config("extend-exclude = .venv"))

    def call(*arguments: str, start: str = "fork", stdin: str = "", isolated: bool = True, **variables: str) -> Result:
        environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "XPCHECK_STUB_LOG": str(tmp_path / "log"),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "TMPDIR": str(tmp_path),
            **variables,
        }
        (tmp_path / "log").write_text("")
        process = subprocess.run(
            [sys.executable, str(RUNNER), start, "--config", str(config), *arguments],
            input=stdin.encode(), capture_output=True, env=environment, timeout=120, check=False,
        )  # fmt: skip
        return Result(process.returncode, process.stdout.decode(), process.stderr.decode())

    return call


def solved(tmp_path: Path) -> int:
    """How often the program was analysed."""
    return len((tmp_path / "log").read_text().splitlines())


@pytest.mark.parametrize(("start", "jobs"), [("fork", 1), ("fork", 2), ("spawn", 1), ("spawn", 2), ("forkserver", 2)])
def test_same_findings_from_one_analysis(flake8, project, tmp_path: Path, start: str, jobs: int) -> None:
    project(FILES)
    for arguments in ([], ["."]):
        result = flake8("--select", "XP", f"-j{jobs}", *arguments, start=start)
        assert result.err == ""
        assert sorted(result.out.splitlines()) == EXPECTED
        assert result.code == 1
        assert solved(tmp_path) == 1
    assert not list(tmp_path.glob("xpcheck-*/*"))


def test_the_command_finds_the_same(flake8, project, xpcheck) -> None:
    project(FILES)
    command = xpcheck("check", "--format", "concise")
    assert [f"./{line}" for line in command.out.splitlines()] == EXPECTED
    subset = xpcheck("check", "--format", "concise", "pkg/b.py", "d.py")
    assert flake8("--select", "XP", "pkg/b.py", "d.py").out == subset.out == f"{EXPECTED[1][2:]}\n"


def test_standard_input_stands_for_the_named_file(flake8, project, xpcheck) -> None:
    project(FILES)
    result = flake8("--select", "XP", "--stdin-display-name", "pkg/a.py", "-", stdin='s = "λ"\nx = drop(1)\n')
    assert result.out == "pkg/a.py:2:5: XP101 `drop(` called without `xp` - write `drop(xp=xp)`\n"
    assert result.err == ""
    assert flake8("--select", "XP", "-", stdin="x = drop(1)\n").out.startswith("stdin:1:5: XP101")
    latin = "# coding: latin-1\nx = drop('é')\n"
    assert flake8("--select", "XP", "-", stdin=latin).out.startswith("stdin:2:5: XP101")


def test_nothing_is_analysed_when_no_rule_is_selected(flake8, project, tmp_path: Path) -> None:
    project(FILES)
    for arguments in (["--select", "E9"], ["--extend-ignore", "XP"]):
        assert "XP" not in flake8(*arguments, "-j1").out
        assert solved(tmp_path) == 0
    assert flake8("--extend-ignore", "XP1", "-j1", "--select", "XP").out.splitlines() == EXPECTED[2:]
    assert solved(tmp_path) == 1


def test_noqa_is_left_to_flake8(flake8, project) -> None:
    project(FILES)
    every = flake8("--select", "XP", "--disable-noqa").out.splitlines()
    assert [line.split(" ")[0] for line in every if "b.py" in line] == ["./pkg/b.py:1:15:", "./pkg/b.py:2:5:"]


def test_the_projects_configuration_applies(flake8, project, tmp_path: Path) -> None:
    root = project(FILES, 'ignore = ["XP1"]\nlevel = "possible"\nselect = ["XP"]\n')
    codes = [line.split()[1] for line in flake8("--select", "XP").out.splitlines()]
    assert codes == ["XP301", "XP201", "XP801"]
    other = tmp_path / "other.toml"
    other.write_text('[tool.xpcheck]\nselect = ["XP3"]\n')
    result = flake8("--select", "XP", "--xpcheck-config", str(other), "--xpcheck-root", str(root))
    assert [line.split()[1] for line in result.out.splitlines()] == ["XP301"]


def test_wrong_configuration_and_missing_packages_are_loud(flake8, project, tmp_path: Path) -> None:
    project(FILES, "levels = 1\n")
    result = flake8("--select", "XP")
    assert result.code == 1
    assert "pyproject.toml:2: unknown key `levels`; did you mean `level`?" in result.out
    assert "Traceback" not in result.err
    project(FILES)
    missing = flake8("--select", "XP", XPCHECK_STUB_FAIL="missing-package")
    assert missing.code == 1
    assert "xpcheck: a problem of the kind missing-package" in missing.out
    assert "names no folder" in flake8("--select", "XP", "--xpcheck-root", "./none").out


def test_problems_stand_in_their_file_and_on_stderr(flake8, project) -> None:
    project({**FILES, "pkg/broken.py": "\n\nx = 1\n"})
    result = flake8("--select", "XP", XPCHECK_STUB_FAIL="limit")
    assert "./pkg/broken.py:3:1: XP900 limit: a problem of the kind limit" in result.out
    assert result.err == "xpcheck: pkg/broken.py:3: limit: a problem of the kind limit\n"
    assert all(line in result.out for line in EXPECTED)


@pytest.mark.parametrize(("start", "jobs"), [("fork", 1), ("spawn", 2)])
def test_internal_errors_do_not_break_the_run(flake8, project, start: str, jobs: int) -> None:
    project({**FILES, "d.py": "import os\n"})
    result = flake8("--select", "XP,F", f"-j{jobs}", start=start, XPCHECK_STUB_FAIL="raise")
    lines = result.out.splitlines()
    assert "./d.py:1:1: XP900 internal error, please report it: ValueError: boom second line" in lines
    assert any("F401" in line for line in lines)
    assert "Traceback" not in result.err


def test_a_missing_hand_off_costs_time_only(flake8, project, tmp_path: Path) -> None:
    project(FILES)
    folder = tmp_path / f"xpcheck-{os.getuid()}"
    folder.mkdir(mode=0o755)
    result = flake8("--select", "XP", "-j2", start="spawn")
    assert sorted(result.out.splitlines()) == EXPECTED
    assert solved(tmp_path) >= 2


def test_files_that_are_gone_or_do_not_parse(flake8, project) -> None:
    project({**FILES, "e.py": "def (:\n"})
    assert "E902" in flake8("--select", "XP,E9", "gone.py").out
    assert "E999" in flake8("--select", "XP,E9", "e.py").out


def test_the_legacy_api_names_files_late(flake8, project, tmp_path: Path) -> None:
    project(FILES)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.py").write_text("drop(1)\n")
    script = (
        "from tests.front import stub; stub.install()\n"
        "from flake8.api import legacy\n"
        "guide = legacy.get_style_guide(select=['XP'])\n"
        f"print(guide.check_files(['pkg/a.py', {str(elsewhere / 'x.py')!r}]).get_statistics('XP'))\n"
    )
    (tmp_path / "project" / ".flake8").write_text((tmp_path / "flake8.ini").read_text())
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert "x.py:1:1: XP101" in process.stdout, process.stderr
    assert "pkg/a.py:2:12: XP101" in process.stdout
