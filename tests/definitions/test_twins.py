"""The twins of the rules on definitions, analysed and executed; `fixtures/README.md` says how to read them."""

from __future__ import annotations

import pytest

from tests.fixtures.analysis import FIXTURES, differences, marked_in, report_of, shown
from tests.fixtures.twins import Twin, same
from xpcheck.model import Kind
from xpcheck.rules import all_rules

RULES = (
    "xp106", "xp107", "xp110", "xp112", "xp402", "xp501", "xp502", "xp503", "xp504", "xp506", "xp507", "xp508", "xp601",
    "xp602", "xp701", "xp702", "xp801",
)  # fmt: skip
FILES = {f"{folder}/{path.stem}": path for folder in RULES for path in sorted((FIXTURES / folder).glob("*.py"))}
BAD = [name for name in FILES if "/bad_" in name]
BREAKS = [name for name in FILES if "/breaks_" in name]
GOOD = [name for name in FILES if "/good_" in name]


@pytest.fixture(scope="module")
def reports():
    return {folder: report_of(FIXTURES / folder) for folder in RULES}


@pytest.mark.parametrize("folder", RULES)
def test_the_findings_are_those_of_the_comments(reports, folder: str) -> None:
    assert reports[folder].errors == ()
    assert differences(shown(reports[folder]), marked_in(FIXTURES / folder)) == []


def test_every_bad_twin_has_a_good_one() -> None:
    assert {name.replace("/bad_", "/good_").replace("/breaks_", "/good_") for name in (*BAD, *BREAKS)} <= set(GOOD)
    assert len(BAD) + len(BREAKS) + len(GOOD) == len(FILES)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_twin_agrees_on_both_backends(name: str) -> None:
    twin = Twin.load(FILES[name])
    assert twin.outcome is None
    expected = twin.on_numpy(twin.arguments)
    for values in (twin.eager(), twin.jit(), twin.vmap()):
        assert same(values, expected)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_twin_ends_as_it_says(name: str) -> None:
    """Right on NumPy, on concrete JAX arrays as well where nothing else is said, and then ..."""
    expected = Twin.load(FILES[name]).on_numpy(Twin.load(FILES[name]).arguments)
    for mode in ("eager", "jit", "vmap"):
        twin = Twin.load(FILES[name])
        outcome = twin.eager_outcome if mode == "eager" else twin.outcome
        if outcome in ("right", "silent"):
            assert same(getattr(twin, mode)(), expected) == (outcome == "right")
        else:
            with pytest.raises(Exception) as caught:
                getattr(twin, mode)()
            assert type(caught.value).__name__ == outcome


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_breaks_on_numpy_too(name: str) -> None:
    for mode in ("on_numpy", "eager", "jit", "vmap"):
        twin = Twin.load(FILES[name])
        with pytest.raises(Exception) as caught:
            twin.on_numpy(twin.arguments) if mode == "on_numpy" else getattr(twin, mode)()
        assert type(caught.value).__name__ == twin.outcome, mode


@pytest.mark.parametrize("folder", RULES)
def test_conventions_run_and_hazards_do_not(reports, folder: str) -> None:
    """The kind of a finding is what its twin shows; a convention may have a twin that shows where it breaks."""
    for item in reports[folder].findings:
        outcome = Twin.load(FIXTURES / folder / item.path).outcome
        if item.kind is Kind.HAZARD:
            assert outcome != "right", item.path
        elif item.path.startswith("bad_"):
            assert outcome == "right", item.path


@pytest.mark.parametrize("folder", RULES)
def test_messages_are_one_line_with_an_advice(reports, folder: str) -> None:
    kinds = {rule.code.lower(): rule for rule in all_rules()}
    assert folder in kinds
    for item in reports[folder].findings:
        assert "\n" not in item.message and not item.message.endswith("."), item.message
        assert item.hint and item.hint in item.message, item.message
        assert (item.level is None) == (item.kind is Kind.CONVENTION)
        assert item.chain or item.kind is Kind.CONVENTION, item.message
