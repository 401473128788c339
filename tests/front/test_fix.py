"""`check --fix`: what is written, what is said, and what is left alone."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.front.conftest import Result
from xpcheck.cli.app import run

REPOSITORY = Path(__file__).resolve().parents[2]

BAD = """\
import numpy as np


def radius_from(y, x, xp=np):
    return xp.sqrt(y**2 + x**2)


def profile_from(y, x, xp=np):
    return xp.exp(-radius_from(y, x))
"""
GOOD = BAD.replace("radius_from(y, x))", "radius_from(y, x, xp=xp))")


@pytest.fixture
def check(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> Callable[..., Result]:
    """Run the command in this process with the real engine."""

    def call(*arguments: str) -> Result:
        code = run(["check", "--cache-dir", str(tmp_path / "cache"), *arguments])
        captured = capfdbinary.readouterr()
        return Result(code, captured.out.decode(), captured.err.decode())

    return call


def test_the_fix_is_written_and_the_rest_reported(check, project) -> None:
    root = project({"pkg/a.py": BAD})
    result = check("--fix")
    assert (root / "pkg/a.py").read_text() == GOOD
    assert result.code == 0
    assert "fixed 1 finding in 1 file" in result.err
    again = check("--fix")
    assert (again.code, "fixed 0 findings in 0 files" in again.err) == (0, True)


def test_bytes_outside_the_fix_stay(check, project) -> None:
    root = project({"pkg/a.py": ""})
    before = b"\xef\xbb\xbf" + BAD.replace("\n", "\r\n").encode() + "s = 'é'  # ∂\t \r\n".encode()
    (root / "pkg/a.py").write_bytes(before)
    check("--fix")
    assert (root / "pkg/a.py").read_bytes() == before.replace(b"radius_from(y, x))", b"radius_from(y, x, xp=xp))")


VARIANTS = {
    "byte order mark": (codecs.BOM_UTF8 + BAD.encode(), "\n"),
    "windows": (BAD.replace("\n", "\r\n").encode(), "\r\n"),
    "old macintosh": (BAD.replace("\n", "\r").encode(), "\r"),
    "mixed": (BAD.replace("\n\n\n", "\r\n\r\n\n", 1).replace("y**2 + x**2)\n", "y**2 + x**2)\r").encode(), "\n"),
    "latin-1": (b"# -*- coding: latin-1 -*-\n" + BAD.encode() + "NAME = 'é'  # à\n".encode("latin-1"), "\n"),
    "no last line end, blanks, wide characters": (BAD.rstrip().encode() + "  # ∂ é \t ".encode(), "\n"),
    "mark and cookie": (codecs.BOM_UTF8 + b"# coding: utf-8\r\n" + BAD.replace("\n", "\r\n").encode(), "\r\n"),
}
SPREAD = (b"radius_from(y, x)", b"radius_from(<y,<x,<)")


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("spread", [False, True])
def test_every_encoding_and_line_end_stays(check, project, name, spread) -> None:
    root = project({"pkg/a.py": ""})
    before, end = VARIANTS[name]
    added = b", xp=xp"
    if spread:  # each argument on a line of its own: the new one gets the line end of the file's first line
        before = before.replace(SPREAD[0], SPREAD[1].replace(b"<", end.encode() + b" " * 8))
        first = b"\r\n" if name == "mixed" and before.splitlines(keepends=True)[0].endswith(b"\r\n") else end.encode()
        added = first + b" " * 8 + b"xp=xp,"
    (root / "pkg/a.py").write_bytes(before)
    result = check("--fix")
    place = before.rindex(b"x,", 0) + 2 if spread else before.rindex(b"radius_from(y, x)") + len(b"radius_from(y, x")
    assert (root / "pkg/a.py").read_bytes() == before[:place] + added + before[place:]
    assert result.code == 0
    assert check("--fix").code == 0
    assert (root / "pkg/a.py").read_bytes() == before[:place] + added + before[place:]


def test_a_dry_run_prints_a_patch_that_applies(check, project) -> None:
    root = project({"pkg/a.py": BAD, "pkg/b.py": BAD.rstrip("\n")})
    result = check("--fix", "--dry-run")
    assert result.code == 1
    assert (root / "pkg/a.py").read_text() == BAD
    subprocess.run(["git", "apply", "-"], input=result.out.encode(), cwd=root, check=True)
    assert (root / "pkg/a.py").read_text() == GOOD
    assert (root / "pkg/b.py").read_text() == GOOD.rstrip("\n")
    clean = check("--fix", "--dry-run")
    assert (clean.code, clean.out) == (0, "")


def test_diff_without_a_revision_shows_the_fixes(check, project) -> None:
    root = project({"pkg/a.py": BAD})
    shown = check("pkg/a.py", "--diff")
    assert shown == check("--fix", "--dry-run", "pkg/a.py")
    assert "+    return xp.exp(-radius_from(y, x, xp=xp))" in shown.out
    assert (root / "pkg/a.py").read_text() == BAD


def test_a_killed_run_is_completed_by_the_next(check, project, tmp_path) -> None:
    root = project({"pkg/a.py": BAD, "pkg/b.py": BAD})
    files = [str(root / name) for name in ("pkg/a.py", "pkg/b.py")]
    process = subprocess.run(
        [sys.executable, "-c", KILLED, "check", "--cache-dir", str(tmp_path / "cache"), "--fix"],
        cwd=root, env={**os.environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 9, process.stderr
    assert sorted(Path(file).read_text() for file in files) == sorted([BAD, GOOD])
    assert "completed" not in check("--fix", "--dry-run").err
    result = check("--fix")
    assert "completed the fixes of an interrupted run in 1 file" in result.err
    assert [Path(file).read_text() for file in files] == [GOOD, GOOD]
    assert sorted(path.name for path in (root / "pkg").glob(".*")) == []
    assert "completed" not in check("--fix").err


KILLED = """
import os, sys
from xpcheck.cli.app import run

