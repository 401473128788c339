"""What statements bind: names, attributes, items, and the elements that are unpacked to them."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Env
from xpcheck.flow.body.environments import forget
from xpcheck.flow.body.expressions import slices
from xpcheck.flow.body.fields import Fields
from xpcheck.flow.body.filling import item_of
from xpcheck.flow.body.growing import Growing, stored_in
from xpcheck.flow.body.keeping import Keeping
from xpcheck.flow.body.specials import Specials
from xpcheck.flow.lattice.summary import Run, Sink, Witness
from xpcheck.flow.lattice.values import (
    CONTAINERS,
    HOST,
    STAGED,
    UNKNOWN_VALUE,
    Array,
    Const,
    Instance,
    Items,
    Param,
    Sequence,
    Text,
    Value,
    derive,
    is_namespace,
    iterate,
    join,
    spread,
)

_SETTABLE = frozenset({"shape", "dtype", "real", "imag", "flat", "strides"})


class Targets(Keeping, Specials, Growing):
    """The part of the interpreter that assigns values to targets."""

    mutated: dict[str, facts.Loc]
    """Where a named array was first written to."""

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
        if type(shape) is Instance:
            value = self.unpacked(value, targets[0])
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
        self.note_fill(target.value, target.name, value)
        if type(base.shape) is Array and target.name in _SETTABLE and self.run is not Run.NUMPY:
            self.sink(Sink.MUTATE, [base], target.loc, f".{target.name} =", f"array.{target.name}")
        if base.path == Param(0) and self.function.binding == "method":
            if not self.keep_by_setter(base, target.name, value, Fields(self)):
                self.keep(target.name, value)
            recorded = type(value.shape) is Const and value.shape.kind == "backend"
            if recorded or (target.name in self.config.namespace_attributes and is_namespace(value)):
                entry = (Param(0, target.name), Sink.BACKEND)
                self.summary.sinks.setdefault(entry, Witness(target.name_loc, f"self.{target.name}"))
        if type(target.value) is facts.Name:
            env[self.attribute_key(target.value.id, target.name)] = value

    def store_item(self, target: facts.Index, value: Value, env: Env, old: Value | None = None) -> None:
        """``base[index] = value``: a mutation of arrays, an update of containers; ``old`` is what ``+=`` adds to."""
        base = self.evaluate(target.value, env)
        index = self.evaluate(target.index, env)
        shape = base.shape
        self.note_stored(target, index, value, env)
        self.note_fill(target.value, item_of(index), value)
        self.compute_with(target.loc, base, quantity=slices(target.index))
        if type(shape) in CONTAINERS:
            self.rebind(target.value, stored_in(base, index, value if old is None else join(old, value)), env)
            return
        if isinstance(shape, Instance) and self._takes_items(shape):
            return
        if isinstance(index.shape, Text) or (isinstance(index.shape, Const) and index.shape.kind == "str"):
            return
        label = "item assignment"
        self.summary.breaks |= base.taint == HOST and bool(base.deps)
        if base.taint == HOST and (not base.deps or self.repaired):
            # A buffer that a store has made traced is written to again.
            operands = [value, index, base]
            if self.sink(Sink.BUFFER, operands, target.loc, label, "setitem", self.places_of(target)):
                self.summary.breaks = True
                filled = Value(HOST, spread(derive(base, value))[1], Array()) if self.repaired else UNKNOWN_VALUE
                self.rebind(target.value, filled, env)
        elif base.taint >= STAGED or base.deps:
            known = isinstance(shape, Array) or base.taint >= STAGED
            if self.run is not Run.NUMPY and (
                known or any(isinstance(dep, Param) and not dep.attr for dep in base.deps)
            ):
                self._mutate(target, base)
            self.rebind(target.value, derive(base, value, shape=Array()), env)

    def _mutate(self, target: facts.Index, base: Value) -> None:
        """An item of a JAX array is assigned; one event for each array that has a name."""
        name = target.value.id if isinstance(target.value, facts.Name) else ""
        first = self.mutated.setdefault(name, target.loc) if name else target.loc
        if first == target.loc:
            self.sink(Sink.MUTATE, [base], target.loc, "item assignment", "setitem", self.places_of(target))

    def _takes_items(self, shape: Instance) -> bool:
        """Whether instances are no arrays, or say themselves what an item assignment does."""
        defined = all(self.program.hierarchy.member(cls, "__setitem__") is not None for cls in shape.classes)
        return defined or self.solver.backing(shape.classes[0]) is None
