"""Bytes to text: encodings, newlines, and what cannot be read."""

import codecs

import pytest

from xpcheck.syntax import SourceError, outline
from xpcheck.syntax.sources import decode


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (b"", ""),
        (b"x = 1", "x = 1"),
        (b"x\r\ny\rz\n", "x\ny\nz\n"),
        (codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n"),
        (codecs.BOM_UTF8 + "# coding: utf-8\né\n".encode(), "# coding: utf-8\né\n"),
        ("é\n".encode(), "é\n"),
        ("# -*- coding: latin-1 -*-\né\n".encode("latin-1"), "# -*- coding: latin-1 -*-\né\n"),
        ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n€\n".encode("cp1252"), None),
        ("x = 'coding: latin-1'\né\n".encode(), "x = 'coding: latin-1'\né\n"),
        ("\n\n# coding: latin-1\né\n".encode(), "\n\n# coding: latin-1\né\n"),
        (b"\fx\n\f\n", "\fx\n\f\n"),
        ("x = '\u2028\x85'\x0c\n".encode(), "x = '\u2028\x85'\x0c\n"),
    ],
)
def test_decode(source, text):
    decoded = decode(source)
    if text is None:
        assert "€" in decoded
    else:
        assert decoded == text


@pytest.mark.parametrize(
    ("source", "line", "part"),
    [
        (b"x = 1\ny = '\xff'\n", 2, "byte 0xff is not valid utf-8"),
        (b"x = 1\n\0\n", 2, "NUL"),
        (b"# coding: no-such-encoding\n", 1, "no-such-encoding"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", 1, "encoding problem"),
        (b"# coding: rot13\nx\n", 1, "encoding"),
        ("x = 1\n".encode("utf-16"), 1, "NUL"),
    ],
)
def test_unreadable(source, line, part):
    with pytest.raises(SourceError) as caught:
        outline(source)
    assert caught.value.line == line
    assert part in caught.value.message
    assert caught.value.kind == "unreadable"


@pytest.mark.parametrize(
    ("source", "lines"),
    [(b"", 0), (b"x", 1), (b"x\n", 1), (b"x\ny", 2), (b"x\r\n\r\n", 2), (b"x\fy = 1\n".replace(b"x", b""), 1)],
)
def test_number_of_lines(source, lines):
    assert outline(source).lines == lines


def test_line_separators_of_unicode_do_not_end_lines():
    found = outline("x = '\u2028\x1c\x85'; y = 1\ndef f(): pass\n".encode())
    assert [assign.loc for assign in found.assigns] == [(1, 1, 1, 10), (1, 12, 1, 17)]
    assert found.functions[0].loc == (2, 1, 2, 14)


def test_columns_of_a_latin_1_file_are_code_points():
    found = outline("# coding: latin-1\nx = 'éé', y\n".encode("latin-1"))
    assert found.assigns[0].value.items[1].loc == (2, 11, 2, 12)
