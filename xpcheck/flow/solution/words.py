"""What the analysis knows of a value, in words."""

from __future__ import annotations

import builtins

from xpcheck.flow.lattice.summary import Binding, Run
from xpcheck.flow.lattice.values import (
    HOST,
    STAGED,
    TRACED,
    UNKNOWN,
    Array,
    ClassRef,
    Closure,
    Const,
    External,
    Instance,
    InstanceOf,
    Items,
    Mapping,
    ModuleRef,
    Rank,
    Routine,
    Sequence,
    Shape,
    Super,
    Text,
    Transformed,
    Value,
    spread,
)
from xpcheck.flow.solution.levels import Levels
from xpcheck.link.definitions import Class, Function

BINDINGS = {
    Binding.SAME: "the namespace is handed on",
    Binding.NUMPY: "the namespace is pinned to NumPy",
    Binding.JAX: "the namespace is pinned to JAX",
    Binding.INFERRED: "the callee infers its namespace",
    Binding.OBJECT: "the callee takes the namespace of its object",
    Binding.DEFAULT: "the namespace is left at its default, NumPy",
    Binding.MISSING: "the namespace is required and missing",
    Binding.UNKNOWN: "the namespace may be in `*` or `**` arguments: not known",
    Binding.FREE: "the callee takes no namespace",
}
HOLDS = {
    "param": "holds the namespace as a parameter",
    "object": "takes the namespace of its object",
    "local": "binds a namespace itself",
    "jax": "imports JAX itself and runs on it",
    "": "holds no namespace",
}
RUNS = {Run.NUMPY: "with NumPy", Run.JAX: "with JAX", Run.ONE: "without a namespace"}

_FUNCTIONLIKE = (Routine, ClassRef, Closure, External, ModuleRef, Super, Transformed)


def described(value: Value, levels: Levels, function: Function, run: Run) -> str:
    """What a value is, and how concrete it is under a trace."""
    kind = kind_of(value.shape)
    if isinstance(value.shape, _FUNCTIONLIKE) and not value.deps and value.taint != UNKNOWN:
        return kind
    state = concreteness(value, levels, function, run)
    return f"{kind}, {state}" if kind else state


def concreteness(value: Value, levels: Levels, function: Function, run: Run) -> str:
    """How concrete a value is under a trace, and why it is traced if it is."""
    taint, deps = spread(value)
    best = levels.best(function, run, taint, deps)
    if best is not None and taint < TRACED and best[1] is None:
        return "staged: concrete under `vmap`, a tracer under `jit`"
    if best is not None:
        level, node = best
        root = levels.trail(node)[0].note if node is not None else "JAX computes it in this body"
        return f"traced ({level}), as {root}"
    if deps:
        return "concrete: it depends on parameters or attributes of which nothing says that they are traced"
    if taint == UNKNOWN:
        return "unknown"
    if taint == HOST:
        return "concrete: made on the host, or static by its name or a marker"
    return "staged" if taint >= STAGED else "concrete"


def kind_of(shape: Shape | None) -> str:
    """What kind of thing a value is, "" when nothing is known."""
    if isinstance(shape, External):
        if shape.namespace:
            name = shape.name.removeprefix("jax.numpy").removeprefix("numpy").lstrip(".")
            return f"`{name}` of the namespace" if name else "the namespace"
        root, _, rest = shape.name.partition(".")
        if root == "builtins":
            return f"the builtin `{rest}`" if hasattr(builtins, rest) else "a name that nothing binds"
        return f"`{shape.name}`, outside the program"
    if isinstance(shape, Routine):
        names = sorted({_name(target, cls) for target, cls in shape.targets})
        found = f" (found by the heuristic: {shape.heuristic})" if shape.heuristic else ""
        return f"{'one of ' if len(names) > 1 else ''}{_listed(names)}{found}"
    if isinstance(shape, Instance):
        return f"an instance of {_listed([item.name for item in shape.classes], 'or')}"
    if isinstance(shape, ClassRef):
        return f"the class {_listed([item.name for item in shape.classes], 'or')}"
    if isinstance(shape, Const):
        return "" if shape.kind in {"bool", "backend"} and shape.value is None else f"`{shape.value!r}`"
    if isinstance(shape, Array):
        return "an array of truth values" if shape.boolean else "an array"
    if isinstance(shape, Items):
        return f"a {'list' if shape.mutable else 'tuple'} of {len(shape.items)}"
    if isinstance(shape, Transformed):
        return f"a function under `{shape.transform}`"
    return next((text for kind, text in _KINDS if isinstance(shape, kind)), "")


_KINDS: tuple[tuple[type, str], ...] = (
    (Rank, "a shape, rank or length"),
    (Text, "a string"),
    (Sequence, "a sequence"),
    (Mapping, "a dict"),
    (Closure, "a nested function"),
    (InstanceOf, "an instance of the class that is given"),
    (ModuleRef, "a module of the program"),
    (Super, "`super()`"),
)


def _name(function: Function, cls: Class | None) -> str:
    return f"`{cls.name}.{function.name}`" if cls is not None else f"`{function.qualname}`"


def _listed(names: list[str], word: str = "and") -> str:
    shown = [name if name.startswith("`") else f"`{name}`" for name in names[:4]]
    rest = f" {word} {len(names) - 4} more" if len(names) > 4 else ""
    if rest or len(shown) == 1:
        return f"{', '.join(shown)}{rest}"
    return f"{', '.join(shown[:-1])} {word} {shown[-1]}"
