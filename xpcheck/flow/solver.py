"""The fixpoint: summaries of functions on demand, until nothing changes.

A summary is asked for by its callers. A function is interpreted when it is first asked for; whoever read a summary is
interpreted again when that summary changes. Joins are monotone, so the solution does not depend on the order.
"""

from __future__ import annotations

import functools
import heapq
import sys
from collections.abc import Iterable
from typing import Literal

from xpcheck import facts
from xpcheck.config import Config
from xpcheck.flow import models
from xpcheck.flow.annotations import Annotations, literal
from xpcheck.flow.decorators import Decorators
from xpcheck.flow.markers import STATIC, Markers
from xpcheck.flow.parametric import declared
from xpcheck.flow.receivers import Receivers
from xpcheck.flow.scopes import walk
from xpcheck.flow.structures import Structures
from xpcheck.flow.summary import Run, Summary, Variant
from xpcheck.flow.usage import Usage
from xpcheck.flow.values import (
    NONE,
    PLAIN,
    UNKNOWN,
    UNKNOWN_VALUE,
    ClassRef,
    Const,
    External,
    Fact,
    Instance,
    Mapping,
    ModuleRef,
    Routine,
    Sequence,
    Shape,
    Value,
    clip,
    join,
    join_shapes,
)
from xpcheck.link import definitions as link
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.link.program import Program, visibility
from xpcheck.model import Step

_NAMESPACES = frozenset({"numpy", "jax.numpy"})
_MAX_ROUNDS = 20
_MAX_TARGETS = 40
_FREE_ROUNDS = 3
_RECURSION = 20_000

Key = tuple[Function, Run, Variant]


