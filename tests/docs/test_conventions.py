"""Every statement of the users' written conventions has a rule, twins and a runtime test, or a reason."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from xpcheck.rules import catalogue

REPOSITORY = Path(__file__).resolve().parents[2]
TABLE = REPOSITORY / "docs" / "conventions.md"
CODES = {info.code for info in catalogue()}


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "| statement |" not in line]


def quoted(cell: str) -> list[str]:
    return [item.strip(" `") for item in cell.split(",") if item.strip()]


ROWS = rows()
CHECKED = [row for row in ROWS if not row[1].startswith("none: ")]


def test_the_table_is_read() -> None:
    assert ROWS and CHECKED and all(len(row) == 4 for row in ROWS)
    assert len({row[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", CHECKED, ids=lambda row: row[0][:50])
def test_a_statement_has_rules_and_twins_of_them(row: list[str]) -> None:
    codes = quoted(row[1])
    assert set(codes) <= CODES
    twins = quoted(row[2])
    assert {name.partition("/")[0] for name in twins} == {code.lower() for code in codes}
    for name in twins:
        text = (REPOSITORY / "fixtures" / f"{name}.py").read_text()
        assert "/good_" in name or f"# error: {name.partition('/')[0].upper()}" in text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_a_statement_is_run(row: list[str]) -> None:
    path, _, name = row[3].strip("`").partition("::")
    tree = ast.parse((REPOSITORY / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_what_has_no_rule_has_a_reason() -> None:
    assert all(len(row[1]) > len("none: because") and not row[2] for row in ROWS if row not in CHECKED)


def test_every_convention_stands_in_the_table() -> None:
    """The rules on the family's own protocol: each comes from a statement."""
    named = {code for row in CHECKED for code in quoted(row[1])}
    assert {code for code in CODES if code.startswith(("XP5", "XP6", "XP7"))} <= named
