"""
How our objects cross ``jax.jit``, ``jax.vmap`` and ``jax.grad``.

JAX takes an object apart into *children* (arrays, traced) and *aux data* (everything else, compared with ``==`` and
hashed to find a compiled function again). One rule serves the array wrappers and the objects built from them:

* names in ``no_flatten``, and values that are no data (flags, strings, modules, functions, ``None``), are aux data;
* the values of cached properties are dropped, because a value computed inside a trace must not outlive it;
* every other attribute is a child.

The released autoarray makes the flags children, so a wrapper given to a jitted function has tracers for flags. The
reference promises wrappers that cross the boundary; that promise is what is implemented here.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from inspect import isfunction
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

_STATIC_TYPES = (bool, str, bytes, type(None), type, ModuleType, FunctionType, BuiltinFunctionType, np.dtype)

_registered: dict[type, frozenset[str]] = {}


class Static:
    """
    Named values that ride along as aux data.

    Two of them are equal when their values are the same objects or have equal content, so that a second mask with the
    same pixels finds the compiled function of the first.

    Parameters
    ----------
    items
        ``(name, value)`` pairs, sorted by name.
    """

    __slots__ = ("items",)

    def __init__(self, items: tuple[tuple[str, Any], ...]) -> None:
        self.items = items

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Static) or len(self.items) != len(other.items):
            return False
        pairs = zip(self.items, other.items, strict=True)
        return all(ours[0] == theirs[0] and same_content(ours[1], theirs[1]) for ours, theirs in pairs)

    def __hash__(self) -> int:
        # Cheap on purpose: hashing a large mask at every call would cost more than the comparison it saves.
        return hash(tuple((name, type(value).__qualname__) for name, value in self.items))

    def __repr__(self) -> str:
        return f"Static({', '.join(name for name, _ in self.items)})"


def same_content(a: object, b: object) -> bool:
    """Whether two static values may share a compiled function: the same object, or plain data with equal content."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(same_content, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_content(a[key], b[key]) for key in a)
    if type(a).__eq__ is object.__eq__:
        return False
    if type(a).__hash__ is None:
        # Unhashable objects with their own `==` are our host structures (masks): compare what they hold.
        return same_content(getattr(a, "__dict__", None), getattr(b, "__dict__", None)) and hasattr(a, "__dict__")
    return (a == b) is True


def cached_names(cls: type) -> frozenset[str]:
    """The names of the cached properties of ``cls`` and its bases."""
    return frozenset(
        name for base in cls.__mro__ for name, value in vars(base).items() if isinstance(value, cached_property)
    )


def _stored_names(cls: type) -> Iterator[str]:
    """Every attribute name that ``cls`` declares or that one of its methods stores."""
    for base in cls.__mro__:
        yield from vars(base)
        yield from vars(base).get("__annotations__", {})
        for value in vars(base).values():
            function = value.fset if isinstance(value, property) else value
            if isfunction(function):
                yield from (i.argval for i in dis.get_instructions(function) if i.opname == "STORE_ATTR")


def _check_names(cls: type, no_flatten: frozenset[str]) -> None:
    unknown = sorted(no_flatten - set(_stored_names(cls)))
    if unknown:
        raise AttributeError(
            f"{cls.__name__} never has {', '.join(map(repr, unknown))}: a name in `no_flatten` must be an attribute "
            f"that the class declares or that one of its methods stores"
        )


def _flattener(cls: type, no_flatten: frozenset[str]) -> Callable[[Any], tuple[tuple[Any, ...], Any]]:
    cached = cached_names(cls)

    def flatten(instance: Any) -> tuple[tuple[Any, ...], Any]:
        items = sorted((name, value) for name, value in vars(instance).items() if name not in cached)
        static = tuple(item for item in items if item[0] in no_flatten or isinstance(item[1], _STATIC_TYPES))
        fixed = {name for name, _ in static}
        children = [item for item in items if item[0] not in fixed]
        names = tuple(name for name, _ in children)
        return tuple(value for _, value in children), (names, Static(static))

    return flatten


def _unflattener(cls: type) -> Callable[[Any, Iterable[Any]], Any]:
    def unflatten(aux: Any, children: Iterable[Any]) -> Any:
        names, static = aux
        # No `__init__`: JAX also rebuilds objects around placeholders that a constructor would reject.
        instance: Any = object.__new__(cls)
        vars(instance).update(zip(names, children, strict=True))
        vars(instance).update(static.items)
        return instance

    return unflatten


def register_instance_pytree(cls: type, no_flatten: Iterable[str] = ()) -> None:
    """
    Register a class with ``jax.tree_util``, by its instances' ``__dict__``.

    Parameters
    ----------
    cls
        Any class whose instances have a ``__dict__``.
    no_flatten
        Attributes that are constants of the analysis (dataset, settings, cosmology). They travel as aux data: the
        object that went in comes out, and it is never traced.

    Raises
    ------
    AttributeError
        If a name in ``no_flatten`` is one that the class never has.
    ValueError
        If the class was registered before with other names: JAX keeps the first registration for good.
    """
    names = frozenset(no_flatten)
    if cls in _registered:
        if _registered[cls] != names:
            raise ValueError(
                f"{cls.__name__} is already registered with no_flatten={sorted(_registered[cls])}; "
                f"{sorted(names)} would be ignored by JAX"
            )
        return
    _check_names(cls, names)

    from jax.tree_util import register_pytree_node

    register_pytree_node(cls, _flattener(cls, names), _unflattener(cls))
    _registered[cls] = names


def _register_as_pytree(cls: type) -> None:
    """
    Register a subclass of ``AbstractNDArray``, once; called for the first instance that is built with ``xp=jnp``.

    The static names are the union of the ``__no_flatten__`` of the class and of its bases.
    """
    if cls in _registered:
        return
    names = [name for base in cls.__mro__ for name in vars(base).get("__no_flatten__", ())]
    register_instance_pytree(cls, no_flatten=names)
