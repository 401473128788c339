"""Measuring jax.numpy and its neighbours: what they take traced, what must be static, what a list does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from measuring import libraries, specs
from measuring.library_side import (
    Facts,
    is_boolean,
    is_builder,
    leaves,
    mixed,
    returned,
    sized_by_value,
    slot_name,
)
from measuring.pool import CONCRETE, Call, T, arguments, slots_of
from measuring.probe import Outcome, attempt, on_concrete, on_tracers, same, under_jit

ARRAY_LETTERS = set("vwtgmnijbduchpe")
CURES: dict[str, tuple[Any, ...]] = {
    "size": (4, 2),
    "length": (8,),
    "total_repeat_length": (8,),
    "strip_zeros": (False,),
    "assume_unique_indices": (True,),
    "trim_leading_zeros": (False,),
    "inplace": (False,),
    "num_segments": (4,),
    "n_max": (3,),
}
"""Keywords that make an output shape known, or a function pure, and values to try."""

REFUSED: dict[str, Any] = {"out": T("v"), "kind": "stable", "order": "F", "subok": True, "casting": "unsafe"}
"""Keywords that jax.numpy may name in a signature and still refuse."""

LIST_ERRORS = ("TypeError", "TracerArrayConversionError")
"""How jax.numpy refuses a list: at the door, or inside, where the list meets NumPy."""


@dataclass
class Observation:
    """What one argument list did inside a trace; ``base`` is the call with nothing traced."""

    call: Call
    base: Outcome
    slots: dict[str, Outcome] = field(default_factory=dict)
    array_slots: list[str] = field(default_factory=list)
    first: str = ""
    sized: set[str] = field(default_factory=set)
    list_slots: list[str] = field(default_factory=list)
    nested: bool = False
    cured: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def measure(names: Mapping[str, Any]) -> dict[str, Facts]:
    """Facts of every name (qualified name -> object)."""
    facts: dict[str, Facts] = {}
    plans: dict[str, tuple[Callable[..., Any], list[Call]]] = {}
    for name, value in names.items():
        kind, effect = libraries.before_calling(value)
        twin = libraries.numpy_twin(name)
        other = libraries.resolve(twin) if twin else None
        facts[name] = {"kind": kind, "effect": effect}
        if twin:
            facts[name] |= {"numpy": twin} if libraries.exists(twin) else {"missing_in_numpy": True}
        if twin in libraries.HOST_ONLY or name in libraries.HOST_ONLY:
            facts[name]["effect"] = "host"
        elif effect == "dtype":
            plans[name] = (value, [Call((T("v"),))] if libraries.is_jax_dtype(value) else [])
        elif effect not in ("exception", "constant", "context"):
            plans[name] = (value, [call for call, _ in plan(name, value, twin, other)])
    jit = under_jit(lambda tracers: {name: list(observe(plans[name], tracers)) for name in plans})
    for name, (value, _) in plans.items():
        reference = libraries.resolve(libraries.numpy_twin(name)) or value
        for seen in jit[name]:
            complete(seen, value, reference)
        facts[name] |= combine(value, jit[name], facts[name]["effect"])
    return facts


def complete(seen: Observation, function: Callable[..., Any], reference: Callable[..., Any]) -> None:
    """What has to be asked outside the trace: result sizes, and lists where the traced call fails anyway."""
    names = specs.parameter_names(function)
    for slot in slots_of(seen.call):
        label = slot_name(names, slot)
        raised = label in seen.array_slots and seen.slots[label].kind == "raises"
        if raised and sized_by_value(reference, seen.call, slot):
            seen.sized.add(label)
    if seen.base.kind == "raises" and on_concrete(function, seen.call).kind != "raises":
        seen.list_slots = list(list_slots(function, seen.call, names))


def plan(name: str, value: Any, twin: str, other: Any) -> list[tuple[Call, Outcome]]:
    """Argument lists: those that NumPy accepts, else those that the JAX function itself accepts."""
    if name in specs.SPECIAL:
        return specs.working_calls(name, value)
    if callable(other):
        found = specs.working_calls(twin, other)
        if found:
            return found
    return specs.working_calls(name, value, wanted=1, tries=40)


def observe(item: tuple[Callable[..., Any], list[Call]], tracers: Mapping[str, Any]) -> Iterator[Observation]:
    """All probes of one function inside the running trace."""
    function, calls = item
    names = specs.parameter_names(function)
    for index, call in enumerate(calls):
        seen = Observation(call, attempt(function, *arguments(call, CONCRETE, set())))
        slots = slots_of(call)
        for slot in slots:
            label = slot_name(names, slot)
            seen.first = seen.first or label
            seen.slots[label] = on_tracers(function, call, tracers, {slot})
            if set(leaves(argument(call, slot))) & ARRAY_LETTERS:
                seen.array_slots.append(label)
        if not slots:
            yield seen
            continue
        seen.cured = list(cures(function, call, tracers))
        if seen.base.kind != "raises":
            seen.list_slots = list(list_slots(function, call, names))
            seen.nested = rejects_nested(function, call)
            if index == 0:
                seen.refused = list(refused(function, call))
                for keyword, extended in specs.optional_calls(function, call):
                    if attempt(function, *arguments(extended, CONCRETE, set())).kind != "raises":
                        seen.slots.setdefault(keyword, on_tracers(function, extended, tracers, {keyword}))
        yield seen


def argument(call: Call, slot: int | str) -> Any:
    """The value in a slot."""
    return call.args[slot] if isinstance(slot, int) else dict(call.kwargs)[slot]


def cures(function: Callable[..., Any], call: Call, tracers: Mapping[str, Any]) -> Iterator[str]:
    """Keywords with which a failing call goes through, everything that is an array traced."""
    failing = {slot for slot in slots_of(call) if set(leaves(argument(call, slot))) & ARRAY_LETTERS}
    if not failing or on_tracers(function, call, tracers, failing).kind != "raises":
        return
    known = specs.keyword_names(function)
    for keyword, values in CURES.items():
        if keyword not in known:
            continue
        extended = [call.with_keyword(keyword, value) for value in values]
        if any(on_tracers(function, item, tracers, failing).kind != "raises" for item in extended):
            yield keyword


def list_slots(function: Callable[..., Any], call: Call, names: tuple[str, ...]) -> Iterator[str]:
    """Slots in which a plain list fails although the array it spells does not."""
    for slot in slots_of(call):
        value = argument(call, slot)
        if not isinstance(value, T) or value.letter not in ARRAY_LETTERS:
            continue
        args, kwargs = arguments(call, CONCRETE, set())
        plain = CONCRETE[value.letter].tolist()
        if isinstance(slot, int):
            args[slot] = plain
        else:
            kwargs[slot] = plain
        if attempt(function, args, kwargs).raises in LIST_ERRORS:
            yield slot_name(names, slot)


def rejects_nested(function: Callable[..., Any], call: Call) -> bool:
    """Whether a list of lists fails where a list of arrays does not."""
    for slot in slots_of(call):
        value = argument(call, slot)
        arrays = isinstance(value, list) and all(isinstance(item, T) and item.letter in ARRAY_LETTERS for item in value)
        if arrays and isinstance(slot, int):
            args, kwargs = arguments(call, CONCRETE, set())
            args[slot] = [CONCRETE[item.letter].tolist() for item in value]
            if attempt(function, args, kwargs).raises in LIST_ERRORS:
                return True
    return False


def refused(function: Callable[..., Any], call: Call) -> Iterator[str]:
    """Keywords that stand in the signature and raise when used."""
    known = specs.keyword_names(function)
    for keyword, value in REFUSED.items():
        if keyword in known:
            outcome = attempt(function, *arguments(call.with_keyword(keyword, value), CONCRETE, set()))
            if outcome.raises in ("NotImplementedError", "TypeError"):
                yield keyword


def combine(value: Any, seen: list[Observation], effect: str) -> Facts:
    """The facts of one callable from its observations."""
    usable, eager_error = [], ""
    for item in seen:
        if item.base.kind != "raises":
            usable.append((item, item.base))
            continue
        eager = on_concrete(value, item.call)
        if eager.kind != "raises":
            usable.append((item, eager))
        else:
            eager_error = eager_error or eager.raises
    if not usable:
        facts: Facts = {"effect": effect or "breaks"}
        cured = sorted({keyword for item in seen for keyword in item.cured})
        if eager_error:
            facts |= {"raises": eager_error, "unsupported": not cured, "cure": cured}
        elif effect != "dtype":
            facts["measured"] = False
        return {key: fact for key, fact in facts.items() if fact not in ([], False) or key == "measured"}
    return usable_facts(value, usable, effect)


def usable_facts(value: Any, usable: list[tuple[Observation, Outcome]], effect: str) -> Facts:
    """Facts of a callable for which at least one argument list runs outside a trace."""
    names = specs.parameter_names(value)
    answers: dict[str, list[str]] = {}
    static: set[str] = set()
    by_shape: list[int] = []
    fixed: list[int] = []
    for item, concrete in usable:
        for label, outcome in item.slots.items():
            answers.setdefault(label, []).append(reply(outcome, concrete))
            failed = outcome.kind == "raises"
            sized = label in item.sized and outcome.raises.startswith(("Concretization", "NonConcrete", "Tracer"))
            if label == item.first:
                (by_shape if sized else fixed).append(len(item.call.args))
            by_data = sized and (label == item.first or bool(by_shape))
            if failed and not by_data and (sized or item.base.kind != "raises"):
                static.add(label)
    facts: Facts = {"slots": ordered(answers, names)}
    shapes = {returned(concrete.result) for _, concrete in usable}
    facts["returns"] = shapes.pop() if len(shapes) == 1 else mixed(shapes)
    facts["boolean"] = all(is_boolean(concrete.result) for _, concrete in usable)
    facts["staged"] = any(item.base.kind == "traced" for item, _ in usable)
    facts["value_shape"] = bool(by_shape)
    if by_shape and fixed and max(by_shape) < min(fixed):
        facts["value_shape_args"] = max(by_shape)
    facts["cure"] = sorted({keyword for item, _ in usable for keyword in item.cured})
    facts["static_args"] = sorted(static, key=lambda label: (position(label, names), label))
    facts["list_slots"] = sorted({label for item, _ in usable for label in item.list_slots})
    facts["rejects_list"] = bool(facts["list_slots"])
    facts["rejects_nested_list"] = any(item.nested for item, _ in usable)
    facts["refused"] = sorted({keyword for item, _ in usable for keyword in item.refused})
    facts["kind_of_name"] = getattr(value, "__name__", "")
    facts |= effect_facts(facts, usable, effect)
    del facts["kind_of_name"]
    return {key: fact for key, fact in facts.items() if fact not in ([], False, "")}


def effect_facts(facts: Facts, usable: list[tuple[Observation, Outcome]], effect: str) -> Facts:
    """The effect of the first slot, and what it raises."""
    slots = facts["slots"]
    first = slots[0][2] if slots else ""
    found: Facts = {"effect": effect}
    if not effect:
        if not slots:
            found["effect"] = "builder" if facts["returns"].split(":")[0] in ("array", "tuple", "list") else "metadata"
            if facts["kind_of_name"] in ("vectorize", "frompyfunc"):
                found["effect"] = "host"
        elif is_builder([(item.call, outcome) for item, outcome in usable]):
            found["effect"] = "builder"
        else:
            found["effect"] = first if first in ("passes", "metadata", "silent") else "breaks"
    if found["effect"] in ("breaks", "builder"):
        found["raises"] = next((slot[2] for slot in slots if slot[2].endswith("Error")), "")
    return found


def reply(outcome: Outcome, concrete: Outcome) -> str:
    """``passes``, ``metadata``, ``silent`` or the name of the exception."""
    if outcome.kind == "raises":
        return outcome.raises
    if outcome.kind == "traced":
        return "passes"
    return "metadata" if same(outcome.result, concrete.result) else "silent"


def position(label: str, names: tuple[str, ...]) -> int:
    """Where a parameter stands; keyword-only ones last."""
    return names.index(label) if label in names else int(label) if label.isdigit() else 99


def ordered(answers: dict[str, list[str]], names: tuple[str, ...]) -> list[list[Any]]:
    """Slots by position, each with the answer that holds for most argument lists, errors first."""
    rows = []
    for label, replies in answers.items():
        errors = [item for item in replies if item.startswith(("Tracer", "Concretization", "NonConcrete"))]
        passing = "passes" if "passes" in replies else replies[0]
        place = position(label, names)
        rows.append([label, place if place < 99 else -1, errors[0] if errors and passing != "passes" else passing])
    return sorted(rows, key=lambda row: (row[1] < 0, row[1], row[0]))
