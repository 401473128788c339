"""All safe fixes on copies of the pinned releases: the code compiles, findings go away and none come."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import pytest

from tests.real.verdicts import PACKAGES, libraries

pytestmark = pytest.mark.real

REPOSITORY = Path(__file__).resolve().parents[2]


def check(folder: Path, package: str, *options: str) -> tuple[dict, str]:
    command = [sys.executable, "-m", "xpcheck", "check", package, "--format", "json", "--search-path", str(libraries())]
    process = subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, timeout=3600, check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(folder / ".cache")},
    )  # fmt: skip
    assert process.returncode in (0, 1), process.stderr
    return json.loads(process.stdout), process.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}


def by_place(document: dict) -> Counter[tuple[str, str, str]]:
    return Counter((item["code"], item["path"], item["symbol"]) for item in document["findings"])


@pytest.mark.parametrize("package", PACKAGES)
def test_safe_fixes_hold(package: str, tmp_path: Path) -> None:
    shutil.copytree(libraries() / package, tmp_path / package)
    untouched = contents(tmp_path)
    before, _ = check(tmp_path, package)
    _, said = check(tmp_path, package, "--fix", "-q")
    fixed = contents(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # escapes in the libraries' own docstrings
        for path, content in fixed.items():
            compile(content, path, "exec")
    after, _ = check(tmp_path, package)
    safe = Counter(
        (item["code"], item["path"], item["symbol"])
        for item in before["findings"]
        if item["fix"] is not None and item["fix"]["safety"] == "safe"
    )
    refused = [line for line in said.splitlines() if " is not fixed: " in line]
    assert fixed != untouched
    assert sum((by_place(before) - by_place(after)).values()) >= sum(safe.values()) - len(refused)
    # What a callee does wrong with JAX shows where the namespace is handed on to it now.
    threaded = {place[1:] for place in safe if place[0] in {"XP101", "XP102"}}
    assert {place[1:] for place in by_place(after) - by_place(before)} <= threaded
    check(tmp_path, package, "--fix", "-q")
    assert contents(tmp_path) == fixed
