"""Wrapper classes: which attribute holds the array, and whether what is taken out is wrapped again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.flow.summary import Run
from xpcheck.flow.values import PLAIN, TRACED, Instance, Items, Value
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.solver import Solver


class Structures:
    """What the sources of wrapper classes say."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._backing: dict[Class, str | None] = {}
        self._rewraps: dict[Class, bool] = {}
        self._any: bool | None = None

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
            member = self._program.hierarchy.member(cls, "__getitem__")
            if isinstance(member, Function) and len(member.params) > 1:
                from xpcheck.flow.frame import Frame

                given = {0: Value(TRACED, shape=Instance((cls,))), 1: Value(shape=Items((PLAIN, PLAIN)))}
                result = Frame(self._solver, member, Run.JAX).interpret(given).result
                self._rewraps[cls] = isinstance(result.shape, Instance)
        return self._rewraps[cls]

    def any_rewraps(self) -> bool:
        """Whether the program has a wrapper class whose items are wrappers."""
        if self._any is None:
            self._any = False  # what the question itself interprets must not ask it again
            self._any = any(self.rewraps(cls) for cls in self._program.classes if self.backing(cls) is not None)
        return self._any
