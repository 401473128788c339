"""Which functions of JAX, besides those of `jax.numpy`, take a structure that holds an array: by calling them."""

from __future__ import annotations

import importlib
import inspect
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xpcheck.flow import models

KNOWLEDGE = models.with_models()
SHAPES = ((4,), (4, 4))


class Wrapper:
    """A structure as NumPy, and nobody else, understands it."""

    def __init__(self, array):
        self.array = array
        self.shape, self.ndim, self.dtype, self.size = array.shape, array.ndim, array.dtype, array.size

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


def takes(function, *values) -> bool:
    try:
        jax.eval_shape(lambda: function(*values))  # nothing is compiled
    except Exception:
        return False
    return True


def answers(module) -> dict[str, bool]:
    """For each function that takes one to three equal arrays whether the first may be a wrapper."""
    found: dict[str, bool] = {}
    for name, function in inspect.getmembers(module, callable):
        if name.startswith("_") or inspect.isclass(function):
            continue
        for shape in SHAPES:
            array = jnp.linspace(0.1, 0.9, int(np.prod(shape))).reshape(shape)
            count = next((n for n in (1, 2, 3) if takes(function, *[array] * n)), 0)
            if count:
                found[name] = takes(function, Wrapper(array), *[array] * (count - 1))
                break
    return found


@pytest.mark.parametrize("name", sorted(KNOWLEDGE.reject_wrappers))
def test_what_a_module_takes_is_what_the_model_says(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        measured = answers(importlib.import_module(name))
    assert len(measured) > 5
    assert {f"{name}.{key}" for key, taken in measured.items() if taken} <= KNOWLEDGE.accept_wrappers
