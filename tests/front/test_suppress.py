from __future__ import annotations

import argparse
import itertools

import pytest
from flake8 import defaults
from flake8.processor import FileProcessor
from flake8.violation import Violation
from hypothesis import given
from hypothesis import strategies as st

from xpcheck import suppress
from xpcheck.config import Config
from xpcheck.fix.texts import edited
from xpcheck.model import Finding, Kind, Level, Span

CODES = ("XP101", "XP201", "XP301")


def finding(line: int, code: str = "XP101", level: Level | None = Level.PROVED, path: str = "a.py") -> Finding:
    kind = Kind.CONVENTION if level is None else Kind.HAZARD
    return Finding(code, "some-rule", kind, level, path, Span(line, 5, line, 9), "f", "a message")


def lines_kept(source: str, code: str = "XP101") -> list[int]:
    every = [finding(number, code) for number in range(1, source.count("\n") + 1)]
    return [item.span.line for item in suppress.without_ignored(every, source)]


# ---------------------------------------------------------------------------------------------------- flake8's comments


def test_the_regular_expressions_are_flake8s_own() -> None:
    assert suppress.NOQA.pattern == defaults.NOQA_INLINE_REGEXP.pattern
    assert suppress.NOQA.flags == defaults.NOQA_INLINE_REGEXP.flags
    assert suppress.NOQA_FILE.pattern == defaults.NOQA_FILE.pattern
    assert suppress.NOQA_FILE.flags == defaults.NOQA_FILE.flags


def flake8_keeps(source: str, line: int, code: str) -> bool:
    options = argparse.Namespace(
        hang_closing=False, indent_size=4, max_line_length=79, max_doc_length=None, verbose=0, disable_noqa=False,
        stdin_display_name="stdin",
    )  # fmt: skip
    processor = FileProcessor("no-such-file.py", options, lines=source.splitlines(keepends=True))
    if processor.should_ignore_file():
        return False
    violation = Violation(code, "no-such-file.py", line, 1, "text", processor.noqa_line_for(line))
    return not violation.is_inline_ignored(disable_noqa=False)


COMMENTS = (
    "# noqa", "#noqa", "# NOQA", "# noqa: XP101", "# NOQA:XP101", "# noqa: E501,XP101", "# noqa: E501 XP101",
    "# noqa: E501, XP101", "# noqa: XP1", "# noqa: XP101 - reason", "# noqa:XP101 reason",
    "# type: ignore  # noqa: XP101",
    "# noqa : XP101", "# noqa: XP", "# noqa: XP-101", "# noqa:  XP101", "# noqa: xp101", "# noqa: XP999",
    "# noqa: XPCHECK001", "# noqa:XP201XP101", "# noqa: XP101,", "# a comment", "# noqa # noqa: XP999",
)  # fmt: skip

SHAPES = (
    "x = drop(a) {}\n",
    "x = drop(\n    a,\n) {}\n",
    "x = drop( {}\n    a,\n)\n",
    "x = drop(\n    a, {}\n)\n",
    "x = drop(a) + \\\n    b {}\n",
    'x = drop(a, """one\ntwo\n""") {}\n',
    'x = drop(a, f"""one {{a}}\ntwo\n""") {}\n',
    "@deco\ndef f(\n    a,\n): {}\n    return a\n",
    "@deco {}\ndef f(a):\n    return a\n",
    "def f(a): {}\n    return a\n\n\ny = 1\n",
    'x = "{}"\n',
    "x = 1 {}",
    "\ufeffx = drop(a) {}\n",
    "x = (\n {}\n",
)


@pytest.mark.parametrize(("shape", "comment"), list(itertools.product(SHAPES, COMMENTS)))
def test_noqa_is_read_as_flake8_reads_it(shape: str, comment: str) -> None:
    source = shape.format(comment)
    for line in range(1, len(source.splitlines()) + 1):
        for code in ("XP101", "XP201"):
            kept = bool(suppress.without_noqa([finding(line, code)], source))
            assert kept is flake8_keeps(source, line, code), (source, line, code)


@pytest.mark.parametrize(
    "comment", ["# flake8: noqa", "  # FLAKE8=NOQA", "x = 1  # flake8: noqa", "# flake8: noqa: E5"]
)
def test_whole_files_are_left_out_as_flake8_does(comment: str) -> None:
    source = f"{comment}\ny = drop(a)\n"
    assert bool(suppress.without_noqa([finding(2)], source)) is flake8_keeps(source, 2, "XP101")


