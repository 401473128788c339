"""Objects of the program: what their classes say of the backend that they keep, and of what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xpcheck.flow.lattice.summary import Run, Summary
from xpcheck.flow.lattice.values import Instance, Sequence, Shape
from xpcheck.flow.sources.leaving import leaves_namespace_out
from xpcheck.flow.sources.telling import Telling
from xpcheck.flow.sources.twins import Twins
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key, Solver


class Objects:
    """What classes say of their objects."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._left_out: dict[Function, bool] = {}
        self._twins = Twins(solver)
        self._telling = Telling(solver)

    def stores_backend(self, constructor: Function) -> bool:
        """Whether a constructor itself assigns the attribute that says which backend its object uses."""
        return constructor.name == "__init__" and self._telling.stores_backend(constructor)

    def methods_on_backend(self, cls: Class) -> list[Function]:
        """The methods and properties of a class that read the namespace stored on the object."""
        found: dict[str, Function] = {}
        for item in self._program.hierarchy.mro(cls):
            for name, member in item.members.items():
                if isinstance(member, Function) and member.owner is not None:
                    found.setdefault(name, member)
        return [item for item in found.values() if self._solver.aware(item) == "object" and item.name != "__init__"]

    def numpy_only(self, function: Function, summaries: Mapping[Key, Summary]) -> bool:
        """Whether no object of a method's class exists under JAX: its constructor raises there, or leaves NumPy.

        So it is where classes beside it are the ones that are built with a namespace, and where the constructor of a
        base that stores it is not come to. ``summaries`` are those in sight of who asks.
        """
        cls = function.owner
        constructor = self._program.constructor(cls) if cls is not None else None
        if constructor is None or constructor is function:
            return False
        left_out = self._left_out.get(constructor)
        if left_out is None:
            left_out = self._left_out[constructor] = leaves_namespace_out(self._solver, constructor)
        if left_out or self._twins.stays_with_numpy(function):
            return True
        if cls is not None and self._solver.namespace_param(function) is None and self._telling.is_never_told(cls):
            return True
        if constructor.owner is not cls:
            return False
        summary = summaries.get((constructor, Run.JAX, ()))
        return summary is not None and not summary.returns

    def element_shape(self, shape: Instance) -> Shape | None:
        """What an instance of a list subclass holds: the element type its constructor is annotated with."""
        for cls in shape.classes:
            order = self._program.hierarchy.mro(cls)
            bases = {name.rpartition(".")[2] for item in order for name in self._program.hierarchy.external_bases[item]}
            constructor = self._program.constructor(cls)
            if not bases & {"list", "List", "UserList", "Sequence"} or constructor is None:
                continue
            for param in constructor.params[1:2]:
                promised = self._solver.annotations.shape(constructor.module, param.annotation)
                if isinstance(promised, Sequence):
                    return promised.element.shape
        return None
