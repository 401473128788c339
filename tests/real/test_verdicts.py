"""The default findings on the real libraries are those that were read, and their counts are recorded."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def real() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verdicts", Path(__file__).with_name("verdicts.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(real: ModuleType) -> dict[tuple[str, int, str], dict[str, object]]:
    return real.findings()


def test_each_finding_was_read(real: ModuleType, found: dict) -> None:
    assert sorted(set(found) - set(real.load())) == []


def test_no_verdict_is_stale(real: ModuleType, found: dict) -> None:
    assert sorted(set(real.load()) - set(found)) == []


def test_the_counts_are_those_recorded(real: ModuleType, found: dict) -> None:
    assert real.counts(found, real.load()) == json.loads(real.RECORD.read_text())


def test_the_rules_of_the_mission_keep_their_precision(real: ModuleType, found: dict) -> None:
    table = real.counts(found, real.load())

    def precision(code: str) -> float:
        return table[code].get("true", 0) / sum(table[code].values())

    assert precision("XP101") >= 0.85
    assert table["XP101"]["true"] >= 20
    assert precision("XP201") >= 0.75
