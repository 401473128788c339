"""Attribute reads: modules, classes, instances, arrays."""

from __future__ import annotations

import msgspec

from xpcheck import facts
from xpcheck.flow.body.apis import Apis
from xpcheck.flow.body.asking import Asking
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.body.sparing import spared_in
from xpcheck.flow.body.standard import BAG, RECORD, RECORD_METHODS, Standard, held
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import (
    HOST,
    NONE,
    NOTHING,
    PLAIN,
    RANK,
    STATIC,
    TEXT,
    UNKNOWN,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Closure,
    Const,
    Dep,
    External,
    Fact,
    Instance,
    Items,
    Mapping,
    ModuleRef,
    Param,
    Rank,
    Routine,
    Sequence,
    Shape,
    Super,
    Text,
    Transformed,
    Value,
    derive,
    is_none,
    join,
    join_all,
    spread,
)
from xpcheck.link.definitions import Class, Function, ModuleName, Variable

BY_RECEIVER = "receiver name"
"""The heuristic that takes an object for one of the class which annotations give its name."""
_SAID_OF_TYPES = frozenset({"__module__", "__qualname__"})
"""Texts that every object has by its type."""
_CONTAINER = {Items: "list", Sequence: "list", Mapping: "dict", Text: "str", Const: "str"}
_OUTSIDE = frozenset({External, ModuleRef, ClassRef})
_CALLABLE = frozenset({Routine, Closure, Transformed})
_CONCRETE = frozenset({Routine, External, ClassRef, Const, Rank})
_TYPES = frozenset({Array, ClassRef, Text, ModuleRef})
_BUILTIN_TYPES = (list, tuple, set, dict, str)
_OF_GENERATORS = frozenset({"throw", "close"})
_OF_MAPPINGS = frozenset({"items", "keys"})
"""Methods that no array has, whatever the value was computed from."""


