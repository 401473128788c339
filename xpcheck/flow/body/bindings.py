"""Which run of a callee a call means: how it binds the callee's namespace, and the constants it fixes."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Arguments, Base
from xpcheck.flow.events.edge_events import PinnedCall
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Binding, Run, Sink, Variant
from xpcheck.flow.lattice.values import (
    STAGED,
    Const,
    External,
    Mapping,
    Value,
    gather_values,
    inner_values,
    is_namespace,
    is_none,
)
from xpcheck.flow.sources.annotations import literal
from xpcheck.link.definitions import Function

BARE = "bare"
"""Of ``**kwargs`` that a function hands on: a call gives no namespace in it."""


class Bindings(Base):
    """The part of the interpreter that binds namespaces."""

    def variant_of(
        self, function: Function, run: Run, given: dict[int, Value], unknown: bool, args: Arguments
    ) -> Variant:
        """The constants that a call of one run of the callee fixes for parameters which it tests."""
        fixed: list[tuple[int, str]] = []
        bare = self._left_bare(function, given, args)
        if bare is not None:
            fixed.append((bare, BARE))
        own = self.solver.namespace_param(function)
        for index, value in given.items():
            if index != own and type(value.shape) is External and value.shape.name in {"numpy", "jax.numpy"}:
                fixed.append((index, value.shape.name))
                self.summary.apart = True
        for index in self.solver.deciders(function):
            known = given.get(index)
            self._note_flag(function, index, known, unknown)
            if known is None:
                default = function.params[index].default
                if not unknown and type(default) is facts.Const:
                    fixed.append((index, "none" if default.kind == "none" else str(default.value).lower()))
            elif is_none(known):
                fixed.append((index, "none"))
            elif type(known.shape) is Const and known.shape.kind in {"bool", "backend"}:
                fixed.append((index, str(known.shape.value).lower()))
        for index in self.solver.switches(function) if Run.NUMPY not in {run, self.run} else ():
            self._note_flag(function, index, given.get(index), unknown)
        return tuple(sorted(fixed))

    def _note_flag(self, function: Function, index: int, value: Value | None, unknown: bool) -> None:
        default = function.params[index].default
        switch = not isinstance(default, facts.Const) or default.kind == "str"
        if (self.run is Run.JAX or switch) and not self.host:
            kind = str(default.value).lower() if isinstance(default, facts.Const) and not unknown else "other"
            if value is None and switch and isinstance(default, facts.Const) and not unknown:
                value = literal(default)
            self.solver.note_flag(function, self.function, index, value, kind)

    def bind_namespace(
        self, function: Function, given: dict[int, Value], args: Arguments, unknown: bool
    ) -> tuple[Run, Binding]:
        """The run of the callee, and how the call chose it."""
        aware = self.solver.aware(function)
        if not aware:
            bare = self._left_bare(function, given, args) is not None
            return Run.ONE, Binding.DEFAULT if bare and self.aware else Binding.FREE
        if aware == "jax":
            return Run.JAX, Binding.FREE
        own = Run.JAX if self.run is not Run.NUMPY else Run.NUMPY
        if aware != "param":
            return own, Binding.OBJECT
        index = self.solver.namespace_param(function)
        assert index is not None
        value = given.get(index)
        if value is not None:
            return self._given_namespace(value, own)
        default = function.params[index].default
        if unknown and self._may_hold_namespace(function.params[index].name, args):
            return own, Binding.UNKNOWN
        if default is None:
            return own, Binding.MISSING
        if type(default) is facts.Const or self.solver.decorators.infers(function):
            return own, Binding.INFERRED
        entity = self.program.resolve(function.module, default)
        if getattr(entity, "name", "").startswith("jax"):
            return Run.JAX, Binding.DEFAULT
        return Run.NUMPY, Binding.DEFAULT

    def _left_bare(self, function: Function, given: dict[int, Value], args: Arguments) -> int | None:
        """The ``**kwargs`` of a function that hands it on, where a call leaves it without the namespace."""
        rest = self.solver.forwarding.rest(function)
        if rest is None or args.star or self.solver.aware(function):
            return None
        if args.rest and not (args.own_rest is not None and len(args.rest) == 1 and self._is_bare(args.own_rest)):
            return None
        held = given[rest].shape if rest in given else None
        names = {name for name, _ in held.fields} if type(held) is Mapping else set()
        handed = any(is_namespace(item) for value in given.values() for item in inner_values(value))
        bare = names.isdisjoint(self.config.namespaces) and not handed
        return rest if bare and self._is_dropped_below(function, rest) else None

    def _is_dropped_below(self, function: Function, rest: int) -> bool:
        """Whether anything behind a function that hands on its ``**kwargs`` takes the namespace from there."""
        plain = self.solver.summary(function, Run.ONE).sinks
        if function.name == "__init__" and any(kind is Sink.BACKEND for _, kind in plain):
            return True
        bare = self.solver.summary(function, Run.ONE, ((rest, BARE),)).sinks
        return any(key[1] in NAMESPACE_SINKS and key not in plain for key in bare)

    def _is_bare(self, rest: int) -> bool:
        """Whether the call in hand left the body's own ``**kwargs`` without the namespace."""
        return self.variant.get(rest) == BARE

    def converts(self, function: Function) -> bool:
        """Whether who gives a function NumPy itself wants arrays of the host: its arrays are asked where none is given.

        So is it, in a package that asks arrays for their namespace, of all functions whose default is not NumPy.
        """
        index = self.solver.namespace_param(function)
        default = function.params[index].default if index is not None else None
        inferred = default is None or type(default) is facts.Const
        return index is not None and inferred and self.solver.standard_namespaces(function)

    def check_pinned(
        self, functions: tuple[Function, ...], given: dict[int, Value], label: str, loc: facts.Loc
    ) -> None:
        """NumPy itself is handed over in the JAX run, to a callee in which that breaks nothing."""
        if self.run is not Run.JAX or self.host:
            return
        own = self.solver.namespace_param(functions[0])
        taint, deps = gather_values(value for index, value in given.items() if index != own)
        if taint >= STAGED or deps:
            self.emit(PinnedCall(self.site(loc), label, functions, taint, deps))

    def _given_namespace(self, value: Value, own: Run) -> tuple[Run, Binding]:
        shape = value.shape
        if is_none(value):
            return own, Binding.INFERRED
        if isinstance(shape, External) and shape.name in {"numpy", "jax.numpy"}:
            run = Run.NUMPY if shape.name == "numpy" else Run.JAX
            if shape.namespace:
                return run, Binding.SAME
            return run, Binding.NUMPY if run is Run.NUMPY else Binding.JAX
        return own, Binding.SAME

    def _may_hold_namespace(self, name: str, args: Arguments) -> bool:
        """Whether ``*`` or ``**`` arguments may hold the namespace.

        A function with an explicit ``xp`` parameter never has ``xp`` in its own ``**kwargs``.
        """
        params = self.function.params
        own = {param.name for param in params if param.kind == "kw"}
        if len(params) - 1 in self.variant and self._is_bare(len(params) - 1):
            return not (own.issuperset(args.rest) and (args.own_star is not None or not args.star))
        if args.star:
            return True
        explicit = any(param.name == name for param in params)
        return any(not (explicit and rest in own) for rest in args.rest)
