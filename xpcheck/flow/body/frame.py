"""The interpreter of one body: statements, and the parts it is put together from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from xpcheck import facts
from xpcheck.flow.body.attributes import Attributes, on_host
from xpcheck.flow.body.base import Env
from xpcheck.flow.body.boundaries import Boundaries
from xpcheck.flow.body.calls import Calls
from xpcheck.flow.body.dispatch import Dispatch
from xpcheck.flow.body.environments import forget, merge
from xpcheck.flow.body.expressions import Expressions, iterate, slices
from xpcheck.flow.body.fields import Fields
from xpcheck.flow.body.guards import Guards
from xpcheck.flow.body.keeping import Keeping
from xpcheck.flow.body.libraries import Libraries
from xpcheck.flow.body.sparing import spared_in
from xpcheck.flow.events.body_events import CachedProperty
from xpcheck.flow.lattice.summary import Run, Sink, Summary
from xpcheck.flow.lattice.values import (
    BOTTOM,
    FALSE,
    HOST,
    NOTHING,
    PLAIN,
    STAGED,
    TRUE,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Param,
    Sequence,
    Text,
    Value,
    clip,
    derive,
    is_namespace,
    join,
    join_all,
    spread,
)
from xpcheck.flow.sources.awareness import imports_jax
from xpcheck.flow.sources.scopes import carried
from xpcheck.link.definitions import Function
from xpcheck.link.names import dotted

_MAX_LOOPS = 4
_SETTABLE = frozenset({"shape", "dtype", "real", "imag", "flat", "strides"})
_MISSING = frozenset({"ImportError", "ModuleNotFoundError"})
"""What an import of JAX raises where it is not installed: not in a JAX run."""
_FIXED = {
    "true": TRUE,
    "false": FALSE,
    "none": NOTHING,
    "numpy": Value(shape=External("numpy", namespace=True)),
    "jax.numpy": Value(shape=External("jax.numpy", namespace=True)),
}


class Frame(Guards, Calls, Libraries, Attributes, Expressions, Boundaries, Dispatch, Keeping):
    """Interprets the body of ``function`` under ``run`` and leaves a summary."""

    _one_arm_left = False
    """One arm of a test on a shape left the block: what follows is for the other shapes."""
    _left_early = False
    """One arm of a test left the block: what follows is not always reached."""
    _results: list[Value]
    _jumps: list[list[Env]]
    _jumps_out: list[list[Env]]
    _mutated: dict[str, facts.Loc]
    """Where a named array was first written to."""

    def interpret(self, given: dict[int, Value] | None = None) -> Summary:
        """Interpret the body once and return its summary; ``given`` are the values of parameters, by index."""
        self.solver.interpreted += 1
        body = self.body
        self._results = []
        self._jumps, self._jumps_out = [], []
        self.yields: list[Value] = []
        self.chained = set()
        self.built = {}
        self._mutated = {}
        self.asked, self.jax_calls, self.jax_helpers, self.shared = set(), {}, {}, set()
        if body is None:
            self.summary.returns = True
            self.summary.result = UNKNOWN_VALUE
            return self.summary
        env = self.parameters()
        on_the_host = self.solver.hosts.is_host(self.function)
        self.host += on_the_host
        for index, value in (given or {}).items():
            env[self.function.params[index].name] = value
        rest = self.execute(body.statements, env)
        if rest is not None and not self.yields:
            self._results.append(NOTHING)
        self.finish_closures()
        self.keep_what_is_asked()
        self.report_jax_calls()
        if self.yields:
            self._results = [Value(shape=Sequence(join_all(self.yields)))]
        self.summary.returns = bool(self._results)
        result = clip(join_all(self._results, empty=BOTTOM))
        self.summary.result = on_host(result) if on_the_host else result
        self.summary.applied = tuple(self.applied.items())
        self.summary.further = {key: tuple(found) for key, found in self.further.items()}
        if self.function.accessor == "cached" and self.function.owner is not None:
            site = self.site(self.function.outline.name_loc)
            self.emit(CachedProperty(site, self.summary.result, self.function.owner))
        return self.summary

    def parameters(self) -> Env:
        """The environment in which the body starts."""
        env: Env = {}
        namespace = self.solver.namespace_param(self.function)
        flags = self.solver.backend_flags(self.function) if self.run is Run.JAX else {}
        for index, param in enumerate(self.function.params):
            path = Param(index)
            if index == namespace:
                env[param.name] = self.namespace()
            elif index == 0 and self.function.owner is not None and self.function.binding in {"method", "class"}:
                cls = self.function.owner
                is_method = self.function.binding == "method"
                receiver = Instance((cls,)) if is_method else ClassRef((cls,))
                env[param.name] = Value(shape=receiver, path=path, wraps=frozenset({path}))
            elif index in self.variant:
                env[param.name] = _FIXED[self.variant[index]]
            elif index in flags:
                env[param.name] = self.backend(flags[index])
            elif param.name in self.config.backend_flags:
                env[param.name] = self.backend(self.run is Run.JAX) if self.aware else PLAIN
            elif param.kind == "var":
                env[param.name] = Value(shape=Sequence(self._one_of_many(param, path)))
            elif param.kind == "kw":
                env[param.name] = Value(shape=Mapping((), self._one_of_many(param, path)))
            else:
                shape = self.solver.annotations.shape(self.function.module, param.annotation)
                if self.solver.is_static_param(self.function, index):
                    env[param.name] = Value(HOST, shape=shape)
                    continue
                deps = frozenset({path})
                value = Value(deps=deps, shape=_rooted(shape, path), path=path, wraps=deps)
                env[param.name] = self.grid_value(index, value)
        return env

    def _one_of_many(self, param: facts.Param, path: Param) -> Value:
        """One of the arguments that ``*args`` or ``**kwargs`` takes: an object of the class that is written there."""
        shape = self.solver.annotations.shape(self.function.module, param.annotation)
        return Value(deps=frozenset({path}), shape=shape if type(shape) is Instance else None)

    # ------------------------------------------------------------------------------------------------ statements

    def execute(self, statements: Iterable[facts.Stmt], env: Env) -> Env | None:
        """Run statements; None when control does not leave them at their end."""
        current: Env | None = env
        shaped, branches, spared = self.shaped, self.branches, self.spared
        for statement in statements:
            if current is None:
                break
            self.spared = spared_in(current)
            current = _STATEMENTS[type(statement)](self, statement, current)
            if self.ended:
                current, self.ended = None, False
            if self._one_arm_left:
                self.shaped += 1
                self._one_arm_left = False
            self.branches += self._left_early
            self._left_early = False
        self.shaped, self.branches, self.spared = shaped, branches, spared
        return current

    def _do_assign(self, node: facts.Assign, env: Env) -> Env:
        if node.value is None:
            return env
        value = self.evaluate(node.value, env)
        if node.annotation is not None and value.shape is None:
            shape = self.solver.annotations.shape(self.function.module, node.annotation)
            value = msgspec.structs.replace(value, shape=shape)
        for target in node.targets:
            self._resolve_flag(target, value)
            self.bind(target, value, env)
        return env

    def _resolve_flag(self, target: facts.Expr, value: Value) -> None:
        """``if sparse is None: sparse = xp is np``: a parameter that the body itself computes from the backend."""
        if type(target) is facts.Name and self.run is Run.JAX and not self.host:
            for index in self.solver.deciders(self.function):
                if self.function.params[index].name == target.id:
                    self.solver.note_flag(self.function, self.function, index, value, "other")

    def _do_augassign(self, node: facts.AugAssign, env: Env) -> Env:
        old = self.evaluate(node.target, env)
        value = self.evaluate(node.value, env)
        if type(node.target) is facts.Index:
            self.store_item(node.target, value, env)
            return env
        if node.op == "&" and old.shape is not None:
            self.operator(node.loc, node.op, old, value)
        combined = self.binary(node.op, old, value)
        if isinstance(old.shape, Items | Sequence) and node.op == "+":
            combined = Value(shape=Sequence(join(iterate(old), iterate(value))))
        self.bind(node.target, combined, env)
        return env

    def _do_expr(self, node: facts.ExprStmt, env: Env) -> Env:
        self.evaluate(node.value, env)
        self.check_discarded(node.value, env)
        return env

    def _do_if(self, node: facts.If, env: Env) -> Env | None:
        self.saw_rank = False
        decided, yes, no = self.truth(node.test, env)
        if self.recorder is not None:
            self.recorder.decide(node.test, decided)
            self.check_dispatch(node.test, node.body, node.orelse, env)
        if decided is True:
            return self.execute(node.body, yes)
        if decided is False:
            return self.execute(node.orelse, no)
        shaped = self.saw_rank
        self.shaped += shaped
        self.branches += 1
        body, orelse = self.execute(node.body, dict(yes)), self.execute(node.orelse, dict(no))
        self.shaped -= shaped
        self.branches -= 1
        left = node.body if body is None else node.orelse
        # The arm that raises is for shapes that are wrong: what follows is for all others.
        refused = bool(left) and isinstance(left[-1], facts.Raise)
        self._left_early = (body is None) != (orelse is None) and not refused
        self._one_arm_left = shaped and self._left_early
        return merge(body, orelse)

    def _do_loop(self, node: facts.Loop, env: Env) -> Env | None:
        self._jumps.append([])
        self._jumps_out.append([])
        start = dict(env)
        for _ in range(_MAX_LOOPS):
            inside = dict(start)
            if node.iter is not None and node.target is not None:
                self.bind(node.target, self.element(self.evaluate(node.iter, inside), node.iter.loc), inside)
            elif node.test is not None:
                decided, inside, _ = self.truth(node.test, inside, label="while")
                if decided is False:
                    break
                inside = dict(inside)
            self.loops += 1
            end = self.execute(node.body, inside)
            self.loops -= 1
            for jump in self._jumps[-1]:
                end = merge(end, jump)
            self._jumps[-1] = []
            met = merge(start, end) or {}
            after = {name: value if value.shape is None else clip(value) for name, value in met.items()}
            changed = {name for name, value in after.items() if start.get(name) != value} | (
                start.keys() - after.keys()
            )
            start = after
            if self._carries_none(node, changed):
                break
        self._jumps.pop()
        leaving = self._jumps_out.pop()
        result: Env | None = start
        if node.test is not None and isinstance(node.test, facts.Const) and node.test.value is True:
            result = None
        if result is not None and node.orelse:
            result = self.execute(node.orelse, result)
        for jump in leaving:
            result = merge(result, jump)
        return result

    def _carries_none(self, node: facts.Loop, changed: set[str]) -> bool:
        """Whether the next round of a loop would go as the last one: it reads nothing that has changed."""
        if not changed:
            return True
        if node.test is not None and type(node.test) is facts.Const:
            return False  # it is left by a jump alone, and that may stand above what a round binds
        names = self.solver.carried.get(node)
        if names is None:
            names = self.solver.carried[node] = carried(node)
        return all(name.partition(".")[0] not in names for name in changed)

    def _do_jump(self, node: facts.Jump, env: Env) -> Env | None:
        if node.kind == "pass":
            return env
        if node.kind == "continue" and self._jumps:
            self._jumps[-1].append(env)
        if node.kind == "break" and self._jumps_out:
            self._jumps_out[-1].append(env)
        return None

    def _do_with(self, node: facts.With, env: Env) -> Env | None:
        eager = 0
        for item in node.items:
            value = self.evaluate(item.context, env)
            eager += isinstance(value.shape, External) and value.shape.name.endswith("ensure_compile_time_eval()")
            if item.target is not None:
                entered = value if isinstance(value.shape, Instance | Array) else UNKNOWN_VALUE
                self.bind(item.target, entered, env)
        self.eager += eager
        after = self.execute(node.body, env)
        self.eager -= eager
        return after

    def _do_try(self, node: facts.Try, env: Env) -> Env | None:
        before = dict(env)
        inside = dict(env)
        probes = bool(node.handlers) and _asks_whether_concrete(node.body)
        self.host += probes
        self.handlers += node.handlers
        end = self.execute(node.body, inside)
        del self.handlers[len(self.handlers) - len(node.handlers) :]
        self.check_fallback(node)
        self.host -= probes
        prefix = merge(before, end if end is not None else inside) or before
        if end is not None and node.orelse:
            end = self.execute(node.orelse, end)
        for handler in node.handlers:
            missing = handler.type is not None and dotted(handler.type) in _MISSING
            if missing and self.run is Run.JAX and imports_jax(node.body):
                continue
            start = dict(prefix)
            if handler.type is not None:
                self.evaluate(handler.type, start)
            if handler.name:
                start[handler.name] = PLAIN
            self.branches += 1
            end = merge(end, self.execute(handler.body, start))
            self.branches -= 1
        if node.final:
            start = end if end is not None else dict(prefix)
            last = self.execute(node.final, start)
            return last if end is not None else None
        return end

    def _do_match(self, node: facts.Match, env: Env) -> Env | None:
        subject = self.evaluate(node.subject, env)
        refutable = [case for case in node.cases if not case.irrefutable and case.values]
        if refutable:
            self.sink(Sink.BRANCH, [subject], node.subject.loc, "match", "match")
        result: Env | None = None
        complete = False
        for case in node.cases:
            if complete or self._excluded(subject, case, env):
                continue
            inside = dict(env)
            for name in case.binds:
                inside[name] = derive(subject)
            for value in case.values:
                self.evaluate(value, inside)
            if case.guard is not None:
                _, inside, _ = self.truth(case.guard, inside)
            self.branches += 1
            result = merge(result, self.execute(case.body, dict(inside)))
            self.branches -= 1
            complete = case.irrefutable or self._certain(subject, case, env)
        return result if complete else merge(result, env)

    def _certain(self, subject: Value, case: facts.Case, env: Env) -> bool:
        """Whether a known constant is the one constant of a case without a guard."""
        if not isinstance(subject.shape, Const) or case.guard is not None or len(case.values) != 1:
            return False
        shape = self.evaluate_quietly(case.values[0], env).shape
        return isinstance(shape, Const) and shape.value == subject.shape.value

    def _excluded(self, subject: Value, case: facts.Case, env: Env) -> bool:
        """Whether a known constant cannot match the constants of a case."""
        if not isinstance(subject.shape, Const) or not case.values:
            return False
        shapes = [self.evaluate_quietly(item, env).shape for item in case.values]
        return all(isinstance(item, Const) and item.value != subject.shape.value for item in shapes)

    def _do_return(self, node: facts.Return, env: Env) -> None:
        value = self.evaluate(node.value, env) if node.value is not None else NOTHING
        if not self.ended:
            self._results.append(value)
            self.returned(value)

    def _do_raise(self, node: facts.Raise, env: Env) -> None:
        self.host += 1
        if node.exception is not None:
            self.evaluate(node.exception, env)
        self.host -= 1

    def _do_assert(self, node: facts.Assert, env: Env) -> Env | None:
        decided, yes, _ = self.truth(node.test, env, label="assert")
        return dict(yes) if decided is not False else None

    def _do_import(self, node: facts.Import, env: Env) -> Env:
        names = self.program.names
        for name, (source, attribute) in names.bindings(self.function.module, node):
            if name != "*":
                env[name] = self.solver.entity_value(names.target(source, attribute))
        return env

    def _do_def(self, node: facts.Def, env: Env) -> Env:
        env[node.name] = self.define(node, env)
        return env

    def _do_class(self, node: facts.Class, env: Env) -> Env:
        env[node.name] = UNKNOWN_VALUE
        return env

    def _do_delete(self, node: facts.Delete, env: Env) -> Env:
        for target in node.targets:
            if isinstance(target, facts.Name):
                env.pop(target.id, None)
        return env

    def _do_scope(self, node: facts.Scope, env: Env) -> Env:
        if node.kind == "global" or self.around:
            self.shared.update(node.names)
        return env

    def nested_body(self, node: facts.Def, env: Env) -> Value:
        """Interpret the statements of a nested function."""
        outer = (self._results, self.yields, self._jumps, self._jumps_out)
        self._results, self.yields, self._jumps, self._jumps_out = [], [], [], []
        rest = self.execute(node.body, env)
        results, yields = self._results, self.yields
        self._results, self.yields, self._jumps, self._jumps_out = outer
        if yields:
            return Value(shape=Sequence(join_all(yields)))
        if rest is not None:
            results.append(NOTHING)
        return join_all(results, empty=BOTTOM)

    # -------------------------------------------------------------------------------------------------- targets

    def bind(self, target: facts.Expr, value: Value, env: Env) -> None:
        """Assign a value to a target."""
        if type(target) is facts.Name:
            self.note_bound(target, value)
            env[target.id] = value
            if target.id in self.receivers:
                forget(env, target.id)
        elif isinstance(target, facts.Tuple | facts.List):
            self._unpack(target.items, value, env)
        elif type(target) is facts.Attr:
            self._store_attribute(target, value, env)
        elif type(target) is facts.Index:
            self.store_item(target, value, env)
        elif type(target) is facts.Star:
            self.bind(target.value, Value(shape=Sequence(iterate(value))), env)

    def _unpack(self, targets: tuple[facts.Expr, ...], value: Value, env: Env) -> None:
        shape = value.shape
        if (
            type(shape) is Items
            and len(shape.items) == len(targets)
            and not any(type(item) is facts.Star for item in targets)
        ):
            for target, item in zip(targets, shape.items, strict=True):
                self.bind(target, item, env)
            return
        if is_namespace(value):
            # ``xp, is_compliant = get_namespace(array)``: beside the namespace of JAX a factory gives something true.
            self.bind(targets[0], value, env)
            targets, element = targets[1:], self.backend(True) if self.run is Run.JAX else UNKNOWN_VALUE
        else:
            element = iterate(value)
        for target in targets:
            self.bind(target, element, env)

    def _store_attribute(self, target: facts.Attr, value: Value, env: Env) -> None:
        base = self.evaluate(target.value, env)
        self.note_attribute(target, value, base)
        if type(base.shape) is Array and target.name in _SETTABLE and self.run is not Run.NUMPY:
            self.sink(Sink.MUTATE, [base], target.loc, f".{target.name} =", f"array.{target.name}")
        if base.path == Param(0) and self.function.binding == "method":
            if not self.keep_by_setter(base, target.name, value, Fields(self)):
                self.keep(target.name, value)
            if target.name in self.config.namespace_attributes and is_namespace(value):
                self.summary.sinks.setdefault(*self.backend_store(target))
            if type(value.shape) is Const and value.shape.kind == "backend":
                self.summary.sinks.setdefault(*self.backend_store(target))
        if type(target.value) is facts.Name:
            env[self.attribute_key(target.value.id, target.name)] = value

    def store_item(self, target: facts.Index, value: Value, env: Env) -> None:
        """``base[index] = value``: a mutation of arrays, an update of containers."""
        base = self.evaluate(target.value, env)
        index = self.evaluate(target.index, env)
        shape = base.shape
        self.note_stored(target, index, value, env)
        self.compute_with(target.loc, base, quantity=slices(target.index))
        if isinstance(shape, Mapping | Sequence | Items):
            if isinstance(shape, Mapping):
                updated = Mapping(shape.fields, join(shape.rest, value) if shape.rest is not None else value)
            else:
                updated_sequence = Sequence(join(iterate(base), value))
                self._rebind(target.value, Value(base.taint, base.deps, clip_shape(updated_sequence)), env)
                return
            self._rebind(target.value, clip(Value(base.taint, base.deps, updated)), env)
            return
        if isinstance(shape, Instance) and self._takes_items(shape):
            return
        if isinstance(index.shape, Text) or (isinstance(index.shape, Const) and index.shape.kind == "str"):
            return
        label = "item assignment"
        if base.taint == HOST and (not base.deps or self.repaired):
            # A buffer that a store has made traced is written to again.
            operands = [value, index, base]
            if self.sink(Sink.BUFFER, operands, target.loc, label, "setitem", self.places_of(target)):
                filled = Value(HOST, spread(derive(base, value))[1], Array()) if self.repaired else UNKNOWN_VALUE
                self._rebind(target.value, filled, env)
        elif base.taint >= STAGED or base.deps:
            known = isinstance(shape, Array) or base.taint >= STAGED
            if self.run is not Run.NUMPY and (
                known or any(isinstance(dep, Param) and not dep.attr for dep in base.deps)
            ):
                self._mutate(target, base)
            self._rebind(target.value, derive(base, value, shape=Array()), env)

    def _mutate(self, target: facts.Index, base: Value) -> None:
        """An item of a JAX array is assigned; one event for each array that has a name."""
        name = target.value.id if isinstance(target.value, facts.Name) else ""
        first = self._mutated.setdefault(name, target.loc) if name else target.loc
        if first == target.loc:
            self.sink(Sink.MUTATE, [base], target.loc, "item assignment", "setitem", self.places_of(target))

    def _takes_items(self, shape: Instance) -> bool:
        """Whether instances are no arrays, or say themselves what an item assignment does."""
        defined = all(self.program.hierarchy.member(cls, "__setitem__") is not None for cls in shape.classes)
        return defined or self.solver.backing(shape.classes[0]) is None

    def _rebind(self, expr: facts.Expr, value: Value, env: Env) -> None:
        if isinstance(expr, facts.Name):
            env[expr.id] = value
        elif isinstance(expr, facts.Attr) and isinstance(expr.value, facts.Name):
            env[self.attribute_key(expr.value.id, expr.name)] = value


_STATEMENTS: dict[type, Callable[[Frame, Any, Env], Env | None]] = {
    facts.Assign: Frame._do_assign,
    facts.AugAssign: Frame._do_augassign,
    facts.ExprStmt: Frame._do_expr,
    facts.If: Frame._do_if,
    facts.Loop: Frame._do_loop,
    facts.Jump: Frame._do_jump,
    facts.With: Frame._do_with,
    facts.Try: Frame._do_try,
    facts.Match: Frame._do_match,
    facts.Return: Frame._do_return,
    facts.Raise: Frame._do_raise,
    facts.Assert: Frame._do_assert,
    facts.Import: Frame._do_import,
    facts.Def: Frame._do_def,
    facts.Class: Frame._do_class,
    facts.Delete: Frame._do_delete,
    facts.Scope: Frame._do_scope,
}


def _asks_whether_concrete(body: tuple[facts.Stmt, ...]) -> bool:
    """Whether nothing is done but to convert values, and to return a constant where that goes well."""
    last = body[-1]
    answers = isinstance(last, facts.Return) and isinstance(last.value, facts.Const)
    conversions = body[:-1] if answers else body
    return bool(conversions) and all(map(_is_probe, conversions))


def _is_probe(node: facts.Stmt) -> bool:
    """``float(x)`` whose result is not used: under ``try`` it asks whether ``x`` is concrete."""
    call = node.value if isinstance(node, facts.ExprStmt) else None
    return (
        isinstance(call, facts.Call) and isinstance(call.func, facts.Name) and call.func.id in {"float", "int", "bool"}
    )


def _rooted(shape: Any, path: Param) -> Any:
    """A container shape from an annotation with every element depending on the parameter itself."""
    if type(shape) is Items:
        return Items(tuple(Value(deps=frozenset({path}), shape=_rooted(item.shape, path)) for item in shape.items))
    if type(shape) is Sequence:
        return Sequence(Value(deps=frozenset({path}), shape=_rooted(shape.element.shape, path)))
    if type(shape) is Mapping:
        rest = shape.rest.shape if shape.rest is not None else None
        return Mapping((), Value(deps=frozenset({path}), shape=_rooted(rest, path)))
    return shape


def clip_shape(shape: Sequence) -> Sequence:
    """A sequence whose element is bounded in depth."""
    return Sequence(clip(shape.element, 2))


__all__ = ["Frame", "Function", "spread"]
