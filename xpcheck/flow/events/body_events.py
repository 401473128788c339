"""What the interpretation reports to rules: typed events with values, levels and lazy chains.

A rule reads the event types it wants; it never walks a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import msgspec

from xpcheck.facts import Loc
from xpcheck.flow.lattice.summary import Binding, Run, Sink, Variant, Witness
from xpcheck.flow.lattice.values import Dep, Deps, Value
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Level, Step

if TYPE_CHECKING:
    from xpcheck.flow.solution.judge import Judge, Verdict


class Site(msgspec.Struct, frozen=True, dict=True, array_like=True):
    """The body (and run) in which an event happened, where in it, and who can judge it."""

    function: Function
    run: Run
    loc: Loc
    judge: object
    on_host: bool = False
    """The body runs around the trace, not in it: it compiles functions, drives a loop, or only NumPy comes."""
    unread: bool = False
    """The body is a property that nobody on a JAX path is seen to read."""
    hidden_by: int = 0
    """The line of a handler around the place that hides the errors of tracing; 0 where there is none."""
    spared: frozenset[str] = frozenset()
    """Attributes that a test found to be concrete at the place."""

    @property
    def verdicts(self) -> Judge:
        """The judge of the solved program."""
        return cast("Judge", self.judge)


class Hit(msgspec.Struct, frozen=True, array_like=True):
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
    spared: frozenset[str] = frozenset()
    start: Witness | None = None
    """The witness in the callee that the receiver allows, where that is not the first one."""

    def witness(self, loc: Loc, label: str, partial: bool, shaped: bool, of_self: bool) -> Witness:
        """The call that leads here, as a witness in the summary of the caller."""
        via = self.via if partial else None
        return Witness(
            loc,
            label,
            self.callee,
            self.run,
            self.key,
            partial,
            via,
            self.heuristic,
            self.variant,
            shaped,
            self.spared,
            of_self,
        )


class Event(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of all events.

    ``on_numpy_path`` is true for events that the NumPy run tells about as well; all others are the JAX run's.
    """

    on_numpy_path: ClassVar[bool] = False
    site: Site

    @property
    def subject(self) -> str:
        """What it is about, as written (a callee, an operator, a name): part of the identity of a finding."""
        return str(getattr(self, "label", ""))

    @property
    def hidden_by(self) -> int:
        """The line of a handler that hides the error which the event means; 0 where there is none, or no error."""
        return 0

    @property
    def of_lasting_object(self) -> bool:
        """Whether the body is a method of objects that exist before the trace: components, and the static classes."""
        function, judge = self.site.function, self.site.verdicts
        if function.owner is None or judge.is_part_of_construction(function):
            return False
        return judge.outlives_trace(function.owner)

    @property
    def in_aware_body(self) -> bool:
        """Whether the body holds a namespace, so that the event is its own to answer for."""
        return self.site.run is Run.JAX

    @property
    def in_component(self) -> bool:
        """Whether the body is a method of a class whose constructor's parameters are free parameters of a model."""
        owner = self.site.function.owner
        return owner is not None and self.site.verdicts.is_component(owner)

    @property
    def in_constructor(self) -> bool:
        """Whether the body builds such an object: its free parameters arrive here."""
        return self.site.function.name == "__init__" and self.in_component

    @property
    def namespace(self) -> str:
        """The name of the threaded parameter, as the body (or the configuration) spells it."""
        return self.site.verdicts.namespace_name(self.site.function)

    @property
    def namespace_argument(self) -> str:
        """How the body would hand its namespace on: ``xp``, ``self._xp``, ..."""
        return self.site.verdicts.namespace_argument(self.site.function)

    def here(self, note: str) -> Step:
        """The place of the event as a step of its evidence."""
        function, loc = self.site.function, self.site.loc
        return Step(function.module.path, loc[0], loc[1], function.qualname, note)


