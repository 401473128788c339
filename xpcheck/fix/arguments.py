"""Arguments that are added to a call, or replaced in it, in the style in which the call is written."""

from __future__ import annotations

import libcst as cst

from xpcheck.fix.trees import Tree, end_of, span, start_of
from xpcheck.model import Span

Change = tuple[Span, str]
"""A place and its new text, in the file of the tree."""


def added_keyword(tree: Tree, call: cst.Call, name: str, value: str) -> list[Change]:
    """``name=value`` as the last argument of a call, before any ``**`` arguments."""
    text = f"{name}={value}"
    for index, arg in enumerate(call.args):
        if arg.star == "**":
            return [(span(start_of(tree.loc(arg))), text + "," + _separator(tree, call, index))]
    return _appended(tree, call, text)


def added_positional(tree: Tree, call: cst.Call, value: str) -> list[Change]:
    """``value`` after the positional arguments of a call that has no starred ones."""
    for index, arg in enumerate(call.args):
        if arg.keyword is not None or arg.star:
            return [(span(start_of(tree.loc(arg))), value + "," + _separator(tree, call, index))]
    return _appended(tree, call, value)


def replaced(tree: Tree, call: cst.Call, name: str, slot: int | None, value: str) -> list[Change]:
    """The value of the argument with a keyword, or at a position, replaced; nothing when there is none."""
    for index, arg in enumerate(call.args):
        if arg.star:
            slot = None
        named = arg.keyword is not None and arg.keyword.value == name
        if named or (arg.keyword is None and not arg.star and index == slot):
            loc = tree.outer(arg.value)
            return [(span(start_of(loc), end_of(loc)), value)]
    return []


def positional_count(call: cst.Call) -> int | None:
    """How many arguments are given by position; None when a starred one hides that."""
    if any(arg.star == "*" for arg in call.args):
        return None
    return sum(arg.keyword is None and not arg.star for arg in call.args)


def _appended(tree: Tree, call: cst.Call, text: str) -> list[Change]:
    """A further last argument."""
    if not call.args:
        line, column = end_of(tree.loc(call))
        return [(span((line, column - 1)), text)]
    index = len(call.args) - 1
    last = call.args[index]
    separator = _separator(tree, call, index)
    loc = tree.loc(last)
    if isinstance(last.comma, cst.Comma):
        place, text = end_of(tree.loc(last.comma)), text + ","
        before: list[Change] = []
    elif isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        return [(span(start_of(loc)), "("), (span(end_of(loc)), f"), {text}")]
    else:
        place, before = end_of(loc), [(span(end_of(loc)), ",")]
    trailing = tree.line(place[0])[place[1] - 1 :]
    if "\n" in separator and trailing.lstrip().startswith("#"):
        # The comment belongs to the argument in front of it.
        return [*before, (span((place[0], place[1] + len(trailing))), separator + text)]
    return [(span(place), ("," if before else "") + separator + text)]


def _separator(tree: Tree, call: cst.Call, index: int) -> str:
    """What stands between the comma before an argument and the argument: a blank, or a line end and indentation."""
    arg = call.args[index]
    line, column = start_of(tree.loc(arg))
    indent = tree.line(line)[: column - 1]
    return "\n" + indent if not indent.strip() else " "
