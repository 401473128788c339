"""What the output decorators share: call the body, look at the grid, wrap the raw result."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autoarray_min.structures.grid_2d import Grid2D
from autoarray_min.structures.irregular import Grid2DIrregular
from autoarray_min.type import Namespace, Raw

Body = Callable[..., Any]


def name_of(func: Body) -> str:
    """The name to use for ``func`` in messages."""
    return getattr(func, "__qualname__", repr(func))


def check_xp_slot(func: Body) -> None:
    """
    Check that a decorated body takes the namespace where the wrapper puts it: third, by position.

    Raises
    ------
    TypeError
        If the third positional parameter of ``func`` is not ``xp`` (and it does not take ``*args``).
    """
    parameters = list(signature(func).parameters.values())
    if any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in parameters):
        return
    slots = [p.name for p in parameters if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    if len(slots) < 3 or slots[2] != "xp":
        raise TypeError(
            f"{name_of(func)} has no slot for the namespace: the decorator calls it as `f(self, grid, xp, ...)`, "
            f"so write `def {getattr(func, '__name__', 'f')}(self, grid, xp=np, ...)`"
        )


class AbstractMaker:
    """
    Evaluates a decorated function and wraps its raw result to match the grid.

    Parameters
    ----------
    func
        The decorated function, called as ``func(obj, grid, xp, **kwargs)``; returns a raw array or a list of them.
    obj
        The object that the function is a method of.
    grid
        A ``Grid2D``, a ``Grid2DIrregular``, or raw coordinates, for which the result is handed on as it is.
    xp
        ``numpy``, or anything else for ``jax.numpy``.
    args, kwargs
        What the caller gave besides.

    Raises
    ------
    TypeError
        If the function takes no namespace in its third position, or the caller gives more positional arguments than
        the object, the grid and the namespace.
    ValueError
        If the grid was built for JAX and ``xp`` is NumPy: the namespace was dropped on the way.
    """

    def __init__(self, func: Body, obj: object, grid: Any, xp: Namespace = np, *args: Any, **kwargs: Any) -> None:
        check_xp_slot(func)
        if args:
            raise TypeError(
                f"{name_of(func)} takes (grid, xp) by position and the rest by keyword: "
                f"{len(args)} positional argument(s) too many"
            )
        if xp is np and getattr(grid, "use_jax", False):
            raise ValueError(
                f"{name_of(func)} was called with xp=np and a grid that was built with xp=jnp: pass xp=xp to the call"
            )
        self.func = func
        self.obj = obj
        self.grid = grid
        self.kwargs = kwargs
        self.use_jax = xp is not np

    @property
    def _xp(self) -> Namespace:
        if self.use_jax:
            import jax.numpy as jnp

            return jnp
        return np

    def via_grid_2d(self, result: Raw) -> Any:
        """The raw result for a ``Grid2D``, wrapped."""
        raise NotImplementedError

    def via_grid_2d_irr(self, result: Raw) -> Any:
        """The raw result for a ``Grid2DIrregular``, wrapped."""
        raise NotImplementedError

    @property
    def result(self) -> Any:
        """The function's result in the type that matches the grid; a list of results gives a list."""
        raw = self.func(self.obj, self.grid, self._xp, **self.kwargs)
        if isinstance(self.grid, Grid2D):
            make = self.via_grid_2d
        elif isinstance(self.grid, Grid2DIrregular):
            make = self.via_grid_2d_irr
        else:
            return raw
        if raw is None or isinstance(raw, tuple):
            raise TypeError(f"{name_of(self.func)} must return a raw array or a list of them, not {type(raw).__name__}")
        return [make(item) for item in raw] if isinstance(raw, list) else make(raw)


def decorator_from(maker: type[AbstractMaker]) -> Callable[[Body], Body]:
    """The decorator that evaluates functions with ``maker``."""

    def decorate(func: Body) -> Body:
        @wraps(func)
        def wrapper(obj: object, grid: Any, xp: Namespace = np, *args: Any, **kwargs: Any) -> Any:
            return maker(func, obj, grid, xp, *args, **kwargs).result

        return wrapper

    return decorate
