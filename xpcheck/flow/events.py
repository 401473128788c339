"""What the interpretation reports to rules: typed events with values, levels and lazy chains.

A rule reads the event types it wants; it never walks a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from xpcheck.facts import Loc
from xpcheck.flow.summary import Binding, Run, Sink, Variant
from xpcheck.flow.values import Dep, Deps, Value, spread
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.judge import Judge, Verdict


class Site(msgspec.Struct, frozen=True, dict=True):
    """The body (and run) in which an event happened, where in it, and who can judge it."""

    function: Function
    run: Run
    loc: Loc
    judge: object
    on_host: bool = False
    """The body runs around the trace, not in it: it compiles functions itself."""

    @property
    def verdicts(self) -> Judge:
        """The judge of the solved program."""
        from xpcheck.flow.judge import Judge

        assert isinstance(self.judge, Judge)
        return self.judge


class Hit(msgspec.Struct, frozen=True):
    """A value that may be traced reaches a sink of a callee."""

    callee: Function
    run: Run
    key: tuple[Dep, Sink]
    taint: int
    deps: Deps
    partial: bool = False
    via: Class | None = None
    heuristic: str = ""
    variant: Variant = ()
    shaped: bool = False


class Event(msgspec.Struct, frozen=True):
    """Base of all events."""

    site: Site

    @property
    def in_aware_body(self) -> bool:
        """Whether the body holds a namespace, so that the event is its own to answer for."""
        return self.site.run is Run.JAX

    @property
    def namespace(self) -> str:
        """The name of the threaded parameter, as the body (or the configuration) spells it."""
        return self.site.verdicts.namespace_name(self.site.function)

    @property
    def namespace_argument(self) -> str:
        """How the body would hand its namespace on: ``xp``, ``self._xp``, ..."""
        return self.site.verdicts.namespace_argument(self.site.function)


class ArrayOp(Event, frozen=True):
    """An operation of a library met a value that may be traced.

    ``kind`` is the sink's kind, ``label`` the operation as written (``np.sqrt``), ``name`` its full name.
    """

    kind: Sink
    label: str
    name: str
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which an operand is traced, None when none is."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class Operator(Event, frozen=True):
    """A Python operator between two values: ``op`` with ``left`` and ``right``."""

    op: str
    left: Value
    right: Value

    @property
    def operands(self) -> list[tuple[Value, Verdict | None]]:
        """Each operand with the level at which it is traced."""
        return list(zip((self.left, self.right), self.site.verdicts.operands(self), strict=True))


class Call(Event, frozen=True):
    """A call (or, with ``accessor``, an attribute read) of functions of the program.

    ``label`` is the callee as written, ``callee`` the function the receiver's own class has, ``targets`` how many
    functions it may be. ``hits`` are the sinks of the callee that the arguments reach.
    """

    label: str
    callee: Function
    targets: int
    binding: Binding
    hits: tuple[Hit, ...]
    accessor: str = ""

    @property
    def verdicts(self) -> list[Verdict]:
        """The sinks that traced values reach, the strongest first."""
        return self.site.verdicts.hits(self)

    @property
    def siblings(self) -> tuple[int, int]:
        """(calls that hand the namespace on, all calls) of the callee in the program."""
        return self.site.verdicts.siblings(self.callee)


class CachedProperty(Event, frozen=True):
    """A cached property was defined: its value, in terms of the object."""

    value: Value
    cls: Class

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the value is traced, None when it is not."""
        return self.site.verdicts.value(self, *spread(self.value))

    @property
    def outlives_trace(self) -> bool:
        """Whether objects of the class exist before the trace: they are components of a model."""
        return self.site.verdicts.is_component(self.cls)
