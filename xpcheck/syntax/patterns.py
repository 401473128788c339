"""Patterns of ``match`` statements: what they bind, and the expressions they compare or call."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from xpcheck.facts import Expr
from xpcheck.syntax.expressions import expression
from xpcheck.syntax.from_ast import constant
from xpcheck.syntax.lockstep import disagree, expect, same_length
from xpcheck.syntax.sources import At


class Pattern:
    """Reads one pattern in lockstep and collects ``binds`` and ``values`` in the order of the source."""

    def __init__(self, at: At) -> None:
        self.at = at
        self.binds: list[str] = []
        self.values: list[Expr] = []

    def read(self, node: Any, place: Any) -> bool:
        """Read a pattern; the result tells whether it always matches.

        Raises:
            SourceError: ``place`` is not the same pattern.
        """
        return bool(PATTERNS[node.__class__](self, node, place))

    def _compare(self, node: Any, place: Any) -> None:
        self.values.append(expression(self.at, node, place))

    def _bind(self, node: Any, place: Any, name: str | None) -> None:
        if (node is None) != (name is None):
            disagree(self.at, node, place)
        if name is not None:
            self.binds.append(name)

    def _value(self, node: cst.MatchValue, place: Any) -> None:
        expect(self.at, node, place, ast.MatchValue)
        self._compare(node.value, place.value)

    def _singleton(self, node: cst.MatchSingleton, place: Any) -> None:
        expect(self.at, node, place, ast.MatchSingleton)
        self.values.append(constant(self.at(place), place.value))

    def _sequence(self, node: Any, place: Any) -> None:
        expect(self.at, node, place, ast.MatchSequence)
        same_length(self.at, node, place, node.patterns, place.patterns)
        for item, given in zip(node.patterns, place.patterns, strict=True):
            self.read(item, given)

    def _element(self, node: Any, place: Any) -> bool:
        return self.read(node.value, place)

    def _star(self, node: cst.MatchStar, place: Any) -> None:
        expect(self.at, node, place, ast.MatchStar)
        self._bind(node.name, place, place.name)

    def _mapping(self, node: cst.MatchMapping, place: Any) -> None:
        expect(self.at, node, place, ast.MatchMapping)
        same_length(self.at, node, place, node.elements, place.patterns)
        for item, key, given in zip(node.elements, place.keys, place.patterns, strict=True):
            self._compare(item.key, key)
            self.read(item.pattern, given)
        self._bind(node.rest, place, place.rest)

    def _instance(self, node: cst.MatchClass, place: Any) -> None:
        expect(self.at, node, place, ast.MatchClass)
        same_length(self.at, node, place, node.patterns, place.patterns)
        same_length(self.at, node, place, node.kwds, place.kwd_patterns)
        self._compare(node.cls, place.cls)
        for item, given in zip(node.patterns, place.patterns, strict=True):
            self.read(item.value, given)
        for keyword, given in zip(node.kwds, place.kwd_patterns, strict=True):
            self.read(keyword.pattern, given)

    def _capture(self, node: cst.MatchAs, place: Any) -> bool:
        expect(self.at, node, place, ast.MatchAs)
        if (node.pattern is None) != (place.pattern is None):
            disagree(self.at, node, place)
        always = node.pattern is None or self.read(node.pattern, place.pattern)
        self._bind(node.name, place, place.name)
        return always

    def _alternatives(self, node: cst.MatchOr, place: Any) -> bool:
        expect(self.at, node, place, ast.MatchOr)
        same_length(self.at, node, place, node.patterns, place.patterns)
        always = False
        for item, given in zip(node.patterns, place.patterns, strict=True):
            bound = len(self.binds)
            always = self.read(item.pattern, given) or always
            self.binds[bound:] = [name for name in self.binds[bound:] if name not in self.binds[:bound]]
        return always


PATTERNS: dict[type, Any] = {
    cst.MatchValue: Pattern._value,
    cst.MatchSingleton: Pattern._singleton,
    cst.MatchList: Pattern._sequence,
    cst.MatchTuple: Pattern._sequence,
    cst.MatchSequenceElement: Pattern._element,
    cst.MatchStar: Pattern._star,
    cst.MatchMapping: Pattern._mapping,
    cst.MatchClass: Pattern._instance,
    cst.MatchAs: Pattern._capture,
    cst.MatchOr: Pattern._alternatives,
}
"""Every libcst pattern class."""
