"""Families of classes of which some are built for a namespace, and the others stay with NumPy.

Where arrays are asked for their namespace, ``Loss() if is_numpy(xp) else AnyLoss(xp=xp)`` chooses between two classes
with one constructor. Methods that no class has that is built with a namespace compute on the host.
"""

from __future__ import annotations

from collections.abc import Sequence

from xpcheck import facts
from xpcheck.flow.sources.awareness import Awareness
from xpcheck.flow.sources.scopes import walk
from xpcheck.flow.sources.support import runs_method
from xpcheck.link.definitions import Class, Function


class Twins:
    """Which classes of a program are built with a namespace."""

    def __init__(self, awareness: Awareness) -> None:
        self._awareness = awareness
        self._program = awareness.program
        self._built: dict[Class, frozenset[Class]] = {}

    def stays_with_numpy(self, method: Function) -> bool:
        """Whether classes beside those that have a method are built with a namespace, and none of these is."""
        owner = method.owner
        top = self._top(owner) if owner is not None else None
        if top is None:
            return False
        built = self._built_of(top)
        return bool(built) and not any(runs_method(self._program.hierarchy, cls, method) for cls in built)

    def _top(self, owner: Class) -> Class | None:
        """The uppermost class of which the constructor of a class is, where that would ask arrays for a namespace."""
        constructor = self._program.constructor(owner)
        if constructor is None or not self._would_ask(owner) or not self._awareness.standard_namespaces(constructor):
            return None
        found = (item for item in reversed(self._program.hierarchy.mro(owner)) if self._would_ask(item))
        return next(found, None)

    def _would_ask(self, cls: Class) -> bool:
        constructor = self._program.constructor(cls)
        return constructor is not None and self._awareness.infers_namespace(constructor)

    def _built_of(self, top: Class) -> frozenset[Class]:
        """The classes of a family that some call in sight gives a namespace."""
        if top not in self._built:
            family = [top, *self._program.hierarchy.subclasses(top, top.module.package)]
            self._built[top] = frozenset(self._given(family))
        return self._built[top]

    def _given(self, family: Sequence[Class]) -> set[Class]:
        names = {cls.name for cls in family}
        found: set[Class] = set()
        for function in self._program.functions:
            if names.isdisjoint((*function.outline.names, *function.outline.attributes)):
                continue
            if not self._awareness.sees(family[0], function):
                continue
            body = self._program.body(function)
            for call in walk(body.statements) if body is not None else ():
                if type(call) is facts.Call:
                    cls = self._program.resolve(function.module, call.func)
                    if isinstance(cls, Class) and cls in family and self._gives(cls, call):
                        found.add(cls)
        return found

    def _gives(self, cls: Class, call: facts.Call) -> bool:
        """Whether a call of a class fills the slot of the namespace, or may do so."""
        constructor = self._program.constructor(cls)
        index = self._awareness.namespace_param(constructor) if constructor is not None else None
        if constructor is None or index is None:
            return False
        name = constructor.params[index].name
        positional = sum(arg.keyword is None for arg in call.args)
        return positional >= index or any(arg.star or arg.keyword == name for arg in call.args)


__all__ = ["Twins"]
