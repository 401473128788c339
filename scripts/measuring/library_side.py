"""Measuring NumPy, SciPy, math and builtins: what each does when one of its arguments is a tracer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

from measuring import libraries, specs
from measuring.pool import CONCRETE, Call, T, arguments, fill, slots_of
from measuring.probe import Outcome, attempt, on_concrete, on_tracers, same, under_jit, under_vmap

Facts = dict[str, Any]
Working = list[tuple[Call, Outcome]]


def measure(names: Mapping[str, Any]) -> dict[str, Facts]:
    """Facts of every name (qualified name -> object)."""
    facts: dict[str, Facts] = {}
    plans: dict[str, tuple[Callable[..., Any], Working]] = {}
    for name, value in names.items():
        kind, effect = libraries.before_calling(value)
        facts[name] = {"kind": kind, "effect": effect} | twin_facts(name, value)
        if name in libraries.HOST_ONLY:
            facts[name]["effect"] = "host"
        elif effect not in ("exception", "constant", "context"):
            plans[name] = (value, specs.working_calls(name, value))
    jit = under_jit(lambda tracers: {name: slot_outcomes(plans[name], tracers) for name in plans})
    vmap = under_vmap(lambda tracers: {name: slot_outcomes(plans[name], tracers) for name in plans})
    for name, (value, working) in plans.items():
        facts[name] |= combine(value, working, jit[name], facts[name]["effect"])
        if jit[name] != vmap[name] and working:
            facts[name]["vmap"] = combine(value, working, vmap[name], facts[name]["effect"]).get("slots", [])
            if facts[name]["vmap"] == facts[name].get("slots", []):
                del facts[name]["vmap"]
    return facts


def slot_outcomes(plan: tuple[Callable[..., Any], Working], tracers: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each slot what happens when it alone is traced, one answer for each working argument list."""
    function, working = plan
    found: dict[str, list[str]] = {}
    names = specs.parameter_names(function)
    for call, concrete in working:
        for slot in slots_of(call):
            found.setdefault(slot_name(names, slot), []).append(answer(function, call, tracers, {slot}, concrete))
    for call, _ in working[:1]:
        for keyword, extended in specs.optional_calls(function, call):
            concrete = attempt(function, *arguments(extended, CONCRETE, set()))
            if concrete.kind != "raises":
                reply = answer(function, extended, tracers, {keyword}, concrete)
                found.setdefault(keyword, []).append(reply)
    return found


def answer(
    function: Callable[..., Any], call: Call, tracers: Mapping[str, Any], traced: set[int | str], concrete: Outcome
) -> str:
    """``passes``, ``metadata``, ``silent`` or the name of the exception."""
    outcome = on_tracers(function, call, tracers, traced)
    if outcome.kind == "raises":
        return outcome.raises
    if outcome.kind == "traced":
        return "passes"
    return "metadata" if same(outcome.result, concrete.result) else "silent"


def slot_name(names: tuple[str, ...], slot: int | str) -> str:
    """The parameter's name; its position where it has none."""
    if isinstance(slot, str):
        return slot
    if slot < len(names):
        return names[slot]
    return names[-1] if names and names[-1].startswith("*") else str(slot)


def prevailing(answers: list[str]) -> str:
    """One answer for several argument lists: what the first, most plausible one says, but failing beats passing."""
    errors = [reply for reply in answers if reply.endswith(("Error", "Exception"))]
    tracer_errors = [reply for reply in errors if reply.startswith(("Tracer", "Concretization", "NonConcrete"))]
    if tracer_errors:
        return tracer_errors[0]
    plain = [reply for reply in answers if reply not in errors]
    if errors and not (plain and answers[0] in plain):
        return errors[0]
    return next((reply for reply in ("passes", "silent") if reply in plain), answers[0])


def combine(value: Any, working: Working, outcomes: dict[str, list[str]], effect: str) -> Facts:
    """The facts of one callable from the answers of its slots."""
    if not working:
        return {"effect": effect} if effect == "dtype" else {"effect": effect or "breaks", "measured": False}
    names = specs.parameter_names(value)
    slots = []
    for name, answers in outcomes.items():
        position = names.index(name) if name in names else int(name) if name.isdigit() else -1
        slots.append([name, position, prevailing(answers)])
    slots.sort(key=lambda slot: (slot[1] < 0, slot[1], slot[0]))
    facts: Facts = {"slots": slots} | result_facts(working)
    data = [slot for slot in slots if slot[1] >= 0] or slots
    first = data[0][2] if data else ""
    if effect:
        facts["effect"] = effect
    elif not slots:
        facts["effect"] = "builder" if facts["returns"].split(":")[0] in ("array", "tuple", "list") else "metadata"
        if getattr(value, "__name__", "") in ("vectorize", "frompyfunc"):
            facts["effect"] = "host"
    elif is_builder(working) and not takes_matrices(value, working[0][0]):
        facts["effect"] = "builder"
    else:
        facts["effect"] = first if first in ("passes", "metadata", "silent") else "breaks"
    breaking = [slot[2] for slot in data if slot[2] not in ("passes", "metadata", "silent")]
    if breaking and (facts["effect"] in ("breaks", "builder", "dtype")):
        facts["raises"] = breaking[0]
    return facts


