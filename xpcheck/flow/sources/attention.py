"""Which calls are followed in bodies that nobody on a JAX path comes to.

A method that could hand on the namespace of its object, and neither mentions it nor is come to by a body that does, may
be one of the host, and so may a class method without a namespace. They are read for what they say themselves: that they
leave a namespace out, what they give to constructors, how they treat an array. What lies behind their plain calls, such
as plots, files and samplers, is not, unless a namespace may be left out, or JAX may be called, right there.
"""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck.flow.sources.roles import Roles
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program
from xpcheck.project.index import Module


class Attention:
    """The bodies of which only some calls are followed; ``names`` are those of the namespace."""

    def __init__(self, program: Program, names: Iterable[str], roles: Roles) -> None:
        self._program = program
        self._names = frozenset(names)
        self._roles = roles
        self._takers: dict[str, frozenset[str]] = {}
        self._jax: dict[str, frozenset[str]] = {}
        self._candidates: frozenset[Function] = frozenset()
        self._aside: set[Function] = set()

    def leave_aside(self, functions: Iterable[Function]) -> None:
        """Functions that are read for what they say themselves, unless others turn out to call them."""
        functions = frozenset(functions)
        self._candidates |= functions
        self._aside |= functions

    def is_asked(self, function: Function) -> bool:
        """Whether it depends on others which calls of a function are followed."""
        return function in self._candidates

    def is_aside(self, function: Function) -> bool:
        """Whether nobody whose calls are all followed calls a function."""
        return function in self._aside

    def come_to(self, function: Function) -> None:
        """Somebody does."""
        self._aside.discard(function)

    def may_leave_out(self, function: Function) -> bool:
        """Whether a body names something that takes the namespace, or JAX: calls of it are followed everywhere."""
        package, outline = function.module.package, function.outline
        if not self._of_jax(function.module).isdisjoint(outline.names):
            return True
        if package not in self._takers:
            self._takers[package] = self._taking(self._program.visible[package])
        takers = self._takers[package]
        return not (takers.isdisjoint(outline.names) and takers.isdisjoint(outline.attributes))

    def _of_jax(self, module: Module) -> frozenset[str]:
        """The names under which functions of a module may mention JAX: those that it imports, and the usual ones."""
        if module.name not in self._jax:
            names = self._program.names
            bound = (pair for item in module.outline.imports for pair in names.bindings(module, item.statement))
            imported = {name for name, (source, _) in bound if source.split(".")[0] == "jax"}
            self._jax[module.name] = frozenset(imported | {"jax", "jnp"})
        return self._jax[module.name]

    def _taking(self, packages: frozenset[str]) -> frozenset[str]:
        """The names of functions in some packages that take the namespace, and of classes whose constructors do."""
        program, for_tests = self._program, self._roles.is_for_tests
        seen = [item for item in program.functions if item.module.package in packages and not for_tests(item.module)]
        taking = {item for item in seen if any(param.name in self._names for param in item.params)}
        built = {cls.name for cls in program.classes if program.constructor(cls) in taking}
        return frozenset(built.union(item.name for item in taking if not item.name.startswith("__")))
