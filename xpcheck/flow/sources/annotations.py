"""Annotations and defaults: what a signature says about its parameters."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.lattice.values import (
    CONTAINERS,
    MAX_CLASSES,
    NOTHING,
    PLAIN,
    Array,
    Const,
    Instance,
    Items,
    Mapping,
    Sequence,
    Shape,
    Text,
    Value,
    join_shapes,
)
from xpcheck.link.definitions import Class, External, Variable
from xpcheck.link.names import dotted
from xpcheck.link.program import Program
from xpcheck.project.index import Module

_OPTIONAL = frozenset({"Optional", "Final", "ClassVar", "Annotated", "Required", "NotRequired"})
_SEQUENCES = frozenset(
    {"List", "list", "Sequence", "Iterable", "Iterator", "Set", "set", "frozenset", "FrozenSet", "Collection", "deque"}
)
_MAPPINGS = frozenset({"Dict", "dict", "Mapping", "DefaultDict", "OrderedDict", "MutableMapping"})
_STATIC = frozenset(
    {"int", "bool", "str", "bytes", "slice", "None", "type", "Path", "Callable", "Type", "Literal", "EllipsisType"}
)
_ARRAYS = frozenset(
    {
        "numpy.ndarray",
        "numpy.typing.ArrayLike",
        "numpy.typing.NDArray",
        "jax.numpy.ndarray",
        "jax.Array",
        "jax.numpy.array",
    }
)
_USUAL = frozenset({"np.ndarray", "jnp.ndarray"})
"""Arrays by the usual names of their modules."""
_MAX_NESTING = 6


class Annotations:
    """Reads annotations as shapes, in the scope of the module they are written in."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._shapes: dict[facts.Expr, Shape | None] = {}

    def shape(self, module: Module, expr: facts.Expr | None, depth: int = 0) -> Shape | None:
        """The shape that an annotation promises, or None when it says nothing about the thing."""
        if expr is None or depth > _MAX_NESTING:
            return None
        if depth:
            return self._shape(module, expr, depth)
        if expr not in self._shapes:
            self._shapes[expr] = self._shape(module, expr, 0)
        return self._shapes[expr]

    def _shape(self, module: Module, expr: facts.Expr, depth: int) -> Shape | None:
        if type(expr) is facts.Const:
            return None
        if type(expr) is facts.Binary and expr.op == "|":
            return self._union(module, (expr.left, expr.right), depth)
        if type(expr) is facts.Index:
            return self._generic(module, expr, depth)
        return self._named(module, expr, depth)

    def _named(self, module: Module, expr: facts.Expr, depth: int) -> Shape | None:
        entity = self._program.resolve(module, expr)
        if entity is None and dotted(expr) in _ARRAYS | _USUAL:
            return Array()  # what an annotation names as a text need not be imported
        if isinstance(entity, Class):
            return Instance((entity,), promised=True)
        if isinstance(entity, External) and entity.name in _ARRAYS:
            return Array()
        if isinstance(entity, Variable) and entity.outline.value is not None:
            return self.shape(entity.module, entity.outline.value, depth + 1)
        return None

    def _union(self, module: Module, items: tuple[facts.Expr, ...], depth: int) -> Shape | None:
        classes: dict[Class, None] = {}
        others: list[Shape] = []
        unknown = False
        for item in items:
            if type(item) is facts.Const and item.kind == "none":
                continue
            shape = self.shape(module, item, depth + 1)
            if type(shape) is Instance:
                classes.update(dict.fromkeys(shape.classes))
            elif shape is not None:
                others.append(shape)
            else:
                unknown = True
        if classes:
            ordered = tuple(sorted(classes, key=lambda item: item.key))
            return Instance(ordered, promised=True) if len(ordered) <= MAX_CLASSES else None
        joined: Shape | None = others[0] if others else None
        for shape in others[1:]:
            joined = join_shapes(joined, shape, 0)
        # Beside a type of which nothing is known a container is one of two things.
        return None if unknown and type(joined) in CONTAINERS else joined

    def _generic(self, module: Module, expr: facts.Index, depth: int) -> Shape | None:
        head = expr.value.name if type(expr.value) is facts.Attr else getattr(expr.value, "id", "")
        items = expr.index.items if type(expr.index) is facts.Tuple else (expr.index,)
        if head == "Union":
            return self._union(module, items, depth)
        if head in _OPTIONAL:
            return self.shape(module, items[0], depth + 1)
        if head in _SEQUENCES:
            return Sequence(Value(shape=self.shape(module, items[0], depth + 1)))
        if head in _MAPPINGS and len(items) == 2:
            return Mapping((), Value(shape=self.shape(module, items[1], depth + 1)))
        if head in {"Tuple", "tuple"}:
            if len(items) == 2 and type(items[1]) is facts.Const and items[1].kind == "ellipsis":
                return Sequence(Value(shape=self.shape(module, items[0], depth + 1)))
            return Items(tuple(Value(shape=self.shape(module, item, depth + 1)) for item in items))
        if head in {"NDArray", "Array", "Float", "Float64", "Float32", "Num", "Inexact", "Shaped"}:
            return Array()
        return self._named(module, expr.value, depth)


def head_names(expr: facts.Expr | None) -> frozenset[str]:
    """The last names of all types an annotation mentions (``Optional[np.ndarray]`` -> Optional, ndarray)."""
    found: set[str] = set()
    stack: list[facts.Expr | None] = [expr]
    while stack:
        item = stack.pop()
        if type(item) is facts.Name:
            found.add(item.id)
        elif type(item) is facts.Attr:
            found.add(item.name)
        elif type(item) is facts.Index:
            stack += [item.value, item.index]
        elif type(item) is facts.Tuple:
            stack += item.items
        elif type(item) is facts.Binary:
            stack += [item.left, item.right]
        elif type(item) is facts.Const and item.kind == "none":
            found.add("None")
    return frozenset(found)


def says_static(annotation: facts.Expr | None) -> bool:
    """Whether an annotation names only types that are concrete under a trace (``int``, ``Optional[str]``, ...)."""
    names = head_names(annotation) - _OPTIONAL - _SEQUENCES - _MAPPINGS - {"Union", "Tuple", "tuple", "None"}
    return bool(names) and names <= _STATIC


def says_self(annotation: facts.Expr | None) -> bool:
    """Whether an annotation is ``Self``."""
    return head_names(annotation) == {"Self"}


def says_float(annotation: facts.Expr | None) -> bool:
    """Whether an annotation is a float or a tuple (list, optional) of floats."""
    names = head_names(annotation) - _OPTIONAL - _SEQUENCES - {"Union", "Tuple", "tuple", "None"}
    return bool(names) and names <= {"float"}


def default_kind(default: facts.Expr | None) -> str:
    """``float`` (or a tuple of floats), ``static`` (int, bool, str), ``none``, ``other``, or "" without default."""
    if default is None:
        return ""
    if isinstance(default, facts.Unary):
        default = default.operand
    if isinstance(default, facts.Const):
        if default.kind == "float":
            return "float"
        return "none" if default.kind == "none" else "static"
    if isinstance(default, facts.Tuple) and default.items:
        kinds = {default_kind(item) for item in default.items}
        return "float" if "float" in kinds and kinds <= {"float", "static"} else "static"
    return "other"


def literal(expr: facts.Expr) -> Value:
    """The value of a constant expression at module or class level."""
    if type(expr) is facts.Const:
        if expr.kind == "none":
            return NOTHING
        return Value(shape=Const(expr.kind, expr.value) if expr.kind != "str" or expr.value is not None else Text())
    return PLAIN
