"""Annotations that are quoted, whole or in part: ``"list[Galaxy]"`` says what ``list[Galaxy]`` says."""

from __future__ import annotations

import ast

_MAX_LENGTH = 500
"""Longer texts are no annotations; the limit keeps hostile ones from the parser."""
_TEXTS = frozenset({"Literal"})
_WITH_DATA = frozenset({"Annotated"})
"""Generic types whose arguments are texts, and those of which only the first argument is a type."""


def unquoted(node: ast.expr) -> ast.expr:
    """An annotation without quotes; what was between them stands at the place of the whole text."""
    return _Unquoting().visit(node) if has_text(node) else node


def has_text(node: ast.expr) -> bool:
    """Whether there is a text in an annotation."""
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(node))


def _parsed(node: ast.Constant, text: str) -> ast.expr:
    if len(text) > _MAX_LENGTH:
        return node
    try:
        inner = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return node
    for part in ast.walk(inner):
        ast.copy_location(part, node)
    return unquoted(inner)


class _Unquoting(ast.NodeTransformer):
    """Replaces the texts in an annotation by what they say."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Read a text."""
        return _parsed(node, node.value) if isinstance(node.value, str) else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Leave the texts alone that are data."""
        head = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        if head in _WITH_DATA and isinstance(node.slice, ast.Tuple) and node.slice.elts:
            node.slice.elts[0] = self.visit(node.slice.elts[0])
        elif head not in _TEXTS:
            self.generic_visit(node)
        return node
