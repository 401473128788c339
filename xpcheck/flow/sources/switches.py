"""Switches of a whole package: where one is off, its factory gives NumPy's namespace without a look at the arrays.

``if not ARRAY_API: return np`` at the top of ``array_namespace``: code that runs with JAX runs with the switch on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xpcheck import facts
from xpcheck.link.definitions import External, Function, ModuleName, Variable
from xpcheck.link.program import Program


def switches(program: Program, factories: Collection[str]) -> Iterator[Variable]:
    """The variables of modules that are true wherever a factory gives the namespace of JAX."""
    names = {name.rpartition(".")[2] for name in factories}
    for function in program.functions:
        if function.name in names and function.owner is None:
            yield from _asked_first(program, function)


def _asked_first(program: Program, function: Function) -> Iterator[Variable]:
    """The variables for which a body, before anything else, returns a module where they are false."""
    body = program.body(function)
    for statement in body.statements if body is not None else ():
        if isinstance(statement, facts.ExprStmt) and isinstance(statement.value, facts.Const):
            continue  # the docstring
        if not isinstance(statement, facts.If) or not _gives_module(program, function, statement):
            return
        test = statement.test
        if not (isinstance(test, facts.Unary) and test.op == "not" and isinstance(test.operand, facts.Name)):
            return
        found = program.resolve(function.module, test.operand)
        if isinstance(found, Variable):
            yield found


def _gives_module(program: Program, function: Function, statement: facts.If) -> bool:
    """Whether the arm of a test does nothing but return a module."""
    only = statement.body[0] if len(statement.body) == 1 else None
    value = only.value if isinstance(only, facts.Return) else None
    entity = program.resolve(function.module, value) if value is not None else None
    return isinstance(entity, ModuleName | External) and entity.name.partition(".")[0] != "jax"


__all__ = ["switches"]
