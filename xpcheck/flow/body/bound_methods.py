"""Calls of methods of arrays, texts and containers."""

from __future__ import annotations

import re

from xpcheck import facts
from xpcheck.flow.body.apis import Apis
from xpcheck.flow.body.arguments import name_loc
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.lattice.summary import Sink
from xpcheck.flow.lattice.values import (
    BOTTOM,
    NOTHING,
    PLAIN,
    STAGED,
    TEXT,
    UNKNOWN_VALUE,
    Array,
    Const,
    External,
    Items,
    Mapping,
    Sequence,
    Value,
    derive,
    element_of,
    join,
)

_SPECIFICATION = re.compile(r"\{\w*:[^}]")
_MUTATORS = frozenset({"sort", "reverse", "remove", "clear", "append", "extend"})
"""Methods of lists that return None."""


class BoundMethods(Apis):
    """The part of the interpreter that knows the methods of arrays, texts and containers."""

    def bound_method(self, shape: External, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """A method of an array, a string or a container."""
        receiver = shape.receiver
        assert receiver is not None
        kind, _, name = shape.name.partition(".")
        if kind == "array":
            return self._array_method(receiver, name, args, node)
        if kind == "str":
            text = receiver.shape.value if isinstance(receiver.shape, Const) else ""
            if name == "format" and isinstance(text, str) and _SPECIFICATION.search(text):
                self.sink(Sink.CONVERT, args.values, name_loc(node), "format", "format")
            return self._text_method(receiver, name, args)
        if kind == "dict":
            inner = receiver.shape
            if name in {"get", "pop", "setdefault"} and args.positional:
                key = args.positional[0].shape
                if isinstance(inner, Mapping) and isinstance(key, Const):
                    for field, value in inner.fields:
                        if field == key.value:
                            return value
                if self.aware and type(key) is Const and key.value in self.config.namespaces:
                    return self.namespace()  # `xp = kwargs.pop("xp", np)`
                known = element_of(inner)
                if name == "setdefault" and len(args.positional) == 2:
                    return args.positional[1] if known == BOTTOM else join(known, args.positional[1])
                return known
            if name == "values":
                return Value(shape=Sequence(element_of(inner)))
            if name == "items":
                return Value(shape=Sequence(Value(shape=Items((TEXT, element_of(inner))))))
            if name == "keys":
                return Value(shape=Sequence(TEXT))
            return receiver if name == "copy" else NOTHING
        if kind == "container":
            return self._container_method(receiver, name)
        if name in {"index", "count"}:
            self.sink(Sink.BOOLOP, args.positional[:1], node.loc, f".{name}()", f"list.{name}")
            return PLAIN
        if name == "throw":
            return BOTTOM
        if name == "pop":
            return element_of(receiver.shape)
        if name == "copy":
            return receiver
        return NOTHING if name in _MUTATORS else derive(receiver)

    @staticmethod
    def _container_method(receiver: Value, name: str) -> Value:
        """A method that lists, dicts or texts have, of a receiver of which no more is known: keys are never traced."""
        if name == "keys":
            return Value(shape=Sequence(TEXT))
        if name == "items":
            return Value(shape=Sequence(Value(shape=Items((TEXT, derive(receiver))))))
        return NOTHING if name in _MUTATORS else derive(receiver)

    def _text_method(self, receiver: Value, name: str, args: Arguments) -> Value:
        shape = receiver.shape
        if name in {"startswith", "endswith"} and isinstance(shape, Const) and args.positional:
            prefix = args.positional[0].shape
            options = [prefix] if isinstance(prefix, Const) else []
            if isinstance(prefix, Items):
                options = [item.shape for item in prefix.items if isinstance(item.shape, Const)]
            texts = tuple(str(item.value) for item in options)
            if texts and isinstance(shape.value, str):
                return self.backend(getattr(shape.value, name)(texts))
        if name in {"removeprefix", "removesuffix"} and isinstance(shape, Const) and len(args.positional) == 1:
            part = args.positional[0].shape
            if isinstance(part, Const) and isinstance(part.value, str) and isinstance(shape.value, str):
                return Value(shape=Const("str", getattr(shape.value, name)(part.value)))
        if name in {"split", "rsplit", "splitlines", "partition", "rpartition"}:
            separators = [item.shape.value if isinstance(item.shape, Const) else None for item in args.positional]
            if isinstance(shape, Const) and len(separators) == 1 and isinstance(separators[0], str) and separators[0]:
                parts = getattr(str(shape.value), name)(separators[0])
                return Value(shape=Items(tuple(Value(shape=Const("str", part)) for part in parts)))
            return Value(shape=Sequence(TEXT))
        return TEXT

    def _array_method(self, receiver: Value, name: str, args: Arguments, node: facts.Expr) -> Value:
        if name.startswith("at[]."):
            self.check_update(receiver, name.removeprefix("at[]."), node)
            return derive(receiver, *args.values, shape=Array())
        model = self.knowledge.method(name)
        effect = model.effect if model is not None else "traced"
        if effect == "breaks":
            named = self.knowledge.namespace(f"jax.numpy.{name}")
            kind = Sink.SHAPE if named is not None and named.value_shape else Sink.CONVERT
            self.sink(kind, [receiver], name_loc(node), f".{name}()", f"array.{name}")
            return PLAIN
        if name in {"reshape", "repeat"}:
            self.use_as_size(args.positional)
            self.sink(Sink.SHAPE, args.positional, name_loc(node), f".{name}()", f"array.{name}")
        if effect == "missing":
            return UNKNOWN_VALUE
        if effect == "inplace":
            if receiver.taint >= STAGED or receiver.deps:
                self.sink(Sink.MUTATE, [receiver], name_loc(node), f".{name}()", f"array.{name}")
            return PLAIN
        if effect == "static":
            return PLAIN
        boolean = name in {"any", "all"}
        result = derive(receiver, *args.values)
        return Value(result.taint, result.deps, Array(boolean))


__all__ = ["BoundMethods"]
