"""Calls of functions of the program: binding of arguments and namespace, summaries, constructors."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from xpcheck import facts
from xpcheck.flow.body.answers import Answers
from xpcheck.flow.body.arguments import bind_arguments, label_of, name_loc, pass_on, takes, without_context
from xpcheck.flow.body.asking import Asking
from xpcheck.flow.body.attributes import BY_RECEIVER, on_host
from xpcheck.flow.body.base import Arguments, Env, owner_of
from xpcheck.flow.body.fields import Fields, StoredFields
from xpcheck.flow.body.giving import Giving, with_held
from xpcheck.flow.body.growing import Growing
from xpcheck.flow.body.handling import Handling
from xpcheck.flow.body.jax_calls import JaxCalls
from xpcheck.flow.body.misuse import Misuse
from xpcheck.flow.body.nested import Nested
from xpcheck.flow.body.ruling_out import RulingOut
from xpcheck.flow.events.body_events import Call, Hit
from xpcheck.flow.events.definition_events import NamedCall
from xpcheck.flow.lattice.substitution import Substitution
from xpcheck.flow.lattice.summary import (
    DROPS,
    Binding,
    CallRecord,
    Run,
    Sink,
    Summary,
    Variant,
    unfollowed,
)
from xpcheck.flow.lattice.values import (
    BOTTOM,
    CONTAINERS,
    NOTHING,
    PLAIN,
    UNKNOWN,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Closure,
    Deps,
    External,
    Instance,
    Items,
    Mapping,
    Param,
    Routine,
    Sequence,
    Shape,
    Super,
    Transformed,
    Value,
    clip,
    element_of,
    entry_path,
    is_namespace,
    join_all,
    spread,
)
from xpcheck.flow.sources.annotations import says_self
from xpcheck.link.definitions import Class, Function

_MAX_FIELDS = 24
_NO_ARRAYS = frozenset({"enum.Enum", "dict", "collections.OrderedDict", "collections.UserDict"})
"""Bases of objects that are no arrays, whatever they are made from: it is a name, or kept item by item."""


class Calls(RulingOut, Answers, Nested, Misuse, Giving, Handling, Growing, JaxCalls, Asking):
    """The part of the interpreter that calls things."""

    def call_value(self, func: Value, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call a value."""
        shape = func.shape
        if type(shape) is Routine:
            return self._routine(shape, args, node)
        if type(shape) is ClassRef:
            return join_all([self.construct(cls, args, node) for cls in shape.classes])
        if type(shape) is Closure:
            return self.call_closure(shape.number, with_held(shape, args), node)
        if type(shape) is External:
            return self.external(shape, args, node, env)
        if type(shape) is Transformed:
            self.check_transformed(shape, args, node)
            result = self.call_traced(shape, args, node, env)
            self.crossed(shape, args, result, node)
            return result
        if type(shape) is Instance:
            called = self.attribute(func, "__call__", facts.Attr(node.loc, node, "__call__"), env)
            if type(called.shape) is Routine:
                return self._routine(called.shape, args, node)
        self.check_callable(func, args, node)
        self.note_application(func, args)
        if func.path is not None:
            self.unresolved(name_loc(node), "callable in a parameter or attribute")
        elif type(node) is not facts.Attr or node.name in self.program.by_name:
            # No function of the program has a name that is not there: the receiver is a thing of some library.
            self.unresolved(name_loc(node), "unknown receiver")
        return UNKNOWN_VALUE

    # ------------------------------------------------------------------------------------------------ functions

    def _routine(self, shape: Routine, args: Arguments, node: facts.Expr) -> Value:
        targets = list(shape.targets)
        if self.aware and all(self.is_factory(item.full_name) for item, _ in targets):
            self.summary.sites.setdefault(name_loc(node), "")
            self.ask(args.values)
            return self.namespace()
        return self.call_functions(targets, shape.receiver, with_held(shape, args), node, heuristic=shape.heuristic)

    def call_functions(
        self,
        targets: list[tuple[Function, Class | None]],
        receiver: Value | None,
        args: Arguments,
        node: facts.Expr,
        accessor: str = "",
        heuristic: str = "",
    ) -> Value:
        """Call one of several functions; the event names the sinks that the arguments reach.

        Where a heuristic found several functions, only what all of them do counts: never a majority. A receiver's name
        finds one class, of which some overrides may do it.
        """
        live = [item for item in targets if not item[0].outline.stub] or targets
        if heuristic and not accessor:
            live = [item for item in live if takes(item[0], receiver is not None, args)]
        if not live:
            self.unresolved(name_loc(node), "unknown receiver")
            return UNKNOWN_VALUE
        if not accessor:
            self.summary.sites.setdefault(name_loc(node), "")
        results: list[Value] = []
        hits: list[Hit] = []
        wrapped: list[tuple[Value, Hit]] = []
        misplaced: list[str] = []
        called: list[tuple[Function, Run, Summary]] = []
        binding = Binding.FREE
        for function, cls in live:
            given, unknown = bind_arguments(function, self._as_instance(receiver, cls, len(live) > 1), args)
            misplaced.append("" if unknown else self._misplaced(function, given))
            run, how = self.bind_namespace(function, given, args, unknown)
            if how is not Binding.FREE:
                binding = how if binding is Binding.FREE or how is Binding.DEFAULT else binding
            if self.run is Run.JAX and not self.host and function in self.solver.implicit:
                self.solver.note_reader(function, self.function)
            followed = run is not Run.ONE or bool(accessor) or self.solver.follows(self.function, function)
            variant = self.variant_of(function, run, given, unknown, args) if followed else ()
            pass_on(function, given, args, self.solver.namespace_param(function))
            if self.run is not Run.NUMPY and not self.host:
                self.summary.targets.setdefault((function, run, variant), name_loc(node))
            if not self.host:
                self.solver.note_call(function, self.function, self.run, variant)
            summary = self.solver.summary(function, run, variant) if followed else unfollowed(function)
            called.append((function, run, summary))
            if len(live) == 1 and not heuristic:
                self.exclude_after(summary, given, node)
            substitution = Substitution(given, Fields(self))
            self.summary.breaks |= how in DROPS or (summary.breaks and bool(summary.sinks))
            whole = self._repaired(function, run, how, variant) or summary
            result = self.decorated_result(function, given, self._result(function, whole, substitution))
            if not followed:
                result = Value(deps=spread(result)[1], shape=result.shape)  # maybe of the host: no proof of its own
            if how is Binding.NUMPY and self.converts(function):
                results.append(on_host(result))
                continue
            results.append(self.answered(function, given, result))
            self.ask_through(summary, result, given)
            if self.handlers and not accessor:
                self.note_swallowed(function, cls, run, variant, summary, substitution, node)
            wrapped += self.hand_wrappers(function, cls, variant, summary, given, receiver, len(live) > 1)
            found = self.hits_of(function, cls, run, variant, summary, substitution, receiver, len(live) > 1)
            hits += [hit for hit in found if how is not Binding.DEFAULT or not self.by_object(summary, hit.key)]
            hits += self.apply_handed(function, summary, given, args, node)
            built = given.get(0) if function.name == "__init__" else None
            if how is Binding.DEFAULT and built is not None:
                hits += self.stored_backend(summary, built)
            loc = name_loc(node)
            for index, value in given.items():
                if how is not Binding.FREE and type(value.shape) is not Instance:
                    self.note_use(value)
                if not (index == 0 and function.binding in {"method", "class"}):
                    for target, part in _parts(index, value, function.params[index].kind):
                        to = given.get(0)
                        self.edge(function, run, variant, target, part, loc, heuristic, to, len(live) > 1)
            if self.run is not Run.NUMPY and not self.host and how not in {Binding.FREE, Binding.OBJECT}:
                self.summary.calls.append(CallRecord(function, how, loc))
            if not heuristic:
                self.take_fills(function, summary, substitution, args, node)
            if self._fills_own(function, given):
                self._take_stores(summary, given)
            if function.name == "__init__":
                self._note_given(function, given)
        if not (heuristic or self.host or self.maybe or self.depth):
            self.ended |= all(_never_returns(function, summary) for function, _, summary in called)
        self.note_jax_helpers(called if not heuristic else [], node, accessor)
        if not accessor and self.run is Run.JAX:
            self._report_binding(live, binding, misplaced, node, heuristic)
            if not heuristic:
                self.check_keywords(live, args, node)
        if heuristic:
            complete = heuristic == BY_RECEIVER or len({hit.callee for hit in hits}) == len(live)
            hits = [msgspec.structs.replace(hit, heuristic=heuristic) for hit in hits] if complete else []
        functions = tuple(function for function, _ in live)
        if binding is Binding.NUMPY and not hits and not (accessor or any(map(self.converts, functions))):
            self.check_pinned(functions, given, label_of(node), name_loc(node))
        self.report_hits(functions, binding, hits, node, accessor)
        self.report_wrappers(wrapped, len(live), heuristic, node, args.loc)
        result = clip(join_all(results))
        if self.run is Run.JAX and not heuristic:
            if type(result.shape) is Array:
                self.raw[id(result)] = result, functions
            elif binding is Binding.FREE and not accessor:
                self.note_built_by(functions, result, node)
        return result

    def _as_instance(self, receiver: Value | None, cls: Class | None, several: bool) -> Value | None:
        """The receiver of one of several methods: an object of the class that has it, not of another."""
        if receiver is None or cls is None or not several or type(receiver.shape) is not Instance:
            return receiver
        own = receiver.path == Param(0) and self.function.binding == "method"
        known = own or type(receiver.path) is not Param or receiver.shape.fields
        return receiver if known else Value(receiver.taint, receiver.deps, Instance((cls,)))

    def _repaired(self, function: Function, run: Run, how: Binding, variant: Variant) -> Summary | None:
        """Where what breaks is taken for repaired: the callee as it would be, the namespace handed on."""
        if not self.repaired:
            return None
        return self.solver.repaired(function, Run.JAX if how in DROPS else run, variant)

    def _result(self, function: Function, summary: Summary, substitution: Substitution) -> Value:
        if not summary.returns:
            return BOTTOM
        result = substitution.value(summary.result)
        if _open(result.shape) and function.outline.returns is not None:
            shape = self.solver.annotations.shape(function.module, function.outline.returns)
            if says_self(function.outline.returns):
                shape = _own_instance(substitution.path(Param(0)))
            if isinstance(shape, Instance | Sequence | Mapping) or (
                type(shape) is Array and (result.taint or result.deps)
            ):
                if type(result.shape) is Sequence:
                    inner = result.shape.element
                    held = Value(inner.taint, inner.deps, element_of(shape).shape if type(shape) is Sequence else None)
                    return Value(result.taint, result.deps, Sequence(held), result.path)
                promised = _with_deps(shape, result) if not isinstance(shape, Instance | Array) else shape
                return Value(result.taint, result.deps, promised, result.path)
        return result

    def _report_binding(
        self,
        live: list[tuple[Function, Class | None]],
        binding: Binding,
        misplaced: list[str],
        node: facts.Expr,
        heuristic: str,
    ) -> None:
        """A namespace that is required and left out, or lands in the slot of something else: wrong on both backends."""
        site, label = self.site(name_loc(node)), label_of(node)
        if binding is Binding.MISSING and not heuristic:
            self.emit(Call(site, label, tuple(function for function, _ in live), binding, ()))
        if all(misplaced):
            own = self.solver.namespace_param(live[0][0])
            argument = live[0][0].params[own].name if own is not None else ""
            self.emit(NamedCall(site, label, live[0][0], argument, "slot", misplaced[0], heuristic))

    def _misplaced(self, function: Function, given: dict[int, Value]) -> str:
        """The parameter that is given the namespace in the place of the one for it, or ""."""
        own = self.solver.namespace_param(function)
        if own is None or (own in given and is_namespace(given[own])):
            return ""
        return next((function.params[index].name for index, value in given.items() if is_namespace(value)), "")

    # ------------------------------------------------------------------------------------------------ instances

    def construct(self, cls: Class, args: Arguments, node: facts.Expr) -> Value:
        """Build an instance: run the constructor, remember its arguments."""
        constructor = self.program.constructor(cls)
        if constructor is None:
            taint, deps = (0, frozenset()) if not args.values else spread(Value(shape=Sequence(join_all(args.values))))
            hierarchy = self.program.hierarchy
            bases = {base for item in hierarchy.mro(cls) for base in hierarchy.external_bases[item]}
            if not args.values or not bases.isdisjoint(_NO_ARRAYS):
                taint, deps = 0, frozenset()
            fields = tuple(list(args.keywords.items())[:_MAX_FIELDS])
            return Value(taint if taint != UNKNOWN else 0, deps, Instance((cls,), True, fields))
        receiver = Value(shape=Instance((cls,), exact=True))
        self.call_functions([(constructor, cls)], receiver, args, node)
        given, _ = bind_arguments(constructor, None, args, skip=1)
        pass_on(constructor, given, args, self.solver.namespace_param(constructor), skip=1)
        fields = tuple(
            (param.name, clip(given[index], 2)) for index, param in enumerate(constructor.params) if index in given
        )[:_MAX_FIELDS]
        taint, deps = 0, frozenset()
        if self.solver.backing(cls) is not None:
            index = 1 if len(constructor.params) > 1 else 0
            if index in given:
                taint, deps = spread(given[index])
                deps |= self._own_array(given[index])
        instance = Value(taint if taint != UNKNOWN else 0, deps, Instance((cls,), True, fields))
        self.note_built(cls, instance, given, node)
        return instance

    def _own_array(self, value: Value) -> Deps:
        """The array that the object in hand holds, when the value is that object and a wrapper."""
        owner = self.function.owner
        backing = self.solver.backing(owner) if owner is not None and value.path == Param(0) else None
        return frozenset({Param(0, backing)}) if backing is not None else frozenset()

    def _note_given(self, constructor: Function, given: dict[int, Value]) -> None:
        """Remember what kind of thing a constructor's parameters are given: functions, classes, instances."""
        for index, value in given.items():
            if not index:
                continue
            annotation = constructor.params[index].annotation
            if self.solver.annotations.shape(constructor.module, annotation) is None:
                shape = without_context(value.shape)
                if shape is not None:
                    self.solver.note_given(self.function, constructor, index, shape)

    def substitute_fields(self, cls: Class, stored: Value, shape: Instance) -> Value:
        """An attribute of an object built in sight, in terms of the constructor's arguments."""
        constructor = self.program.constructor(cls)
        if constructor is None:
            return dict(shape.fields).get("", PLAIN)
        fields = dict(shape.fields)
        given = {index: fields[param.name] for index, param in enumerate(constructor.params) if param.name in fields}
        return Substitution(given, Fields(self)).value(stored)

    def _fills_own(self, function: Function, given: dict[int, Value]) -> bool:
        """Whether a constructor hands its object to a method, or to the constructor of a base class."""
        if self.function.name != "__init__" or function is self.function or function.binding != "method":
            return False
        return not function.accessor and given.get(0, NOTHING).path == Param(0)

    def _take_stores(self, summary: Summary, given: dict[int, Value]) -> None:
        """What a method assigns that the constructor calls on its object is assigned on this object too."""
        substitution = Substitution(given, StoredFields(self, self.summary.stores))
        for name, value in summary.stores.items():
            mine = clip(substitution.value(value), 2)
            self.summary.stores.setdefault(name, mine)
        for (dep, kind), witness in summary.sinks.items():
            if kind is Sink.BACKEND:
                self.keep_sink((dep, kind), witness)

    def read_property(
        self, base: Value, targets: list[tuple[Function, Class]], node: facts.Attr, heuristic: str = ""
    ) -> Value:
        """Read a property: a call of its getter with the object alone."""
        chosen: list[tuple[Function, Class | None]] = [(item, cls) for item, cls in targets]
        accessor = chosen[0][0].accessor or "property"
        return self.call_functions(chosen, base, Arguments(loc=node.loc), node, accessor, heuristic)

    def super_value(self, env: Env) -> Value:
        """``super()`` in this body."""
        owner = self.function.owner
        if owner is None:
            return UNKNOWN_VALUE
        first = self.function.params[0].name if self.function.params else "self"
        receiver = env.get(first, NOTHING)
        if owner_of(self.function) is None:
            receiver = Value(shape=ClassRef((owner,)))
        return Value(shape=Super(owner, receiver))


