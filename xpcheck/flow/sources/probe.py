"""Helper predicates: what a function of the program answers when it is given an array of JAX, or what holds one.

``is_concrete(x)``, ``_any_traced(x)``, ``is_lazy_array(x)`` and their like are recognised by their bodies: the test
decides for a tracer whatever the rest of the program does.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from xpcheck import facts
from xpcheck.link.definitions import Class, External, Function, ModuleName, Variable
from xpcheck.link.names import dotted

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver

_MAX_STATEMENTS = 30
_MAX_DEPTH = 5
_PLAIN = frozenset({"float", "int", "bool", "complex", "str", "ndarray", "number", "floating", "integer", "Number"})
"""Names of types of which no array of JAX is an instance."""
_CONVERSIONS = frozenset({"builtins.float", "builtins.int", "builtins.bool", "builtins.complex"})
_ABSTRACT = frozenset({"abc", "builtins", "collections", "numbers", "typing", "typing_extensions"})
"""Packages of types that ask a value what it can do."""
_LOADED = frozenset({"jax", "numpy"})
"""Modules that are loaded wherever there is an array of JAX."""


def answer_for_array(solver: Solver, function: Function, index: int, traced: bool, read: set[Function]) -> bool | None:
    """True or False when the function returns that for an array of JAX in parameter ``index``, else None.

    The array is ``traced``, or it is concrete. The answer rests on the bodies of the functions that are added to
    ``read``.
    """
    if index >= len(function.params) or function.accessor:
        return None
    found = _Probe(solver, function, traced, {function.params[index].name: _Thing.ARRAY}, read).run()
    return found.value if isinstance(found, _Exactly) and isinstance(found.value, bool) else None


class Answer(NamedTuple):
    """What a helper answers where one of some attributes is traced."""

    value: bool
    attributes: frozenset[str]


def answer_for_attributes(solver: Solver, function: Function, index: int, read: set[Function]) -> Answer | None:
    """What the function answers where an attribute of the objects in parameter ``index`` is traced, and for which.

    The parameter holds one object, or several: ``any_traced(galaxies)``. None when no attribute decides. Of ``read``
    see ``answer_for_array``.
    """
    if index >= len(function.params) or function.accessor:
        return None

    def probe(attribute: str) -> _Probe:
        names: dict[str, _Value] = {function.params[index].name: _Thing.HOLDER}
        return _Probe(solver, function, True, names, read, attribute=attribute)

    survey = probe("")
    survey.run()
    found = {attribute: probe(attribute).run() for attribute in sorted(survey.asked)}
    for value in (True, False):
        attributes = frozenset(name for name, answer in found.items() if answer == _Exactly(value))
        if attributes:
            return Answer(value, attributes)
    return None


class _Thing(enum.Enum):
    ARRAY = "the array, or a container of such arrays"
    HOLDER = "an object that holds the array in an attribute, or a container of such objects"
    CLASS = "its class"
    HOME = "the name of the module of its class"
    UNKNOWN = "anything"


@dataclass(frozen=True, slots=True)
class _Exactly:
    """A constant."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class _Named:
    """Something outside the program."""

    name: str


@dataclass(frozen=True, slots=True)
class _AnyOf:
    """A tuple or a union of types, a tuple or a set of texts."""

    items: tuple[_Value, ...]


_Value: TypeAlias = "_Thing | _Exactly | _Named | _AnyOf | Function | Class | ModuleName | Variable"


_CONCERNED = frozenset({_Thing.ARRAY, _Thing.HOLDER, _Thing.CLASS})


class _ReturnedError(Exception):
    def __init__(self, value: _Value) -> None:
        self.value = value


class _UnknownError(Exception):
    pass


class _RaisedError(Exception):
    pass


