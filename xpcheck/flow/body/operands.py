"""Parameters that a body computes with by Python's operators, or by NumPy's elementwise functions, alone.

``xp.sqrt(p)`` says that ``p`` may be a JAX array. In a function that takes the namespace, and in which nothing says
that of any parameter, the namespace can only be there for the parameters that the body computes with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from xpcheck.facts import Loc
from xpcheck.flow.lattice.summary import Operand, Summary
from xpcheck.flow.lattice.values import Array, Const, Items, Param, Rank, Sequence, Text, Value
from xpcheck.flow.sources.annotations import says_float
from xpcheck.flow.sources.awareness import imports_jax
from xpcheck.flow.sources.plain import PlainUses
from xpcheck.link.definitions import Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver

FRACTIONS = frozenset({"/", "**"})
"""Operators that count nothing: what they are applied to is a quantity."""
_NO_NUMBERS = (Text, Items, Sequence, Rank)


def operands(loc: Loc, values: Iterable[Value], quantity: bool) -> Iterator[tuple[Param, Operand]]:
    """The parameters among the operands of arithmetic, or of an ordering, and whether they are quantities for sure.

    ``n + 1`` and ``n > 0`` may count something; what meets a fraction or an array does not.
    """
    values = list(values)
    if any(isinstance(value.shape, _NO_NUMBERS) or _is_no_number(value) for value in values):
        return
    quantity = quantity or any(_is_quantity(value) for value in values)
    for value in values:
        if type(value.path) is Param and not value.path.attr and value.shape is None:
            yield value.path, Operand(loc, quantity)


def mapped(loc: Loc, values: list[Value]) -> Iterator[tuple[Param, Operand]]:
    """The parameters behind the arguments of a function that NumPy applies to each element.

    Who takes the root or the sine of something means a quantity; ``np.maximum(n, 1)`` may count.
    """
    for value in values:
        if not isinstance(value.shape, _NO_NUMBERS):
            for path in sorted(dep for dep in value.deps if type(dep) is Param and not dep.attr):
                yield path, Operand(loc, len(values) == 1)


def _is_no_number(value: Value) -> bool:
    return type(value.shape) is Const and value.shape.kind not in {"int", "float"}


def _is_quantity(value: Value) -> bool:
    shape = value.shape
    return type(shape) is Array or (type(shape) is Const and shape.kind == "float")


class Purposes:
    """For which parameters the functions of a solved program take the namespace, where nothing else says so."""

    def __init__(self, solver: Solver, plain: PlainUses) -> None:
        self._solver = solver
        self._plain = plain

    def of(self, function: Function, summary: Summary) -> Iterator[tuple[Param, Operand]]:
        """The parameters that the JAX run of a function computes with; none where one of them is known as an array.

        A body that imports JAX takes the namespace to know when, and a method may take it for its object. What may be
        a count is one of them only where the function has no other parameter to take the namespace for.
        """
        if not summary.operands or summary.evidence:
            return
        if self._solver.aware(function) != "param" or self._solver.infers_namespace(function):
            return
        body = self._solver.program.own_body(function)
        if body is None or imports_jax(body.statements):
            return
        candidates = [path for path in summary.operands if self._may_be_array(function, path)]
        rivals = self._unsaid(function)
        for path in candidates:
            operand, is_method = summary.operands[path], function.binding == "method"
            if is_method and not _is_handed_to_all(path, summary):
                continue
            if operand.quantity or (rivals == [path] and not is_method):
                yield path, operand

    def _may_be_array(self, function: Function, path: Param) -> bool:
        return path in self._unsaid(function) and not self._plain.is_plain(function, path)

    def _unsaid(self, function: Function) -> list[Param]:
        """The parameters of which neither a name, nor an annotation, nor a default says what they are."""
        namespace, solver = self._solver.namespace_param(function), self._solver
        return [
            Param(index)
            for index, param in enumerate(function.params)
            if index != namespace
            and param.default is None
            and param.kind not in {"var", "kw"}
            and (param.annotation is None or says_float(param.annotation))
            and not solver.statics.is_static_param(function, index)
        ]


def _is_handed_to_all(path: Param, summary: Summary) -> bool:
    """Whether every call that takes the namespace is given the parameter, too: none needs it for something else."""
    takers = {callee for (callee, _, target), edge in summary.edges.items() if path in edge.deps and target.index}
    return all(record.callee in takers for record in summary.calls)


__all__ = ["Purposes", "mapped", "operands"]
