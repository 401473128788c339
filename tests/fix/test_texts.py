"""Edits on bytes: what stands outside them stays as it is."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpcheck.fix.texts import EditError, Shifts, edited
from xpcheck.model import Edit, Span
from xpcheck.syntax.sources import decode


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> Edit:
    return Edit("a.py", Span(line, column, end_line, end_column), text)


CASES = {
    "insertion": (b"f(a)\n", [edit(1, 4, 1, 4, ", xp=xp")], b"f(a, xp=xp)\n"),
    "wide characters": ("s = 'é∂'; f()\n".encode(), [edit(1, 13, 1, 13, "x")], "s = 'é∂'; f(x)\n".encode()),
    "byte order mark": (codecs.BOM_UTF8 + b"f()\n", [edit(1, 3, 1, 3, "x")], codecs.BOM_UTF8 + b"f(x)\n"),
    "windows": (b"a\r\nf(\r\n)\r\n", [edit(2, 3, 2, 3, "\nx,")], b"a\r\nf(\r\nx,\r\n)\r\n"),
    "old macintosh": (b"a\rf()\r", [edit(2, 3, 2, 3, "x")], b"a\rf(x)\r"),
    "mixed line ends": (b"a\nf()\r\nb\r", [edit(3, 1, 3, 2, "c"), edit(2, 3, 2, 3, "x")], b"a\nf(x)\r\nc\r"),
    "latin-1": (
        "# coding: latin-1\ns = 'é'; f()\n".encode("latin-1"),
        [edit(2, 12, 2, 12, "x")],
        "# coding: latin-1\ns = 'é'; f(x)\n".encode("latin-1"),
    ),
    "form feed and no last line end": (b"\x0ca = 1\n\x0cf()", [edit(2, 4, 2, 4, "x")], b"\x0ca = 1\n\x0cf(x)"),
    "over lines": (b"a = (1 &\n  2)\n", [edit(1, 7, 2, 3, ", ")], b"a = (1, 2)\n"),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_outside_the_edits_stay(name: str) -> None:
    before, edits, after = CASES[name]
    assert edited(before, edits) == after


@pytest.mark.parametrize(
    ("content", "edits", "reason"),
    [
        (b"abc\n", [edit(1, 1, 1, 3, ""), edit(1, 2, 1, 4, "")], "overlap"),
        (b"abc\n", [edit(3, 1, 3, 1, "x")], "no line 3"),
        (b"abc\n", [edit(1, 5, 1, 5, "x")], "no column 5"),
        (b"# coding: latin-1\na\n", [edit(2, 1, 2, 1, "∂")], "cannot hold"),
        (b"a\nb\na = '\xff'\n", [edit(3, 1, 3, 1, "x")], "no utf-8 text"),
        (b"# coding: nonsense\n", [edit(1, 1, 1, 1, "x")], "encoding"),
        (b"abc\n", [edit(1, 3, 1, 1, "")], "ends before"),
    ],
)
def test_what_cannot_be_done_is_refused(content: bytes, edits: list[Edit], reason: str) -> None:
    with pytest.raises(EditError, match=reason):
        edited(content, edits)


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[str, list[Edit], tuple[int, int]]:
    """A text, edits that do not overlap, and a place outside all of them whose character is found nowhere else."""
    lines = draw(st.lists(st.text("ab é∂", max_size=6), min_size=1, max_size=5))
    places = [(row, column) for row, line in enumerate(lines, 1) for column in range(1, len(line) + 2)]
    marked = draw(st.sampled_from(places))
    row, column = marked
    lines[row - 1] = lines[row - 1][: column - 1] + "#" + lines[row - 1][column - 1 :]
    places = [(row, column) for row, line in enumerate(lines, 1) for column in range(1, len(line) + 2)]
    chosen = sorted(draw(st.lists(st.sampled_from(places), max_size=6)))
    edits = []
    for start, end in zip(chosen[::2], chosen[1::2], strict=False):
        if not start <= marked < end:
            edits.append(edit(*start, *end, draw(st.sampled_from(["", "xp", "\n", "x\ny"]))))
    return "\n".join(lines), edits, marked


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edited_texts())
def test_places_move_with_their_text(case: tuple[str, list[Edit], tuple[int, int]]) -> None:
    text, edits, marked = case
    after = decode(edited(text.encode(), edits)).split("\n")
    row, column = Shifts(edits).moved(*marked)
    assert after[row - 1][column - 1] == "#"


def test_a_replaced_place_is_where_the_new_text_begins() -> None:
    shifts = Shifts([edit(1, 3, 1, 3, "xp."), edit(1, 5, 2, 4, "q")])
    assert shifts.moved(1, 2) == (1, 2)
    assert shifts.moved(1, 4) == (1, 7)
    assert shifts.moved(2, 1) == (1, 8)
    assert shifts.moved(2, 6) == (1, 11)
    assert shifts.moved(3, 6) == (2, 6)