class _Probe:
    """Runs a body for an array of JAX under one name; anything it does not understand ends the run.

    What holds the array has it in ``attribute``; ``asked`` are the attributes that were read of it.
    """

    def __init__(
        self,
        solver: Solver,
        function: Function,
        traced: bool,
        names: dict[str, _Value],
        read: set[Function],
        depth: int = 0,
        attribute: str = "",
    ) -> None:
        self._solver = solver
        self._function = function
        self._traced = traced
        self._names = names
        self._read = read
        self._depth = depth
        self._attribute = attribute
        self.asked: set[str] = set()

    def run(self) -> _Value:
        """What the function returns; nothing is known of it where the run ends before."""
        self._read.add(self._function)
        body = self._solver.program.own_body(self._function)
        if body is None or len(body.statements) > _MAX_STATEMENTS:
            return _Thing.UNKNOWN
        try:
            self._block(body.statements)
        except _ReturnedError as done:
            return done.value
        except (_UnknownError, _RaisedError):
            return _Thing.UNKNOWN
        return _Exactly(None)

    # ------------------------------------------------------------------------------------------------ statements

    def _block(self, statements: tuple[facts.Stmt, ...]) -> None:
        for item in statements:
            self._statement(item)

    def _statement(self, item: facts.Stmt) -> None:
        if isinstance(item, facts.Return):
            raise _ReturnedError(self._value(item.value) if item.value is not None else _Exactly(None))
        if isinstance(item, facts.If):
            decided = self._truth(item.test)
            if decided is None:
                raise _UnknownError
            self._block(item.body if decided else item.orelse)
        elif isinstance(item, facts.Try):
            try:
                self._block(item.body)
                self._block(item.orelse)
            except _RaisedError:
                if not item.handlers:
                    raise
                self._block(item.handlers[0].body)
        elif isinstance(item, facts.Assign):
            value = self._value(item.value) if item.value is not None else _Thing.UNKNOWN
            self._names.update((target.id, value) for target in item.targets if isinstance(target, facts.Name))
        elif isinstance(item, facts.ExprStmt):
            self._value(item.value)
        elif isinstance(item, facts.Import):
            self._import(item)
        elif isinstance(item, facts.Raise):
            raise _RaisedError
        elif not isinstance(item, facts.Jump | facts.Assert):
            raise _UnknownError

    def _import(self, item: facts.Import) -> None:
        names = self._solver.program.names
        for name, (source, attribute) in names.bindings(self._function.module, item):
            found = names.imported(self._function.module.name, source, attribute) if name != "*" else None
            self._names[name] = _outside(found) if found is not None else _Thing.UNKNOWN

    # ----------------------------------------------------------------------------------------------- expressions

    def _truth(self, node: facts.Expr) -> bool | None:
        value = self._value(node)
        if value is _Thing.ARRAY and self._traced:
            raise _RaisedError
        return bool(value.value) if isinstance(value, _Exactly) else None

    def _value(self, node: facts.Expr) -> _Value:
        handler = _EXPRESSIONS.get(type(node))
        return handler(self, node) if handler is not None else _Thing.UNKNOWN

    def _const(self, node: facts.Const) -> _Value:
        return _exactly(node)

    def _path(self, node: facts.Name | facts.Attr) -> _Value:
        """A name, or an attribute of something."""
        path = dotted(node)
        first, _, rest = (path or "").partition(".")
        if path is not None and first not in self._names:
            entity = self._solver.program.resolve(self._function.module, node)
            if entity is None:
                return _Named(path if rest else f"builtins.{path}")
            return _outside(entity)
        if isinstance(node, facts.Name):
            return self._names[node.id]
        base = self._value(node.value)
        if isinstance(base, _Named):
            return _Named(f"{base.name}.{node.name}")
        if base is _Thing.HOLDER:
            self.asked.add(node.name)
            return _Thing.ARRAY if node.name == self._attribute else _Thing.UNKNOWN
        return _Thing.HOME if base is _Thing.CLASS and node.name == "__module__" else _Thing.UNKNOWN

    def _unary(self, node: facts.Unary) -> _Value:
        inner = self._truth(node.operand) if node.op == "not" else None
        return _Thing.UNKNOWN if inner is None else _Exactly(not inner)

    def _bool(self, node: facts.Bool) -> _Value:
        stop = node.op == "or"
        answers = []
        for item in node.values:
            answers.append(self._truth(item))
            if answers[-1] is stop:
                return _Exactly(stop)
        return _Exactly(not stop) if all(answer is (not stop) for answer in answers) else _Thing.UNKNOWN

    def _binary(self, node: facts.Binary) -> _Value:
        """``A | B`` of types."""
        return _AnyOf((self._value(node.left), self._value(node.right))) if node.op == "|" else _Thing.UNKNOWN

    def _display(self, node: facts.Tuple | facts.List | facts.Set) -> _Value:
        return _AnyOf(tuple(self._value(item) for item in node.items))

    def _cond(self, node: facts.Cond) -> _Value:
        decided = self._truth(node.test)
        return _Thing.UNKNOWN if decided is None else self._value(node.body if decided else node.orelse)

    def _index(self, node: facts.Index) -> _Value:
        """``sys.modules["jax"]``."""
        base, index = self._value(node.value), self._value(node.index)
        if base == _Named("sys.modules") and isinstance(index, _Exactly):
            return _Named(str(index.value))
        return _Thing.UNKNOWN

    def _compare(self, node: facts.Compare) -> _Value:
        left, right, op = self._value(node.left), self._value(node.comparators[0]), node.ops[0]
        if len(node.ops) > 1:
            return _Thing.UNKNOWN
        if op in {"is", "is not"} and right == _Exactly(None) and left is not _Thing.UNKNOWN:
            return _Exactly((left == right) == (op == "is"))
        if op in {"in", "not in"} and right == _Named("sys.modules") and isinstance(left, _Exactly):
            return _Exactly(op == "in") if left.value in _LOADED else _Thing.UNKNOWN
        if isinstance(left, _Exactly) and isinstance(right, _Exactly) and op in {"==", "!="}:
            return _Exactly((left == right) == (op == "=="))
        return _Thing.UNKNOWN

    # ------------------------------------------------------------------------------------------------------ calls

    def _call(self, node: facts.Call) -> _Value:
        func = self._value(node.func)
        if isinstance(func, Function):
            return self._called(func, node)
        values = [arg.value for arg in node.args]
        if isinstance(node.func, facts.Attr) and node.func.name == "startswith":
            return self._starts(self._value(node.func.value), values)
        name = func.name if isinstance(func, _Named) else ""
        if name in {"builtins.any", "builtins.all"} and values and isinstance(values[0], facts.Comp):
            return self._quantified(name, values[0])
        given = [self._value(value) for value in values]
        if name in _CONVERSIONS and given[:1] == [_Thing.ARRAY] and self._traced:
            raise _RaisedError
        if name == "builtins.type" and given == [_Thing.ARRAY]:
            return _Thing.CLASS
        if name.rpartition(".")[2] == "cast" and len(given) == 2:
            return given[1]
        if name == "builtins.getattr" and isinstance(given[0], _Named) and isinstance(given[1], _Exactly):
            return _Named(f"{given[0].name}.{given[1].value}")
        if name == "builtins.hasattr" and given[0] is _Thing.ARRAY and isinstance(given[1], _Exactly):
            return _Exactly(True) if self._solver.all_arrays_have(str(given[1].value)) else _Thing.UNKNOWN
        tests = {"builtins.isinstance": _Thing.ARRAY, "builtins.issubclass": _Thing.CLASS}
        if len(given) == 2 and given[0] is tests.get(name, _Thing.UNKNOWN) and given[0] is not _Thing.UNKNOWN:
            answer = self._is_kind(given[1], given[0])
            return _Thing.UNKNOWN if answer is None else _Exactly(answer)
        return _Thing.UNKNOWN

    def _called(self, function: Function, node: facts.Call) -> _Value:
        """What another function of the program answers, when it is given the array or its class."""
        given: dict[str, _Value] = {
            param.name: _exactly(param.default) for param in function.params if isinstance(param.default, facts.Const)
        }
        places = [param.name for param in function.params if param.kind in {"pos", "posonly"}]
        for place, arg in enumerate(node.args):
            if arg.star or (arg.keyword is None and place >= len(places)):
                return _Thing.UNKNOWN
            given[arg.keyword or places[place]] = self._value(arg.value)
        concerned = not _CONCERNED.isdisjoint(given.values())
        if not concerned or function.owner is not None or function.accessor or self._depth >= _MAX_DEPTH:
            return _Thing.UNKNOWN
        names = {param.name: given.get(param.name, _Thing.UNKNOWN) for param in function.params}
        probe = _Probe(self._solver, function, self._traced, names, self._read, self._depth + 1, self._attribute)
        answer = probe.run()
        self.asked |= probe.asked
        return answer

    def _starts(self, base: _Value, values: list[facts.Expr]) -> _Value:
        """``type(x).__module__.startswith("jax")``."""
        found = self._value(values[0]) if base is _Thing.HOME and values else _Thing.UNKNOWN
        options = found.items if isinstance(found, _AnyOf) else (found,)
        texts = [item.value for item in options if isinstance(item, _Exactly)]
        return _Exactly(True) if any(str(text).startswith("jax") for text in texts) else _Thing.UNKNOWN

    def _quantified(self, name: str, comp: facts.Comp) -> _Value:
        clause = comp.clauses[0]
        items = self._value(clause.iter)
        if not isinstance(clause.target, facts.Name) or items not in {_Thing.ARRAY, _Thing.HOLDER}:
            return _Thing.UNKNOWN
        self._names[clause.target.id] = items
        answer = self._truth(comp.element)
        return _Exactly(answer) if answer is (name == "builtins.any") else _Thing.UNKNOWN

    def _is_kind(self, types: _Value, asked: _Value) -> bool | None:
        """Whether the array is an instance of one of some types, or its class a subclass of one."""
        answers = [self._is_one(item, asked) for item in _flat(types)]
        if True in answers:
            return True
        return False if answers and all(answer is False for answer in answers) else None

    def _is_one(self, kind: _Value, asked: _Value) -> bool | None:
        if not isinstance(kind, _Named):
            return None
        root, last = kind.name.partition(".")[0], kind.name.rpartition(".")[2]
        if last == "Tracer":
            return self._traced
        if kind.name in {"jax.Array", "jax.numpy.ndarray"}:
            # Since JAX 0.8.2 the class of a tracer is no subclass, although a tracer is an instance.
            return True if asked is _Thing.ARRAY or not self._traced else None
        if last in _PLAIN:
            return False
        return None if root in _ABSTRACT or root == "jax" else False


def _exactly(node: facts.Const) -> _Value:
    return _Exactly(node.value) if node.value is not None or node.kind == "none" else _Thing.UNKNOWN


def _flat(types: _Value) -> list[_Value]:
    return [one for item in types.items for one in _flat(item)] if isinstance(types, _AnyOf) else [types]


def _outside(entity: Function | Class | Variable | ModuleName | External) -> _Value:
    return _Named(entity.name) if isinstance(entity, External) else entity


_EXPRESSIONS: dict[type, Callable[[_Probe, Any], _Value]] = {
    facts.Const: _Probe._const,
    facts.Name: _Probe._path,
    facts.Attr: _Probe._path,
    facts.Unary: _Probe._unary,
    facts.Bool: _Probe._bool,
    facts.Binary: _Probe._binary,
    facts.Tuple: _Probe._display,
    facts.List: _Probe._display,
    facts.Set: _Probe._display,
    facts.Cond: _Probe._cond,
    facts.Index: _Probe._index,
    facts.Compare: _Probe._compare,
    facts.Call: _Probe._call,
}
