"""Calling a function and saying what came of it, concretely or while JAX traces."""

from __future__ import annotations

import contextlib
import io
import itertools
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from measuring.pool import CONCRETE, Call, arguments

PATIENCE_SECONDS = 3
"""Processor time after which a call counts as unusable; not wall time, so that a busy machine measures the same."""


class OutOfTimeError(Exception):
    """A probed call took too long."""


@dataclass(frozen=True)
class Outcome:
    """``kind`` is ``raises``, ``traced`` (a tracer is in the result) or ``plain``."""

    kind: str
    raises: str = ""
    result: Any = None
    mutated: bool = False


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No output, no warnings, no endless call."""

    def expire(_signal: int, _frame: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGVTALRM, expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_SECONDS)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def holds_tracer(value: Any, depth: int = 0) -> bool:
    """Whether a tracer is in ``value``: itself, an element, or an attribute of a plain object."""
    if isinstance(value, jax.core.Tracer):
        return True
    if depth > 3:
        return False
    if isinstance(value, (list, tuple, set)):
        return any(holds_tracer(item, depth + 1) for item in list(value)[:32])
    if isinstance(value, dict):
        return any(holds_tracer(item, depth + 1) for item in value.values())
    if isinstance(value, np.ndarray) and value.dtype == object:
        return any(holds_tracer(item, depth + 1) for item in value.ravel()[:32])
    if isinstance(value, slice):
        return any(holds_tracer(item, depth + 1) for item in (value.start, value.stop, value.step))
    if isinstance(value, (np.ndarray, np.generic, jax.Array, type)):
        return False
    slots = [name for name in getattr(type(value), "__slots__", ()) if name not in ("__weakref__", "__dict__")]
    held = [*getattr(value, "__dict__", {}).values(), *(getattr(value, name, None) for name in slots)]
    return any(holds_tracer(item, depth + 1) for item in held)


def attempt(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Outcome:
    """Call and classify."""
    try:
        with quiet():
            result = function(*args, **kwargs)
            if isinstance(result, Iterator) and not isinstance(result, np.nditer):
                result = list(itertools.islice(result, 64))
    except OutOfTimeError:
        return Outcome("raises", "OutOfTimeError")
    except Exception as error:
        return Outcome("raises", exception_name(error))
    return Outcome("traced" if holds_tracer(result) else "plain", result=result)


def exception_name(error: BaseException) -> str:
    """The class that user code would catch: private classes are named by their first public base."""
    return next(base.__name__ for base in type(error).__mro__ if not base.__name__.startswith("_"))


def on_concrete(function: Callable[..., Any], call: Call) -> Outcome:
    """The outcome without tracers, and whether the call wrote to an argument."""
    args, kwargs = arguments(call, CONCRETE, set())
    untouched = arguments(call, CONCRETE, set())
    outcome = attempt(function, args, kwargs)
    changed = any(
        isinstance(after, np.ndarray) and not same(after, before)
        for after, before in zip((*args, *kwargs.values()), (*untouched[0], *untouched[1].values()), strict=True)
    )
    return replace(outcome, mutated=changed)


def on_tracers(function: Callable[..., Any], call: Call, tracers: Mapping[str, Any], traced: set[int | str]) -> Outcome:
    """The outcome with tracers in the slots ``traced``."""
    return attempt(function, *arguments(call, tracers, traced))


def under_jit(body: Callable[[Mapping[str, Any]], Any]) -> Any:
    """Run ``body`` with the tracers of one jit trace; all probes share it, so nothing is compiled."""
    box: list[Any] = []

    def traced(values: Mapping[str, Any]) -> int:
        box.append(body(values))
        return 0

    jax.eval_shape(traced, CONCRETE)
    return box[0]


def under_vmap(body: Callable[[Mapping[str, Any]], Any]) -> Any:
    """Run ``body`` with the tracers of one vmap trace."""
    box: list[Any] = []

    def traced(values: Mapping[str, Any]) -> int:
        box.append(body(values))
        return 0

    batched = {letter: np.stack([np.asarray(value)] * 2) for letter, value in CONCRETE.items()}
    jax.vmap(traced)(batched)
    return box[0]


def same(left: Any, right: Any) -> bool:
    """Whether two plain results say the same."""
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if type(left) is not type(right) and not isinstance(left, (np.ndarray, np.generic, jax.Array, int, float)):
        return False
    try:
        return bool(np.array_equal(np.asarray(left), np.asarray(right)))
    except Exception:
        return repr(left) == repr(right)
