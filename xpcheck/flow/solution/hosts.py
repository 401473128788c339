"""Which code runs on the host, around every trace: what markers say it of, and helpers that nobody else uses."""

from __future__ import annotations

from collections.abc import Callable

from xpcheck.flow.solution.usage import Usage
from xpcheck.flow.sources.markers import Markers
from xpcheck.link.definitions import Class, Function, toplevel
from xpcheck.link.program import Program


class Hosts:
    """The functions of a program that are never traced."""

    def __init__(
        self, program: Program, markers: Markers, usage: Usage, sees: Callable[[Function | Class, Function], bool]
    ) -> None:
        self._program = program
        self._markers = markers
        self._usage = usage
        self._sees = sees
        self._any = markers.any_host
        self._known: dict[Function | Class, bool] = {}
        self._outside: frozenset[str] | None = None

    def is_host(self, function: Function) -> bool:
        """Whether a marker says that a function runs on the host, or nobody mentions it but what does.

        The latter only for helpers and classes whose names begin with an underscore: of others not all users are seen.
        """
        if not self._any:
            return False
        found = self._known.get(function)
        if found is None:
            self._known[function] = False  # one that calls itself adds nothing
            marked = self._markers.host(function) is not None
            owner = function.owner
            found = marked or self._is_helper(function) or (owner is not None and self._is_helper(owner))
            self._known[function] = found
        return found

    def _is_helper(self, item: Function | Class) -> bool:
        """Whether a private function or class is used, and by code on the host alone."""
        if not item.name.startswith("_") or item.name.startswith("__") or item.name in self._at_top():
            return False
        users = [
            user
            for user in self._usage.mentioning(item.name)
            if user is not item and user.owner is not item and self._sees(item, user)
        ]
        return bool(users) and all(self.is_host(user) for user in users)

    def _at_top(self) -> frozenset[str]:
        """The names that modules mention outside functions."""
        if self._outside is None:
            modules = self._program.index.modules.values()
            self._outside = frozenset(name for module in modules for name in toplevel(module).outline.names)
        return self._outside
