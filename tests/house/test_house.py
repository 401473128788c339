"""Sizes, the version, the published tables, and what the fast commands load."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import xpcheck
from xpcheck.config import Config, key_of, options
from xpcheck.rules import catalogue, codes

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
README = (REPOSITORY / "README.md").read_text()

HARD_LIMIT, SOFT_LIMIT, RULE_LIMIT = 600, 400, 250
"""Lines of a module, of a module without a remark, and of a rule."""

MODULES = sorted(
    file
    for folder in ("xpcheck", "autoarray_min", "tests", "fixtures")
    for file in (REPOSITORY / folder).rglob("*.py")
    if "cases" not in file.parts
)


def length(file: Path) -> int:
    return len(file.read_bytes().splitlines())


def name_of(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


def test_no_module_is_too_long(record_property: pytest.RecordProperty) -> None:
    long = {name_of(file): length(file) for file in MODULES if length(file) > SOFT_LIMIT}
    record_property("longer than 400 lines", json.dumps(long))
    for name, lines in long.items():
        print(f"{name}: {lines} lines (over {SOFT_LIMIT})")
    assert {name: lines for name, lines in long.items() if lines > HARD_LIMIT} == {}


def test_a_rule_is_named_after_its_code() -> None:
    assert codes() == tuple(info.code for info in catalogue())


def test_a_rule_is_one_short_file() -> None:
    rules = sorted((REPOSITORY / "xpcheck" / "rules").glob("xp[0-9]*.py"))
    assert {name_of(file): length(file) for file in rules if length(file) > RULE_LIMIT} == {}


@pytest.mark.parametrize("file", [file for file in MODULES if file.parts[-2] != "tests"], ids=name_of)
def test_no_module_holds_state_that_changes(file: Path) -> None:
    """No ``global`` statement in the product: what a function returns depends on its arguments."""
    if "xpcheck" in file.relative_to(REPOSITORY).parts[0]:
        assert not [node.lineno for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Global)]


def test_the_version_is_the_top_entry_of_the_changelog() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    found = re.search(r"^## \[(.+?)\] - (unreleased|\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    assert found is not None
    assert found[1] == xpcheck.__version__


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--version"], {"libcst", "flake8", "rich", "msgspec", "pathspec", "numpy", "jax"}),
        (["check", "--help"], {"libcst", "flake8", "rich", "numpy", "jax"}),
    ],
)
def test_fast_commands_load_little(arguments: list[str], unwanted: set[str]) -> None:
    code = (
        "import sys; from xpcheck.cli.app import run; run(sys.argv[1:]); print(*sorted(sys.modules), file=sys.stderr)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert unwanted & set(process.stderr.split()) == set()


def test_one_distribution_brings_the_command_and_the_plugin() -> None:
    assert PROJECT["project"]["scripts"] == {"xpcheck": "xpcheck.__main__:console"}
    assert PROJECT["project"]["entry-points"] == {"flake8.extension": {"XP": "xpcheck.flake8_plugin:Plugin"}}
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["xpcheck", "autoarray_min"]


def test_every_requirement_is_pinned() -> None:
    pinned = {line.split("==")[0] for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if "==" in line}
    wanted = [*PROJECT["project"]["dependencies"]]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[\[>=<; ]", requirement)[0] for requirement in wanted}
    assert names - pinned == {"xpcheck"}


def section(title: str) -> str:
    """The text of a section of the README."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found is not None, f"the README has no section {title!r}"
    return found[1]


def test_the_readme_lists_every_option() -> None:
    rows = [f"| `{key_of(item.name)}` | {default_of(item.name)} | {item.metadata['doc']} |" for item in options()]
    table = "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])
    assert table in section("Configuration"), f"the table should read:\n{table}"


def default_of(name: str) -> str:
    value = getattr(Config(), name)
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


def test_the_readme_lists_every_rule() -> None:
    rows = []
    for info in catalogue():
        text = next(iter(info.docs.values())).strip()
        first = re.split(r"(?<=[.:])\s", " ".join(text.split()))[0].rstrip(".:")
        rows.append(f"| {info.code} | `{info.name}` | {info.kind}{'' if info.default else ', off'} | {first} |")
    table = "\n".join(["| code | name | kind | reports |", "|---|---|---|---|", *rows])
    assert table in section("Rules"), f"the table should read:\n{table}"


def test_the_readme_shows_a_finding_as_it_looks() -> None:
    found = re.search(r"```\n(.*?)\n```", section("What a finding looks like"), re.DOTALL)
    assert found is not None
    command = [sys.executable, "-m", "xpcheck", "check", "fixtures/tour", "-q", "--no-cache"]
    process = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert found[1] in process.stdout, "copy the finding of the same line from `xpcheck check fixtures/tour`"


def test_the_readme_shows_the_commands_that_ci_runs() -> None:
    ci = (REPOSITORY / ".ci" / "run").read_text()
    for command in (
        "install -c constraints.txt .",
        'install -c constraints.txt ".[dev]"',
        "xpcheck check fixtures/tour",
    ):
        assert command in README
        assert command in ci.replace("install -q", "install")
