"""Bodies that ask arrays for their namespace: ``xp = array_namespace(x, y)`` says which parameters are arrays.

What else the body computes with are numbers and settings, whatever ``xp.exp(-bias * x)`` is made of: their author would
have asked them, too. Only ``xp.f(p)`` still says that ``p`` itself is an array.
"""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck import facts
from xpcheck.flow.body.base import Base
from xpcheck.flow.lattice.summary import Summary
from xpcheck.flow.lattice.values import Items, Param, Sequence, Value, is_namespace, spread
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.names import dotted


class Asking(Base):
    """The part of the interpreter that sees who is asked for the namespace."""

    def ask(self, values: Iterable[Value]) -> None:
        """A factory is given values: it returns the namespace of the arrays among them."""
        if not self.host:
            self.summary.asks |= {dep for value in values for dep in spread(value)[1] if type(dep) is Param}

    def ask_through(self, summary: Summary, result: Value, given: dict[int, Value]) -> None:
        """A callee gives the namespace back for which it asks its own parameters."""
        if summary.asks and _holds_namespace(result):
            self.ask([given[path.index] for path in summary.asks if path.index in given])

    def keep_what_is_asked(self) -> None:
        """Leave out parameters that are no more than computed with, where others are asked for the namespace.

        With ``xp=None`` the arrays are asked where no namespace is given. Where there are none to ask, as in a function
        that makes an array of numbers, the namespace has to be given, and no parameter is one. What is a truth value
        or a text by default is an option.
        """
        summary, inferred = self.summary, self.solver.infers_namespace(self.function)
        if inferred:
            summary.asks |= asked_without(self)
        others_asked = inferred or any(not path.attr for path in summary.asks)
        for path in [item for item, said in summary.evidence.items() if not said.certain]:
            if (others_asked and path not in summary.asks) or self._is_option(path):
                del summary.evidence[path]

    def _is_option(self, path: Param) -> bool:
        """Whether the default of a parameter is a truth value or a text.

        Where arrays are asked for their namespace, and the one in hand is that of the object, a number is one, too.
        """
        default = self.function.params[path.index].default
        kind = default.kind if type(default) is facts.Const else ""
        of_object = self.solver.aware(self.function) == "object" and self.solver.standard_namespaces(self.function)
        return kind in {"bool", "str"} or (of_object and kind in {"int", "float"})


def asked_without(frame: Base) -> set[Param]:
    """The parameters by name that a body asks for the namespace where it is given none."""
    body, function = frame.body, frame.function
    if body is None or not any(map(frame.is_factory, (*function.outline.names, *function.outline.attributes))):
        return set()
    calls = (node for node in walk(body.statements) if type(node) is facts.Call)
    asked = [part for call in calls if frame.is_factory(dotted(call.func) or "") for part in (call.func, *call.args)]
    names = {node.id for part in asked for node in walk(part) if type(node) is facts.Name}
    return {Param(index) for index, param in enumerate(function.params) if param.name in names}


def asked_with(frame: Base, name: str) -> set[str]:
    """The names that a body asks for one namespace together with another: their arrays are of one library."""
    body, outline = frame.body, frame.function.outline
    if body is None or not any(map(frame.is_factory, (*outline.names, *outline.attributes))):
        return set()
    calls = (node for node in walk(body.statements) if type(node) is facts.Call)
    together = (call.args for call in calls if frame.is_factory(dotted(call.func) or ""))
    named = [{arg.value.id for arg in args if type(arg.value) is facts.Name} for args in together]
    return {other for names in named if name in names for other in names} - {name}


def _holds_namespace(value: Value) -> bool:
    """Whether a value is the namespace, or a tuple that gives it with more."""
    shape = value.shape
    if type(shape) is Items:
        return any(is_namespace(item) for item in shape.items)
    return is_namespace(value) or (type(shape) is Sequence and is_namespace(shape.element))
