"""Python's `&` between arrays as a call of the namespace."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from xpcheck.facts import Loc
from xpcheck.fix.arguments import Change
from xpcheck.fix.trees import Tree, end_of, span, start_of


def operation_at(tree: Tree, loc: Loc) -> cst.BinaryOperation | None:
    """The outermost binary operation that stands at a place."""
    return next((node for node in tree.nodes(cst.BinaryOperation) if tree.loc(node) == loc), None)


def as_calls(tree: Tree, node: cst.BinaryOperation, function: str) -> list[Change]:
    """``a & b & c`` as ``f(f(a, b), c)``: each `&` of the chain becomes a call of ``function``.

    Only the text around the operands is replaced; an operation in parentheses lends them to the call.
    """
    return [change for item in _chain(node) for change in _as_call(tree, item, function)]


def _chain(node: cst.BaseExpression) -> Iterator[cst.BinaryOperation]:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitAnd):
        yield node
        yield from _chain(node.left)


def _as_call(tree: Tree, node: cst.BinaryOperation, function: str) -> Iterator[Change]:
    left, right = tree.outer(node.left), tree.outer(node.right)
    if node.lpar:
        opening = tree.loc(node.lpar[-1])
        yield span(start_of(opening), end_of(opening)), _apart(tree, opening) + function + "("
    else:
        yield span(start_of(left)), function + "("
    # Parentheses that only served precedence go: the comma separates better.
    opened, closed = _plain_parentheses(tree, node.left)
    if opened is not None:
        yield span(*opened), ""
    between = tree.text((*end_of(left), *start_of(right)))
    comma_start = end_of(left) if closed is None else closed[0]
    right_opened, right_closed = _plain_parentheses(tree, node.right)
    comma_end = start_of(right) if right_opened is None else right_opened[1]
    yield span(comma_start, comma_end), _comma(between)
    if right_closed is None and not node.lpar:
        yield span(end_of(right)), ")"
    elif right_closed is not None and node.lpar:
        yield span(*right_closed), ""


_Pair = tuple[tuple[int, int], tuple[int, int]]


def _plain_parentheses(tree: Tree, operand: cst.BaseExpression) -> tuple[_Pair | None, _Pair | None]:
    """The parentheses of an operand that stands on one line and needs none as an argument."""
    needless = isinstance(operand, cst.Comparison | cst.UnaryOperation | cst.Name | cst.Attribute | cst.Call)
    needless |= isinstance(operand, cst.BinaryOperation) and not isinstance(operand.operator, cst.BitAnd)
    if len(operand.lpar) != 1 or not needless:
        return None, None
    outer, inner = tree.outer(operand), tree.loc(operand)
    if outer[0] != outer[2]:
        return None, None
    return (start_of(outer), start_of(inner)), (end_of(inner), end_of(outer))


def _comma(between: str) -> str:
    """The comma in the place of the operator, with its line break when there is one."""
    before, _, after = between.partition("&")
    for blank in (before, after):
        if "\n" in blank:
            return "," + ("\n" + blank.rpartition("\n")[2] if "\\" in blank else blank)
    return ", "


def _apart(tree: Tree, loc: Loc) -> str:
    """A blank when a word ends directly in front of a place (``return(a & b)``)."""
    before = tree.line(loc[0])[: loc[1] - 1][-1:]
    return " " if before.isalnum() or before == "_" else ""
