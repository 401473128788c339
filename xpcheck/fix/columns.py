"""XP504: the array of a structure in the place of the structure."""

from __future__ import annotations

import libcst as cst

from xpcheck.facts import Loc
from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.trees import Tree, end_of, span
from xpcheck.flow.events.body_events import Event, WrapperIndex
from xpcheck.model import Finding

_PROMISED = "it is not proved that the value is a structure wherever the code runs: a raw array has no `.array`"


def unwrapped(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """``grid[:, 0]`` as ``grid.array[:, 0]``; columns that are assigned to stay as they are."""
    assert isinstance(event, WrapperIndex)
    function = event.site.function
    tree = workshop.function(function)
    node = _subscript_at(tree, event.site.loc) if tree is not None else None
    if tree is None or node is None or _is_changed(tree, node):
        return None
    changes = [(span(end_of(tree.outer(node.value))), ".array")]
    doubts = () if event.certain else (_PROMISED,)
    return Draft(f"Write `{event.label}.array[...]`", in_module(function.module, changes), doubts)


def _subscript_at(tree: Tree, loc: Loc) -> cst.Subscript | None:
    return next((node for node in tree.nodes(cst.Subscript) if tree.loc(node) == loc), None)


def _is_changed(tree: Tree, node: cst.Subscript) -> bool:
    """Whether a subscript is assigned to or deleted."""
    parent = tree.parents.get(node)
    if isinstance(parent, cst.AugAssign | cst.AnnAssign | cst.AssignTarget):
        return parent.target is node
    return isinstance(parent, cst.Del)
