"""Environments: the values of the names of a body, on one path and where paths meet."""

from __future__ import annotations

from xpcheck.flow.body.base import Env
from xpcheck.flow.lattice.values import join


def merge(left: Env | None, right: Env | None) -> Env | None:
    """The environment after two paths meet; a path that does not arrive (None) leaves the other unchanged."""
    if left is None:
        return right
    if right is None or left is right:
        return left
    result = dict(left)
    lacking = 0
    for name, value in right.items():
        mine = result.get(name)
        if mine is None:
            if "." in name:
                lacking += 1
            else:
                result[name] = value
        elif mine is not value:
            result[name] = join(mine, value)
    if len(result) + lacking > len(right):
        for name in [name for name in result if "." in name and name not in right]:
            del result[name]
    return result


def forget(env: Env, name: str) -> None:
    """Drop what was known of attributes of a rebound name."""
    prefix = name + "."
    for key in [key for key in env if key.startswith(prefix)]:
        del env[key]


__all__ = ["forget", "merge"]
