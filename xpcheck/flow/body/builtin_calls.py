"""Calls of Python's builtins: conversions, extremes, containers, attributes by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec

from xpcheck import facts
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.body.bound_methods import BoundMethods
from xpcheck.flow.body.keeping import Keeping
from xpcheck.flow.body.misuse import Misuse
from xpcheck.flow.body.randomness import Randomness
from xpcheck.flow.body.standard import Standard
from xpcheck.flow.lattice.summary import Sink
from xpcheck.flow.lattice.values import (
    NOTHING,
    PLAIN,
    RANK,
    STAGED,
    TEXT,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Closure,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Param,
    Rank,
    Routine,
    Sequence,
    Text,
    Transformed,
    Value,
    derive,
    element_of,
    join_all,
)

_CONTAINERS = frozenset({"list", "tuple", "set", "frozenset", "iter", "reversed"})


class Builtins(BoundMethods, Misuse, Keeping, Standard, Randomness):
    """The part of the interpreter that knows what builtins do with what they are given."""

    def builtin(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call a builtin of Python."""
        handler = self._BUILTINS.get(name)
        if handler is not None:
            return handler(self, name, args, node, env)
        if name in {"abs", "round", "pow", "divmod", "sum"}:
            values = args.values
            own = self.changed(name, values[0], node) if name == "abs" and values else None
            if own is not None:
                return own
            if name == "sum" and args.positional:
                values = [self.element(args.positional[0], node.loc), *args.positional[1:]]
            result = derive(*values)
            shapes = [value.shape for value in values if isinstance(value.shape, Array | Instance)]
            kept = args.positional[0].wraps if name == "abs" and args.positional else frozenset()
            return Value(result.taint, result.deps, shapes[0] if shapes else None, wraps=kept)
        if name == "len":
            return PLAIN if any(self._holds_objects(item) for item in args.positional[:1]) else RANK
        if name == "hasattr":
            return self.has_name(args)
        if name == "type" and len(args.positional) == 1 and isinstance(args.positional[0].shape, Instance):
            return Value(shape=ClassRef(args.positional[0].shape.classes))
        if name == "vars" and self.is_record(args):
            return self.as_dict(args, node)
        if name in {"isinstance", "issubclass", "callable", "id", "type", "print", "open", "vars", "dir"}:
            return PLAIN
        if name in {"str", "repr", "format", "chr", "ascii"}:
            return RANK if any(isinstance(item.shape, Rank) for item in args.positional[:1]) else TEXT
        if name in {"property", "object"}:
            return UNKNOWN_VALUE
        return UNKNOWN_VALUE if name not in {"hash", "ord", "hex", "bin", "slice"} else PLAIN

    def _holds_objects(self, value: Value) -> bool:
        """Whether a value is a container of objects that are no arrays: how many there are is no array's shape."""
        if not isinstance(value.shape, Items | Sequence | Mapping):
            return False
        element = element_of(value.shape).shape
        return isinstance(element, Instance) and all(self.solver.backing(cls) is None for cls in element.classes)

    def _convert(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if any(isinstance(item.shape, Text | Const) for item in args.positional[:1]):
            return PLAIN
        self.seeded(args, node.loc)
        self.use_as_number(args.positional[:1])
        if self.loops and self.tests and not self.depth and any(item.taint >= STAGED for item in args.positional[:1]):
            self.summary.host_loop = True
        broke = self.sink(Sink.CONVERT, args.positional[:1], node.loc, f"{name}()", f"builtins.{name}")
        return self.after(broke, args.positional[:1], PLAIN, self.looking_on)

    def _extreme(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        values = args.positional
        if len(values) == 1:
            values = [self.element(values[0], node.loc)]
        if name in {"any", "all"} and args.positional and _same_for_all(args.positional[0]) is (name == "all"):
            return self.backend(name == "all")
        if name in {"any", "all", "sorted"} and args.positional:
            values = [self.element(args.positional[0], node.loc)]
        key = args.keywords.get("key")
        if key is not None and is_callable(key) and args.positional:
            values = [self.call_with(key, [self.element(args.positional[0], node.loc)], node, env)]
        if len(args.positional) > 1:
            self.compute_with(node.loc, *values)
        plain = [item for item in values if not isinstance(item.shape, Instance | Text)]
        broke = self.sink(Sink.BUILTIN, plain, node.loc, f"{name}()", f"builtins.{name}")
        if name == "sorted" and args.positional:
            return Value(shape=Sequence(self.element(args.positional[0], node.loc)))
        if name in {"any", "all"} or broke:
            return self.after(broke, plain, PLAIN)
        return join_all(values, empty=PLAIN)

    def _range(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        self.use_as_size(args.positional)
        self.sink(Sink.BUILTIN, args.positional, node.loc, "range()", "builtins.range")
        return Value(shape=Sequence(PLAIN))

    def _container(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if not args.positional:
            return Value(shape=Items((), True))
        value = args.positional[0]
        if isinstance(value.shape, Items):
            return Value(value.taint, value.deps, Items(value.shape.items, name == "list"))
        return Value(shape=Sequence(self.element(value, node.loc)))

    def _dict(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if args.positional and isinstance(args.positional[0].shape, Mapping):
            old = args.positional[0].shape
            return Value(shape=Mapping((*old.fields, *args.keywords.items()), old.rest))
        pair = self.element(args.positional[0], node.loc).shape if args.positional else None
        rest = pair.items[1] if isinstance(pair, Items) and len(pair.items) == 2 else None
        return Value(shape=Mapping(tuple(args.keywords.items()), rest))

    def _zip(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        return self.tuples(args, node)

    def _enumerate(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        inner = self.element(args.positional[0], node.loc) if args.positional else PLAIN
        return Value(shape=Sequence(Value(shape=Items((PLAIN, inner)))))

    def _map(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if len(args.positional) < 2:
            return UNKNOWN_VALUE
        func, *rest = args.positional
        if name == "filter":
            return Value(shape=Sequence(self.element(rest[0], node.loc)))
        given = [self.element(item, node.loc) for item in rest]
        return Value(shape=Sequence(self._call_each(func, given, args, node, env)))

    def reduce(self, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """``reduce(f, items)``: the function is given two items, or what it made of some and another one."""
        func, items, *first = args.positional
        element = self.element(items, node.loc)
        return self._call_each(func, [first[0] if first else element, element], args, node, env)

    def _call_each(self, func: Value, given: list[Value], args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call the function that ``map`` or ``reduce`` is given: with these values and no others."""
        if type(func.shape) is Closure:
            return self.call_with(func, given, _handed(args, node), env)
        return self.call_handed(func, Arguments(given, loc=node.loc), _handed(args, node))

    def _next(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        return self.element(args.positional[0], node.loc) if args.positional else UNKNOWN_VALUE

    def _getattr(self, function: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if len(args.positional) < 2:
            return UNKNOWN_VALUE
        name = self.named(args)
        if not name:
            self.unresolved(node.loc, "getattr with a name that is not literal")
            return UNKNOWN_VALUE
        loc = args.loc
        attr = facts.Attr(loc, node, name)
        base = args.positional[0]
        if len(args.positional) > 2:
            base = msgspec.structs.replace(base)  # who names a default asks, whatever gave the value
        if isinstance(base.shape, External) and len(args.positional) > 2:
            self.asked.add(name)
        if base.shape is None and len(args.positional) > 2:
            return PLAIN if base.taint == 0 and not base.deps else UNKNOWN_VALUE
        return self.attribute(base, name, attr, env)

    def _setattr(self, function: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        target = args.written[0].value if len(args.written) == 3 else None
        name = self.named(args) if len(args.positional) == 3 else ""
        if name and args.positional[0].path == Param(0) and self.function.binding == "method":
            self.keep(name, args.positional[2])
            if type(target) is facts.Name:
                env[self.attribute_key(target.id, name)] = args.positional[2]
        elif name and type(target) is facts.Name:
            self.bind(facts.Attr(target.loc, target, name), args.positional[2], env)
        return NOTHING

    def _super(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        return self.super_value(env)

    def call_with(self, func: Value, values: list[Value], node: facts.Expr, env: Env) -> Value:
        """Call a function value with as many of the values as it takes."""
        shape = func.shape
        if isinstance(shape, Closure):
            closures = self.closures[shape.number].node.params
            needed = len([param for param in closures if param.kind in {"pos", "posonly"}]) - len(shape.args)
            last = values[-1]
            given = [values[index] if index < len(values) else last for index in range(max(needed, 0))]
            return self.call_value(func, Arguments(given, loc=node.loc), node, env)
        return self.call_value(func, Arguments(values, star=True, loc=node.loc), node, env)

    _BUILTINS: ClassVar[dict[str, Callable[[Builtins, str, Arguments, facts.Expr, Env], Value]]] = {
        "float": _convert,
        "int": _convert,
        "bool": _convert,
        "complex": _convert,
        "min": _extreme,
        "max": _extreme,
        "any": _extreme,
        "all": _extreme,
        "sorted": _extreme,
        "range": _range,
        "dict": _dict,
        "zip": _zip,
        "enumerate": _enumerate,
        "map": _map,
        "filter": _map,
        "next": _next,
        "getattr": _getattr,
        "setattr": _setattr,
        "super": _super,
        **dict.fromkeys(_CONTAINERS, _container),
    }


def _handed(args: Arguments, node: facts.Expr) -> facts.Expr:
    """The function that ``map`` or ``reduce`` is given, as written: what it does stands there."""
    first = args.written[0].value if args.written else node
    return first if isinstance(first, facts.Name | facts.Attr) else node


def _same_for_all(values: Value) -> bool | None:
    """What this run decides for each item of an iterable alike, if it decides anything."""
    held = values.shape
    items = held.items if type(held) is Items else (held.element,) if type(held) is Sequence else ()
    shapes = (item.shape for item in items)
    kinds = {bool(item.value) if type(item) is Const and item.kind == "backend" else None for item in shapes}
    return kinds.pop() if len(kinds) == 1 else None


def is_callable(value: Value) -> bool:
    """Whether a value is a function, a class or a library's object that is called, and no method of an array."""
    return isinstance(value.shape, Closure | Routine | ClassRef | Transformed | External) and not (
        isinstance(value.shape, External) and value.shape.receiver is not None and value.shape.name == "array"
    )
