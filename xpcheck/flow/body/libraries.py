"""Calls of libraries: NumPy, JAX, SciPy, and what is handed to them."""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck import facts
from xpcheck.flow import models
from xpcheck.flow.body.answers import Answers, may_be_array
from xpcheck.flow.body.arguments import label_of
from xpcheck.flow.body.asking import Asking
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.body.builtin_calls import Builtins, is_callable
from xpcheck.flow.body.handling import Handling
from xpcheck.flow.body.jax_calls import JaxCalls
from xpcheck.flow.body.standard import RECORD
from xpcheck.flow.events.edge_events import RaisingBranch
from xpcheck.flow.lattice.summary import Run, Sink
from xpcheck.flow.lattice.values import (
    BOTTOM,
    HOST,
    HOST_ARRAY,
    NOTHING,
    PLAIN,
    RANK,
    STAGED,
    TRACED,
    UNKNOWN,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Closure,
    External,
    Fact,
    Items,
    Routine,
    Sequence,
    Transformed,
    Value,
    derive,
    spread,
)

_CONVERSIONS = frozenset({"array", "asarray", "asanyarray"})
_ROUNDING = frozenset({"math.ceil", "math.floor", "math.trunc", "math.isqrt"})
_CHOICES = frozenset({"cond", "switch"})
_FILLED = {"collections.OrderedDict": "dict", "collections.deque": "list"}
"""Containers of the standard library, and the builtins that are made of the same arguments."""


