"""`check --fix`: what is written, what is said, and what is left alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.front.conftest import Result
from xpcheck.cli.app import run

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


def test_only_what_is_selected_is_fixed(check, project) -> None:
    root = project({"pkg/a.py": BAD, "pkg/b.py": BAD})
    assert check("--fix", "--select", "XP2").code == 0
    assert (root / "pkg/a.py").read_text() == BAD
    assert check("--fix", "pkg/b.py").code == 0
    assert [(root / name).read_text() for name in ("pkg/a.py", "pkg/b.py")] == [BAD, GOOD]


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
