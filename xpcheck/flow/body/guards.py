"""Guards: what a test decides, and what each of its branches may assume.

Four kinds: *backend* tests select the branch of the run; *concrete* tests make a value static in one branch; *type*
tests narrow wrapper, instance or raw array; *presence* tests drop None.
"""

from __future__ import annotations

from functools import cached_property

import msgspec

from xpcheck import facts
from xpcheck.flow.body.asking import asked_with
from xpcheck.flow.body.base import Env
from xpcheck.flow.body.concrete import IF_TRUE, concrete_in
from xpcheck.flow.body.data_types import array_of_numpy
from xpcheck.flow.body.ruling_out import RulingOut
from xpcheck.flow.body.sparing import with_spared
from xpcheck.flow.lattice.summary import Run, Sink
from xpcheck.flow.lattice.values import (
    CONTAINERS,
    ELEMENTS,
    FALSE,
    HOST,
    NONE,
    NOTHING,
    STAGED,
    STATIC,
    TRUE,
    Array,
    Const,
    External,
    Instance,
    InstanceOf,
    Items,
    Param,
    Rank,
    Routine,
    Sequence,
    Text,
    Value,
    derive,
    is_none,
    iterate,
)
from xpcheck.flow.sources.annotations import literal
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, Function
from xpcheck.link.definitions import External as ExternalName
from xpcheck.link.names import dotted

_TRACER_TYPES = frozenset({"Tracer", "Array", "ArrayImpl"})
_CONTAINERS = frozenset({"list", "tuple", "dict"})
_HOST_TYPES = frozenset(
    {
        *("float", "int", "bool", "str", "complex", "number", "floating", "integer", "Number"),
        *("ndarray", "generic", "matrix", "MaskedArray", "memmap", "recarray"),
        *("float16", "float32", "float64", "longdouble", "complex64", "complex128", "clongdouble", "bool_", "str_"),
        *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "intp", "bytes_", "object_"),
    }
)
"""Types of Python and classes of NumPy of which no array of JAX is an instance."""
_ABSTRACT = frozenset({"abc", "builtins", "collections", "jax", "jaxlib", "numbers", "typing", "typing_extensions"})
"""Packages of types that ask a value what it can do, or that are those of arrays of JAX."""


_EQUALITY = frozenset({"==", "!="})
_TEXTS = frozenset({Const, Text})
_TRUE_OR_NOT = CONTAINERS | {Text, Const, Rank, Instance}
"""Shapes of things that Python tests without asking an array."""


