"""XP301: `&` as a call of the namespace."""

from __future__ import annotations

from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.operators import as_calls, operation_at
from xpcheck.fix.scopes import is_bound
from xpcheck.flow.events.body_events import Event, Operator
from xpcheck.flow.lattice.values import Array, Value
from xpcheck.model import Finding


def called(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """``a & b`` as ``xp.logical_and(a, b)``; a chain becomes nested calls."""
    assert isinstance(event, Operator)
    function = event.site.function
    tree = workshop.function(function)
    node = operation_at(tree, event.site.loc) if tree is not None else None
    own = event.namespace_argument
    if tree is None or node is None or not is_bound(tree, node, own):
        return None
    boolean = all(_is_boolean(value) for value in (event.left, event.right))
    doubts = () if boolean else ("an operand may hold integers, on which `&` works bit by bit",)
    changes = as_calls(tree, node, f"{own}.logical_and")
    return Draft(f"Write `{own}.logical_and(a, b)`", in_module(function.module, changes), doubts)


def _is_boolean(value: Value) -> bool:
    return isinstance(value.shape, Array) and value.shape.boolean
