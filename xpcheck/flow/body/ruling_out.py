"""Texts that a parameter is not: what raises for ``method == "exact"`` is behind us, here or in a helper.

Known of a parameter as it was given, once a statement that is always reached has raised for a text, or a call in such a
statement has come back from a body that does. ``method == "exact"`` is false from there on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.body.base import Base, Env
from xpcheck.flow.lattice.summary import Summary
from xpcheck.flow.lattice.values import Const, Items, Param, Value

Excluded: TypeAlias = frozenset[tuple[int, str]]
"""Parameters, by index, and texts that they are not."""

_NOTHING: Excluded = frozenset()
_EQUAL = frozenset({"==", "in"})
_UNEQUAL = frozenset({"!=", "not in"})


class RulingOut(Base):
    """The part of the interpreter that knows which texts parameters are not."""

    excluded: Excluded = _NOTHING
    """What holds at the statement in hand, and at all that follow."""
    nesting = 0
    """How many blocks are around the statement in hand, that of the function counted in."""
    _at_returns: Excluded | None = None

    def exclude(self, test: facts.Expr, env: Env) -> None:
        """A test was passed: where it is true, the body raises."""
        if self._is_always_reached:
            self.excluded |= frozenset(self._texts_of(test, env))

    def exclude_after(self, summary: Summary, given: dict[int, Value]) -> None:
        """A callee came back: it was not given what it raises for."""
        if self._is_always_reached:
            found = ((_given(given[index]), text) for index, text in summary.excluded if index in given)
            self.excluded |= {(index, text) for index, text in found if index is not None}

    def note_return(self) -> None:
        """The body returns, here or at its end: callers know what is known here."""
        if not self.depth:
            known = self._at_returns
            self._at_returns = self.summary.excluded = self.excluded if known is None else known & self.excluded

    def ruled_out(self, node: facts.Expr, env: Env) -> bool | None:
        """What a comparison decides of a parameter that is none of the texts it is compared with, else None."""
        if not self.excluded or type(node) is not facts.Compare or node.ops[0] not in _EQUAL | _UNEQUAL:
            return None
        found = frozenset(self._compared(node, env))
        return node.ops[0] in _UNEQUAL if found and found <= self.excluded else None

    @property
    def _is_always_reached(self) -> bool:
        return self.nesting == 1 and not (self.maybe or self.depth or self.host)

    def _texts_of(self, test: facts.Expr, env: Env) -> Iterator[tuple[int, str]]:
        """What is known where a test is false: of ``a and b`` nothing, unless the run decides all but one of them."""
        if type(test) is facts.Bool and test.op == "or":
            for item in test.values:
                yield from self._texts_of(item, env)
        elif type(test) is facts.Bool:
            open_parts = [item for item in test.values if self._decided(item, env) is not True]
            if len(open_parts) == 1:
                yield from self._texts_of(open_parts[0], env)
        elif type(test) is facts.Compare and test.ops[0] in _EQUAL:
            yield from self._compared(test, env)

    def _decided(self, node: facts.Expr, env: Env) -> bool | None:
        """What the run decides of a part of a test, once more and without a word about it."""
        self.host += 1
        decided, *_ = self.truth(node, env)
        self.host -= 1
        return decided

    def _compared(self, node: facts.Compare, env: Env) -> Iterator[tuple[int, str]]:
        """The parameter, and the texts with which it, or ``str()`` of it, is compared; nothing if not all are texts."""
        left = node.left
        if type(left) is facts.Call and type(left.func) is facts.Name and left.func.id == "str" and len(left.args) == 1:
            left = left.args[0].value
        if len(node.ops) > 1:
            return
        index, other = _given(self._again(left, env)), self._again(node.comparators[0], env)
        several = node.ops[0] in {"in", "not in"}
        items = other.shape.items if type(other.shape) is Items and several else () if several else (other,)
        texts = [item.shape.value for item in items if type(item.shape) is Const and item.shape.kind == "str"]
        if index is not None and len(texts) == len(items):
            yield from ((index, str(text)) for text in texts)

    def _again(self, node: facts.Expr, env: Env) -> Value:
        self.host += 1
        value = self.evaluate(node, env)
        self.host -= 1
        return value


def _given(value: Value) -> int | None:
    """The index of the parameter that a value is, as it was given."""
    path = value.path
    return path.index if isinstance(path, Param) and not path.attr else None


__all__ = ["Excluded", "RulingOut"]
