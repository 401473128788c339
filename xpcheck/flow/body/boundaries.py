"""What a body does at the edge of a trace: what it returns, gives to transforms, and selects for a derivative."""

from __future__ import annotations

from typing import NamedTuple

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.base import Arguments, Base, Env
from xpcheck.flow.events.edge_events import Crossing, SteepBranch, WrapperReturn
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import STAGED, External, Instance, Routine, Transformed, Value, gather_values
from xpcheck.flow.sources.gradients import Selections
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.model import Step

_COMPILING = frozenset({"jit", "vmap", "pmap", "checkpoint", "remat"})
_PLAIN_BASES = frozenset({"abc.ABC", "ABC", "object", "builtins.object"})


class Built(NamedTuple):
    """A wrapper that the body in hand built; ``namespaced`` when its constructor was given the namespace."""

    cls: Class
    loc: facts.Loc
    label: str
    namespaced: bool


class Boundaries(Base):
    """The part of the interpreter that looks at what leaves a body."""

    built: dict[Value, Built]

    def note_built(self, cls: Class, instance: Value, given: dict[int, Value], node: facts.Expr) -> None:
        """An instance was built by this body."""
        if self.run is Run.JAX and not self.host and self.solver.backing(cls) is not None:
            namespaced = any(isinstance(item.shape, External) and item.shape.namespace for item in given.values())
            self.built[instance] = Built(cls, name_loc(node), label_of(node), namespaced)

    def note_built_by(self, functions: tuple[Function, ...], result: Value, node: facts.Expr) -> None:
        """A helper without a namespace gave an instance that it built: it stands for its constructor."""
        shape = result.shape
        owners = [function.owner for function in functions]
        if self.host or type(shape) is not Instance or not shape.exact or shape.promised:
            return
        own = any(owner is not None and self.solver.backing(owner) is not None for owner in owners)
        if not own and all(self.solver.backing(cls) is not None for cls in shape.classes):
            self.built[result] = Built(shape.classes[0], name_loc(node), shape.classes[0].name, False)

    def note_transformed(self, function: Value, node: facts.Expr) -> None:
        """A function is given to a transform."""
        if isinstance(function.shape, Routine) and not function.shape.heuristic and not self.host:
            line, column, *_ = name_loc(node)
            step = Step(self.function.module.path, line, column, self.function.qualname, f"`{label_of(node)}`")
            for target, _ in function.shape.targets:
                self.solver.note_transformed(target, step)

    def crossed(self, transformed: Transformed, args: Arguments, result: Value, node: facts.Expr) -> None:
        """A transformed function was called: objects among its arguments and its result have to be pytrees."""
        if self.run is Run.NUMPY or self.host or transformed.partly or transformed.transform not in _COMPILING:
            return
        shape = transformed.function.shape
        targets = tuple(target for target, _ in shape.targets) if isinstance(shape, Routine) else ()
        for direction, value in (*(("argument", item) for item in args.values), ("result", result)):
            held = value.shape
            if isinstance(held, Instance) and len(held.classes) == 1 and self._is_plain(held.classes[0]):
                label = label_of(node)
                self.emit(Crossing(self.site(name_loc(node)), label, held.classes[0], direction, held.exact, targets))

    def _is_plain(self, cls: Class) -> bool:
        """Whether nothing but a registration can make a pytree of a class: no wrapper, no base or decorator unknown."""
        hierarchy = self.program.hierarchy
        if self.solver.backing(cls) is not None:
            return False
        bases = (base for item in hierarchy.mro(cls) for base in hierarchy.external_bases.get(item, ()))
        decorators = (dotted(item.func if isinstance(item, facts.Call) else item) for item in cls.outline.decorators)
        return _PLAIN_BASES.issuperset(bases) and all(_is_dataclass(name) for name in decorators)

    def selected(self, func: Value, args: Arguments, node: facts.Call, env: Env) -> None:
        """``where`` was called with a condition and two branches."""
        shape = func.shape
        known = type(shape) is External and shape.name == "jax.numpy.where" and len(args.positional) == 3
        body = self.body if known and self.recorder is not None and not self.host else None
        if body is None:
            return
        for found in Selections(body).steep(node):
            taint, deps = gather_values([self.evaluate_again(found.operand, env)])
            if taint >= STAGED or deps:
                self.emit(SteepBranch(self.site(found.loc), found.label, found.name, taint, deps))

    def returned(self, value: Value) -> None:
        """The body (and no function nested in it) returns a value."""
        found = self.built.get(value) if self.built and not self.depth else None
        owner = self.function.owner
        if found is None or (owner is not None and self.solver.backing(owner) is not None):
            return  # the methods of wrappers make wrappers
        decorator = self.solver.decorators.wrapping(self.function)
        if decorator is None and self.solver.decorators.filled(self.function) is not None:
            return  # what a decorator of another kind does with the result is not known
        fields = value.shape.fields if isinstance(value.shape, Instance) else ()
        kept = decorator is not None and any(name in decorator.keeps for name, _ in fields)
        name = decorator.name if decorator is not None else ""
        site = self.site(found.loc)
        what = (found.label, found.cls, found.namespaced, name, kept, value.taint, value.deps)
        self.emit(WrapperReturn(site, *what))


def _is_dataclass(name: str | None) -> bool:
    return (name or "").rpartition(".")[2] == "dataclass"
