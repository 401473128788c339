"""What helper predicates answer in a run: ``is_lazy_array(x)`` is true of whatever the JAX run computes with."""

from __future__ import annotations

from xpcheck.flow.body.asking import asked_without
from xpcheck.flow.body.base import Base
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import PLAIN, STAGED, Array, Value
from xpcheck.link.definitions import Function

_ARRAYS = frozenset({Array, type(None)})
"""Shapes of arrays, and of what is no known thing."""


class Answers(Base):
    """The part of the interpreter that asks helper predicates."""

    def answered(self, function: Function, given: dict[int, Value], result: Value) -> Value:
        """The result of a call: what a helper answers that tells arrays of JAX, traced or not, from all others.

        All arrays of a JAX run are such arrays but those that are known to be made on the host.
        """
        if self.run is not Run.JAX:
            copied = self.knowledge.copied(function.full_name)
            return (
                self.is_array_of(copied.arrays, given[0]) if copied is not None and copied.arrays and given else result
            )
        for index, value in given.items():
            if may_be_array(value):
                answer = self.solver.predicates.answer(function, index)
                if answer is not None and answer is self.solver.predicates.answer(function, index, traced=False):
                    return self.backend(answer)
        return result

    def is_array_of(self, modules: tuple[str, ...], value: Value) -> Value:
        """Whether a value is an array of one of some modules, as a library answers that.

        The NumPy run of a body that asks arrays for their namespace, or would if it were given none, has none but
        NumPy's. With `xp=np` it may well be given a traced one.
        """
        asking = self.run is Run.NUMPY and type(value.shape) in _ARRAYS and self._is_asking()
        if asking or (self.run is Run.JAX and may_be_array(value)):
            return self.backend(self.module_name in modules)
        return PLAIN

    def _is_asking(self) -> bool:
        inferred = self.solver.infers_namespace(self.function)
        return bool(self.summary.asks) or (inferred and bool(asked_without(self)))


def may_be_array(value: Value) -> bool:
    """Whether a value may be an array that JAX made."""
    return type(value.shape) in _ARRAYS and (value.taint >= STAGED or bool(value.deps))
