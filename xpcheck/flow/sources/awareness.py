"""How functions hold a namespace, and in which runs they are therefore interpreted: questions about one function.

The answers come from signatures and from what a body mentions; no value takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from xpcheck import facts
from xpcheck.config import Config
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.sources.backends import Backends
from xpcheck.flow.sources.roles import Roles
from xpcheck.flow.sources.scopes import statements_in, walk
from xpcheck.flow.sources.switches import switches
from xpcheck.link import definitions as link
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program

_NAMESPACES = frozenset({"numpy", "jax.numpy"})


class Traits(msgspec.Struct, frozen=True, array_like=True):
    """What the body of a function says to others beside its summary."""

    function: Function
    aware: str
    namespace: int | None
    deciders: tuple[int, ...] | None
    implicit: bool


class Awareness:
    """What is known of the functions of a program before any is interpreted.

    Attributes
    ----------
    implicit
        Methods and properties that could hand on the namespace of their object and do not mention it.
    visible
        The packages that each package can see: those it imports.
    roles
        What the files of the program are for.
    backends
        Which libraries of arrays its packages speak of.
    attributes
        For packages that were asked about, the attributes that constructors name, and the methods.
    """

    def __init__(self, program: Program, config: Config) -> None:
        self.program = program
        self.config = config
        self.implicit: set[Function] = set()
        self.visible = program.visible
        self.roles = Roles(program, config)
        self.backends = Backends(program, config)
        self._deciders: dict[Function, tuple[int, ...]] = {}
        self._switches: dict[Function, tuple[int, ...]] = {}
        self._aware: dict[Function, str] = {}
        self._namespace_params: dict[Function, int | None] = {}
        self._standard: dict[str, bool] = {}
        self.attributes: dict[str, frozenset[str]] = {}

    def backing(self, cls: Class) -> str | None:
        """The attribute that holds the raw array of a wrapper class; None for every other class."""
        raise NotImplementedError

    # -------------------------------------------------------------------------------------------------- one function

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
            body = self.program.own_body(function)
            if body is not None and _reads_attribute(body, frozenset(config.namespace_attributes)):
                return "object"
        if any(name in outline.names for name in config.namespaces):
            body = self.program.own_body(function)
            binding = _binding(body, frozenset(config.namespaces)) if body is not None else ""
            if binding:
                return binding
        if "jax" in outline.names or "jnp" in outline.names or "lax" in outline.names:
            body = self.program.own_body(function)
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

    def infers_namespace(self, function: Function) -> bool:
        """Whether a function takes None for the namespace, which is then that of its arrays."""
        index = self.namespace_param(function)
        default = function.params[index].default if index is not None else None
        return type(default) is facts.Const and default.kind == "none"

    def _find_namespace_param(self, function: Function) -> int | None:
        for index, param in enumerate(function.params):
            threaded = param.name in self.config.namespaces
            default = param.default
            if default is None or type(default) is facts.Const:
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
        body = self.program.own_body(function)
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
        body = self.program.own_body(function)
        return body is not None and _used_as_module(body, name)

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
            if type(param.default) is facts.Const and param.default.kind in {"bool", "none"}
            if param.name not in self.config.namespaces and param.name not in self.config.backend_flags
        }
        body = self.program.own_body(function) if candidates else None
        if body is None:
            return ()
        used = {item.id for item in walk(body.statements) if type(item) is facts.Name and item.id in candidates}
        return tuple(sorted(candidates[name] for name in used))

    def switches(self, function: Function) -> tuple[int, ...]:
        """Parameters of a private function that its callers may all give one text, or a flag of the backend."""
        if not function.name.startswith("_") or function.name.startswith("__"):
            return ()
        found = self._switches.get(function)
        if found is None:
            first = 1 if function.binding in {"method", "class"} else 0
            found = self._switches[function] = tuple(
                index
                for index, param in enumerate(function.params)
                if index >= first and param.kind in {"pos", "posonly", "kwonly"} and _may_switch(param)
                if param.name not in self.config.namespaces and param.name not in self.config.backend_flags
            )
        return found

    def traits(self) -> Iterator[Traits]:
        """What was asked about functions so far, and rests on their bodies."""
        for function in list(self._aware):
            yield self.trait(function, function in self._deciders)

    def remember(self, traits: Iterable[Traits]) -> None:
        """Take what bodies said in an earlier run and still say."""
        for item in traits:
            self._aware[item.function] = item.aware
            self._namespace_params[item.function] = item.namespace
            if item.deciders is not None:
                self._deciders[item.function] = item.deciders
            if item.implicit:
                self.implicit.add(item.function)

    def trait(self, function: Function, with_deciders: bool) -> Traits:
        """What a body says of its function, with the parameters that it tests or without."""
        aware, namespace = self.aware(function), self.namespace_param(function)
        deciders = self.deciders(function) if with_deciders else None
        return Traits(function, aware, namespace, deciders, function in self.implicit)

    # -------------------------------------------------------------------------------------------------- one package

    @cached_property
    def always_on(self) -> frozenset[link.Variable]:
        """The variables of modules that are true wherever JAX runs."""
        return frozenset(switches(self.program, self.config.namespace_factories))

    def sees(self, item: Function | Class, other: Function) -> bool:
        """Whether what a function does may count for another definition: not if it is one of a dependent, or a test."""
        package = item.module.package
        if other.module.package not in self.visible[package]:
            return False
        return not self.roles.is_tested(item.module, other.module)

    def standard_namespaces(self, function: Function) -> bool:
        """Whether arrays are asked for their namespace: it has the names of the standard.

        By the package of the function, or by one that it imports.
        """
        package = function.module.package
        if package not in self._standard:
            factories = {name.rpartition(".")[2] for name in self.config.namespace_factories}
            self._standard[package] = any(
                not factories.isdisjoint(words)
                for item in self.program.functions
                if self.program.counts_for(item.module, package)
                for words in (item.outline.names, item.outline.attributes)
            )
        return self._standard[package]

    def object_attributes(self, package: str) -> frozenset[str]:
        """The attributes that constructors name, and the methods, in a package and those that it can see."""
        found = self.attributes.get(package)
        if found is None:
            members = [
                item
                for item in self.program.functions
                if item.owner is not None and self.program.counts_for(item.module, package)
            ]
            constructors = [item for item in members if item.name == "__init__"]
            names = {name for item in constructors for name in item.outline.attributes if not name.endswith("=")}
            found = self.attributes[package] = frozenset(names.union(item.name for item in members))
        return found


def _may_switch(param: facts.Param) -> bool:
    """Whether a parameter has no default, or a text."""
    return param.default is None or (type(param.default) is facts.Const and param.default.kind == "str")


def imports_jax(statements: Iterable[facts.Stmt]) -> bool:
    """Whether statements import JAX or a part of it."""
    for item in statements_in(statements):
        if isinstance(item, facts.Import):
            names = [item.source] if item.source is not None else [one.name for one in item.names]
            if any(name.split(".")[0] == "jax" for name in names if name):
                return True
    return False


def _binding(body: facts.Body, names: frozenset[str]) -> str:
    """How a body binds a namespace: ``local``, ``jax`` where it imports JAX's and no other, "" where only NumPy's."""
    imported: set[str] = set()
    for item in statements_in(body.statements):
        if type(item) is facts.Assign:
            for target in item.targets:
                inner = target.items if type(target) is facts.Tuple else (target,)
                if any(type(one) is facts.Name and one.id in names for one in inner):
                    return "local"
        if type(item) is facts.Import:
            source = f"{item.source}." if item.source is not None else ""
            imported.update(f"{source}{one.name}" for one in item.names if (one.alias or one.name) in names)
        if type(item) is facts.Def and any(param.name in names and param.default is not None for param in item.params):
            return "local"
    if imported == {"jax.numpy"}:
        return "jax"
    return "local" if imported - {"numpy"} else ""


def _reads_attribute(body: facts.Body, names: frozenset[str]) -> bool:
    stored: set[int] = set()
    for item in statements_in(body.statements):
        if type(item) is facts.Assign:
            stored.update(id(target) for target in item.targets)
    return any(
        type(item) is facts.Attr and item.name in names and id(item) not in stored for item in walk(body.statements)
    )


def _used_as_module(body: facts.Body, name: str) -> bool:
    def is_name(expr: object) -> bool:
        return type(expr) is facts.Name and expr.id == name

    for item in walk(body.statements):
        if type(item) is facts.Attr and is_name(item.value) and item.name not in {"shape", "size", "ndim", "dtype"}:
            return True
        if type(item) is facts.Arg and item.keyword == name and is_name(item.value):
            return True
        if type(item) is facts.Compare and item.ops[0] in {"is", "is not"} and is_name(item.left):
            return True
    return False
