"""Values used as what they are not: methods as numbers, arrays as functions, functions whose transform cannot work."""

from __future__ import annotations

from collections.abc import Iterator

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow import models
from xpcheck.flow.body.arguments import bind_arguments, label_of, name_loc
from xpcheck.flow.body.base import Arguments
from xpcheck.flow.body.bindings import Bindings
from xpcheck.flow.events.body_events import Event, Hit, MethodAsValue, NoFunction, Transformation, UnusedNamespace
from xpcheck.flow.events.definition_events import NamedCall
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Binding, Run
from xpcheck.flow.lattice.values import (
    NONE,
    TRACED,
    Array,
    Const,
    External,
    Items,
    Mapping,
    Param,
    Rank,
    Routine,
    Sequence,
    Text,
    Transformed,
    Value,
)
from xpcheck.flow.sources.annotations import says_static
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Step

ORDERINGS = frozenset({"<", "<=", ">", ">="})
_STATIC = ("static_argnums", "static_argnames")
_TRACING_ALL = frozenset({"jit", "pmap", "vmap"})
"""Transforms that take every argument for an array."""
_NO_FUNCTIONS = (Array, Const, Text, Rank, Items, Sequence, Mapping)


class Misuse(Bindings):
    """The part of the interpreter that notices what no value of this kind can do."""

    # --------------------------------------------------------------------------------------------------- methods

    def check_operands(self, *operands: tuple[facts.Expr, Value]) -> None:
        """Operands of arithmetic and of orderings: a bound method is none."""
        for node, value in operands:
            shape = value.shape
            if type(shape) is Routine and shape.receiver is not None and self._is_method(shape):
                self.emit(MethodAsValue(self.site(name_loc(node)), label_of(node), shape.targets[0][0]))

    def check_ordering(self, node: facts.Compare, values: list[Value]) -> None:
        """The operands of ``<`` and its like."""
        if not ORDERINGS.isdisjoint(node.ops):
            self.check_operands(*zip((node.left, *node.comparators), values, strict=True))

    def check_array_arguments(self, func: Value, args: Arguments, node: facts.Call) -> None:
        """Methods that are given to a function of arrays, in a slot that takes an array."""
        name = func.shape.name if type(func.shape) is External else ""
        model = models.namespace(f"jax.{name.removeprefix('jax.')}") if name.startswith(("numpy.", "jax.")) else None
        if model is None or any(arg.star for arg in node.args):
            return
        for position, (arg, value) in enumerate(zip(node.args, args.positional, strict=False)):
            slot = model.slot(position)
            if arg.keyword is None and slot is not None and slot.answer == "passes":
                self.check_operands((arg.value, value))

    def _is_method(self, shape: Routine) -> bool:
        """Whether all targets are plain methods, and not found by their name alone."""
        plain = self.solver.decorators.is_plain
        return not shape.heuristic and all(item.binding == "method" and plain(item) for item, _ in shape.targets)

    # ----------------------------------------------------------------------------------------------------- calls

    def check_callable(self, func: Value, args: Arguments, node: facts.Expr) -> None:
        """The namespace is handed to a value that is no function, such as the result of another call."""
        given = any(is_module(value) for value in args.values)
        if given and isinstance(func.shape, _NO_FUNCTIONS) and self.run is not Run.NUMPY:
            self.emit(NoFunction(self.site(name_loc(node)), label_of(node)))

    def check_keywords(self, live: list[tuple[Function, Class | None]], args: Arguments, node: facts.Expr) -> None:
        """The namespace is handed by keyword to methods of a typed receiver, of which none takes it."""
        named = [name for name in self.config.namespaces if is_module(args.keywords.get(name))]
        if not named or any(self.solver.decorators.accepts(item) is not False for item, _ in live):
            return
        if not any(self._family_takes(item, cls) for item, cls in live):
            self.emit(NamedCall(self.site(name_loc(node)), label_of(node), live[0][0], f"{named[0]}=", "keyword"))

    def _family_takes(self, function: Function, cls: Class | None) -> bool:
        """Whether a method of the same name above or below takes the namespace: then the definition is wrong."""
        owner = cls or function.owner
        if owner is None or function.name == "__init__":
            return False
        hierarchy = self.program.hierarchy
        family = [*hierarchy.mro(owner), *hierarchy.subclasses(owner, self.function.module.package)]
        members = (item.members.get(function.name) for item in family)
        return any(isinstance(item, Function) and self.solver.namespace_param(item) is not None for item in members)

    # ------------------------------------------------------------------------------------------------ transforms

    def transformed(self, name: str, args: Arguments, node: facts.Expr) -> Value:
        """``jit(f)`` and its like; where nothing can bind the namespace of ``f`` any more, it has to be bound."""
        func = args.positional[0]
        settings = args.keywords.keys() & {"static_argnames", "static_argnums", "in_axes"}
        late = bool(settings or args.rest) or name not in _TRACING_ALL
        if not late and isinstance(func.shape, Routine):
            self._check_bound(name, func.shape, Arguments(loc=args.loc), node)
        partly = bool(args.keywords or args.positional[1:])
        return Value(shape=Transformed(func, name, partly, late, _static(args)))

    def check_transformed(self, shape: Transformed, args: Arguments, node: facts.Expr) -> None:
        """A call of ``jit(f)``: modules are no arrays, and the namespace may still be left out."""
        inner = shape.function.shape
        if self.run is Run.NUMPY or not isinstance(inner, Routine):
            return
        named = shape.transform == "vmap" and any(is_module(value) for value in args.keywords.values())
        if not any(is_module(value) for value in args.values):
            if shape.late:
                self._check_bound(shape.transform, inner, args, node)
        elif shape.transform in _TRACING_ALL and (named or not shape.late):
            callee = inner.targets[0][0]
            label, site = f"{shape.transform}({callee.name})", self.site(node.loc)
            self.emit(Transformation(site, label, (callee,), Binding.SAME, (), transform=shape.transform))

    def _check_bound(self, transform: str, shape: Routine, args: Arguments, node: facts.Expr) -> None:
        """Whether a function that is traced is left at NumPy and runs it on what the transform fills."""
        if self.run is Run.NUMPY or self.host or len(shape.targets) != 1:
            return
        function, cls = shape.targets[0]
        held = Arguments(
            [*shape.args, *args.positional], {**dict(shape.keywords), **args.keywords}, args.star, args.rest
        )
        given, unknown = bind_arguments(function, shape.receiver, held)
        run, binding = self.bind_namespace(function, given, held, unknown)
        if binding is not Binding.DEFAULT or run is not Run.NUMPY:
            return
        hits = tuple(
            Hit(function, run, key, TRACED, NONE, False, cls, shape.heuristic)
            for key in self.solver.summary(function, run).sinks
            if key[1] in NAMESPACE_SINKS and isinstance(key[0], Param) and _is_filled(function, key[0], shape)
        )
        if hits:
            label = f"{transform}({function.name})"
            self.emit(Transformation(self.site(node.loc), label, (function,), binding, hits, transform=transform))


