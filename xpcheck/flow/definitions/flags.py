"""Constructors that are told the backend and do not tell the constructor that stores it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.named_calls import Scope
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function


class Dropped(NamedTuple):
    """A call of a constructor that leaves the flag out: where, as written, the flag, and what is called."""

    loc: Loc
    label: str
    flag: str
    callee: Function


class Flags:
    """Reads the calls by which constructors fill their object through others."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._flags = frozenset(solver.config.backend_flags)
        self._stored = self._flags | frozenset(solver.config.namespace_attributes)

    def dropped(self, function: Function) -> Iterator[Dropped]:
        """The last call of a constructor that stores the backend, if it is not given the flag.

        What an earlier one stores is stored again; a constructor that stores the flag itself needs nobody to.
        """
        own = [param.name for param in function.params if param.name in self._flags]
        if not own or function.name != "__init__" or not self._stored.isdisjoint(function.outline.attributes):
            return
        body = self._program.body(function) if "__init__" in function.outline.attributes else None
        if body is None:
            return
        scope = Scope(self._solver, function, body)
        storing = [
            (node, flag, callee)
            for root in body.statements
            for node in walk(root)
            if isinstance(node, facts.Call) and isinstance(node.func, facts.Attr) and node.func.name == "__init__"
            for flag, callee in self._storing(scope, node, own)
        ]
        if storing:
            node, flag, callee = max(storing, key=lambda item: item[0].loc)
            if not self._is_given(scope, node, flag):
                yield Dropped(name_loc(node.func), label_of(node.func), flag, callee)

    def _storing(self, scope: Scope, node: facts.Call, own: list[str]) -> Iterator[tuple[str, Function]]:
        """The flag that all constructors which a call may run take, with a default, and store or hand on."""
        targets = [target for target, _ in scope.targets(node.func)]
        for flag in own:
            if targets and all(self._stores(target, flag) for target in targets):
                yield flag, targets[0]

    def _stores(self, function: Function, flag: str) -> bool:
        takes = any(param.name == flag and param.default is not None for param in function.params)
        return takes and not (self._stored | {f"{flag}="}).isdisjoint(function.outline.attributes)

    def _is_given(self, scope: Scope, node: facts.Call, flag: str) -> bool:
        """Whether a call gives the flag, or may: by ``*`` or ``**``."""
        if any(arg.star or arg.keyword == flag for arg in node.args):
            return True
        count = sum(arg.keyword is None for arg in node.args)
        for target, filled in scope.targets(node.func):
            names = [param.name for param in target.params if param.kind in {"posonly", "pos"}]
            if flag in names and names.index(flag) < count + filled:
                return True
        return False
