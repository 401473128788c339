"""Nested functions and transforms: bodies that are interpreted in the environment in which they stand."""

from __future__ import annotations

from collections.abc import Container, Iterator

import msgspec

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.attributes import on_host
from xpcheck.flow.body.base import Arguments, Captured, Env, Recorder
from xpcheck.flow.body.leaks import Leaks
from xpcheck.flow.events.body_events import ArrayOp, Call, NestedDrop
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Run
from xpcheck.flow.lattice.values import (
    PLAIN,
    STAGED,
    TRACED,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Closure,
    External,
    Instance,
    Items,
    Mapping,
    Routine,
    Sequence,
    Transformed,
    Value,
    derive,
    join_all,
)
from xpcheck.flow.sources.markers import HOST as HOST_MARKER
from xpcheck.flow.sources.markers import STATIC as STATIC_MARKER
from xpcheck.flow.sources.scopes import bound, handed_to

_MAX_INLINE = 4
_CONVERSIONS = frozenset({"array", "asarray"})
_MAKERS = frozenset({"builder", "dtype", "metadata"})
"""Effects of functions of the namespace that take plain numbers as well."""


class Nested(Leaks):
    """The part of the interpreter that calls nested functions, and functions under a transform."""

    transforms = 0
    """Above zero while a function under a transform is called: that its namespace is left out is the transform's."""

    def call_closure(self, number: int, args: Arguments, node: facts.Expr) -> Value:
        """Interpret a nested function in place."""
        captured = self.closures[number]
        dropped = self._dropped(captured, args)
        captured.fate = captured.fate or ("" if dropped else "called")
        if self.depth >= _MAX_INLINE:
            return UNKNOWN_VALUE
        return self._inline_on_numpy(captured, args, dropped, node) if dropped else self._inline(captured, args)

    def _dropped(self, captured: Captured, args: Arguments) -> str:
        """The parameter for the namespace that a call leaves at NumPy although the body holds it, or ""."""
        if self.run is not Run.JAX or self.host or self.solver.aware(self.function) not in {"param", "object"}:
            return ""
        if args.star or args.rest:
            return ""
        for place, param in enumerate(captured.node.params):
            if param.name in self.config.namespaces and param.default is not None:
                given = param.name in args.keywords or place < len(args.positional)
                shape = self.evaluate(param.default, captured.env).shape
                if not given and isinstance(shape, External) and shape.name == "numpy" and not shape.namespace:
                    return param.name
        return ""

    def _inline_on_numpy(self, captured: Captured, args: Arguments, dropped: str, node: facts.Expr) -> Value:
        """Interpret a nested function that is left at NumPy: what breaks in it for that reason is the call's."""
        outer = self.recorder
        self.recorder = Recorder(outer.judge, sees=False) if outer is not None else None
        numpy = Value(shape=External("numpy"))
        inner = Arguments(args.positional, {**args.keywords, dropped: numpy}, loc=args.loc)
        result = self._inline(captured, inner)
        found, self.recorder = self.recorder, outer
        site, label = self.site(name_loc(node)), label_of(node)
        for item in found.events if found is not None else ():
            if isinstance(item, ArrayOp) and item.kind in NAMESPACE_SINKS:
                self.emit(NestedDrop(site, label, dropped, item.label, item.site.loc[0], item.taint, item.deps))
            elif isinstance(item, Call):
                for hit in item.hits:
                    self.emit(NestedDrop(site, label, dropped, item.label, item.site.loc[0], hit.taint, hit.deps))
            else:
                self.emit(item)
        return result

    def _inline(self, captured: Captured, args: Arguments) -> Value:
        node = captured.node
        inside = dict(captured.env)
        positional = list(args.positional)
        for param in node.params:
            if param.kind in {"pos", "posonly"} and positional:
                inside[param.name] = positional.pop(0)
            elif param.name in args.keywords:
                inside[param.name] = args.keywords[param.name]
            elif param.kind == "var":
                inside[param.name] = Value(shape=Sequence(join_all(positional, empty=PLAIN)))
                positional = []
            elif param.kind == "kw":
                inside[param.name] = Value(shape=Mapping(tuple(args.keywords.items())))
            elif param.default is not None:
                inside[param.name] = self.evaluate_default(param, captured.env)
            else:
                inside[param.name] = UNKNOWN_VALUE
        self.depth += 1
        try:
            if isinstance(node, facts.Lambda):
                return self.evaluate(node.body, inside)
            return self._marked_body(node, inside)
        finally:
            self.depth -= 1
            self._leave(captured, inside, args.env)

    def _leave(self, captured: Captured, inside: Env, env: Env | None) -> None:
        """What a nested function put into containers around it, and bound as ``nonlocal``, is there afterwards."""
        if env is None:
            return
        node = captured.node
        own = {param.name for param in node.params} | (bound(node.body) if isinstance(node, facts.Def) else set())
        for name in captured.env.keys() - own:
            if inside[name] is not captured.env[name]:
                captured.env[name] = env[name] = inside[name]

    def _marked_body(self, node: facts.Def, inside: Env) -> Value:
        """Interpret a nested function as the markers on it say."""
        markers = self.solver.markers.of_nested(self.function, node)
        for marker in markers:
            for name in inside.keys() & set(marker.names):
                given = inside[name]
                inside[name] = on_host(given) if marker.verb == STATIC_MARKER else Value(TRACED, given.deps, Array())
        on_the_host = any(marker.verb == HOST_MARKER for marker in markers)
        self.host += on_the_host
        result = self.nested_body(node, inside)
        self.host -= on_the_host
        return on_host(result) if on_the_host else result

    def evaluate_default(self, param: facts.Param, env: Env) -> Value:
        """The default of a nested function's parameter."""
        if param.name in self.config.namespaces and self.aware:
            return self.namespace()
        assert param.default is not None
        return self.evaluate(param.default, env)

    def finish_closures(self) -> None:
        """Interpret the nested functions that nobody called in sight, and those that they hold in their turn.

        Their parameters are unknown, but for those that they give to functions of the namespace.
        """
        for captured in self.closures:  # it grows: a decorator in a factory holds the wrapper
            if captured.fate:
                continue
            captured.fate = "escaped"
            # One that takes the namespace itself is a function like any other: what it gives to that is an array.
            taken = any(param.name in self.config.namespaces for param in captured.node.params)
            level = TRACED if taken and isinstance(captured.node, facts.Def) else STAGED
            given: dict[str, Value] = {}
            arrays = self._arrays_of(captured) if self.run is Run.JAX else frozenset()
            for param in captured.node.params:
                named = param.name in self.config.namespaces
                otherwise = Value(level, shape=Array()) if param.name in arrays else UNKNOWN_VALUE
                given[param.name] = self.namespace() if named and self.aware else otherwise
            self._inline(captured, Arguments(keywords=given))

    def _arrays_of(self, captured: Captured) -> frozenset[str]:
        """The names that a nested function gives to functions of the namespace which take arrays."""
        found = set()
        for function, position, name in handed_to(self.config.namespaces, captured.node):
            model = self.knowledge.namespace(f"jax.numpy.{function}")
            slot = model.slot(position) if model is not None else None
            if model is None or model.effect in _MAKERS or function in _CONVERSIONS:
                continue
            if slot is not None and slot.answer == "passes":
                found.add(name)
        return frozenset(found)

    def call_traced(self, transformed: Transformed, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call a function under a transform: its array arguments arrive traced, those that are left static do not."""
        func = transformed.function
        kept = {*transformed.static, *self._positions(func, transformed.static)}
        traced = Arguments(
            [item if place in kept else _traced(item) for place, item in enumerate(args.positional)],
            {name: item if name in kept else _traced(item) for name, item in args.keywords.items()},
            args.star,
            args.rest,
            args.loc,
        )
        self.transforms += isinstance(func.shape, Routine)
        around, self.around = self.around, self._around(func)
        result = self.call_value(func, traced, node, env)
        self.around = around
        self.transforms -= isinstance(func.shape, Routine)
        return _restaged(result, derive(*args.values, floor=STAGED))

    def _positions(self, func: Value, names: Container[int | str]) -> Iterator[int | str]:
        """The positions of parameters with some names, and the names of those at some positions."""
        params: tuple[facts.Param, ...] = ()
        if isinstance(func.shape, Closure):
            params = self.closures[func.shape.number].node.params
        elif isinstance(func.shape, Routine):
            params = func.shape.targets[0][0].params[func.shape.receiver is not None :]
        for place, param in enumerate(params):
            if param.name in names:
                yield place
            if place in names:
                yield param.name

    def _around(self, func: Value) -> frozenset[str]:
        """The names of the body around a nested function that it does not bind itself."""
        captured = self.closures[func.shape.number] if isinstance(func.shape, Closure) else None
        if captured is None or not isinstance(captured.node, facts.Def):
            return frozenset()
        own = bound(captured.node.body) | {param.name for param in captured.node.params}
        return frozenset(captured.env) - own


def _restaged(result: Value, given: Value) -> Value:
    """What a transformed function gives back: as traced as its arguments, staged at least."""
    shape = result.shape
    if isinstance(shape, Items):
        return Value(shape=Items(tuple(_restaged(item, given) for item in shape.items), shape.mutable))
    if isinstance(shape, Instance):
        return Value(given.taint, given.deps, msgspec.structs.replace(shape, fields=()))
    return Value(given.taint, given.deps, Array())


def _traced(value: Value) -> Value:
    if isinstance(value.shape, External | Routine | Closure | ClassRef | Instance):
        return value
    return Value(TRACED, value.deps, Array())