class Attributes(Apis, Standard, Asking):
    """The part of the interpreter that reads attributes."""

    def attribute(self, base: Value, name: str, node: facts.Attr, env: Env) -> Value:
        """The value of ``base.name``; one that is static by convention, or by a test, gives a host value."""
        outside, package = type(base.shape) in _OUTSIDE, self.function.module.package
        if outside or not (self.solver.statics.is_static(name, "attribute", package) or name in spared_in(env)):
            return self._read_attribute(base, name, node, env)
        self.host += 1
        value = self._read_attribute(base, name, node, env)
        self.host -= 1
        return on_host(value)

    def _read_attribute(self, base: Value, name: str, node: facts.Attr, env: Env) -> Value:
        shape = base.shape
        if type(shape) is External:
            self.check_name(shape, name, node)
            return self._external(shape, name)
        if type(shape) is ModuleRef:
            entity = self.program.names.attribute(ModuleName(shape.name), name)
            return self.solver.entity_value(entity)
        if name in self.config.namespace_attributes and self.aware and type(shape) is not ClassRef:
            return self.namespace()
        if name in self.config.backend_flags:
            return self.backend(self.run is Run.JAX) if self.aware else PLAIN
        if type(shape) is ClassRef:
            return self._class_attribute(shape, name)
        if type(shape) is Super:
            return self._super_attribute(shape, name, node)
        if type(shape) is Instance:
            return self._instance_attribute(base, shape, name, node, env)
        if type(shape) in _CALLABLE:
            return PLAIN if name.startswith("__") else UNKNOWN_VALUE
        if shape is not None and (kind := _CONTAINER.get(type(shape))):
            if type(shape) is Const and shape.kind != "str":
                return self._array_attribute(base, name)
            if _is_of_container(name) or (kind == "list" and name in _OF_GENERATORS):
                return Value(shape=External(f"{kind}.{name}", receiver=base))
            # No container has it: the annotation that says so is looser than the code.
            base = Value(*spread(base), path=base.path)
        return self._array_or_unknown(base, name, node, env)

    def _external(self, shape: External, name: str) -> Value:
        if shape.name == BAG:
            return held(shape, name)
        if shape.receiver is not None:
            return Value(shape=External(f"{shape.name}.{name}", receiver=shape.receiver))
        base = self.module_name if shape.name == "xp" else shape.name
        if name == "__name__":
            return Value(shape=Const("str", base))
        if base in {"numpy", "jax.numpy"} or base.startswith(("numpy.", "jax.numpy.")):
            known = self.knowledge
            model = known.library(f"{base}.{name}") if base.startswith("numpy") else known.namespace(f"{base}.{name}")
            if model is not None and model.effect == "constant":
                return PLAIN
        if base == "math" and name in {"pi", "e", "inf", "nan", "tau"}:
            return PLAIN
        return Value(shape=External(f"{base}.{name}", shape.namespace))

    def _class_attribute(self, shape: ClassRef, name: str) -> Value:
        found: list[Value] = []
        for cls in shape.classes:
            member = self.program.hierarchy.member(cls, name)
            if member is not None:
                member = self.program.alias(member)
            if isinstance(member, Function):
                receiver = Value(shape=ClassRef((cls,))) if member.binding == "class" else None
                found.append(Value(shape=Routine(((member, cls),), receiver)))
            elif isinstance(member, Class):
                found.append(Value(shape=ClassRef((member,))))
            elif member is not None:
                found.append(self.solver.entity_value(member))
        return join_all(found, empty=PLAIN if name.startswith("__") else UNKNOWN_VALUE)

    def _super_attribute(self, shape: Super, name: str, node: facts.Attr) -> Value:
        hierarchy = self.program.hierarchy
        owner = shape.owner
        found: dict[Function, Class] = {}
        for cls in [owner, *hierarchy.subclasses(owner, self.function.module.package)]:
            member = hierarchy.after(cls, owner, name)
            if isinstance(member, Function):
                found.setdefault(member, cls)
        if not found:
            return Value(shape=External(f"super.{name}"))
        first = hierarchy.after(owner, owner, name)
        members = list(found)
        if isinstance(first, Function) and first.accessor:
            return self.read_property(shape.receiver, [(item, found[item]) for item in members], node)
        return Value(shape=Routine(tuple((item, found[item]) for item in members), shape.receiver))

    # ------------------------------------------------------------------------------------------------- instances

    def _instance_attribute(self, base: Value, shape: Instance, name: str, node: facts.Attr, env: Env) -> Value:
        functions: dict[Function, Class] = {}
        others: list[Value] = []
        data = False
        plain: list[Class] = []
        for cls in shape.classes:
            members = self._members(base, shape, cls, name)
            if not members and self.solver.stored(cls, name) is not None:
                plain.append(cls)
            for found, member in members:
                member = self.program.alias(member)
                if isinstance(member, Function):
                    functions.setdefault(member, found)
                elif isinstance(member, Class):
                    others.append(Value(shape=ClassRef((member,))))
                elif member.outline.value is None or self.solver.stored(cls, name) is not None:
                    data = True
                else:
                    others.append(self.solver.entity_value(member))
        if functions:
            chosen = [(item, cls) for item, cls in functions.items() if not item.outline.stub] or list(
                functions.items()
            )
            if all(item.accessor for item, _ in chosen):
                value = self.read_property(base, chosen, node)
                return join(value, self._data(base, _only(shape, plain), name, node)) if plain else value
            chosen = [(item, cls) for item, cls in chosen if not item.accessor]
            return Value(shape=Routine(tuple(chosen), base))
        if others and not data:
            return join_all([*others, self._data(base, _only(shape, plain), name, node)] if plain else others)
        if name == "__class__":
            return Value(shape=ClassRef(shape.classes))
        if name in RECORD_METHODS and self.record(base) is not None:
            return Value(shape=External(f"{RECORD}.{name}", receiver=base))
        if name == "__dict__":
            return Value(shape=Mapping((), Value(UNKNOWN, spread(base)[1])))
        return self._data(base, shape, name, node)

    def _members(
        self, base: Value, shape: Instance, cls: Class, name: str
    ) -> list[tuple[Class, Function | Class | Variable]]:
        hierarchy = self.program.hierarchy
        if shape.exact:
            member = hierarchy.member(cls, name)
            return [(cls, member)] if member is not None else []
        caller = None
        if base.path == Param(0) and self.function.binding == "method" and self.function.owner is cls:
            caller = self.function
        return hierarchy.targets(cls, name, self.function.module.package, caller)

    def _data(self, base: Value, shape: Instance, name: str, node: facts.Attr) -> Value:
        """A data attribute: from the constructor's arguments, from its assignments, or a fact of the class."""
        results: list[Value] = []
        for cls in shape.classes:
            owner, stored = cls, self.solver.stored(cls, name)
            if stored is None and not shape.exact:
                for below in self.program.hierarchy.subclasses(cls, self.function.module.package)[:8]:
                    owner, stored = below, self.solver.stored(below, name)
                    if stored is not None:
                        break
            results.append(self._field(base, shape, cls, name, stored, owner))
        value = join_all(results)
        wrapper = self.solver.backing(shape.classes[0]) is not None
        if (
            wrapper
            and value.shape is None
            and self.knowledge.method(name) is not None
            and self._unknown_data(shape, name)
        ):
            return self._array_attribute(base, name)
        if value.shape is None and not wrapper and self._unknown_data(shape, name):
            return self._lent_method(base, name, node) or value
        return value

    def _lent_method(self, base: Value, name: str, node: facts.Attr) -> Value | None:
        """A method that no class of an instance has: its annotation is looser than the code, or it holds anything."""
        if any(item.accessor for item in self.program.by_name.get(name, ())):
            return None
        found = self._by_name(msgspec.structs.replace(base, path=None), name, node).shape
        if type(found) is not Routine:
            return None
        owners = tuple(cls for _, cls in found.targets if cls is not None)
        return Value(shape=msgspec.structs.replace(found, receiver=Value(*spread(base), Instance(owners))))

    def _unknown_data(self, shape: Instance, name: str) -> bool:
        return all(self.solver.stored(cls, name) is None for cls in shape.classes)

    def _field(self, base: Value, shape: Instance, cls: Class, name: str, stored: Value | None, owner: Class) -> Value:
        """An attribute of an instance of ``cls``, as the constructor of ``owner`` stores it."""
        if stored is not None and is_none(stored):
            if self.run is Run.JAX and stored.path is not None and not self.solver.builders.is_replaced(owner, name):
                return NOTHING  # the constructor takes nothing else under JAX
            stored = self.solver.kept(owner, name)
            if type(stored.shape) is External:
                return stored
        if name == self.solver.backing(cls):
            taint, deps = spread(base)
            own: frozenset[Dep] = frozenset({Param(0, name)}) if self._is_self(base) else NONE
            return Value(taint, deps | own, Array(), base.path if base.path != Param(0) else Param(0, name))
        kind = _bare(stored.shape) if stored is not None else None
        if self.solver.statics.is_static_attribute(cls, name):
            return Value(HOST, NONE, kind)
        if shape.fields and stored is not None:
            return self.substitute_fields(cls, stored, shape)
        if stored is not None and type(stored.shape) is Const and stored.shape.kind == "backend":
            return self.backend(self.run is Run.JAX) if self.aware else PLAIN
        if stored is not None and type(stored.shape) is External and stored.shape.namespace:
            return self.namespace() if self.aware else UNKNOWN_VALUE
        if base.taint == HOST and not base.deps:
            return Value(HOST, NONE, kind)
        if stored is not None:
            taint, deps = spread(stored)
            if taint == 0 and not deps and kind is None:
                return PLAIN
        dep: Dep
        if type(base.path) is Param and not base.path.attr:
            dep = Param(base.path.index, name)
        else:
            dep = Fact(cls, name)
        if (type(dep) is Param and dep.index == 0 and self._is_self(base)) or type(dep) is Fact:
            self.solver.note_use(cls, name)
        deps = frozenset({dep})
        if kind is None and stored is not None and type(stored.path) is Param and not stored.path.attr:
            kind = self.solver.given_shape(owner, stored.path.index)
        return Value(deps=deps, shape=_reroot(kind, deps), path=dep)

    def _is_self(self, base: Value) -> bool:
        return base.path == Param(0) and self.function.binding == "method"

    # ------------------------------------------------------------------------------------------------- arrays

    def _array_attribute(self, base: Value, name: str) -> Value:
        model = self.knowledge.method(name)
        if model is None:
            return derive(base)
        if model.kind == "method":
            return Value(shape=External(f"array.{name}", receiver=base))
        if "static" in {model.effect, model.returns}:
            return RANK if name in {"shape", "ndim", "size", "dtype"} else PLAIN
        # Of objects of which nothing is known, `.data` is anything; of arrays, it is a piece of memory.
        shape = Array(isinstance(base.shape, Array) and base.shape.boolean) if model.returns == "array" else None
        return derive(base, shape=shape)

    def _array_or_unknown(self, base: Value, name: str, node: facts.Attr, env: Env) -> Value:
        """An attribute of an array, or of something of which nothing is known."""
        if name == "at":
            return Value(shape=External("array.at", receiver=base))
        if name in _SAID_OF_TYPES:
            return TEXT
        if self.is_factory(name):
            self.ask([base])
            return Value(shape=External(f"array.{name}"))
        if name in _OF_MAPPINGS:
            return Value(shape=External(f"container.{name}", receiver=base))
        if type(base.shape) is Array or self.knowledge.method(name) is not None:
            self.check_attribute(base, node)
            self.check_raw(base, node)
            if name in {"array", "values"} and self.knowledge.method(name) is None:
                return Value(base.taint, base.deps, base.shape, base.path)
            return self._array_attribute(base, name)
        if name in {"array", "_array"}:
            self.prove(base, node.name_loc, f"`.{name}` of `{{}}` is read")
            return Value(base.taint, base.deps, Array(), base.path)
        return self._by_name(base, name, node)

    def _by_name(self, base: Value, name: str, node: facts.Attr) -> Value:
        """Where types run out: a method or property name that is unique in the program.

        A name that lists, dicts and texts have is taken for theirs: ``kwargs.update(...)``.
        """
        if _is_of_container(name):
            return Value(shape=External(f"container.{name}", receiver=base))
        candidates = [item for item in self.program.by_name.get(name, ()) if not item.outline.stub]
        visible = self._visible(candidates)
        if base.taint == STATIC and base.path is None and not base.deps:
            visible = []
        targets = [(item, item.owner) for item in visible if item.owner is not None]
        heuristic = "unique name" if len(targets) == 1 else "all definitions of the name agree"
        if visible and not self._agree(visible):
            targets, heuristic = self._of_receiver(name, node), BY_RECEIVER
        if targets and all(item.accessor for item, _ in targets):
            return self.read_property(base, targets, node, heuristic)
        if targets and not any(item.accessor for item, _ in targets):
            return Value(shape=Routine(tuple(targets), base, heuristic=heuristic))
        if type(base.path) is Param and not base.path.attr:
            dep = Param(base.path.index, name)
            return Value(deps=frozenset({dep}), path=dep)
        if base.taint == HOST and not base.deps:
            return Value(HOST)
        return Value(UNKNOWN, base.deps if base.taint != UNKNOWN else NONE)

    def _of_receiver(self, name: str, node: facts.Attr) -> list[tuple[Function, Class]]:
        """The functions that a method name means for the class which the receiver's name stands for."""
        package = self.function.module.package
        cls = self.solver.receivers.class_of(node.value, package)
        found = self.program.hierarchy.targets(cls, name, package) if cls is not None else []
        return [(item, owner) for owner, item in found if isinstance(item, Function) and not item.outline.stub]

    def _visible(self, candidates: list[Function]) -> list[Function]:
        return [item for item in candidates if self.solver.sees(self.function, item)]

    def _agree(self, functions: list[Function]) -> bool:
        """Whether all definitions of a name take the namespace alike: never a majority, and never that none does."""
        if len(functions) == 1:
            return True
        kinds = {(self.solver.aware(item), bool(item.accessor), item.binding) for item in functions}
        return len(kinds) == 1 and len(functions) <= 40 and bool(self.solver.aware(functions[0]))


