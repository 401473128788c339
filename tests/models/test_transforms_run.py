"""The transform and driver tables, each entry executed: do the functions get tracers, and where?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from xpcheck.flow import models
from xpcheck.flow.models.handwritten import own

pytest.importorskip("jax")
pytest.importorskip("scipy")

import jax
import jax.experimental
import jax.numpy as jnp
import jax.scipy.optimize
import numpy as np
import scipy.integrate
import scipy.ndimage
import scipy.optimize
from jax import lax

X = jnp.arange(3.0)


class Spy:
    """A function that remembers which of its arguments were tracers."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__ = "spy"
        self.calls: list[tuple[bool, ...]] = []

    def __call__(self, *args: Any) -> Any:
        self.calls.append(tuple(isinstance(arg, jax.core.Tracer) for arg in args))
        return self.function(*args)


def square(x: Any) -> Any:
    return x * x


def scale(x: Any, y: Any) -> Any:
    return (x * y).sum()


ALL: dict[str, Callable[[Spy], Any]] = {
    "jax.jit": lambda f: jax.jit(f)(X, 2.0),
    "jax.checkpoint": lambda f: jax.checkpoint(f)(X, 2.0),
    "jax.remat": lambda f: jax.remat(f)(X, 2.0),
    "jax.make_jaxpr": lambda f: jax.make_jaxpr(f)(X, 2.0),
    "jax.named_call": lambda f: jax.jit(jax.named_call(f))(X, 2.0),
    "jax.eval_shape": lambda f: jax.eval_shape(f, X, 2.0),
    "jax.linearize": lambda f: jax.linearize(f, X, 2.0),
    "jax.jvp": lambda f: jax.jvp(f, (X, 2.0), (X, 1.0)),
    "jax.vjp": lambda f: jax.vjp(f, X, 2.0),
    "jax.numpy.vectorize": lambda f: jnp.vectorize(f)(X, X),
}
"""Two parameters, both traced."""

ARGNUMS: dict[str, Callable[..., Any]] = {
    "jax.grad": jax.grad,
    "jax.value_and_grad": jax.value_and_grad,
    "jax.jacfwd": jax.jacfwd,
    "jax.jacrev": jax.jacrev,
    "jax.hessian": jax.hessian,
}

CALLED: dict[str, Callable[[Spy], Any]] = {
    "jax.lax.scan": lambda f: lax.scan(lambda c, x: (f(c, x), x), 0.0, X),
    "jax.lax.map": lambda f: lax.map(lambda x: f(x, x), X),
    "jax.lax.cond": lambda f: lax.cond(True, f, f, X, X),
    "jax.lax.switch": lambda f: lax.switch(0, [f, f], X, X),
    "jax.lax.while_loop": lambda f: lax.while_loop(lambda s: f(s, s) < 0, lambda s: s + 1, 0.0),
    "jax.lax.fori_loop": lambda f: lax.fori_loop(0, 3, lambda i, s: s + f(i, s), 0.0),
    "jax.numpy.apply_along_axis": lambda f: jnp.apply_along_axis(lambda x: f(x, x), 0, jnp.ones((3, 2))),
    "jax.numpy.piecewise": lambda f: jnp.piecewise(X, [X > 1], [lambda x: f(x, x) + x]),
    "jax.scipy.optimize.minimize": lambda f: jax.scipy.optimize.minimize(lambda x: f(x, x), X, method="BFGS"),
}

NOT_RUN = {
    "jax.custom_jvp": "the wrapped function runs untransformed until a transform meets it",
    "jax.custom_vjp": "the wrapped function runs untransformed until a transform meets it",
    "jax.linear_transpose": "abstract values, as eval_shape",
    "jax.lax.custom_root": "four functions with matching signatures: read from its documentation",
    "jax.lax.custom_linear_solve": "functions with matching signatures: read from its documentation",
    "jax.pmap": "needs several devices",
    "jax.shard_map": "needs a mesh",
    "jax.experimental.shard_map.shard_map": "needs a mesh",
    "jax.vmap": "has a test of its own",
    "jax.lax.associative_scan": "has a test of its own",
}


def test_every_transform_is_executed_or_says_why_not() -> None:
    assert {entry.name for entry in own().transform} == {*ALL, *ARGNUMS, *CALLED, *NOT_RUN}


