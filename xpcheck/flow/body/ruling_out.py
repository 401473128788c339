"""Texts that a parameter is not: what raises for ``method == "exact"`` is behind us, here or in a helper.

Known of a parameter as it was given, once a statement that is always reached has raised for a text, or a call in such a
statement has come back from a body that does. ``method == "exact"`` is false from there on. A body may come back with
False before it raises for a text: ``policy == "omit" and contains_nan(x, policy)`` is false then.
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
_IF_TRUE = "<true>"
"""Attribute of a name, as it were: parameters and texts for which the name is false. A new binding forgets it."""
_EQUAL = frozenset({"==", "in"})
_UNEQUAL = frozenset({"!=", "not in"})


class RulingOut(Base):
    """The part of the interpreter that knows which texts parameters are not."""

    excluded: Excluded = _NOTHING
    """What holds at the statement in hand, and at all that follow."""
    nesting = 0
    """How many blocks are around the statement in hand, that of the function counted in."""
    alternative: Excluded = _NOTHING
    """What the parameter is in the arm before the one in hand, where both ask for a text."""
    _at_returns: Excluded | None = None
    _at_true_returns: Excluded | None = None
    _answers: tuple[facts.Expr | None, Excluded] = (None, _NOTHING)
    """The last call whose answer is false for some texts, by what it calls, and these."""

    def exclude(self, test: facts.Expr, env: Env) -> None:
        """A test was passed: where it is true, the body raises, or returns."""
        if self._is_always_reached:
            self.excluded |= frozenset(self._texts_of(test, env))
        elif self.nesting == 2 and self.alternative and not self.host:
            others = dict(self.alternative)
            found = ((index, text) for index, text in self._texts_of(test, env) if others.get(index, text) != text)
            self.excluded |= frozenset(found)

    def enter_alternative(self, node: facts.If, env: Env) -> Excluded:
        """``if policy == "raise": ... elif policy == "omit": raise``: behind both, it is not "omit".

        Returns what was known of an arm before.
        """
        before, self.alternative = self.alternative, _NOTHING
        only = len(node.orelse) == 1 and type(node.orelse[0]) is facts.If
        if only and self._is_always_reached and type(node.test) is facts.Compare and node.test.ops == ("==",):
            self.alternative = frozenset(self._compared(node.test, env))
        return before

    def exclude_after(self, summary: Summary, given: dict[int, Value], node: facts.Expr) -> None:
        """A callee came back: it was not given what it raises for."""
        if self._is_always_reached and summary.excluded:
            self.excluded |= frozenset(_mapped(summary.excluded, given))
        if summary.excluded_if_true:
            self._answers = node, frozenset(_mapped(summary.excluded_if_true, given))

    def note_answer(self, node: facts.Assign, env: Env) -> None:
        """``found = contains_nan(x, policy)``: the name stands for the answer as long as it is not bound again."""
        target = node.targets[0]
        call, texts = self._answers
        if type(node.value) is facts.Call and node.value.func is call and texts and type(target) is facts.Name:
            pairs = ((self.function.params[index].name, text) for index, text in sorted(texts))
            items = tuple(Value(shape=Items((_text(name), _text(text)))) for name, text in pairs)
            env[self.attribute_key(target.id, _IF_TRUE)] = Value(shape=Items(items))

    def note_return(self, value: Value) -> None:
        """The body returns, here or at its end: callers know what is known here."""
        if self.depth:
            return
        known = self._at_returns
        self._at_returns = self.summary.excluded = self.excluded if known is None else known & self.excluded
        if type(value.shape) is not Const or value.shape.value:
            known = self._at_true_returns
            self._at_true_returns = self.excluded if known is None else known & self.excluded
            self.summary.excluded_if_true = self._at_true_returns

    def ruled_out(self, node: facts.Expr, env: Env) -> bool | None:
        """What a comparison decides of a parameter that is none of the texts it is compared with, else None.

        Or a name, which stands for an answer that is false for the text which a parameter is here.
        """
        if type(node) is facts.Name:
            found = env.get(f"{node.id}.{_IF_TRUE}")
            pairs = found.shape.items if found is not None and type(found.shape) is Items else ()
            known = (item.shape.items for item in pairs if type(item.shape) is Items)
            return False if any(_is_bound_to(env, name, text) for name, text in known) else None
        if not self.excluded or type(node) is not facts.Compare or node.ops[0] not in _EQUAL | _UNEQUAL:
            return None
        compared = frozenset(self._compared(node, env))
        return node.ops[0] in _UNEQUAL if compared and compared <= self.excluded else None

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
        index, other = _given(self.evaluate_again(left, env)), self.evaluate_again(node.comparators[0], env)
        several = node.ops[0] in {"in", "not in"}
        items = other.shape.items if type(other.shape) is Items and several else () if several else (other,)
        texts = [item.shape.value for item in items if type(item.shape) is Const and item.shape.kind == "str"]
        if index is not None and len(texts) == len(items):
            yield from ((index, str(text)) for text in texts)


def _mapped(texts: Excluded, given: dict[int, Value]) -> Iterator[tuple[int, str]]:
    """What is said of a callee's parameters, said of those of the body that are handed on to them."""
    for index, text in texts:
        own = _given(given[index]) if index in given else None
        if own is not None:
            yield own, text


def _is_bound_to(env: Env, name: Value, text: Value) -> bool:
    """Whether a name is bound to a text."""
    bound = env.get(str(name.shape.value)) if type(name.shape) is Const else None
    return bound is not None and bound.shape == text.shape


def _text(text: str) -> Value:
    return Value(shape=Const("str", text))


def _given(value: Value) -> int | None:
    """The index of the parameter that a value is, as it was given."""
    path = value.path
    return path.index if isinstance(path, Param) and not path.attr else None


__all__ = ["Excluded", "RulingOut"]
