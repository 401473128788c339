"""Events at the edge of a trace: what leaves it, and how objects cross it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpcheck.flow.events.body_events import Event
from xpcheck.flow.events.definition_events import Definition
from xpcheck.flow.lattice.values import STAGED, TRACED, Deps, Param, Value, spread
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Step

if TYPE_CHECKING:
    from xpcheck.flow.solution.judge import Verdict
    from xpcheck.flow.solution.pytrees import Registration


class WrapperReturn(Event, frozen=True):
    """A body returns a wrapper that it built itself: ``label`` is the class as written.

    ``namespaced`` says whether the constructor was given the namespace, which registers the class as a pytree.
    ``decorator`` wraps the result of the function, "" where none does; ``kept`` says whether it takes over more than
    the array.
    """

    label: str
    cls: Class
    namespaced: bool
    decorator: str
    kept: bool
    taint: int
    deps: Deps

    @property
    def may_be_traced(self) -> bool:
        """Whether the array in it may be traced."""
        return self.taint >= STAGED or bool(self.deps)

    @property
    def compiled(self) -> Step | None:
        """Where the function is given to ``jit`` or another transform."""
        return self.site.verdicts.edges.compiled(self.site.function)

    @property
    def is_outermost(self) -> bool:
        """Whether the function is public and no code that holds a namespace goes on with its result."""
        return self.site.verdicts.edges.is_outermost(self.site.function)

    @property
    def registered(self) -> bool:
        """Whether instances can cross the boundary: the constructor registers their class, or the program does."""
        return self.namespaced or bool(self.site.verdicts.edges.pytrees.registrations(self.cls))


class CachedProperty(Event, frozen=True):
    """A cached property was defined: its value, in terms of the object."""

    value: Value
    cls: Class

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the value is traced, None when it is not."""
        return self.site.verdicts.value(self, *spread(self.value))

    @property
    def is_constant(self) -> bool:
        """Whether nothing says that the value is more than a constant which JAX computed.

        No attribute enters it, or none of its own that is known to be traced, on an object that does not hold the
        namespace.
        """
        taint, deps = spread(self.value)
        if self.in_aware_body:
            return taint < TRACED and not deps
        own = frozenset(dep for dep in deps if isinstance(dep, Param))
        return self.site.verdicts.value(self, 0, own) is None

    @property
    def outlives_trace(self) -> bool:
        """Whether objects of the class exist before the trace: they are components of a model."""
        return self.site.verdicts.is_component(self.cls)

    @property
    def is_kept(self) -> bool:
        """Whether anything traced comes out of the body: NumPy may break on all of it before."""
        taint, deps = spread(self.value)
        return self.site.verdicts.value(self, taint, deps - self.site.verdicts.broken_on(self.site)) is not None


class PinnedCall(Event, frozen=True):
    """A call hands NumPy itself over as the namespace, and nothing in the callee breaks on what it is given.

    ``label`` is the callee as written; ``taint`` and ``deps`` are those of the other arguments.
    """

    label: str
    functions: tuple[Function, ...]
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which an argument is traced, None when none is."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class RaisingBranch(Event, frozen=True):
    """A function that never returns is given to ``label``, a choice of JAX that traces all of its branches."""

    label: str


class SteepBranch(Event, frozen=True):
    """A branch of ``where`` computes ``label`` of what its condition guards, also where the branch is not taken.

    ``operand`` is the name that both mention; ``taint`` and ``deps`` are those of what ``label`` is given.
    """

    label: str
    operand: str
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which it is traced, None when it is not."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class Registered(Definition, frozen=True):
    """Something is wrong with the registration of ``cls`` as a pytree.

    ``problem`` is ``unknown`` (no such ``attribute``), ``traced`` (``attribute`` rides along although it may be
    traced), ``contents`` (those of the ``detail`` that the class is are lost), ``constant`` (``attribute`` is a
    ``detail`` and becomes a child), ``count`` (``detail``) or ``order`` (``attribute`` lands in the parameter
    ``detail``).
    """

    cls: Class
    problem: str
    attribute: str
    detail: str
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the attribute is traced, None when it is not."""
        return self.site.verdicts.value(self, 0, self.deps)


class Crossing(Event, frozen=True):
    """An object of ``cls`` is an argument or the result (``direction``) of the compiled function ``label``.

    ``exact`` says whether it was built in sight; ``targets`` are the functions that may be called.
    """

    label: str
    cls: Class
    direction: str
    exact: bool
    targets: tuple[Function, ...]

    @property
    def defined(self) -> Step:
        """The definition of the class as a step of evidence."""
        line, column, *_ = self.cls.outline.name_loc
        return Step(self.cls.module.path, line, column, self.cls.outline.qualname, f"`{self.cls.name}` is defined")

    @property
    def registrations(self) -> list[Registration]:
        """Where the class is registered."""
        return self.site.verdicts.edges.pytrees.registrations(self.cls)

    @property
    def may_be_registered(self) -> bool:
        """Whether code in sight registers classes that are known at run time only."""
        return self.site.verdicts.edges.registers_unseen(self.site.function)

    @property
    def too_late(self) -> bool:
        """Whether the called function registers the class itself: after its arguments were taken apart."""
        places = {item.function for item in self.registrations}
        return self.direction == "argument" and bool(places) and places <= set(self.targets)
