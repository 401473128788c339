from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from xpcheck import __version__
from xpcheck.cli.app import FAILED, INTERRUPTED
from xpcheck.report import FORMATS
from xpcheck.report.statistics import coverage

BAD = "def f(xp):\n    return drop(1)\n\n\ndef g(mask):\n    return mask & mask\n"
SCHEMA = json.loads(files("xpcheck.report").joinpath("schema.json").read_text())


def read(out: str) -> dict:
    document = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def test_version_help_and_no_command(xpcheck) -> None:
    assert xpcheck("--version").out == f"xpcheck {__version__}\n"
    assert xpcheck("--help").code == 0
    assert xpcheck("check", "--help").code == 0
    bare = xpcheck()
    assert bare.code == 2
    assert "check" in bare.out + bare.err


def test_findings_give_1_and_none_give_0(xpcheck, project) -> None:
    project({"pkg/a.py": BAD, "pkg/b.py": "x = 1\n"})
    found = xpcheck("check", "--format", "concise")
    assert found.code == 1
    assert found.out.splitlines() == [
        "pkg/a.py:2:12: XP101 `drop(` called without `xp` - write `drop(xp=xp)`",
        "pkg/a.py:6:12: XP301 `mask & mask` called without `xp` - write `drop(xp=xp)`",
    ]
    assert found.err.splitlines() == [
        "xpcheck: autonerves not found",
        "xpcheck: 2 files, 2 xp-aware functions, 9 of 1,790 calls unresolved",
    ]
    assert xpcheck("check", "--exit-zero").code == 0
    nothing = xpcheck("check", "pkg/b.py", "--quiet")
    assert (nothing.code, nothing.out, nothing.err) == (
        0,
        "0 hazards, 0 conventions in 2 files, 2 xp-aware functions\n",
        "",
    )


@pytest.mark.parametrize(
    ("arguments", "config", "codes"),
    [
        ((), "", ["XP101", "XP301"]),
        (("--no-convention",), "", ["XP101"]),
        (("--select", "XP3"), "", ["XP301"]),
        (("--select", "XP1,XP2", "--level", "possible"), "", ["XP101", "XP201"]),
        (("--select", "XP1", "--select", "XP8"), "", ["XP101", "XP801"]),
        (("--ignore", "XP101"), "", ["XP301"]),
        (("--level", "possible"), "", ["XP101", "XP301", "XP201"]),
        ((), 'level = "possible"', ["XP101", "XP301", "XP201"]),
        ((), 'select = ["XP101"]', ["XP101"]),
        (("--select", "XP3"), 'select = ["XP101"]', ["XP301"]),
        ((), 'ignore = ["XP1"]', ["XP301"]),
        ((), 'per-file-ignores = { "pkg/**" = ["XP3"] }', ["XP101"]),
    ],
)
def test_selection(xpcheck, project, arguments: tuple[str, ...], config: str, codes: list[str]) -> None:
    project({"pkg/a.py": BAD + "maybe(1)\nwhere(1)\n"}, config)
    document = read(xpcheck("check", "--format", "json", *arguments).out)
    assert [item["code"] for item in document["findings"]] == codes


def test_comments_are_applied_and_idle_ones_reported(xpcheck, project, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "x = drop(1)  # noqa: XP101\ny = drop(1)  # xpcheck: ignore[XP101] measured\nz = 1  # noqa: XP101\n"
        "# xpcheck: ignore[XP777]\nw = drop(1)\n"
    )
    project({"a.py": source, "b.py": "# xpcheck: ignore-file[XP201] nothing here\n"})
    document = read(xpcheck("check", "--format", "json").out)
    found = [(item["code"], item["path"], item["line"]) for item in document["findings"]]
    assert found == [("XP902", "a.py", 3), ("XP903", "a.py", 4), ("XP101", "a.py", 5), ("XP902", "b.py", 1)]
    assert read(xpcheck("check", "--format", "json", "b.py").out)["findings"][0]["path"] == "b.py"


