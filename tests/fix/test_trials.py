"""Which fixes hold together is found for certain, and with few trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from xpcheck.fix.trials import Objection, Trials
from xpcheck.model import Fix, Safety

ALL = [Fix(Safety.SAFE, str(number), ()) for number in range(40)]


def settled(fixes: Sequence[Fix], against: Callable[[Sequence[Fix]], list[Objection]]) -> tuple[Trials, int]:
    """The trials to the end, and how many there were."""
    trials = Trials(fixes)
    number = 1
    while not trials.judge(against(trials.trial)):
        number += 1
        assert number < 10 * len(fixes) + 10
    return trials, number


def blaming(bad: Sequence[int], suspects: Callable[[int], Sequence[int]]) -> Callable[[Sequence[Fix]], list[Objection]]:
    """Objections to each bad fix that is tried; ``suspects`` says who is suspected."""

    def against(trial: Sequence[Fix]) -> list[Objection]:
        return [
            Objection(
                tuple(ALL[item] for item in suspects(number) if ALL[item] in trial), f"because of {number}", str(number)
            )
            for number in bad
            if ALL[number] in trial
        ]

    return against


def test_what_is_suspected_alone_is_left_out_at_once() -> None:
    bad = [3, 7, 30]
    trials, number = settled(ALL, blaming(bad, lambda item: [item]))
    assert trials.refused == {ALL[item]: f"because of {item}" for item in bad}
    assert number == 2


def test_groups_are_halved_side_by_side() -> None:
    bad = [3, 17, 25, 39]
    trials, number = settled(ALL, blaming(bad, lambda item: range(item // 10 * 10, item // 10 * 10 + 10)))
    assert set(trials.refused) == {ALL[item] for item in bad}
    assert number <= 10


def test_an_innocent_one_comes_back_when_the_objection_stays() -> None:
    def against(trial: Sequence[Fix]) -> list[Objection]:
        suspect = ALL[0] if ALL[0] in trial else ALL[2]
        return [Objection((suspect,), "because of 2", "2")] if ALL[2] in trial else []

    trials, number = settled(ALL[:3], against)
    assert trials.refused == {ALL[2]: "because of 2"}
    assert number == 3


@st.composite
def worlds(draw: st.DrawFn) -> tuple[int, list[int], list[tuple[int, int]], list[list[int]]]:
    """A number of fixes, the bad ones, pairs that do not go together, and whom each objection suspects as well."""
    size = draw(st.integers(1, 14))
    one = st.integers(0, size - 1)
    bad = draw(st.lists(one, unique=True, max_size=5))
    pairs = draw(st.lists(st.tuples(one, one).filter(lambda pair: pair[0] < pair[1]), max_size=3))
    return size, bad, pairs, draw(st.lists(st.lists(one, max_size=6), min_size=8, max_size=8))


@settings(max_examples=2000, deadline=None)
@given(worlds())
def test_every_bad_fix_is_found_whoever_is_suspected_as_well(
    world: tuple[int, list[int], list[tuple[int, int]], list[list[int]]],
) -> None:
    size, bad, pairs, others = world
    causes = [{item} for item in bad] + [set(pair) for pair in pairs]

    def against(trial: Sequence[Fix]) -> list[Objection]:
        there = {ALL.index(fix) for fix in trial}
        return [
            Objection(tuple(ALL[item] for item in sorted({*cause, *more} & there)), str(cause), str(cause))
            for cause, more in zip(causes, others, strict=False)
            if cause <= there
        ]

    trials, _ = settled(ALL[:size], against)
    left = {ALL.index(fix) for fix in trials.trial}
    refused = {ALL.index(fix) for fix in trials.refused}
    assert against(trials.trial) == []
    assert left | refused == set(range(size))
    assert left.isdisjoint(refused)
    # Nobody is left out that harms no one.
    assert refused <= set().union(*causes)


@settings(max_examples=1000, deadline=None)
@given(worlds())
def test_wrong_suspects_end_as_well(world: tuple[int, list[int], list[tuple[int, int]], list[list[int]]]) -> None:
    """Where those at fault are not suspected, or only when the suspected are gone, what is left still holds."""
    size, bad, pairs, others = world
    causes = [{item} for item in bad] + [set(pair) for pair in pairs]

    def against(trial: Sequence[Fix]) -> list[Objection]:
        there = {ALL.index(fix) for fix in trial}
        return [
            Objection(tuple(ALL[item] for item in sorted({*more} & there or there)), str(cause), str(cause))
            for cause, more in zip(causes, others, strict=False)
            if cause <= there
        ]

    trials, _ = settled(ALL[:size], against)
    assert against(trials.trial) == []
    assert {*trials.trial, *trials.refused} == {*ALL[:size]}
