"""Wrapper classes: which attribute holds the array, and whether what is taken out is wrapped again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import PLAIN, TRACED, Instance, Items, Value
from xpcheck.flow.solution.questions import Rewraps
from xpcheck.flow.sources.scopes import target_names, walk
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver


class Structures:
    """What the sources of wrapper classes say."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._backing: dict[Class, str | None] = {}
        self._rewraps: dict[Class, bool] = {}
        self._any: dict[str, bool] = {}
        self._read: dict[Function, frozenset[int]] = {}
        self._structure_names: dict[str, frozenset[str]] = {}

    def backing(self, cls: Class) -> str | None:
        """The attribute that holds the raw array of a wrapper class; None for every other class.

        A wrapper defines ``__array__`` and a property that returns one private attribute under an unwrapping name.
        """
        if cls not in self._backing:
            self._backing[cls] = self._find_backing(cls)
        return self._backing[cls]

    def _find_backing(self, cls: Class) -> str | None:
        hierarchy = self._program.hierarchy
        if not isinstance(hierarchy.member(cls, "__array__"), Function):
            return None
        member = hierarchy.member(cls, "array")
        if not isinstance(member, Function) or not member.accessor:
            return None
        body = self._program.body(member)
        if body is None:
            return None
        for statement in body.statements:
            if isinstance(statement, facts.Return) and isinstance(statement.value, facts.Attr):
                return statement.value.name
        return None

    def rewraps(self, cls: Class) -> bool:
        """Whether an item of a wrapper of JAX arrays, under a key that is no slice, is a wrapper again."""
        if cls not in self._rewraps:
            self._rewraps[cls] = False
            with self._solver.untraced():
                self._rewraps[cls] = self._find_rewraps(cls)
        self._solver.tell(Rewraps, cls, answer=self._rewraps[cls])
        return self._rewraps[cls]

    def _find_rewraps(self, cls: Class) -> bool:
        from xpcheck.flow.body.frame import Frame

        member = self._program.hierarchy.member(cls, "__getitem__")
        if not isinstance(member, Function) or len(member.params) < 2:
            return False
        given = {0: Value(TRACED, shape=Instance((cls,))), 1: Value(shape=Items((PLAIN, PLAIN)))}
        result = Frame(self._solver, member, Run.JAX).interpret(given).result
        return isinstance(result.shape, Instance)

    def read_as_structures(self, function: Function) -> frozenset[int]:
        """Parameters without annotation of which a body reads an attribute that structures have and arrays have not.

        ``grid.mask`` and ``getattr(grid, "pixel_scales", None)`` are such reads.
        """
        if function not in self._read:
            self._read[function] = self._find_read(function)
        return self._read[function]

    def _find_read(self, function: Function) -> frozenset[int]:
        candidates = {
            param.name: index
            for index, param in enumerate(function.params)
            if param.annotation is None
            and param.kind in {"pos", "posonly", "kwonly"}
            and index not in self._own(function)
        }
        known = self._names(function.module.package)
        hinted = "getattr" in function.outline.names or not known.isdisjoint(function.outline.attributes)
        body = self._program.own_body(function) if candidates and hinted else None
        if body is None:
            return frozenset()
        reads = {_attribute_read(node) for node in walk(body.statements)}
        stored = {name for node in walk(body.statements) for name in _assigned(node)}
        return frozenset(
            index
            for name, index in candidates.items()
            if name not in stored and any(base == name and attr in known for base, attr in reads)
        )

    def _own(self, function: Function) -> frozenset[int]:
        return frozenset({0}) if function.binding in {"method", "class"} else frozenset()

    def _names(self, package: str) -> frozenset[str]:
        """Public names that structures define, as far as a package sees them, and arrays do not have."""
        if package not in self._structure_names:
            found = {
                name
                for cls in self._seen(package)
                for name in cls.members
                if not name.startswith("_") and self._solver.knowledge.method(name) is None
            }
            self._structure_names[package] = frozenset(found)
        return self._structure_names[package]

    def any_rewraps(self, package: str) -> bool:
        """Whether a package sees a wrapper class whose items are wrappers."""
        if package not in self._any:
            self._any[package] = False  # what the question itself interprets must not ask it again
            with self._solver.untraced():
                self._any[package] = any(self.rewraps(cls) for cls in self._seen(package))
        self._solver.tell(Rewraps, None, answer=self._any[package])
        return self._any[package]

    def _seen(self, package: str) -> Iterator[Class]:
        """The wrapper classes that a package sees."""
        classes = (item for item in self._program.classes if self._program.counts_for(item.module, package))
        return (item for item in classes if self.backing(item) is not None)


def _attribute_read(node: object) -> tuple[str, str]:
    """(name, attribute) of ``name.attribute`` and of ``getattr(name, "attribute", ...)``, else two empty strings."""
    if type(node) is facts.Attr and type(node.value) is facts.Name:
        return node.value.id, node.name
    if type(node) is facts.Call and type(node.func) is facts.Name and node.func.id == "getattr":
        values = [arg.value for arg in node.args[:2]]
        if len(values) == 2 and type(values[0]) is facts.Name and type(values[1]) is facts.Const:
            return values[0].id, str(values[1].value)
    return "", ""


def _assigned(node: object) -> tuple[str, ...]:
    return tuple(name for item in node.targets for name in target_names(item)) if type(node) is facts.Assign else ()
