"""XP203: an item assignment gets a branch for JAX, where arrays are immutable."""

from __future__ import annotations

import libcst as cst

from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.scopes import is_bound
from xpcheck.fix.trees import Tree, end_of, span, start_of
from xpcheck.flow.events.body_events import ArrayOp, Event
from xpcheck.model import Finding

_METHODS = {
    cst.AddAssign: ("+", "add({})"),
    cst.SubtractAssign: ("-", "add(-({}))"),
    cst.MultiplyAssign: ("*", "multiply({})"),
    cst.DivideAssign: ("/", "divide({})"),
    cst.PowerAssign: ("**", "power({})"),
}
"""The operator of an assignment, and the method of JAX for it."""
_QUESTIONS = frozenset({"isfinite", "isinf", "isnan"})
"""Functions that answer with one truth value for each element."""


def branched(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """``a[i] = v`` for NumPy, ``a = a.at[i].set(v)`` for JAX; a mask chooses with ``where``."""
    assert isinstance(event, ArrayOp)
    function = event.site.function
    tree = workshop.function(function) if event.name == "setitem" else None
    line = _assignment(tree, event) if tree is not None else None
    numpy = workshop.numpy_alias(function.module)
    own = event.namespace_argument
    if tree is None or line is None or numpy is None or not is_bound(tree, line, own):
        return None
    update = _update(tree, line.body[0], own)
    if update is None:
        return None
    name, text = update
    loc = tree.loc(line.body[0])
    indent = tree.indentation(start_of(loc))
    inner = indent + ("\t" if indent.startswith("\t") else "    ")
    branches = f"if {own} is {numpy}:\n{inner}{tree.text(loc)}\n{indent}else:\n{inner}{name} = {text}"
    doubts = ["under JAX the array is a new one: whoever else holds the old one does not see the change"]
    return Draft(
        "Update a new array under JAX",
        in_module(function.module, [(span(start_of(loc), end_of(loc)), branches)]),
        tuple(doubts),
    )


def _assignment(tree: Tree, event: ArrayOp) -> cst.SimpleStatementLine | None:
    """The line of the assignment, when nothing else stands in it."""
    for line in tree.nodes(cst.SimpleStatementLine):
        statement = line.body[0]
        target = None
        if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
            target = statement.targets[0].target
        elif isinstance(statement, cst.AugAssign):
            target = statement.target
        if len(line.body) == 1 and target is not None and tree.loc(target) == event.site.loc:
            return line
    return None


def _update(tree: Tree, statement: cst.BaseSmallStatement, own: str) -> tuple[str, str] | None:
    """The name of the array, and the expression of the updated one."""
    if isinstance(statement, cst.Assign):
        target, sign, method = statement.targets[0].target, "", "set({})"
    elif isinstance(statement, cst.AugAssign) and type(statement.operator) in _METHODS:
        target, (sign, method) = statement.target, _METHODS[type(statement.operator)]
    else:
        return None
    if not isinstance(target, cst.Subscript) or not isinstance(target.value, cst.Name):
        return None
    value = tree.text(tree.outer(statement.value))
    name, mask = target.value.value, target.slice[0].slice
    plain = len(target.slice) == 1 and isinstance(mask, cst.Index) and _is_number(statement.value)
    if plain and isinstance(mask, cst.Index) and _is_mask(mask.value, name):
        # JAX has no index of a shape that depends on values: each element chooses.
        chosen = f"{name} {sign} {value}" if sign else value
        return name, f"{own}.where({tree.text(tree.outer(mask.value))}, {chosen}, {name})"
    index = tree.text((*end_of(tree.loc(target.value)), *end_of(tree.loc(target))))
    return name, f"{name}.at{index}.{method.format(value)}"


def _is_mask(node: cst.BaseExpression, name: str) -> bool:
    """Whether an index is made of truth values, one for each element of the array that it is an index of."""
    match node:
        case cst.Comparison(left=left, comparisons=comparisons):
            compared = (cst.Is, cst.IsNot, cst.In, cst.NotIn)
            plain = not any(isinstance(item.operator, compared) for item in comparisons)
            return plain and any(_has_shape_of(item, name) for item in (left, *(one.comparator for one in comparisons)))
        case cst.UnaryOperation(operator=cst.BitInvert(), expression=expression):
            return _is_mask(expression, name)
        case cst.BinaryOperation(operator=cst.BitAnd() | cst.BitOr(), left=left, right=right):
            return _is_mask(left, name) and _is_mask(right, name)
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=called)), args=[only]):
            return called in _QUESTIONS and _has_shape_of(only.value, name)
    return False


def _has_shape_of(node: cst.BaseExpression, name: str) -> bool:
    """Whether an expression has at least the shape of an array: as an index of it, exactly this shape."""
    match node:
        case cst.Name(value=value):
            return value == name
        case cst.UnaryOperation(expression=expression):
            return _has_shape_of(expression, name)
        case cst.BinaryOperation(left=left, right=right):
            return _has_shape_of(left, name) or _has_shape_of(right, name)
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="abs")), args=[only]):
            return _has_shape_of(only.value, name)
    return False


def _is_number(node: cst.BaseExpression) -> bool:
    """Whether an expression is one number, written out."""
    match node:
        case cst.Integer() | cst.Float():
            return True
        case cst.UnaryOperation(operator=cst.Minus(), expression=expression):
            return _is_number(expression)
        case cst.Attribute(attr=cst.Name(value=constant)):
            return constant in {"nan", "inf", "pi"}
    return False
