"""XP201 and XP507: a name in the place of another one."""

from __future__ import annotations

import libcst as cst

from xpcheck.facts import Loc
from xpcheck.fix.arguments import Change
from xpcheck.fix.fixers import GUESSED, Draft, Workshop, in_module
from xpcheck.fix.scopes import is_bound
from xpcheck.fix.trees import Tree
from xpcheck.flow import models
from xpcheck.flow.events.body_events import ArrayOp, Event
from xpcheck.flow.events.definition_events import DeprecatedName
from xpcheck.model import Finding, Level, Safety, Span


def namespaced(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """``np.f`` as ``xp.f``, where JAX has ``f`` with the arguments used."""
    assert isinstance(event, ArrayOp)
    function = event.site.function
    own = event.namespace_argument
    changes = workshop.changes(function, _of_namespace, event.site.loc, own, event.name)
    if changes is None:
        return None
    doubts = [] if finding.level is Level.PROVED else [GUESSED]
    if event.wrapped:
        doubts.append("an argument is a wrapper, of which JAX takes the `.array` only")
    safety = Safety.DISPLAY if event.wrapped else Safety.SAFE
    return Draft(f"Write `{changes[0][1]}`", in_module(function.module, changes), tuple(doubts), safety)


def _of_namespace(tree: Tree, loc: Loc, own: str, name: str) -> list[Change] | None:
    """The function that the call at a place calls, read from the namespace."""
    call = tree.call_of(loc)
    if call is None or not is_bound(tree, call, own) or not _has(name, call):
        return None
    return [(Span(*tree.loc(call.func)), f"{own}.{name.removeprefix('numpy.')}")]


def renamed(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """The newer name of the same thing; an import keeps the name that the file uses."""
    assert isinstance(event, DeprecatedName)
    module = event.site.function.module
    old, new = event.label.rpartition(".")[2], event.instead.rpartition(".")[2]
    if workshop.text(module, finding.span) == old:
        return Draft(f"Write `{event.instead}`", in_module(module, [(finding.span, new)]))
    tree = workshop.module(module)
    for alias in tree.nodes(cst.ImportAlias) if tree is not None else ():
        assert tree is not None
        inside = finding.span <= Span(*tree.loc(alias)) and tree.loc(alias)[2:] <= (
            finding.span.end_line,
            finding.span.end_column,
        )
        if inside and alias.evaluated_name == old:
            text = new if alias.asname is not None else f"{new} as {old}"
            change = (Span(*tree.loc(alias.name)), text)
            return Draft(f"Import `{new}`", in_module(module, [change]))
    return None


def _has(name: str, call: cst.Call) -> bool:
    """Whether ``jax.numpy`` has a function of NumPy and takes the arguments of a call as NumPy does."""
    model, ours = models.namespace(f"jax.{name}"), models.library(name)
    if (
        model is None
        or model.unsupported
        or model.inplace
        or (ours is not None and (ours.missing_in_jax or ours.inplace))
    ):
        return False
    refused = {*model.numpy_only, *(ours.numpy_only if ours is not None else ())}
    for arg in call.args:
        if arg.star == "**" or (arg.keyword is not None and arg.keyword.value in refused):
            return False
        if model.rejects_list and isinstance(arg.value, cst.List | cst.Tuple | cst.ListComp):
            return False
    return True


def _is_within(inner: Span, outer: Span) -> bool:
    begins = (inner.line, inner.column) >= (outer.line, outer.column)
    return begins and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
