"""Expressions: the value of every IR node."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from xpcheck import facts
from xpcheck.flow.body.apis import Apis
from xpcheck.flow.body.base import Arguments, Captured, Env
from xpcheck.flow.body.comparisons import Comparisons, is_text
from xpcheck.flow.body.growing import Growing
from xpcheck.flow.body.handling import Handling
from xpcheck.flow.body.keys import goes_through_keys
from xpcheck.flow.body.operands import FRACTIONS
from xpcheck.flow.events.body_events import Operator
from xpcheck.flow.lattice.summary import Run, Sink
from xpcheck.flow.lattice.values import (
    HOST,
    LISTS,
    MAX_WIDTH,
    NOTHING,
    PLAIN,
    RANK,
    STAGED,
    TEXT,
    TRUE,
    UNKNOWN_VALUE,
    Array,
    Closure,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Param,
    Rank,
    Sequence,
    Text,
    Value,
    derive,
    element_of,
    iterate,
    join,
    join_all,
    spread,
)
from xpcheck.link.definitions import Variable
from xpcheck.link.names import dotted
from xpcheck.project.discovery import plain_name

_NUMBER_FORMAT = re.compile(r"%[-+ #0]*[\d*]*(\.[\d*]+)?[diouxXeEfFgG]")
BACKENDS = {"jnp": "jax.numpy", "np": "numpy"}
"""The names by which the backends go: where nothing binds one, it is still clear what its author means."""


class Expressions(Apis, Comparisons, Handling, Growing):
    """The part of the interpreter that evaluates expressions."""

    yields: list[Value]
    chained: set[int]
    """Operators that are the left part of a chain of the same operator: the chain is one event."""

    def evaluate(self, node: facts.Expr, env: Env) -> Value:
        """The value of an expression."""
        value = _EXPRESSIONS[type(node)](self, node, env)
        if self.watcher is not None:
            self.watcher.see(node, value)
        return value

    def _see_name(self, node: facts.Name, env: Env) -> Value:
        found = env.get(node.id)
        if found is not None:
            return found
        return self.global_value(node.id)

    def global_value(self, name: str) -> Value:
        """The value of a name of the module's scope, or of a builtin."""
        entity = self.program.names.in_module(self.function.module.name, name)
        if entity is not None:
            switched_on = self.run is Run.JAX and type(entity) is Variable and entity in self.solver.always_on
            return TRUE if switched_on else self.solver.entity_value(entity)
        if name in self.config.namespaces and self.aware:
            return self.namespace()
        if name == "__name__":
            return Value(shape=Const("str", plain_name(self.function.module.name)))
        if name in BACKENDS:
            return Value(shape=External(BACKENDS[name]))
        return Value(shape=External(f"builtins.{name}"))

    def _see_attr(self, node: facts.Attr, env: Env) -> Value:
        if type(node.value) is facts.Name and node.value.id in self.receivers:
            known = env.get(f"{node.value.id}.{node.name}")
            if known is not None:
                return known
        return self.attribute(self.evaluate(node.value, env), node.name, node, env)

    def _see_call(self, node: facts.Call, env: Env) -> Value:
        func = self.evaluate(node.func, env)
        args = Arguments(loc=node.loc)
        args.written, args.env = node.args, env
        for arg in node.args:
            value = self.evaluate(arg.value, env)
            if arg.star == "*":
                if type(value.shape) is Items:
                    args.positional.extend(value.shape.items)
                else:
                    args.star = True
                    args.own_star = self._own(arg.value, value, "var")
                    args.positional.append(iterate(value))
            elif arg.star == "**":
                fields = value.shape.fields if type(value.shape) is Mapping else ()
                args.keywords.update(fields)
                if not (type(value.shape) is Mapping and value.shape.rest is None and fields):
                    args.rest.append(dotted(arg.value) or "")
                    args.own_rest = self._own(arg.value, value, "kw")
                    args.withheld = frozenset(param.name for param in self.function.params)
            elif arg.keyword is not None:
                args.keywords[arg.keyword] = value
            else:
                args.positional.append(value)
        if type(node.func) is facts.Attr and self.grow(node.func, args, env):
            return NOTHING
        self.check_array_arguments(func, args, node)
        self.selected(func, args, node, env)
        return self.call_value(func, args, node.func, env)

    def _own(self, node: facts.Expr, value: Value, kind: str) -> int | None:
        """The index of the body's own ``*args`` or ``**kwargs``, where an argument is that."""
        for index, param in enumerate(self.function.params):
            if param.kind == kind and type(node) is facts.Name and node.id == param.name and not self.depth:
                return index if Param(index) in spread(value)[1] else None
        return None

    def _see_index(self, node: facts.Index, env: Env) -> Value:
        base = self.evaluate(node.value, env)
        index = self.evaluate(node.index, env)
        return self.item(base, index, node)

    def item(self, base: Value, index: Value, node: facts.Index) -> Value:
        """``base[index]``."""
        base = self.as_tuple(base)
        shape, key = base.shape, index.shape
        position = key.value if type(key) is Const and isinstance(key.value, int) else None
        if type(shape) is Items and position is not None and -len(shape.items) <= position < len(shape.items):
            return shape.items[position]
        if type(shape) is Mapping:
            if type(key) is Const and isinstance(key.value, str):
                for name, item in shape.fields:
                    if name == key.value:
                        return item
            if type(key) is Array:
                self.sink(Sink.CONVERT, [index], node.index.loc, "key", "hash")
            self.use_as_key(index)
            return element_of(shape)
        if type(shape) in LISTS:
            if type(key) is Array:
                self.sink(Sink.CONVERT, [index], node.index.loc, "index", "list.getitem")
            if type(node.index) is facts.Slice:
                return Value(base.taint, base.deps, Sequence(element_of(shape)))
            return element_of(shape)
        if type(shape) is Instance and self.solver.backing(shape.classes[0]) is None:
            kept = self.kept_item(shape, key)
            if kept is not None:
                return kept
            element = self.solver.objects.element_shape(shape)
            if element is not None and type(node.index) is not facts.Slice:
                return Value(base.taint, base.deps, element)
            return base if element is not None else self.method_result(base, "__getitem__", [index], node)
        if type(node.index) is facts.Tuple:
            self.compute_with(node.loc, base, quantity=True)
        taint, deps = spread(index)
        if base.taint == HOST and not base.deps and (taint >= STAGED or deps):
            self.sink(Sink.NUMPY, [index], node.loc, "indexing a NumPy array", "getitem")
            return self.after(True, [base, index], UNKNOWN_VALUE)
        if type(shape) is Rank:
            return RANK
        if type(shape) is External and shape.name == "array.at" and shape.receiver is not None:
            if self._masked(index, node):
                return UNKNOWN_VALUE
            return Value(shape=External("array.at[]", receiver=derive(shape.receiver, index, shape=Array())))
        if isinstance(shape, Const | Text | External):
            return TEXT if isinstance(shape, Const | Text) else UNKNOWN_VALUE
        if (base.taint >= STAGED or base.deps) and self._masked(index, node):
            return self.after(True, [base, index], UNKNOWN_VALUE)
        self.check_index(base, index, node)
        boolean = type(shape) is Array and shape.boolean
        result = derive(base, index, shape=Array(boolean) if shape is not None else None)
        keeps = type(key) is Const and base.path is not None
        return self.indexed(base, Value(result.taint, result.deps, result.shape, base.path if keeps else None), node)

    def _masked(self, index: Value, node: facts.Index) -> bool:
        """Whether an array is indexed by a mask that may be traced."""
        parts = index.shape.items if isinstance(index.shape, Items) and not index.shape.mutable else (index,)
        masks = [item for item in parts if isinstance(item.shape, Array) and item.shape.boolean]
        return self.sink(Sink.SHAPE, masks, node.index.loc, "mask", "mask")

    def _see_slice(self, node: facts.Slice, env: Env) -> Value:
        parts = [self.evaluate(item, env) for item in (node.lower, node.upper, node.step) if item is not None]
        self.use_as_size(parts)
        taint, deps = spread(derive(*parts)) if parts else (0, frozenset())
        if taint >= STAGED or deps:
            self.sink(Sink.SHAPE, parts, node.loc, "slice bound", "slice")
        return PLAIN

    def _see_binary(self, node: facts.Binary, env: Env) -> Value:
        masks = node.op in {"&", "|"}
        if masks and type(node.left) is facts.Binary and node.left.op == node.op:
            self.chained.add(id(node.left))
        left, right = self.evaluate(node.left, env), self.evaluate(node.right, env)
        text = left.shape.value if type(left.shape) is Const else None
        if node.op == "%" and isinstance(text, str) and _NUMBER_FORMAT.search(text):
            self.sink(Sink.CONVERT, [right], node.loc, "format", "format")
            self.compute_with(node.loc, right)
        if masks and id(node) not in self.chained:
            self.operator(node.loc, node.op, left, right)
        self.check_operands((node.left, left), (node.right, right))
        self.check_division(node.op, right)
        self.compute_with(node.loc, left, right, quantity=node.op in FRACTIONS)
        operated = self.operated(node.op, left, right, node)
        return operated if operated is not None else self.binary(node.op, left, right)

    def operator(self, loc: facts.Loc, op: str, left: Value, right: Value) -> None:
        """Tell the rules about a Python operator between arrays."""
        self.emit(Operator(self.site(loc), op, left, right))

    def binary(self, op: str, left: Value, right: Value) -> Value:
        """``left op right``."""
        one, two = left.shape, right.shape
        if op == "%" and isinstance(one, Text | Const) and (type(one) is Text or one.kind == "str"):
            return TEXT
        if type(one) is Items and type(two) is Items and op == "+":
            return Value(shape=Items(one.items + two.items, one.mutable))
        if type(one) in LISTS and type(two) in LISTS and op == "+":
            return Value(shape=Sequence(join(element_of(one), element_of(two))))
        if type(one) in LISTS and op == "*" and type(two) is not Array:
            return Value(shape=Sequence(element_of(one)))
        if type(one) is Text or type(two) is Text:
            return TEXT
        if op == "+" and is_text(left) and is_text(right):
            return Value(shape=Const("str", f"{getattr(one, 'value', '')}{getattr(two, 'value', '')}"))
        result = derive(left, right)
        if result.taint <= HOST and not result.deps and isinstance(one, Rank) | isinstance(two, Rank):
            return RANK
        shape = self._operand_shape(op, left, right)
        return Value(result.taint, result.deps, shape, wraps=self.kept_by(op, left, right))

    def _operand_shape(self, op: str, left: Value, right: Value) -> Any:
        for value in (left, right):
            if type(value.shape) is Instance and self.solver.backing(value.shape.classes[0]) is not None:
                return value.shape
        boolean = op in {"&", "|", "^"} and all(
            type(value.shape) is Array and value.shape.boolean for value in (left, right)
        )
        if boolean:
            return Array(boolean=True)
        if op == "*" and type(left.shape) is External and left.shape.name.startswith("time."):
            return left.shape
        if any(type(value.shape) is Array for value in (left, right)) or op in {"@"}:
            return Array()
        return None

    def _see_unary(self, node: facts.Unary, env: Env) -> Value:
        if node.op == "not":
            decided, _, _ = self.truth(node, env)
            return PLAIN if decided is None else self.backend(decided)
        value = self.evaluate(node.operand, env)
        self.check_operands((node.operand, value))
        self.compute_with(node.loc, value)
        if type(value.shape) is Const and isinstance(value.shape.value, int | float) and node.op == "-":
            return Value(shape=Const(value.shape.kind, -value.shape.value))
        changed = self.changed(node.op, value, node)
        if changed is not None:
            return changed
        kept = derive(value, shape=value.shape if isinstance(value.shape, Array | Instance) else None)
        return msgspec.structs.replace(kept, wraps=value.wraps) if node.op == "-" else kept

    def _see_bool(self, node: facts.Bool, env: Env) -> Value:
        self.maybe += 1
        value = self._joined(node, env)
        self.maybe -= 1
        return value

    def _joined(self, node: facts.Bool, env: Env) -> Value:
        results: list[Value] = []
        for position, item in enumerate(node.values):
            last = position == len(node.values) - 1
            if last:
                value = self.evaluate(item, env)
                decided = None
            else:
                decided, yes, no = self.truth(item, env, Sink.BOOLOP, node.op)
                value = self.evaluate_again(item, env)
                env = yes if node.op == "and" else no
            if decided is (node.op == "or"):
                results.append(value)
                return join_all(results)
            if decided is None:
                results.append(value)
        return join_all(results, empty=PLAIN)

    def _see_cond(self, node: facts.Cond, env: Env) -> Value:
        decided, yes, no = self.truth(node.test, env, label="if ... else")
        if self.recorder is not None:
            self.check_dispatch(node.test, (node.body,), (node.orelse,), env)
        if decided is not None:
            return self._arm(node.body, yes) if decided else self._arm(node.orelse, no)
        self.branches += 1
        self.maybe += 1
        result = join(self._arm(node.body, dict(yes)), self._arm(node.orelse, dict(no)))
        self.maybe -= 1
        self.branches -= 1
        return result

    def _arm(self, node: facts.Expr, env: Env) -> Value:
        """An arm of a conditional expression: an empty list there stands for nothing, and is not filled later."""
        return Value(shape=Items(())) if type(node) is facts.List and not node.items else self.evaluate(node, env)

    def _see_tuple(self, node: facts.Tuple | facts.List, env: Env) -> Value:
        items: list[Value] = []
        spread_out = False
        for item in node.items:
            if type(item) is facts.Star:
                inner = self.evaluate(item.value, env)
                if type(inner.shape) is Items:
                    items.extend(inner.shape.items)
                else:
                    items.append(iterate(inner))
                    spread_out = True
            else:
                items.append(self.evaluate(item, env))
        if spread_out or len(items) > MAX_WIDTH:
            return Value(shape=Sequence(join_all(items)))
        return Value(shape=Items(tuple(items), type(node) is facts.List))

    def _see_set(self, node: facts.Set, env: Env) -> Value:
        items = [self.evaluate(item, env) for item in node.items]
        for item, value in zip(node.items, items, strict=True):
            if isinstance(value.shape, Array):
                self.sink(Sink.CONVERT, [value], item.loc, "member of a set", "hash")
        return Value(shape=Items(tuple(items)) if all(map(is_text, items)) else Sequence(join_all(items)))

    def _see_dict(self, node: facts.Dict, env: Env) -> Value:
        fields: dict[str, Value] = {}
        rest: list[Value] = []
        for key, item in node.items:
            value = self.evaluate(item, env)
            if key is None:
                if isinstance(value.shape, Mapping):
                    fields.update(value.shape.fields)
                    if value.shape.rest is not None:
                        rest.append(value.shape.rest)
                continue
            given = self.evaluate(key, env)
            name = given.shape
            if isinstance(name, Array):
                self.sink(Sink.CONVERT, [given], key.loc, "key", "hash")
            if isinstance(name, Const) and isinstance(name.value, str):
                fields[name.value] = value
            else:
                rest.append(value)
        return Value(shape=Mapping(tuple(fields.items()), join_all(rest) if rest else None))

    def _see_lambda(self, node: facts.Lambda, env: Env) -> Value:
        return self.define(node, env)

    def define(self, node: facts.Def | facts.Lambda, env: Env) -> Value:
        """A nested function becomes a value that remembers its environment."""
        number = next((place for place, known in enumerate(self.closures) if known.node is node), len(self.closures))
        if number < len(self.closures):
            self.closures[number].env = env
        else:
            self.closures.append(Captured(node, env))
        value = Value(shape=Closure(number))
        if isinstance(node, facts.Def):
            for decorator in reversed(node.decorators):
                value = self.decorated(decorator, value, env)
        return value

    def decorated(self, decorator: facts.Expr, value: Value, env: Env) -> Value:
        """A nested function under one decorator: transforms count, everything else is transparent."""
        options: dict[str, Value] = {}
        node = decorator
        if isinstance(node, facts.Call) and node.args:
            made = self.evaluate(node.func, env).shape
            if isinstance(made, External) and made.name == "functools.partial":
                options = {arg.keyword: self.evaluate(arg.value, env) for arg in node.args if arg.keyword is not None}
                node = node.args[0].value
        func = self.evaluate(node, env)
        if isinstance(func.shape, External) and func.shape.name.startswith("jax."):
            return self.call_value(func, Arguments([value], options, loc=decorator.loc), node, env)
        return value

    def _see_comp(self, node: facts.Comp, env: Env) -> Value:
        self.maybe += 1
        value = self._elements(node, dict(env))
        self.maybe -= 1
        return value

    def _elements(self, node: facts.Comp, inside: Env) -> Value:
        for clause in node.clauses:
            element = self.item_of(clause.iter, clause.target, (node.element, node.value, *clause.ifs), inside)
            self.bind(clause.target, element, inside)
            for test in clause.ifs:
                _, yes, _ = self.truth(test, inside)
                inside = dict(yes)
        element = self.evaluate(node.element, inside)
        if node.kind == "dict" and node.value is not None:
            return Value(shape=Mapping((), self.evaluate(node.value, inside)))
        return Value(shape=Sequence(element))

    def item_of(self, iterated: facts.Expr, target: facts.Expr, within: object, env: Env) -> Value:
        """What a loop gives its target, of which the parts ``within`` make use."""
        value = self.evaluate(iterated, env)
        if value.shape is None and goes_through_keys(iterated, target, within):
            return TEXT
        return self.element(value, iterated.loc)

    def element(self, value: Value, loc: facts.Loc) -> Value:
        """The value of the loop variable of ``for ... in value``."""
        value = self.as_tuple(value)
        if type(value.shape) is Instance and self.solver.backing(value.shape.classes[0]) is None:
            element = self.solver.objects.element_shape(value.shape)
            if element is not None:
                return Value(value.taint, value.deps, element)
            return iterate(self.method_result(value, "__iter__", [], facts.Name(loc, "")))
        return iterate(value)

    def _see_walrus(self, node: facts.Walrus, env: Env) -> Value:
        value = self.evaluate(node.value, env)
        self.bind(node.target, value, env)
        return value

    def _see_star(self, node: facts.Star, env: Env) -> Value:
        return self.evaluate(node.value, env)

    def _see_format(self, node: facts.Format, env: Env) -> Value:
        for part in node.parts:
            value = self.evaluate(part.value, env)
            for nested in part.nested:
                self.evaluate(nested, env)
            if part.spec:
                self.sink(Sink.CONVERT, [value], node.loc, "format", "format")
        return TEXT

    def _see_const(self, node: facts.Const, env: Env) -> Value:
        if node.kind == "none":
            return NOTHING
        if node.kind == "str" and isinstance(node.value, str) and len(node.value) > 60:
            return TEXT
        return Value(shape=Const(node.kind, node.value))

    def _see_await(self, node: facts.Await, env: Env) -> Value:
        return self.evaluate(node.value, env)

    def _see_yield(self, node: facts.Yield, env: Env) -> Value:
        value = self.evaluate(node.value, env) if node.value is not None else NOTHING
        self.yields.append(iterate(value) if node.delegate else value)
        return UNKNOWN_VALUE

    def _see_opaque(self, node: facts.Opaque, env: Env) -> Value:
        return derive(*[self.evaluate(item, env) for item in node.children])