@given(st.text(alphabet="# noqaNOQA:,XP10 E5-\n\\()\"'", max_size=40), st.sampled_from(["XP101", "XP10"]))
def test_noqa_on_generated_text(text: str, code: str) -> None:
    source = text + "\n"
    for line in range(1, len(source.splitlines()) + 1):
        assert bool(suppress.without_noqa([finding(line, code)], source)) is flake8_keeps(source, line, code)


# --------------------------------------------------------------------------------------------------------- our comments


def test_any_line_of_a_statement_or_the_line_above_covers_it_all() -> None:
    source = "before = 1\nx = drop(\n    a,\n    b,\n)\nafter = 1\n"
    lines = source.splitlines()
    for number in range(2, 6):
        marked = [
            *lines[: number - 1],
            f"{lines[number - 1]}  # xpcheck: ignore[XP101] on purpose",
            *lines[number:],
            "",
        ]
        assert lines_kept("\n".join(marked)) == [1, 6]
    above = ["before = 1", "# xpcheck: ignore[XP101] on purpose", "# and more words", *lines[1:], ""]
    assert lines_kept("\n".join(above)) == [1, 2, 3, 8]


def test_a_comment_apart_from_any_statement_covers_nothing_else() -> None:
    assert lines_kept("# xpcheck: ignore[XP101]\n\nx = drop(a)\n") == [2, 3]
    assert lines_kept("x = 1  # xpcheck: ignore[XP101]\nx = drop(a)\n") == [2]


def test_only_the_header_of_a_compound_statement_is_covered() -> None:
    assert lines_kept("def f(  # xpcheck: ignore[XP101]\n    a,\n):\n    return drop(a)\n") == [4]
    assert lines_kept("if drop(a):  # xpcheck: ignore[XP101]\n    drop(b)\n") == [2]


def test_decorators_belong_to_the_definition() -> None:
    source = "# xpcheck: ignore[XP101]\n@one\n@two(\n    1)\ndef f(a):\n    return a\n"
    assert lines_kept(source) == [1, 6]
    assert lines_kept("@one\n# xpcheck: ignore[XP101]\ndef f(a):\n    return a @ b\n") == [4]
    assert lines_kept("x = a @ b  # xpcheck: ignore[XP101]\ny = 1\n") == [2]


def test_several_codes_and_whole_files() -> None:
    source = "x = drop(a)  # xpcheck: ignore[XP101, XP201] reason\n"
    assert lines_kept(source) == lines_kept(source, "XP201") == []
    assert lines_kept(source, "XP301") == [1]
    assert lines_kept("x = 1\n# xpcheck: ignore-file[XP101] generated\ny = 2\n") == []


def test_other_comments_may_stand_beside_ours() -> None:
    for comment in ("# type: ignore  # xpcheck: ignore[XP101] why", "# noqa: E501 #xpcheck:ignore[XP101]"):
        assert lines_kept(f"x = drop(a)  {comment}\n") == []
    assert lines_kept("x = drop(a)  # not `# xpcheck: ignore[XP101]`\n") == [1]


def test_strings_are_no_comments() -> None:
    assert lines_kept('x = drop("# xpcheck: ignore[XP101]")\n') == [1]
    assert lines_kept('"""\n# xpcheck: ignore-file[XP101]\n"""\nx = drop(a)\n') == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# xpcheck: ignore", "names no rule"),
        ("# xpcheck: ignore[]", "names no rule"),
        ("# xpcheck: ignore XP101", "names no rule"),
        ("# xpcheck: ignore[XP101", "has no closing bracket"),
        ("# xpcheck: ignore[XP999]", "unknown rule code `XP999`"),
        ("# xpcheck: ignore[E501]", "is not a rule code"),
        ("# xpcheck: ignore[XP1]", "is not a whole rule code"),
        ("# xpcheck: ignroe[XP101]", "did you mean `ignore`?"),
        ("# xpcheck:", "is unknown"),
    ],
)
def test_malformed_comments_suppress_nothing_and_are_reported(comment: str, message: str) -> None:
    outcome = suppress.review([finding(1)], "a.py", f"x = drop(a)  {comment}\n", CODES)
    assert [item.code for item in (*outcome.kept, *outcome.remarks)] == ["XP101", "XP903"]
    assert message in outcome.remarks[0].message
    assert outcome.remarks[0].span == Span(1, 14, 1, 14 + len(comment))