def _parts(index: int, value: Value, kind: str) -> Iterator[tuple[Param, Value]]:
    """A parameter and what it is given; for ``*args`` and ``**kwargs`` each entry, too."""
    yield Param(index), element_of(value.shape) if kind in {"var", "kw"} and type(value.shape) in CONTAINERS else value
    if kind == "var" and type(value.shape) is Items:
        for place, item in enumerate(value.shape.items):
            yield entry_path(index, place), item
    if kind == "kw" and type(value.shape) is Mapping:
        for name, item in value.shape.fields:
            yield entry_path(index, name), item


def _never_returns(function: Function, summary: Summary) -> bool:
    """Whether a call cannot come back in this run: the body raises on every path, and is no mere promise of one."""
    outline = function.outline
    return not (summary.returns or outline.stub or outline.is_generator or outline.is_async)


def _own_instance(receiver: Value | None) -> Instance | None:
    """What a method that promises ``Self`` returns."""
    shape = receiver.shape if receiver is not None else None
    return Instance(shape.classes) if isinstance(shape, Instance | ClassRef) else None


def _open(shape: Shape | None) -> bool:
    """Whether the body does not say what is returned, or what the list that is returned holds."""
    return shape is None or (type(shape) is Sequence and shape.element.shape is None)


def _with_deps(shape: Sequence | Mapping | object, result: Value) -> Sequence | Mapping | None:
    if isinstance(shape, Sequence):
        return Sequence(Value(result.taint, result.deps, shape.element.shape))
    if isinstance(shape, Mapping):
        rest = shape.rest.shape if shape.rest is not None else None
        return Mapping((), Value(result.taint, result.deps, rest))
    return None
