"""What a body leaves on its object: attributes it assigns, by itself or through the setters of properties."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Arguments, Base
from xpcheck.flow.lattice.substitution import FieldReader, Substitution
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import Const, Instance, Param, Value, clip, is_none, join
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function
from xpcheck.link.names import dotted
from xpcheck.model import Step


class Keeping(Base):
    """The part of the interpreter that stores attributes of ``self``."""

    def keep(self, name: str, value: Value) -> None:
        """``self.name = value``; None is a placeholder, for another value or for what methods assign."""
        kept = value
        if type(value.shape) is Const and value.shape.kind != "backend" and not is_none(value):
            kept = Value(value.taint, value.deps, None, None)
        old = self.summary.stores.get(name)
        self.summary.stores[name] = clip(kept if old is None else join(old, kept), 2)

    def keep_by_setter(self, receiver: Value, name: str, value: Value, fields: FieldReader) -> bool:
        """``self.name = value`` where ``name`` is a property: whether a setter was found, whose stores are kept."""
        setter = self._setter(receiver, name)
        if setter is None:
            return False
        run = (Run.NUMPY if self.run is Run.NUMPY else Run.JAX) if self.solver.aware(setter) else Run.ONE
        summary = self.solver.summary(setter, run)
        substitution = Substitution({0: receiver, 1: value}, fields)
        for attribute, stored in summary.stores.items():
            self.keep(attribute, clip(substitution.value(stored), 2))
        return True

    def named(self, args: Arguments) -> str:
        """The attribute that a call of ``getattr`` or ``setattr`` means; "" when its name is not known.

        A name that an attribute of the object holds means one attribute, whatever it is called: ``<self.attribute>``.
        """
        shape = args.positional[1].shape
        if type(shape) is Const and isinstance(shape.value, str):
            return shape.value
        own = self.function.binding == "method" and len(args.written) > 1 and args.positional[0].path == Param(0)
        path = dotted(args.written[1].value) if own else None
        return f"<{path}>" if path is not None and path.startswith(f"{self.function.params[0].name}.") else ""

    def places_of(self, target: facts.Index) -> tuple[Step, ...]:
        """The other places of the body that make, or write to, the array of ``target``, where it has a name."""
        body = self.body if self.recorder is not None else None
        if body is None or type(target.value) is not facts.Name:
            return ()
        name, symbol, path = target.value.id, self.function.qualname, self.function.module.path
        found: dict[facts.Loc, str] = {}
        for node in walk(body.statements):
            for item in written(node):
                if type(item) is facts.Name and item.id == name:
                    found[item.loc] = f"`{name}` is made"
                elif type(item) is facts.Index and type(item.value) is facts.Name and item.value.id == name:
                    found[item.loc] = f"`{name}` is written to"
        found.pop(target.loc, None)
        return tuple(Step(path, loc[0], loc[1], symbol, note) for loc, note in sorted(found.items()))

    def _setter(self, receiver: Value, name: str) -> Function | None:
        shape = receiver.shape
        if receiver.path != Param(0) or type(shape) is not Instance:
            return None
        order = self.program.hierarchy.mro(shape.classes[0])
        return next((item.setters[name] for item in order if name in item.setters), None)


def written(node: object) -> tuple[facts.Expr, ...]:
    """What an assignment writes to; nothing for any other node."""
    if type(node) is facts.Assign:
        return tuple(node.targets)
    return (node.target,) if type(node) is facts.AugAssign else ()
