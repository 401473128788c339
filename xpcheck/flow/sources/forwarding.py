"""Functions that take no namespace themselves and hand on what else they are given: ``f(x, **kwargs)``."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program


class Forwarding:
    """Finds the parameter in which the namespace of a callee may come."""

    def __init__(self, program: Program, namespaces: tuple[str, ...]) -> None:
        self._program = program
        self._namespaces = frozenset(namespaces)
        self._found: dict[Function, int | None] = {}

    def rest(self, function: Function) -> int | None:
        """The index of the ``**kwargs`` that a body unpacks into a call, None where it takes a namespace or none has.

        A function under decorators takes what these take.
        """
        if function not in self._found:
            self._found[function] = self._find(function)
        return self._found[function]

    def _find(self, function: Function) -> int | None:
        params = function.params
        last = len(params) - 1
        if not params or params[last].kind != "kw" or function.outline.decorators:
            return None
        if not self._namespaces.isdisjoint(param.name for param in params):
            return None
        body = self._program.body(function)
        calls = (node for node in walk(body.statements) if type(node) is facts.Call) if body is not None else ()
        handed = (arg.value for call in calls for arg in call.args if arg.star == "**")
        name = params[last].name
        return last if any(type(item) is facts.Name and item.id == name for item in handed) else None
