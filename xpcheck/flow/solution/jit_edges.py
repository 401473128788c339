"""Where functions meet ``jax.jit``: which of them are compiled as they stand, and whose results go on in Python."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from xpcheck import facts
from xpcheck.flow.solution.pytrees import Pytrees
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.link.definitions import Class, External, Function, toplevel
from xpcheck.model import Step


class JitEdges:
    """The functions in sight of one distribution that stand at the edge of a trace."""

    def __init__(self, solver: Solver, sight: Sight) -> None:
        self._solver = solver
        self._sight = sight
        self._program = solver.program
        self._consumed: dict[Function, bool] = {}

    @cached_property
    def pytrees(self) -> Pytrees:
        """The classes that are registered as pytrees."""
        return Pytrees(self._solver, self._sight)

    def registers_unseen(self, function: Function) -> bool:
        """Whether code that a function can see registers classes that are known at run time only."""
        package = function.module.package
        return not self.pytrees.unresolved.isdisjoint(self._solver.visible[package])

    def compiled(self, function: Function) -> Step | None:
        """The first place that gives a function to ``jit``, ``vmap`` or another transform, None where none does."""
        return self._compiled.get(function)

    @cached_property
    def _compiled(self) -> dict[Function, Step]:
        found: dict[Function, Step] = {}
        for function, step in sorted(self._compilations(), key=lambda item: item[1]):
            found.setdefault(function, step)
        return found

    def _compilations(self) -> Iterator[tuple[Function, Step]]:
        packages = self._sight.packages
        yield from (item for item in self._solver.transformed if item[0].module.package in packages)
        for function in self._sight.functions:
            for decorator in function.outline.decorators:
                if self._is_transform(function, decorator):
                    yield function, _step(function, decorator.loc)
        for module in self._sight.modules:
            for item in module.outline.assigns:
                if isinstance(item.value, facts.Call) and item.value.args:
                    owner = toplevel(module)
                    given = self._program.resolve(module, item.value.args[0].value)
                    seen = isinstance(given, Function) and self._solver.sees(given, owner)
                    if isinstance(given, Function) and seen and self._is_transform(owner, item.value.func):
                        yield given, _step(owner, item.loc)

    def _is_transform(self, function: Function, node: facts.Expr) -> bool:
        """``jax.jit``, ``jax.jit(...)`` or ``partial(jax.jit, ...)``."""
        nodes = [node, node.func, *(arg.value for arg in node.args[:1])] if isinstance(node, facts.Call) else [node]
        entities = (self._program.resolve(function.module, item) for item in nodes)
        transforms = (self._solver.knowledge.transform(item.name) for item in entities if isinstance(item, External))
        return any(item is not None and item.kind == "wrap" for item in transforms)

    def is_outermost(self, function: Function) -> bool:
        """Whether a public function of a namespace may be the one that is compiled: no other code goes on with it.

        Other methods of its class may: they are public in the same way.
        """
        if function.accessor or function.outline.stub or self._solver.namespace_param(function) is None:
            return False
        names = [*function.module.name.split("."), *function.qualname.split(".")]
        return not any(name.startswith("_") for name in names) and not self._is_consumed(function)

    def _is_consumed(self, function: Function) -> bool:
        """Whether code that holds a namespace, outside the function's class, mentions it."""
        if function not in self._consumed:
            package = function.module.package
            seen = self._solver.visible[package]
            self._consumed[function] = any(
                function.name in (*item.outline.attributes, *item.outline.names) and self._holds_namespace(item)
                for item in self._sight.functions
                if item.module.package in seen and item.name != function.name
                if not _beside(item.owner, function.owner)
            )
        return self._consumed[function]

    def _holds_namespace(self, function: Function) -> bool:
        names = self._solver.config.namespaces
        return bool(self._solver.aware(function)) or any(name in function.outline.names for name in names)


def _beside(one: Class | None, other: Class | None) -> bool:
    return one is not None and one is other


def _step(function: Function, loc: facts.Loc) -> Step:
    return Step(function.module.path, max(loc[0], 1), loc[1], function.qualname, "compiled here")