def _only(shape: Instance, classes: list[Class]) -> Instance:
    """An instance of some of its classes."""
    return msgspec.structs.replace(shape, classes=tuple(classes))


def _is_of_container(name: str) -> bool:
    """Whether lists, dicts or texts have an attribute."""
    return any(hasattr(item, name) for item in _BUILTIN_TYPES)


def on_host(value: Value) -> Value:
    """A value of the same kind that is concrete under a trace."""
    if type(value.shape) in _CONCRETE:
        return value
    return Value(HOST, NONE, _bare(value.shape))


def _bare(shape: Shape | None) -> Shape | None:
    """The part of a stored shape that is true of the attribute whatever the object: its type."""
    if type(shape) is Instance:
        return msgspec.structs.replace(shape, fields=())
    if type(shape) in _TYPES:
        return shape
    if type(shape) is Routine:
        return shape if shape.receiver is None else None
    if type(shape) is Items:
        return Items(tuple(Value(shape=_bare(item.shape)) for item in shape.items), shape.mutable)
    if type(shape) is Sequence:
        return Sequence(Value(shape=_bare(shape.element.shape)))
    if type(shape) is Mapping:
        fields = tuple((name, Value(shape=_bare(item.shape))) for name, item in shape.fields)
        return Mapping(fields, Value(shape=_bare(shape.rest.shape)) if shape.rest is not None else None)
    return None


def _reroot(shape: Shape | None, deps: frozenset[Dep]) -> Shape | None:
    """The shape with everything inside depending on ``deps``."""
    if type(shape) is Items:
        return Items(tuple(Value(deps=deps, shape=_reroot(item.shape, deps)) for item in shape.items), shape.mutable)
    if type(shape) is Sequence:
        return Sequence(Value(deps=deps, shape=_reroot(shape.element.shape, deps)))
    if type(shape) is Mapping:
        fields = tuple((name, Value(deps=deps, shape=_reroot(item.shape, deps))) for name, item in shape.fields)
        rest = Value(deps=deps, shape=_reroot(shape.rest.shape, deps)) if shape.rest is not None else None
        return Mapping(fields, rest)
    return shape


__all__ = ["TEXT", "Arguments", "Attributes"]
