"""Random numbers and times: numbers of the host that a compiled program keeps."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of
from xpcheck.flow.body.base import Arguments, Base
from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Run, Sink
from xpcheck.flow.lattice.values import HOST, HOST_ARRAY, External, Param, Value


class Randomness(Base):
    """The part of the interpreter that knows functions whose results are others at each call."""

    def random(self, name: str, args: Arguments, node: facts.Expr) -> Value:
        """Random numbers and times: a traced argument breaks them, and beside traced arguments they are constants."""
        label, loc = label_of(node), node.loc
        if name.startswith("time."):
            return Value(HOST, shape=External(f"{name}()"))
        if not self.sink(Sink.RANDOM, args.values, loc, label, name):
            self._freeze(name, loc, label)
        return HOST_ARRAY

    def _freeze(self, name: str, loc: facts.Loc, label: str) -> None:
        """A number of the host becomes a constant of the program that JAX compiles from the body."""
        if self.run is Run.JAX:
            skipped = {self.solver.namespace_param(self.function)}
            deps = frozenset(Param(index) for index in range(len(self.function.params)) if index not in skipped)
            self.emit(ArrayOp(self.site(loc), Sink.RANDOM, label, f"{name}()", HOST, deps))

    def seeded(self, args: Arguments, loc: facts.Loc) -> None:
        """A time that is converted or seeds a generator is a random number; differences of times are measurements."""
        for shape in (item.shape for item in args.positional[:1]):
            if isinstance(shape, External) and shape.name.startswith("time."):
                self._freeze(shape.name[:-2], loc, shape.name[:-2])
