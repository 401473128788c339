"""
The parity harness: one function, four ways to run it, and which of them saw the problem.

``numpy``
    concrete parameters, ``xp=np``: the reference values.
``eager``
    concrete parameters, ``xp=jnp``: nothing is traced, so a dropped namespace only moves the data to the host.
``jit``
    the *concrete instance* under ``jax.jit``: its parameters are Python floats, constants of the trace, so a dropped
    namespace that touches nothing but parameters stays hidden.
``vmap``
    traced parameters under ``jax.vmap``: a tracer reaches every line that a parameter reaches. **This is the check.**

``jit_traced``, traced parameters under ``jax.jit``, is run when asked for. It also traces what is computed from
constants alone, which ``vmap`` leaves concrete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autoarray_min.abstract_ndarray import unwrap
from autoarray_min.type import Namespace

MODES = ("numpy", "eager", "jit", "vmap")
ALL_MODES = (*MODES, "jit_traced")

Function: TypeAlias = Callable[[Any, Namespace], Any]
Build: TypeAlias = Callable[[Any], Any]
Values: TypeAlias = tuple[np.ndarray[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """
    What one way of running the function gave.

    Attributes
    ----------
    mode
        One of ``ALL_MODES``.
    values
        The numbers in the result, as host arrays; ``None`` if the function failed.
    error
        The exception, if it failed.
    difference
        What is wrong with the values, if they do not agree with NumPy's.
    on_host
        Whether a result of ``xp=jnp`` is a NumPy array: the namespace was dropped without a sound.
    """

    mode: str
    values: Values | None = None
    error: Exception | None = None
    difference: str | None = None
    on_host: bool = False

    @property
    def problem(self) -> str | None:
        """What this way of running saw, in one line; ``None`` when all is well."""
        if self.error is not None:
            first_line = (str(self.error).strip() or "no message").splitlines()[0]
            return f"{type(self.error).__name__}: {first_line}"
        return self.difference


@dataclass(frozen=True, slots=True)
class Report:
    """The runs of one function, in the order of the modes."""

    runs: tuple[Run, ...]

    def __getitem__(self, mode: str) -> Run:
        return next(run for run in self.runs if run.mode == mode)

    @property
    def saw(self) -> tuple[str, ...]:
        """The modes that saw a problem."""
        return tuple(run.mode for run in self.runs if run.problem is not None)

    @property
    def ok(self) -> bool:
        """Whether no mode saw a problem."""
        return not self.saw

    def check(self) -> Report:
        """
        This report, if all is well.

        Raises
        ------
        AssertionError
            With one line for every mode, if one of them saw a problem.
        """
        if not self.ok:
            raise AssertionError(str(self))
        return self

    def __str__(self) -> str:
        lines = (
            f"{run.mode:<10} {run.problem or 'ok'}{'  (result left on the host)' if run.on_host else ''}"
            for run in self.runs
        )
        return "\n".join(lines)


def parity(
    function: Function,
    build: Build,
    parameters: Sequence[float],
    *,
    modes: Sequence[str] = MODES,
    rtol: float = 1e-10,
    atol: float = 1e-10,
    step: float = 1e-3,
    expected: Any = None,
) -> Report:
    """
    Run ``function`` in every mode and compare its values with NumPy's.

    Parameters
    ----------
    function
        Called as ``function(instance, xp)``; returns numbers, raw arrays, wrappers, or tuples, lists and dicts of them.
    build
        Called as ``build(vector)`` with the parameters: Python floats, or the elements of a traced vector. Returns the
        instance.
    parameters
        The values of the free parameters.
    modes
        Names from ``ALL_MODES``. NumPy is always run, because the others are compared with it.
    rtol, atol
        How closely values must agree. Single precision needs more than the defaults, which are for ``JAX_ENABLE_X64``.
    step
        The second element of the batch that ``vmap`` is given has every parameter larger by this much.
    expected
        What the NumPy run must give, if known.

    Returns
    -------
    A report of all runs.

    Raises
    ------
    ValueError
        If a mode is not one of ``ALL_MODES``.
    """
    if unknown := sorted(set(modes) - set(ALL_MODES)):
        raise ValueError(f"unknown modes {unknown}; choose from {ALL_MODES}")
    harness = _Harness(function, build, tuple(float(p) for p in parameters), step, rtol, atol)
    reference = harness.numpy(expected)
    runs = [reference, *(harness.jax(mode, reference) for mode in modes if mode != "numpy")]
    return Report(tuple(runs))


@dataclass(frozen=True, slots=True)
class _Harness:
    function: Function
    build: Build
    parameters: tuple[float, ...]
    step: float
    rtol: float
    atol: float

    def numpy(self, expected: Any) -> Run:
        try:
            result = self.function(self.build(self.parameters), np)
        except Exception as error:
            return Run("numpy", error=error)
        values = tuple(leaves(result))
        difference = None if expected is None else self.difference(values, tuple(leaves(expected)))
        return Run("numpy", values=values, difference=difference)

    def jax(self, mode: str, reference: Run) -> Run:
        try:
            result, wanted = getattr(self, f"_{mode}")(reference)
            values = tuple(leaves(result))
        except Exception as error:
            return Run(mode, error=error)
        difference = None if wanted is None else self.difference(values, wanted)
        return Run(mode, values=values, difference=difference, on_host=_any_on_host(result))

    def _eager(self, reference: Run) -> tuple[Any, Values | None]:
        import jax.numpy as jnp

        return self.function(self.build(self.parameters), jnp), reference.values

    def _jit(self, reference: Run) -> tuple[Any, Values | None]:
        import jax
        import jax.numpy as jnp

        instance = self.build(self.parameters)
        return jax.jit(lambda: self.function(instance, jnp))(), reference.values

    def _jit_traced(self, reference: Run) -> tuple[Any, Values | None]:
        import jax
        import jax.numpy as jnp

        traced = jax.jit(lambda vector: self.function(self.build(vector), jnp))
        return traced(jnp.asarray(self.parameters)), reference.values

    def _vmap(self, reference: Run) -> tuple[Any, Values | None]:
        import jax
        import jax.numpy as jnp

        moved = tuple(p + self.step for p in self.parameters)
        batch = jnp.asarray([self.parameters, moved])
        result = jax.vmap(lambda vector: self.function(self.build(vector), jnp))(batch)
        if reference.values is None:
            return result, None
        # Each row has its own reference: a value that was shared between the rows is wrong in one of them.
        second = leaves(self.function(self.build(moved), np))
        return result, tuple(np.stack(pair) for pair in zip(reference.values, second, strict=True))

    def difference(self, values: Values, wanted: Values) -> str | None:
        if len(values) != len(wanted):
            return f"{len(values)} values instead of {len(wanted)}"
        for ours, theirs in zip(values, wanted, strict=True):
            if ours.shape != theirs.shape:
                return f"shape {ours.shape} instead of {theirs.shape}"
            if not np.allclose(ours, theirs, rtol=self.rtol, atol=self.atol, equal_nan=True):
                return f"values differ by up to {np.nanmax(np.abs(ours - theirs)):.3g}"
        return None


def _parts(result: Any) -> Iterator[Any]:
    """The raw arrays and numbers in a result, in a fixed order."""
    if isinstance(result, dict):
        for key in sorted(result):
            yield from _parts(result[key])
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from _parts(item)
    elif result is not None:
        yield unwrap(result)


def leaves(result: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The numbers in a result as host arrays: out of wrappers, tuples, lists and dicts."""
    for part in _parts(result):
        yield np.asarray(part)


def _any_on_host(result: Any) -> bool:
    return any(isinstance(part, (np.ndarray, np.generic)) for part in _parts(result))