replace, count = os.replace, 0

def killed(source, target):
    global count
    count += str(target).endswith(".py")
    if count == 2:
        os._exit(9)
    replace(source, target)

os.replace = killed
run(sys.argv[1:])
"""


def test_only_what_is_selected_is_fixed(check, project) -> None:
    root = project({"pkg/a.py": BAD, "pkg/b.py": BAD})
    assert check("--fix", "--select", "XP2").code == 0
    assert (root / "pkg/a.py").read_text() == BAD
    assert check("--fix", "pkg/b.py").code == 0
    assert [(root / name).read_text() for name in ("pkg/a.py", "pkg/b.py")] == [BAD, GOOD]


@pytest.mark.parametrize("options", [(), ("--select", "XP101"), ("--ignore", "XP304")])
def test_what_a_fix_brings_about_counts_though_it_is_not_selected(check, project, options) -> None:
    text = BAD.replace("return xp.exp(-radius_from(y, x))", "return max(radius_from(xp.abs(y), x), 1.0)")
    root = project({"pkg/a.py": text})
    result = check("--fix", *options)
    assert "XP101 is not fixed: XP304 would appear in pkg/a.py:9" in result.err
    assert (root / "pkg/a.py").read_text() == text


def test_what_a_comment_suppresses_is_not_fixed(check, project) -> None:
    text = BAD.replace("radius_from(y, x))", "radius_from(y, x))  # noqa: XP101")
    root = project({"pkg/a.py": text})
    assert check("--fix").code == 0
    assert (root / "pkg/a.py").read_text() == text


def test_fixable_findings_are_marked_and_counted(check, project) -> None:
    project({"pkg/a.py": BAD})
    result = check("--statistics")
    assert "XP101 unthreaded-call [*]" in result.out
    assert result.out.endswith("[*] 1 fixable with `--fix`\n")
    assert "safe fixes" in result.err
    document = json.loads(check("--format", "json").out)
    (finding,) = document["findings"]
    assert finding["fix"] == {
        "safety": "safe",
        "title": "Add `xp=xp`",
        "reason": "",
        "edits": [{"path": "pkg/a.py", "line": 9, "column": 36, "end_line": 9, "end_column": 36, "text": ", xp=xp"}],
    }
    assert document["statistics"]["safe fixes"] == 1
    run_ = json.loads(check("--format", "sarif").out)["runs"][0]
    (change,) = run_["results"][0]["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 9, "startColumn": 36, "endLine": 9, "endColumn": 36},
            "insertedContent": {"text": ", xp=xp"},
        }
    ]


def test_unsafe_fixes_need_an_option(check, project) -> None:
    text = BAD.replace("radius_from(y, x))", "radius_from(y, x)) * np.sqrt(  # why\n        -y)")
    text = text.replace(
        "(y, x, xp=np):\n    return xp.exp", "(y, x, xp=np):\n    z = (y > 0) & (x > 1)  # first\n    return z * xp.exp"
    )
    root = project(
        {"pkg/a.py": text.replace("(y > 0) & (x > 1)", "(\n        (y > 0)  # why\n        & (x > 1)\n    )")}
    )
    shown = check("--select", "XP301")
    assert "unsafe fix (`--fix --unsafe-fixes`)" in shown.out
    assert "1 more with `--unsafe-fixes`" in shown.out
    before = (root / "pkg/a.py").read_text()
    assert check("--fix", "--select", "XP301").code == 1
    assert (root / "pkg/a.py").read_text() == before
    assert check("--fix", "--unsafe-fixes", "--select", "XP301").code == 0
    assert "xp.logical_and(" in (root / "pkg/a.py").read_text()
    assert "# why" in (root / "pkg/a.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("--dry-run",), "`--dry-run` needs `--fix`"), (("--fix", "-"), "`--fix` cannot write standard input")],
)
def test_calls_that_make_no_sense(check, project, arguments, message) -> None:
    project({"pkg/a.py": BAD})
    result = check(*arguments)
    assert (result.code, message in result.err) == (2, True)


def test_a_body_for_jax_hands_on_what_it_imports(check, project) -> None:
    text = BAD.replace(
        "(y, x, xp=np):\n    return xp.exp(", "(y, x):\n    import jax.numpy as jnp\n\n    return jnp.exp("
    )
    root = project({"pkg/a.py": text.replace("radius_from(y, x))", "radius_from(jnp.abs(y), x))")})
    assert check("--fix").code == 0
    assert "radius_from(jnp.abs(y), x, xp=jnp)" in (root / "pkg/a.py").read_text()
