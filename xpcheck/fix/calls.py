"""XP101 and XP102: the namespace is handed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.fix.arguments import Change, added_keyword, added_positional, positional_count, replaced
from xpcheck.fix.fixers import GUESSED, Draft, Workshop, in_module
from xpcheck.fix.scopes import is_bound
from xpcheck.fix.trees import Tree
from xpcheck.flow.body.arguments import name_loc
from xpcheck.flow.events.body_events import Call, Event
from xpcheck.flow.events.edge_events import PinnedCall
from xpcheck.flow.lattice.summary import Binding
from xpcheck.flow.sources.scopes import statements_in, walk
from xpcheck.link.definitions import External, Function
from xpcheck.link.names import dotted
from xpcheck.model import Finding, Level

_CONVERSIONS = frozenset({"bool", "complex", "float", "int"})
_TRANSPARENT = frozenset({"abc", "builtins", "contextlib", "functools", "typing", "typing_extensions"})
"""Packages whose decorators take what the function takes."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """The parameter for the namespace that all functions share which a call may run.

    ``position`` counts the arguments of a call, without the receiver; None when the functions differ in it.
    """

    name: str
    position: int | None
    by_keyword: bool


def threaded(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """The call with the namespace as one more argument; where the body holds none, the caller's finding has the fix."""
    if not isinstance(event, Call):
        return None
    slot = _slot(event)
    own = event.namespace_argument
    if slot is None:
        return None
    about = (event.site.loc, own, slot.name, slot.position, slot.by_keyword)
    changes = workshop.changes(event.site.function, _with_one_more, *about)
    if changes is None:
        return None
    written = f"{slot.name}={own}" if slot.by_keyword else own
    doubts = (*_doubts(finding), *_wrapped(event, workshop, slot.name), *_converted(event, workshop))
    return Draft(f"Add `{written}`", in_module(event.site.function.module, changes), doubts)


def unpinned(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """The call with the caller's own namespace in the place of the pinned one."""
    assert isinstance(event, Call | PinnedCall)
    slot = _slot(event)
    own = event.namespace_argument
    if slot is None:
        return None
    changes = workshop.changes(event.site.function, _with_another, event.site.loc, own, slot.name, slot.position)
    if not changes:
        return None
    written = workshop.text(event.site.function.module, changes[0][0])
    entity = workshop.program.names.resolve(event.site.function.module.name, written)
    if not (isinstance(entity, External) and entity.name == "numpy"):
        return None
    return Draft(f"Hand on `{own}`", in_module(event.site.function.module, changes), _doubts(finding))


def _with_one_more(
    tree: Tree, loc: Loc, value: str, name: str, position: int | None, by_keyword: bool
) -> list[Change] | None:
    """The call at a place with one more argument, by keyword or behind those by position."""
    call = tree.call_of(loc)
    if call is None or not is_bound(tree, call, value) or _names(call, name):
        return None
    if by_keyword:
        return added_keyword(tree, call, name, value)
    if position is not None and positional_count(call) == position:
        return added_positional(tree, call, value)
    return None


def _with_another(tree: Tree, loc: Loc, value: str, name: str, position: int | None) -> list[Change] | None:
    """The call at a place with another value of one argument."""
    call = tree.call_of(loc)
    return None if call is None or not is_bound(tree, call, value) else replaced(tree, call, name, position, value)


def _doubts(finding: Finding) -> tuple[str, ...]:
    return (GUESSED,) if finding.level is Level.POSSIBLE else ()


def _names(call: cst.Call, name: str) -> bool:
    return any(arg.keyword is not None and arg.keyword.value == name for arg in call.args)


def _slot(event: Call | PinnedCall) -> _Slot | None:
    names, positions, keywords = set(), set(), set()
    for function in event.functions:
        index = event.site.verdicts.namespace_slot(function)
        if index is None and isinstance(event, Call) and event.binding is Binding.DEFAULT:
            names.add(event.namespace)  # the function hands on what it is given by keyword
            keywords.add(True)
            continue
        if index is None:
            return None
        param = function.params[index]
        names.add(param.name)
        positions.add(index - (1 if function.binding in {"method", "class"} else 0))
        keywords.add(param.kind != "posonly")
    if len(names) != 1:
        return None
    position = next(iter(positions)) if len(positions) == 1 else None
    return _Slot(next(iter(names)), position, keywords == {True})


def _wrapped(event: Call, workshop: Workshop, name: str) -> Iterator[str]:
    """Decorators of the callees that may not take the namespace."""
    for function in event.functions:
        for decorator in function.outline.decorators:
            target = decorator.func if isinstance(decorator, facts.Call) else decorator
            if event.site.verdicts.is_filled(function) or _takes(workshop, function, target, name):
                continue
            yield f"the decorator `{dotted(target) or '...'}` of `{function.name}` may not take `{name}`"


def _converted(event: Call, workshop: Workshop) -> Iterator[str]:
    """The conversion that the result of the call goes into at once: it takes NumPy's numbers, and no tracer."""
    body = workshop.program.own_body(event.site.function)
    for node in walk(body.statements) if body is not None else ():
        if type(node) is facts.Call and type(node.func) is facts.Name and node.func.id in _CONVERSIONS:
            inner = (arg.value for arg in node.args)
            if any(type(item) is facts.Call and name_loc(item.func) == event.site.loc for item in inner):
                yield f"`{node.func.id}` takes the result, and takes no tracer"


def _takes(workshop: Workshop, function: Function, decorator: facts.Expr, name: str) -> bool:
    """Whether what a decorator returns takes the namespace, as far as its source shows."""
    path = dotted(decorator)
    entity = workshop.program.names.resolve(function.module.name, path) if path else None
    if entity is None:
        return path in {"staticmethod", "classmethod", "property"}
    if isinstance(entity, External):
        return entity.name.partition(".")[0] in _TRANSPARENT
    body = workshop.program.body(entity) if isinstance(entity, Function) else None
    if body is None:
        return False
    wrappers = [node for root in body.statements for node in statements_in(root) if isinstance(node, facts.Def)]
    return all(any(param.kind == "kw" or param.name == name for param in item.params) for item in wrappers[-1:])
