"""Wrappers: objects that hold an array, which the functions of ``jax.numpy`` reject where those of NumPy take them.

A value is a wrapper when its class is one, and symbolically when it is like a parameter (``Value.wraps``): then it is
one where the call gives one. A body whose own value is certainly a wrapper reports at the operation; a body that is
given one reports nothing, and its summary tells its callers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.base import Arguments
from xpcheck.flow.body.overrides import Overrides
from xpcheck.flow.events.body_events import Hit, WrapperIndex, WrapperUse
from xpcheck.flow.lattice.summary import Run, Sink, Summary, Variant, Witness
from xpcheck.flow.lattice.values import (
    HOST,
    Instance,
    Items,
    Param,
    Routine,
    Sequence,
    Value,
    is_promised,
    spread,
)
from xpcheck.link.definitions import Class, Function

_KINDS = frozenset({Sink.WRAPPER, Sink.UNWRAP})
_KEEPING = frozenset({"+", "-", "*", "/", "**"})
"""Operators that give a wrapper when an operand is one."""


class Wrappers(Overrides):
    """The part of the interpreter that follows wrappers."""

    def is_wrapper(self, value: Value) -> bool:
        """Whether a value is an instance of wrapper classes."""
        shape = value.shape
        return type(shape) is Instance and all(self.solver.backing(cls) is not None for cls in shape.classes)

    def is_structure(self, value: Value) -> bool:
        """Whether a value is a wrapper, or like a parameter that the body reads as one."""
        if self.is_wrapper(value):
            return True
        read = self.solver.structures.read_as_structures(self.function) if value.wraps else frozenset()
        return any(param.index in read for param in value.wraps)

    def grid_value(self, index: int, value: Value) -> Value:
        """The value of a parameter that a decorator fills: a wrapper, whatever its annotation says.

        Decorators that only wrap the result also hand raw grids on; one that moves the grid gives a wrapper.
        """
        classes = self.solver.decorators.fills(self.function)
        if not classes or index != self._filled_slot():
            return value
        known = value.shape.classes if isinstance(value.shape, Instance) and self.is_wrapper(value) else classes
        promised = not self.solver.decorators.moves_grid(self.function)
        return msgspec.structs.replace(value, shape=Instance(known, promised=promised))

    def _filled_slot(self) -> int | None:
        filled = self.solver.decorators.filled(self.function)
        return filled[0] if filled is not None else None

    def decorated_result(self, function: Function, given: dict[int, Value], result: Value) -> Value:
        """The result of a body under a decorator that wraps it as its grid is wrapped, or that makes something else."""
        if self.solver.decorators.replaces(function):
            return Value(*spread(result))
        slot = self.solver.decorators.stands_for(function) if result.shape is None else None
        if slot is not None and slot in given and type(given[slot].shape) is Routine:
            return given[slot]
        classes = self.solver.decorators.result_classes(function)
        filled = self.solver.decorators.filled(function) if classes else None
        grid = given.get(filled[0]) if filled is not None else None
        if grid is None:
            return result
        if self.is_wrapper(grid):
            assert isinstance(grid.shape, Instance)
            shape = Instance(classes, promised=grid.shape.promised)
            return _each(result, lambda item: Value(*spread(item), shape))
        return _each(result, lambda item: msgspec.structs.replace(item, wraps=grid.wraps))

    def kept_by(self, op: str, *operands: Value) -> frozenset[Param]:
        """The parameters that the result of an operator is like."""
        if op not in _KEEPING:
            return frozenset()
        return frozenset[Param]().union(*(item.wraps for item in operands))

    def indexed(self, base: Value, result: Value, node: facts.Index) -> Value:
        """An item of a value that may be a wrapper: on JAX some classes wrap it again."""
        if self.run is not Run.JAX:
            return result
        shape = base.shape
        if isinstance(shape, Instance) and self.is_wrapper(base) and not _holds_numpy(base):
            again = all(self.solver.structures.rewraps(cls) for cls in shape.classes)
            if again and isinstance(node.index, facts.Tuple) and isinstance(node.value, facts.Name | facts.Attr):
                self.emit(WrapperIndex(self.site(node.loc), label_of(node.value), node.value.loc, is_promised(base)))
            return msgspec.structs.replace(result, shape=msgspec.structs.replace(shape, fields=())) if again else result
        if base.wraps and self.solver.structures.any_rewraps(self.function.module.package):
            return msgspec.structs.replace(result, wraps=base.wraps)
        return result

    # ------------------------------------------------------------------------------------------------ operations

    def check_arrays(self, args: Arguments, name: str, loc: facts.Loc, label: str) -> None:
        """Values are given to a function of JAX outside ``jax.numpy``: the first may be an array, no wrapper is one."""
        known = name.rpartition(".")[0] in self.knowledge.reject_wrappers
        if not known or name in self.knowledge.accept_wrappers or self.run is not Run.JAX or self.host:
            return
        for value in args.positional[:1]:
            self.prove(value, loc, f"`{{}}` is given to `{label}`")
            self.note_use(value)
        self._reject(_elements(args.positional, contained=False), loc, label, Sink.WRAPPER, args.loc)

    def reject_wrappers(self, args: Arguments, name: str, loc: facts.Loc, label: str, conversion: bool) -> bool:
        """Wrappers are given to a function of ``jax.numpy``; whether one certainly is.

        A conversion takes wrappers of concrete arrays, other functions take none.
        """
        if self.run is not Run.JAX or self.host:
            return False
        accepted = name.rpartition(".")[2] in self.knowledge.accept_wrappers
        model = self.knowledge.namespace(name)
        if model is None or model.effect in {"metadata", "builder", "dtype"}:
            return False
        kind = Sink.UNWRAP if conversion else Sink.WRAPPER
        return self._reject(_elements(args.values, contained=accepted), loc, label, kind, args.loc)

    def _reject(self, values: Iterable[Value], loc: facts.Loc, label: str, kind: Sink, call: facts.Loc) -> bool:
        """Tell of the wrappers among some values; whether one is there."""
        found = False
        for value in values:
            if self.is_structure(value):
                found = True
                self._wrapper_event(value, loc, label, kind is Sink.UNWRAP, call)
            for param in value.wraps if not self.is_structure(value) else ():
                self.keep_sink((param, kind), Witness(loc, label, shaped=bool(self.shaped)))
        return found

    def hand_wrappers(
        self,
        function: Function,
        cls: Class | None,
        variant: Variant,
        summary: Summary,
        given: dict[int, Value],
        receiver: Value | None,
        several: bool,
    ) -> Iterator[tuple[Value, Hit]]:
        """The wrappers that a call gives to parameters which the callee hands to ``jax.numpy`` as they are."""
        if self.run is not Run.JAX or self.host:
            return
        for dep, kind in summary.sinks:
            value = given.get(dep.index) if kind in _KINDS and isinstance(dep, Param) else None
            if value is not None and not _holds_numpy(value) and (value.wraps or self.is_wrapper(value)):
                witness = self.witness(function, receiver, summary, (dep, kind))
                if witness is None:
                    continue
                heuristic = witness.guess
                via = cls if several else None
                taint, deps = spread(value)
                hit = Hit(function, Run.JAX, (dep, kind), taint, deps, several, via, heuristic, variant, witness.shaped)
                start = witness if witness is not summary.sinks[(dep, kind)] else None
                yield value, msgspec.structs.replace(hit, start=start)

    def report_wrappers(
        self, found: list[tuple[Value, Hit]], targets: int, heuristic: str, node: facts.Expr, call: facts.Loc
    ) -> None:
        """Wrappers reach ``jax.numpy`` in a callee: an event for those in hand, a sink for those of the caller."""
        loc, label = name_loc(node), label_of(node)
        whole = len({hit.callee for _, hit in found}) >= targets
        if heuristic and not whole:
            return
        for value, hit in found:
            partial = hit.partial and not whole
            via = hit.via if partial else None
            hit = msgspec.structs.replace(hit, partial=partial, via=via, heuristic=heuristic or hit.heuristic)
            kind = hit.key[1]
            if self.is_structure(value):
                self._wrapper_event(value, loc, label, kind is Sink.UNWRAP, call, hit)
            else:
                witness = hit.witness(loc, label, hit.partial, hit.shaped, self.is_own(node))
                for param in value.wraps:
                    self.keep_sink((param, kind), witness)

    def _wrapper_event(
        self, value: Value, loc: facts.Loc, label: str, conversion: bool, call: facts.Loc, hit: Hit | None = None
    ) -> None:
        taint, deps = spread(value)
        known = value.shape if isinstance(value.shape, Instance) else Instance((), promised=True)
        names = tuple(cls.name for cls in known.classes)
        if self.recorder is not None:
            self.recorder.drop(WrapperIndex, call)
        self.emit(WrapperUse(self.site(loc), label, names, known.promised, conversion, taint, deps, hit))


def _holds_numpy(value: Value) -> bool:
    """Whether the array that a wrapper holds is one of NumPy for whoever calls: indexing does not wrap that again."""
    return value.taint == HOST and not value.deps


def _each(value: Value, change: Callable[[Value], Value]) -> Value:
    """A result, or each result of a list, changed."""
    shape = value.shape
    if isinstance(shape, Sequence):
        return Value(value.taint, value.deps, Sequence(change(shape.element)))
    if isinstance(shape, Items) and shape.mutable:
        return Value(value.taint, value.deps, Items(tuple(change(item) for item in shape.items), True))
    return change(value)


def _elements(values: list[Value], contained: bool) -> Iterator[Value]:
    """Values, and what lists and tuples among them hold; with ``contained`` only the latter."""
    for value in values:
        if isinstance(value.shape, Items):
            yield from value.shape.items
        elif isinstance(value.shape, Sequence):
            yield value.shape.element
        elif not contained:
            yield value
