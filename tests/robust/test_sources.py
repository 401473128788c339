"""Whatever lies in a project: a clear message, the right exit code, no finding of another file lost, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import flake8_config

REPOSITORY = Path(__file__).resolve().parents[2]

BUG = """import numpy as np


def angle_from(grid, xp=np):
    name = "é"; return np.arctan2(xp.abs(grid.array[:, 0]), 1.0)
"""
PLAIN = BUG.replace("é", "e")
GOOD = {"lens/__init__.py": b"", "lens/good.py": PLAIN.encode()}
KNOWN = ("lens/good.py", 5, 24)

_LAUNCHER = """
import ctypes, os, signal, sys
DROP_CAPABILITY, OVERRIDE, SEARCH = 24, 1, 2
if os.geteuid() == 0:
    for capability in (OVERRIDE, SEARCH):
        ctypes.CDLL(None).prctl(DROP_CAPABILITY, capability)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Becomes another program that heeds interrupts and, started by root, may not read what nobody may read."""


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def findings(self) -> list[tuple[str, int, int]]:
        return [(item["path"], item["line"], item["column"]) for item in json.loads(self.out)["findings"]]

    @property
    def errors(self) -> list[tuple[str, int, str]]:
        return [(item["path"], item["line"], item["kind"]) for item in json.loads(self.out)["errors"]]


Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root, GOOD)
    (root / "pyproject.toml").write_text("[tool.xpcheck]\n")
    (root / ".flake8").write_text(flake8_config())
    return root


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Run:
    """Run the command, or another program of Python, in the project."""

    def call(*command: str, program: tuple[str, ...] = ("-m", "xpcheck"), folder: Path = project) -> Result:
        environment = {
            **os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache"), "CI": "",
        }  # fmt: skip
        process = subprocess.run(
            [sys.executable, "-c", _LAUNCHER, *program, *command], cwd=folder, env=environment, capture_output=True,
            timeout=600, check=False,
        )  # fmt: skip
        result = Result(process.returncode, process.stdout.decode(), process.stderr.decode())
        assert "Traceback" not in result.out + result.err
        return result

    return call


def check(run: Run, *arguments: str) -> Result:
    return run("check", "--format", "json", *arguments)


# ---------------------------------------------------------------------------------------------- sources that are read

ANALYSED = {
    "bom": (b"\xef\xbb\xbf" + BUG.encode(), 5, 24),
    "crlf": (BUG.replace("\n", "\r\n").encode(), 5, 24),
    "cr": (BUG.replace("\n", "\r").encode(), 5, 24),
    "no newline at the end": (BUG.rstrip("\n").encode(), 5, 24),
    "latin-1 with a coding line": (b"# -*- coding: latin-1 -*-\n" + BUG.encode("latin-1"), 6, 24),
    "cp1252 on the second line": (
        b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\n" + BUG.encode("cp1252"),
        7,
        24,
    ),
    "form feed on a line": (BUG.replace("\n\n\n", "\n\x0c\n\n").encode(), 5, 24),
    "form feed in a line": (BUG.replace("    name", "\x0c    name").encode(), 5, 25),
    "other separators": (BUG.replace("é", "\u2028\x85\x1c\x0b").encode(), 5, 27),
    "tabs": (BUG.replace("    ", "\t").encode(), 5, 21),
    "a backslash and line ends of two kinds": (BUG.replace("; return", "\r\n    return \\\n   ").encode(), 7, 5),
}


def test_findings_are_where_an_editor_shows_them(run: Run, project: Path) -> None:
    places = {f"lens/{name.replace(' ', '_')}.py": place for name, place in ANALYSED.items()}
    write(project, {path: content for path, (content, _, _) in places.items()})
    result = check(run)
    assert result.errors == []
    assert result.findings == sorted([KNOWN, *((path, line, column) for path, (_, line, column) in places.items())])
    assert result.code == 1
    excerpts = run("check").out.splitlines()
    for path, (_, line, column) in places.items():
        header = next(
            number for number, text in enumerate(excerpts) if text.startswith(f"{path}:{line}:{column}  XP201")
        )
        assert excerpts[header + 1].startswith(f"{line:>6} | "), path
        assert "np.arctan2" in excerpts[header + 1]
    assert {tuple(text.split(":")[:3]) for text in run("-j1", program=("-m", "flake8")).out.splitlines()} == {
        (f"./{path}", str(line), str(column)) for path, line, column in result.findings
    }


# ------------------------------------------------------------------------------------------ sources that are no Python

BROKEN = {
    "syntax": (b"x = 1\ndef f(:\n", 2, "syntax", "invalid syntax"),
    "nul": (b"x = 1\ny = '\0'\n", 2, "unreadable", "NUL bytes"),
    "only nul": (b"\0" * 4096, 1, "unreadable", "NUL bytes"),
    "latin-1 without a coding line": (BUG.encode("latin-1"), 5, "unreadable", "declare the encoding or save as UTF-8"),
    "utf-16": ("x = 1\n".encode("utf-16"), 1, "unreadable", "save"),
    "a wrong coding line": (b"# -*- coding: no-such -*-\nx = 1\n", 1, "unreadable", "declare a known encoding"),
    "a coding line that is not true": (b"# -*- coding: ascii -*-\n" + BUG.encode(), 6, "unreadable", "ascii"),
    "a codec that is no text": (b"# -*- coding: rot13 -*-\nx = 1\n", 1, "unreadable", "save it as UTF-8"),
    "bom and another coding": (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", 1, "unreadable", "UTF-8"),
    "brackets": (b"x = " + b"(" * 3000 + b")" * 3000 + b"\n", 1, "syntax", "too many nested parentheses"),
    "brackets in a function": (
        b"def f(xp=None):\n    return " + b"[" * 150 + b"xp.sqrt(1)" + b"]" * 150 + b"\n", 1, "limit", "split it"),
    "100,000 terms": (
        b"import numpy\ndef f(xp=numpy):\n    return " + b" and ".join([b"xp"] * 100_000) + b"\n", 2, "limit", "split"
    ),
    "200 blocks": (
        b"".join(b" " * depth + b"if a:\n" for depth in range(200)) + b" " * 200 + b"0\n", 101, "syntax", "indentation"
    ),
}  # fmt: skip


_ENDS_FLAKE8 = {"a codec that is no text", "100,000 terms"}
"""flake8 7.5 itself ends with a traceback, or asks for 22 GB, with or without plugins."""


def test_broken_files_are_errors_and_hide_nothing(run: Run, project: Path) -> None:
    paths = {f"lens/{name.replace(' ', '_')}.py": entry for name, entry in BROKEN.items()}
    write(project, {path: content for path, (content, *_) in paths.items()})
    result = check(run, "--exit-zero")
    assert result.code == 2
    assert result.findings == [KNOWN]
    assert {(path, kind) for path, _, kind in result.errors} == {
        (path, kind) for path, (_, _, kind, _) in paths.items()
    }
    for path, (_, line, kind, message) in paths.items():
        said = [text for text in result.err.splitlines() if text.startswith(f"{path}:")]
        assert len(said) == 1, path
        assert said[0].startswith(f"{path}:{line}: {kind}: "), said
        assert message in said[0], said
    assert check(run, "lens/good.py").findings == [KNOWN]
    for name in _ENDS_FLAKE8:
        (project / "lens" / f"{name.replace(' ', '_')}.py").unlink()
    under_flake8 = run("-j1", program=("-m", "flake8"))
    assert under_flake8.code == 1
    assert "lens/good.py:5:24: XP201" in under_flake8.out


# --------------------------------------------------------------------------------------------------- files and folders


def test_no_file(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run("check", "--format", "json", folder=empty)
    assert (result.code, result.findings, result.errors) == (0, [], [])
    assert "0 files" in result.err
    assert run("check", "--format", "json", str(empty)).findings == []
    assert run("--select", "XP", program=("-m", "flake8"), folder=empty).code == 0


def test_an_empty_file_and_one_that_holds_only_a_comment(run: Run, project: Path) -> None:
    write(project, {"lens/empty.py": b"", "lens/comment.py": b"# nothing", "lens/blank.py": b"\n\x0c\n  \n"})
    result = check(run)
    assert (result.findings, result.errors) == ([KNOWN], [])


def test_one_file_that_belongs_to_no_project(run: Run, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    write(alone, {"script.py": PLAIN.encode()})
    result = run("check", "--format", "json", "script.py", folder=alone)
    assert (result.code, result.findings) == (1, [("script.py", 5, 24)])


def test_files_and_folders_that_may_not_be_read(run: Run, project: Path) -> None:
    write(project, {"lens/secret.py": b"x = 1\n", "lens/closed/__init__.py": b""})
    (project / "lens" / "secret.py").chmod(0)
    (project / "lens" / "closed").chmod(0)
    try:
        result = check(run)
    finally:
        (project / "lens" / "closed").chmod(0o755)
    assert result.code == 2
    assert result.findings == [KNOWN]
    assert result.errors == [("lens/closed", 1, "unreadable"), ("lens/secret.py", 1, "unreadable")]
    assert "Permission denied" in result.err


def test_links_in_circles_and_to_nothing(run: Run, project: Path) -> None:
    os.symlink("..", project / "lens" / "up")
    os.symlink("circle.py", project / "lens" / "circle.py")
    os.symlink("nowhere.py", project / "lens" / "dangling.py")
    os.symlink("good.py", project / "lens" / "linked.py")
    result = check(run)
    assert result.code == 2
    assert KNOWN in result.findings
    assert {place[0] for place in result.findings} <= {"lens/good.py", "lens/linked.py"}
    assert result.errors == [("lens/circle.py", 1, "unreadable"), ("lens/dangling.py", 1, "unreadable")]
    assert check(run, "lens/up").code in (1, 2)


def test_what_is_called_like_a_module_and_is_none(run: Run, project: Path) -> None:
    (project / "lens" / "folder.py").mkdir()
    os.mkfifo(project / "lens" / "pipe.py")
    result = check(run)
    assert (result.findings, result.errors) == ([KNOWN], [])


def test_names_that_are_no_text(run: Run, project: Path) -> None:
    write(project, {"lens/ünï côdé.py": PLAIN.encode(), "lens/a\nb.py": PLAIN.encode()})
    (project / os.fsdecode(b"lens/\xff.py")).write_bytes(PLAIN.encode())
    result = check(run)
    assert result.code == 1
    assert len(result.findings) == 4
    assert run("check", "--format", "concise").out.count("\n") == 4
    for name in ("full", "sarif", "github", "gitlab", "junit"):
        assert run("check", "--format", name).code == 1


def test_a_file_that_vanishes_meanwhile(run: Run, project: Path) -> None:
    write(project, {"lens/victim.py": PLAIN.encode()})
    result = run("check", "--format", "json", program=("-c", _ON_OPENING.format(do="victim.unlink(missing_ok=True)")))
    assert result.code == 2
    assert result.findings == [KNOWN]
    assert result.errors == [("lens/victim.py", 1, "unreadable")]


def test_a_file_that_git_tracks_and_that_was_deleted_is_no_error(run: Run, project: Path) -> None:
    write(project, {"lens/old.py": b"x = 1\n"})
    for arguments in (("init", "-q"), ("add", "-A")):
        subprocess.run(["git", *arguments], cwd=project, check=True)
    (project / "lens" / "old.py").unlink()
    result = check(run)
    assert (result.code, result.findings, result.errors) == (1, [KNOWN], [])


_ON_OPENING = """
import builtins, os, signal, sys
from pathlib import Path
victim = Path("lens", "victim.py").resolve()
opened = builtins.open
def watched(file, *arguments, **options):
    if str(file).endswith("good.py"):
        {do}
    return opened(file, *arguments, **options)
