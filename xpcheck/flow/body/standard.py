"""Functions of the standard library that hand values on: ``operator``, ``itertools``, ``dataclasses`` and others."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import ClassVar

import msgspec

from xpcheck import facts
from xpcheck.flow.body.base import Arguments
from xpcheck.flow.body.specials import MIRRORED, OPERATORS, Specials
from xpcheck.flow.lattice.values import (
    NOTHING,
    PLAIN,
    UNKNOWN_VALUE,
    Array,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Sequence,
    Value,
    derive,
    join_all,
)

_OPERATORS = {name + "_" * keyword.iskeyword(name): op for op, name in OPERATORS.items() if op not in MIRRORED}
_COMPARING = frozenset({"eq", "ne", *(OPERATORS[op] for op in MIRRORED)})
_UNARY = {"neg": "-", "pos": "+", "invert": "~", "abs": "abs"}
_FACTORIES = {
    "builtins.list": Value(shape=Items((), True)),
    "builtins.set": Value(shape=Items((), True)),
    "builtins.dict": Value(shape=Mapping(())),
}
RECORD = "record"
RECORD_METHODS = frozenset({"_replace", "_asdict"})
BAG = "types.SimpleNamespace()"
"""An object that holds what it is given: its ``receiver`` is the dict of that."""


class Standard(Specials):
    """The part of the interpreter that knows functions of the standard library by what they give back."""

    def standard(self, name: str, args: Arguments, node: facts.Expr) -> Value | None:
        """What a function of the standard library gives, None for one of which nothing is known here."""
        module, _, function = name.partition(".")
        if module == "operator":
            return self._operator(function, args, node)
        handler = self._HANDLERS.get(name)
        return handler(self, args, node) if handler is not None else None

    def _operator(self, name: str, args: Arguments, node: facts.Expr) -> Value | None:
        values = args.positional
        op = _OPERATORS.get(name.removeprefix("i") if name.removeprefix("i") in _OPERATORS else name)
        if op is not None and len(values) == 2:
            found = self.operated(op, values[0], values[1], node)
            return found if found is not None else derive(*values, shape=_array_of(values))
        if name in _COMPARING:
            return derive(*values, shape=Array(boolean=True))
        if name in _UNARY and values:
            found = self.changed(_UNARY[name], values[0], node)
            return found if found is not None else derive(*values, shape=_array_of(values))
        return None

    def _cast(self, args: Arguments, node: facts.Expr) -> Value:
        if len(args.positional) != 2 or not args.written:
            return UNKNOWN_VALUE
        value = args.positional[1]
        shape = self.solver.annotations.shape(self.function.module, args.written[0].value)
        return value if value.shape is not None else msgspec.structs.replace(value, shape=shape)

    def _first(self, args: Arguments, node: facts.Expr) -> Value:
        return args.positional[0] if args.positional else NOTHING

    def _run_through(self, args: Arguments, node: facts.Expr) -> Value:
        """One after the other: the elements of some iterables."""
        return Value(shape=Sequence(join_all([self.element(item, node.loc) for item in args.positional], PLAIN)))

    def _nested_elements(self, args: Arguments, node: facts.Expr) -> Value:
        outer = self.element(args.positional[0], node.loc) if args.positional else PLAIN
        return Value(shape=Sequence(self.element(outer, node.loc)))

    def _same_elements(self, args: Arguments, node: facts.Expr) -> Value:
        """Elements of the first iterable; further arguments say which and how many."""
        return Value(shape=Sequence(self.element(args.positional[0], node.loc) if args.positional else PLAIN))

    def tuples(self, args: Arguments, node: facts.Expr) -> Value:
        """Tuples with one element of each iterable."""
        items = tuple(self.element(item, node.loc) for item in args.positional)
        return Value(shape=Sequence(Value(shape=Items(items))))

    def _pairs(self, args: Arguments, node: facts.Expr) -> Value:
        """Tuples of elements of one iterable."""
        return Value(shape=Sequence(self._same_elements(args, node)))

    def _repeated(self, args: Arguments, node: facts.Expr) -> Value:
        return Value(shape=Sequence(args.positional[0] if args.positional else PLAIN))

    def _replace(self, args: Arguments, node: facts.Expr) -> Value:
        found = self.replaced(args.positional[0], args.keywords) if args.positional else None
        return found if found is not None else UNKNOWN_VALUE

    def as_dict(self, args: Arguments, node: facts.Expr) -> Value:
        """The fields of a data class as a dict."""
        record = self.record(args.positional[0]) if args.positional else None
        return Value(shape=Mapping(record)) if record else UNKNOWN_VALUE

    def _as_tuple(self, args: Arguments, node: facts.Expr) -> Value:
        record = self.record(args.positional[0]) if args.positional else None
        return Value(shape=Items(tuple(item for _, item in record))) if record else UNKNOWN_VALUE

    def _bag(self, args: Arguments, node: facts.Expr) -> Value:
        fields = tuple(args.keywords.items())
        return Value(shape=External(BAG, receiver=Value(shape=Mapping(fields)))) if not args.rest else UNKNOWN_VALUE

    def _defaultdict(self, args: Arguments, node: facts.Expr) -> Value:
        """A dict whose entries are there before they are filled."""
        made = args.positional[0].shape if args.positional else None
        rest = _FACTORIES.get(made.name) if type(made) is External else None
        return Value(shape=Mapping(tuple(args.keywords.items()), rest))

    def is_record(self, args: Arguments) -> bool:
        """Whether a call is given a named tuple or an object of a data class."""
        return bool(args.positional) and self.record(args.positional[0]) is not None

    def record_method(self, name: str, receiver: Value, args: Arguments, node: facts.Expr) -> Value:
        """``point._replace(x=...)`` and ``point._asdict()`` of a named tuple."""
        given = Arguments([receiver, *args.positional], args.keywords, loc=args.loc)
        return self._replace(given, node) if name == "_replace" else self.as_dict(given, node)

    _HANDLERS: ClassVar[dict[str, Callable[[Standard, Arguments, facts.Expr], Value]]] = {
        "typing.cast": _cast,
        "typing_extensions.cast": _cast,
        "contextlib.nullcontext": _first,
        "itertools.chain": _run_through,
        "itertools.chain.from_iterable": _nested_elements,
        "itertools.accumulate": _same_elements,
        "itertools.islice": _same_elements,
        "itertools.cycle": _same_elements,
        "itertools.repeat": _repeated,
        "itertools.product": tuples,
        "itertools.zip_longest": tuples,
        "itertools.pairwise": _pairs,
        "itertools.combinations": _pairs,
        "itertools.permutations": _pairs,
        "dataclasses.replace": _replace,
        "copy.replace": _replace,
        "dataclasses.asdict": as_dict,
        "dataclasses.astuple": _as_tuple,
        "types.SimpleNamespace": _bag,
        "collections.defaultdict": _defaultdict,
    }


def held(bag: External, name: str) -> Value:
    """What a ``SimpleNamespace`` holds under a name."""
    inner = bag.receiver.shape if bag.receiver is not None else None
    fields = dict(inner.fields) if type(inner) is Mapping else {}
    return fields.get(name, UNKNOWN_VALUE)


def _array_of(values: list[Value]) -> Array | Const | Instance | None:
    return Array() if any(type(item.shape) is Array for item in values) else None


__all__ = ["BAG", "RECORD", "RECORD_METHODS", "Standard", "held"]
