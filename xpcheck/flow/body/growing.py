"""Containers that a body fills: ``items.append(x)``, ``table.update(...)``, ``table[key] = x``."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.body.leaks import Leaks
from xpcheck.flow.lattice.summary import Sink
from xpcheck.flow.lattice.values import (
    LISTS,
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

_ONE = frozenset({"append", "insert", "add", "appendleft"})
_MANY = frozenset({"extend", "extendleft"})
_LISTS = _ONE | _MANY


class Growing(Leaks):
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
            if type(base.shape) not in LISTS:
                return False
            self.rebind(func.value, self._with_elements(func.name, base, args), env)
            return True
        shape = base.shape
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
