"""Code as libcst reads it, with the places of its nodes in the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider

from xpcheck.facts import Loc
from xpcheck.model import Span
from xpcheck.syntax.hostile import is_hostile

_WRAPPER = "if 1:"
"""Stands above indented lines, so that their columns stay true."""

_NO_NODES = frozenset({str, bool, type(None), cst.MaybeSentinel})
"""Classes of what else stands in the fields of nodes, sequences of nodes aside."""

Node = TypeVar("Node", bound=cst.CSTNode)


class UnreadableError(Exception):
    """libcst cannot read the code."""


class _Placed(MetadataWrapper):
    """A wrapper that places nodes only: libcst would walk the tree once more, for providers that visit."""

    def visit_batched(
        self,
        visitors: Iterable[cst.BatchableCSTVisitor],
        before_visit: object = None,
        after_leave: object = None,
    ) -> cst.Module:
        """No provider of ours visits anything."""
        return self.module


class Tree:
    """Some whole lines of a file: one function, or all of it.

    Parameters: ``lines``: the lines; ``first``: the number of the first one in its file.

    Raises UnreadableError for code that libcst does not parse, or that is too deep for it.
    """

    def __init__(self, lines: Sequence[str], first: int) -> None:
        self._lines = lines
        self._first = first
        wrapped = bool(lines) and lines[0][:1] in (" ", "\t")
        self._shift = first - (2 if wrapped else 1)
        text = "\n".join([_WRAPPER, *lines] if wrapped else lines) + "\n"
        # A form feed restarts the indentation, which libcst does not know.
        reason = "has form feeds" if "\f" in text else is_hostile(text)
        if reason is not None:
            raise UnreadableError(f"the code {reason}")
        try:
            module = cst.parse_module(text)
            self._ranges = _Placed(module, unsafe_skip_copy=True).resolve(PositionProvider)
        except (cst.ParserSyntaxError, RecursionError) as error:
            raise UnreadableError("libcst cannot read the code") from error
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self.bindings: dict[cst.CSTNode, dict[str, list[cst.CSTNode]]] = {}
        """For functions that were looked at, the statements of their own scope by the names that they bind."""
        self.children: dict[cst.CSTNode, Sequence[cst.CSTNode]] = {}
        self._nodes: list[cst.CSTNode] = []
        stack: list[cst.CSTNode] = [module]
        while stack:
            node = stack.pop()
            self._nodes.append(node)
            # Whitespace of what a pattern does not have is nowhere in the code.
            placed = [child for child in _below(node) if child in self._ranges]
            children = self.children[node] = sorted(placed, key=self._start)
            for child in children:
                self.parents[child] = node
            stack += reversed(children)

    def _start(self, node: cst.CSTNode) -> tuple[int, int]:
        start = self._ranges[node].start
        return (start.line, start.column)

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """All nodes of a class, in the order of the source."""
        for node in self._nodes:
            if isinstance(node, kind):
                yield node

    def all_nodes(self) -> Iterator[cst.CSTNode]:
        """Every node, in the order of the source."""
        return iter(self._nodes)

    def statement_start(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a statement begins, its decorators included."""
        decorators = getattr(node, "decorators", ())
        return self.loc(decorators[0] if decorators else node)[:2]

    def loc(self, node: cst.CSTNode) -> Loc:
        """Where a node stands, without the parentheses around it."""
        found: CodeRange = self._ranges[node]
        start, end = found.start, found.end
        return (start.line + self._shift, start.column + 1, end.line + self._shift, end.column + 1)

    def outer(self, node: cst.BaseExpression) -> Loc:
        """Where an expression stands with its parentheses."""
        if not node.lpar:
            return self.loc(node)
        return (*self.loc(node.lpar[0])[:2], *self.loc(node.rpar[-1])[2:])

    def parameter(self, node: cst.Param | cst.ParamStar) -> Loc:
        """Where a parameter stands with its annotation and default, of which libcst counts neither; without comma."""
        loc = self.loc(node)
        if isinstance(node, cst.ParamStar):
            return (*loc[:3], loc[1] + 1)
        last = node.default or (node.annotation.annotation if node.annotation is not None else None)
        return loc if last is None else (*loc[:2], *self.outer(last)[2:])

    def text(self, loc: Loc) -> str:
        """The source between two places."""
        line, column, end_line, end_column = loc
        lines = list(self._lines[line - self._first : end_line - self._first + 1])
        if not lines:
            return ""
        lines[-1] = lines[-1][: end_column - 1]
        lines[0] = lines[0][column - 1 :]
        return "\n".join(lines)

    def line(self, number: int) -> str:
        """One line of the file."""
        return self._lines[number - self._first]

    def indentation(self, place: tuple[int, int]) -> str:
        """What stands in front of a statement in its line."""
        return self.line(place[0])[: place[1] - 1]

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, the innermost first."""
        found = self.parents.get(node)
        while found is not None:
            yield found
            found = self.parents.get(found)

    def call_of(self, loc: Loc) -> cst.Call | None:
        """The call whose callee's name stands at a place."""
        for node in self.nodes(cst.Call):
            func = node.func
            if loc in (self.loc(func), self.loc(func.attr) if isinstance(func, cst.Attribute) else None):
                return node
        return None


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes in the fields of a node: libcst's own ``children`` makes all of them anew."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        kind = value.__class__
        if kind is tuple or kind is list:
            yield from value
        elif kind not in _NO_NODES:
            yield value


def span(start: tuple[int, int], end: tuple[int, int] | None = None) -> Span:
    """The text between two places; between the characters at ``start`` without an end."""
    return Span(*start, *(start if end is None else end))


def start_of(loc: Loc) -> tuple[int, int]:
    """The first place of a node."""
    return loc[:2]


def end_of(loc: Loc) -> tuple[int, int]:
    """The place after a node."""
    return loc[2:]
