"""State and services of one interpretation; the parts of the interpreter build on it."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.flow.body.operands import mapped, operands
from xpcheck.flow.body.sparing import NO_ATTRIBUTES
from xpcheck.flow.events.body_events import Event, Site
from xpcheck.flow.lattice.summary import (
    Application,
    Evidence,
    Operand,
    Run,
    Sink,
    SinkKey,
    Summary,
    Variant,
    Witness,
)
from xpcheck.flow.lattice.values import (
    STAGED,
    UNKNOWN,
    Array,
    Const,
    Dep,
    External,
    Fact,
    Instance,
    Items,
    Param,
    Routine,
    Transformed,
    Value,
    derive,
    gather_values,
    plain_deps,
    spread,
    without,
)
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.model import Step

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver

MAX_FURTHER = 16

Env = dict[str, Value]


class Captured:
    """A nested function of the body in hand: its node, the environment it closes over, and what became of it."""

    __slots__ = ("env", "fate", "node")

    def __init__(self, node: facts.Def | facts.Lambda, env: Env) -> None:
        self.node = node
        self.env = env
        self.fate = ""
        """``called``, ``traced`` (given to a transform), ``host`` (given to a host driver) or ""."""


class Recorder:
    """Collects the events of one interpretation, each once; ``judge`` goes into their sites.

    One that ``sees`` is told the values of expressions, too.
    """

    def __init__(self, judge: object = None, sees: bool = True) -> None:
        self.judge = judge
        self.sees = sees
        self.events: dict[Event, None] = {}
        self.unknown: dict[facts.Loc, bool] = {}
        """For each expression of the body whether nothing is known of its value."""

    def add(self, event: Event) -> None:
        """Keep an event unless it is already known."""
        self.events[event] = None

    def drop(self, kind: type[Event], inside: facts.Loc) -> None:
        """Forget the events of a kind inside a span: another one says more."""
        first, last = inside[:2], inside[2:]
        for event in [item for item in self.events if isinstance(item, kind)]:
            if first <= event.site.loc[:2] and event.site.loc[2:] <= last:
                del self.events[event]

    def decide(self, test: facts.Expr, decided: bool | None) -> None:
        """Note what the test of a branch decides in this run (None: either)."""

    def see(self, node: facts.Expr, value: Value) -> None:
        """Note the value of an expression."""
        if value.taint == UNKNOWN and not value.deps:
            self.unknown[node.loc] = True
        else:
            self.unknown.setdefault(node.loc, False)


class Base:
    """One interpretation of one body under one run."""

    def __init__(
        self, solver: Solver, function: Function, run: Run, variant: Variant = (), recorder: Recorder | None = None
    ) -> None:
        self.solver = solver
        self.program = solver.program
        self.config = solver.config
        self.knowledge = solver.knowledge
        self.function = function
        self.run = run
        self.aware = run is not Run.ONE
        """Whether the body holds a namespace."""
        self.variant = dict(variant)
        self.saw_rank = False
        """Set by a test that depends on the shape of an argument."""
        self.unread = False
        """No body that mentions its namespace reads this property."""
        self.aside = False
        """The body runs around the trace: only the NumPy run of others comes to it, or its objects drive a loop."""
        self.loops = 0
        """Above zero in the body of a loop."""
        self.tests = 0
        """Above zero in a test."""
        self.maybe = 0
        """Above zero in an expression that is not evaluated always."""
        self.ended = False
        """A function was called that never comes back: control does not leave the statement in hand."""
        self.branches = 0
        """Above zero in a branch that is not taken always."""
        self.shaped = 0
        """Above zero in a branch that only some shapes of an argument reach."""
        self.spared = NO_ATTRIBUTES
        """Attributes that a test found to be concrete where the statement in hand stands, whatever the object."""
        self.recorder = recorder
        self.watcher = recorder if recorder is not None and recorder.sees else None
        """The recorder, where it is told the values of expressions."""
        self.summary = Summary(
            sinks={}, further={}, stores={}, evidence={}, edges={}, sites={}, targets={}, operands={}, quiet=True
        )
        self.further: dict[SinkKey, dict[Witness, None]] = {}
        """What the summary will say of what else reaches a sink."""
        self.applied: dict[Param, Application] = {}
        """What the summary will say of the parameters that the body calls."""
        self.closures: list[Captured] = []
        self.receivers: set[str] = set()
        """Names of which attributes were assigned or tested: the environment may know their values."""
        self.handing = 0
        """Above zero while a function is called that was handed over: no call of it stands here."""
        self.depth = 0
        self.repaired = False
        """Whatever breaks is taken for repaired: what follows it is seen, too."""
        self.looking_on = False
        """And a conversion to the host ends what is traced."""
        self.raw: dict[int, tuple[Value, tuple[Function, ...]]] = {}
        """The arrays that calls gave, by identity, and the functions that gave them."""
        self.eager = 0
        """Above zero where JAX is told to compute at once: its results are concrete there."""
        self.host = 0
        """Above zero while host code (a callback, a driver's argument) is interpreted: no tracer rule applies."""
        self.other_body: facts.Body | None = None
        """Interpreted in place of the function's own."""
        self.said: list[tuple[Param, facts.Loc]] = []
        """Wherever the body treats a parameter as a value that may be a JAX array."""
        self.handlers: list[facts.Handler] = []
        """The handlers of the ``try`` statements around the statement in hand, the innermost last."""

    @property
    def body(self) -> facts.Body | None:
        """What is interpreted; None when it could not be read."""
        return self.other_body or self.program.own_body(self.function)

    # ------------------------------------------------------------------------------------------------ namespace

    @property
    def module_name(self) -> str:
        """The module that the namespace in hand stands for in this run."""
        return "jax.numpy" if self.run is Run.JAX else "numpy"

    def module_of(self, shape: External) -> str:
        """The module that a name means; where both backends met in a local namespace, it is the one of the run."""
        return self.module_name if shape.name == "xp" and self.aware else shape.name

    def namespace(self) -> Value:
        """The namespace in hand as a value."""
        return Value(shape=External(self.module_name, namespace=True))

    def backend(self, is_jax: bool) -> Value:
        """A boolean that says which backend is in use."""
        self.summary.apart = True
        return Value(shape=Const("backend", is_jax))

    def attribute_key(self, receiver: str, attribute: str) -> str:
        """The environment's key of an attribute of a name; it is forgotten when the name is bound again."""
        self.receivers.add(receiver)
        return f"{receiver}.{attribute}"

    # ------------------------------------------------------------------------------------------------ recording

    def emit(self, event: Event) -> None:
        """Hand an event to the recorder, when there is one."""
        if not self.host and (self.run is not Run.NUMPY or event.on_numpy_path):
            self.summary.quiet = False
            if self.recorder is not None:
                self.recorder.add(event)

    def site(self, loc: facts.Loc) -> Site:
        """A place in this body and run."""
        judge = self.recorder.judge if self.recorder is not None else None
        hidden = next((item.loc[0] for item in reversed(self.handlers) if hides_tracing(item)), 0)
        on_host = self.aside or (self.summary.driver and not self.depth)
        return Site(self.function, self.run, loc, judge, on_host, self.unread, hidden, self.spared)

    def sink(
        self,
        kind: Sink,
        values: Iterable[Value],
        loc: facts.Loc,
        label: str,
        name: str,
        places: tuple[Step, ...] = (),
    ) -> bool:
        """Values meet an operation of a kind that breaks on traced ones; returns whether any may be traced.

        ``places`` are others in the body that change with the operation.
        """
        from xpcheck.flow.events.body_events import ArrayOp

        if self.host:
            return False
        values = list(values)
        taint, deps = gather_values(values)
        deps = without(deps, self.spared)
        if taint < STAGED and not deps:
            return False
        for dep in deps:
            self.keep_sink((dep, kind), Witness(loc, label, shaped=bool(self.shaped), spared=self.spared))
        wrapped = any(type(item.shape) is Instance for item in values)
        self.emit(ArrayOp(self.site(loc), kind, label, name, taint, deps, wrapped, places))
        return True

    def after(self, broke: bool, operands: Iterable[Value], otherwise: Value, ends: bool = False) -> Value:
        """What an operation gives where it broke: nothing that breaks again, unless it is taken for repaired."""
        self.summary.breaks |= broke
        return derive(*operands, shape=Array()) if broke and self.repaired and not ends else otherwise

    def keep_sink(self, key: tuple[Dep, Sink], witness: Witness) -> None:
        """Remember the first witness of a sink; one that every value reaches is better than one that does not."""
        sinks = self.summary.sinks
        known = sinks.get(key)
        if known is None:
            key = self.solver.sink_keys.setdefault(key, key)
        if known is None or (witness.shaped, len(witness.spared)) < (known.shaped, len(known.spared)):
            sinks[key] = witness
            witness, known = known or witness, witness
        if witness != known:
            further = self.further.get(key)
            if further is None:
                further = self.further[self.solver.sink_keys[key]] = {}
            if len(further) < MAX_FURTHER:
                further[witness] = None

    def prove(self, value: Value, loc: facts.Loc, note: str, certain: bool = True) -> None:
        """The body treats a parameter as a value that may be a JAX array; one it only computes from is likely so."""
        if self.run is not Run.JAX or self.host or type(value.shape) is Instance:
            return
        if type(value.shape) is Items:
            for item in value.shape.items:
                self.prove(item, loc, note, certain)
            return
        exact = type(value.path) is Param and value.path in value.deps
        for path in value.deps if not exact else (value.path,):
            if type(path) is not Param or path.attr:
                continue
            sure = certain and exact
            self.said.append((path, loc))
            known = self.summary.evidence.get(path)
            if known is None or (sure and not known.certain):
                self.summary.evidence[path] = Evidence(loc, note, sure)

    def use_as_size(self, values: Iterable[Value]) -> None:
        """The body uses values as shapes, axes or bounds: parameters among them are static."""
        if not self.host:
            self.summary.sizes |= plain_deps(values)

    def use_as_number(self, values: Iterable[Value]) -> None:
        """Python converts or rounds values: parameters that nothing else was computed from are plain numbers."""
        if not self.host:
            self.summary.casts |= plain_deps(values)

    def use_as_key(self, value: Value) -> None:
        """The body compares a value with texts, or looks it up in a dict: what it was given chooses something."""
        if value.path is not None and value.path in value.deps and not self.host:
            self.summary.keys |= {value.path}

    def compute_with(self, loc: facts.Loc, *values: Value, quantity: bool = False) -> None:
        """Operands of an operator of Python: parameters among them may be what the namespace is taken for."""
        self._keep_operands(operands(loc, values, quantity))

    def map_by_numpy(self, loc: facts.Loc, values: list[Value]) -> None:
        """Arguments of an elementwise function of NumPy: it stands for the namespace that was meant."""
        self._keep_operands(mapped(loc, values))

    def _keep_operands(self, found: Iterable[tuple[Param, Operand]]) -> None:
        for path, operand in found if self.run is Run.JAX and not self.host else ():
            known = self.summary.operands.get(path)
            if known is None or (operand.quantity and not known.quantity):
                self.summary.operands[path] = operand

    def note_use(self, value: Value, array: bool = False) -> None:
        """An xp-aware body computes with attributes of a class: they may be free parameters, or (``array``) arrays.

        A body that asks the arrays in hand for their namespace, or would if it were given none (``xp=None``), says so
        of these alone: beside them an object's numbers are settings.
        """
        asking = self.solver.aware(self.function) in {"jax", "local"} or self.solver.infers_namespace(self.function)
        if self.run is not Run.JAX or self.host or asking:
            return
        for dep in spread(value)[1]:
            use = (dep.cls, dep.attr) if type(dep) is Fact else None
            if type(dep) is Param and dep.attr and dep.index == 0 and self.function.owner is not None:
                use = (self.function.owner, dep.attr)
            if use is not None:
                self.solver.note_use(*use, namespace=True, array=array and (dep == value.path or value.deps == {dep}))

    def is_factory(self, name: str) -> bool:
        """Whether the function of a qualified name returns the namespace of its arguments."""
        factories = self.config.namespace_factories
        return name in factories or name.rpartition(".")[2] in factories

    def catches(self, name: str) -> bool:
        """Whether a handler around the statement in hand catches an exception of the standard library."""
        return any(catches(handler, name) for handler in self.handlers)

    def unresolved(self, loc: facts.Loc, why: str) -> None:
        """Note a call that could not be resolved, whatever it was resolved to before."""
        self.summary.sites[loc] = why

    # ------------------------------------------------------------------------------------------------ evaluation

    def evaluate(self, node: facts.Expr, env: Env) -> Value:
        """The value of an expression."""
        raise NotImplementedError

    def execute(self, statements: Iterable[facts.Stmt], env: Env) -> Env | None:
        """Run statements; None when control does not leave them at their end."""
        raise NotImplementedError

    def bind(self, target: facts.Expr, value: Value, env: Env) -> None:
        """Assign a value to a target."""
        raise NotImplementedError

    def call_value(self, func: Value, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call a value."""
        raise NotImplementedError

    def call_handed(self, func: Value, args: Arguments, written: facts.Expr) -> Value:
        """Call a function where it is handed over, as it will be called elsewhere."""
        self.handing += type(func.shape) is Routine
        result = self.call_value(func, args, written, {})
        self.handing -= type(func.shape) is Routine
        return result

    def attribute(self, base: Value, name: str, node: facts.Attr, env: Env) -> Value:
        """Read an attribute of a value."""
        raise NotImplementedError

    def call_closure(self, number: int, args: Arguments, node: facts.Expr) -> Value:
        """Call a nested function of this body."""
        raise NotImplementedError

    def external(self, shape: External, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call something outside the program."""
        raise NotImplementedError

    def super_value(self, env: Env) -> Value:
        """``super()`` in this body."""
        raise NotImplementedError

    def read_property(
        self, base: Value, targets: list[tuple[Function, Class]], node: facts.Attr, heuristic: str = ""
    ) -> Value:
        """Read a property: a call of its getter with the object alone."""
        raise NotImplementedError

    def item_of(self, iterated: facts.Expr, target: facts.Expr, within: object, env: Env) -> Value:
        """What a loop gives its target, of which the parts ``within`` make use."""
        raise NotImplementedError

    def element(self, value: Value, loc: facts.Loc) -> Value:
        """The value of the loop variable of ``for ... in value``."""
        raise NotImplementedError

    def substitute_fields(self, cls: Class, stored: Value, shape: Instance) -> Value:
        """An attribute of an object built in sight, in terms of the constructor's arguments."""
        raise NotImplementedError

    def nested_body(self, node: facts.Def, env: Env) -> Value:
        """Interpret the statements of a nested function."""
        raise NotImplementedError

    def define(self, node: facts.Def | facts.Lambda, env: Env) -> Value:
        """A nested function becomes a value that remembers its environment."""
        raise NotImplementedError

    def note_built(self, cls: Class, instance: Value, given: dict[int, Value], node: facts.Expr) -> None:
        """An instance was built by this body."""
        raise NotImplementedError

    def note_built_by(self, functions: tuple[Function, ...], result: Value, node: facts.Expr) -> None:
        """A helper of this body gave an instance."""
        raise NotImplementedError

    def crossed(self, transformed: Transformed, args: Arguments, result: Value, node: facts.Expr) -> None:
        """A transformed function was called."""
        raise NotImplementedError

    def evaluate_again(self, node: facts.Expr, env: Env) -> Value:
        """The value of an expression that is evaluated at its own place, too: no event is emitted here."""
        self.host += 1
        try:
            return self.evaluate(node, env)
        finally:
            self.host -= 1

    def selected(self, func: Value, args: Arguments, node: facts.Call, env: Env) -> None:
        """A function was called that may select one of two values."""
        raise NotImplementedError

    def note_transformed(self, function: Value, node: facts.Expr) -> None:
        """A function is given to a transform."""
        raise NotImplementedError

    def operator(self, loc: facts.Loc, op: str, left: Value, right: Value) -> None:
        """Tell the rules about a Python operator between arrays."""
        raise NotImplementedError

    def check_dispatch(self, test: facts.Expr, yes: tuple[object, ...], no: tuple[object, ...], env: Env) -> None:
        """A test on a type, with what is done in its two branches."""
        raise NotImplementedError

    def truth(
        self, node: facts.Expr, env: Env, kind: Sink = Sink.BRANCH, label: str = "if"
    ) -> tuple[bool | None, Env, Env]:
        """What a test decides, and the environments of its two branches."""
        raise NotImplementedError


class Arguments:
    """The evaluated arguments of a call: positional, keyword, and whether unknown ones may hide in ``*`` or ``**``."""

    __slots__ = ("env", "keywords", "loc", "own_rest", "own_star", "positional", "rest", "star", "withheld", "written")

    def __init__(
        self,
        positional: list[Value] | None = None,
        keywords: dict[str, Value] | None = None,
        star: bool = False,
        rest: list[str] | None = None,
        loc: facts.Loc = (0, 0, 0, 0),
    ) -> None:
        self.positional = positional or []
        self.keywords = keywords or {}
        self.star = star
        """``*args`` was given, so positions after it are unknown."""
        self.rest = rest or []
        """Names of the ``**`` arguments as written ("" when it is no bare name)."""
        self.loc = loc
        self.own_star: int | None = None
        """The body's own ``*args``, by its index, where the call hands that on."""
        self.own_rest: int | None = None
        """The body's own ``**kwargs``, by its index, where the call hands that on."""
        self.withheld: frozenset[str] = frozenset()
        """Names that the body's own ``**kwargs`` never holds: it has parameters for them."""
        self.written: tuple[facts.Arg, ...] = ()
        """The arguments as they stand in the source; none for calls that are not written out."""
        self.env: Env | None = None
        """The environment in which they stand."""

    @property
    def values(self) -> list[Value]:
        """All argument values."""
        return [*self.positional, *self.keywords.values()]


def catches(handler: facts.Handler, name: str) -> bool:
    """Whether a handler catches an exception of the standard library, by its name or a name above it."""
    kinds = handler.type.items if isinstance(handler.type, facts.Tuple) else (handler.type,)
    names = {"BaseException" if kind is None else (dotted(kind) or "").rpartition(".")[2] for kind in kinds}
    caught = getattr(builtins, name)
    return any(base.__name__ in names for base in caught.__mro__)


def hides_tracing(handler: facts.Handler) -> bool:
    """Whether a handler catches the errors of tracing, which are type errors and index errors, and goes on."""
    caught = catches(handler, "TypeError") or catches(handler, "IndexError")
    return caught and not ends_in_raise(handler)


def ends_in_raise(handler: facts.Handler) -> bool:
    """Whether a handler raises again at its end: it hides nothing."""
    return bool(handler.body) and isinstance(handler.body[-1], facts.Raise)


def is_as_given(value: Value) -> bool:
    """Whether a value is a parameter or attribute itself and nothing computed from it, or a display of such."""
    if type(value.shape) is Items and value.shape.items:
        return all(is_as_given(item) for item in value.shape.items)
    return value.path is not None and value.path in value.deps


def owner_of(function: Function) -> Class | None:
    """The class whose instances a function receives first, or None."""
    return function.owner if function.binding == "method" else None
