"""What fails when the real libraries are traced is found, and what is found is not contradicted by traces."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real import confirm

pytestmark = pytest.mark.real


def test_no_failing_line_is_lost(found: dict[tuple[str, int, str], dict[str, Any]]) -> None:
    failures = confirm.load_failures()
    table = confirm.coverage(failures, found)
    missing = {(path, str(line)) for path, line in confirm.uncovered(table)}
    assert missing <= set(confirm.read(confirm.UNCOVERED))
    assert len(confirm.read(confirm.UNCOVERED)) < len(table) / 5


def test_each_contradicted_hazard_was_read(found: dict[tuple[str, int, str], dict[str, Any]]) -> None:
    against = confirm.contradicted(confirm.load_failures(), confirm.load_executed(), found)
    places = {(item["path"], str(item["line"]), item["code"]) for item in against}
    assert places <= set(confirm.read(confirm.CONTRADICTED))


def test_each_entry_has_a_reason() -> None:
    reasons = [*confirm.read(confirm.UNCOVERED).values(), *confirm.read(confirm.CONTRADICTED).values()]
    assert all(reason.strip(" ?") for reason in reasons)
