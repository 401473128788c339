"""The default findings on the real libraries are those that were read, and their counts are recorded."""

from __future__ import annotations

import json

import pytest

from tests.real import verdicts

pytestmark = pytest.mark.real


def test_each_finding_was_read(found: dict) -> None:
    assert sorted(set(found) - set(verdicts.load())) == []


def test_no_verdict_is_stale(found: dict) -> None:
    assert sorted(set(verdicts.load()) - set(found)) == []


def test_the_counts_are_those_recorded(found: dict) -> None:
    assert verdicts.counts(found, verdicts.load()) == json.loads((verdicts.FOLDER / verdicts.RECORD).read_text())


def test_a_sample_of_what_is_held_back_was_read(held_back: dict) -> None:
    labelled = verdicts.load(verdicts.HELD_BACK)
    assert verdicts.sample(held_back, labelled) == set(labelled)


def test_the_counts_of_what_is_held_back_are_those_recorded(held_back: dict) -> None:
    labelled = verdicts.load(verdicts.HELD_BACK)
    read = {place: held_back[place] for place in labelled}
    assert verdicts.counts(read, labelled) == json.loads((verdicts.HELD_BACK / verdicts.RECORD).read_text())


def test_the_rules_of_the_mission_keep_their_precision(found: dict) -> None:
    table = verdicts.counts(found, verdicts.load())

    def precision(code: str) -> float:
        return table[code].get("true", 0) / sum(table[code].values())

    assert precision("XP101") >= 0.85
    assert table["XP101"]["true"] >= 20
    assert precision("XP201") >= 0.75
