"""XP503: the parameters of a decorated body, in the order in which decorators hand arguments over."""

from __future__ import annotations

import libcst as cst

from xpcheck.fix.arguments import Change
from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.trees import Tree, end_of, span, start_of
from xpcheck.flow.events.definition_events import Decorated

_SLOT = 2
"""Where decorators hand the namespace over: behind the object and the grid."""


def placed(event: Decorated, workshop: Workshop) -> Draft | None:
    """The body with the namespace as third parameter: moved there from where it stands, or added."""
    function = event.site.function
    tree = workshop.function(function)
    params = _parameters(tree)
    numpy = workshop.numpy_alias(function.module)
    if tree is None or params is None or numpy is None:
        return None
    positional = [*params.posonly_params, *params.params]
    if len(positional) < _SLOT or params.posonly_params:
        return None
    name = event.namespace
    own = next((item for item in (*positional, *params.kwonly_params) if item.name.value == name), None)
    written = tree.text(tree.parameter(own)) if own is not None else f"{name}={numpy}"
    changes = _taken_out(tree, params, own) if own is not None else []
    if len(positional) == _SLOT:
        changes.append((span(end_of(tree.parameter(positional[-1]))), f", {written}"))
    else:
        # What decorators hand on behind the namespace comes by keyword.
        star = "*, " if any(item.default is None and item is not own for item in positional[_SLOT:]) else ""
        if star and not isinstance(params.star_arg, cst.MaybeSentinel):
            return None
        changes.append((span(start_of(tree.loc(positional[_SLOT]))), f"{written}, {star}"))
    doubts = ("who calls the undecorated body by position gives its arguments in another order",)
    return Draft(f"Write `{written}` as the third parameter", in_module(function.module, changes), doubts)


def by_keyword(event: Decorated, workshop: Workshop) -> Draft | None:
    """The body with a star in front of what decorators hand on by keyword only."""
    function = event.site.function
    tree = workshop.function(function)
    params = _parameters(tree)
    if tree is None or params is None or not isinstance(params.star_arg, cst.MaybeSentinel):
        return None
    found = next((item for item in params.params if item.name.value == event.slot), None)
    if found is None:
        return None
    changes = [(span(start_of(tree.loc(found))), "*, ")]
    doubts = (f"who calls the undecorated body by position cannot give `{event.slot}` any more",)
    return Draft(f"Write `*, {event.slot}`", in_module(function.module, changes), doubts)


def _parameters(tree: Tree | None) -> cst.Parameters | None:
    definition = next(tree.nodes(cst.FunctionDef), None) if tree is not None else None
    return definition.params if definition is not None else None


def _taken_out(tree: Tree, params: cst.Parameters, own: cst.Param) -> list[Change]:
    """A parameter taken out of its list, with the comma before it; a bare star goes when nothing else needs it."""
    listed: list[cst.Param | cst.ParamStar] = [*params.params]
    if isinstance(params.star_arg, cst.Param | cst.ParamStar):
        listed.append(params.star_arg)
    listed += params.kwonly_params
    before, after = listed[: listed.index(own)], listed[listed.index(own) + 1 :]
    if isinstance(before[-1], cst.ParamStar):
        if after:
            return [(span(start_of(tree.loc(own)), start_of(tree.loc(after[0]))), "")]
        before.pop()
    return [(span(end_of(tree.parameter(before[-1])), end_of(tree.parameter(own))), "")]
