"""XP103 and XP104: a function or property gets a parameter for the namespace, with all that override or read it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from xpcheck import facts
from xpcheck.fix.arguments import Change, added_keyword
from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.inlining import inlined
from xpcheck.fix.scopes import is_bound
from xpcheck.fix.trees import Tree, end_of, span, start_of
from xpcheck.flow import models
from xpcheck.flow.events.body_events import Call, Event
from xpcheck.flow.lattice.summary import Sink, Witness
from xpcheck.flow.sources.scopes import statements_in, walk
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Finding, Span
from xpcheck.project.index import Module

_PUBLIC = "callers outside the project are not seen"
Changes = list[tuple[Module, Change]]


def taught(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """The callee, and every override of it, with a parameter for the namespace, and the call with the argument.

    The NumPy calls on which the traced values break use it, through the functions in between. Other callers that hold a
    namespace are findings of the next round.
    """
    assert isinstance(event, Call)
    name, own = event.namespace, event.namespace_argument
    way = _way(event)
    lacking = [witness.callee for _, witness, _ in way if witness.callee is not None and _lacks(event, witness.callee)]
    family = dict.fromkeys(
        item for one in (event.functions, *((item,) for item in lacking)) for item in _family(workshop, one)
    )
    # All that needs no tree comes first: most are refused.
    if (
        any(item.name == "__init__" for item in event.functions)
        or not all(_may_take(workshop, item, name) for item in family)
        or not all(witness.callee is None or workshop.is_call(item, witness.loc) for item, witness, _ in way)
    ):
        return None
    handed = workshop.changes(event.site.function, _handed, event.site.loc, name, own, True)
    inside = _below(workshop, event, way, name)
    if handed is None or inside is None:
        return None
    changes: Changes = []
    for function in family:
        found = _with_parameter(workshop, function, name)
        if found is None:
            return None
        changes += found
    changes += in_module(event.site.function.module, handed)
    return Draft(f"Give `{event.callee.name}` a parameter `{name}`", [*changes, *inside], (_PUBLIC,))


def called(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """The property as a method that takes the namespace, and every reader as a call of it.

    Where a reader cannot be changed, the property is written out in the body that breaks on it.
    """
    assert isinstance(event, Call)
    family = _family(workshop, event.functions)
    if not family or any(item.accessor != "property" for item in family):
        return None
    changes = _as_method(event, workshop, family)
    if changes is not None:
        return Draft(f"Make `{event.callee.name}` a method", changes, (_PUBLIC,))
    return inlined(event, workshop, family[0]) if len(family) == 1 else None


def _as_method(event: Call, workshop: Workshop, family: list[Function]) -> Changes | None:
    """The definitions of a property, and all that read it; None where one of them cannot be changed."""
    name, attribute = event.namespace, event.callee.name
    readers = None if _is_ambiguous(workshop, family, attribute) else _readers(workshop, event, attribute, name)
    if readers is None:
        return None
    changes: Changes = []
    for function in family:
        found = _with_parameter(workshop, function, name)
        line = _decorator_line(workshop, function)
        if found is None or line is None:
            return None
        changes += [*found, (function.module, line)]
    for hit in event.hits:
        (function, witness), *further = event.site.verdicts.sink_path(hit)
        if not further:
            changes += (item for item in _operation(function, witness, hit.key[1], name) if item not in changes)
    return [*changes, *readers]


# --------------------------------------------------------------------------------------------------------- definitions


def _family(workshop: Workshop, functions: tuple[Function, ...]) -> list[Function]:
    """Some functions with all that override them or are overridden by them."""
    found = dict.fromkeys(functions)
    hierarchy = workshop.program.hierarchy
    for function in functions:
        cls = function.owner
        if cls is None:
            continue
        related: set[Class] = {*hierarchy.mro(cls)}
        tops = [item for item in related if function.name in item.members]
        for top in tops:
            related |= {*hierarchy.subclasses(top, cls.module.package)}
        members = (item.members.get(function.name) for item in sorted(related, key=lambda item: item.key))
        found.update(dict.fromkeys(item for item in members if isinstance(item, Function)))
    return list(found)


def _may_take(workshop: Workshop, function: Function, name: str) -> bool:
    """Whether a definition has the parameter ``name``, or stands in a file of the project that imports NumPy for it."""
    if any(param.name == name for param in function.params):
        return True
    return function.module.own and workshop.numpy_alias(function.module) is not None


def _with_parameter(workshop: Workshop, function: Function, name: str) -> Changes | None:
    """A definition with the parameter ``name`` at its end; nothing where it has one, None where it cannot be added."""
    if any(param.name == name for param in function.params):
        return []
    if not _may_take(workshop, function, name):
        return None
    changes = workshop.changes(function, _with_last, f"{name}={workshop.numpy_alias(function.module)}")
    return None if changes is None else in_module(function.module, changes)


def _with_last(tree: Tree, text: str) -> list[Change] | None:
    """A definition with one more parameter."""
    definition = next(tree.nodes(cst.FunctionDef), None)
    if definition is None:
        return None
    params = definition.params
    if params.star_kwarg is not None:
        start = _param_start(tree, params.star_kwarg)
        return [(span(start), f"{text}, ")]
    last = [*params.posonly_params, *params.params]
    if isinstance(params.star_arg, cst.Param):
        last.append(params.star_arg)
    last += params.kwonly_params
    if not last:
        place = end_of(tree.loc(definition.name))
        return [(span((place[0], place[1] + 1)), text)]
    if isinstance(last[-1].comma, cst.Comma):
        place, text = end_of(tree.loc(last[-1].comma)), f" {text},"
    else:
        place, text = end_of(tree.parameter(last[-1])), f", {text}"
    return [(span(place), text)]


def _param_start(tree: Tree, param: cst.Param) -> tuple[int, int]:
    line, column = start_of(tree.loc(param))
    written = tree.line(line)[: column - 1]
    return (line, column) if not written.rstrip().endswith("*") else (line, len(written.rstrip().rstrip("*")) + 1)


def _decorator_line(workshop: Workshop, function: Function) -> Change | None:
    """The line of ``@property`` taken away, when it stands alone."""
    for decorator in function.outline.decorators:
        line, end_line = decorator.loc[0], decorator.loc[2]
        text = "".join(workshop.lines(function.module, line, line))
        if isinstance(decorator, facts.Name) and decorator.id == "property" and text.strip() == "@property":
            return span((line, 1), (end_line + 1, 1)), ""
    return None


def _way(event: Call) -> list[tuple[Function, Witness, Sink]]:
    """The calls and operations between a call and what breaks, in functions that hold no namespace, each once."""
    found: dict[tuple[str, facts.Loc], tuple[Function, Witness, Sink]] = {}
    for hit in event.hits:
        for function, witness in event.site.verdicts.sink_path(hit):
            if _lacks(event, function):
                found.setdefault((function.module.path, witness.loc), (function, witness, hit.key[1]))
    return list(found.values())


def _lacks(event: Call, function: Function) -> bool:
    return event.site.verdicts.namespace_slot(function) is None


def _below(workshop: Workshop, event: Call, way: list[tuple[Function, Witness, Sink]], name: str) -> Changes | None:
    """The changes on the way from a call to the operations that break; None where a call on it cannot be changed.

    Calls hand the namespace on, and the operations are the namespace's.
    """
    changes: Changes = []
    for function, witness, kind in way:
        if witness.callee is None:
            changes += _operation(function, witness, kind, name)
            continue
        slot = event.site.verdicts.namespace_slot(witness.callee)
        keyword = name if slot is None else witness.callee.params[slot].name
        handed = workshop.changes(function, _handed, witness.loc, keyword, name, False)
        if handed is None:
            return None
        changes += in_module(function.module, handed)
    return changes


def _handed(tree: Tree, loc: facts.Loc, name: str, value: str, bound: bool) -> list[Change] | None:
    """The call at a place with one more argument; ``bound``: only where that has a value."""
    call = tree.call_of(loc)
    if call is None or (bound and not is_bound(tree, call, value)):
        return None
    return added_keyword(tree, call, name, value)


def _operation(function: Function, witness: Witness, kind: Sink, name: str) -> Changes:
    """``np.f`` as ``xp.f``, where JAX has ``f``."""
    head, _, rest = witness.label.partition(".")
    if kind is not Sink.NUMPY or not rest or models.namespace(f"jax.numpy.{rest}") is None:
        return []
    line, column = witness.loc[:2]
    return [(function.module, (span((line, column), (line, column + len(head))), name))]


# ------------------------------------------------------------------------------------------------------------- readers


def _is_ambiguous(workshop: Workshop, family: list[Function], name: str) -> bool:
    """Whether anything else in the program has an attribute of this name."""
    own = {id(item) for item in family}
    program = workshop.program
    others = [item for item in program.by_name.get(name, ()) if id(item) not in own]
    variables = any(name in cls.members and not isinstance(cls.members[name], Function) for cls in program.classes)
    return bool(others) or variables or any(_stores(workshop, item, name) for item in program.functions)


def _stores(workshop: Workshop, function: Function, name: str) -> bool:
    body = workshop.program.body(function) if name in function.outline.attributes else None
    for root in body.statements if body is not None else ():
        for node in statements_in(root):
            targets = node.targets if isinstance(node, facts.Assign | facts.Delete) else ()
            if any(isinstance(item, facts.Attr) and item.name == name for item in targets):
                return True
    return False


def _readers(workshop: Workshop, event: Call, attribute: str, name: str) -> Changes | None:
    """Every read of an attribute as a call; None when one of them cannot be changed."""
    program = workshop.program
    changes: Changes = []
    written = workshop.reads(attribute)
    for function in program.functions:
        if attribute not in function.outline.attributes:
            continue
        if not function.module.own:
            return None
        for node in _attributes(workshop, function, attribute):
            if not workshop.text(function.module, Span(*node.loc)).endswith(attribute):
                return None  # inside an f-string, where the place is that of the whole string
            argument = _argument(workshop, event, function, node, name)
            changes.append((function.module, (span(end_of(node.loc)), f"({argument})")))
    return changes if len(changes) == written else None


def _attributes(workshop: Workshop, function: Function, attribute: str) -> Iterator[facts.Attr]:
    body = workshop.program.body(function)
    for root in body.statements if body is not None else ():
        for node in walk(root):
            if isinstance(node, facts.Attr) and node.name == attribute:
                yield node


def _argument(workshop: Workshop, event: Call, function: Function, node: facts.Attr, name: str) -> str:
    """The namespace that a reader hands over: its own, or that of the method which a property becomes."""
    tree = workshop.function(function)
    if function in event.functions:
        return f"{name}={name}"
    if tree is not None and event.site.verdicts.holds_namespace(function):
        own = event.site.verdicts.namespace_argument(function)
        place = next((item for item in tree.nodes(cst.Attribute) if tree.loc(item) == node.loc), None)
        if place is not None and is_bound(tree, place, own):
            return f"{name}={own}"
    return ""
