"""The body of one function, or of a module: parsed by libcst, placed by ``ast``, lowered to the IR of ``facts``."""

from __future__ import annotations

import ast
import re
import sys
from typing import Any

import libcst as cst

from xpcheck.facts import MODULE, Body
from xpcheck.syntax.hostile import is_hostile, is_only_wide
from xpcheck.syntax.lockstep import disagree, same_name
from xpcheck.syntax.sources import At, SourceError, WideError, locator, parse
from xpcheck.syntax.statements import check_function, flat, statements

_WRAPPER = "if 1:\n"
"""Stands above an indented text, so that its columns stay true."""

_EMPTY_LINES = re.compile(r"\n[ \t\f]*(?:#[^\n]*)?(?=\n)")

_FORM_FEEDS = re.compile(r"^[ \t\f]*\f", re.MULTILINE)

_RECURSION_LIMIT = 10_000
"""Enough for everything that ``is_hostile`` lets through, however deep the caller stands."""


def body(text: str, line: int, name: str, wide: bool = False) -> Body:
    r"""The statements of one function.

    Args:
        text: the lines of the function from its ``def`` (or ``async``) line to its last line, at their own
            indentation, with newlines normalised to ``\n``; all lines of the file for a module's own statements.
        line: the number of the first line of ``text`` in its file.
        name: the function's name, checked against the text; ``facts.MODULE`` for a module.
        wide: whether a text is read although it is so long that libcst may need very long for it, or die.

    Raises:
        SourceError: the text is not one function, is not valid Python, or exceeds a limit (see ``hostile``);
            WideError for one that a process of its own may read.
    """
    wrapped = text[:1] in (" ", "\t", "\f") and name != MODULE
    shift = line - 1
    if wrapped:
        text = _WRAPPER + text
        shift -= 1
    try:
        place = _function(parse(text, shift), wrapped, shift, name)
    except SourceError:
        _refuse(text, line, name, wide)  # names the limit when that is what Python stumbled over
        raise
    lean = _lean(text, place)
    _refuse(lean, line, name, wide)
    try:
        module = cst.parse_module(lean)
    except cst.ParserSyntaxError as error:
        message = f"libcst cannot parse this function ({error.message}): rewrite it, and please report it"
        raise SourceError(line, message) from error
    at = locator(text, shift)
    try:
        return _lower(at, module, place, wrapped)
    except RecursionError:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        try:
            return _lower(at, module, place, wrapped)
        finally:
            sys.setrecursionlimit(limit)


def _refuse(text: str, line: int, name: str, wide: bool) -> None:
    reason = is_hostile(text)
    if reason is None:
        return
    message = f"the function {name} {reason}: split it"
    if not is_only_wide(reason):
        raise SourceError(line, message, "limit")
    if not wide:
        raise WideError(line, message, "limit", reason)


def _function(tree: Any, wrapped: bool, shift: int, name: str) -> Any:
    if name == MODULE:
        return tree
    places = tree.body[0].body if wrapped else tree.body
    place = places[0] if len(places) == 1 and len(tree.body) == 1 else None
    if place.__class__ not in (ast.FunctionDef, ast.AsyncFunctionDef):
        raise SourceError(shift + 1 + wrapped, f"the text of {name} is not one function: report this file")
    if not same_name(name, place.name):
        raise SourceError(place.lineno + shift, f"found the function {place.name} in place of {name}: report this file")
    return place


def _lean(text: str, place: Any) -> str:
    """``text`` without signature, docstring, comment lines and blank lines.

    libcst builds nodes for each of them. Signatures are the business of outlines, and no place is taken from its tree.
    """
    lines = text.split("\n")
    described = len(place.body) > 1 and _is_docstring(place.body[0])
    head = place if place.__class__ is not ast.Module else place.body[0] if described else None
    if head is not None:
        first = place.body[described]
        end = min(node.lineno for node in (first, *getattr(first, "decorator_list", ()))) - 1
        indented = head is not place or first.col_offset > head.col_offset
        if head.lineno <= end and indented and not lines[end][: first.col_offset].strip():  # on a line of its own
            lines[head.lineno - 1 : end] = [_bare(head, lines)] if head is place else []
            text = "\n".join(lines)
    if "\f" in text:
        text = _FORM_FEEDS.sub("", text)  # they restart the indentation, which libcst does not know
    if '"""' in text or "'''" in text or "\\\n" in text:
        return text  # a line may belong to a string
    return _EMPTY_LINES.sub("", text)


def _bare(place: Any, lines: list[str]) -> str:
    """The first line of a function without its parameters."""
    indentation = lines[place.lineno - 1][: place.col_offset]
    return f"{indentation}{'def' if place.__class__ is ast.FunctionDef else 'async def'} {place.name}():"


def _lower(at: At, module: cst.Module, place: Any, wrapped: bool) -> Body:
    nodes = flat(module)
    if wrapped:
        nodes = flat(nodes[0].body)
    if place.__class__ is not ast.Module:
        if len(nodes) != 1:
            disagree(at, module, place)
        check_function(at, nodes[0], place)
        nodes = flat(nodes[0].body)
    inside, places = nodes, place.body
    if places and _is_docstring(places[0]):
        places = places[1:]
        if len(inside) > len(places):  # it was not taken out
            inside = inside[1:]
    return Body(statements(at, inside, places, place))


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
