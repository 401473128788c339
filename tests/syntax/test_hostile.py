"""Limits, and that libcst never sees what breaks it."""

import pytest

from xpcheck.syntax import SourceError, WideError, body, outline
from xpcheck.syntax.hostile import MAX_BRACKETS, MAX_DEPTH, MAX_STRINGS, is_hostile, is_only_wide

HOSTILE = {
    "brackets": ("(" * (MAX_BRACKETS + 1) + "a" + ")" * (MAX_BRACKETS + 1), "brackets"),
    "calls": ("f(" * 150 + "a" + ")" * 150, "brackets"),
    "nested brackets": ("[" * 3000 + "]" * 3000, "brackets"),
    "and": (" and ".join(["a"] * 100_000), "operators"),
    "sum": (" + ".join(["a"] * (MAX_DEPTH + 2)), "operators"),
    "sum over lines": ("(\n" + "".join("    a +  # )\n" for _ in range(MAX_DEPTH + 1)) + "a)", "operators"),
    "sum in an argument": ("f(x, " + "+ ".join(["a"] * 400) + ")", "operators"),
    "chain": ("a" + ".b(c)" * 2900, "operators"),
    "not": ("not " * 400 + "a", "operators"),
    "minus": ("-" * 400 + "a", "operators"),
    "lambda": ("lambda:" * 400 + "a", "operators"),
    "cond": ("a if b else " * 400 + "c", "operators"),
    "f-string": ("f'{" + "a + " * 400 + "a}'", "operators"),
    "strings": ("x = (" + "'a' " * (MAX_STRINGS + 1) + ")", "strings"),
    "elif": ("if a: b\n    " + "elif a: b\n    " * (MAX_DEPTH + 1), "elif"),
}

HARMLESS = {
    "table": "x = [" + "a.b + c, " * 400 + "]",
    "lines": "a.b(c) + d\n    " * 400,
    "nested lines": "a[b(c, [d, {e: f}])]\n    " * 200,
    "text": "x = '''" + "(a + b. " * 2000 + "'''",
    "raw text with quotes": "x = r'''" + "\\' '' {a + b} " * 500 + "'''",
    "template": "x = f'''" + "<a href='b.c'>--- {d.e} ---</a>\n" * 200 + "'''",
    "comments": "x = 1  # " + "(((" * 200,
    "builder": "a" + ".b(c.d.e, f(g))" * 60,
    "sum": " + ".join(["a"] * (MAX_DEPTH - 10)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name):
    source, part = HOSTILE[name]
    assert part in (is_hostile(source) or "")
    with pytest.raises(SourceError) as caught:
        body(f"def f():\n    {source}\n", 5, "f")
    assert caught.value.kind == "limit"
    assert "split it" in caught.value.message
    assert isinstance(caught.value, WideError) is is_only_wide(is_hostile(source))


def test_depth_counts_more_than_length():
    wide, deep = "x = " + "'a' " * 3000, "y = " + "-" * 400 + "a"
    for source in (f"{wide}\n{deep}", f"{deep}\n{wide}", f"z = [{'1, ' * 150_000}{'-' * 400}a]"):
        assert is_hostile(source) and not is_only_wide(is_hostile(source))


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name):
    assert is_hostile(HARMLESS[name]) is None
    body(f"def f():\n    {HARMLESS[name]}\n", 1, "f")


@pytest.mark.parametrize("value", ["a" + ".b" * 400, "-" * 400 + "a", "a + " * 2000 + "a"])
def test_deep_expressions_outside_functions(value):
    for source in (
        f"x = {value}\n",
        f"def f(a={value}): pass\n",
        f"class A:\n    @g({value})\n    def f(self): pass\n",
    ):
        with pytest.raises(SourceError, match="nests more than 300 levels") as caught:
            outline(source.encode())
        assert caught.value.kind == "limit"


@pytest.mark.parametrize("value", ["(" * 3000, "a" + "()" * 30_000, "lambda:" * 50_000 + "a"])
def test_source_that_python_cannot_parse(value):
    with pytest.raises(SourceError):
        outline(f"x = {value}\n".encode())
    with pytest.raises(SourceError):
        body(f"def f():\n    {value}\n", 1, "f")


def test_long_elif_chains_outside_functions():
    outline(b"if a: b = 1\n" + b"elif a: b = 1\n" * 1000)
