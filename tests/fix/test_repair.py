"""Guards: a fix stays only if the analysis of the result agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from xpcheck.fix.repair import Repair, Repairer
from xpcheck.model import Edit, Finding, Fix, Kind, Level, Report, Safety, Span


class World:
    """A stand-in analysis: each word of a line is a finding when the table says what would cure it."""

    def __init__(self, cures: Mapping[str, str], poison: Sequence[str] = (), *, unfixable: Sequence[str] = ()) -> None:
        self.cures = {**cures, **dict.fromkeys(poison, "")}
        self.unfixable = {*poison, *unfixable}
        self.analyses = 0

    def report(self, text: str) -> Report:
        self.analyses += 1
        found = []
        for number, line in enumerate(text.split("\n"), 1):
            for word in line.replace("(", " ").replace(")", " ").split():
                if word in self.cures:
                    column = line.index(word) + 1
                    span = Span(number, column, number, column + len(word))
                    fix = Fix(Safety.SAFE, f"Cure {word}", (Edit("a.py", span, self.cures[word]),))
                    fix_or_none = None if word in self.unfixable else fix
                    message = f"{word} at {number}"
                    found.append(
                        Finding("XP201", "n", Kind.HAZARD, Level.PROVED, "a.py", span, "f", message, fix=fix_or_none)
                    )
        return Report("/", tuple(found))

    def repair(self, text: str) -> tuple[str, Repair]:
        repairer = Repairer(
            read=lambda path: text.encode(),
            analyse=lambda files: self.report(files["a.py"].decode()),
            chosen=lambda report, files: [item for item in report.findings if item.fix is not None],
            counts=lambda item: True,
        )
        result = repairer.repair(self.report(text))
        return result.state.files.get("a.py", text.encode()).decode(), result


def test_all_fixes_are_tried_at_once() -> None:
    world = World({"bad": "good"})
    after, result = world.repair("bad\n" * 50)
    assert after == "good\n" * 50
    assert (len(result.applied), result.refused) == (50, [])
    assert world.analyses == 2


def test_a_second_run_changes_nothing() -> None:
    world = World({"bad": "good", "odd": "odd(1)"})
    once, _ = world.repair("bad\nodd\nbad\n")
    again, result = world.repair(once)
    assert again == once
    assert result.applied == []


def test_a_finding_that_stays_is_left_as_it_was() -> None:
    after, result = World({"bad": "good", "stubborn": "stubborn(1)"}).repair("bad\nstubborn\nbad\n")
    assert after == "good\nstubborn\ngood\n"
    assert [(item.finding.span.line, item.reason) for item in result.refused] == [
        (2, "the finding would still be there")
    ]


def test_a_fix_that_brings_another_finding_about_is_found_among_many() -> None:
    world = World({"bad": "good", "sly": "good; worse"}, poison=["worse"])
    text = "bad\n" * 20 + "sly\n" + "bad\n" * 20
    after, result = world.repair(text)
    assert after == text.replace("bad", "good")
    assert [(item.finding.message, item.reason) for item in result.refused] == [
        ("sly at 21", "XP201 would appear in a.py:21")
    ]
    assert world.analyses < 20


def test_what_a_fix_uncovers_is_fixed_in_the_next_round() -> None:
    after, result = World({"bad": "good; next", "next": "good"}).repair("bad\n")
    assert after == "good; good\n"
    assert len(result.applied) == 2


def test_a_fix_that_breaks_the_syntax_is_left_out_unanalysed() -> None:
    world = World({"bad": "good", "broken": "("})
    after, result = world.repair("bad\nbroken\n")
    assert after == "good\nbroken\n"
    (refusal,) = result.refused
    assert "would not be readable" in refusal.reason
    assert world.analyses == 2


def test_findings_that_were_there_before_are_no_objection() -> None:
    after, result = World({"bad": "good\ngood", "old": ""}, unfixable=["old"]).repair("bad\nold\n")
    assert after == "good\ngood\nold\n"
    assert result.refused == []


def test_a_finding_that_becomes_certain_is_new() -> None:
    def report(text: str) -> Report:
        level = Level.POSSIBLE if "bad" in text else Level.LIKELY
        found = [Finding("XP103", "n", Kind.HAZARD, level, "a.py", Span(2, 1, 2, 6), "f", "m")]
        if "bad" in text:
            fix = Fix(Safety.SAFE, "cure", (Edit("a.py", Span(1, 1, 1, 4), "good"),))
            found.append(Finding("XP101", "n", Kind.HAZARD, Level.PROVED, "a.py", Span(1, 1, 1, 4), "f", "m", fix=fix))
        return Report("/", tuple(found))

    repairer = Repairer(
        read=lambda path: b"bad\nother\n",
        analyse=lambda files: report(files["a.py"].decode()),
        chosen=lambda report, files: [item for item in report.findings if item.fix is not None],
        counts=lambda item: item.level is not Level.POSSIBLE,
    )
    (refusal,) = repairer.repair(report("bad\nother\n")).refused
    assert refusal.reason == "XP103 would appear in a.py:2"


@pytest.mark.parametrize(("code", "column", "refused"), [("XP101", 1, 0), ("XP101", 2, 1), ("XP201", 1, 1)])
def test_what_a_callee_does_wrong_shows_where_the_namespace_is_handed_on(code: str, column: int, refused: int) -> None:
    def report(text: str) -> Report:
        if "bad" not in text:
            return Report("/", (finding("XP505", column, None),))
        return Report("/", (finding(code, 1, Fix(Safety.SAFE, "cure", (Edit("a.py", Span(1, 1, 1, 4), "good"),))),))

    def finding(code: str, column: int, fix: Fix | None) -> Finding:
        return Finding(code, "n", Kind.HAZARD, Level.PROVED, "a.py", Span(1, column, 1, 4), "f", "m", fix=fix)

    repairer = Repairer(
        read=lambda path: b"bad\n",
        analyse=lambda files: report(files["a.py"].decode()),
        chosen=lambda report, files: [item for item in report.findings if item.fix is not None],
        counts=lambda item: True,
    )
    assert len(repairer.repair(report("bad\n")).refused) == refused


def test_overlapping_fixes_take_turns() -> None:
    def report(text: str) -> Report:
        found = []
        if "outer" in text:
            fix = Fix(
                Safety.SAFE,
                "o",
                (Edit("a.py", Span(1, 1, 1, text.index("\n") + 1), text.strip().replace("outer", "o")),),
            )
            found.append(Finding("XP101", "n", Kind.HAZARD, Level.PROVED, "a.py", Span(1, 1, 1, 2), "f", "m", fix=fix))
        if "inner" in text:
            at = text.index("inner") + 1
            fix = Fix(Safety.SAFE, "i", (Edit("a.py", Span(1, at, 1, at + 5), "i"),))
            found.append(Finding("XP201", "n", Kind.HAZARD, Level.PROVED, "a.py", Span(1, at, 1, 3), "f", "m", fix=fix))
        return Report("/", tuple(found))

    repairer = Repairer(
        read=lambda path: b"outer(inner)\n",
        analyse=lambda files: report(files["a.py"].decode()),
        chosen=lambda report, files: report.findings,
        counts=lambda item: True,
    )
    result = repairer.repair(report("outer(inner)\n"))
    assert result.state.files == {"a.py": b"o(i)\n"}
    assert len(result.applied) == 2
