"""The interpreter of one body: statements, and the parts it is put together from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from xpcheck import facts
from xpcheck.flow.body.attributes import Attributes, on_host
from xpcheck.flow.body.base import Env
from xpcheck.flow.body.boundaries import Boundaries
from xpcheck.flow.body.branching import Branching
from xpcheck.flow.body.calls import Calls
from xpcheck.flow.body.expressions import Expressions
from xpcheck.flow.body.libraries import Libraries
from xpcheck.flow.body.sparing import spared_in
from xpcheck.flow.body.targets import Targets
from xpcheck.flow.events.edge_events import CachedProperty
from xpcheck.flow.lattice.summary import Run, Summary
from xpcheck.flow.lattice.values import (
    BOTTOM,
    FALSE,
    HOST,
    NOTHING,
    PLAIN,
    TRUE,
    UNKNOWN_VALUE,
    ClassRef,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Param,
    Sequence,
    Value,
    clip,
    is_none,
    iterate,
    join,
    join_all,
)

_FIXED = {
    "true": TRUE,
    "false": FALSE,
    "none": NOTHING,
    "numpy": Value(shape=External("numpy", namespace=True)),
    "jax.numpy": Value(shape=External("jax.numpy", namespace=True)),
}


class Frame(Branching, Calls, Libraries, Attributes, Expressions, Boundaries, Targets):
    """Interprets the body of ``function`` under ``run`` and leaves a summary."""

    _results: list[Value]

    def interpret(self, given: dict[int, Value] | None = None) -> Summary:
        """Interpret the body once and return its summary; ``given`` are the values of parameters, by index."""
        self.solver.interpreted += 1
        body = self.body
        self._results = []
        self.jumps, self.jumps_out = [], []
        self.yields: list[Value] = []
        self.chained = set()
        self.built = {}
        self.mutated = {}
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
        if rest is not None:
            self.note_return(NOTHING)
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
            elif index in self.variant and param.kind != "kw":
                env[param.name] = _FIXED[self.variant[index]]
            elif index in flags:
                flag = flags[index]
                env[param.name] = Value(shape=Const("str", flag)) if isinstance(flag, str) else self.backend(flag)
            elif param.name in self.config.backend_flags:
                env[param.name] = self.backend(self.run is Run.JAX) if self.aware else PLAIN
            elif param.kind == "var":
                env[param.name] = Value(shape=Sequence(self._one_of_many(param, path)))
            elif param.kind == "kw":
                env[param.name] = Value(shape=Mapping((), self._one_of_many(param, path)))
            else:
                shape = self.solver.annotations.shape(self.function.module, param.annotation)
                if self.solver.statics.is_static_param(self.function, index):
                    env[param.name] = Value(HOST, shape=shape)
                    continue
                deps = frozenset({path})
                value = Value(deps=deps, shape=_rooted(shape, path), path=path, wraps=deps)
                env[param.name] = self.grid_value(index, value)
        for attr, text in self.solver.supports.settings(self.function).items() if self.run is Run.JAX else ():
            env[self.attribute_key(self.function.params[0].name, attr)] = Value(shape=Const("str", text))
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
        self.nesting += 1
        for statement in statements:
            if current is None:
                break
            self.spared = spared_in(current)
            current = _STATEMENTS[type(statement)](self, statement, current)
            if self.ended:
                current, self.ended = None, False
            if self.one_arm_left:
                self.shaped += 1
                self.one_arm_left = False
            self.branches += self.left_early
            self.left_early = False
        self.nesting -= 1
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
            self.bind(target, self._as_given(node.value, value) if type(target) is facts.Attr else value, env)
        self.note_answer(node, env)
        self.note_test(node, env)
        return env

    def _as_given(self, node: facts.Expr, value: Value) -> Value:
        """``self.name = name`` where only None comes: what the object holds is the parameter, and no placeholder."""
        if is_none(value) and type(node) is facts.Name:
            names = (index for index, param in enumerate(self.function.params) if param.name == node.id)
            return next((msgspec.structs.replace(value, path=Param(index)) for index in names), value)
        return value

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
            self.store_item(node.target, value, env, old)
            return env
        if node.op == "&" and old.shape is not None:
            self.operator(node.loc, node.op, old, value)
        operated = self.operated(node.op, old, value, node.target)
        combined = operated if operated is not None else self.binary(node.op, old, value)
        if isinstance(old.shape, Items | Sequence) and node.op == "+":
            combined = Value(shape=Sequence(join(iterate(old), iterate(value))))
        self.bind(node.target, combined, env)
        return env

    def _do_expr(self, node: facts.ExprStmt, env: Env) -> Env:
        self.evaluate(node.value, env)
        self.check_discarded(node.value, env)
        return env

    def _do_return(self, node: facts.Return, env: Env) -> None:
        value = self.evaluate(node.value, env) if node.value is not None else NOTHING
        if not self.ended:
            self._results.append(value)
            self.note_return(value)
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
                env[name] = self.solver.entity_value(names.imported(self.function.module.name, source, attribute))
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
        outer = (self._results, self.yields, self.jumps, self.jumps_out)
        self._results, self.yields, self.jumps, self.jumps_out = [], [], [], []
        rest = self.execute(node.body, env)
        results, yields = self._results, self.yields
        self._results, self.yields, self.jumps, self.jumps_out = outer
        if yields:
            return Value(shape=Sequence(join_all(yields)))
        if rest is not None:
            results.append(NOTHING)
        return join_all(results, empty=BOTTOM)


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
