"""Containers that a body fills: ``items.append(x)``, ``table.update(...)``, ``table[key] = x``."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.arguments import written_for
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.body.filling import ANY, Filling, item_of
from xpcheck.flow.lattice.substitution import Substitution
from xpcheck.flow.lattice.summary import Sink, Summary
from xpcheck.flow.lattice.values import (
    CONTAINERS,
    LISTS,
    TEXT,
    Array,
    Const,
    Items,
    Mapping,
    Sequence,
    Value,
    clip,
    element_of,
    iterate,
    join,
)
from xpcheck.link.definitions import Function

_ONE = frozenset({"append", "insert", "add", "appendleft"})
_MANY = frozenset({"extend", "extendleft"})
_LISTS = _ONE | _MANY


class Growing(Filling):
    """The part of the interpreter that fills containers held by names, attributes and other containers."""

    def grow(self, func: facts.Attr, args: Arguments, env: Env) -> bool:
        """A method that fills a list or a dict; False when the call is anything else, or has a result that counts."""
        if func.name not in _LISTS and func.name not in {"update", "setdefault"}:
            return False
        if not args.positional and not (func.name == "update" and args.keywords):
            return False
        base = self.evaluate(func.value, env)
        if func.name in _LISTS:
            self.note_grown(func, args.positional[-1], env)
            added = args.positional[-1]
            self.note_fill(func.value, ANY, iterate(added) if func.name in _MANY else added)
            if type(base.shape) not in LISTS:
                return False
            self.rebind(func.value, self._with_elements(func.name, base, args), env)
            return True
        shape = base.shape
        self._note_updated(func, args)
        if type(shape) is not Mapping:
            return False
        if func.name == "setdefault":
            if len(args.positional) == 2 and _text(args.positional[0]) not in dict(shape.fields):
                self.rebind(func.value, stored_in(base, *args.positional), env)
            return False
        given = args.positional[0].shape if args.positional else Mapping(())
        if type(given) is not Mapping or args.rest:
            return False
        rest = shape.rest if given.rest is None else given.rest if shape.rest is None else join(shape.rest, given.rest)
        fields = {**dict(shape.fields), **dict(given.fields), **args.keywords}
        self.rebind(func.value, clip(Value(base.taint, base.deps, Mapping(tuple(fields.items()), rest))), env)
        return True

    def _note_updated(self, func: facts.Attr, args: Arguments) -> None:
        """``update`` or ``setdefault`` of what may be a parameter."""
        if func.name == "setdefault":
            if len(args.positional) == 2:
                self.note_fill(func.value, item_of(args.positional[0]), args.positional[1])
            return
        given = args.positional[0].shape if args.positional else Mapping(())
        if type(given) is not Mapping:
            return
        for name, value in (*given.fields, *args.keywords.items()):
            self.note_fill(func.value, f"[{name}]", value)
        if given.rest is not None:
            self.note_fill(func.value, ANY, given.rest)

    def take_fills(
        self, function: Function, summary: Summary, mine: Substitution, args: Arguments, node: facts.Expr
    ) -> None:
        """What a callee puts into its parameters is in what the call gives for them."""
        env = args.env
        for (param, what), value in summary.fills.items():
            given = node.value if type(node) is facts.Attr and node.name == function.name else None
            if param.index or function.binding != "method":
                given = written_for(function, param.index, args)
            elif function.name == "__init__":
                given = None
            if given is not None and env is not None:
                place = facts.Attr(given.loc, given, param.attr) if param.attr else given
                self._take_fill(place, what, clip(mine.value(value), 2), env)

    def _take_fill(self, place: facts.Expr, what: str, value: Value, env: Env) -> None:
        self.note_fill(place, what, value)
        if what[:1] != "[":
            known = self.evaluate_again(facts.Attr(place.loc, place, what), env)
            self.rebind(facts.Attr(place.loc, place, what), join(known, value), env)
            return
        container = self.evaluate_again(place, env)
        if type(container.shape) in CONTAINERS:
            self.rebind(
                place, stored_in(container, TEXT if what == ANY else Value(shape=Const("str", what[1:-1])), value), env
            )

    def _with_elements(self, method: str, base: Value, args: Arguments) -> Value:
        added = args.positional[-1]
        if method == "add" and isinstance(added.shape, Array):
            self.sink(Sink.CONVERT, [added], args.loc, "member of a set", "hash")
        element = iterate(added) if method in _MANY else added
        shape = base.shape
        old = element_of(shape) if not (type(shape) is Items and not shape.items) else None
        return Value(base.taint, base.deps, Sequence(element if old is None else join(old, element)))

    def rebind(self, expr: facts.Expr, value: Value, env: Env) -> None:
        """What a name, an attribute of a name, or an item of such a container holds from now on."""
        if type(expr) is facts.Name:
            env[expr.id] = value
        elif type(expr) is facts.Attr and type(expr.value) is facts.Name:
            env[self.attribute_key(expr.value.id, expr.name)] = value
        elif type(expr) is facts.Index:
            container = self.evaluate_again(expr.value, env)
            if type(container.shape) in {Items, Sequence, Mapping}:
                index = self.evaluate_again(expr.index, env)
                self.rebind(expr.value, stored_in(container, index, value), env)


def stored_in(container: Value, index: Value, value: Value) -> Value:
    """A list or dict after ``container[index] = value``; what else a dict holds that was given may be under any key."""
    shape, key = container.shape, index.shape
    taint, deps = container.taint, container.deps
    if type(shape) is Mapping:
        name = _text(index)
        if name and shape.rest is None:
            return clip(Value(taint, deps, Mapping((*_others(shape, name), (name, value)), shape.rest)))
        rest = join(shape.rest, value) if shape.rest is not None else value
        return clip(Value(taint, deps, Mapping(shape.fields, rest)))
    place = key.value if type(key) is Const and isinstance(key.value, int) else None
    if type(shape) is Items and place is not None and -len(shape.items) <= place < len(shape.items):
        items = list(shape.items)
        items[place] = value
        return clip(Value(taint, deps, Items(tuple(items), shape.mutable)))
    return Value(taint, deps, Sequence(clip(join(iterate(container), value), 2)))


def _others(shape: Mapping, name: str) -> list[tuple[str, Value]]:
    return [(field, item) for field, item in shape.fields if field != name]


def _text(value: Value) -> str:
    key = value.shape
    return key.value if type(key) is Const and isinstance(key.value, str) else ""