builtins.open = watched
from xpcheck.__main__ import main
main()
"""
"""Runs the command; something happens when it opens ``lens/good.py``."""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_it_with_one_line(run: Run, project: Path, jobs: str) -> None:
    write(project, {f"lens/m{number}.py": PLAIN.encode() for number in range(50)})
    program = ("-c", _ON_OPENING.format(do="os.kill(os.getpid(), signal.SIGINT)"))
    result = run("check", "--no-cache", "--jobs", jobs, program=program)
    assert result.code == 128 + signal.SIGINT
    assert (result.out, result.err.strip()) == ("", "xpcheck: interrupted")


def test_an_interrupted_run_leaves_a_cache_that_works(run: Run, project: Path) -> None:
    program = ("-c", _ON_OPENING.format(do="os.kill(os.getpid(), signal.SIGINT)"))
    assert run("check", program=program).code == 128 + signal.SIGINT
    assert check(run).findings == [KNOWN]
    assert check(run).findings == [KNOWN]


# -------------------------------------------------------------------------------------------------------------- sizes


def test_a_huge_generated_file(run: Run, project: Path) -> None:
    table = ",\n".join(f"    'key {number}': ({number}, {number}.5, 'text')" for number in range(60_000))
    functions = "\n".join(f"def f{number}(a, b):\n    return a + b\n" for number in range(5_000))
    content = f"TABLE = {{\n{table}\n}}\n\n{functions}\n{PLAIN}"
    write(project, {"lens/generated.py": content.encode()})
    result = check(run)
    assert result.errors == []
    line = content[: content.index("np.arctan2")].count("\n") + 1
    assert result.findings == [("lens/generated.py", line, 24), KNOWN]


@pytest.mark.slow
def test_five_thousand_files(run: Run, project: Path) -> None:
    write(
        project,
        {
            f"lens/part{number % 50}/{name}": text
            for number in range(5_000)
            for name, text in (("__init__.py", b""), (f"m{number}.py", PLAIN.encode()))
        },
    )
    result = check(run)
    assert result.errors == []
    assert len(result.findings) == 5_001
    assert json.loads(result.out)["statistics"]["files"] == 5_052
    assert check(run, "lens/part7/m7.py").findings == [("lens/part7/m7.py", 5, 24)]
