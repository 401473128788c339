"""Helpers that ask for the objects of a class: ``def is_sparse(x): return isinstance(x, SparseMatrix)``."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.link.program import Program


def classes_asked_for(program: Program, function: Function, index: int) -> list[Class]:
    """The classes of one of which a parameter is an instance wherever a helper says yes; none for other functions."""
    body = program.own_body(function) if index < len(function.params) and not function.accessor else None
    statements = [item for item in body.statements if not _is_docstring(item)] if body is not None else []
    returned = statements[0].value if len(statements) == 1 and isinstance(statements[0], facts.Return) else None
    if not isinstance(returned, facts.Call) or len(returned.args) != 2 or dotted(returned.func) != "isinstance":
        return []
    tested, kinds = (arg.value for arg in returned.args)
    if dotted(tested) != function.params[index].name:
        return []
    names = kinds.items if isinstance(kinds, facts.Tuple) else (kinds,)
    found = [program.resolve(function.module, item) for item in names if dotted(item) is not None]
    classes = [item for item in found if isinstance(item, Class)]
    return classes if len(classes) == len(names) else []


def _is_docstring(statement: facts.Stmt) -> bool:
    return type(statement) is facts.ExprStmt and type(statement.value) is facts.Const


__all__ = ["classes_asked_for"]
