"""Special methods of objects of the program: operators, ``with``, iteration; and what records hold in order."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Arguments
from xpcheck.flow.body.fields import Fields
from xpcheck.flow.body.wrappers import Wrappers
from xpcheck.flow.lattice.values import (
    UNKNOWN,
    Array,
    Const,
    External,
    Instance,
    Items,
    Sequence,
    Shape,
    Value,
    derive,
    element_of,
)

OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "@": "matmul",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}
"""What the special methods of operators are called between their underscores, and functions of ``operator``."""
MIRRORED = {"<": "gt", "<=": "ge", ">": "lt", ">=": "le"}
_UNARY = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}
_NAMED_TUPLE = "NamedTuple"


class Specials(Wrappers):
    """The part of the interpreter that calls special methods; wrappers have a model of their own."""

    def method_result(self, base: Value, name: str, args: list[Value], node: facts.Expr) -> Value:
        """Call a special method of an instance, when its class has one."""
        loc = node.loc
        attr = facts.Attr(loc, facts.Name(loc, "self"), name)
        func = self.attribute(base, name, attr, {})
        if isinstance(func.shape, External) or func.shape is None:
            return derive(base, *args, floor=UNKNOWN)
        return self.call_value(func, Arguments(args, loc=loc), attr, {})

    def operated(self, op: str, left: Value, right: Value, node: facts.Expr) -> Value | None:
        """``left op right`` where an operand is an object whose class says what that is, else None."""
        name = OPERATORS.get(op)
        if name is None:
            return None
        if self._has(left, f"__{name}__"):
            return self.method_result(left, f"__{name}__", [right], node)
        mirrored = f"__{MIRRORED[op]}__" if op in MIRRORED else f"__r{name}__"
        return self.method_result(right, mirrored, [left], node) if self._has(right, mirrored) else None

    def changed(self, op: str, value: Value, node: facts.Expr) -> Value | None:
        """``op value`` where the class of an object says what that is, else None; ``abs`` is one, too."""
        name = _UNARY.get(op, f"__{op}__")
        return self.method_result(value, name, [], node) if self._has(value, name) else None

    def entered(self, value: Value, node: facts.Expr) -> Value:
        """What ``with value as name`` binds."""
        if self._has(value, "__enter__"):
            return self.method_result(value, "__enter__", [], node)
        if type(value.shape) is Sequence:
            return element_of(value.shape)  # a function that yields, under `contextmanager`
        return value if isinstance(value.shape, Instance | Array) else Value(UNKNOWN)

    def record(self, value: Value) -> tuple[tuple[str, Value], ...] | None:
        """The fields of a named tuple or data class in the order of its constructor, None for anything else."""
        shape = value.shape
        if type(shape) is not Instance or len(shape.classes) != 1:
            return None
        constructor = self.program.constructor(shape.classes[0])
        if constructor is None or constructor not in self.program.implied:
            return None
        read = Fields(self)
        return tuple((param.name, read(value, param.name)) for param in constructor.params[1:])

    def as_tuple(self, value: Value) -> Value:
        """A named tuple as the tuple that it is, anything else as it is."""
        record = self.record(value) if self._is_named_tuple(value) else None
        return Value(shape=Items(tuple(item for _, item in record))) if record else value

    def kept_item(self, shape: Instance, key: Shape | None) -> Value | None:
        """What an object of a class below ``dict`` was made with under a name, None for any other object."""
        made = len(shape.classes) == 1 and self.program.constructor(shape.classes[0]) is None
        if not made or type(key) is not Const:
            return None
        return next((value for name, value in shape.fields if name == key.value), None)

    def unpacked(self, value: Value, node: facts.Expr) -> Value:
        """What an object is unpacked to: the tuple that it is, or what its iterator runs through."""
        value = self.as_tuple(value)
        return self.method_result(value, "__iter__", [], node) if self._has(value, "__iter__") else value

    def replaced(self, value: Value, keywords: dict[str, Value]) -> Value | None:
        """``replace(value, name=...)``: a record like another but for some fields."""
        record, shape = self.record(value), value.shape
        if record is None or type(shape) is not Instance:
            return None
        return Value(shape=Instance(shape.classes, shape.exact, tuple({**dict(record), **keywords}.items())))

    def _has(self, value: Value, name: str) -> bool:
        """Whether a value is an object of classes that have a method, and no wrapper."""
        shape = value.shape
        if type(shape) is not Instance:
            return False
        member = self.program.hierarchy.member
        return all(self.solver.backing(cls) is None and member(cls, name) is not None for cls in shape.classes)

    def _is_named_tuple(self, value: Value) -> bool:
        if type(value.shape) is not Instance:
            return False
        hierarchy = self.program.hierarchy
        family = [base for cls in value.shape.classes for base in hierarchy.mro(cls)]
        return any(name.rpartition(".")[2] == _NAMED_TUPLE for cls in family for name in hierarchy.external_bases[cls])