@pytest.mark.parametrize("name", sorted(ALL))
def test_all_parameters_are_traced(name: str) -> None:
    spy = Spy(scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        ALL[name](spy)
    assert spy.calls and all(all(call) for call in spy.calls)
    assert models.transform(name).traced in ("all", "shapes")  # type: ignore[union-attr]


@pytest.mark.parametrize("name", sorted(ARGNUMS))
def test_only_argnums_are_traced(name: str) -> None:
    first, second = Spy(scale), Spy(scale)
    ARGNUMS[name](first)(X, 2.0)
    ARGNUMS[name](second, argnums=1)(X, 2.0)
    assert set(first.calls) == {(True, False)} and set(second.calls) == {(False, True)}
    entry = models.transform(name)
    assert entry is not None and (entry.traced, entry.argnums, entry.default) == ("argnums", "argnums", (0,))


@pytest.mark.parametrize("name", sorted(CALLED))
def test_functions_of_control_flow_get_tracers(name: str) -> None:
    spy = Spy(scale)
    CALLED[name](spy)
    assert any(all(call) for call in spy.calls)


def test_vmap_traces_what_in_axes_maps() -> None:
    spy = Spy(scale)
    jax.vmap(spy, in_axes=(0, None))(X, 2.0)
    assert spy.calls == [(True, False)]


def test_associative_scan_calls_with_what_it_is_given() -> None:
    spy = Spy(lambda a, b: a + b)
    lax.associative_scan(spy, X)
    jax.jit(lambda x: lax.associative_scan(spy, x))(X)
    assert set(spy.calls) == {(False, False), (True, True)}
    assert models.transform("jax.lax.associative_scan").traced == "operands"  # type: ignore[union-attr]


def test_static_arguments_stay_static() -> None:
    spy = Spy(scale)
    jax.jit(spy, static_argnums=(1,))(X, 2.0)
    assert spy.calls == [(True, False)]


DRIVERS: dict[str, Callable[[Spy], Any]] = {
    "scipy.integrate.quad": lambda f: scipy.integrate.quad(f, 0.0, 1.0),
    "scipy.integrate.dblquad": lambda f: scipy.integrate.dblquad(lambda y, x: f(x), 0.0, 1.0, 0.0, 1.0),
    "scipy.integrate.solve_ivp": lambda f: scipy.integrate.solve_ivp(lambda t, y: f(y), (0.0, 1.0), [1.0]),
    "scipy.optimize.fsolve": lambda f: scipy.optimize.fsolve(lambda x: f(x) - 1.0, 0.5),
    "scipy.optimize.brentq": lambda f: scipy.optimize.brentq(lambda x: f(x) - 1.0, 0.0, 3.0),
    "scipy.optimize.minimize": lambda f: scipy.optimize.minimize(lambda x: float(f(x[0])), [0.5]),
    "scipy.optimize.least_squares": lambda f: scipy.optimize.least_squares(f, [0.5]),
    "scipy.optimize.curve_fit": lambda f: scipy.optimize.curve_fit(
        lambda x, a: f(a) * x, [1.0, 2.0], [1.0, 2.0], [1.0]
    ),
    "scipy.ndimage.generic_filter": lambda f: scipy.ndimage.generic_filter(np.ones((3, 3)), lambda v: f(v).sum(), 2),
    "numpy.vectorize": lambda f: np.vectorize(f)([1.0, 2.0]),
    "numpy.apply_along_axis": lambda f: np.apply_along_axis(f, 0, np.ones((2, 2))),
    "numpy.fromfunction": lambda f: np.fromfunction(lambda x: f(x), (3,)),
    "jax.pure_callback": lambda f: jax.jit(lambda x: jax.pure_callback(f, x, x))(X),
    "jax.experimental.io_callback": lambda f: jax.jit(lambda x: jax.experimental.io_callback(f, x, x))(X),
    "jax.debug.callback": lambda f: jax.jit(lambda x: jax.debug.callback(f, x))(X),
}


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_drivers_call_back_with_plain_values(name: str) -> None:
    import jax.experimental

    spy = Spy(square)
    DRIVERS[name](spy)
    jax.effects_barrier()
    assert spy.calls and not any(any(call) for call in spy.calls)
    assert models.library(name).host_callback  # type: ignore[union-attr]


def test_every_driver_that_scipy_has_is_spelled_right() -> None:
    for entry in own().driver:
        module, _, last = entry.name.rpartition(".")
        if module.startswith("scipy."):
            owner = __import__(module, fromlist=[last])
            assert hasattr(owner, last) or module == "scipy.differentiate" or last in ("cubature", "tanhsinh"), (
                entry.name
            )
