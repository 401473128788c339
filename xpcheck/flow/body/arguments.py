"""Arguments by parameter, and callees as they are written."""

from __future__ import annotations

import msgspec

from xpcheck import facts
from xpcheck.flow.body.base import Arguments
from xpcheck.flow.lattice.values import (
    UNKNOWN,
    ClassRef,
    Instance,
    Items,
    Mapping,
    Param,
    Routine,
    Sequence,
    Shape,
    Value,
    entry,
    join,
    join_all,
)
from xpcheck.link.definitions import Function

_POSITIONAL = frozenset({"pos", "posonly"})
_NAMED = frozenset({"pos", "kwonly"})


def bind_arguments(
    function: Function, receiver: Value | None, args: Arguments, skip: int = 0
) -> tuple[dict[int, Value], bool]:
    """Values by parameter index, and whether unknown arguments may fill the rest.

    ``skip`` leaves out leading parameters (``self`` of a constructor whose instance is not given).
    """
    given: dict[int, Value] = {}
    start = skip
    if receiver is not None and function.binding in {"method", "class"} and function.params:
        given[0] = receiver
        start = 1
    params = function.params
    rest = args.positional
    taken = 0
    sure = len(rest) - args.star  # what a star at the end holds may be any number of arguments
    for index in range(start, len(params)):
        if taken >= sure:
            break
        if params[index].kind in _POSITIONAL:
            given[index] = rest[taken]
            taken += 1
    extra = args.keywords
    if extra:
        extra = dict(extra)
        for index, param in enumerate(params):
            if param.name in extra and param.kind in _NAMED:
                value = extra.pop(param.name)
                given.setdefault(index, value)
    for index, param in enumerate(params):
        if param.kind == "var" and taken < len(rest):
            given[index] = Value(shape=Sequence(join_all(rest[taken:])) if args.star else Items(tuple(rest[taken:])))
        if param.kind == "kw" and extra:
            given[index] = Value(shape=Mapping(tuple(extra.items())))
    return given, args.star or bool(args.rest)


def pass_on(function: Function, given: dict[int, Value], args: Arguments, own: int | None, skip: int = 0) -> None:
    """Fill what a call leaves open with what its body's own ``*args`` and ``**kwargs`` may hold for it.

    Only who calls the body knows what that is, if anything; ``own`` is the parameter for the namespace. ``skip`` leaves
    out leading parameters.
    """
    if args.own_star is None and args.own_rest is None:
        return
    params = function.params
    left = [index for index in range(skip, len(params)) if index not in given and index != own]
    if args.own_star is not None:
        slots = [index for index in left if params[index].kind in _POSITIONAL]
        for place, index in enumerate(slots):
            given[index] = entry(args.own_star, place)
        for index in (index for index, param in enumerate(params) if param.kind == "var" and not slots):
            given[index] = _whole(args.own_star) if len(args.positional) == 1 else given[index]
    if args.own_rest is not None:
        for index in (index for index in left if params[index].kind in _NAMED):
            if params[index].name not in args.withheld:
                named = entry(args.own_rest, params[index].name)
                given[index] = join(given[index], named) if index in given else named
        for index in (index for index, param in enumerate(params) if param.kind == "kw"):
            extra = given[index].shape if index in given else None
            whole = _whole(args.own_rest)
            given[index] = Value(shape=Mapping(extra.fields, whole)) if type(extra) is Mapping else whole


def _whole(index: int) -> Value:
    """All that a body's own ``*args`` or ``**kwargs`` holds."""
    path = Param(index)
    return Value(deps=frozenset({path}), path=path)


def takes(function: Function, bound: bool, args: Arguments) -> bool:
    """Whether a function can be called with the arguments; ``bound`` when its first parameter is filled already."""
    params = function.params[1:] if bound and function.binding in {"method", "class"} else function.params
    kinds = {param.kind for param in params}
    slots = [param for param in params if param.kind in {"pos", "posonly"}]
    named = {param.name for param in params if param.kind in {"pos", "kwonly"}}
    if args.star or args.rest:
        return True
    if len(args.positional) > len(slots) and "var" not in kinds:
        return False
    if not named >= args.keywords.keys() and "kw" not in kinds:
        return False
    left = [*slots[len(args.positional) :], *(param for param in params if param.kind == "kwonly")]
    return all(param.default is not None or param.name in args.keywords for param in left)


def without_context(shape: Shape | None) -> Shape | None:
    """The part of a function, class or instance that holds outside the body in hand."""
    if type(shape) is Routine:
        receiver = without_context(shape.receiver.shape) if shape.receiver is not None else None
        known = Value(shape=receiver) if isinstance(receiver, Instance | ClassRef) else Value(UNKNOWN)
        return Routine(shape.targets, known if shape.receiver is not None else None)
    if type(shape) is Instance:
        return msgspec.structs.replace(shape, fields=())
    return shape if type(shape) is ClassRef else None


def _looked_up(node: facts.Call) -> str:
    """``getattr(np, "sqrt")`` as what it is, "" for any other call."""
    if type(node.func) is not facts.Name or node.func.id != "getattr" or len(node.args) != 2:
        return ""
    name = node.args[1].value
    return f"{label_of(node.args[0].value)}.{name.value}" if type(name) is facts.Const and name.kind == "str" else ""


def name_loc(node: facts.Expr) -> facts.Loc:
    """Where the name of a callee stands."""
    return node.name_loc if type(node) is facts.Attr else node.loc


def label_of(node: facts.Expr) -> str:
    """The callee as written, shortened."""
    if type(node) is facts.Name:
        return node.id
    if type(node) is facts.Attr:
        inner = label_of(node.value)
        return f"{inner}.{node.name}"
    if type(node) is facts.Call:
        return _looked_up(node) or f"{label_of(node.func)}()"
    if type(node) is facts.Index:
        return f"{label_of(node.value)}[...]"
    return "..."


def written_for(function: Function, index: int, args: Arguments) -> facts.Expr | None:
    """The argument that fills a parameter, where it is a name: the function stands there."""
    name = function.params[index].name
    bound = function.binding in {"method", "class"}
    for place, arg in enumerate(args.written):
        fits = arg.keyword == name if arg.keyword else place + bound == index
        if fits and isinstance(arg.value, facts.Name | facts.Attr):
            return arg.value
    return None
