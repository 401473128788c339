"""Parameters that a test found to be concrete: so is, in that branch, what was computed from nothing else.

``if isinstance(x, float): return result.item()``. The test may have a name: ``is_number = isinstance(x, float)``.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from xpcheck.flow.lattice.values import HOST, Param, Value

IF_TRUE = "<concrete if true>"
"""Attribute of a name, as it were: the parameter that is concrete where the name is true. A new binding forgets it."""


def concrete_in(env: Mapping[str, Value], value: Value | None) -> dict[str, Value]:
    """The environment of a branch in which a value is concrete; what is no parameter says nothing of others."""
    path = value.path if value is not None else None
    if type(path) is not Param or path.attr:
        return dict(env)
    return {name: _without(item, path) for name, item in env.items()}


def _without(value: Value, path: Param) -> Value:
    if value.path == path:
        return Value(HOST, shape=value.shape)
    return msgspec.structs.replace(value, deps=value.deps - {path}) if path in value.deps else value
