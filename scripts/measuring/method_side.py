"""Measuring methods, attributes and operators of arrays: ndarray, jax.Array and tracers side by side."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from measuring.jax_side import reply
from measuring.library_side import Facts, is_boolean, returned
from measuring.pool import CONCRETE, Call, T, arguments, fresh
from measuring.probe import Outcome, attempt, same, under_jit, under_vmap
from measuring.store import words

V, W, M, I, K, S, B, Z, O = (T(x) for x in "vwmiksbzo")  # noqa: E741

DUNDERS = words(
    """
    abs add and array bool complex copy deepcopy delitem divmod eq float floordiv format ge getitem gt iadd iand
    ifloordiv imatmul imod imul index int invert ior ipow isub iter itruediv ixor le len lshift lt matmul mod mul ne
    neg or pos pow radd rand reduce reversed rfloordiv rlshift rmatmul rmod rmul ror round rpow rrshift rshift rsub
    rtruediv rxor setitem str sub truediv xor jax_array array_namespace array_priority array_ufunc array_function
    dlpack
    """
)

SELF: dict[str, str] = {
    **dict.fromkeys(("item", "__float__", "__int__", "__bool__", "__complex__", "__round__"), "s"),
    **dict.fromkeys(("__index__",), "k"),
    **dict.fromkeys(("diagonal", "trace", "mT", "swapaxes", "__matmul__", "__rmatmul__", "__imatmul__", "T"), "m"),
    **dict.fromkeys(("__and__", "__or__", "__xor__", "__invert__", "nonzero", "__rand__", "__ror__", "__rxor__"), "b"),
    **dict.fromkeys(("__iand__", "__ior__", "__ixor__"), "b"),
    **dict.fromkeys(("__lshift__", "__rshift__", "__rlshift__", "__rrshift__", "choose"), "i"),
    **dict.fromkeys(("conj", "conjugate", "imag", "real"), "c"),
    **dict.fromkeys(("sort", "argsort", "partition", "argpartition"), "t"),
}
"""The letter of the array that a method is called on; ``v`` where nothing is said."""

ARGUMENTS: dict[str, list[tuple[Any, ...]]] = {
    "astype": [("int64",)],
    "reshape": [((2, 2),), (K, K)],
    "resize": [((8,),)],
    "swapaxes": [(Z, O)],
    "searchsorted": [(W,)],
    "take": [(I,)],
    "put": [(K, 9.0)],
    "fill": [(S,)],
    "partition": [(O,)],
    "argpartition": [(O,)],
    "repeat": [(K,)],
    "compress": [(B,)],
    "choose": [([V, W, V, W],)],
    "clip": [(S, 1.5)],
    "dot": [(W,)],
    "view": [("float64",)],
    "setfield": [(1.0, "float64")],
    "getfield": [("float64",)],
    "setflags": [(), (False,)],
    "to_device": [("cpu",)],
    "transpose": [(), (Z,)],
    "sum": [(), (Z,)],
    "itemset": [(K, S)],
    "__getitem__": [(Z,), (slice(None, None, None),), (slice(None, K, None),), (I,), (B,), (None,)],
    "__setitem__": [(Z, S), (slice(None), S), (B, S)],
    "__delitem__": [(Z,)],
    "__format__": [("",), (".3f",)],
    "__pow__": [(2,)],
    "__rpow__": [(2,)],
    "__ipow__": [(2,)],
    "__divmod__": [(W,)],
    "__array_ufunc__": [],
    "__array_function__": [],
    "__deepcopy__": [({},)],
    "__matmul__": [(M,)],
    "__rmatmul__": [(M,)],
    "__imatmul__": [(M,)],
    "__lshift__": [(1,)],
    "__rshift__": [(1,)],
    "__rlshift__": [(1,)],
    "__rrshift__": [(1,)],
    "__reduce__": [()],
    "tofile": [("/dev/null",)],
    "dump": [("/dev/null",)],
    "byteswap": [()],
    "to_dlpack": [()],
}

BINARY = {"and": (B,), "or": (B,), "xor": (B,), "rand": (B,), "ror": (B,), "rxor": (B,)}


@dataclass(frozen=True)
class Plan:
    """How a member is tried: on which array, with which arguments; an attribute has none."""

    name: str
    letter: str
    calls: tuple[Call, ...]
    attribute: bool
    numpy: tuple[Outcome, ...]
    inplace: bool


def member_names() -> list[str]:
    """Everything that an ndarray, a NumPy scalar or a jax.Array has and user code may touch."""
    array = jnp.ones(3)
    names = {name for name in {*dir(np.ndarray), *dir(np.float64), *dir(array), "at"} if not name.startswith("_")}
    names.discard("delete")  # would free the array that every other probe uses
    dunders = {f"__{name}__" for name in DUNDERS}
    return sorted(names | {name for name in dunders if hasattr(np.ndarray, name) or has(array, name)})


def measure() -> dict[str, Facts]:
    """Facts of every member."""
    plans = {name: plan(name) for name in member_names()}
    jit = under_jit(lambda tracers: {name: on_array(item, tracers) for name, item in plans.items()})
    vmap = under_vmap(lambda tracers: {name: on_array(item, tracers) for name, item in plans.items()})
    eager = {letter: jnp.asarray(value) for letter, value in CONCRETE.items()}
    return {name: combine(plans[name], jit[name], vmap[name], on_array(plans[name], eager)) for name in plans}


def plan(name: str) -> Plan:
    """Find arguments with which the member works on an ndarray (or on a jax.Array where ndarrays lack it)."""
    letter = SELF.get(name, "v")
    array = fresh(letter)
    array = np.asarray(array) if not isinstance(array, np.ndarray) else array
    owner = array if hasattr(array, name) else np.float64(0.5) if hasattr(np.float64, name) else jnp.asarray(array)
    if not callable(getattr(owner, name, None)):
        return Plan(name, letter, (), attribute=True, numpy=(read(owner, name),), inplace=False)
    bare = name.strip("_")
    default = [BINARY[bare]] if bare in BINARY else [(), (W,)]
    calls, outcomes, inplace = [], [], False
    for row in ARGUMENTS.get(name, default):
        target = copy.deepcopy(owner)
        outcome = attempt(getattr(target, name), *arguments(Call(row), CONCRETE, set()))
        if outcome.kind != "raises" and outcome.result is not NotImplemented:
            calls.append(Call(row))
            outcomes.append(outcome)
            inplace = inplace or (isinstance(owner, np.ndarray) and not same(np.asarray(target), owner))
    return Plan(name, letter, tuple(calls), attribute=False, numpy=tuple(outcomes), inplace=inplace)


def read(owner: Any, name: str) -> Outcome:
    """Read an attribute."""
    return attempt(lambda: getattr(owner, name), [], {})


def has(owner: Any, name: str) -> bool:
    """Whether the attribute exists; one that says it is not implemented does not."""
    try:
        return hasattr(owner, name)
    except NotImplementedError:
        return False
    except Exception:
        return True


def on_array(item: Plan, arrays: Mapping[str, Any]) -> list[Outcome]:
    """The member on a tracer or a jax.Array, its arguments concrete."""
    owner = arrays[item.letter]
    if item.attribute:
        return [read(owner, item.name)]
    if not has(owner, item.name):
        return [Outcome("raises", "AttributeError")]
    bound: Callable[..., Any] = getattr(owner, item.name)
    return [attempt(bound, *arguments(call, CONCRETE, set())) for call in item.calls]


def combine(item: Plan, jit: list[Outcome], vmap: list[Outcome], eager: list[Outcome]) -> Facts:
    """The facts of one member."""
    replies = [reply(outcome, plain) for outcome, plain in zip(jit, item.numpy, strict=False)]
    batched = [reply(outcome, plain) for outcome, plain in zip(vmap, item.numpy, strict=False)]
    on_numpy = hasattr(np.ndarray, item.name) or hasattr(np.float64, item.name)
    on_jax = has(jnp.ones(()), item.name)
    facts: Facts = {
        "kind": "attribute" if item.attribute else "method",
        "on_numpy": on_numpy,
        "on_jax": on_jax,
        "inplace": item.inplace,
        "returns": returned(item.numpy[0].result) if item.numpy else "",
        "boolean": bool(item.numpy) and all(is_boolean(outcome.result) for outcome in item.numpy),
    }
    errors = [answer for answer in replies if answer.endswith("Error")]
    facts["raises"] = errors[0] if errors else "" if on_jax else "AttributeError"
    facts["eager_raises"] = next((outcome.raises for outcome in eager if outcome.kind == "raises"), "")
    if item.inplace and not item.name.startswith("__i"):
        facts["effect"] = "inplace"
    elif not on_jax:
        facts["effect"] = "missing"
    elif not replies:
        facts |= {"effect": "breaks", "measured": False}
    elif errors and errors[0] == replies[0]:
        facts["effect"] = "breaks"
    else:
        facts["effect"] = {"passes": "traced", "metadata": "static", "silent": "silent"}[replies[0]]
    if batched != replies:
        facts["vmap"] = batched
    return {key: fact for key, fact in facts.items() if fact not in ("", False) or key == "measured"}
