"""Arms of a test on the type of an array: what one of them says of a value does not hold in the other."""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck import facts
from xpcheck.flow.sources.scopes import statements_in
from xpcheck.link.names import dotted

_ARRAYS = frozenset({"ndarray", "Array", "ArrayImpl", "Tracer"})


def opposite(statements: Iterable[facts.Stmt], one: facts.Loc, other: facts.Loc) -> bool:
    """Whether two places lie in different arms of a test that tells arrays of NumPy from those of JAX."""
    tests = (node for root in statements for node in statements_in(root) if isinstance(node, facts.If))
    return any(
        _holds(yes, one) and _holds(no, other)
        for node in tests
        if _asks_for_backend(node.test)
        for yes, no in ((node.body, node.orelse), (node.orelse, node.body))
    )


def _asks_for_backend(test: facts.Expr) -> bool:
    """``isinstance(x, np.ndarray)`` and its like, negated or not."""
    if isinstance(test, facts.Unary) and test.op == "not":
        return _asks_for_backend(test.operand)
    if not isinstance(test, facts.Call) or dotted(test.func) != "isinstance" or len(test.args) != 2:
        return False
    kinds = test.args[1].value
    names = {(dotted(item) or "?").rpartition(".")[2] for item in getattr(kinds, "items", (kinds,))}
    return names <= _ARRAYS


def _holds(arm: tuple[facts.Stmt, ...], loc: facts.Loc) -> bool:
    return bool(arm) and arm[0].loc[:2] <= loc[:2] and loc[2:] <= arm[-1].loc[2:]