def is_builder(working: Working) -> bool:
    """Whether arrays come out of numbers and shapes alone."""
    call, outcome = working[0]
    letters = {letter for value in (*call.args, *(v for _, v in call.kwargs)) for letter in leaves(value)}
    if not letters or letters - set("srklozf"):
        return False
    results = outcome.result if isinstance(outcome.result, (tuple, list)) else (outcome.result,)
    return any(isinstance(item, np.ndarray | jax.Array) and item.ndim > 0 for item in results)


def takes_matrices(function: Callable[..., Any], call: Call) -> bool:
    """Whether the numbers of ``call`` may just as well be matrices: then it computes, and makes nothing from a size."""
    args = tuple(fill(value, lambda _: T("m")) for value in call.args)
    return on_concrete(function, Call(args)).kind != "raises"


def leaves(value: Any) -> list[str]:
    """Letters of the pool in ``value``."""
    if isinstance(value, (list, tuple)):
        return [letter for item in value for letter in leaves(item)]
    return [value.letter] if hasattr(value, "letter") else []


def result_facts(working: Working) -> Facts:
    """What comes back on concrete values, and whether arguments were written to."""
    shapes = {returned(outcome.result) for _, outcome in working}
    facts: Facts = {"returns": shapes.pop() if len(shapes) == 1 else mixed(shapes)}
    if all(is_boolean(outcome.result) for _, outcome in working):
        facts["boolean"] = True
    if any(outcome.mutated for _, outcome in working):
        facts["inplace"] = True
    return facts


def sized_by_value(function: Callable[..., Any], call: Call, slot: int | str) -> bool:
    """Whether the shape of the result changes when only the values in an array slot do."""
    shapes = set()
    for change in (lambda a: a, np.zeros_like, np.ones_like, lambda a: np.roll(a, 1)):
        args, kwargs = arguments(call, CONCRETE, set())
        held: Any = args[slot] if isinstance(slot, int) else kwargs[slot]
        if not isinstance(held, np.ndarray):
            return False
        if isinstance(slot, int):
            args[slot] = change(held)
        else:
            kwargs[slot] = change(held)
        outcome = attempt(function, args, kwargs)
        if outcome.kind != "raises":
            shapes.add(shape_of(outcome.result))
    return len(shapes) > 1


def shape_of(result: Any) -> Any:
    """The shapes in a result."""
    if isinstance(result, (list, tuple)):
        return tuple(shape_of(item) for item in result)
    return getattr(result, "shape", None)


def mixed(shapes: set[str]) -> str:
    """One word for results that differ between argument lists."""
    kinds = {shape.split(":")[0] for shape in shapes}
    if kinds == {"tuple"}:
        return "tuple"
    if "array" in kinds:
        return "array"
    return sorted(kinds)[0]


def returned(result: Any) -> str:
    """``array``, ``tuple:N``, ``list``, ``bool``, ``static`` (numbers, strings, dtypes), ``none`` or ``object``."""
    if isinstance(result, bool):
        return "bool"
    if isinstance(result, (np.ndarray, np.generic, jax.Array, jax.core.Tracer)):
        return "array"
    if isinstance(result, tuple):
        arrays = [isinstance(item, (np.ndarray, np.generic, jax.Array, jax.core.Tracer)) for item in result]
        return f"tuple:{len(result)}" if any(arrays) else "static"
    if isinstance(result, list):
        return "list"
    if result is None:
        return "none"
    return "static" if isinstance(result, (int, float, complex, str, bytes, type, np.dtype)) else "object"


def is_boolean(result: Any) -> bool:
    """Whether a result is a truth value or an array of them."""
    return isinstance(result, (bool, np.bool_)) or getattr(result, "dtype", None) == np.bool_


def twin_facts(name: str, value: Any) -> Facts:
    """The JAX function of the same name and how the keywords differ."""
    twin = libraries.jax_twin(name)
    if not twin:
        return {}
    other = libraries.resolve(twin)
    if not libraries.exists(twin):
        return {"missing_in_jax": True}
    facts: Facts = {"jax": twin}
    if callable(value) and callable(other) and not isinstance(value, type) and not name.startswith("math."):
        ours, theirs = specs.keyword_names(value), specs.keyword_names(other)
        if ours and theirs:
            facts |= {"numpy_only": sorted(ours - theirs), "jax_only": sorted(theirs - ours)}
        elif ours:
            facts |= {"numpy_only": sorted(ours)}
    return {key: fact for key, fact in facts.items() if fact != []}


def adopt(entry: Facts, twin: Facts) -> None:
    """Take over what was measured on the JAX function of the same name."""
    for key in ("value_shape", "value_shape_args", "cure", "static_args", "rejects_list", "rejects_nested_list"):
        if key in twin:
            entry[key] = twin[key]
    refused = set(twin.get("refused", ()))
    if refused:
        entry["numpy_only"] = sorted(set(entry.get("numpy_only", ())) | refused)
    if twin.get("unsupported"):
        entry["unsupported"] = True
