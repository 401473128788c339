"""The linked program: definitions, names and hierarchy over an index of facts."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.link.definitions import Class, Entity, Function, Member, Variable, holds_doubles
from xpcheck.link.distributions import distributions, visibility
from xpcheck.link.hierarchy import Hierarchy
from xpcheck.link.implied import constructors, named_lambdas
from xpcheck.link.names import Names, dotted
from xpcheck.project.index import Index, Module

_PROPERTY = frozenset({"property", "abstractproperty"})
_SETTERS = frozenset({"setter", "deleter", "getter"})


class Program:
    """Everything the flow room asks about names, classes and functions.

    Attributes
    ----------
    functions, classes
        All definitions, in the order of their keys; those that no ``def`` writes stand last.
    names, hierarchy
        Name resolution and method resolution orders.
    visible
        For each package the packages it can see: itself and what it imports, transitively.
    distributions
        The packages in the order in which they can be judged, those together that import each other.
    foreign
        The functions whose bodies were read by ``body``: what is known of others may rest on them.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self.foreign: set[Function] = set()
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        module_functions: dict[str, dict[str, Function]] = {}
        module_classes: dict[str, dict[str, Class]] = {}
        self._by_qualname: dict[tuple[str, str], Class] = {}
        self._resolved: dict[facts.Expr, Entity | None] = {}
        for name in sorted(index.modules):
            self._define(index.modules[name], module_functions, module_classes)
        self.implied: dict[Function, facts.Body] = {}
        """The functions that no ``def`` writes, and their bodies."""
        for name in sorted(index.modules):
            for function, body in named_lambdas(index.modules[name]):
                if module_functions[name].setdefault(function.name, function) is function:
                    self._add_implied(function, body)
        self.names = Names(index.modules, module_functions, module_classes, index.described)
        self.visible = visibility(index.modules.values(), index.described)
        self.distributions = distributions(index.modules.values(), self.visible)
        self.hierarchy = Hierarchy(self.classes, self.names, self.visible)
        for function, body in constructors(self.classes, self.hierarchy.orders, self.hierarchy.external_bases):
            self._add_implied(function, body)
        self.by_name: dict[str, list[Function]] = {}
        for function in self.functions:
            if function.owner is not None:
                self.by_name.setdefault(function.name, []).append(function)

    def _define(
        self,
        module: Module,
        module_functions: dict[str, dict[str, Function]],
        module_classes: dict[str, dict[str, Class]],
    ) -> None:
        functions = module_functions.setdefault(module.name, {})
        classes = module_classes.setdefault(module.name, {})
        for outline in module.outline.classes:
            cls = Class(module, outline)
            self.classes.append(cls)
            self._by_qualname[(module.name, outline.qualname)] = cls
            parent, _, name = outline.qualname.rpartition(".")
            if not parent:
                classes[name] = cls
            elif (outer := self._by_qualname.get((module.name, parent))) is not None:
                outer.members[name] = cls
            for assign in outline.assigns:
                cls.members[assign.name] = Variable(module, assign, cls)
        for item in module.outline.functions:
            owner = self._by_qualname.get((module.name, item.owner)) if item.owner else None
            binding, accessor = roles(item, owner is not None)
            function = Function(module, item, owner, binding, accessor)
            self.functions.append(function)
            if owner is None:
                functions[item.name] = function
            elif accessor == "setter":
                owner.setters[item.name] = function
            else:
                owner.members[item.name] = function

    def _add_implied(self, function: Function, body: facts.Body) -> None:
        self.implied[function] = body
        self.functions.append(function)
        if function.owner is not None:
            function.owner.members[function.name] = function

    def body(self, function: Function) -> facts.Body | None:
        """The lowered body of a function, or None when it could not be read.

        What stands outside functions is the same in all programs that a memory of another one is of use for.
        """
        if function.name != facts.MODULE:
            self.foreign.add(function)
        return self.own_body(function)

    def own_body(self, function: Function) -> facts.Body | None:
        """The same, for whoever says nothing about other functions that rests on it (or makes that known himself)."""
        if function in self.implied:
            return self.implied[function]
        return self.index.body(function.module.name, function.outline)

    def counts_for(self, module: Module, package: str) -> bool:
        """Whether what a module says counts for a package: the package sees it, and it holds no doubles."""
        return module.package in self.visible[package] and not holds_doubles(module)

    def resolve(self, module: Module, expr: facts.Expr) -> Entity | None:
        """The entity of a dotted expression written at the top level of a module."""
        if expr not in self._resolved:
            path = dotted(expr)
            self._resolved[expr] = self.names.resolve(module.name, path) if path else None
        return self._resolved[expr]

    def constructor(self, cls: Class) -> Function | None:
        """The ``__init__`` that building an instance of ``cls`` runs, or None."""
        found = self.hierarchy.member(cls, "__init__")
        return found if isinstance(found, Function) else None

    def alias(self, member: Member) -> Member:
        """The function that a class-level ``name = other`` stands for, else the member itself."""
        if isinstance(member, Variable) and member.owner is not None and member.outline.value is not None:
            value = member.outline.value
            if isinstance(value, facts.Name):
                found = member.owner.members.get(value.id)
                if found is not None and found is not member:
                    return found
        return member


def roles(outline: facts.FunctionOutline, in_class: bool) -> tuple[str, str]:
    """How a function is bound and which accessor it is, read from its decorators' last names."""
    binding, accessor = ("method" if in_class else "function"), ""
    for decorator in outline.decorators:
        path = dotted(decorator.func if isinstance(decorator, facts.Call) else decorator) or ""
        last = path.rpartition(".")[2]
        if last == "staticmethod":
            binding = "static"
        elif last == "classmethod":
            binding = "class"
        elif last in _PROPERTY:
            accessor = "property"
        elif last.endswith("cached_property"):
            accessor = "cached"
        elif last in _SETTERS and "." in path and in_class:
            accessor = "setter"
    if in_class and outline.name == "__new__":
        binding = "static"
    return binding, accessor