class Solver:
    """Summaries of one program under one configuration.

    Attributes
    ----------
    summaries
        Everything solved so far.
    widened
        How many summaries hit the bound on rounds (counted in ``--statistics``).
    """

    def __init__(self, program: Program, config: Config, knowledge: models.Knowledge) -> None:
        self.program = program
        self.config = config
        self.knowledge = knowledge
        self.annotations = Annotations(program)
        self.markers = Markers(program, config)
        self.decorators = Decorators(program, config.namespaces, config.signature_decorators, knowledge)
        self.summaries: dict[Key, Summary] = {}
        self.widened = 0
        self._dependents: dict[Key, set[Key]] = {}
        self._rounds: dict[Key, int] = {}
        self._stack: list[Key] = []
        self._queue: list[tuple[tuple[str, str, int], str, Variant]] = []
        self._queued: dict[tuple[tuple[str, str, int], str, Variant], Key] = {}
        self._deciders: dict[Function, tuple[int, ...]] = {}
        self._aware: dict[Function, str] = {}
        self._namespace_params: dict[Function, int | None] = {}
        self.structures = Structures(self)
        self._predicates: dict[tuple[Function, int], bool | None] = {}
        self.declared = declared(program)
        free = {item.constructor.params[item.index].name for item in self.declared.parameters}
        self.free_names = self.markers.traced_names | free
        self._standard: dict[str, bool] = {}
        self._object_attributes: dict[str, frozenset[str]] = {}
        self.implicit: set[Function] = set()
        """Methods and properties that could hand on the namespace of their object and do not mention it."""
        self.readers: dict[Function, set[Function]] = {}
        """Who reads an implicit property in its JAX run."""
        self._given: dict[tuple[Function, int], Shape] = {}
        self._given_readers: dict[tuple[Function, int], set[Key]] = {}
        self.visible = visibility(program.index.modules.values())
        self.receivers = Receivers(program, self.annotations, self.visible)
        self.transformed: set[tuple[Function, Step]] = set()
        """Functions that a body gives to a transform, and where."""
        self.usage = Usage(program, self.visible)
        self.flags: dict[Function, dict[int, bool]] = {}
        """Parameters that say which backend runs, with their value under JAX."""
        self.attribute_uses: set[tuple[Class, str]] = set()
        self.namespace_uses: set[tuple[Class, str]] = set()
        """Attributes that an xp-aware body uses with ``xp.*``."""

    # ------------------------------------------------------------------------------------------------- summaries

    def solve(self, functions: Iterable[Function]) -> None:
        """Solve the functions and everything they call."""
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _RECURSION))
        try:
            for function in functions:
                for run in self.runs(function):
                    self.summary(function, run)
            self._settle()
            while (flags := self.usage.backend_flags()) != self.flags:
                changed = [(item, Run.JAX, ()) for item in flags if flags[item] != self.flags.get(item)]
                self.flags = flags
                for key in changed:
                    if key in self.summaries:
                        self._rounds.pop(key, None)
                        self._enqueue(key)
                self._settle()
        finally:
            sys.setrecursionlimit(limit)

    def _settle(self) -> None:
        """Interpret again whatever became stale, until nothing is."""
        while self._queue:
            entry = heapq.heappop(self._queue)
            key = self._queued.pop(entry)
            self._interpret(key)

    def summary(self, function: Function, run: Run, variant: Variant = ()) -> Summary:
        """The current summary of a function; it is computed when it is asked for the first time."""
        key = (function, run, variant)
        if self._stack:
            self._dependents.setdefault(key, set()).add(self._stack[-1])
        found = self.summaries.get(key)
        if found is None:
            self.summaries[key] = Summary()
            self._interpret(key)
            found = self.summaries[key]
        return found

    def _interpret(self, key: Key) -> None:
        from xpcheck.flow.frame import Frame

        rounds = self._rounds[key] = self._rounds.get(key, 0) + 1
        if rounds > _MAX_ROUNDS:
            self.widened += 1
            return
        self._stack.append(key)
        new = Frame(self, *key).interpret()
        self._stack.pop()
        old = self.summaries[key]
        if rounds > _FREE_ROUNDS:
            _widen(old, new)
        changed = old.interface() != new.interface()
        self.summaries[key] = new
        if changed:
            for dependent in self._dependents.get(key, ()):
                self._enqueue(dependent)

    def _enqueue(self, key: Key) -> None:
        entry = (key[0].key, key[1].value, key[2])
        if entry not in self._queued:
            self._queued[entry] = key
            heapq.heappush(self._queue, entry)

    def deciders(self, function: Function) -> tuple[int, ...]:
        """Parameters with a constant default that the body tests: a call may fix them to a constant."""
        found = self._deciders.get(function)
        if found is None:
            found = self._deciders[function] = self._find_deciders(function)
        return found

    def _find_deciders(self, function: Function) -> tuple[int, ...]:
        candidates = {
            param.name: index
            for index, param in enumerate(function.params)
            if isinstance(param.default, facts.Const) and param.default.kind in {"bool", "none"}
            if param.name not in self.config.namespaces and param.name not in self.config.backend_flags
        }
        body = self.program.body(function) if candidates else None
        if body is None:
            return ()
        used = {item.id for item in walk(body.statements) if isinstance(item, facts.Name) and item.id in candidates}
        return tuple(sorted(candidates[name] for name in used))

    # ------------------------------------------------------------------------------------------------- awareness

    def runs(self, function: Function) -> tuple[Run, ...]:
        """The runs in which a function is interpreted."""
        aware = self.aware(function)
        if aware == "jax":
            return (Run.JAX,)
        return (Run.NUMPY, Run.JAX) if aware else (Run.ONE,)

    def aware(self, function: Function) -> str:
        """How the function holds a namespace: ``param``, ``object``, ``local``, ``jax`` (JAX only) or ""."""
        found = self._aware.get(function)
        if found is None:
            found = self._aware[function] = self._awareness(function)
        return found

    def _awareness(self, function: Function) -> str:
        if self.namespace_param(function) is not None:
            return "param"
        config, outline = self.config, function.outline
        hidden = function.name.startswith("__") or function.name in config.namespace_attributes
        if function.binding == "method" and not hidden and self._has_backend(function.owner):
            if not any(name in outline.attributes for name in config.namespace_attributes):
                self.implicit.add(function)
            return "object"
        if any(name in outline.attributes for name in config.namespace_attributes):
            body = self.program.body(function)
            if body is not None and _reads_attribute(body, frozenset(config.namespace_attributes)):
                return "object"
        if any(name in outline.names for name in config.namespaces):
            body = self.program.body(function)
            if body is not None and _binds(body, frozenset(config.namespaces)):
                return "local"
        if "jax" in outline.names or "jnp" in outline.names or "lax" in outline.names:
            body = self.program.body(function)
            if body is not None and imports_jax(body.statements):
                return "jax"
        return ""

    def _has_backend(self, cls: Class | None) -> bool:
        """Whether objects of a class hold the namespace, so that its properties can hand it on.

        Wrappers derive theirs from the array they hold and are left out.
        """
        return cls is not None and self.backing(cls) is None and bool(self.backend_attribute(cls))

    def backend_attribute(self, cls: Class) -> str:
        """The attribute in which objects of a class hold the namespace, or ""."""
        for item in self.program.hierarchy.mro(cls):
            constructor = item.members.get("__init__")
            stored = constructor.outline.attributes if isinstance(constructor, Function) else ()
            for name in self.config.namespace_attributes:
                if name in item.members or name in stored:
                    return name
        return ""

    def namespace_param(self, function: Function) -> int | None:
        """The index of the parameter that receives the namespace, or None.

        A parameter whose default is the module itself is one under any name. A parameter with a threaded name is one
        when its default is None, or when it has no default and the body reads an attribute of it, tests its identity
        or hands it on by keyword.
        """
        if function not in self._namespace_params:
            self._namespace_params[function] = self._find_namespace_param(function)
        return self._namespace_params[function]

    def _find_namespace_param(self, function: Function) -> int | None:
        for index, param in enumerate(function.params):
            threaded = param.name in self.config.namespaces
            default = param.default
            if default is None or isinstance(default, facts.Const):
                if threaded and default is not None:
                    return index if default.kind == "none" else None
                if threaded:
                    return index if self._used_as_namespace(function, param.name) else None
            elif isinstance(default, facts.Name | facts.Attr):
                entity = self.program.resolve(function.module, default)
                if isinstance(entity, link.External) and (threaded or entity.name in _NAMESPACES):
                    return index
                if threaded and entity is None:
                    return index
        return None

    def ignores_namespace(self, function: Function) -> bool:
        """Whether a body that does something never mentions the namespace that it takes."""
        index = self.namespace_param(function)
        if index is None or function.outline.stub or "locals" in function.outline.names or self._is_interface(function):
            return False
        body = self.program.body(function)
        name = function.params[index].name
        return body is not None and not any(
            isinstance(item, facts.Name) and item.id == name for item in walk(body.statements)
        )

    def _is_interface(self, function: Function) -> bool:
        """Whether a method is a constructor, or one that every class below its own replaces."""
        cls = function.owner
        below = self.program.hierarchy.subclasses(cls, cls.module.package) if cls is not None else []
        replaced = all(self.program.hierarchy.member(item, function.name) is not function for item in below)
        return function.name == "__init__" or (bool(below) and replaced)

    def _used_as_namespace(self, function: Function, name: str) -> bool:
        if function.outline.stub:
            return True
        body = self.program.body(function)
        return body is not None and _used_as_module(body, name)

    # ------------------------------------------------------------------------------------------------- attributes

    def stores(self, cls: Class) -> dict[str, Value]:
        """Attributes that building an instance of ``cls`` assigns, in terms of its constructor's parameters."""
        constructor = self.program.constructor(cls)
        if constructor is None:
            return {}
        run = Run.JAX if self.aware(constructor) else Run.ONE
        return self.summary(constructor, run).stores

    def stores_backend(self, constructor: Function) -> bool:
        """Whether a constructor itself assigns the attribute that says which backend its object uses."""
        names = {*self.config.backend_flags, *self.config.namespace_attributes}
        body = self.program.body(constructor) if constructor.name == "__init__" else None
        return body is not None and any(
            isinstance(target, facts.Attr) and target.name in names
            for item in walk(body.statements)
            if isinstance(item, facts.Assign)
            for target in item.targets
        )

    def object_methods(self, cls: Class) -> list[Function]:
        """The methods and properties of a class that read the namespace stored on the object."""
        found: dict[str, Function] = {}
        for item in self.program.hierarchy.mro(cls):
            for name, member in item.members.items():
                if isinstance(member, Function) and member.owner is not None:
                    found.setdefault(name, member)
        return [item for item in found.values() if self.aware(item) == "object" and item.name != "__init__"]

    def on_jax_path(self, function: Function) -> bool:
        """Whether the JAX run of a body is one that happens.

        An implicit property counts where a body that mentions its namespace reads it, through others or not.
        """
        if self._overridden_everywhere(function):
            return False
        seen: set[Function] = set()
        queue = [function]
        while queue:
            item = queue.pop()
            if item not in self.implicit:
                return True
            if item not in seen:
                seen.add(item)
                queue.extend(self.readers.get(item, ()))
        return False

    def on_numpy_path(self, function: Function) -> bool:
        """Whether the NumPy run of a body is one that happens: it has no callers in sight, or one runs NumPy.

        Methods of objects that hold their namespace count as called for both backends.
        """
        seen: set[Function] = set()
        queue = [function]
        while queue:
            item = queue.pop()
            if item in seen:
                continue
            seen.add(item)
            called = any(self._callers.get((item, run)) for run in self.runs(item))
            if self.aware(item) == "object" or not called:
                return True
            for caller, run, _ in self._callers.get((item, Run.NUMPY), ()):
                if run is not Run.NUMPY:
                    return True
                queue.append(caller)
        return False

    @functools.cached_property
    def _callers(self) -> dict[tuple[Function, Run], set[Key]]:
        """The bodies that asked for a summary of a function under a run; the function itself is none of them."""
        found: dict[tuple[Function, Run], set[Key]] = {}
        for (function, run, _), callers in self._dependents.items():
            found.setdefault((function, run), set()).update(key for key in callers if key[0] is not function)
        return found

    def called_by_constructors(self, function: Function) -> bool:
        """Whether nobody but constructors calls a method: what it stores belongs to a new object."""
        callers = [key for run in self.runs(function) for key in self._callers.get((function, run), ())]
        return bool(callers) and all(item.name == "__init__" for item, *_ in callers)

    def standard_namespaces(self, function: Function) -> bool:
        """Whether the package of a function asks arrays for their namespace: it has the names of the standard."""
        package = function.module.package
        if package not in self._standard:
            factories = {name.rpartition(".")[2] for name in self.config.namespace_factories}
            members = (item for item in self.program.functions if item.module.package == package)
            self._standard[package] = any(not factories.isdisjoint(item.outline.names) for item in members)
        return self._standard[package]

    def object_attributes(self, package: str) -> frozenset[str]:
        """The attributes that constructors name, and the methods, in a package and those that it can see."""
        found = self._object_attributes.get(package)
        if found is None:
            seen = self.visible.get(package, frozenset({package}))
            members = [
                item for item in self.program.functions if item.owner is not None and item.module.package in seen
            ]
            names = {name for item in members if item.name == "__init__" for name in item.outline.attributes}
            found = self._object_attributes[package] = frozenset(names.union(item.name for item in members))
        return found

    def _overridden_everywhere(self, function: Function) -> bool:
        """Whether a method belongs to an abstract class and no class below it keeps it."""
        cls = function.owner
        if cls is None or function.name.startswith("__"):
            return False
        hierarchy = self.program.hierarchy
        abstract = any("ABC" in base for item in hierarchy.mro(cls) for base in hierarchy.external_bases[item])
        below = hierarchy.subclasses(cls, cls.module.package) if abstract else []
        return bool(below) and all(hierarchy.member(item, function.name) is not function for item in below)

    def numpy_only(self, function: Function) -> bool:
        """Whether no object of a method's class exists under JAX: its constructor raises there."""
        cls = function.owner
        constructor = self.program.constructor(cls) if cls is not None else None
        if constructor is None or constructor.owner is not cls or constructor is function:
            return False
        summary = self.summaries.get((constructor, Run.JAX, ()))
        return summary is not None and not summary.returns

    def is_static(self, name: str, where: Literal["parameter", "attribute"]) -> bool:
        """Whether a name is concrete by the static-name table; a declared free parameter never is."""
        return name not in self.free_names and self.knowledge.static_name(name, where) is not None

    def is_static_param(self, function: Function, index: int) -> bool:
        """Whether a parameter is concrete by a marker, or by its name where no marker says that it is traced."""
        if self.markers.is_traced(function, index):
            return False
        return self.markers.is_static(function, index) or self.is_static(function.params[index].name, "parameter")

    def is_static_attribute(self, cls: Class, name: str) -> bool:
        """Whether an attribute of a class is concrete by a marker, or by its name."""
        found = self.markers.of_attribute(cls, name)
        return found.verb == STATIC if found is not None else self.is_static(name, "attribute")

    def note_given(self, caller: Function, constructor: Function, index: int, shape: Shape) -> None:
        """A constructor's parameter is given a function, a class or an instance by code that its package can see."""
        package = constructor.module.package
        if caller.module.package not in self.visible.get(package, frozenset({package})):
            return
        key = (constructor, index)
        known = self._given.get(key)
        joined = shape if known is None else join_shapes(known, shape, 0)
        if joined is None or joined == known or _too_many(joined):
            return
        self._given[key] = joined
        for reader in self._given_readers.get(key, ()):
            self._enqueue(reader)

    def given_shape(self, cls: Class, index: int) -> Shape | None:
        """What the constructor's parameter of a class is given in the program, when that is one kind of thing."""
        constructor = self.program.constructor(cls)
        if constructor is None:
            return None
        if self._stack:
            self._given_readers.setdefault((constructor, index), set()).add(self._stack[-1])
        return self._given.get((constructor, index))

    def element_shape(self, shape: Instance) -> Shape | None:
        """What an instance of a list subclass holds: the element type its constructor is annotated with."""
        for cls in shape.classes:
            order = self.program.hierarchy.mro(cls)
            bases = {name.rpartition(".")[2] for item in order for name in self.program.hierarchy.external_bases[item]}
            constructor = self.program.constructor(cls)
            if not bases & {"list", "List", "UserList", "Sequence"} or constructor is None:
                continue
            for param in constructor.params[1:2]:
                promised = self.annotations.shape(constructor.module, param.annotation)
                if isinstance(promised, Sequence):
                    return promised.element.shape
        return None

    def backing(self, cls: Class) -> str | None:
        """The attribute that holds the raw array of a wrapper class; None for every other class."""
        return self.structures.backing(cls)

    def predicate(self, function: Function, index: int) -> bool | None:
        """What a helper answers for a tracer in the parameter ``index``: read from its body, None if it varies."""
        key = (function, index)
        if key not in self._predicates:
            self._predicates[key] = None
            from xpcheck.flow.probe import answer_for_tracer

            self._predicates[key] = answer_for_tracer(self, function, index)
        return self._predicates[key]

    # ------------------------------------------------------------------------------------------------- entities

    def entity_value(self, entity: link.Entity | None) -> Value:
        """The value of a name that resolves to a definition."""
        if isinstance(entity, Function):
            return Value(shape=Routine(((entity, None),)))
        if isinstance(entity, Class):
            return Value(shape=ClassRef((entity,)))
        if isinstance(entity, link.ModuleName):
            return Value(shape=ModuleRef(entity.name))
        if isinstance(entity, link.External):
            return Value(shape=External(entity.name))
        if isinstance(entity, link.Variable):
            return self._variable(entity)
        return UNKNOWN_VALUE

    def _variable(self, variable: link.Variable) -> Value:
        value = variable.outline.value
        if value is None:
            return PLAIN
        if isinstance(value, facts.Const):
            plain = literal(value)
            return plain if isinstance(plain.shape, Const) and plain.shape.kind in {"str", "none"} else PLAIN
        if isinstance(value, facts.Dict):
            return Value(shape=Mapping((), UNKNOWN_VALUE))
        if isinstance(value, facts.Call):
            entity = self.program.resolve(variable.module, value.func)
            if isinstance(entity, Class):
                return Value(shape=Instance((entity,), exact=True))
            if isinstance(entity, link.External):
                return Value(UNKNOWN, shape=External(f"{entity.name}()"))
        if dotted(value) is not None:
            entity = self.program.resolve(variable.module, value)
            if entity is not None and entity is not variable and not isinstance(entity, link.Variable):
                return self.entity_value(entity)
        return PLAIN

    def fact(self, cls: Class, attr: str) -> Value:
        """The value of an attribute of an instance about which only the class is known."""
        self.attribute_uses.add((cls, attr))
        return Value(deps=NONE | {Fact(cls, attr)}, path=Fact(cls, attr))


