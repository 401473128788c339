"""Questions of array-api-compat about arrays: what SciPy's copy of it answers for arrays of NumPy, JAX and tracers."""

from __future__ import annotations

import importlib
import importlib.util

import numpy as np
import pytest

from xpcheck.flow.models.handwritten import shipped

jax = pytest.importorskip("jax")
pytest.importorskip("scipy")

COPIES = ("scipy._external", "scipy._lib")
"""Where SciPy has its copy: since 1.18, and before."""

(FOUND,) = [
    f"{name}.array_api_compat"
    for name in COPIES
    if importlib.util.find_spec(name) and importlib.util.find_spec(f"{name}.array_api_compat")
]
compat = importlib.import_module(FOUND)
QUESTIONS = [entry for entry in shipped("array_api").callable if entry.arrays]


def test_each_kind_of_array_is_asked_for() -> None:
    assert {module for entry in QUESTIONS for module in entry.arrays} >= {"numpy", "jax.numpy", "torch", "cupy"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda entry: entry.name.rpartition(".")[2])
def test_answers(question) -> None:
    ask = getattr(compat, question.name.rpartition(".")[2])
    answers = [ask(jax.numpy.ones(2))]

    def traced(values):
        answers.append(ask(values))
        return values

    jax.jit(traced)(jax.numpy.ones(2))
    jax.vmap(traced)(jax.numpy.ones(2))
    assert answers == ["jax.numpy" in question.arrays] * 3
    assert ask(np.ones(2)) is ("numpy" in question.arrays)
    assert not ask(1.5) and not ask([1.5])