def slices(index: facts.Expr) -> bool:
    """Whether an index has a slice, or an ellipsis, among others: only arrays take it."""
    return type(index) is facts.Tuple and any(
        type(item) is facts.Slice or (type(item) is facts.Const and item.kind == "ellipsis") for item in index.items
    )


_EXPRESSIONS: dict[type, Callable[[Expressions, Any, Env], Value]] = {
    facts.Name: Expressions._see_name,
    facts.Attr: Expressions._see_attr,
    facts.Call: Expressions._see_call,
    facts.Index: Expressions._see_index,
    facts.Slice: Expressions._see_slice,
    facts.Binary: Expressions._see_binary,
    facts.Unary: Expressions._see_unary,
    facts.Bool: Expressions._see_bool,
    facts.Compare: Expressions.comparison,
    facts.Cond: Expressions._see_cond,
    facts.Tuple: Expressions._see_tuple,
    facts.List: Expressions._see_tuple,
    facts.Set: Expressions._see_set,
    facts.Dict: Expressions._see_dict,
    facts.Lambda: Expressions._see_lambda,
    facts.Comp: Expressions._see_comp,
    facts.Walrus: Expressions._see_walrus,
    facts.Star: Expressions._see_star,
    facts.Format: Expressions._see_format,
    facts.Const: Expressions._see_const,
    facts.Await: Expressions._see_await,
    facts.Yield: Expressions._see_yield,
    facts.Opaque: Expressions._see_opaque,
}

__all__ = ["BACKENDS", "Expressions", "Run", "slices"]
