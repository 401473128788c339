"""Bodies that ask arrays for their namespace: ``xp = array_namespace(x, y)`` says which parameters are arrays.

What else the body computes with are numbers and settings, whatever ``xp.exp(-bias * x)`` is made of: their author would
have asked them, too. Only ``xp.f(p)`` still says that ``p`` itself is an array.
"""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck.flow.body.base import Base
from xpcheck.flow.lattice.summary import Summary
from xpcheck.flow.lattice.values import Items, Param, Sequence, Value, is_namespace, spread


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
        """Leave out parameters that are no more than computed with, where others are asked for the namespace."""
        asked, evidence = self.summary.asks, self.summary.evidence
        if any(not path.attr for path in asked):
            for path in [item for item in evidence if item not in asked and not evidence[item].certain]:
                del evidence[path]


def _holds_namespace(value: Value) -> bool:
    """Whether a value is the namespace, or a tuple that gives it with more."""
    shape = value.shape
    if type(shape) is Items:
        return any(is_namespace(item) for item in shape.items)
    return is_namespace(value) or (type(shape) is Sequence and is_namespace(shape.element))
