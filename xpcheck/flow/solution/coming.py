"""Which internal functions JAX never comes to, in packages that ask arrays for their namespace.

There, whoever computes with arrays asks them, and NumPy's arrays answer, too: that a helper asks says little of what it
is given. What says more are its callers. An internal function runs under JAX where one that is not internal, and does
not run on the host, comes to it: by calls in its JAX run, or by handing it on. One that asks its arguments itself does
so where one of them may be an array of JAX: what a public function is given, and hands on without a conversion. Where
callers go around in a circle, somebody outside has to enter it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.lattice.summary import Run, Summary
from xpcheck.flow.lattice.values import STAGED, Param, entry_key
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, Function
from xpcheck.project.index import Module

_Place: TypeAlias = Function | tuple[Function, int]
"""A function that runs, or a parameter, by its index, that is given an array."""

_CARES = _SEEN, _MENTIONED, _REPAIRED = range(3)
"""What is looked at for callers."""
_BY_NAME = frozenset({"globals", "locals", "vars"})


class Coming:
    """Says of functions in sight of one distribution whether JAX comes to them."""

    def __init__(self, solver: Solver, sight: Sight) -> None:
        self._solver = solver
        self._sight = sight
        self._privacy = solver.usage.privacy
        self._known: dict[Function, bool] = {}
        self._dynamic: dict[str, bool] = {}

    def comes_to(self, function: Function) -> bool:
        """Whether a function may run under JAX."""
        found = self._known.get(function)
        if found is None:
            found = self._known[function] = self._may_come_to(function)
        return found

    def _may_come_to(self, function: Function) -> bool:
        if not self._solver.standard_namespaces(function) or self._solver.hosts.is_host(function):
            return True  # of the latter more is known than that
        maker = self._maker(function)
        if maker is not None and not self.comes_to(maker):
            return False
        return any(self._is_entered(function, care) for care in _CARES)

    def _maker(self, function: Function) -> Function | None:
        """The constructor of the internal class whose objects hold the namespace with which a method runs."""
        owner = function.owner
        if owner is None or function.binding != "method" or self._solver.aware(function) != "object":
            return None
        maker = self._solver.program.constructor(owner)
        is_own = maker is not None and maker.owner is owner and maker is not function
        return maker if is_own and self._privacy.is_internal(owner) else None

    def _is_entered(self, function: Function, care: int) -> bool:
        """Whether a way back from a function leads out of what is internal.

        With the least care only calls that were seen count; then what else mentions a function, and has to be read for
        that; at last what bodies give once they are repaired, which are interpreted for that.
        """
        seen: set[_Place] = {function}
        queue: list[_Place] = [function]
        while queue:
            before = self._before(queue.pop(), care)
            if before is None:
                return True
            new = [place for place in before if place not in seen]
            seen.update(new)
            queue += new
        if care == _CARES[-1]:
            self._known.update((place, False) for place in seen if isinstance(place, Function))
        return False

    def _before(self, place: _Place, care: int) -> list[_Place] | None:
        """From where JAX comes to a place; None where that is not in sight."""
        function = place if isinstance(place, Function) else place[0]
        known = self._known.get(function)
        if known is False or self._solver.hosts.is_host(function):
            return []
        if (known and isinstance(place, Function)) or self._is_open(function, care):
            return None
        if isinstance(place, Function):
            asked = self._asked(function)
            return [(function, index) for index in asked] if asked else self._users(function, care)
        return self._givers(*place, care)

    def _is_open(self, function: Function, care: int) -> bool:
        """Whether not all who may run a function are in sight."""
        item = self._named(function)
        if not self._privacy.is_internal(item) or self._privacy.is_renamed(item):
            return True
        if function.outline.decorators and not function.accessor and function.binding == "function":
            return True  # it may be registered somewhere
        if care < _MENTIONED:
            return False
        tables = self._tables(item)
        unseen = not tables and function not in self._callers and not any(self._others(function))
        return tables is None or self._is_inherited(item) or (unseen and self._may_be_looked_up(function))

    def _tables(self, item: Function | Class) -> list[tuple[Module, str]] | None:
        return self._privacy.tables(item, is_base=isinstance(item, Class))

    def _is_inherited(self, item: Function | Class) -> bool:
        """Whether other classes are built by the constructor of one; those with their own may call it."""
        return any("__init__" not in cls.members for cls in self._below(item))

    def _below(self, item: Function | Class) -> list[Class]:
        return self._solver.program.hierarchy.subclasses(item, item.module.package) if isinstance(item, Class) else []

    @staticmethod
    def _named(function: Function) -> Function | Class:
        """What is named where a function is called: the class of a constructor."""
        return function.owner if function.name == "__init__" and function.owner is not None else function

    def _asked(self, function: Function) -> list[int]:
        """The parameters of which the namespace in a body is; nothing where it is that of something else, too."""
        summary = self._sight.summaries.get((function, Run.JAX, ()))
        if summary is None or self._solver.aware(function) != "local":
            return []
        whole = all(not path.attr or entry_key(path.attr) for path in summary.asks)
        return sorted({path.index for path in summary.asks}) if whole else []

    # ---------------------------------------------------------------------------------------------------- callers

    def _users(self, function: Function, care: int) -> list[_Place] | None:
        """The functions that run a function, or hand it on."""
        if care < _MENTIONED:
            return [*self._callers.get(function, ())]
        item = self._named(function)
        return [*self._callers.get(function, ()), *self._others(function), *self._lookers(item)]

    def _lookers(self, item: Function | Class) -> list[Function]:
        """Who looks something up in a table that holds a definition."""
        return [user for _, table in self._tables(item) or () for user in self._mentioning(table, item)]

    def _givers(self, function: Function, index: int, care: int) -> list[_Place] | None:
        """What enters a parameter."""
        found = [*self._entries.get((function, index), ())]
        if care < _MENTIONED:
            return found
        if self._lookers(self._named(function)):
            return None
        for user in self._callers.get(function, ()) if care >= _REPAIRED else ():
            repaired = self._solver.repaired(user, Run.JAX) if (user, Run.JAX, ()) in self._sight.summaries else None
            found += self._given(function, index, user, repaired or Summary())
        for user in self._others(function):
            if user in self._solved or not self._privacy.only_calls(user, self._named(function)):
                return None
            found += self._given(function, index, user, self._solver.glances.at(user))
        return found

    def _given(self, function: Function, index: int, user: Function, summary: Summary) -> list[_Place]:
        """From where an array of JAX comes that one body gives for a parameter."""
        run = Run.JAX if self._solver.aware(user) else Run.ONE
        return [place for *target, place in _entries(user, run, summary) if target == [function, index]]

    def _others(self, function: Function) -> Iterator[Function]:
        """The functions that mention one and are not seen to call it under JAX, unless they are seen not to."""
        item = self._named(function)
        callers = self._callers.get(function, {})
        for maker in filter(None, map(self._solver.program.constructor, self._below(item))):
            if maker not in callers and maker not in self._solved:
                yield maker
        for user in self._mentioning(item.name, item):
            if user in callers or not self._privacy.may_mean(user, item):
                continue
            if user not in self._solved or not self._privacy.only_calls(user, item):
                yield user

    def _mentioning(self, name: str, item: Function | Class) -> Iterator[Function]:
        for user in self._solver.usage.mentioning(name):
            of_itself = user is item or (user.owner is item and user.binding == "method")
            if not of_itself and self._solver.sees(item, user):
                yield user

    def _may_be_looked_up(self, function: Function) -> bool:
        """Whether the module of a function looks definitions up by names that it puts together."""
        name = function.module.name
        if name not in self._dynamic:
            inside = [item for item in self._solver.program.functions if item.module.name == name]
            self._dynamic[name] = any(map(self._looks_up, inside))
        return self._dynamic[name]

    def _looks_up(self, user: Function) -> bool:
        if not _BY_NAME.isdisjoint(user.outline.names):
            return True
        body = self._solver.program.body(user) if "getattr" in user.outline.names else None
        calls = (node for node in walk(body.statements) if isinstance(node, facts.Call)) if body is not None else ()
        gets = (node for node in calls if isinstance(node.func, facts.Name) and node.func.id == "getattr")
        return any(len(node.args) > 1 and not isinstance(node.args[1].value, facts.Const) for node in gets)

    @cached_property
    def _solved(self) -> frozenset[Function]:
        return frozenset(function for function, run, _ in self._sight.summaries if run is not Run.NUMPY)

    @cached_property
    def _callers(self) -> dict[Function, dict[Function, None]]:
        """Who calls each function outside the NumPy run."""
        found: dict[Function, dict[Function, None]] = {}
        for (caller, run, _), summary in self._sight.summaries.items():
            for callee, _, _ in summary.targets if run is not Run.NUMPY else ():
                if callee is not caller and self._solver.sees(callee, caller):
                    found.setdefault(callee, {})[caller] = None
        return found

    @cached_property
    def _entries(self) -> dict[tuple[Function, int], dict[_Place, None]]:
        """From where an array of JAX comes that calls outside the NumPy run give for each parameter."""
        found: dict[tuple[Function, int], dict[_Place, None]] = {}
        for (caller, run, _), summary in self._sight.summaries.items():
            for callee, index, place in _entries(caller, run, summary) if run is not Run.NUMPY else ():
                if self._solver.sees(callee, caller):
                    found.setdefault((callee, index), {})[place] = None
        return found


def _entries(user: Function, run: Run, summary: Summary) -> Iterator[tuple[Function, int, _Place]]:
    """The parameters that the calls of one body fill, and from where an array of JAX may come to each.

    In a body without a namespace objects hold arrays of NumPy.
    """
    bound = user.binding in {"method", "class"}
    for (callee, _, target), edge in summary.edges.items():
        for dep in edge.deps:
            if isinstance(dep, Param) and dep.index >= bound and (not dep.attr or entry_key(dep.attr)):
                yield callee, target.index, (user, dep.index)
            elif run is Run.JAX:
                yield callee, target.index, user
        if edge.taint >= STAGED:
            yield callee, target.index, user
    for callee, target in summary.untold if run is Run.JAX else ():
        yield callee, target.index, user
