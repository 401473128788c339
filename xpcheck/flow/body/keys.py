"""Loops over the keys of a mapping: ``for key in table: ... table[key]`` says that it is one, wherever it came from."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.sources.scopes import walk


def goes_through_keys(iterated: facts.Expr, target: facts.Expr, within: object) -> bool:
    """Whether what a loop goes through is looked up under its own items: these are keys, which are never traced."""
    if type(target) is not facts.Name:
        return False
    return any(
        type(node) is facts.Index
        and type(node.index) is facts.Name
        and node.index.id == target.id
        and _are_alike(node.value, iterated)
        for node in walk(within)
    )


def _are_alike(one: facts.Expr, other: facts.Expr) -> bool:
    """Whether two expressions are the same name, attribute or item: ``table``, ``self.tables``, ``tables["a"]``."""
    if type(one) is facts.Name and type(other) is facts.Name:
        return one.id == other.id
    if type(one) is facts.Attr and type(other) is facts.Attr:
        return one.name == other.name and _are_alike(one.value, other.value)
    if type(one) is not facts.Index or type(other) is not facts.Index:
        return False
    key, same = one.index, other.index
    keys = type(key) is facts.Const and type(same) is facts.Const and key.value == same.value
    return keys and _are_alike(one.value, other.value)
