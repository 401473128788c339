"""What a function does to its arguments, as a caller sees it, for each run."""

from __future__ import annotations

import enum
from typing import TypeAlias, TypeVar

import msgspec

from xpcheck.facts import Loc
from xpcheck.flow.lattice.values import BOTTOM, Dep, Deps, Param, Value, clip, join
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Step


class Run(enum.Enum):
    """One interpretation of a body: its namespace fixed to NumPy or to JAX, or no namespace at all."""

    NUMPY = "numpy"
    JAX = "jax"
    ONE = "one"

    __hash__ = object.__hash__  # members are single, and hashed a million times a run


Place: TypeAlias = tuple[Param, str]
"""Where a body puts something: an attribute of a parameter, or (as ``[name]``, or ``[]`` for any) an item of one."""


_Key = TypeVar("_Key")

Variant: TypeAlias = tuple[tuple[int, str], ...]
"""Constants that a call fixes for parameters which the body tests: (index, ``true`` | ``false`` | ``none``)."""


class Sink(enum.StrEnum):
    """Kinds of operations that fail, or silently leave the backend, when they meet a traced value."""

    NUMPY = "numpy"
    FOREIGN = "foreign"
    RANDOM = "random"
    CONVERT = "convert"
    BRANCH = "branch"
    BOOLOP = "boolop"
    BUILTIN = "builtin"
    MUTATE = "mutate"
    BUFFER = "buffer"
    SHAPE = "shape"
    WRAPPER = "wrapper"
    """A function of ``jax.numpy`` that takes arrays, and no objects that hold one."""
    UNWRAP = "unwrap"
    """A conversion by ``jax.numpy``, which takes objects that hold a concrete array."""
    BACKEND = "backend"
    """Not an operation: the namespace a constructor was given (or left at NumPy) is stored on the object."""


NAMESPACE_SINKS = frozenset({Sink.NUMPY, Sink.FOREIGN, Sink.BUFFER, Sink.RANDOM})
"""Sinks that handing the namespace on cures; all others break under any namespace."""


OVERRIDES = "some overrides"
"""The heuristic of a way that only some of the methods take which a call may mean."""

SinkKey: TypeAlias = tuple[Dep, Sink]
"""What reaches a sink, and the kind of the sink."""


class Binding(enum.StrEnum):
    """How a call binds the namespace of its callee."""

    SAME = "same"
    NUMPY = "np"
    JAX = "jax"
    INFERRED = "inferred"
    OBJECT = "object"
    DEFAULT = "default"
    MISSING = "missing"
    UNKNOWN = "unknown"
    FREE = "free"
    """The callee has no namespace."""


DROPS = frozenset({Binding.DEFAULT, Binding.NUMPY, Binding.MISSING})
"""Bindings that leave the callee without the namespace in hand."""


class Witness(msgspec.Struct, frozen=True, array_like=True):
    """Why a dependency reaches a sink: a local operation, or a call whose summary has the sink.

    ``label`` is the operation's or the callee's text. ``callee`` and ``key`` are None for a local operation.
    ``partial`` is true when only some of the possible callees have the sink; ``via`` names such a class.
    """

    loc: Loc
    label: str
    callee: Function | None = None
    run: Run = Run.ONE
    key: SinkKey | None = None
    partial: bool = False
    via: Class | None = None
    heuristic: str = ""
    variant: Variant = ()
    shaped: bool = False
    """Reached only for some shapes of an argument."""
    spared: frozenset[str] = frozenset()
    """Attributes that a test found to be concrete where it stands."""
    of_self: bool = False
    """The callee is a method of the same object: which one it is depends on the class of that."""

    @property
    def guess(self) -> str:
        """The heuristic by which the way to the sink was found, or ""."""
        return self.heuristic or (OVERRIDES if self.partial else "")

    @property
    def next(self) -> tuple[Function, Run, Variant, SinkKey] | None:
        """The summary and the sink in it that a call leads to, None for a local operation."""
        if self.callee is None or self.key is None:
            return None
        return self.callee, self.run, self.variant, self.key


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """Why a parameter is a root: the body says so at ``loc``; ``certain`` for proved, else likely.

    ``note`` has ``{}`` where the parameter's name goes.
    """

    loc: Loc
    note: str
    certain: bool


class Operand(msgspec.Struct, frozen=True, array_like=True):
    """A parameter that the body computes with by an operator of Python; ``quantity`` where it can be no count."""

    loc: Loc
    quantity: bool


class Application(msgspec.Struct, frozen=True, array_like=True):
    """What a body calls one of its parameters with; keywords are sorted."""

    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keywords."""
        return tuple(name for name, _ in self.keywords)


class Edge(msgspec.Struct, frozen=True, array_like=True):
    """Something flows from this body into a callee's parameter: local taint, and own dependencies."""

    loc: Loc
    taint: int
    deps: Deps
    exact: bool
    heuristic: str = ""
    variants: tuple[Variant, ...] = ()
    """The constants that the calls behind it fix, in order: ``()`` for a call that fixes none."""
    receivers: tuple[Class, ...] | None = None
    """The classes of the objects whose method the callee is; None where they are not known."""
    of_self: bool = False
    """The callee is one of several methods of the same object: which one it is depends on the class of that."""


