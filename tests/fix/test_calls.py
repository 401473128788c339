"""Arguments that are added in the style of the call, and operators that become calls."""

from __future__ import annotations

import libcst as cst
import pytest

from xpcheck.fix.arguments import Change, added_keyword, added_positional, replaced
from xpcheck.fix.operators import as_calls
from xpcheck.fix.scopes import is_bound
from xpcheck.fix.texts import edited
from xpcheck.fix.trees import Tree, UnreadableError
from xpcheck.model import Edit


def after(code: str, changes: list[Change]) -> str:
    return edited(code.encode(), [Edit("a.py", place, text) for place, text in changes]).decode()


def tree_of(code: str) -> Tree:
    return Tree(code.split("\n"), 1)


KEYWORDS = {
    "f()": "f(xp=xp)",
    "f( )": "f( xp=xp)",
    "f(a)": "f(a, xp=xp)",
    "f(a,)": "f(a, xp=xp,)",
    "f(a, k=1)": "f(a, k=1, xp=xp)",
    "f(a, *b)": "f(a, *b, xp=xp)",
    "f(a, **c)": "f(a, xp=xp, **c)",
    "f(*b, **c)": "f(*b, xp=xp, **c)",
    "f(i for i in a)": "f((i for i in a), xp=xp)",
    "f((i for i in a))": "f((i for i in a), xp=xp)",
    "f(\n    a,\n    b,\n)": "f(\n    a,\n    b,\n    xp=xp,\n)",
    "f(\n    a,\n    b\n)": "f(\n    a,\n    b,\n    xp=xp\n)",
    "f(\n    a, b\n)": "f(\n    a, b, xp=xp\n)",
    "f(\n    a,  # one\n    b,  # two\n)": "f(\n    a,  # one\n    b,  # two\n    xp=xp,\n)",
    "f(\n    a,\n    b  # two\n)": "f(\n    a,\n    b,  # two\n    xp=xp\n)",
    "f(\n    a,\n    **c,\n)": "f(\n    a,\n    xp=xp,\n    **c,\n)",
    "f(a,\n  b)": "f(a,\n  b,\n  xp=xp)",
    "f(\n    # nothing yet\n)": "f(\n    # nothing yet\nxp=xp)",
}


@pytest.mark.parametrize("code", KEYWORDS)
def test_a_keyword_is_added(code: str) -> None:
    tree = tree_of(code)
    call = next(tree.nodes(cst.Call))
    result = after(code, added_keyword(tree, call, "xp", "xp"))
    assert result == KEYWORDS[code]
    compile(result, "a.py", "exec")


@pytest.mark.parametrize(
    ("code", "result"),
    [("f()", "f(xp)"), ("f(a)", "f(a, xp)"), ("f(a, k=1)", "f(a, xp, k=1)"), ("f(a, **c)", "f(a, xp, **c)")],
)
def test_an_argument_is_added_by_position(code: str, result: str) -> None:
    tree = tree_of(code)
    assert after(code, added_positional(tree, next(tree.nodes(cst.Call)), "xp")) == result


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("f(a, xp=np)", "f(a, xp=self._xp)"),
        ("f(a, np)", "f(a, self._xp)"),
        ("f(a, (np))", "f(a, self._xp)"),
        ("f(*a, np)", "f(*a, np)"),
        ("f(a)", "f(a)"),
    ],
)
def test_an_argument_is_replaced(code: str, result: str) -> None:
    tree = tree_of(code)
    assert after(code, replaced(tree, next(tree.nodes(cst.Call)), "xp", 1, "self._xp")) == result


MASKS = {
    "a & b": "f(a, b)",
    "(a > 0) & (b > 0)": "f(a > 0, b > 0)",
    "a & b & c": "f(f(a, b), c)",
    "(a & b) & c": "f(f(a, b), c)",
    "a & (b & c)": "f(a, (b & c))",
    "a | b & c": "a | f(b, c)",
    "(a | b) & ~c": "f(a | b, ~c)",
    "~(a & b)": "~f(a, b)",
    "(a & b).sum()": "f(a, b).sum()",
    "g((a & (b > 0)))": "g(f(a, b > 0))",
    "(a\n & b)": "f(a,\n b)",
    "(a &\n b)": "f(a,\n b)",
    "((a > 0)\n    & (b\n > 0))": "f(a > 0,\n    (b\n > 0))",
    "a \\\n & b": "f(a,\n b)",
    "lambda:(a & b)": "lambda:f(a, b)",
    "c if(a & b)else d": "c if f(a, b)else d",
}


@pytest.mark.parametrize("code", MASKS)
def test_a_mask_becomes_a_call(code: str) -> None:
    tree = tree_of(code)
    node = next(node for node in tree.nodes(cst.BinaryOperation) if isinstance(node.operator, cst.BitAnd))
    result = after(code, as_calls(tree, node, "f"))
    assert result == MASKS[code]
    compile(result, "a.py", "exec")


def test_nested_masks_are_edited_independently() -> None:
    code = "a & (b & c)"
    tree = tree_of(code)
    changes = [change for node in tree.nodes(cst.BinaryOperation) for change in as_calls(tree, node, "f")]
    assert after(code, changes) == "f(a, f(b, c))"


BOUND = {
    "def f(x, xp):\n    call()": True,
    "def f(x, *, xp=None):\n    call()": True,
    "def f(x):\n    call()": False,
    "def f(x):\n    xp = g(x)\n    call()": True,
    "def f(x):\n    call()\n    xp = g(x)": False,
    "def f(x):\n    if x:\n        xp = g(x)\n    call()": False,
    "def f(x):\n    if x:\n        xp = g(x)\n        call()": True,
    "def f(x):\n    import numpy as xp\n    call()": True,
    "def f(x, xp):\n    def g(y):\n        return call()": True,
    "def f(x, xp):\n    return lambda y: call()": True,
    "def f(x):\n    return lambda xp: call()": True,
    "def f(x, xp):\n    return [call() for xp in x]": False,
    "def f(x, xp):\n    def g(y):\n        call()\n        xp = 1": False,
    "def f(x, xp):\n    for xp in x:\n        call()": False,
    "def f(x, xp):\n    if xp is None:\n        xp = np\n    call()": True,
    "def f(x):\n    for xp in x:\n        call()": False,
    "class C:\n    call()": False,
}


@pytest.mark.parametrize("code", BOUND)
def test_whether_a_name_is_bound(code: str) -> None:
    tree = tree_of(code)
    call = next(node for node in tree.nodes(cst.Call) if isinstance(node.func, cst.Name) and node.func.value == "call")
    assert is_bound(tree, call, "xp") is BOUND[code]


def test_places_are_those_of_the_file() -> None:
    tree = Tree(["    def f(self):", "        return g(self)"], 7)
    call = next(tree.nodes(cst.Call))
    assert tree.loc(call) == (8, 16, 8, 23)
    assert tree.call_of((8, 16, 8, 17)) is call
    assert tree.text(tree.loc(call)) == "g(self)"


def test_form_feeds_and_depth_are_refused() -> None:
    for lines in (["def f():", "\f    g()"], ["f(" + "(" * 2000 + ")" * 2000 + ")"], ["def f(:"]):
        with pytest.raises(UnreadableError):
            Tree(lines, 1)
