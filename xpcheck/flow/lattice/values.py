"""The value lattice: how concrete a value is under a trace, what it depends on, and what kind of thing it is.

A value has three independent parts:

* ``taint``: the concrete part of the answer, ordered ``STATIC < HOST < UNKNOWN < STAGED < TRACED``;
* ``deps``: the symbolic part: parameters and attribute facts that flow into it. It is traced when one of them is;
* ``shape``: what is known of the thing itself (a constant, an instance, a tuple, a function, ...), or None.

``path`` names the one dependency that the value *is* (not merely derives from), for evidence and narrowing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias, final

import msgspec

from xpcheck.link.definitions import Class, Function

STATIC, HOST, UNKNOWN, STAGED, TRACED = range(5)

MAX_CLASSES = 4
MAX_WIDTH = 16
MAX_DEPTH = 3


_NAMESPACES = frozenset({"numpy", "jax.numpy", "xp"})
"""``xp`` is what a local namespace is called where both backends met in it."""

ELEMENTS = "[]"
"""The attribute of a ``Param`` that stands for the elements of a list given to it."""

_ENTRY = "[{}]"


@final
class Param(msgspec.Struct, frozen=True, order=True, tag=True, array_like=True):
    """A parameter of the function in hand (by index), or one attribute of it."""

    index: int
    attr: str = ""


@final
class Fact(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """An attribute of a class, as a fact of the whole program."""

    cls: Class
    attr: str


Dep: TypeAlias = Param | Fact
Deps: TypeAlias = frozenset[Dep]
NONE: Deps = frozenset()


@final
class Const(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A known Python constant; ``kind`` as in ``facts.Const``."""

    kind: str
    value: bool | int | float | str | None


