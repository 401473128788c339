"""``init`` and ``config``: what is written fits the project, is read back, and each value has its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from xpcheck.cli.configuration import schema
from xpcheck.config import Config, key_of, load, options

REPOSITORY = Path(__file__).resolve().parents[2]

FILES = {
    "lens/__init__.py": "",
    "lens/a.py": """import fields
import numpy as np


class Profile:
    def one_from(self, grid, xp=np):
        return np.hypot(xp.abs(grid.array[:, 0]), fields.norm_from(grid, xp=xp))

    def two_from(self, grid, xp=np):
        return xp.abs(grid.array[:, 0])

    def three_from(self, grid, xp=np):
        return xp.abs(grid.array[:, 1])
""",
    "checks/check_lens.py": "import pytest\nimport lens\n",
    "scripts/compare.py": "import jax\nimport lens\n",
    "pyproject.toml": '[project]\nname = "lens"\n',
}
FIELDS = "import numpy as np\n\n\ndef norm_from(grid, xp=np):\n    return xp.sum(grid.array)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "libs" / "fields").mkdir(parents=True)
    (tmp_path / "libs" / "fields" / "__init__.py").write_text(FIELDS)
    return tmp_path / "project"


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*command: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache"), "CI": "",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "xpcheck", *command], cwd=project, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    return call


def test_a_project_is_set_up_in_three_commands(run, project: Path) -> None:
    assert run("check").returncode == 1
    done = run("init", "--search-path", "../libs")
    assert done.returncode == 0, done.stderr
    config = load(project)
    assert config.follow == ("fields",)
    assert config.search_path == (project.parent / "libs",)
    assert config.test_globs == (*Config().test_globs, "checks/**")
    assert config.parity_globs == (*Config().parity_globs, "scripts/**")
    assert config.namespaces == Config().namespaces
    assert "# The project: lens (2 modules)." in done.stdout
    assert "Today: 1 hazard and 1 convention in 4 files" in done.stdout
    assert "## NumPy and JAX" in done.stdout
    assert "    xpcheck check --format concise" in done.stdout
    written = run("baseline")
    assert '`baseline = "xpcheck-baseline.jsonl"` added to [tool.xpcheck]' in written.stdout
    assert load(project).baseline == project / "xpcheck-baseline.jsonl"
    assert run("check").returncode == 0


def test_what_is_followed_may_not_go_missing(run, project: Path) -> None:
    run("init", "--search-path", "../libs")
    (project.parent / "libs").rename(project.parent / "elsewhere")
    result = run("check")
    assert result.returncode == 2
    assert "lens/a.py:1: missing-package: `fields` must be followed but was not found" in result.stderr
    for remedy in ("`search-path`", "`--search-path DIR`", "additional_dependencies: [fields]", "`allow-missing`"):
        assert remedy in result.stderr
    assert run("check", "--search-path", "../elsewhere").returncode == 1


def test_a_family_package_beside_the_project_is_found(run, project: Path) -> None:
    checkout = project.parent / "PyAutoArray" / "autoarray"
    checkout.mkdir(parents=True)
    (checkout / "__init__.py").write_text(FIELDS)
    (project / "lens" / "a.py").write_text(FILES["lens/a.py"].replace("fields", "autoarray"))
    missing = run("check")
    assert "`autoarray` must be followed but was not found" in missing.stderr
    assert run("init").returncode == 0
    config = load(project)
    assert (config.follow, config.search_path) == (("autoarray",), (checkout.parent,))


def test_a_family_package_that_is_nowhere_is_said(run, project: Path) -> None:
    (project / "lens" / "a.py").write_text(FILES["lens/a.py"].replace("fields", "autoarray"))
    done = run("init")
    assert done.returncode == 2
    assert "# autoarray was not found: install it" in done.stdout
    assert load(project).follow == ("autoarray",)


def test_a_sibling_named_jax_is_not_jax(run, project: Path) -> None:
    (project / "plots").mkdir()
    (project / "plots" / "jax.py").write_text("colours = ()\n")
    (project / "plots" / "show.py").write_text("from .jax import colours\n")
    run("init", "--search-path", "../libs")
    assert load(project).parity_globs == (*Config().parity_globs, "scripts/**")


def test_other_names_of_the_namespace_are_seen(run, project: Path) -> None:
    source = project / "lens" / "a.py"
    source.write_text(source.read_text().replace("xp", "nx"))
    run("init", "--search-path", "../libs")
    assert load(project).namespaces == ("nx",)


def test_nothing_is_written_twice_or_on_a_dry_run(run, project: Path) -> None:
    before = (project / "pyproject.toml").read_text()
    dry = run("init", "--dry-run")
    assert dry.returncode == 0
    assert (project / "pyproject.toml").read_text() == before
    assert dry.stdout.startswith("[tool.xpcheck]\n")
    run("init")
    again = run("init")
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1
    assert "there is a [tool.xpcheck] table already: `xpcheck config` prints it" in again.stderr


@pytest.mark.parametrize(
    "content", [None, b"", b'[project]\r\nname = "lens"\r\n', b"[tool.black]", b"\xef\xbb\xbf[project]\nname = 'x'\n"]
)
def test_the_file_keeps_its_form(run, project: Path, content: bytes | None) -> None:
    file = project / "pyproject.toml"
    if content is None:
        file.unlink()
        (project / ".git").mkdir()
    else:
        file.write_bytes(content)
    assert run("init").returncode == 0
    new = file.read_bytes()
    assert new.startswith(content or b"")
    assert b"\r\n" not in new or b"\n" not in new.replace(b"\r\n", b"")
    assert load(project).source == file


def test_a_file_that_cannot_be_extended_is_left_alone(run, project: Path) -> None:
    file = project / "pyproject.toml"
    file.write_text("tool = { black = { line-length = 100 } }\n")
    result = run("init")
    assert result.returncode == 2
    assert "nothing written" in result.stderr
    assert file.read_text() == "tool = { black = { line-length = 100 } }\n"


def test_the_configuration_is_shown_with_the_place_of_each_value(run, project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.xpcheck]\n\nlevel = "proved"\nsearch-path = ["../libs"]\n\n'
        '[tool.xpcheck.per-file-ignores]\n"a/**" = ["XP2"]\n'
    )
    shown = run("config", "--show").stdout
    assert 'level = "proved"  # pyproject.toml:3\n' in shown
    assert f'search-path = ["{project.parent}/libs"]  # pyproject.toml:4\n' in shown
    assert 'per-file-ignores = { "a/**" = ["XP2"] }  # pyproject.toml:6\n' in shown
    assert 'namespaces = ["xp"]  # default\n' in shown
    assert "# baseline = (none)  # default\n" in shown
    table = tomllib.loads(shown)["tool"]["xpcheck"]
    assert table["level"] == "proved"
    document = json.loads(run("config", "--format", "json").stdout)
    assert set(document["options"]) == {key_of(item.name) for item in options()}
    assert document["options"]["level"] == {"value": "proved", "line": 3}
    assert document["options"]["ignore"] == {"value": [], "line": None}
    assert (document["root"], document["file"]) == (str(project), str(project / "pyproject.toml"))


def test_the_effective_configuration_is_one_that_can_be_read(run, project: Path, tmp_path: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.xpcheck]\nlevel = "possible"\nexclude = ["docs/**"]\n')
    copy = tmp_path / "copy.toml"
    copy.write_text(run("config").stdout)
    before, after = load(project), load(project, copy)
    assert all(getattr(before, item.name) == getattr(after, item.name) for item in options())


def test_the_schema_accepts_what_is_right_and_nothing_else(run, project: Path) -> None:
    document = json.loads(run("config", "--schema").stdout)
    assert document == schema()
    validator = jsonschema.Draft7Validator(document)
    validator.check_schema(document)
    assert set(document["properties"]) == {key_of(item.name) for item in options()}
    right = {
        "namespaces": ["xp", "nx"], "select": ["XP1", "XP201"], "per-file-ignores": {"tests/**": ["XP"]},
        "level": "likely", "search-path": ["../libs"], "baseline": "known.jsonl", "minimum-numpy": "2.0",
        "scipy-array-api": True,
    }  # fmt: skip
    assert list(validator.iter_errors(right)) == []
    for wrong in (
        {"namespace": ["xp"]}, {"namespaces": "xp"}, {"namespaces": ["x p"]}, {"select": ["E501"]}, {"level": "sure"},
        {"per-file-ignores": ["XP1"]}, {"baseline": 3}, {"minimum-numpy": "two"},
        {"scipy-array-api": "yes"},
    ):  # fmt: skip
        assert list(validator.iter_errors(wrong)), wrong
        (project / "pyproject.toml").write_text(
            "[tool.xpcheck]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in wrong.items())
        )
        assert run("check").returncode == 2, wrong
