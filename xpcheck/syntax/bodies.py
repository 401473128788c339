"""The body of one function: parsed by libcst, placed by ``ast``, lowered to the IR of ``facts``."""

from __future__ import annotations

import ast
import sys
from typing import Any

import libcst as cst

from xpcheck.facts import Body
from xpcheck.syntax.hostile import is_hostile
from xpcheck.syntax.lockstep import disagree, same_name
from xpcheck.syntax.sources import SourceError, locator, parse
from xpcheck.syntax.statements import check_function, flat, statements

_WRAPPER = "if 1:\n"
"""Stands above an indented text, so that its columns stay true."""

_RECURSION_LIMIT = 10_000
"""Enough for everything that ``is_hostile`` lets through, however deep the caller stands."""


def body(text: str, line: int, name: str) -> Body:
    """The statements of one function.

    Args:
        text: the lines of the function from its ``def`` (or ``async``) line to its last line, at their own
            indentation, with newlines normalised to ``\\n``.
        line: the number of the first line of ``text`` in its file.
        name: the function's name, checked against the text.

    Raises:
        SourceError: the text is not one function, is not valid Python, or exceeds a limit (see ``hostile``).
    """
    reason = is_hostile(text)
    if reason is not None:
        raise SourceError(line, f"the function {name} {reason}: split it")
    wrapped = text[:1] in (" ", "\t", "\f")
    shift = line - 1
    if wrapped:
        text = _WRAPPER + text
        shift -= 1
    tree = parse(text, shift)
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        message = f"libcst cannot parse what Python can ({error.message}): rewrite the line, and please report it"
        raise SourceError(error.raw_line + shift, message) from error
    try:
        return _lower(text, shift, name, module, tree, wrapped)
    except RecursionError:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        try:
            return _lower(text, shift, name, module, tree, wrapped)
        finally:
            sys.setrecursionlimit(limit)


def _lower(text: str, shift: int, name: str, module: cst.Module, tree: Any, wrapped: bool) -> Body:
    at = locator(text, shift)
    nodes, places = flat(module), tree.body
    if wrapped:
        nodes, places = flat(nodes[0].body), places[0].body
    if len(nodes) != 1 or len(places) != 1:
        raise SourceError(shift + 1, f"the text of {name} is not one function: report this file")
    node, place = nodes[0], places[0]
    if place.__class__ not in (ast.FunctionDef, ast.AsyncFunctionDef):
        raise SourceError(shift + 1, f"the text of {name} is not one function: report this file")
    check_function(at, node, place)
    if not same_name(name, place.name):
        raise SourceError(shift + 1, f"found the function {place.name} in place of {name}: report this file")
    inside, inside_places = flat(node.body), place.body
    if len(inside) != len(inside_places):
        disagree(at, node, place)
    if _is_docstring(inside_places[0]):
        inside, inside_places = inside[1:], inside_places[1:]
    return Body(statements(at, inside, inside_places, place))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