@pytest.mark.parametrize("comment", ["# xpcheck: host", "# xpcheck: static[a]", "# xpcheck: traced[a]", "# xpchecker"])
def test_declarations_and_other_comments_are_not_ours(comment: str) -> None:
    assert suppress.review([], "a.py", f"x = 1  {comment}\n", CODES).remarks == ()


def test_idle_comments_are_reported() -> None:
    source = "x = 1  # xpcheck: ignore[XP101, XP201]\ny = 2  # noqa: XP101, E501\nz = 3  # noqa\n"
    outcome = suppress.review([finding(1)], "a.py", source, CODES)
    assert outcome.kept == ()
    assert [(item.code, item.span.line, item.message) for item in outcome.remarks] == [
        ("XP902", 1, "`# xpcheck: ignore[XP201]` suppresses nothing: remove it"),
        ("XP902", 2, "`# noqa: XP101` suppresses nothing: remove it"),
    ]


def test_only_idle_noqa_is_reported() -> None:
    source = 'y = 2  # noqa: XP101\nz = drop("""\n""")  # noqa: XP101\nw = drop(a)  # noqa: XP101\n'
    outcome = suppress.review([finding(2), finding(4)], "a.py", source, CODES)
    assert outcome.kept == ()
    assert [(item.code, item.span.line) for item in outcome.remarks] == [("XP902", 1)]


@given(st.text(alphabet="# xpcheck:ignore[]XP01,\n()@def", max_size=80))
def test_no_source_makes_it_fail(text: str) -> None:
    suppress.review([finding(1), finding(2)], "a.py", text, CODES)


@given(st.lists(st.sampled_from(['"""', "# noqa", ":", " ", "\\\n", "\n", "XP101", "E501", ",", "x = 1"]), max_size=12))
def test_a_file_is_only_split_into_lines_where_that_decides(words: list[str]) -> None:
    source = "".join(words) + "\n"
    findings = [finding(number) for number in range(1, source.count("\n") + 1)]
    lines = suppress.noqa_lines(source)
    kept = [item for item in findings if not suppress.noqa_suppresses(lines.get(item.span.line, ""), item.code)]
    assert list(suppress.without_noqa(findings, source)) == kept


# ------------------------------------------------------------------------------------------------------------ selection


@pytest.mark.parametrize(
    ("code", "on", "select", "ignore", "expected"),
    [
        ("XP101", True, (), (), True),
        ("XP801", False, (), (), False),
        ("XP801", False, ("XP8",), (), True),
        ("XP801", False, ("XP",), (), True),
        ("XP101", True, ("XP2",), (), False),
        ("XP101", True, (), ("XP1",), False),
        ("XP101", True, ("XP101",), ("XP1",), True),
        ("XP101", True, ("XP1",), ("XP101",), False),
        ("XP101", True, ("XP1",), ("XP1",), False),
    ],
)
def test_the_longer_prefix_wins(
    code: str, on: bool, select: tuple[str, ...], ignore: tuple[str, ...], expected: bool
) -> None:
    assert suppress.selected(code, on, select, ignore) is expected


def test_levels_and_globs() -> None:
    assert suppress.shown(finding(1, level=Level.LIKELY), Config())
    assert not suppress.shown(finding(1, level=Level.POSSIBLE), Config())
    assert suppress.shown(finding(1, level=None), Config(level=Level.PROVED))
    config = Config(per_file_ignores=(("tests/**", ("XP1",)), ("conftest.py", ("XP",))))
    assert not suppress.shown(finding(1, path="tests/a/b.py"), config)
    assert suppress.shown(finding(1, "XP201", path="tests/a/b.py"), config)
    assert not suppress.shown(finding(1, path="a/conftest.py"), config)
    assert suppress.shown(finding(1, path="src/tests.py"), config)


