"""What the name of a receiver says: the class that annotations give to parameters of that name.

The last heuristic where types run out. A name means a class only where every annotation in sight agrees on it, up to
subclasses; which annotations are in sight depends on the package alone, never on what imports it.
"""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.lattice.values import Instance
from xpcheck.flow.sources.annotations import Annotations
from xpcheck.link.definitions import Class
from xpcheck.link.program import Program

_SHORTEST = 3
"""Names of one or two letters mean something else in every function."""


class Receivers:
    """Classes by the names of parameters that are annotated with them, for each package that looks."""

    def __init__(self, program: Program, annotations: Annotations) -> None:
        self._program = program
        self._annotations = annotations
        self._found: dict[str, dict[str, Class | None]] = {}

    def class_of(self, node: facts.Expr, package: str) -> Class | None:
        """The class that the name of a receiver stands for in a package, None when it stands for no one class."""
        name = node.name if isinstance(node, facts.Attr) else node.id if isinstance(node, facts.Name) else ""
        if len(name) < _SHORTEST:
            return None
        if package not in self._found:
            self._found[package] = self._learned(package)
        return self._found[package].get(name.lstrip("_"))

    def _learned(self, package: str) -> dict[str, Class | None]:
        learned: dict[str, Class | None] = {}
        for function in self._program.functions:
            if not self._program.counts_for(function.module, package):
                continue
            for param in function.params:
                shape = self._annotations.shape(function.module, param.annotation)
                if type(shape) is Instance and len(shape.classes) == 1:
                    cls = shape.classes[0]
                    learned[param.name] = self._common(learned[param.name], cls) if param.name in learned else cls
        return learned

    def _common(self, one: Class | None, other: Class) -> Class | None:
        """The upper of two classes of one line of descent, else None: the name means different things."""
        if one is None or self._program.hierarchy.is_subclass(one, [other]):
            return None if one is None else other
        return one if self._program.hierarchy.is_subclass(other, [one]) else None
