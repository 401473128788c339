from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.front import stub


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write files below a fresh project and make it the working directory."""

    def write(files: dict[str, str], config: str | None = "") -> Path:
        root = tmp_path / "project"
        if config is not None:
            files = {"pyproject.toml": f"[tool.xpcheck]\n{config}", **files}
        for name, text in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        monkeypatch.chdir(root)
        return root

    return write


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in engine, also for modules of the front-ends that hold the real one already."""
    names = ("xpcheck.cli.check", "xpcheck.cli.rule")
    for name in names:
        importlib.import_module(name)  # what is there is put back afterwards, whichever test comes first
    stub.install(monkeypatch)
    for name in names:
        monkeypatch.delitem(sys.modules, name)
    importlib.invalidate_caches()


@pytest.fixture
def xpcheck(
    stubbed: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Run the command in this process with the stand-in engine."""
    from xpcheck.cli.app import run

    def call(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = run(arguments)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call
