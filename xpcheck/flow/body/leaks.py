"""Traced values that are kept where they outlive their trace: globals, lists around a trace, objects, memos."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Base, Env
from xpcheck.flow.events.body_events import LeakedTracer, MemoStore
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import Mapping, Param, Value, derive, spread
from xpcheck.link.definitions import Variable
from xpcheck.link.names import dotted

_CONTAINERS = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "deque", "WeakValueDictionary"})


class Leaks(Base):
    """The part of the interpreter that notices what is kept."""

    shared: set[str]
    """Names that the body declares ``global`` or ``nonlocal``."""
    around: frozenset[str] = frozenset()
    """Names of the body around a nested function that is being traced."""

    def _leak(self, kind: str, label: str, loc: facts.Loc, value: Value) -> None:
        taint, deps = spread(value)
        if self.run is not Run.NUMPY and (taint or deps):
            self.emit(LeakedTracer(self.site(loc), kind, label, taint, deps))

    def note_bound(self, target: facts.Name, value: Value) -> None:
        """``name = value`` where the name is declared ``global``, or ``nonlocal`` under a trace."""
        if target.id in self.shared:
            self._leak("global", target.id, target.loc, value)

    def note_grown(self, func: facts.Attr, added: Value, env: Env) -> None:
        """``items.append(value)`` on a list of the module, or of the body around a traced function."""
        name = func.value.id if isinstance(func.value, facts.Name) else ""
        if name and ((name not in env and self._is_container(name)) or name in self.around):
            self._leak("list", name, func.value.loc, added)

    def note_attribute(self, target: facts.Attr, value: Value, base: Value) -> None:
        """``self.name = value`` outside the constructor, on an object that exists before the trace."""
        owner = self.function.owner
        if owner is None or base.path != Param(0) or self.function.binding != "method":
            return
        if self.function.name != "__init__":
            self._leak("attribute", dotted(target) or target.name, target.loc, value)

    def note_stored(self, target: facts.Index, index: Value, value: Value, env: Env) -> None:
        """``cache[key] = value`` in a dictionary of the module, of a class or of ``self``."""
        path = dotted(target.value) or ""
        first, _, rest = path.partition(".")
        of_module = bool(path) and not rest and first not in env and self._is_container(first)
        kept = derive(index, value)
        plain = not kept.taint and not kept.deps
        if self.run is not Run.NUMPY and not plain and (of_module or self._is_own_cache(target.value, env)):
            self.emit(MemoStore(self.site(target.loc), path, of_module, kept.taint, kept.deps))

    def _is_own_cache(self, node: facts.Expr, env: Env) -> bool:
        """Whether an expression is a dictionary that the constructor (or the class) made empty."""
        if not isinstance(node, facts.Attr) or self.function.owner is None or self.function.name == "__init__":
            return False
        base = self.evaluate_again(node.value, env)
        if base.path != Param(0) or self.function.binding != "method":
            return False
        owner = self.function.owner
        member = self.program.hierarchy.member(owner, node.name)
        if isinstance(member, Variable):
            return isinstance(member.outline.value, facts.Dict)
        stored = self.solver.stored(owner, node.name)
        return stored is not None and isinstance(stored.shape, Mapping) and not stored.shape.fields

    def _is_container(self, name: str) -> bool:
        """Whether a name of the module is bound to a container there."""
        entity = self.program.names.in_module(self.function.module.name, name)
        value = entity.outline.value if isinstance(entity, Variable) else None
        if isinstance(value, facts.Call):
            return (dotted(value.func) or "").rpartition(".")[2] in _CONTAINERS
        return isinstance(value, facts.Dict | facts.List | facts.Set)