class Libraries(Answers, Builtins, Handling, JaxCalls, Asking):
    """The part of the interpreter that knows libraries."""

    def external(self, shape: External, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call something outside the program."""
        name = shape.name
        root, _, rest = name.partition(".")
        if shape.receiver is not None:
            if root == RECORD:
                return self.record_method(rest, shape.receiver, args, node)
            return self.bound_method(shape, args, node, env)
        if root == "builtins":
            return self.builtin(rest, args, node, env)
        if root == "jax" and not shape.namespace:
            self.note_jax_call(name, node, env)
        if name.startswith("jax.numpy.linalg."):
            self.check_linalg(name, node)
        if name.startswith("jax.numpy."):
            return self._jax_numpy(shape, args, node, env)
        if root == "numpy":
            return self._numpy(shape, args, node, env)
        if root == "jax":
            return self._jax(name, args, node, env)
        if self.is_factory(name):
            self.ask(args.values)
            return self.namespace() if self.aware else UNKNOWN_VALUE
        if name in {"functools.partial", "jax.tree_util.Partial"}:
            return self._partial(args)
        if name == "functools.reduce" and len(args.positional) > 1:
            return self.reduce(args, node, env)
        if name in {"copy.copy", "copy.deepcopy"} and args.positional:
            return args.positional[0]
        if name in _FILLED:
            return self.builtin(_FILLED[name], args, node, env)
        known = self.standard(name, args, node)
        if known is not None:
            return known
        transform = self.knowledge.transform(name)
        if transform is not None:
            return self._transform(name, transform, args, node, env)
        described = self.knowledge.described(name)
        if described is not None and described.backend and self.aware:
            return self.backend(described.backend == self.module_name)
        if described is not None and described.arrays and args.positional:
            return self.is_array_of(described.arrays, args.positional[0])
        if described is not None and described.effect == "passes":
            return derive(*args.values, shape=Array(described.boolean))
        if root in self.knowledge.foreign_roots or (described is not None and described.effect == "breaks"):
            return self._foreign(name, args, node, env)
        model = self.knowledge.library(name)
        if model is not None and model.effect == "random":
            return self.random(name, args, node)
        return Value(UNKNOWN, shape=External(f"{name}()"))

    # ---------------------------------------------------------------------------------------------------- NumPy

    def _numpy(self, shape: External, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """A call of NumPy: written ``np.f``, or ``xp.f`` in the NumPy run."""
        model = self.knowledge.library(shape.name)
        effect = model.effect if model is not None else "breaks"
        for value in args.values:
            self.note_use(value)
        label, loc = label_of(node), _callee_loc(node)
        if shape.name == "numpy.vectorize()":
            self.sink(Sink.NUMPY, args.values, loc, "np.vectorize", "numpy.vectorize")
            return HOST_ARRAY
        if shape.name == "numpy.vectorize":
            return Value(shape=External("numpy.vectorize()"))
        if effect == "metadata":
            return RANK
        if effect in {"exception", "context"}:
            return UNKNOWN_VALUE
        if shape.name.startswith("numpy.testing."):
            return NOTHING  # who compares with it tests, on the host
        if shape.namespace:
            self.check_call(model, args, label, loc)
        boolean = model is not None and model.boolean
        if effect == "random":
            return self.random(shape.name, args, node)
        if effect == "passes":
            result = derive(*args.values, shape=Array(boolean), floor=HOST)
            self._soft(args, loc, label)
            return result
        self._give_to_host(args.values)
        if shape.namespace and shape.name.rpartition(".")[2] in _CONVERSIONS:
            self._conversion_evidence(args, loc, label)
        if model is not None and not shape.namespace and (model.inplace or _sized_by_values(model, args)):
            kind = Sink.MUTATE if model.inplace else Sink.SHAPE
            if self.sink(kind, args.values[:1], loc, label, shape.name):
                return self.after(True, args.values, UNKNOWN_VALUE)
        self.use_as_size(_static_arguments(models.namespace(f"jax.{shape.name}"), args))
        if effect == "silent":
            self.sink(Sink.NUMPY, args.values, loc, label, shape.name)
            return PLAIN
        if model is not None and model.kind == "ufunc" and not (boolean or shape.namespace):
            self.map_by_numpy(loc, args.positional)
        broke = self.sink(Sink.NUMPY, args.values, loc, label, shape.name)
        ends = self.looking_on and shape.name.rpartition(".")[2] in _CONVERSIONS
        return _shaped(model, args, self.after(broke, args.values, HOST_ARRAY, ends), boolean)

    def _soft(self, args: Arguments, loc: facts.Loc, label: str) -> None:
        """NumPy functions that work on a tracer by accident leave no sink."""

    def _jax_numpy(self, shape: External, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """A call of ``jax.numpy``: through the namespace in the JAX run, or written literally."""
        model = self.knowledge.namespace(shape.name)
        last = shape.name.rpartition(".")[2]
        label, loc = label_of(node), _callee_loc(node)
        if last in {"vectorize"} and args.positional:
            return Value(shape=Transformed(args.positional[0], last))
        if model is not None and model.effect == "metadata":
            return RANK
        if last in _CONVERSIONS:
            self._conversion_evidence(args, loc, label)
        elif model is None or model.effect not in {"builder", "dtype"}:
            alone = all(_is_held(value) for value in args.positional)
            for position, value in enumerate(args.positional):
                slot = model.slot(position) if model is not None else None
                if slot is None or not (slot.breaks or slot.name == "fill_value"):
                    self.prove(value, loc, f"`{{}}` is given to `{label}`")
                    self.note_use(value, array=alone)
        self.check_call(model, args, label, loc)
        if model is not None and self._breaks_on_jax(model, args, loc, label):
            return UNKNOWN_VALUE
        self.reject_wrappers(args, shape.name, loc, label, conversion=last in _CONVERSIONS)
        values = [*args.positional, *(item for key, item in args.keywords.items() if key not in {"axis", "dtype"})]
        result = derive(*values, floor=HOST if self.eager else STAGED)
        boolean = model is not None and model.boolean
        if model is not None and model.effect == "dtype":
            return Value(result.taint, result.deps, Array())
        return _shaped(model, args, result, boolean)

    def _breaks_on_jax(self, model: models.Callable, args: Arguments, loc: facts.Loc, label: str) -> bool:
        """Whether a function of ``jax.numpy`` needs a static value, or writes to an array, and gets a traced one."""
        if "out" in args.keywords and "out" in model.numpy_only:
            return self.sink(Sink.MUTATE, [args.keywords["out"]], loc, f"{label}(out=...)", model.name)
        if any(key in args.keywords for key in model.cure):
            return False
        if "inplace" in model.cure:
            return self.sink(Sink.MUTATE, args.values[:1], loc, label, model.name)
        if _sized_by_values(model, args) and self.sink(Sink.SHAPE, args.values[:1], loc, label, model.name):
            return True
        values = _static_arguments(model, args)
        self.use_as_size(values)
        return self.sink(Sink.SHAPE, values, loc, label, model.name)

    def _conversion_evidence(self, args: Arguments, loc: facts.Loc, label: str) -> None:
        """Who converts a parameter says that it is or becomes an array; of what else was computed it says nothing."""
        for value in args.positional[:1]:
            for item in value.shape.items if type(value.shape) is Items else (value,):
                if item.path is not None and item.path in item.deps:
                    self.prove(item, loc, f"`{{}}` is given to `{label}`", certain=False)

    # ------------------------------------------------------------------------------------------------------ JAX

    def _jax(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        last = name.rpartition(".")[2]
        if name.startswith("jax.random."):
            self.seeded(args, node.loc)
        transform = self.knowledge.transform(name)
        if transform is not None:
            return self._transform(name, transform, args, node, env)
        if last in {"pure_callback", "io_callback", "callback"} and args.positional:
            self._give_to_host(args.positional[:1])
            self.check_callback(name, args, node)
            return derive(*args.positional[1:], shape=Array(), floor=HOST if self.eager else STAGED)
        if last in {"Tracer", "Array"} or "tree_util" in name or name.startswith("jax.tree"):
            return derive(*args.values)
        self.check_arrays(args, name, node.loc, label_of(node))
        if last == "ensure_compile_time_eval":
            return Value(shape=External(f"{name}()"))
        return derive(*args.values, shape=Array(), floor=HOST if self.eager else STAGED)

    def _transform(self, name: str, transform: models.Transform, args: Arguments, node: facts.Expr, env: Env) -> Value:
        last = name.rpartition(".")[2]
        if not args.positional:
            return Value(shape=External(name))
        if transform.kind == "wrap":
            if last in {"jit", "pmap"} and not self.depth:
                self.summary.driver = True
            self.note_transformed(args.positional[0], node)
            return self.transformed(last, args, node)
        results: list[Value] = []
        operands = [item for item in args.positional if not is_callable(item)]
        for item in args.positional:
            if is_callable(item):
                given = [Value(TRACED, spread(one)[1], Array()) for one in operands] or [Value(TRACED, shape=Array())]
                results.append(self.call_with(item, given, node, env))
                if last in _CHOICES and results[-1] == BOTTOM:
                    self.emit(RaisingBranch(self.site(node.loc), label_of(node)))
        staged = derive(*operands, floor=STAGED)
        result = Value(staged.taint, derive(staged, *results).deps, Array())
        if last == "scan":
            return Value(shape=Items((result, result)))
        return result

    def _give_to_host(self, values: Iterable[Value]) -> None:
        """Values are handed to a driver or a callback: functions among them are host code."""
        for value in values:
            if type(value.shape) is Closure:
                self.closures[value.shape.number].fate = "host"

    def _partial(self, args: Arguments) -> Value:
        if not args.positional:
            return UNKNOWN_VALUE
        func, *rest = args.positional
        keywords = tuple(args.keywords.items())
        if isinstance(func.shape, Routine):
            old = func.shape
            return Value(
                shape=Routine(old.targets, old.receiver, (*old.args, *rest), (*old.keywords, *keywords), old.heuristic)
            )
        if isinstance(func.shape, Closure):
            return Value(shape=Closure(func.shape.number, (*func.shape.keywords, *keywords), (*func.shape.args, *rest)))
        if isinstance(func.shape, External):
            transform = self.knowledge.transform(func.shape.name)
            return func if transform is not None else UNKNOWN_VALUE
        return func if isinstance(func.shape, ClassRef) else UNKNOWN_VALUE

    # -------------------------------------------------------------------------------------------------- foreign

    def _foreign(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        model = self.knowledge.library(name)
        self._give_to_host(args.values)
        if model is not None and model.effect in {"metadata", "constant", "exception"}:
            given = args.positional[:1] if self.knowledge.asks_for_own(name) and self.run is Run.JAX else []
            return self.backend(False) if any(map(may_be_array, given)) else PLAIN
        plain = [item for item in args.values if not is_callable(item)]
        if name in _ROUNDING:
            self.use_as_number(plain)
        built = model is not None and (model.kind == "class" or model.returns == "object")
        broke = self.sink(Sink.FOREIGN, plain, _callee_loc(node), label_of(node), name)
        if built:
            # An object (`Delaunay(points)`) is no array, and what it is given later breaks whatever it was built from.
            return Value(HOST, shape=External(f"{name}()"))
        return self.after(True, plain, UNKNOWN_VALUE, ends=_is_class_name(name)) if broke else Value(HOST)


def _sized_by_values(model: models.Callable, args: Arguments) -> bool:
    """Whether the shape of the result depends on values: ``nonzero``, ``unique``, ``where`` with one argument."""
    return model.value_shape and (not model.value_shape_args or len(args.values) <= model.value_shape_args)


def _static_arguments(model: models.Callable | None, args: Arguments) -> list[Value]:
    """The arguments that must be static under JAX: shapes, axes, numbers of elements."""
    if model is None:
        return []
    given: list[tuple[int | str, Value]] = [*args.keywords.items()]
    if not args.star:
        given.extend(enumerate(args.positional))
    slots = [(model.slot(where), value) for where, value in given]
    return [value for slot, value in slots if slot is not None and slot.name in model.static_args]


def _is_class_name(name: str) -> bool:
    """Whether a name of a library is spelt as those of classes are."""
    return name.rpartition(".")[2][:1].isupper()


def _is_held(value: Value) -> bool:
    """Whether nothing but attributes of objects, or constants, enters a value: an argument that alone needs ``xp``."""
    taint, deps = spread(value)
    return taint < STAGED and all(isinstance(dep, Fact) or bool(dep.attr) for dep in deps)


def _callee_loc(node: facts.Expr) -> facts.Loc:
    """Where the operation stands: the whole dotted name."""
    return node.loc


def _shaped(model: models.Callable | None, args: Arguments, element: Value, boolean: bool) -> Value:
    """The result of a library function: an array, or the tuple that the model tells; ``atleast_1d(x)`` gives none."""
    item = Value(element.taint, element.deps, Array(boolean))
    if model is None or model.returns in {"array", ""}:
        return item
    if model.returns.startswith("tuple:"):
        alone = len(args.positional) == 1 and not args.star and any(slot.name.startswith("*") for slot in model.slots)
        return item if alone else Value(shape=Items((item,) * int(model.returns[6:])))
    if model.returns in {"list", "tuple"}:
        return Value(shape=Sequence(item))
    return PLAIN if model.returns == "static" else item