# ------------------------------------------------------------------------------------------------- noqa that is wrong


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# noqa: XP999", "unknown rule code `XP999` in `# noqa`"),
        ("# noqa: E501,XP999", "unknown rule code `XP999`"),
        ("# noqa: xp101", "suppresses nothing, codes are upper case: write `# noqa: XP101`"),
        ("# noqa : XP101", "suppresses everything on its line: write `# noqa: XP101`"),
        ("# noqa:  XP101", "suppresses everything on its line: write `# noqa: XP101`"),
        ("# noqa: XP-101", "suppresses everything on its line: write `# noqa: XP101`"),
        ("# noqa: XP", "suppresses everything on its line"),
        ("#noqa: XP101", "suppresses nothing: write `# noqa: XP101`"),
    ],
)
def test_noqa_that_means_something_else_is_malformed(comment: str, message: str) -> None:
    source = f"x = drop(a)  {comment}\n"
    outcome = suppress.review([finding(1)], "a.py", source, CODES)
    assert [item.code for item in outcome.remarks] == ["XP903"]
    assert message in outcome.remarks[0].message
    assert bool(outcome.kept) is flake8_keeps(source, 1, "XP101")


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa", "# noqa: E501", "# noqa: XP101", "# noqa: XP1", "# noqa: XP10 and why", "# noqa xp is NumPy here",
        "# noqa: E501 - xp is NumPy", "# noqa: XPCHECK1", "# see noqa: XP999 elsewhere", "# noqa: DXP999",
    ],
)  # fmt: skip
def test_noqa_that_is_right_or_not_ours_is_left_alone(comment: str) -> None:
    assert list(suppress.wrong_noqa(f"x = drop(a)  {comment}\n", CODES)) == []


def test_noqa_in_a_file_that_flake8_leaves_out_is_left_alone() -> None:
    assert suppress.review([], "a.py", "# flake8: noqa\nx = 1  # noqa: XP999\n", CODES).remarks == ()


# ------------------------------------------------------------------------------------------------------- noqa added


@pytest.mark.parametrize(
    ("source", "wanted", "expected"),
    [
        ("x = drop(a)\n", {1: {"XP101"}}, "x = drop(a)  # noqa: XP101 - why\n"),
        ("x = drop(a)", {1: {"XP201", "XP101"}}, "x = drop(a)  # noqa: XP101,XP201 - why"),
        ("x = drop(a)  # type: ignore\n", {1: {"XP101"}}, "x = drop(a)  # type: ignore  # noqa: XP101 - why\n"),
        ("x = drop(a)  # noqa: E501 long\n", {1: {"XP101"}}, "x = drop(a)  # noqa: XP101,E501 long\n"),
        ("x = drop(\n    a,\n)\n", {1: {"XP101"}}, "x = drop(  # noqa: XP101 - why\n    a,\n)\n"),
        ("x = drop(a) + \\\n    b\n", {1: {"XP101"}}, "x = drop(a) + \\\n    b  # noqa: XP101 - why\n"),
        ('x = drop(a, """\n""")\n', {1: {"XP101"}}, 'x = drop(a, """\n""")  # noqa: XP101 - why\n'),
        ('x = drop("# noqa: E501")\n', {1: {"XP101"}}, 'x = drop("# noqa: E501")  # xpcheck: ignore[XP101] why\n'),
        ("\x0cx = drop(a)\ny = drop(b)\n", {1: {"XP101"}, 2: {"XP101"}},
         "\x0cx = drop(a)  # noqa: XP101 - why\ny = drop(b)  # noqa: XP101 - why\n"),
    ],
)  # fmt: skip
def test_comments_are_added_where_flake8_looks(source: str, wanted: dict[int, set[str]], expected: str) -> None:
    new = edited(source.encode(), suppress.noqa_edits("a.py", source, wanted, "why")).decode()
    assert new == expected
    found = [finding(line, code) for line, codes in wanted.items() for code in codes]
    outcome = suppress.review(found, "a.py", new, CODES)
    assert (outcome.kept, outcome.remarks) == ((), ())
    assert suppress.code_of(new) == suppress.code_of(source)


def test_a_line_of_too_many_tokens_is_said_and_not_read() -> None:
    source = "x = drop(a)  # noqa: XP101\ny = " + " and ".join(["b"] * 100_000) + "\n"
    outcome = suppress.review([finding(1)], "a.py", source, CODES)
    assert [item.code for item in outcome.kept] == ["XP101"]
    (remark,) = outcome.remarks
    assert (remark.code, remark.span.line) == ("XP903", 2)
    assert "no comment of this file is read" in remark.message
    long = "x = drop(a)  # noqa: XP101\ny = '" + "b " * 20_000 + "'\n"
    assert suppress.review([finding(1)], "a.py", long, CODES).kept == ()
