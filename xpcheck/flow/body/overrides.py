"""Methods that a method calls on its own object: which ones these can be, when the class of the object is known."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import MAX_FURTHER, Base
from xpcheck.flow.lattice.summary import SinkKey, Summary, Witness
from xpcheck.flow.lattice.values import Instance, Value
from xpcheck.link.definitions import Function


class Overrides(Base):
    """The part of the interpreter that asks for the overrides of an object."""

    def is_own(self, node: facts.Expr) -> bool:
        """Whether an expression is an attribute of the method's own object."""
        function = self.function
        if function.binding != "method" or type(node) is not facts.Attr or type(node.value) is not facts.Name:
            return False
        return node.value.id == function.params[0].name

    def witness(self, function: Function, receiver: Value | None, summary: Summary, key: SinkKey) -> Witness | None:
        """The first witness of a sink of a callee that the receiver allows; None where it is behind others' methods.

        Classes that the callee's package cannot see have overrides that its summary does not know: others speak for
        them.
        """
        first, further = summary.sinks[key], summary.further.get(key, ())
        shape = receiver.shape if receiver is not None else None
        if function.binding != "method" or type(shape) is not Instance or len(further) >= MAX_FURTHER:
            return first
        seen = self.solver.visible[function.module.package]
        if any(cls.module.package not in seen for cls in shape.classes):
            return first
        for item in (first, *further):
            if not item.of_self or item.callee is None or self.solver.inherits(shape.classes, item.callee):
                return item
        return None
