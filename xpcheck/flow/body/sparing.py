"""Attributes that a test found to be concrete: what the branches of ``any_traced(objects)`` may assume.

Such a test speaks of one attribute of many objects, of which no one has a name. In the branch where it says no, the
attribute counts as concrete whatever the object: nobody asks about some objects to go on with others.
"""

from __future__ import annotations

from collections.abc import Mapping

from xpcheck.flow.lattice.values import Const, Items, Value

_KEY = "<concrete>.attributes"
"""A key as for an attribute of a name: where two paths meet, it stays only if both agree."""

NO_ATTRIBUTES = frozenset[str]()
"""The one empty set of all that spares nothing: each empty set made anew takes 216 bytes."""


def with_spared(env: Mapping[str, Value], attributes: frozenset[str]) -> dict[str, Value]:
    """The environment of a branch in which attributes are concrete."""
    names = sorted(attributes | spared_in(env))
    return {**env, _KEY: Value(shape=Items(tuple(Value(shape=Const("str", name)) for name in names)))}


def spared_in(env: Mapping[str, Value]) -> frozenset[str]:
    """The attributes that tests on the way found to be concrete."""
    value = env.get(_KEY)
    if value is None or type(value.shape) is not Items:
        return NO_ATTRIBUTES
    return frozenset(str(item.shape.value) for item in value.shape.items if type(item.shape) is Const)