class ArrayOp(Event, frozen=True):
    """An operation of a library met a value that may be traced.

    ``kind`` is the sink's kind, ``label`` the operation as written (``np.sqrt``), ``name`` its full name, ``wrapped``
    whether an operand is an object around its array. ``places`` are those that make, or write to, the same array.
    """

    kind: Sink
    label: str
    name: str
    taint: int
    deps: Deps
    wrapped: bool = False
    places: tuple[Step, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The level at which an operand is traced, None when none is."""
        return self.site.verdicts.value(self, self.taint, self.deps)

    @property
    def followers(self) -> tuple[Step, ...]:
        """What breaks in the body on values computed from the operands once the operation is repaired."""
        return self.site.verdicts.followers(self, self.deps)


class Operator(Event, frozen=True):
    """A Python operator between two values: ``op`` with ``left`` and ``right``."""

    op: str
    left: Value
    right: Value

    @property
    def subject(self) -> str:
        """The operator."""
        return self.op

    @property
    def operands(self) -> list[tuple[Value, Verdict | None]]:
        """Each operand with the level at which it is traced."""
        return list(zip((self.left, self.right), self.site.verdicts.operands(self), strict=True))


class Call(Event, frozen=True):
    """A call (or, with ``accessor``, an attribute read) of functions of the program.

    ``label`` is the callee as written, ``functions`` what it may be, that of the receiver's own class first. ``hits``
    are the sinks of the callee that the arguments reach. ``handed`` is true where the callee is handed over,
    to be called elsewhere.
    """

    label: str
    functions: tuple[Function, ...]
    binding: Binding
    hits: tuple[Hit, ...]
    accessor: str = ""
    handed: bool = False

    @property
    def callee(self) -> Function:
        """The function that the receiver's own class has."""
        return self.functions[0]

    @property
    def defined(self) -> Step:
        """The definition of the callee as a step of evidence."""
        line, column, *_ = self.callee.outline.name_loc
        return Step(self.callee.module.path, line, column, self.callee.qualname, f"`{self.callee.name}` is defined")

    @property
    def builds_component(self) -> bool:
        """Whether the callee is the constructor of a model's component: it answers for itself."""
        owner = self.callee.owner
        return self.callee.name == "__init__" and owner is not None and self.site.verdicts.is_component(owner)

    @property
    def drops_namespace(self) -> bool:
        """Whether the call leaves a parameter for the namespace at its NumPy default."""
        return self.binding is Binding.DEFAULT

    @property
    def verdicts(self) -> list[Verdict]:
        """The sinks that traced values reach, the strongest first."""
        return self.site.verdicts.hits(self)

    @property
    def places_below(self) -> tuple[Step, ...]:
        """All calls and operations behind this call that traced values reach, those of the best evidence aside."""
        return self.site.verdicts.related(self)

    @property
    def siblings(self) -> tuple[int, int]:
        """(calls that hand the namespace on, all calls) of the callee in the program."""
        return self.site.verdicts.siblings(self.callee)


class DroppedBelow(Event, frozen=True):
    """A call in a body without a namespace drops that of its callee, behind a call that is reported.

    ``call`` is what drops it, ``behind`` the reported call of something without a namespace, ``level`` how certain
    that one is.
    """

    call: Call
    behind: Call
    level: Level

    @property
    def subject(self) -> str:
        """The callee."""
        return self.call.label

    @property
    def defined(self) -> Step:
        """The definition of the function that has to take the namespace: where the fix begins."""
        function = self.site.function
        line, column, *_ = function.outline.name_loc
        return Step(function.module.path, line, column, function.qualname, f"`{function.name}` is defined")


class NestedDrop(Event, frozen=True):
    """A nested function with a parameter ``name`` for the namespace is called without it, though the body holds one.

    ``label`` is the function as written, ``operation`` what runs NumPy in it because of that, at ``line``.
    """

    label: str
    name: str
    operation: str
    line: int
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which what the operation meets is traced, None when it is not."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class BackendApi(Event, frozen=True):
    """A body uses, through its namespace, what the backend of this run does not have.

    ``problem`` is ``missing`` (a name that the module ``detail`` lacks), ``version`` (a name that NumPy has since
    ``detail``), ``keyword`` (``detail``), ``list`` (given as an array), ``index`` (a list as an index), ``attribute``
    (of arrays), ``raw`` (of what ``detail`` gives as a wrapper on NumPy and returns bare at ``places`` on JAX) or
    ``update`` (``.at`` on the NumPy path). ``label`` is the operation as written; ``taint`` and
    ``deps`` are those of the array that is indexed, or read.
    """

    on_numpy_path: ClassVar[bool] = True
    problem: str
    label: str
    detail: str
    taint: int
    deps: Deps
    places: tuple[Step, ...] = ()

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the array is traced, None when it is not."""
        return self.site.verdicts.value(self, self.taint, self.deps)

    @property
    def minimum_numpy(self) -> str:
        """The oldest NumPy that the code has to run on."""
        return self.site.verdicts.minimum_numpy


class JaxOnNumpyPath(Event, frozen=True):
    """The NumPy run of a body calls JAX by a name of its module: first ``label``, then those of ``more``."""

    on_numpy_path: ClassVar[bool] = True
    label: str
    more: tuple[Step, ...]


class JaxBelowNumpyPath(Event, frozen=True):
    """The NumPy run of a body calls (or, with ``accessor``, reads) a helper without a namespace that runs JAX.

    ``label`` is the helper as written, ``callee`` its definition, ``operation`` the call of JAX in it or below.
    """

    on_numpy_path: ClassVar[bool] = True
    label: str
    callee: Function
    accessor: bool
    operation: Step


class UnusedNamespace(Event, frozen=True):
    """A body takes the namespace and never mentions it, although it runs NumPy on its arguments.

    The site is the first operation (or call) that does, ``label`` its text and ``more`` are the further ones; ``name``
    is the parameter, ``taken`` its place, and ``others`` is what else happens in the body.
    """

    name: str
    others: tuple[Event, ...]
    label: str
    taken: Step
    more: tuple[Step, ...]


class LostUpdate(Event, frozen=True):
    """``array.at[i].set(v)`` is a statement: the new array is thrown away. ``label`` is ``.at[...].set``."""

    array: str
    label: str


class HostCallback(Event, frozen=True):
    """A function of the host is called without a rule for ``vmap``; ``label`` is the call as written."""

    label: str


class WrapperIndex(Event, frozen=True):
    """Columns are taken out of a wrapper whose items are wrappers under JAX; ``label`` is the wrapper as written.

    ``base`` is where it stands, ``promised`` is true when that rests on an annotation or on what others store.
    """

    label: str
    base: Loc
    promised: bool

    @property
    def certain(self) -> bool:
        """Whether the value is a wrapper under NumPy, too, and nothing is promised only."""
        return not self.promised and self.site.verdicts.is_wrapper_on_numpy(self.site.function, self.base)


class WrapperUse(Event, frozen=True):
    """A wrapper is given to a function of ``jax.numpy``, here or (``hit``) in a callee.

    ``label`` is the function called here, ``classes`` are the names of what the value may be (none where the body only
    reads it as a wrapper), ``promised`` is true when no more than an annotation or such a read says so. A
    ``conversion`` fails for wrappers of traced arrays only.
    """

    label: str
    classes: tuple[str, ...]
    promised: bool
    conversion: bool
    taint: int
    deps: Deps
    hit: Hit | None = None

    @property
    def verdict(self) -> Verdict | None:
        """How certain it is that the value is a wrapper, None when the function takes it."""
        return self.site.verdicts.wrapper(self)


class Swallowed(Call, frozen=True):
    """A handler hides that a callee breaks on traced values whatever its namespace; the site is the handler's."""


class DeadHandler(Event, frozen=True):
    """A handler for an error that JAX never raises.

    ``label`` is the operation that raises it on NumPy, ``instead`` what JAX does, ``certain`` is true where that holds
    whatever the values are; ``taint`` and ``deps`` are those of the operand that has to be traced.
    """

    exception: str
    label: str
    instead: str
    certain: bool
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the operand is traced, None when it is not."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class Fallback(Event, frozen=True):
    """A handler calls ``label`` again without the namespace, for callees that do not take it."""

    label: str


class TypeDispatch(Event, frozen=True):
    """A test on a type sends a tracer to a branch that ignores it.

    ``name`` is what is tested; ``backend`` is true where the branches choose the backend, and scalars of NumPy are
    taken for JAX's.
    """

    name: str
    backend: bool
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the value is traced, None when it is not."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class LeakedTracer(Event, frozen=True):
    """A value is kept in a ``global``, a ``list`` around the trace, or an ``attribute`` of ``self`` (``kind``)."""

    kind: str
    label: str
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the value is traced, None when it is not."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class MemoStore(Event, frozen=True):
    """An item is stored in a dictionary, ``of_module`` or of ``self``.

    ``taint`` and ``deps`` are those of its key and its value.
    """

    label: str
    of_module: bool
    taint: int
    deps: Deps

    @property
    def verdict(self) -> Verdict | None:
        """The level at which the key or the value is traced, None when neither is."""
        return self.site.verdicts.value(self, self.taint, self.deps)


class Transformation(Call, frozen=True):
    """A transform is given a function whose namespace is left at NumPy, or (without ``hits``) a module as an array.

    ``label`` is ``jit(f)``, and ``transform`` its name.
    """

    transform: str = ""


class MethodAsValue(Event, frozen=True):
    """A bound method is an operand, or an argument where an array belongs."""

    label: str
    callee: Function


class NoFunction(Event, frozen=True):
    """The namespace is handed to a value that is no function; ``label`` is what is called."""

    label: str
