"""Summaries in the caller's terms: a callee's parameters replaced by the values given to them."""

from __future__ import annotations

import msgspec

from xpcheck.flow.lattice.values import (
    NONE,
    Array,
    ClassRef,
    Closure,
    Dep,
    Deps,
    Fact,
    Instance,
    InstanceOf,
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
    join_all,
    spread,
)

_MAX_DEPTH = 5
_INNER = frozenset({Closure, Super, Transformed})


class Substitution:
    """Maps dependencies of one callee into a caller.

    ``given`` holds the value of each parameter of the callee, by index; a missing index means its default.
    ``field`` reads one attribute of a given value: (value, attribute) -> value.
    """

    def __init__(self, given: dict[int, Value], field: FieldReader) -> None:
        self._given = given
        self._field = field
        self._memo: dict[Dep, tuple[int, Deps]] = {}

    def dep(self, dep: Dep) -> tuple[int, Deps]:
        """Taint and dependencies, in the caller, of one dependency of the callee."""
        if type(dep) is Fact:
            return 0, frozenset({dep})
        known = self._memo.get(dep)
        if known is None:
            value = self.path(dep)
            known = self._memo[dep] = spread(value) if value is not None else (0, NONE)
        return known

    def path(self, dep: Dep) -> Value | None:
        """The caller's value of one dependency of the callee, None for a default."""
        if type(dep) is Fact:
            return Value(deps=frozenset({dep}), path=dep)
        value = self._given.get(dep.index)
        if value is None:
            return None
        return self._field(value, dep.attr) if dep.attr else value

    def value(self, value: Value, depth: int = 0) -> Value:
        """A value of the callee in the caller's terms."""
        if type(value.path) is Param and value.deps <= {value.path}:
            given = self.path(value.path)
            if given is not None:
                if not value.path.attr and not value.wraps:
                    given = self._field.raw(given)
                return given if value.shape is None or given.shape is not None else self._retype(given, value.shape)
            return Value(value.taint, NONE, self.shape(value.shape, depth))
        taint, deps = self._all(value.taint, value.deps)
        path = value.path if type(value.path) is Fact else None
        result = Value(taint, deps, self.shape(value.shape, depth), path)
        return self._like(value.wraps, result) if value.wraps else result

    def _all(self, taint: int, deps: Deps) -> tuple[int, Deps]:
        """Taint and dependencies, in the caller, of something that has a taint of its own and several dependencies."""
        if len(deps) <= 1:
            for dep in deps:
                more, others = self.dep(dep)
                return max(taint, more), others
            return taint, NONE
        found: set[Dep] = set()  # facts come by the thousand: one set that grows
        for dep in deps:
            if type(dep) is Fact:
                found.add(dep)
            else:
                more, others = self.dep(dep)
                taint = max(taint, more)
                found |= others
        return taint, frozenset(found)

    def _like(self, wraps: frozenset[Param], result: Value) -> Value:
        """A value that is a wrapper where one of the callee's parameters is."""
        kept = frozenset[Param]()
        for given in (self._given.get(param.index) for param in sorted(wraps)):
            if given is not None and self._field.is_wrapper(given) and type(given.shape) is Instance:
                return msgspec.structs.replace(result, shape=msgspec.structs.replace(given.shape, fields=()))
            kept |= given.wraps if given is not None else kept
        return msgspec.structs.replace(result, wraps=kept)

    def _retype(self, given: Value, shape: Shape) -> Value:
        return msgspec.structs.replace(given, shape=self.shape(shape, 0))

    def shape(self, shape: Shape | None, depth: int) -> Shape | None:
        """A shape of the callee in the caller's terms; nested functions of the callee are not known outside."""
        if shape is None or depth > _MAX_DEPTH:
            return None
        if type(shape) is Items:
            return Items(tuple(self.value(item, depth + 1) for item in shape.items), shape.mutable)
        if type(shape) is Sequence:
            return Sequence(self.value(shape.element, depth + 1))
        if type(shape) is Mapping:
            rest = self.value(shape.rest, depth + 1) if shape.rest is not None else None
            return Mapping(tuple((name, self.value(item, depth + 1)) for name, item in shape.fields), rest)
        if type(shape) is Instance and shape.fields:
            fields = tuple((name, clip(self.value(item, depth + 1), 2)) for name, item in shape.fields)
            return msgspec.structs.replace(shape, fields=fields)
        if type(shape) is Routine:
            receiver = self.value(shape.receiver, depth + 1) if shape.receiver is not None else None
            keywords = tuple((name, self.value(item, depth + 1)) for name, item in shape.keywords)
            args = tuple(self.value(item, depth + 1) for item in shape.args)
            return Routine(shape.targets, receiver, args, keywords, shape.heuristic)
        if type(shape) is InstanceOf:
            return self._instance_of(shape)
        if type(shape) in _INNER:
            return None
        return shape

    def _instance_of(self, shape: InstanceOf) -> Shape | None:
        given = self._given.get(shape.index)
        if given is None:
            return None
        if isinstance(given.shape, ClassRef):
            return Instance(given.shape.classes)
        if isinstance(given.path, Param) and not given.path.attr:
            return InstanceOf(given.path.index)
        return None


class FieldReader:
    """Reads one attribute of a value of the caller, for ``Param(i, attr)`` dependencies of a callee."""

    def is_wrapper(self, value: Value) -> bool:
        """Whether a value of the caller is a wrapper."""
        raise NotImplementedError

    def raw(self, value: Value) -> Value:
        """What is left of a value that a callee has unwrapped."""
        if not self.is_wrapper(value):
            return Value(value.taint, value.deps, value.shape, value.path)
        taint, deps = spread(value)
        return Value(taint, deps, Array(), value.path)

    def __call__(self, value: Value, attr: str) -> Value:
        """The value of ``value.attr``."""
        raise NotImplementedError


__all__ = ["FieldReader", "Substitution", "join_all"]
