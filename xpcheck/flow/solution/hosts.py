"""Which code runs on the host, around every trace: what markers say it of, and helpers that nobody else uses."""

from __future__ import annotations

from xpcheck.flow.solution.usage import Usage
from xpcheck.flow.sources.awareness import Awareness
from xpcheck.flow.sources.markers import Markers
from xpcheck.flow.sources.privacy import Privacy
from xpcheck.link.definitions import Class, Function


class Hosts:
    """The functions of a program that are never traced."""

    def __init__(self, awareness: Awareness, markers: Markers, usage: Usage, privacy: Privacy) -> None:
        self._awareness = awareness
        self._markers = markers
        self._usage = usage
        self._privacy = privacy
        self._any = markers.any_host
        self._known: dict[Function | Class, bool] = {}

    def is_host(self, function: Function) -> bool:
        """Whether a marker says that a function runs on the host, or nobody mentions it but what does.

        The latter only for helpers and classes that are internal: of others not all users are seen.
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
        """Whether a function or class that is internal is used, and by code on the host alone.

        Who looks something up in a private table of such functions uses all of them.
        """
        tables = self._privacy.tables(item) if self._privacy.is_internal(item) else None
        if tables is None:
            return False
        users = self._users(item, item.name)
        others = [user for user in users if not self.is_host(user)]
        if any(asks(user, item) for asks in (self._privacy.means, self._privacy.may_mean) for user in others):
            return False
        lookers = [user for _, table in tables for user in self._users(item, table)]
        if not all(map(self.is_host, lookers)):
            return False
        return bool(lookers) or any(self._privacy.may_mean(user, item) for user in users if user not in others)

    def _users(self, item: Function | Class, name: str) -> list[Function]:
        """The functions beside a definition that mention a name."""
        return [
            user
            for user in self._usage.mentioning(name)
            if user is not item and user.owner is not item and self._awareness.sees(item, user)
        ]
