"""Comparisons: what the run decides of them, and what they ask of their operands."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Env
from xpcheck.flow.body.misuse import ORDERINGS, Misuse
from xpcheck.flow.body.specials import Specials
from xpcheck.flow.lattice.summary import Sink
from xpcheck.flow.lattice.values import (
    HOST,
    PLAIN,
    RANK,
    Array,
    Closure,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Rank,
    Text,
    Value,
    derive,
    is_none,
)

_CHOOSING = frozenset({"==", "!=", "in", "not in"})
_IDENTITY = frozenset({"is", "is not", "==", "!="})


class Comparisons(Misuse, Specials):
    """The part of the interpreter that compares."""

    def comparison(self, node: facts.Compare, env: Env) -> Value:
        """The value of a comparison."""
        values = [self.evaluate(item, env) for item in (node.left, *node.comparators)]
        self.check_ordering(node, values)
        if node.ops[0] in ORDERINGS:
            self.compute_with(node.loc, *values)
        elif node.ops[0] in {"==", "!=", "in", "not in"} and _has_fractions(values[1]):
            self.compute_with(node.loc, values[0], quantity=True)
        if node.ops[0] in _CHOOSING:
            self._choose(*values[:2])
        if len(node.ops) == 1:
            known = self._compare(node.ops[0], values[0], values[1])
            if known is None:
                known = self.operated(node.ops[0], values[0], values[1], node)
            if known is not None:
                return known
        elif all(op not in {"is", "is not"} for op in node.ops):
            self.sink(Sink.BOOLOP, values, node.loc, "chained comparison", "compare")
            return PLAIN
        if node.ops[0] in {"is", "is not"}:
            return PLAIN
        if node.ops[0] in {"in", "not in"}:
            container = values[1].shape
            if type(container) is Rank:
                return RANK
            if not isinstance(container, Mapping | Text) and not is_none(values[0]):
                self.sink(Sink.BOOLOP, [values[0]], node.loc, node.ops[0], "contains")
            return PLAIN
        result = derive(*values)
        ranks = any(type(item.shape) is Rank for item in values)
        if ranks and not any(type(item.shape) is Array for item in values):
            return RANK
        if any(isinstance(item.shape, Const | Text) and getattr(item.shape, "kind", "str") == "str" for item in values):
            return PLAIN
        if any(is_none(item) for item in values):
            return PLAIN
        boolean = result.taint >= HOST or bool(result.deps)
        return Value(result.taint, result.deps, Array(boolean=True) if boolean else None)

    def _choose(self, left: Value, right: Value) -> None:
        """``method == "exact"``, ``method in {"exact", "fast"}``: who is compared with texts is one."""
        for value, other in ((left, right), (right, left)):
            if is_text(other) or (value is left and _holds_texts(other)):
                self.use_as_key(value)

    def _compare(self, op: str, left: Value, right: Value) -> Value | None:
        """A comparison whose answer the run decides, or None."""
        one, two = left.shape, right.shape
        if type(one) is External and type(two) is External and op in _IDENTITY:
            modules = {"numpy", "jax.numpy"}
            left_name, right_name = self.module_of(one), self.module_of(two)
            if left_name in modules and right_name in modules:
                return self.backend((left_name == right_name) == (op in {"is", "=="}))
            return None
        if type(one) is Const and type(two) is Const:
            if op in {"==", "is"} and one.kind == two.kind == "str":
                return self.backend(one.value == two.value)
            if op in {"!=", "is not"} and one.kind == two.kind == "str":
                return self.backend(one.value != two.value)
            if op == "in" and isinstance(one.value, str) and isinstance(two.value, str):
                return self.backend(one.value in two.value)
            if op == "not in" and isinstance(one.value, str) and isinstance(two.value, str):
                return self.backend(one.value not in two.value)
        if op in {"in", "not in"} and is_text(left) and type(two) is Items and all(map(is_text, two.items)):
            return self.backend(any(item.shape == one for item in two.items) == (op == "in"))
        if op in {"is", "is not"} and is_none(right):
            if is_none(left):
                return self.backend(op == "is")
            if isinstance(one, External | Closure) or (type(one) is Instance and one.exact):
                return self.backend(op == "is not")
        return None


def _has_fractions(value: Value) -> bool:
    """Whether something is a fraction, or a display of fractions: what is compared with it counts nothing."""
    items = value.shape.items if type(value.shape) is Items else (value,)
    return any(type(item.shape) is Const and item.shape.kind == "float" for item in items)


def is_text(value: Value) -> bool:
    """Whether a value is a text that is known letter by letter."""
    return type(value.shape) is Const and value.shape.kind == "str"


def _holds_texts(value: Value) -> bool:
    """Whether a container holds texts, or is a dict: what is looked for in it is hashed."""
    if type(value.shape) is Items:
        return any(map(is_text, value.shape.items))
    return type(value.shape) is Mapping