def test_standard_input_is_an_overlay(xpcheck, project) -> None:
    project({"pkg/a.py": "x = 1\n"})
    result = xpcheck("check", "--format", "concise", "--stdin-filename", "pkg/a.py", "-", stdin=b"y = drop(1)\n")
    assert result.code == 1
    assert result.out.startswith("pkg/a.py:1:5: XP101")
    new = xpcheck(
        "check", "--format", "concise", "--root", "pkg", "--stdin-filename", "pkg/new.py", "-", stdin=b"drop()"
    )
    assert new.out.startswith("pkg/new.py:1:1: XP101")
    unnamed = xpcheck("check", "--format", "full", "-", stdin=b"y = drop(1)\n")
    assert "stdin.py:1:5  XP101" in unnamed.out
    assert "| y = drop(1)" in unnamed.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "nowhere"), "no such file or folder: nowhere"),
        (("check", "-", "pkg"), "cannot be combined"),
        (("check", "--stdin-filename", "a.py"), "`--stdin-filename` needs `-`"),
        (("check", "--jobs", "0"), "`--jobs` must be a positive number or `auto`, not `0`"),
        (("check", "--jobs", "many"), "not `many`"),
        (("check", "--select", "XP999"), "unknown rule code `XP999`"),
        (("check", "--ignore", "E501"), "`E501` is not a rule code"),
        (("check", "--search-path", "none"), "`--search-path` names no folder: none"),
        (("check", "--root", "none"), "`--root` names no folder: none"),
        (("check", "--config", "none.toml"), "`--config` names no file: none.toml"),
        (("check", "--root", "pkg", "other"), "is not below the root"),
        (("check", "--frmat", "json"), "--frmat"),
        (("check", "--format", "xml"), "'xml' is not one of"),
        (("chek",), "No such command 'chek'"),
        (("rule", "XP999"), "there is no rule `XP999`"),
        (("rule", "unthreaded-cal"), "did you mean `unthreaded-call`?"),
    ],
)
def test_bad_input_is_one_line_and_2(xpcheck, project, arguments: tuple[str, ...], message: str) -> None:
    project({"pkg/a.py": "x = 1\n", "other/b.py": "x = 1\n"})
    result = xpcheck(*arguments)
    assert result.code == FAILED
    assert result.out == ""
    assert result.err.count("\n") == 1
    assert result.err.startswith("xpcheck: ")
    assert message in result.err


def test_bad_configuration_names_its_line_also_in_json(xpcheck, project) -> None:
    root = project({"a.py": "x = 1\n"}, 'namespace = ["xp"]')
    result = xpcheck("check", "--format", "json")
    assert result.code == FAILED
    text = "unknown key `namespace`; did you mean `namespaces`?"
    assert result.err == f"xpcheck: {root}/pyproject.toml:2: {text}\n"
    document = read(result.out)
    (error,) = document["errors"]
    assert error == {"path": f"{root}/pyproject.toml", "line": 2, "kind": "config", "message": text}
    usage = xpcheck("check", "--format=json", "--frmat")
    assert read(usage.out)["errors"][0]["kind"] == "usage"


def test_problems_give_2_and_hide_nothing(xpcheck, project, monkeypatch: pytest.MonkeyPatch) -> None:
    project({"pkg/a.py": BAD})
    monkeypatch.setenv("XPCHECK_STUB_FAIL", "syntax")
    result = xpcheck("check", "--format", "json", "--exit-zero")
    assert result.code == FAILED
    document = read(result.out)
    assert len(document["findings"]) == 2
    assert document["errors"][0]["kind"] == "syntax"
    assert "pkg/broken.py:3: syntax: a problem of the kind syntax\n" in result.err
    assert "1 error: the list is not complete" in xpcheck("check").out


