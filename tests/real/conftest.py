from __future__ import annotations

from typing import Any

import pytest

from tests.real import verdicts

Findings = dict[tuple[str, int, str], dict[str, Any]]


@pytest.fixture(scope="session")
def candidates() -> Findings:
    """The findings of every level on the real libraries; the analysis takes a while."""
    return verdicts.candidates()


@pytest.fixture(scope="session")
def found(candidates: Findings) -> Findings:
    """The default findings on the real libraries."""
    return {place: it for place, it in candidates.items() if not verdicts.is_held_back(it)}


@pytest.fixture(scope="session")
def held_back(candidates: Findings) -> Findings:
    """The candidates that are not shown by default."""
    return {place: it for place, it in candidates.items() if verdicts.is_held_back(it)}
