"""Attributes of a caller's values, as the summaries of callees mean them."""

from __future__ import annotations

from xpcheck.flow.body.wrappers import Wrappers
from xpcheck.flow.lattice.substitution import FieldReader, Substitution
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import (
    CONTAINERS,
    ELEMENTS,
    HOST,
    PLAIN,
    UNKNOWN_VALUE,
    Array,
    Fact,
    Instance,
    Items,
    Mapping,
    Param,
    Sequence,
    Value,
    element_of,
    entry,
    entry_key,
    is_none,
    join_all,
    spread,
)
from xpcheck.link.definitions import Function

_MAX_INLINE = 4


class Fields(FieldReader):
    """Attributes of values in one interpretation, without events."""

    def __init__(self, base: Wrappers) -> None:
        self._base = base
        self._depth = 0

    def is_wrapper(self, value: Value) -> bool:
        """Whether a value of the caller is a wrapper."""
        return self._base.is_wrapper(value)

    def __call__(self, value: Value, attr: str) -> Value:
        """The value of ``value.attr`` as the callee's summary means it."""
        shape = value.shape
        if key := entry_key(attr):
            return _entry_of(value, key)
        if attr == ELEMENTS:
            if type(shape) in CONTAINERS:
                return element_of(shape)
            if type(value.path) is not Param or value.path.attr:
                return PLAIN
        solver = self._base.solver
        if type(shape) is Instance:
            found = []
            for cls in shape.classes:
                if solver.backing(cls) == attr and value.path != Param(0):
                    taint, deps = spread(value)
                    found.append(Value(taint, deps, Array()))
                    continue
                if (value.taint == HOST and not value.deps) or solver.statics.is_static_attribute(cls, attr):
                    found.append(Value(HOST))
                    continue
                stored = solver.stored(cls, attr)
                stored = PLAIN if stored is not None and is_none(stored) else stored
                getter = self._base.program.hierarchy.member(cls, attr)
                if stored is None and isinstance(getter, Function) and getter.accessor:
                    found.append(self._property(getter, value))
                    continue
                if shape.fields and stored is not None:
                    found.append(self._base.substitute_fields(cls, stored, shape))
                elif type(value.path) is Param and not value.path.attr:
                    dep = Param(value.path.index, attr)
                    if value.path.index == 0 and cls is self._base.function.owner:
                        solver.note_use(cls, attr)
                    found.append(Value(deps=frozenset({dep}), path=dep))
                else:
                    found.append(solver.fact(cls, attr))
            return join_all(found)
        if type(value.path) is Param and not value.path.attr:
            dep = Param(value.path.index, attr)
            return Value(deps=frozenset({dep}), path=dep)
        if type(value.path) is Fact and shape is None:
            return value
        taint, deps = spread(value)
        return Value(taint, deps)

    def _property(self, getter: Function, value: Value) -> Value:
        """What a property of an instance gives, in terms of the instance."""
        solver = self._base.solver
        summary = solver.summary(getter, Run.JAX if solver.aware(getter) else Run.ONE)
        self._depth += 1
        result = Substitution({0: value}, self).value(summary.result) if self._depth < _MAX_INLINE else UNKNOWN_VALUE
        self._depth -= 1
        return result


class StoredFields(Fields):
    """Attributes as a constructor means them: those of its own object are what it has stored so far."""

    def __init__(self, base: Wrappers, stores: dict[str, Value]) -> None:
        super().__init__(base)
        self._stores = stores

    def __call__(self, value: Value, attr: str) -> Value:
        """The value of ``value.attr``, what was stored where that is an attribute of ``self``."""
        known = self._stores.get(attr) if value.path == Param(0) else None
        return known if known is not None else super().__call__(value, attr)


def _entry_of(value: Value, key: str) -> Value:
    """What ``*args`` or ``**kwargs`` hold at a position or under a name: the default, where a call gives nothing."""
    shape = value.shape
    if type(shape) is Items:
        place = int(key)
        return shape.items[place] if place < len(shape.items) else PLAIN
    if type(shape) is Mapping:
        found = dict(shape.fields).get(key)
        if found is None and shape.rest is not None:
            return _entry_of(shape.rest, key)
        return found if found is not None else PLAIN
    if shape is None and type(value.path) is Param and not value.path.attr:
        return entry(value.path.index, key)
    return element_of(shape) if type(shape) is Sequence else PLAIN
