"""A seeded sample of the fuzzer on the bundled fixtures: nothing crashes, raises or hangs."""

from __future__ import annotations

import json
from collections import Counter

from tests.fuzz.harness import REPOSITORY, Child
from tests.fuzz.inputs import KINDS, corpus_of, inputs
from tests.fuzz.run import COUNTS, RESULTS

SAMPLE = {"grammar": 25, "node": 10, "grafted": 25, "bytes": 60, "lines": 60, "spliced": 30, "deep": 25}


def test_a_seeded_sample_ends_in_findings_or_errors() -> None:
    corpus = corpus_of(REPOSITORY / "fixtures" / "tour", REPOSITORY / "fixtures" / "stack")
    seen: Counter[str] = Counter()
    with Child() as child:
        for item in inputs(7, SAMPLE, corpus):
            outcome = child.examine(item.content)
            assert outcome.verdict == "fine", (item, outcome)
            seen.update(outcome.problems or ("none",))
    assert {"none", "syntax"} <= set(seen)


def test_the_same_seed_gives_the_same_inputs() -> None:
    corpus = corpus_of(REPOSITORY / "fixtures" / "tour")
    counts = dict.fromkeys(("grammar", "bytes", "lines", "spliced", "deep"), 5)
    assert list(inputs(3, counts, corpus)) == list(inputs(3, counts, corpus))
    assert list(inputs(3, counts, corpus)) != list(inputs(4, counts, corpus))


def test_the_whole_run_is_recorded_and_had_no_failure() -> None:
    results = json.loads(RESULTS.read_text())
    assert results["failures"] == {}
    assert results["inputs"] >= 20_000
    assert results["CPU seconds"]["slowest"] <= results["limit of CPU seconds for a file"]
    assert {kind: entry["inputs"] for kind, entry in results["kinds"].items()} == COUNTS
    assert set(COUNTS) == set(KINDS)
