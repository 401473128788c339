"""One verdict: the real analysis gives the same findings whichever front-end asks, and whatever it is asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from tests.support import flake8_config

REPOSITORY = Path(__file__).resolve().parents[2]

FILES = {
    "pyproject.toml": "[tool.xpcheck]\n",
    "lens/__init__.py": "from lens.profiles import Profile\n",
    "lens/convert.py": (
        "import numpy as np\n\n\ndef angle_from(ell_comps, xp=np):\n    return xp.arctan2(ell_comps[1], ell_comps[0])\n"
    ),
    "lens/profiles.py": """import numpy as np

from lens import convert


class Profile:
    def __init__(self, centre=(0.0, 0.0), ell_comps=(0.0, 0.0)):
        self.centre = centre
        self.ell_comps = ell_comps

    def angle(self, xp=np):
        return convert.angle_from(self.ell_comps, xp=xp)

    def image_from(self, grid, xp=np):
        λ = "é"; angle = convert.angle_from(grid.array)
        return np.cos(xp.sqrt(grid.array[:, 0])) * angle + self.angle()

    def inside_from(self, grid, xp=np):
        y, x = xp.abs(grid.array[:, 0]), xp.abs(grid.array[:, 1])
        return xp.where((y > 0.0) & (x > 0.0), 1.0, 0.0)

    def radius_from(self, grid, xp=np):
        return np.hypot(xp.abs(grid.array[:, 0]), 1.0)  # xpcheck: ignore[XP201] compared with NumPy on purpose

    def other_from(self, grid, xp=np):
        return np.hypot(xp.abs(grid.array[:, 0]), 1.0)  # noqa: XP201
""",
}


@pytest.fixture
def lens(tmp_path: Path) -> Path:
    root = tmp_path / "lens-project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".flake8").write_text(flake8_config())
    return root


@pytest.fixture
def run(lens: Path, tmp_path: Path) -> Callable[..., str]:
    def call(*command: str, stdin: str = "", codes: tuple[int, ...] = (1,)) -> str:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache")}
        process = subprocess.run(
            [sys.executable, *command], cwd=lens, env=environment, input=stdin.encode(), capture_output=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert process.returncode in codes, process.stderr.decode()
        return process.stdout.decode()

    return call


def lines(text: str) -> list[str]:
    return sorted(line.removeprefix("./") for line in text.splitlines())


def test_the_front_ends_agree(run: Callable[..., str], lens: Path) -> None:
    expected = lines(run("-m", "xpcheck", "check", "--format", "concise"))
    codes = [line.split()[1] for line in expected]
    assert {"XP101", "XP201", "XP301"} <= set(codes), expected
    assert not any(f"profiles.py:{number}:" in line for number in (23, 26) for line in expected)
    for jobs in ("-j1", "-j2"):
        assert lines(run("-m", "flake8", jobs)) == expected
        assert lines(run("-m", "flake8", jobs, ".")) == expected
    profiles = [line for line in expected if line.startswith("lens/profiles.py")]
    assert lines(run("-m", "xpcheck", "check", "--format", "concise", "-j2", "lens/profiles.py")) == profiles
    assert lines(run("-m", "flake8", "lens/profiles.py", "lens/__init__.py")) == profiles
    text = (lens / "lens/profiles.py").read_text(encoding="utf-8")
    assert lines(run("-m", "flake8", "--stdin-display-name", "lens/profiles.py", "-", stdin=text)) == profiles
    named = ("check", "--format", "concise", "--stdin-filename", "lens/profiles.py", "-")
    assert lines(run("-m", "xpcheck", *named, stdin=text)) == profiles
    (lens / "lens/profiles.py").write_text("")
    assert lines(run("-m", "flake8", "--stdin-display-name", "lens/profiles.py", "-", stdin=text)) == profiles


def test_every_format_is_written(run: Callable[..., str]) -> None:
    document = json.loads(run("-m", "xpcheck", "check", "--format", "json"))
    schema = json.loads(files("xpcheck.report").joinpath("schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert all(item["chain"] for item in document["findings"] if item["kind"] == "hazard")
    assert all(len(item["fingerprint"]) >= 8 for item in document["findings"])
    full = run("-m", "xpcheck", "check")
    assert "^^^" in full
    assert "help: xpcheck rule XP101" in full
    sarif = json.loads(run("-m", "xpcheck", "check", "--format", "sarif"))
    assert len(sarif["runs"][0]["results"]) == len(document["findings"])
    assert run("-m", "xpcheck", "check", "--format", "github").count("::error ") >= 2


def test_every_rule_has_a_page(run: Callable[..., str]) -> None:
    rules = json.loads(run("-m", "xpcheck", "rule", "--format", "json", codes=(0,)))
    codes = [rule["code"] for rule in rules]
    assert codes == sorted(codes) and {"XP101", "XP201", "XP301", "XP401"} <= set(codes)
    for rule in rules:
        assert rule["docs"]["Use instead"]
        assert run("-m", "xpcheck", "rule", rule["code"], codes=(0,)).startswith(f"{rule['code']} {rule['name']}")


def test_a_file_that_does_not_parse_hides_nothing(run: Callable[..., str], lens: Path) -> None:
    expected = lines(run("-m", "xpcheck", "check", "--format", "concise"))
    (lens / "lens" / "broken.py").write_text("def f(:\n")
    (lens / "lens" / "nul.py").write_bytes(b"x = 1\0\n")
    (lens / "lens" / "binary.py").write_bytes(b"\xff\xfe\x00")
    assert lines(run("-m", "xpcheck", "check", "--format", "concise", codes=(2,))) == expected
    document = json.loads(run("-m", "xpcheck", "check", "--format", "json", codes=(2,)))
    assert {error["path"] for error in document["errors"]} == {"lens/broken.py", "lens/nul.py", "lens/binary.py"}
    under_flake8 = lines(run("-m", "flake8", "--extend-select", "E9"))
    assert set(expected) <= set(under_flake8)
    assert {line.split(":")[0] for line in under_flake8 if " E9" in line} >= {"lens/broken.py"}


def test_a_hidden_package_is_an_error(run: Callable[..., str], lens: Path) -> None:
    (lens / "pyproject.toml").write_text('[tool.xpcheck]\nfollow = ["no_such_package"]\n')
    (lens / "lens" / "user.py").write_text("import no_such_package\n")
    document = json.loads(run("-m", "xpcheck", "check", "--format", "json", codes=(2,)))
    assert [error["kind"] for error in document["errors"]] == ["missing-package"]
    assert "no_such_package" in run("-m", "flake8")
    (lens / "pyproject.toml").write_text(
        '[tool.xpcheck]\nfollow = ["no_such_package"]\nallow-missing = ["no_such_package"]\n'
    )
    run("-m", "xpcheck", "check", codes=(1,))
