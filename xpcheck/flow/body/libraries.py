"""Calls of things outside the program: NumPy, JAX, SciPy, builtins, methods of arrays and containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec

from xpcheck import facts
from xpcheck.flow import models
from xpcheck.flow.body.answers import may_be_array
from xpcheck.flow.body.arguments import label_of
from xpcheck.flow.body.asking import Asking
from xpcheck.flow.body.base import Arguments, Env
from xpcheck.flow.body.bound_methods import BoundMethods
from xpcheck.flow.body.handling import Handling
from xpcheck.flow.body.jax_calls import JaxCalls
from xpcheck.flow.body.keeping import Keeping
from xpcheck.flow.body.misuse import Misuse
from xpcheck.flow.body.standard import RECORD, Standard
from xpcheck.flow.events.body_events import ArrayOp
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
    TEXT,
    TRACED,
    UNKNOWN,
    UNKNOWN_VALUE,
    Array,
    ClassRef,
    Closure,
    Const,
    External,
    Fact,
    Instance,
    Items,
    Mapping,
    Param,
    Rank,
    Routine,
    Sequence,
    Text,
    Transformed,
    Value,
    derive,
    element_of,
    join_all,
    spread,
)

_CONVERSIONS = frozenset({"array", "asarray", "asanyarray"})
_ROUNDING = frozenset({"math.ceil", "math.floor", "math.trunc", "math.isqrt"})
_CHOICES = frozenset({"cond", "switch"})
_FILLED = {"collections.OrderedDict": "dict", "collections.deque": "list"}
"""Containers of the standard library, and the builtins that are made of the same arguments."""
_CONTAINERS = frozenset({"list", "tuple", "set", "frozenset", "iter", "reversed"})


class Libraries(BoundMethods, Misuse, Standard, Handling, Keeping, JaxCalls, Asking):
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
            return self._builtin(rest, args, node, env)
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
            return self._reduce(args, node, env)
        if name in {"copy.copy", "copy.deepcopy"} and args.positional:
            return args.positional[0]
        if name in _FILLED:
            return self._builtin(_FILLED[name], args, node, env)
        known = self.standard(name, args, node)
        if known is not None:
            return known
        transform = self.knowledge.transform(name)
        if transform is not None:
            return self._transform(name, transform, args, node, env)
        described = self.knowledge.described(name)
        if described is not None and described.backend and self.aware:
            return self.backend(described.backend == self.module_name)
        if described is not None and described.effect == "passes":
            return derive(*args.values, shape=Array(described.boolean))
        if root in self.knowledge.foreign_roots or (described is not None and described.effect == "breaks"):
            return self._foreign(name, args, node, env)
        model = self.knowledge.library(name)
        if model is not None and model.effect == "random":
            return self._random(name, args, node)
        self._callbacks(args, env, host=False)
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
            return self._random(shape.name, args, node)
        if effect == "passes":
            result = derive(*args.values, shape=Array(boolean), floor=HOST)
            self._soft(args, loc, label)
            return result
        self._callbacks(args, env, host=True)
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

    def _random(self, name: str, args: Arguments, node: facts.Expr) -> Value:
        """Random numbers and times: a traced argument breaks them, and beside traced arguments they are constants."""
        label, loc = label_of(node), node.loc
        if name.startswith("time."):
            return Value(HOST, shape=External(f"{name}()"))
        if not self.sink(Sink.RANDOM, args.values, loc, label, name):
            self._freeze(name, loc, label)
        return HOST_ARRAY

    def _freeze(self, name: str, loc: facts.Loc, label: str) -> None:
        """A number of the host becomes a constant of the program that JAX compiles from the body."""
        if self.run is Run.JAX:
            skipped = {self.solver.namespace_param(self.function)}
            deps = frozenset(Param(index) for index in range(len(self.function.params)) if index not in skipped)
            self.emit(ArrayOp(self.site(loc), Sink.RANDOM, label, f"{name}()", HOST, deps))

    def _seeded(self, args: Arguments, loc: facts.Loc) -> None:
        """A time that is converted or seeds a generator is a random number; differences of times are measurements."""
        for shape in (item.shape for item in args.positional[:1]):
            if isinstance(shape, External) and shape.name.startswith("time."):
                self._freeze(shape.name[:-2], loc, shape.name[:-2])

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
        self._callbacks(args, env, host=False)
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
            self._seeded(args, node.loc)
        transform = self.knowledge.transform(name)
        if transform is not None:
            return self._transform(name, transform, args, node, env)
        if last in {"pure_callback", "io_callback", "callback"} and args.positional:
            self._callbacks(Arguments(args.positional[:1]), env, host=True)
            self.check_callback(name, args, node)
            return derive(*args.positional[1:], shape=Array(), floor=HOST if self.eager else STAGED)
        if last in {"Tracer", "Array"} or "tree_util" in name or name.startswith("jax.tree"):
            self._callbacks(args, env, host=False)
            return derive(*args.values)
        self._callbacks(args, env, host=False)
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
        operands = [item for item in args.positional if not _callable(item)]
        for item in args.positional:
            if _callable(item):
                given = [Value(TRACED, spread(one)[1], Array()) for one in operands] or [Value(TRACED, shape=Array())]
                results.append(self._call_with(item, given, node, env))
                if last in _CHOICES and results[-1] == BOTTOM:
                    self.emit(RaisingBranch(self.site(node.loc), label_of(node)))
        staged = derive(*operands, floor=STAGED)
        result = Value(staged.taint, derive(staged, *results).deps, Array())
        if last == "scan":
            return Value(shape=Items((result, result)))
        return result

    def _call_with(self, func: Value, values: list[Value], node: facts.Expr, env: Env) -> Value:
        """Call a function value with as many of the values as it takes."""
        shape = func.shape
        if isinstance(shape, Closure):
            closures = self.closures[shape.number].node.params
            needed = len([param for param in closures if param.kind in {"pos", "posonly"}]) - len(shape.args)
            last = values[-1]
            given = [values[index] if index < len(values) else last for index in range(max(needed, 0))]
            return self.call_value(func, Arguments(given, loc=node.loc), node, env)
        return self.call_value(func, Arguments(values, star=True, loc=node.loc), node, env)

    def _callbacks(self, args: Arguments, env: Env, host: bool) -> None:
        """Functions handed to a library: host code for drivers and callbacks, else unknown."""
        for value in args.values:
            if type(value.shape) is Closure and host:
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
        self._callbacks(args, env, host=True)
        if model is not None and model.effect in {"metadata", "constant", "exception"}:
            given = args.positional[:1] if self.knowledge.asks_for_own(name) and self.run is Run.JAX else []
            return self.backend(False) if any(map(may_be_array, given)) else PLAIN
        plain = [item for item in args.values if not _callable(item)]
        if name in _ROUNDING:
            self.use_as_number(plain)
        built = model is not None and (model.kind == "class" or model.returns == "object")
        broke = self.sink(Sink.FOREIGN, plain, _callee_loc(node), label_of(node), name)
        if built:
            # An object (`Delaunay(points)`) is no array, and what it is given later breaks whatever it was built from.
            return Value(HOST, shape=External(f"{name}()"))
        return self.after(True, plain, UNKNOWN_VALUE, ends=_is_class_name(name)) if broke else Value(HOST)

    # ------------------------------------------------------------------------------------------------- builtins

    def _builtin(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        handler = self._BUILTINS.get(name)
        if handler is not None:
            return handler(self, name, args, node, env)
        if name in {"abs", "round", "pow", "divmod", "sum"}:
            values = args.values
            own = self.changed(name, values[0], node) if name == "abs" and values else None
            if own is not None:
                return own
            if name == "sum" and args.positional:
                values = [self.element(args.positional[0], node.loc), *args.positional[1:]]
            result = derive(*values)
            shapes = [value.shape for value in values if isinstance(value.shape, Array | Instance)]
            kept = args.positional[0].wraps if name == "abs" and args.positional else frozenset()
            return Value(result.taint, result.deps, shapes[0] if shapes else None, wraps=kept)
        if name == "len":
            return PLAIN if any(self._holds_objects(item) for item in args.positional[:1]) else RANK
        if name == "hasattr":
            return self.has_name(args)
        if name == "type" and len(args.positional) == 1 and isinstance(args.positional[0].shape, Instance):
            return Value(shape=ClassRef(args.positional[0].shape.classes))
        if name == "vars" and self.is_record(args):
            return self.as_dict(args, node)
        if name in {"isinstance", "issubclass", "callable", "id", "type", "print", "open", "vars", "dir"}:
            return PLAIN
        if name in {"str", "repr", "format", "chr", "ascii"}:
            return RANK if any(isinstance(item.shape, Rank) for item in args.positional[:1]) else TEXT
        if name in {"property", "object"}:
            return UNKNOWN_VALUE
        self._callbacks(args, env, host=False)
        return UNKNOWN_VALUE if name not in {"hash", "ord", "hex", "bin", "slice"} else PLAIN

    def _holds_objects(self, value: Value) -> bool:
        """Whether a value is a container of objects that are no arrays: how many there are is no array's shape."""
        if not isinstance(value.shape, Items | Sequence | Mapping):
            return False
        element = element_of(value.shape).shape
        return isinstance(element, Instance) and all(self.solver.backing(cls) is None for cls in element.classes)

    def _convert(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if any(isinstance(item.shape, Text | Const) for item in args.positional[:1]):
            return PLAIN
        self._seeded(args, node.loc)
        self.use_as_number(args.positional[:1])
        if self.loops and self.tests and not self.depth and any(item.taint >= STAGED for item in args.positional[:1]):
            self.summary.host_loop = True
        broke = self.sink(Sink.CONVERT, args.positional[:1], node.loc, f"{name}()", f"builtins.{name}")
        return self.after(broke, args.positional[:1], PLAIN, self.looking_on)

    def _extreme(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        values = args.positional
        if len(values) == 1:
            values = [self.element(values[0], node.loc)]
        if name in {"any", "all"} and args.positional and _same_for_all(args.positional[0]) is (name == "all"):
            return self.backend(name == "all")
        if name in {"any", "all", "sorted"} and args.positional:
            values = [self.element(args.positional[0], node.loc)]
        key = args.keywords.get("key")
        if key is not None and _callable(key) and args.positional:
            values = [self._call_with(key, [self.element(args.positional[0], node.loc)], node, env)]
        if len(args.positional) > 1:
            self.compute_with(node.loc, *values)
        plain = [item for item in values if not isinstance(item.shape, Instance | Text)]
        broke = self.sink(Sink.BUILTIN, plain, node.loc, f"{name}()", f"builtins.{name}")
        if name == "sorted" and args.positional:
            return Value(shape=Sequence(self.element(args.positional[0], node.loc)))
        if name in {"any", "all"} or broke:
            return self.after(broke, plain, PLAIN)
        return join_all(values, empty=PLAIN)

    def _range(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        self.use_as_size(args.positional)
        self.sink(Sink.BUILTIN, args.positional, node.loc, "range()", "builtins.range")
        return Value(shape=Sequence(PLAIN))

    def _container(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if not args.positional:
            return Value(shape=Items((), True))
        value = args.positional[0]
        if isinstance(value.shape, Items):
            return Value(value.taint, value.deps, Items(value.shape.items, name == "list"))
        return Value(shape=Sequence(self.element(value, node.loc)))

    def _dict(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if args.positional and isinstance(args.positional[0].shape, Mapping):
            old = args.positional[0].shape
            return Value(shape=Mapping((*old.fields, *args.keywords.items()), old.rest))
        pair = self.element(args.positional[0], node.loc).shape if args.positional else None
        rest = pair.items[1] if isinstance(pair, Items) and len(pair.items) == 2 else None
        return Value(shape=Mapping(tuple(args.keywords.items()), rest))

    def _zip(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        return Value(
            shape=Sequence(Value(shape=Items(tuple(self.element(item, node.loc) for item in args.positional))))
        )

    def _enumerate(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        inner = self.element(args.positional[0], node.loc) if args.positional else PLAIN
        return Value(shape=Sequence(Value(shape=Items((PLAIN, inner)))))

    def _map(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if len(args.positional) < 2:
            return UNKNOWN_VALUE
        func, *rest = args.positional
        if name == "filter":
            return Value(shape=Sequence(self.element(rest[0], node.loc)))
        given = [self.element(item, node.loc) for item in rest]
        return Value(shape=Sequence(self._call_each(func, given, args, node, env)))

    def _reduce(self, args: Arguments, node: facts.Expr, env: Env) -> Value:
        """``reduce(f, items)``: the function is given two items, or what it made of some and another one."""
        func, items, *first = args.positional
        element = self.element(items, node.loc)
        return self._call_each(func, [first[0] if first else element, element], args, node, env)

    def _call_each(self, func: Value, given: list[Value], args: Arguments, node: facts.Expr, env: Env) -> Value:
        """Call the function that ``map`` or ``reduce`` is given: with these values and no others."""
        if type(func.shape) is Closure:
            return self._call_with(func, given, _handed(args, node), env)
        return self.call_handed(func, Arguments(given, loc=node.loc), _handed(args, node))

    def _next(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        return self.element(args.positional[0], node.loc) if args.positional else UNKNOWN_VALUE

    def _getattr(self, function: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if len(args.positional) < 2:
            return UNKNOWN_VALUE
        name = self.named(args)
        if not name:
            self.unresolved(node.loc, "getattr with a name that is not literal")
            return UNKNOWN_VALUE
        loc = args.loc
        attr = facts.Attr(loc, node, name)
        base = args.positional[0]
        if len(args.positional) > 2:
            base = msgspec.structs.replace(base)  # who names a default asks, whatever gave the value
        if isinstance(base.shape, External) and len(args.positional) > 2:
            self.asked.add(name)
        if base.shape is None and len(args.positional) > 2:
            return PLAIN if base.taint == 0 and not base.deps else UNKNOWN_VALUE
        return self.attribute(base, name, attr, env)

    def _setattr(self, function: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        if len(args.positional) == 3 and args.positional[0].path == Param(0) and self.function.binding == "method":
            name = self.named(args)
            if name:
                self.keep(name, args.positional[2])
        target = args.written[0].value if len(args.written) == 3 else None
        if type(target) is facts.Name and (name := self.named(args)):
            env[self.attribute_key(target.id, name)] = args.positional[2]
        self._callbacks(args, env, host=False)
        return NOTHING

    def _super(self, name: str, args: Arguments, node: facts.Expr, env: Env) -> Value:
        return self.super_value(env)

    _BUILTINS: ClassVar[dict[str, Callable[[Libraries, str, Arguments, facts.Expr, Env], Value]]] = {
        "float": _convert,
        "int": _convert,
        "bool": _convert,
        "complex": _convert,
        "min": _extreme,
        "max": _extreme,
        "any": _extreme,
        "all": _extreme,
        "sorted": _extreme,
        "range": _range,
        "dict": _dict,
        "zip": _zip,
        "enumerate": _enumerate,
        "map": _map,
        "filter": _map,
        "next": _next,
        "getattr": _getattr,
        "setattr": _setattr,
        "super": _super,
        **dict.fromkeys(_CONTAINERS, _container),
    }


def _handed(args: Arguments, node: facts.Expr) -> facts.Expr:
    """The function that ``map`` or ``reduce`` is given, as written: what it does stands there."""
    first = args.written[0].value if args.written else node
    return first if isinstance(first, facts.Name | facts.Attr) else node


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


def _same_for_all(values: Value) -> bool | None:
    """What this run decides for each item of an iterable alike, if it decides anything."""
    item = values.shape.element.shape if type(values.shape) is Sequence else None
    return bool(item.value) if type(item) is Const and item.kind == "backend" else None


def _is_class_name(name: str) -> bool:
    """Whether a name of a library is spelt as those of classes are."""
    return name.rpartition(".")[2][:1].isupper()


def _is_held(value: Value) -> bool:
    """Whether nothing but attributes of objects, or constants, enters a value: an argument that alone needs ``xp``."""
    taint, deps = spread(value)
    return taint < STAGED and all(isinstance(dep, Fact) or bool(dep.attr) for dep in deps)


def _callable(value: Value) -> bool:
    return isinstance(value.shape, Closure | Routine | ClassRef | Transformed | External) and not (
        isinstance(value.shape, External) and value.shape.receiver is not None and value.shape.name == "array"
    )


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


__all__ = ["Libraries", "Run"]
