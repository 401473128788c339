"""The runtime and the worked stack are what good code looks like: the analyzer has nothing to say about them."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.support import flake8_config

ROOT = Path(__file__).resolve().parents[2]
GOOD = [ROOT / "autoarray_min", ROOT / "fixtures" / "stack"]


def test_xpcheck_finds_nothing():
    command = [sys.executable, "-m", "xpcheck", "check", "--format", "json", "--no-cache", *map(str, GOOD)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert json.loads(run.stdout)["findings"] == []
    assert run.returncode == 0, run.stderr


def test_flake8_finds_nothing(tmp_path):
    config = tmp_path / "flake8.ini"
    config.write_text(flake8_config())
    flake8 = [sys.executable, "-m", "flake8", "--config", str(config)]
    assert "--xpcheck-root" in subprocess.run([*flake8, "--help"], capture_output=True, text=True, cwd=ROOT).stdout
    run = subprocess.run([*flake8, *map(str, GOOD)], capture_output=True, text=True, cwd=ROOT)
    assert (run.stdout, run.returncode) == ("", 0), run.stderr


def test_hardly_anything_is_suppressed():
    """At most ten suppressions or declarations, each with its reason."""
    marks = [
        line
        for folder in GOOD
        for path in folder.rglob("*.py")
        for line in path.read_text().splitlines()
        if re.search(r"#\s*(noqa:.*XP|xpcheck:)", line)
    ]
    assert len(marks) <= 10
    assert all(re.search(r"(ignore\[[^]]*\]|host|noqa:\s*[\w,]+)\s+\w", line) for line in marks)