class CallRecord(msgspec.Struct, frozen=True, array_like=True):
    """One resolved call of a function that takes a namespace, for counting siblings."""

    callee: Function
    binding: Binding
    loc: Loc


class Summary(msgspec.Struct, array_like=True):
    """One function under one run.

    ``result`` is symbolic in the function's parameters. ``stores`` are attributes assigned on ``self``. ``further``
    holds what else reaches a sink, for reports only.
    """

    result: Value = BOTTOM
    returns: bool = False
    sinks: dict[SinkKey, Witness] = {}
    further: dict[SinkKey, tuple[Witness, ...]] = {}
    stores: dict[str, Value] = {}
    fills: dict[Place, Value] = {}
    """What the body puts into its parameters: ``out.append(x)``, ``table[key] = x``, ``box.item = x``."""
    evidence: dict[Param, Evidence] = {}
    edges: dict[tuple[Function, Run, Param], Edge] = {}
    untold: frozenset[tuple[Function, Param]] = frozenset()
    """Parameters of callees that are given values of which nothing is known."""
    calls: list[CallRecord] = []
    uses: frozenset[tuple[Class, str]] = frozenset()
    sites: dict[Loc, str] = {}
    """Calls in the body of functions that are not external: "" when resolved, else why not."""
    targets: dict[tuple[Function, Run, Variant], Loc] = {}
    """Every function of the program that the body may call or read as a property, and where it does so first."""
    sizes: frozenset[Dep] = frozenset()
    """What the body uses as a shape, axis, slice bound or ``range`` argument."""
    casts: frozenset[Dep] = frozenset()
    """What Python converts, or rounds, before the backend computed with it."""
    keys: frozenset[Dep] = frozenset()
    """What the body compares with texts, or looks up in a dict, as it was given."""
    asks: frozenset[Param] = frozenset()
    """The parameters that the body asks for the namespace of what they hold."""
    applied: tuple[tuple[Param, Application], ...] = ()
    """The parameters that the body calls, or hands on to be called, and what with."""
    operands: dict[Param, Operand] = {}
    """What the JAX run computes with by Python's operators, as it was given."""
    driver: bool = False
    """The body itself compiles functions with ``jit``: it runs on the host, around the trace."""
    host_loop: bool = False
    """The body goes on, in a loop, until a number tells it to stop that Python converted from what JAX computed."""

    excluded: frozenset[tuple[int, str]] = frozenset()
    """Parameters, by index, and texts: the body does not come back where it is given these."""
    excluded_if_true: frozenset[tuple[int, str]] = frozenset()
    """The same, with anything but None or False."""

    quiet: bool = False
    """The body came to no event while it was solved."""
    apart: bool = False
    """The body decided a test, or met what the two backends do not share: its other run may go another way."""
    breaks: bool = False
    """Something breaks in the body, or in what it calls, and what follows it is another value once it is repaired."""
    jax: Step | None = None
    """Of a body without a namespace: a call of JAX that it comes to on every path, itself or in what it calls."""

    def climb(self, old: Summary) -> None:
        """Become at least what the round before gave, so that the rounds of a cycle climb and end."""
        if old.returns:
            self.result = clip(join(old.result, self.result), 2) if self.returns else old.result
            self.returns = True
            self.excluded &= old.excluded
            self.excluded_if_true &= old.excluded_if_true
        for key, witness in old.sinks.items():
            self.sinks.setdefault(key, witness)
        _climb(old.stores, self.stores)
        _climb(old.fills, self.fills)

    def interface(self) -> tuple[object, ...]:
        """What callers can notice: a change here makes them stale."""
        sinks = frozenset((key, witness.shaped, witness.spared) for key, witness in self.sinks.items())
        stores = tuple(sorted(self.stores.items()))
        fills = tuple(sorted(self.fills.items()))
        return (self.result, self.returns, sinks, stores, fills, *self._said())

    def _said(self) -> tuple[object, ...]:
        return (self.asks, self.applied, self.excluded, self.excluded_if_true, self.breaks, self.jax)

    def read_by_callers(self) -> tuple[object, ...]:
        """Everything that an interpretation of a caller reads: two summaries with the same are one for all callers.

        A constructor takes the witness over that its base class stores the namespace; of others, places do not count.
        """
        sinks = []
        for key, first in self.sinks.items():
            callees = [(item.callee, item.of_self) for item in (first, *self.further.get(key, ()))]
            whole = first if key[1] is Sink.BACKEND else None
            sinks.append((key, first.shaped, first.spared, first.heuristic, first.partial, callees, whole))
        stores, fills = list(self.stores.items()), list(self.fills.items())
        return (self.result, self.returns, sinks, stores, fills, *self._said())


def unfollowed(function: Function) -> Summary:
    """What is known of a function whose body is not looked into: what it gives may be computed from its arguments."""
    first = 1 if function.binding in {"method", "class"} else 0
    given = frozenset(Param(index) for index in range(first, len(function.params)))
    return Summary(result=Value(deps=given), returns=True)


def _climb(old: dict[_Key, Value], new: dict[_Key, Value]) -> None:
    for place, value in old.items():
        mine = new.get(place)
        new[place] = value if mine is None else clip(join(value, mine), 2)