class Guards(RulingOut):
    """The part of the interpreter that decides and narrows."""

    def truth(
        self, node: facts.Expr, env: Env, kind: Sink = Sink.BRANCH, label: str = "if"
    ) -> tuple[bool | None, Env, Env]:
        """What a test decides (None: either), and the environments of its two branches."""
        if type(node) is facts.Unary and node.op == "not":
            decided, yes, no = self.truth(node.operand, env, Sink.BOOLOP, "not")
            return (None if decided is None else not decided), no, yes
        if type(node) is facts.Bool:
            return self._connective(node, env)
        self.tests += 1
        value = self.evaluate(node, env)
        self.tests -= 1
        decided = self._decide(value)
        if decided is None:
            decided = self._type_decides(node, env)
        if decided is None:
            decided = self.ruled_out(node, env)
        if decided is None:
            self._test_sink(node, value, kind, label)
        else:
            self.summary.apart = True
        self.saw_rank |= type(value.shape) is Rank
        yes, no = self._narrow(node, env)
        return decided, self._narrow_data(node, True, yes), self._narrow_data(node, False, no)

    def _connective(self, node: facts.Bool, env: Env) -> tuple[bool | None, Env, Env]:
        stop = node.op == "or"
        answers: list[bool | None] = []
        current, other = env, env
        for item in node.values:
            self.maybe += 1
            decided, yes, no = self.truth(item, current, Sink.BOOLOP, node.op)
            self.maybe -= 1
            answers.append(decided)
            current = no if stop else yes
            if decided is None:
                other = yes if stop else no
            if decided is stop:
                break
        decided_all: bool | None = None
        if any(answer is stop for answer in answers):
            decided_all = stop
        elif all(answer is (not stop) for answer in answers):
            decided_all = not stop
        other = other if len([answer for answer in answers if answer is None]) == 1 else env
        return (decided_all, other, current) if stop else (decided_all, current, other)

    def _decide(self, value: Value) -> bool | None:
        shape = value.shape
        if type(shape) is Const:
            if shape.kind == "backend" or shape.kind == "bool":
                return bool(shape.value)
            if shape.kind == "none":
                return False
            if shape.kind in {"int", "float"} and shape.value is not None:
                return bool(shape.value)
        if type(shape) is Items and not shape.mutable:
            return bool(shape.items)
        if type(shape) is External and shape.name in {"numpy", "jax.numpy"}:
            return True
        return None

    def _test_sink(self, node: facts.Expr, value: Value, kind: Sink, label: str) -> None:
        shape = value.shape
        if type(shape) in _TRUE_OR_NOT or (shape is None and dotted(node) in self._unpacked):
            return
        self.sink(kind, [value], node.loc, label, label)

    @cached_property
    def _unpacked(self) -> frozenset[str | None]:
        """What the body unpacks into the arguments of a call, ``f(x, *args)``: tuples and lists, empty or not."""
        calls = (node for node in walk(self.body.statements) if type(node) is facts.Call) if self.body else ()
        found = {dotted(arg.value) for call in calls for arg in call.args if arg.star == "*"}
        return frozenset(found - {None})

    # ------------------------------------------------------------------------------------------------ narrowing

    def _narrow(self, node: facts.Expr, env: Env) -> tuple[Env, Env]:
        if type(node) is facts.Compare and len(node.ops) == 1:
            return self._narrow_compare(node, env)
        if type(node) is facts.Call:
            return self._narrow_call(node, env)
        if type(node) is facts.Name and self._is_switch(env.get(node.id, NOTHING)):
            return {**env, node.id: TRUE}, {**env, node.id: FALSE}
        if type(node) is facts.Name and (found := env.get(f"{node.id}.{IF_TRUE}")) is not None:
            return concrete_in(env, found), env
        return env, env

    def note_test(self, node: facts.Assign, env: Env) -> None:
        """``is_number = isinstance(x, float)``: the name stands for the test as long as it is not bound again."""
        target = node.targets[0]
        if type(node.value) is not facts.Call or type(target) is not facts.Name or len(node.targets) > 1:
            return
        tested = _type_test(node.value)
        if tested is None and len(node.value.args) == 1 and dotted(node.value.func) is not None:
            shape = self.evaluate_again(node.value.func, env).shape
            subject, of_host = node.value.args[0].value, type(shape) is External and shape.name == "numpy.isscalar"
        elif tested is not None:
            classes, names = self._types(tested[1], env)
            subject, of_host = tested[0], not classes and bool(names) and names <= _HOST_TYPES
        else:
            return
        key = self._key(subject) if of_host else None
        if key in env and type(env[key].path) is Param:
            env[self.attribute_key(target.id, IF_TRUE)] = Value(path=env[key].path)

    def _is_switch(self, value: Value) -> bool:
        """Whether a value is a parameter that is True or False where the call does not say."""
        path = value.path
        if value.shape is not None or type(path) is not Param or path.attr:
            return False
        default = self.function.params[path.index].default
        return type(default) is facts.Const and default.kind == "bool"

    def _narrow_compare(self, node: facts.Compare, env: Env) -> tuple[Env, Env]:
        key = self._key(node.left)
        op, other = node.ops[0], node.comparators[0]
        tested = _type_test(node)
        if tested is not None and op in {"is", "=="} and isinstance(tested[0], facts.Name):
            _, names = self._types(tested[1], env)
            if names <= _CONTAINERS:
                return self._narrow_container(tested[0].id, self.evaluate_again(tested[0], env), env), env
            if names <= _HOST_TYPES:
                concrete = Value(HOST, shape=Array() if "ndarray" in names else None)
                return {**concrete_in(env, env.get(tested[0].id)), tested[0].id: concrete}, env
        if key is not None and op in _EQUALITY and isinstance(other, facts.Const) and other.kind == "str":
            known = type(env[key].shape) in _TEXTS if key in env else False
            chosen = env if known else {**env, key: literal(other)}
            return (chosen, env) if op == "==" else (env, chosen)
        if key is None or op not in {"is", "is not"} or not (isinstance(other, facts.Const) and other.kind == "none"):
            return env, env
        present = env
        absent = {**env, key: NOTHING}
        value = env.get(key)
        if value is not None and is_none(value):
            present = {**env, key: Value()}
        return (absent, present) if op == "is" else (present, absent)

    def _narrow_call(self, node: facts.Call, env: Env) -> tuple[Env, Env]:
        func = self.evaluate(node.func, env).shape
        if type(func) is External and func.name == "builtins.isinstance" and len(node.args) == 2:
            return self._narrow_isinstance(node, env)
        if type(func) is External and func.name == "builtins.hasattr" and len(node.args) == 2:
            return self._with(node, env), self._without(node, env)
        if type(func) is External and node.args and self.knowledge.asks_for_own(func.name):
            return self._no_array(node.args[0].value, env), env
        described = self.knowledge.described(func.name) if type(func) is External and node.args else None
        if described is not None and described.arrays:
            other = self._no_array(node.args[0].value, env)
            return (env, other) if "jax.numpy" in described.arrays else (other, env)
        if type(func) is External and func.name in {"builtins.all", "builtins.any"} and len(node.args) == 1:
            return self._narrow_elements(node.args[0].value, func.name == "builtins.all", env)
        if type(func) is Routine and len(func.targets) == 1 and node.args:
            return self._narrow_predicate(node, func.targets[0][0], env)
        return env, env

    def _no_array(self, node: facts.Expr, env: Env) -> Env:
        """In a branch where a value is an object of some library: no array of JAX."""
        key = self._key(node)
        if key is None or key not in env:
            return env
        return {**concrete_in(env, env[key]), key: Value(HOST, shape=env[key].shape)}

    def _narrow_data(self, node: facts.Expr, answer: bool, env: Env) -> Env:
        """In a branch where something holds texts or objects: neither it nor what is asked with it is JAX's."""
        of_numpy = array_of_numpy(node, answer)
        if of_numpy is None:
            return env
        env = self._no_array(of_numpy, env)
        for name in sorted(asked_with(self, of_numpy.id)) if isinstance(of_numpy, facts.Name) else ():
            env = self._no_array(facts.Name(of_numpy.loc, name), env)
        return env

    def _with(self, node: facts.Call, env: Env) -> Env:
        """In a branch where a value has an attribute: whatever gave it, it has."""
        key = self._key(node.args[0].value)
        return {**env, key: msgspec.structs.replace(env[key])} if key is not None and key in env else env

    def _without(self, node: facts.Call, env: Env) -> Env:
        """In a branch where a value lacks an attribute: no wrapper if that holds the array, else no array of JAX."""
        key, name = self._key(node.args[0].value), node.args[1].value
        if key is None or not isinstance(name, facts.Const):
            return env
        value = env.get(key)
        if name.value not in {"array", "_array"}:
            lacks = value is not None and value.shape is None and self.solver.all_arrays_have(str(name.value))
            return {**env, key: _untraced(value)} if lacks and value is not None else env
        if value is not None and isinstance(value.shape, Instance):
            return {**env, key: Value(value.taint, value.deps, Array(), value.path)}
        return self._raw(key, env)

    def _narrow_isinstance(self, node: facts.Call, env: Env) -> tuple[Env, Env]:
        key = self._key(node.args[0].value)
        if key is None:
            return env, env
        value = self.evaluate_again(node.args[0].value, env)
        classes, names = self._types(node.args[1].value, env)
        yes, no = env, env
        tested = self.evaluate_again(node.args[1].value, env)
        if isinstance(tested.path, Param) and not tested.path.attr:
            given = {**env, key: Value(value.taint, value.deps, InstanceOf(tested.path.index), value.path)}
            return given, env
        if classes:
            shape = Instance(tuple(classes)) if len(classes) <= 4 else None
            yes = {**env, key: msgspec.structs.replace(value, shape=shape)}
            if isinstance(value.shape, Instance):
                rest = tuple(cls for cls in value.shape.classes if not self.program.hierarchy.is_subclass(cls, classes))
                if rest:
                    left = Instance(rest, promised=value.shape.promised)
                    no = {**env, key: msgspec.structs.replace(value, shape=left)}
            if any(self.solver.backing(cls) is not None for cls in classes):
                no = self._raw(key, no)
        elif names & _TRACER_TYPES and not names & _HOST_TYPES:
            no = {**env, key: Value(HOST, shape=value.shape)}
            yes = {**env, key: Value(value.taint, value.deps, Array(), value.path)}
        elif names and names <= _HOST_TYPES | {"tuple", "list", "dict"}:
            if names <= {"tuple", "list", "dict"}:
                return self._narrow_container(key, value, env), env
            yes = concrete_in(env, value) if names <= _HOST_TYPES else env
            yes = {**yes, key: Value(HOST, shape=Array() if "ndarray" in names else None)}
        elif self._are_of_libraries(node.args[1].value, env):
            yes = {**concrete_in(env, value), key: Value(HOST)}
        return yes, no

    def _are_of_libraries(self, types: facts.Expr, env: Env) -> bool:
        """Whether types are classes of libraries of which no array of JAX is an instance."""
        shapes = [self.evaluate_again(item, env).shape for item in _each(types)]
        return all(type(shape) is External and shape.name.partition(".")[0] not in _ABSTRACT for shape in shapes)

    def _raw(self, key: str, env: Env) -> Env:
        """In a branch where a value is no wrapper."""
        value = env.get(key)
        return env if value is None else {**env, key: msgspec.structs.replace(value, wraps=frozenset())}

    def _narrow_elements(self, node: facts.Expr, every: bool, env: Env) -> tuple[Env, Env]:
        """``all(is_concrete(x) for x in xs)`` makes every element concrete where it holds, ``any(...)`` where not."""
        if not isinstance(node, facts.Comp) or len(node.clauses) != 1 or node.clauses[0].ifs:
            return env, env
        clause = node.clauses[0]
        key = self._key(clause.iter)
        if key is None or not isinstance(clause.target, facts.Name):
            return env, env
        name = clause.target.id
        whole = self.evaluate_again(clause.iter, env)
        self.host += 1
        _, yes, no = self.truth(node.element, {**env, name: iterate(whole)})
        self.host -= 1
        element = (yes if every else no)[name]
        if element.taint != HOST or element.deps:
            return env, env
        concrete = {**env, key: Value(HOST, shape=Sequence(element))}
        return (concrete, env) if every else (env, concrete)

    def _type_decides(self, node: facts.Expr, env: Env) -> bool | None:
        """``isinstance(x, list)`` or ``type(x) is list`` where ``x`` was computed as an array or built in sight."""
        tested = _type_test(node)
        if tested is None:
            return None
        value = self.evaluate_again(tested[0], env)
        classes, names = self._types(tested[1], env)
        shape = value.shape
        if type(shape) is Array and value.path is None and not classes and names and names <= _CONTAINERS:
            return False
        if type(shape) is Array and value.taint >= STAGED and not classes and names & {"Array"}:
            return True
        if type(shape) is Items and not classes and names <= _CONTAINERS | {"slice"}:
            return ("list" if shape.mutable else "tuple") in names
        if type(shape) is Instance and shape.exact and classes:
            return all(self.program.hierarchy.is_subclass(cls, classes) for cls in shape.classes)
        if type(shape) is Instance and names and names <= _CONTAINERS and not classes:
            return None if self._external_base(shape) else False
        return None

    def _external_base(self, shape: Instance) -> bool:
        """Whether a class of an instance may be a list or dict by a base outside the program."""
        hierarchy = self.program.hierarchy
        return any(hierarchy.external_bases.get(item) for cls in shape.classes for item in hierarchy.mro(cls))

    def _narrow_container(self, key: str, value: Value, env: Env) -> Env:
        """In a branch for lists, a parameter stands for its elements: an array given to it never comes here."""
        if type(value.shape) in CONTAINERS:
            return env
        if not isinstance(value.path, Param) or value.path.attr:
            return {**env, key: Value(shape=Sequence(derive(value)))}
        dep = Param(value.path.index, ELEMENTS)
        inner = Value(deps=frozenset({dep}))
        return {**env, key: Value(shape=Sequence(inner))}

    def _types(self, node: facts.Expr, env: Env) -> tuple[list[Class], set[str]]:
        classes: list[Class] = []
        names: set[str] = set()
        for item in _each(node):
            value = self.evaluate_again(item, env)
            shape = value.shape
            if type(shape) is External:
                names.add("Array" if shape.name == "jax.numpy.ndarray" else shape.name.rpartition(".")[2])
            elif shape is not None and hasattr(shape, "classes"):
                classes.extend(shape.classes)
            else:
                entity = self.program.resolve(self.function.module, item)
                names.add(entity.name.rpartition(".")[2] if isinstance(entity, ExternalName) else "?")
        return classes, names

    def _narrow_predicate(self, node: facts.Call, function: Function, env: Env) -> tuple[Env, Env]:
        """Narrow by what a helper predicate of the program answers for a tracer."""
        yes, no = env, env
        offset = 1 if function.binding in {"method", "class"} else 0
        for position, arg in enumerate(node.args):
            key = self._key(arg.value)
            if arg.star:
                continue
            index = position + offset
            if arg.keyword is not None:
                names = [param.name for param in function.params]
                if arg.keyword not in names:
                    continue
                index = names.index(arg.keyword)
            classes = self.solver.predicates.classes(function, index)
            if classes and key is not None and key in env and not _is_instance(env[key]):
                yes = {**yes, key: msgspec.structs.replace(env[key], shape=Instance(classes))}
            answer = self.solver.predicates.answer(function, index)
            if answer is not None and key is not None and key in env:
                concrete = {**(no if answer else yes), key: Value(HOST, shape=env[key].shape)}
                yes, no = (yes, concrete) if answer else (concrete, no)
            about = self.solver.predicates.about_attribute(function, index) if answer is None else None
            if about is not None:
                spared = with_spared(no if about.value else yes, about.attributes)
                yes, no = (yes, spared) if about.value else (spared, no)
        return yes, no

    def _key(self, node: facts.Expr) -> str | None:
        """The environment's key of a name or of an attribute of a name."""
        if type(node) is facts.Name:
            return node.id
        if type(node) is facts.Attr and type(node.value) is facts.Name:
            return self.attribute_key(node.value.id, node.name)
        if type(node) is facts.Walrus:
            return node.target.id
        return None


def _each(types: facts.Expr) -> tuple[facts.Expr, ...]:
    """The types of ``isinstance(x, T)`` and of ``isinstance(x, (T, S))``."""
    return types.items if type(types) is facts.Tuple else (types,)


def _is_instance(value: Value) -> bool:
    return type(value.shape) is Instance


def _untraced(value: Value) -> Value:
    """A value where it is no array of JAX: what follows the branch may be one again."""
    return msgspec.structs.replace(value, taint=STATIC, deps=NONE)


def _type_test(node: facts.Expr) -> tuple[facts.Expr, facts.Expr] | None:
    """(tested expression, types) of ``isinstance(x, T)`` and of ``type(x) is T``."""
    if type(node) is facts.Call and type(node.func) is facts.Name and node.func.id == "isinstance":
        return (node.args[0].value, node.args[1].value) if len(node.args) == 2 else None
    if type(node) is facts.Compare and node.ops in {("is",), ("==",)} and type(node.left) is facts.Call:
        call = node.left
        if type(call.func) is facts.Name and call.func.id == "type" and len(call.args) == 1:
            return call.args[0].value, node.comparators[0]
    return None


__all__ = ["Guards", "Param", "Run"]
