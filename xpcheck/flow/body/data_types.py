"""Tests of data types that tell arrays of JAX from what only NumPy holds: texts and objects."""

from __future__ import annotations

from xpcheck import facts

_NUMBERS = frozenset({"integral", "real floating", "complex floating"})
_OF_NUMPY = frozenset("OSUVMm")
"""Kinds of data types that JAX does not have: objects, texts, records and times."""
_OBJECTS = frozenset({"object", "object_", "O"})


def array_of_numpy(test: facts.Expr, answer: bool) -> facts.Expr | None:
    """What is no array of JAX where a test of its data type gives an answer, None where that is not said.

    Whoever asks whether something holds numbers goes on with texts and objects where it does not; arrays of truth
    values are a third thing, which such code does not mean.
    """
    if isinstance(test, facts.Call):
        return _data_of(test.args[0].value) if not answer and _asks_for_numbers(test) else None
    if not isinstance(test, facts.Compare) or len(test.ops) != 1:
        return None
    op, tested, other = test.ops[0], test.left, test.comparators[0]
    if op in {"==", "!="} and answer is (op == "==") and _is_object(other):
        return _data_of(tested)
    if isinstance(tested, facts.Attr) and tested.name == "kind" and _are_of_numpy(other):
        return _data_of(tested.value) if (op, answer) in _HOLDS else None
    return None


_HOLDS = frozenset({("==", True), ("!=", False), ("in", True), ("not in", False)})


def _asks_for_numbers(test: facts.Call) -> bool:
    """Whether a call is ``xp.isdtype(x.dtype, "numeric")``, or names all kinds of numbers."""
    if not isinstance(test.func, facts.Attr) or test.func.name != "isdtype" or len(test.args) != 2:
        return False
    named = _texts(test.args[1].value)
    return "numeric" in named or _NUMBERS.issubset(named)


def _is_object(item: facts.Expr) -> bool:
    name = item.id if isinstance(item, facts.Name) else item.name if isinstance(item, facts.Attr) else None
    return (item.value if isinstance(item, facts.Const) else name) in _OBJECTS


def _are_of_numpy(item: facts.Expr) -> bool:
    letters = "".join(_texts(item))
    return bool(letters) and _OF_NUMPY.issuperset(letters)


def _texts(item: facts.Expr) -> list[str]:
    """A text, or those in a display; nothing where anything else stands in it."""
    parts = item.items if isinstance(item, facts.Tuple | facts.List | facts.Set) else (item,)
    texts = [part.value for part in parts if isinstance(part, facts.Const) and isinstance(part.value, str)]
    return texts if len(texts) == len(parts) else []


def _data_of(node: facts.Expr) -> facts.Expr | None:
    return node.value if isinstance(node, facts.Attr) and node.name == "dtype" else None


__all__ = ["array_of_numpy"]
