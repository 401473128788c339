"""Methods that a method calls on its own object: which ones these can be, when the class of the object is known."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import MAX_FURTHER, Base, is_as_given
from xpcheck.flow.lattice.summary import Edge, Run, SinkKey, Summary, Variant, Witness
from xpcheck.flow.lattice.values import STAGED, UNKNOWN, Instance, Param, Value, spread
from xpcheck.link.definitions import Class, Function


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

    def edge(
        self,
        function: Function,
        run: Run,
        variant: Variant,
        target: Param,
        value: Value,
        loc: facts.Loc,
        heuristic: str,
        receiver: Value | None,
        several: bool,
    ) -> None:
        """A value flows into a parameter of a callee, one of ``several``, by a call that fixes other parameters."""
        if self.run is Run.NUMPY or self.host:
            return
        taint, deps = spread(value)
        if taint < STAGED and not deps:
            if taint == UNKNOWN:
                self.summary.untold |= {(function, target)}
            return
        shape = receiver.shape if receiver is not None and function.binding == "method" else None
        receivers = tuple(sorted(shape.classes, key=_key)) if type(shape) is Instance else None
        of_self = several and receiver is not None and receiver.path == Param(0) and self.function.binding == "method"
        key = (function, run, target)
        known = self.summary.edges.get(key)
        exact = is_as_given(value)
        variants = (variant,) if known is None else tuple(sorted({variant, *known.variants}))
        if known is not None:
            taint, deps, exact = max(taint, known.taint), deps | known.deps, exact and known.exact
            loc, heuristic = known.loc, heuristic and known.heuristic
            of_self, before = of_self and known.of_self, known.receivers
            receivers = None if receivers is None or before is None else tuple(sorted({*receivers, *before}, key=_key))
        self.summary.edges[key] = Edge(loc, taint, deps, exact, heuristic, variants, receivers, of_self)


def _key(cls: Class) -> tuple[str, str, int]:
    return cls.key