def test_internal_errors_are_one_line(xpcheck, project, monkeypatch: pytest.MonkeyPatch) -> None:
    project({"pkg/a.py": BAD})
    monkeypatch.setenv("XPCHECK_STUB_FAIL", "raise")
    result = xpcheck("check", "--format", "json")
    assert result.code == FAILED
    assert result.err.startswith("xpcheck: internal error, please report it: ValueError: boom")
    assert result.err.count("\n") == 1
    assert read(result.out)["errors"][0]["kind"] == "internal"
    monkeypatch.setenv("XPCHECK_TRACEBACK", "1")
    with pytest.raises(ValueError, match="boom"):
        xpcheck("check")


def test_an_interrupt_is_130(xpcheck, project, monkeypatch: pytest.MonkeyPatch) -> None:
    project({"pkg/a.py": BAD})
    monkeypatch.setenv("XPCHECK_STUB_FAIL", "interrupt")
    result = xpcheck("check")
    assert (result.code, result.err.strip()) == (INTERRUPTED, "xpcheck: interrupted")
    assert INTERRUPTED == 130 == 128 + signal.SIGINT


def test_statistics_go_to_stderr(xpcheck, project) -> None:
    project({"pkg/a.py": BAD})
    result = xpcheck("check", "--format", "json", "--statistics", "-q")
    read(result.out)
    table = result.err.splitlines()
    assert table[0].split() == ["1", "files"]
    assert [line.split() for line in table[-3:]] == [
        ["findings", "by", "rule"],
        ["1", "XP101", "1", "proved"],
        ["1", "XP301", "1", "convention"],
    ]
    assert read(result.out)["statistics"]["findings by rule"] == {"XP101": {"proved": 1}, "XP301": {"convention": 1}}


@pytest.mark.parametrize("code", ["XP900", "XP901", "XP902", "XP903", "XP904"])
def test_codes_about_the_check_have_a_page(xpcheck, code: str) -> None:
    page = xpcheck("rule", code)
    assert page.code == 0
    name = page.out.split()[1]
    assert page.out.startswith(f"{code} {name} (about the check itself)\n\n  ")
    assert xpcheck("rule", name).out == page.out


def test_rule_pages(xpcheck) -> None:
    assert xpcheck("rule").out.splitlines() == [
        "XP101  unthreaded-call          hazard",
        "XP201  numpy-call               hazard",
        "XP301  python-mask-operator     convention",
        "XP801  unsafe-where-gradient    hazard     off by default",
    ]
    page = xpcheck("rule", "xp101")
    assert page.code == 0
    assert page.out == (
        "XP101 unthreaded-call (hazard, on by default)\n\n"
        "What it does\n  Finds calls.\n\n      drop()\n\nExample\n  x\n"
    )
    assert xpcheck("rule", "unthreaded-call").out == page.out
    assert json.loads(xpcheck("rule", "XP101", "--format", "json").out)["kind"] == "hazard"
    assert [item["code"] for item in json.loads(xpcheck("rule", "--format", "json").out)][-1] == "XP801"


def test_a_closed_pipe_is_no_traceback(project) -> None:
    root = project({"pkg/a.py": "drop(1)\n" * 20000})
    script = "from tests.front import stub; stub.install(); from xpcheck.cli.app import run; import sys;"
    script += " sys.exit(run(['check', '--format', 'concise', '-q', '--no-cache']))"
    repository = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 1
    assert errors == b""


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_terminal_without_the_characters_of_the_source(project, format_name: str) -> None:
    root = project({"pkg/λ.py": "λ = drop('日本')\n"})
    script = "from tests.front import stub; stub.install(); from xpcheck.cli.app import run; import sys;"
    script += f" sys.exit(run(['check', '--format', '{format_name}', '-q', '--no-cache']))"
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (1, b"")
    assert b"XP101" in process.stdout
    if format_name == "json":
        assert read(process.stdout.decode("ascii"))["findings"][0]["path"] == "pkg/λ.py"


def test_the_coverage_line_names_bounds_that_were_hit() -> None:
    assert (
        coverage({"files": 1, "xp-aware functions": 1, "bounds hit": 3}) == "1 file, 1 xp-aware function, 3 bounds hit"
    )
    assert coverage({}) == ""
