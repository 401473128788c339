"""Helper predicates: what a function of the program answers when it is given a tracer.

``is_concrete(x)``, ``_any_traced(x)`` and their like are recognised by their bodies: the test decides for a tracer
whatever the rest of the program does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.link.definitions import Function
from xpcheck.link.names import dotted

if TYPE_CHECKING:
    from xpcheck.flow.solver import Solver

_TRACER = frozenset({"Tracer"})
_CONCRETE = frozenset({"float", "int", "bool", "complex", "str", "ndarray", "number", "floating", "integer", "Number"})
_CONVERSIONS = frozenset({"float", "int", "bool", "complex"})


def answer_for_tracer(solver: Solver, function: Function, index: int) -> bool | None:
    """True or False when the function returns that constant for a tracer in parameter ``index``, else None."""
    if index >= len(function.params) or function.accessor:
        return None
    body = solver.program.body(function)
    if body is None or len(body.statements) > 12:
        return None
    return _Probe(solver, function, function.params[index].name).run(body.statements)


class _Return(Exception):
    def __init__(self, value: bool | None) -> None:
        self.value = value


class _Unknown(Exception):
    pass


class _Raised(Exception):
    pass


class _Probe:
    """Runs a body for a tracer under one name; anything it does not understand ends the run."""

    def __init__(self, solver: Solver, function: Function, name: str) -> None:
        self._solver = solver
        self._function = function
        self.names = {name}

    def run(self, statements: tuple[facts.Stmt, ...]) -> bool | None:
        try:
            self._block(statements)
        except _Return as done:
            return done.value
        except (_Unknown, _Raised):
            return None
        return None

    def _block(self, statements: tuple[facts.Stmt, ...]) -> None:
        for item in statements:
            self._statement(item)

    def _statement(self, item: facts.Stmt) -> None:
        if isinstance(item, facts.Return):
            raise _Return(self._truth(item.value) if item.value is not None else None)
        if isinstance(item, facts.If):
            decided = self._truth(item.test)
            if decided is None:
                raise _Unknown
            self._block(item.body if decided else item.orelse)
        elif isinstance(item, facts.Try):
            try:
                self._block(item.body)
                self._block(item.orelse)
            except _Raised:
                if not item.handlers:
                    raise
                self._block(item.handlers[0].body)
        elif isinstance(item, facts.ExprStmt | facts.Assign):
            if item.value is not None:
                self._truth(item.value)
        elif not isinstance(item, facts.Import | facts.Jump):
            raise _Unknown

    def _truth(self, node: facts.Expr) -> bool | None:
        if isinstance(node, facts.Const) and node.kind == "bool":
            return bool(node.value)
        if isinstance(node, facts.Unary) and node.op == "not":
            inner = self._truth(node.operand)
            return None if inner is None else not inner
        if isinstance(node, facts.Bool):
            return self._connective(node)
        if isinstance(node, facts.Compare) and node.ops[0] in {"is", "is not"} and self._mine(node.left):
            other = node.comparators[0]
            if isinstance(other, facts.Const) and other.kind == "none":
                return node.ops[0] == "is not"
        if isinstance(node, facts.Call):
            return self._call(node)
        return None

    def _connective(self, node: facts.Bool) -> bool | None:
        stop = node.op == "or"
        answers = [self._truth(item) for item in node.values]
        if any(answer is stop for answer in answers):
            return stop
        return (not stop) if all(answer is (not stop) for answer in answers) else None

    def _call(self, node: facts.Call) -> bool | None:
        name = node.func.name if isinstance(node.func, facts.Attr) else dotted(node.func) or ""
        values = [arg.value for arg in node.args]
        if name in _CONVERSIONS and values and self._mine(values[0]):
            raise _Raised
        if name == "isinstance" and len(values) == 2 and self._mine(values[0]):
            return self._isinstance(values[1])
        if name == "startswith" and isinstance(node.func, facts.Attr) and self._is_module(node.func.value):
            options = [
                item for value in values for item in (value.items if isinstance(value, facts.Tuple) else (value,))
            ]
            texts = [item.value for item in options if isinstance(item, facts.Const)]
            return any(str(text).startswith("jax") for text in texts) or None
        if name in {"any", "all"} and values and isinstance(values[0], facts.Comp):
            return self._quantified(name, values[0])
        return self._other_predicate(node)

    def _other_predicate(self, node: facts.Call) -> bool | None:
        """What another predicate of the program answers, when the tracer is one of its positional arguments."""
        entity = self._solver.program.resolve(self._function.module, node.func)
        if not isinstance(entity, Function) or entity.owner is not None:
            return None
        answers = [
            self._solver.predicate(entity, index)
            for index, arg in enumerate(node.args)
            if arg.keyword is None and not arg.star and self._mine(arg.value)
        ]
        return next((answer for answer in answers if answer is not None), None)

    def _is_module(self, node: facts.Expr) -> bool:
        """``type(x).__module__`` of the tracer."""
        if not (isinstance(node, facts.Attr) and node.name == "__module__" and isinstance(node.value, facts.Call)):
            return False
        call = node.value
        return (dotted(call.func) or "") == "type" and bool(call.args) and self._mine(call.args[0].value)

    def _quantified(self, name: str, comp: facts.Comp) -> bool | None:
        clause = comp.clauses[0]
        if not (isinstance(clause.target, facts.Name) and self._mine(clause.iter)):
            return None
        self.names.add(clause.target.id)
        answer = self._truth(comp.element)
        if name == "any":
            return True if answer is True else None
        return False if answer is False else None

    def _isinstance(self, node: facts.Expr) -> bool | None:
        items = node.items if isinstance(node, facts.Tuple) else (node,)
        names = {(dotted(item) or "?").rpartition(".")[2] for item in items}
        if names & _TRACER:
            return True
        return False if names <= _CONCRETE else None

    def _mine(self, node: facts.Expr) -> bool:
        return isinstance(node, facts.Name) and node.id in self.names
