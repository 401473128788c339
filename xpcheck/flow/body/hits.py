"""What a call reaches in its callees: the sinks to which its arguments, and attributes of objects, come."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.sparing import NO_ATTRIBUTES
from xpcheck.flow.body.wrappers import Wrappers
from xpcheck.flow.events.body_events import Call, Hit
from xpcheck.flow.lattice.substitution import Substitution
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Binding, Run, Sink, SinkKey, Summary, Variant
from xpcheck.flow.lattice.values import STAGED, UNKNOWN, Fact, Instance, Param, Value, without
from xpcheck.link.definitions import Class, Function


class Hits(Wrappers):
    """The part of the interpreter that looks into the summaries of callees."""

    transforms = 0
    """Above zero while a function under a transform is called: that its namespace is left out is the transform's."""

    def hits_of(
        self,
        function: Function,
        cls: Class | None,
        run: Run,
        variant: Variant,
        summary: Summary,
        substitution: Substitution,
        receiver: Value | None,
        several: bool,
    ) -> list[Hit]:
        """The sinks of a callee that arguments reach, but for what breaks in it under any namespace."""
        if run is Run.JAX:
            return []
        hits = []
        for key in summary.sinks:
            dep, kind = key
            under_any = kind not in NAMESPACE_SINKS
            if kind is Sink.BACKEND or (under_any and run is Run.ONE):
                continue
            witness = self.witness(function, receiver, summary, key)
            if witness is None or (under_any and self._also_on_jax(function, key)):
                continue
            taint, deps = substitution.dep(dep)
            spared = (self.spared | witness.spared) or NO_ATTRIBUTES
            deps = without(deps, spared)
            if taint < STAGED and not deps:
                continue
            via = cls if several else None
            guess = witness.guess
            known = taint if taint != UNKNOWN else 0
            start = witness if witness is not summary.sinks[key] else None
            shaped = witness.shaped
            hits.append(Hit(function, run, key, known, deps, several, via, guess, variant, shaped, spared, start))
        return hits

    def by_object(self, summary: Summary, key: SinkKey) -> bool:
        """Whether a sink is behind methods alone that take the backend of their object, not the one given."""
        witnesses = (summary.sinks[key], *summary.further.get(key, ()))
        return all(item.callee is not None and self.solver.aware(item.callee) == "object" for item in witnesses)

    def stored_backend(self, summary: Summary, receiver: Value) -> list[Hit]:
        """Sinks behind the backend that a constructor stores: methods of the object that will run NumPy.

        A wrapper re-derives its backend from the array it holds, so for it the constructor's choice does not count.
        """
        shape = receiver.shape
        if self.run is not Run.JAX or not isinstance(shape, Instance) or self.host:
            return []
        objects = self.solver.objects
        if not any(kind is Sink.BACKEND for _, kind in summary.sinks) or objects.stores_backend(self.function):
            return []
        hits: list[Hit] = []
        for cls in shape.classes:
            if self.solver.backing(cls) is None:
                hits += [hit for method in objects.methods_on_backend(cls) for hit in self._backend_hits(cls, method)]
        return hits

    def _backend_hits(self, cls: Class, method: Function) -> list[Hit]:
        found = []
        for (dep, kind), _ in self.solver.summary(method, Run.NUMPY).sinks.items():
            if kind not in NAMESPACE_SINKS:
                continue
            read = Fact(cls, dep.attr) if isinstance(dep, Param) and dep.index == 0 and dep.attr else dep
            if isinstance(read, Fact):
                self.solver.note_use(read.cls, read.attr)
                found.append(Hit(method, Run.NUMPY, (dep, kind), 0, frozenset({read}), heuristic="stored backend"))
        return found

    def _also_on_jax(self, function: Function, key: tuple[object, Sink]) -> bool:
        """Whether the callee breaks in the same way when the namespace is handed on: then it is its own defect."""
        return key in self.solver.summary(function, Run.JAX).sinks

    def report_hits(
        self,
        functions: tuple[Function, ...],
        binding: Binding,
        hits: list[Hit],
        node: facts.Expr,
        accessor: str,
    ) -> None:
        """Tell the rules what a call reaches, and remember what the parameters of this body reach by it."""
        if self.host or not hits:
            return
        label = label_of(node)
        loc = name_loc(node)
        whole = len({hit.callee for hit in hits}) >= len(functions)
        own = self.is_own(node)
        for hit in hits:
            partial = hit.partial and not whole
            witness = hit.witness(loc, label, partial, hit.shaped or bool(self.shaped), own)
            for dep in hit.deps:
                self.keep_sink((dep, hit.key[1]), witness)
        if not (self.transforms and binding is Binding.DEFAULT):
            self.emit(Call(self.site(loc), label, functions, binding, tuple(hits), accessor, bool(self.handing)))
