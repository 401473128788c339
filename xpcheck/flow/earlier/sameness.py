"""Whether two bodies look the same to all who read a body without interpreting it.

They read calls, attributes, names, imports, and how statements stand in each other. They do not read arithmetic: which
operator, which number, in which order of evaluation. Nor do they see a new name that is bound to a constant.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, TypeGuard

import msgspec

from xpcheck import facts
from xpcheck.project.lowering import LOCATIONS

_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "//", "%", "**"})
_NUMBERS: Final = frozenset({"int", "float", "complex"})
_STATEMENTS: Final = (facts.Assign, facts.AugAssign, facts.ExprStmt, facts.Return)
"""Statements that end where an expression does: where that is tells nothing."""


def look_alike(one: facts.Body, two: facts.Body, new: Collection[str]) -> bool:
    """Whether two bodies look the same; ``new`` are names that only one of them mentions."""
    return _alike(_seen(one.statements, new), _seen(two.statements, new), new)


def _alike(one: Any, two: Any, new: Collection[str]) -> bool:
    if type(one) is not type(two):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(_alike(*pair, new) for pair in zip(one, two, strict=True))
    if not isinstance(one, msgspec.Struct):
        return bool(one == two)
    if _is_arithmetic(one) and _is_arithmetic(two) and (leaves := _leaves(one)):
        return _alike(leaves, _leaves(two), new)
    for name in one.__struct_fields__:
        left, right = getattr(one, name), getattr(two, name)
        if name in LOCATIONS and isinstance(one, _STATEMENTS):
            left, right = left[:2], right[:2]
        if not _alike(_seen(left, new), _seen(right, new), new):
            return False
    return True


def _seen(value: Any, new: Collection[str]) -> Any:
    """A block without the statements that nobody sees; anything else as it is."""
    if not isinstance(value, tuple):
        return value
    return tuple(item for item in value if not _is_unseen(item, new))


def _is_unseen(node: object, new: Collection[str]) -> bool:
    """Whether a statement binds a new name to a constant."""
    if type(node) is not facts.Assign or len(node.targets) != 1 or node.annotation is not None:
        return False
    target, value = node.targets[0], node.value
    if type(target) is not facts.Name or target.id not in new or value is None:
        return False
    return type(value) is facts.Const or (_is_arithmetic(value) and not _leaves(value))


def _is_arithmetic(node: object) -> TypeGuard[facts.Binary | facts.Unary]:
    return isinstance(node, facts.Binary | facts.Unary) and node.op in _ARITHMETIC


def _leaves(node: facts.Expr) -> list[facts.Expr]:
    """What arithmetic is done with, but for numbers."""
    if _is_arithmetic(node):
        parts = (node.left, node.right) if isinstance(node, facts.Binary) else (node.operand,)
        return [leaf for part in parts for leaf in _leaves(part)]
    return [] if type(node) is facts.Const and node.kind in _NUMBERS else [node]
