"""XP401 and XP503: another decorator, one more, or the same ones in another order."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.slots import by_keyword, placed
from xpcheck.flow.events.body_events import Event
from xpcheck.flow.events.definition_events import Decorated
from xpcheck.flow.events.edge_events import CachedProperty
from xpcheck.flow.sources.scopes import statements_in
from xpcheck.link.definitions import Function
from xpcheck.link.names import dotted
from xpcheck.model import Finding, Safety, Span


def uncached(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """``@cached_property`` as ``@property``."""
    assert isinstance(event, CachedProperty)
    function = event.site.function
    cached = [item for item in function.outline.decorators if _name(item).endswith("cached_property")]
    if len(cached) != 1:
        return None
    doubts, safety = ["the value is computed at every read"], Safety.UNSAFE
    if any(_sets(workshop, other, function.name) for other in workshop.mentioning(function.name)):
        doubts.append(f"`{function.name}` is assigned or deleted somewhere, which a property refuses")
        safety = Safety.DISPLAY
    return Draft(
        "Write `@property`", in_module(function.module, [(_span(cached[0]), "property")]), tuple(doubts), safety
    )


def arranged(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """A stack in its order, or one that fits the body or the family; a method that is missing cannot be made up."""
    assert isinstance(event, Decorated)
    match event.problem:
        case "order":
            return _ordered(event, workshop)
        case "no-slot" | "wrong-slot":
            return placed(event, workshop)
        case "surplus":
            return by_keyword(event, workshop)
        case "untyped" | "other-type":
            return _wrapped(event, workshop)
    return None


def _ordered(event: Decorated, workshop: Workshop) -> Draft | None:
    """The decorator directly below the one that has to stand outside it."""
    function = event.site.function
    decorators = function.outline.decorators
    places = [index for index, item in enumerate(decorators) if _place(item) == event.site.loc]
    below = [
        index for index, item in enumerate(decorators) if places and index > places[0] and _name(item) == event.other
    ]
    if not below:
        return None
    moved = decorators[places[0] : below[0] + 1]
    texts = [workshop.text(function.module, _span(item)) for item in (*moved[1:], moved[0])]
    changes = [(_span(item), text) for item, text in zip(moved, texts, strict=True)]
    doubts = ("the wrapped result then stands on the grid as it was given",)
    return Draft(f"Write `@{event.other}` above `@{event.decorator}`", in_module(function.module, changes), doubts)


def _wrapped(event: Decorated, workshop: Workshop) -> Draft | None:
    """The decorator that wraps the results of the family, where the file has it beside the one that it uses."""
    function = event.site.function
    home, _, _ = event.decorator.rpartition(".")
    written = f"{home}.{event.other}" if home else event.other
    if workshop.program.names.resolve(function.module.name, written) is None:
        return None
    line, column, end_line, end_column = event.site.loc
    if event.problem == "untyped":
        indent = workshop.text(function.module, Span(line, 1, line, column)).partition("@")[0]
        change = (Span(line, column, line, column), f"{written}\n{indent}@")
    else:
        change = (Span(line, column, end_line, end_column), written)
    doubts = ("callers get a result of another type",)
    return Draft(f"Write `@{written}`", in_module(function.module, [change]), doubts)


def _name(decorator: facts.Expr) -> str:
    return dotted(decorator.func if isinstance(decorator, facts.Call) else decorator) or ""


def _place(decorator: facts.Expr) -> facts.Loc:
    return decorator.func.loc if isinstance(decorator, facts.Call) else decorator.loc


def _span(decorator: facts.Expr) -> Span:
    return Span(*decorator.loc)


def _sets(workshop: Workshop, function: Function, name: str) -> bool:
    """Whether a body assigns or deletes an attribute of this name."""
    body = workshop.program.body(function)
    return any(
        isinstance(target, facts.Attr) and target.name == name
        for root in (body.statements if body is not None else ())
        for node in statements_in(root)
        for target in _targets(node)
    )


def _targets(node: object) -> tuple[facts.Expr, ...]:
    if isinstance(node, facts.Assign | facts.Delete):
        return node.targets
    return (node.target,) if isinstance(node, facts.AugAssign) else ()