def _too_many(shape: Shape) -> bool:
    return isinstance(shape, Routine) and len(shape.targets) > _MAX_TARGETS


def _widen(old: Summary, new: Summary) -> None:
    """Make ``new`` at least ``old``, so that the rounds of a cycle climb and end."""
    if old.returns:
        new.result = clip(join(old.result, new.result), 2) if new.returns else old.result
        new.returns = True
    for key, witness in old.sinks.items():
        new.sinks.setdefault(key, witness)
    for name, value in old.stores.items():
        mine = new.stores.get(name)
        new.stores[name] = value if mine is None else clip(join(value, mine), 2)


def imports_jax(statements: Iterable[facts.Stmt]) -> bool:
    """Whether statements import JAX or a part of it."""
    for item in walk(statements):
        if isinstance(item, facts.Import):
            names = [item.source] if item.source is not None else [one.name for one in item.names]
            if any(name.split(".")[0] == "jax" for name in names if name):
                return True
    return False


def _binds(body: facts.Body, names: frozenset[str]) -> bool:
    for item in walk(body.statements):
        if isinstance(item, facts.Assign):
            for target in item.targets:
                inner = target.items if isinstance(target, facts.Tuple) else (target,)
                if any(isinstance(one, facts.Name) and one.id in names for one in inner):
                    return True
        if isinstance(item, facts.Import) and any((one.alias or one.name) in names for one in item.names):
            return True
    return False


def _reads_attribute(body: facts.Body, names: frozenset[str]) -> bool:
    stored: set[int] = set()
    for item in walk(body.statements):
        if isinstance(item, facts.Assign):
            stored.update(id(target) for target in item.targets)
    return any(
        isinstance(item, facts.Attr) and item.name in names and id(item) not in stored for item in walk(body.statements)
    )


def _used_as_module(body: facts.Body, name: str) -> bool:
    def is_name(expr: object) -> bool:
        return isinstance(expr, facts.Name) and expr.id == name

    for item in walk(body.statements):
        if isinstance(item, facts.Attr) and is_name(item.value) and item.name not in {"shape", "size", "ndim", "dtype"}:
            return True
        if isinstance(item, facts.Arg) and item.keyword == name and is_name(item.value):
            return True
        if isinstance(item, facts.Compare) and item.ops[0] in {"is", "is not"} and is_name(item.left):
            return True
    return False
