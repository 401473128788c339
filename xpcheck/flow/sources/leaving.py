"""Constructors that leave out the namespace which their base stores: their objects have NumPy's.

Where arrays are asked for their namespace, ``super().__init__(dtype, shape)`` says that an object computes on the host:
who wants another namespace gives it. Elsewhere it is how the namespace gets lost.
"""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.sources.awareness import Awareness
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, Function


def leaves_namespace_out(awareness: Awareness, constructor: Function) -> bool:
    """Whether a constructor holds no namespace, and a call of its base's in it leaves out the one that is asked for."""
    owner = constructor.owner
    if owner is None or awareness.aware(constructor) or not awareness.standard_namespaces(constructor):
        return False
    body = awareness.program.own_body(constructor)
    for call in walk(body.statements) if body is not None else ():
        if type(call) is facts.Call and type(call.func) is facts.Attr and call.func.name == constructor.name:
            base, given = _called(awareness, owner, constructor, call)
            if base is not None and _is_left_out(awareness, base, call, given):
                return True
    return False


def _called(awareness: Awareness, owner: Class, constructor: Function, call: facts.Call) -> tuple[Function | None, int]:
    """The constructor that ``super().__init__(...)`` or ``Base.__init__(self, ...)`` calls, and its first slot."""
    receiver = call.func.value if isinstance(call.func, facts.Attr) else call.func
    if type(receiver) is facts.Call:
        found = awareness.program.hierarchy.after(owner, owner, constructor.name)
        return (found if isinstance(found, Function) else None), 1
    entity = awareness.program.resolve(constructor.module, receiver)
    return (awareness.program.constructor(entity) if isinstance(entity, Class) else None), 0


def _is_left_out(awareness: Awareness, base: Function, call: facts.Call, first: int) -> bool:
    """Whether a call of a constructor leaves out its namespace, which is None then."""
    index = awareness.namespace_param(base)
    if index is None:
        return leaves_namespace_out(awareness, base)
    by_position = first + sum(arg.keyword is None for arg in call.args) > index
    by_name = any(arg.keyword == base.params[index].name for arg in call.args)
    hidden = any(arg.star for arg in call.args)
    return awareness.infers_namespace(base) and not (by_position or by_name or hidden)


__all__ = ["leaves_namespace_out"]
