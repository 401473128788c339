"""Which bodies the JAX run of a program comes to, and with which flags: read off the calls of the fixpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xpcheck.flow.lattice.summary import Run, Variant
from xpcheck.flow.lattice.values import Const, Value
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program


class Usage:
    """Who calls whom in which run, and what is given for parameters that the callee tests.

    Only callers count that the callee ``sees``: dependents and tests cannot change the verdict.
    """

    def __init__(self, program: Program, sees: Callable[[Function, Function], bool]) -> None:
        self._program = program
        self._sees = sees
        self._callers: dict[Function, dict[Function, set[Run]]] = {}
        self._variants: dict[Function, set[Variant]] = {}
        self._given: dict[Function, dict[int, set[str]]] = {}
        self._mentions: dict[str, list[Function]] = {}
        self._only: dict[tuple[Run, Function], bool] = {}

    def note_call(self, function: Function, caller: Function, run: Run, variant: Variant) -> None:
        """A body calls a function in one of its runs, and fixes some of its parameters."""
        if self._sees(function, caller):
            if run is not Run.NUMPY:
                self._variants.setdefault(function, set()).add(variant)
            self._callers.setdefault(function, {}).setdefault(caller, set()).add(run)

    def variants(self, function: Function) -> list[Variant]:
        """The constants that calls fix, when each call outside a NumPy run fixes some; else nothing."""
        found = self._variants.get(function, set())
        return [] if () in found else sorted(found)

    def note_flag(self, function: Function, caller: Function, index: int, kind: str) -> None:
        """The JAX run of a body gives a kind of value for a parameter that the callee tests."""
        if self._sees(function, caller):
            self._given.setdefault(function, {}).setdefault(index, set()).add(kind)

    @staticmethod
    def kind_of(value: Value | None, default: str) -> str:
        """What is given for a parameter, as far as ``backend_flags`` tells it apart (None: the default)."""
        shape = value.shape if value is not None else None
        if isinstance(shape, Const) and shape.kind in {"bool", "backend"}:
            return f"{'backend ' if shape.kind == 'backend' else ''}{str(shape.value).lower()}"
        return default if value is None else "other"

    def backend_flags(self) -> dict[Function, dict[int, bool]]:
        """Parameters that say which backend runs, with their value under JAX.

        A caller computes them from its namespace, and no call in a JAX run gives the other value.
        """
        found: dict[Function, dict[int, bool]] = {}
        for function, slots in self._given.items():
            for index, kinds in slots.items():
                values = {kind.removeprefix("backend ") for kind in kinds} & {"true", "false"}
                if len(values) == 1 and kinds & {"backend true", "backend false"}:
                    found.setdefault(function, {})[index] = "true" in values
        return found

    def only(self, run: Run, function: Function) -> bool:
        """Whether all who call a function do so in one of their runs alone, and nobody else mentions its name."""
        key = (run, function)
        if key not in self._only:
            self._only[key] = not self._is_reached(run, function)
        return self._only[key]

    def _is_reached(self, run: Run, function: Function) -> bool:
        """Whether calls in other runs lead here from a function that nobody in sight calls, or that others mention."""
        seen = {function}
        queue = [function]
        while queue:
            item = queue.pop()
            callers = self._callers.get(item, {})
            others = (other for other in self.mentioning(item.name) if other not in callers and other is not item)
            by_super = self._program.hierarchy.is_overridden_everywhere(item)
            if not callers or (not by_super and any(self._sees(item, other) for other in others)):
                return True
            for caller, runs in callers.items():
                if runs != {run} and caller not in seen and not self._only.get((run, caller), False):
                    seen.add(caller)
                    queue.append(caller)
        return False

    def mentioning(self, name: str) -> Sequence[Function]:
        """The functions of the program that mention a name, in their order."""
        if not self._mentions:
            for function in self._program.functions:
                for mentioned in {*function.outline.names, *function.outline.attributes}:
                    self._mentions.setdefault(mentioned, []).append(function)
        return self._mentions.get(name, [])
