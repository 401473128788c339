"""The values of names that a module, or a class, binds outside functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.flow.lattice.values import (
    HOST_ARRAY,
    PLAIN,
    UNKNOWN,
    UNKNOWN_VALUE,
    ClassRef,
    Const,
    External,
    Instance,
    Items,
    Mapping,
    Routine,
    Value,
    join_all,
)
from xpcheck.flow.sources.annotations import literal
from xpcheck.link import definitions as link
from xpcheck.link.definitions import Class
from xpcheck.link.names import dotted
from xpcheck.project.index import Module

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver

_PARTIAL = "functools.partial"


class Constants:
    """Reads expressions that are evaluated once, when a module is imported."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program

    def value(self, variable: link.Variable) -> Value:
        """The value that a module or a class binds to a name."""
        value = variable.outline.value
        if value is None or (variable.owner is None and variable.outline.name in variable.module.outline.rebound):
            return PLAIN
        if type(value) is facts.Const:
            plain = literal(value)
            return plain if type(plain.shape) is Const and plain.shape.kind in {"str", "none"} else PLAIN
        if type(value) is facts.Dict:
            return self._table(variable.module, value)
        if isinstance(value, facts.Set | facts.Tuple):
            return _texts(value.items)
        if type(value) is facts.Call:
            return self._made(variable.module, value)
        if dotted(value) is not None:
            entity = self._program.resolve(variable.module, value)
            if entity is not None and entity is not variable and not isinstance(entity, link.Variable):
                return self._solver.entity_value(entity)
        return PLAIN

    def _made(self, module: Module, call: facts.Call) -> Value:
        """What a call makes: an instance, a function with arguments bound, an array of the host."""
        entity = self._program.resolve(module, call.func)
        if isinstance(entity, Class):
            return Value(shape=Instance((entity,), exact=True))
        if entity is None and dotted(call.func) == "dict":
            return Value(shape=Mapping((), UNKNOWN_VALUE))
        if not isinstance(entity, link.External):
            return PLAIN
        if entity.name == _PARTIAL and (held := self._held(module, call)) is not None:
            return held
        model = self._solver.knowledge.library(entity.name) if entity.name.startswith("numpy.") else None
        if model is not None and model.returns == "array":
            return HOST_ARRAY
        return Value(UNKNOWN, shape=External(f"{entity.name}()"))

    def _held(self, module: Module, call: facts.Call) -> Value | None:
        """``partial(f, ...)`` of a function of the program."""
        if not call.args or any(arg.star for arg in call.args):
            return None
        func, *rest = [self._named(module, arg.value) for arg in call.args]
        if type(func.shape) is not Routine or call.args[0].keyword is not None:
            return None
        names = [arg.keyword for arg in call.args[1:]]
        bound = tuple(value for value, name in zip(rest, names, strict=True) if name is None)
        keywords = tuple((name, value) for value, name in zip(rest, names, strict=True) if name is not None)
        return Value(shape=Routine(func.shape.targets, None, bound, keywords))

    def _table(self, module: Module, node: facts.Dict) -> Value:
        """A table of functions, or classes, of the program by key; of any other nothing is known.

        What the program may add to it later is not there: it is one of these, or something that nobody sees.
        """
        values = [(key, self._named(module, item)) for key, item in node.items]
        if not values or not all(isinstance(value.shape, Routine | ClassRef) for _, value in values):
            return Value(shape=Mapping((), UNKNOWN_VALUE))
        fields = {
            str(key.value): value for key, value in values if type(key) is facts.Const and isinstance(key.value, str)
        }
        if len(fields) == len(values):
            return Value(shape=Mapping(tuple(fields.items())))
        return Value(shape=Mapping((), join_all([value for _, value in values])))

    def _named(self, module: Module, node: facts.Expr) -> Value:
        """The value of a name, a constant or a call of ``partial`` inside a larger expression."""
        if type(node) is facts.Call:
            return self._made(module, node)
        entity = self._program.resolve(module, node) if dotted(node) is not None else None
        return self._solver.entity_value(entity) if entity is not None else PLAIN


def _texts(items: Iterable[facts.Expr]) -> Value:
    """Texts, item by item; of any other display at module level nothing more is known than that it is concrete."""
    items = tuple(items)
    texts = [literal(item) for item in items if type(item) is facts.Const and item.kind == "str"]
    return Value(shape=Items(tuple(texts))) if items and len(texts) == len(items) else PLAIN


__all__ = ["Constants"]
