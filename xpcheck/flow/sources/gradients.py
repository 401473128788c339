"""Where a selection takes its value from a branch whose derivative is not finite where it is not taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.sources.scopes import children, statements_in, walk
from xpcheck.link.names import dotted

_STEEP = frozenset(
    {"sqrt", "log", "log2", "log10", "arccos", "arcsin", "arccosh", "arctanh", "arctan2", "hypot", "norm", "reciprocal"}
)
_DIVIDING = frozenset({"divide", "true_divide"})
_LIMITING = frozenset({"where", "maximum", "fmax", "clip", "select", "nan_to_num"})


class Steep(NamedTuple):
    """An operation in a branch of a selection: where, its text, its operand, and the name that the condition tests."""

    loc: Loc
    label: str
    operand: facts.Expr
    name: str


class Selections:
    """Reads the selections of one body."""

    def __init__(self, body: facts.Body) -> None:
        self._assigned: dict[str, list[facts.Expr]] = {}
        for root in body.statements:
            for node in statements_in(root):
                if type(node) is facts.Assign and node.value is not None:
                    for target in node.targets:
                        if type(target) is facts.Name:
                            self._assigned.setdefault(target.id, []).append(node.value)

    def steep(self, node: facts.Call) -> Iterator[Steep]:
        """The operations in ``where(condition, a, b)`` that the condition guards, and whose operand it does not."""
        condition, *branches = (arg.value for arg in node.args)
        named = self._assigned.get(condition.id, ()) if isinstance(condition, facts.Name) else (condition,)
        tested = {path for item in named for path in _paths(item)}
        for branch in branches:
            for inner in self._evaluated(branch):
                for operand, label in _operands(inner):
                    names = [name for name in _paths(operand) if name in tested]
                    if names and not self._is_limited(operand):
                        yield Steep(inner.loc, label, operand, names[0])

    def _evaluated(self, node: facts.Expr) -> Iterator[facts.Call | facts.Binary]:
        """The calls and operations in a branch; what an inner selection chooses from is its own matter."""
        stack: list[object] = [node]
        while stack:
            item = stack.pop()
            if isinstance(item, facts.Call) and _last(item.func) in _LIMITING:
                continue
            if isinstance(item, facts.Name) and item.id in self._assigned and item is node:
                stack += self._assigned[item.id][:1]
            if isinstance(item, facts.Call):
                yield item
                stack += [item.func, *(arg.value for arg in item.args)]
            elif isinstance(item, facts.Binary):
                yield item
                stack += [item.left, item.right]
            elif isinstance(item, facts.Unary):
                stack.append(item.operand)
            elif isinstance(item, facts.Attr | facts.Index):
                stack.append(item.value)

    def _is_limited(self, node: facts.Expr) -> bool:
        """Whether an operand was kept away from where the derivative is not finite."""
        for item in walk(node):
            if isinstance(item, facts.Call) and _last(item.func) in _LIMITING:
                return True
            if isinstance(item, facts.Binary) and item.op == "+" and _is_small(item.right):
                return True
            if isinstance(item, facts.Name) and item is not node:
                continue
            values = self._assigned.get(item.id, ()) if isinstance(item, facts.Name) else ()
            if any(isinstance(value, facts.Call) and _last(value.func) in _LIMITING for value in values):
                return True
        return False


def _operands(node: facts.Call | facts.Binary) -> Iterator[tuple[facts.Expr, str]]:
    """The operands of an operation in which its derivative may not be finite."""
    if isinstance(node, facts.Binary):
        if node.op == "/":
            yield node.right, "/"
        elif node.op == "**" and _is_fraction(node.right):
            yield node.left, "**"
        return
    last = _last(node.func)
    if last in _DIVIDING or last == "power":
        if len(node.args) == 2 and (last in _DIVIDING or _is_fraction(node.args[1].value)):
            yield node.args[last in _DIVIDING].value, dotted(node.func) or last
    elif last in _STEEP:
        for arg in node.args:
            yield arg.value, dotted(node.func) or last


def _paths(node: facts.Expr) -> Iterator[str]:
    """The dotted names in an expression, callees aside."""
    stack: list[object] = [node]
    while stack:
        item = stack.pop()
        path = dotted(item) if isinstance(item, facts.Name | facts.Attr) else None
        if path is not None:
            yield path
        elif isinstance(item, facts.Call):
            stack += [arg.value for arg in item.args]
        else:
            stack += children(item)


def _last(node: facts.Expr) -> str:
    return node.name if isinstance(node, facts.Attr) else node.id if isinstance(node, facts.Name) else ""


def _is_fraction(node: facts.Expr) -> bool:
    """``0.5``, ``-1`` or ``1 / n``: an exponent with which zero has no finite derivative."""
    if isinstance(node, facts.Unary):
        return node.op == "-"
    if isinstance(node, facts.Const):
        return isinstance(node.value, float) and not node.value.is_integer()
    return isinstance(node, facts.Binary) and node.op == "/"


def _is_small(node: facts.Expr) -> bool:
    return isinstance(node, facts.Const) and isinstance(node.value, float) and 0.0 < node.value < 0.1
