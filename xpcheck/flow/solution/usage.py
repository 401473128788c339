"""Which bodies a program comes to under JAX, with which flags and texts: read off the calls of the fixpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.lattice.summary import Run, Variant
from xpcheck.flow.lattice.values import Const, Value
from xpcheck.flow.sources.privacy import Privacy
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program

Flags: TypeAlias = Mapping[Function, Mapping[int, bool | str]]
"""Parameters by function and index, and what they are under JAX."""
_TEXT = "text "


class Usage:
    """Who calls whom in which run, and what is given for parameters that the callee tests.

    Only callers count that the callee ``sees``, and what they do while it ``listens``: dependents and tests cannot
    change the verdict. What code that ``is_host`` mentions is no call under JAX.
    """

    def __init__(
        self,
        program: Program,
        privacy: Privacy,
        sees: Callable[[Function, Function], bool],
        listens: Callable[[Function, Function], bool],
        is_host: Callable[[Function], bool],
    ) -> None:
        self._program = program
        self.privacy = privacy
        self._sees = sees
        self._listens = listens
        self._is_host = is_host
        self._callers: dict[Function, dict[Function, set[Run]]] = {}
        self._variants: dict[Function, set[Variant]] = {}
        self._given: dict[Function, dict[int, dict[Function, set[str]]]] = {}
        self._mentions: dict[str, list[Function]] = {}
        self._taken_back: set[tuple[Function, int]] = set()
        self.for_both: frozenset[Function] = frozenset()
        """Callers whose JAX run stands for their NumPy run, which was not made."""
        self._only: dict[tuple[Run, Function], bool] = {}

    def note_call(self, function: Function, caller: Function, run: Run, variant: Variant) -> None:
        """A body calls a function in one of its runs, and fixes some of its parameters."""
        if self._listens(function, caller):
            if run is not Run.NUMPY:
                self._variants.setdefault(function, set()).add(variant)
            self._callers.setdefault(function, {}).setdefault(caller, set()).add(run)

    def variants(self, function: Function) -> list[Variant]:
        """The constants that calls fix, when each call outside a NumPy run fixes some; else nothing."""
        found = self._variants.get(function, set())
        return [] if () in found else sorted(found)

    def note_flag(self, function: Function, caller: Function, index: int, kind: str) -> None:
        """The JAX run of a body gives a kind of value for a parameter that the callee tests."""
        if self._listens(function, caller):
            self._given.setdefault(function, {}).setdefault(index, {}).setdefault(caller, set()).add(kind)

    def forget(self, caller: Function) -> None:
        """The JAX run of a body is read once more: what it called so far may lie in branches that it does not take."""
        for slots in self._given.values():
            for callers in slots.values():
                callers.pop(caller, None)
        for function, calling in self._callers.items():
            if caller in calling and function is not caller:
                calling[caller].discard(Run.JAX)

    @staticmethod
    def kind_of(value: Value | None, default: str) -> str:
        """What is given for a parameter, as far as ``backend_flags`` tells it apart (None: the default)."""
        shape = value.shape if value is not None else None
        if isinstance(shape, Const) and shape.kind in {"bool", "backend"}:
            return f"{'backend ' if shape.kind == 'backend' else ''}{str(shape.value).lower()}"
        if isinstance(shape, Const) and shape.kind == "str" and shape.value is not None:
            return f"{_TEXT}{shape.value}"
        return default if value is None else "other"

    def backend_flags(self, before: Flags) -> dict[Function, dict[int, bool | str]]:
        """Parameters that say which backend runs, or what is computed, with their value under JAX.

        A caller computes the former from its namespace, and no call in a JAX run gives the other value. The latter are
        texts: all calls outside NumPy runs give the same. Where a parameter has no default that says which kind it is,
        all calls have to be in sight. What was one ``before`` and is none, or another, is none from then on, so that
        functions that call each other come to an end. What was one of a function that listens no more stays one.
        """
        found = self._read_off()
        settled = {function: dict(slots) for function, slots in before.items() if not self._listens(function, function)}
        for function, slots in before.items():
            if function in settled:
                continue
            for index, value in slots.items():
                if found.get(function, {}).get(index) != value:
                    self._taken_back.add((function, index))
        return settled | {
            function: left
            for function, slots in found.items()
            if (left := {index: value for index, value in slots.items() if (function, index) not in self._taken_back})
        }

    def _read_off(self) -> dict[Function, dict[int, bool | str]]:
        found: dict[Function, dict[int, bool | str]] = {}
        for function, slots in self._given.items():
            for index, callers in slots.items() if self._listens(function, function) else ():
                kinds = set[str]().union(*callers.values())
                values = {kind.removeprefix("backend ") for kind in kinds} & {"true", "false"}
                default = function.params[index].default
                if isinstance(default, facts.Const) and default.kind in {"bool", "none"}:
                    if len(values) == 1 and kinds & {"backend true", "backend false"}:
                        found.setdefault(function, {})[index] = "true" in values
                elif len(kinds) == 1 and self._is_closed(function):
                    (kind,) = kinds
                    if kind.startswith(_TEXT):
                        found.setdefault(function, {})[index] = kind.removeprefix(_TEXT)
                    elif values and kind not in values:
                        found.setdefault(function, {})[index] = "true" in values
        return found

    def all_calls_are_seen(self, function: Function) -> bool:
        """Whether a function is private, and called by nobody but those that are seen to call it."""
        return function in self._callers and self.privacy.is_internal(function) and self._is_closed(function)

    def _is_closed(self, function: Function) -> bool:
        """Whether nobody may mean a function by its name but those that are seen to call it."""
        others = (item for item in self._others(function) if self.privacy.may_mean(item, function))
        return self.privacy.tables(function) == [] and not any(others)

    def _others(self, function: Function) -> Iterator[Function]:
        """The functions that mention a name, are not seen to call the function, and may run under JAX."""
        callers = self._callers.get(function, {})
        for item in self.mentioning(function.name):
            if item not in callers and item is not function and self._sees(function, item) and not self._is_host(item):
                yield item

    def only(self, run: Run, function: Function) -> bool:
        """Whether all who call a function do so in one of their runs alone, and nobody else mentions its name."""
        key = (run, function)
        if key not in self._only:
            self._only[key] = not self._is_reached(run, function)
        return self._only[key]

    def _is_reached(self, run: Run, function: Function) -> bool:
        """Whether calls in other runs lead here from a function that nobody in sight calls, or that others mention.

        One that modules bind to other namespaces than that of JAX is called by whom we see.
        """
        seen = {function}
        queue = [function]
        while queue:
            item = queue.pop()
            callers = self._callers.get(item, {})
            by_super = self._program.hierarchy.is_overridden_everywhere(item)
            bound = run is Run.NUMPY and self.privacy.is_bound(item)
            if not bound and (not callers or (not by_super and any(self._others(item)))):
                return True
            for caller, runs in callers.items():
                elsewhere = runs != {run} or (run is Run.JAX and caller in self.for_both)
                if elsewhere and caller not in seen and not self._only.get((run, caller), False):
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
