"""XP203: an item assignment gets a branch for JAX, where arrays are immutable."""

from __future__ import annotations

import libcst as cst

from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.scopes import is_bound
from xpcheck.fix.trees import Tree, end_of, span, start_of
from xpcheck.flow.events import ArrayOp, Event
from xpcheck.model import Finding

_METHODS = {
    cst.AddAssign: "add({})",
    cst.SubtractAssign: "add(-({}))",
    cst.MultiplyAssign: "multiply({})",
    cst.DivideAssign: "divide({})",
    cst.PowerAssign: "power({})",
}


def branched(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """``a[i] = v`` for NumPy, ``a = a.at[i].set(v)`` for JAX."""
    assert isinstance(event, ArrayOp)
    function = event.site.function
    tree = workshop.function(function) if event.name == "setitem" else None
    line = _assignment(tree, event) if tree is not None else None
    numpy = workshop.numpy_alias(function.module)
    own = event.namespace_argument
    if tree is None or line is None or numpy is None or not is_bound(tree, line, own):
        return None
    update = _update(tree, line.body[0])
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


def _update(tree: Tree, statement: cst.BaseSmallStatement) -> tuple[str, str] | None:
    """The name of the array, and the expression of the updated one."""
    if isinstance(statement, cst.Assign):
        target, method = statement.targets[0].target, "set({})"
    elif isinstance(statement, cst.AugAssign) and type(statement.operator) in _METHODS:
        target, method = statement.target, _METHODS[type(statement.operator)]
    else:
        return None
    if not isinstance(target, cst.Subscript) or not isinstance(target.value, cst.Name):
        return None
    value = tree.text(tree.outer(statement.value))
    name = target.value.value
    index = tree.text((*end_of(tree.loc(target.value)), *end_of(tree.loc(target))))
    return name, f"{name}.at{index}.{method.format(value)}"