@final
class Array(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """An array (or array scalar); ``boolean`` when it holds truth values."""

    boolean: bool = False


@final
class Text(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A string that is not known."""


@final
class Rank(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A plain value read off an array's shape, rank, length or data type, or computed from one."""


@final
class Instance(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """An instance of one of ``classes``; ``fields`` are the constructor's arguments when it was built in sight.

    ``exact`` is true when the class is known exactly (built in sight), not only up to subclasses. ``promised`` is true
    when only an annotation says so.
    """

    classes: tuple[Class, ...]
    exact: bool = False
    fields: tuple[tuple[str, Value], ...] = ()
    promised: bool = False


@final
class InstanceOf(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """An instance of the class that a call gives in the parameter ``index``."""

    index: int


@final
class ClassRef(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A class object of the program."""

    classes: tuple[Class, ...]


@final
class Routine(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Functions of the program as a value, maybe bound to an instance and to arguments (``functools.partial``)."""

    targets: tuple[tuple[Function, Class | None], ...]
    receiver: Value | None = None
    args: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    heuristic: str = ""
    """How the targets were found, when types did not say: a named heuristic."""


@final
class Closure(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A nested function or lambda of the body in hand, by its number in that body."""

    number: int
    keywords: tuple[tuple[str, Value], ...] = ()
    args: tuple[Value, ...] = ()


@final
class External(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A name outside the program: ``numpy``, ``numpy.linalg.norm``.

    ``namespace`` is true when it was reached through the namespace in hand (``xp``), false when it was written
    literally (``np``). ``receiver`` is set for a method of a value that is external or an array.
    """

    name: str
    namespace: bool = False
    receiver: Value | None = None


@final
class ModuleRef(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A module of the program."""

    name: str


@final
class Transformed(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The result of ``jit(f)``, ``vmap(f)``, ...: calling it calls ``f`` with traced arguments.

    ``static`` are the positions and names of arguments that stay as they are; ``partly`` is true when options of the
    transform leave some arguments static, ``late`` where the call can still bind
    the namespace, because not all arguments are taken for arrays.
    """

    function: Value
    transform: str
    partly: bool = False
    late: bool = False
    static: tuple[int | str, ...] = ()


@final
class Super(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """``super()`` in a method of ``owner`` on ``receiver``."""

    owner: Class
    receiver: Value


@final
class Items(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A tuple or list whose elements are known one by one."""

    items: tuple[Value, ...]
    mutable: bool = False


@final
class Sequence(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A list, tuple, set or iterator with one element value."""

    element: Value


@final
class Mapping(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A dict: values of literal string keys, and one value for all others."""

    fields: tuple[tuple[str, Value], ...]
    rest: Value | None = None


Shape: TypeAlias = (
    Const
    | Array
    | Text
    | Rank
    | Instance
    | InstanceOf
    | ClassRef
    | Routine
    | Closure
    | External
    | ModuleRef
    | Transformed
    | Super
    | Items
    | Sequence
    | Mapping
)


@final
class Value(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """One abstract value; see the module's docstring.

    ``wraps`` are parameters that the value is like in one respect: it is a wrapper where one of them is.
    """

    taint: int = STATIC
    deps: Deps = NONE
    shape: Shape | None = None
    path: Dep | None = None
    wraps: frozenset[Param] = frozenset()


LISTS: Final = frozenset({Items, Sequence})
CONTAINERS: Final = frozenset({Items, Sequence, Mapping})
"""Classes of shapes. Values are compared by their exact class: ``isinstance`` is slow for structs of msgspec."""

BOTTOM = Value()
PLAIN = Value(STATIC)
HOST_ARRAY = Value(HOST, NONE, Array())
UNKNOWN_VALUE = Value(UNKNOWN)
NOTHING = Value(STATIC, NONE, Const("none", None))
TRUE = Value(STATIC, NONE, Const("bool", True))
FALSE = Value(STATIC, NONE, Const("bool", False))
RANK = Value(STATIC, NONE, Rank())
TEXT = Value(STATIC, NONE, Text())


def entry_path(index: int, key: str | int) -> Param:
    """What the parameter ``index``, a ``*args`` or ``**kwargs``, holds at a position or under a name."""
    return Param(index, _ENTRY.format(key))


def entry(index: int, key: str | int) -> Value:
    """The value of one entry of ``*args`` or ``**kwargs``."""
    path = entry_path(index, key)
    return Value(deps=frozenset({path}), path=path)


def entry_key(attr: str) -> str:
    """The position or name for which the attribute of a ``Param`` stands, "" when it is no entry."""
    return attr[1:-1] if attr[:1] == "[" else ""


def constant(value: bool) -> Value:
    """``True`` or ``False`` as a value."""
    return TRUE if value else FALSE


def is_none(value: Value) -> bool:
    """Whether the value is certainly None."""
    return type(value.shape) is Const and value.shape.kind == "none"


def is_promised(value: Value) -> bool:
    """Whether only an annotation says what an instance is, or it is read off an object, which others may fill."""
    is_attribute = type(value.path) is Fact or (value.path is not None and bool(value.path.attr))
    return is_attribute or type(value.shape) is not Instance or value.shape.promised


def spread(value: Value, depth: int = 0) -> tuple[int, Deps]:
    """Taint and dependencies of a value together with those of everything it contains."""
    taint, deps, shape = value.taint, value.deps, value.shape
    if shape is None or depth > MAX_DEPTH:
        return taint, deps
    for item in inner_values(value):
        more, others = spread(item, depth + 1)
        taint = max(taint, more)
        if others:
            deps = deps | others
    return taint, deps


def inner_values(value: Value) -> Iterable[Value]:
    """What a container holds, nothing for any other value."""
    shape = value.shape
    if type(shape) is Items:
        return shape.items
    if type(shape) is Sequence:
        return (shape.element,)
    if type(shape) is Mapping:
        return [item for _, item in shape.fields] + ([shape.rest] if shape.rest else [])
    return ()


def without(deps: Deps, attributes: frozenset[str]) -> Deps:
    """Dependencies but for the attributes of some names."""
    return frozenset(dep for dep in deps if dep.attr not in attributes) if attributes and deps else deps


def derive(*values: Value, shape: Shape | None = None, floor: int = STATIC) -> Value:
    """A new value computed from others: it is as traced as the most traced of them."""
    taint, deps = floor, NONE
    for value in values:
        more, others = spread(value)
        taint = max(taint, more)
        if others:
            deps = deps | others if deps else others
    return Value(taint, deps, shape)


def join(left: Value, right: Value, depth: int = 0) -> Value:
    """The least value above both."""
    if left is right or left == right:
        return left
    if is_none(left) and not is_none(right):
        return Value(max(left.taint, right.taint), right.deps, right.shape, right.path, right.wraps)
    if is_none(right):
        return Value(max(left.taint, right.taint), left.deps, left.shape, left.path, left.wraps)
    shape = join_shapes(left.shape, right.shape, depth)
    taint, deps = max(left.taint, right.taint), left.deps | right.deps
    if shape is None and (left.shape is not None or right.shape is not None):
        more, others = spread(left)
        taint, deps = max(taint, more), deps | others
        more, others = spread(right)
        taint, deps = max(taint, more), deps | others
    return Value(taint, deps, shape, left.path if left.path == right.path else None, left.wraps & right.wraps)


def is_namespace(value: Value) -> bool:
    """Whether a value is the namespace itself, and not something in it."""
    shape = value.shape
    return type(shape) is External and shape.namespace and shape.name in _NAMESPACES


def join_all(values: Iterable[Value], empty: Value = BOTTOM) -> Value:
    """The join of many values."""
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return empty if result is None else result


def join_shapes(left: Shape | None, right: Shape | None, depth: int) -> Shape | None:
    """The shape of a join; None when the two have nothing in common."""
    if left == right:
        return left
    if left is None or right is None or depth >= MAX_DEPTH:
        return None
    if type(left) is Array and type(right) is Array:
        return Array(left.boolean and right.boolean)
    if type(left) is Const and type(right) is Const and left.kind == right.kind == "str":
        return Text()
    if type(left) is Array and type(right) is Const:
        return Array()
    if type(left) is Const and type(right) is Array:
        return Array()
    if type(left) is Instance and type(right) is Instance:
        return _join_instances(left, right, depth)
    if type(left) is ClassRef and type(right) is ClassRef:
        return _classes(ClassRef, left.classes, right.classes)
    if type(left) is Routine and type(right) is Routine:
        if (left.args, left.keywords) != (right.args, right.keywords):
            return None
        targets = dict.fromkeys((*left.targets, *right.targets))
        receiver = left.receiver if left.receiver == right.receiver else None
        heuristic = left.heuristic or right.heuristic
        return Routine(tuple(targets), receiver, left.args, left.keywords, heuristic)
    if type(left) is External and type(right) is External:
        return _join_external(left, right)
    if type(left) is Items and type(right) is Items and len(left.items) == len(right.items):
        joined = tuple(join(one, two, depth + 1) for one, two in zip(left.items, right.items, strict=True))
        return Items(joined, left.mutable or right.mutable)
    if type(left) is Items and not left.items and isinstance(right, Sequence | Items | Instance):
        return right
    if type(right) is Items and not right.items and isinstance(left, Sequence | Items | Instance):
        return left
    if type(left) in LISTS and type(right) in LISTS:
        return Sequence(join(element_of(left), element_of(right), depth + 1))
    if type(left) is Mapping and type(right) is Mapping:
        return _join_mappings(left, right, depth)
    return None


def _classes(
    make: Callable[[tuple[Class, ...]], Shape], left: tuple[Class, ...], right: tuple[Class, ...]
) -> Shape | None:
    merged = tuple(sorted(set(left) | set(right), key=lambda item: item.key))
    return make(merged) if len(merged) <= MAX_CLASSES else None


def _join_instances(left: Instance, right: Instance, depth: int) -> Shape | None:
    merged = tuple(sorted(set(left.classes) | set(right.classes), key=lambda item: item.key))
    if len(merged) > MAX_CLASSES:
        return None
    fields: tuple[tuple[str, Value], ...] = ()
    if left.classes == right.classes and left.fields and right.fields:
        other = dict(right.fields)
        fields = tuple((name, join(item, other[name], depth + 1)) for name, item in left.fields if name in other)
    return Instance(merged, left.exact and right.exact, fields, left.promised or right.promised)


def _join_external(left: External, right: External) -> Shape | None:
    names = {left.name, right.name}
    if names <= {"numpy", "jax.numpy", "xp"}:
        return External("xp", True)
    return None


def _join_mappings(left: Mapping, right: Mapping, depth: int) -> Mapping:
    ours, theirs = dict(left.fields), dict(right.fields)
    fields = []
    for name in dict.fromkeys((*ours, *theirs)):
        known = [table[name] for table in (ours, theirs) if name in table]
        fields.append((name, known[0] if len(known) == 1 else join(known[0], known[1], depth + 1)))
    rests = [item for item in (left.rest, right.rest) if item is not None]
    return Mapping(tuple(fields), join_all(rests) if rests else None)


def element_of(shape: Shape | None) -> Value:
    """The value of one element of a container shape."""
    if type(shape) is Items:
        return join_all(shape.items)
    if type(shape) is Sequence:
        return shape.element
    if type(shape) is Mapping:
        rest = [shape.rest] if shape.rest is not None else []
        return join_all([item for _, item in shape.fields] + rest)
    return UNKNOWN_VALUE


def iterate(value: Value) -> Value:
    """One element of an iterable value."""
    shape = value.shape
    if type(shape) in LISTS:
        return element_of(shape)
    if type(shape) is Mapping:
        return TEXT
    if type(shape) in {Text, Const}:
        return TEXT
    if type(shape) is Array:
        return Value(value.taint, value.deps, shape)
    return derive(value)


_NESTED = CONTAINERS | {Instance, Routine}


def clip(value: Value, depth: int = MAX_DEPTH) -> Value:
    """The value with everything below ``depth`` containers collapsed, so that loops cannot grow it forever."""
    shape = value.shape
    if shape is None or type(shape) not in _NESTED:
        return value
    if depth <= 0:
        taint, deps = spread(value)
        if type(shape) is Instance:
            return Value(taint, deps, msgspec.structs.replace(shape, fields=()), value.path, value.wraps)
        return Value(taint, deps, None, value.path)
    if type(shape) is Items:
        if len(shape.items) > MAX_WIDTH:
            return Value(value.taint, value.deps, Sequence(clip(element_of(shape), depth - 1)), value.path)
        shape = Items(tuple(clip(item, depth - 1) for item in shape.items), shape.mutable)
    elif type(shape) is Sequence:
        shape = Sequence(clip(shape.element, depth - 1))
    elif type(shape) is Mapping:
        if len(shape.fields) > MAX_WIDTH * 2:
            return Value(value.taint, value.deps, Mapping((), clip(element_of(shape), depth - 1)), value.path)
        fields = tuple((name, clip(item, depth - 1)) for name, item in shape.fields)
        shape = Mapping(fields, clip(shape.rest, depth - 1) if shape.rest is not None else None)
    elif type(shape) is Instance:
        fields = tuple((name, clip(item, depth - 2)) for name, item in shape.fields)
        shape = msgspec.structs.replace(shape, fields=fields)
    elif type(shape) is Routine:
        receiver = clip(shape.receiver, depth - 1) if shape.receiver is not None else None
        shape = msgspec.structs.replace(shape, receiver=receiver)
    return msgspec.structs.replace(value, shape=shape)


def gather_values(values: Iterable[Value]) -> tuple[int, Deps]:
    """Taint and dependencies of several values; unknown values count as concrete."""
    taint, deps = STATIC, NONE
    for value in values:
        more, others = spread(value)
        if more != UNKNOWN:
            taint = max(taint, more)
        deps = deps | others
    return taint, deps


def plain_deps(values: Iterable[Value]) -> frozenset[Dep]:
    """The dependencies of values that plain arithmetic of Python made: no array and nothing of the backend."""
    found: set[Dep] = set()
    for value in values:
        if type(value.shape) is Items:
            found |= plain_deps(value.shape.items)
        elif value.taint == STATIC and not isinstance(value.shape, Array | Instance):
            found |= value.deps
    return frozenset(found)