def unused(frame: Misuse, events: tuple[Event, ...]) -> Iterator[UnusedNamespace]:
    """What an interpreted body, which ignores its namespace, does to its parameters with NumPy: one event at most."""
    function, sinks = frame.function, frame.summary.sinks
    own = frame.solver.namespace_param(function)
    found: dict[Loc, str] = {}
    for (dep, kind), witness in sinks.items():
        if kind not in NAMESPACE_SINKS or not isinstance(dep, Param) or witness.shaped or witness.heuristic:
            continue
        if not dep.attr and not says_static(function.params[dep.index].annotation):
            found.setdefault(witness.loc, f"`{witness.label}`")
    if own is not None and found:
        (first, label), *rest = sorted(found.items())
        path, symbol = function.module.path, function.qualname
        more = tuple(Step(path, loc[0], loc[1], symbol, text) for loc, text in rest)
        line, column, *_ = function.params[own].loc
        taken = Step(path, line, column, symbol, f"`{function.params[own].name}` is taken")
        yield UnusedNamespace(frame.site(first), function.params[own].name, events, label, taken, more)


def _static(args: Arguments) -> tuple[int | str, ...]:
    """The positions and names that options of ``jit`` leave static, as far as they are written out."""
    found: list[int | str] = []
    for option in _STATIC:
        shape = args.keywords[option].shape if option in args.keywords else None
        items = [item.shape for item in shape.items] if type(shape) is Items else [shape]
        found += [item.value for item in items if type(item) is Const and isinstance(item.value, int | str)]
    return tuple(found)


def is_module(value: Value | None) -> bool:
    """Whether a value is a backend module."""
    shape = value.shape if value is not None else None
    return type(shape) is External and shape.name in {"numpy", "jax.numpy", "xp"} and shape.receiver is None


def _is_filled(function: Function, dep: Param, shape: Routine) -> bool:
    """Whether the transform fills a parameter: a bound method, or a partial, does not hold it."""
    held = len(shape.args) + (shape.receiver is not None)
    return dep.index >= held and function.params[dep.index].name not in dict(shape.keywords)


__all__ = ["Misuse", "is_module", "unused"]
