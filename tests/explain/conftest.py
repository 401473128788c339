from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from xpcheck.cli.app import run


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str]], Path]:
    """Write a project given as texts and make it the working directory."""

    def write(files: Mapping[str, str]) -> Path:
        (tmp_path / "pyproject.toml").write_text("[tool.xpcheck]\n")
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"))
        for folder in [path for path in tmp_path.rglob("*") if path.is_dir()]:
            (folder / "__init__.py").touch()
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return write


@pytest.fixture
def xpcheck(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process."""

    def call(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        code = run([*arguments, "--no-cache", "--jobs", "1"])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call
