"""Stacks of decorators: what the order and the slots of known decorators demand, and caches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow import models
from xpcheck.flow.definitions.output_types import OutputTypes
from xpcheck.flow.lattice.values import Array, Instance
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.scopes import evaluated, statements_in, walk
from xpcheck.link.definitions import Class, External, Function
from xpcheck.link.names import dotted
from xpcheck.project.index import Module

_CACHES = frozenset({"functools.lru_cache", "functools.cache"})
_TRACING = frozenset({"jax.jit", "jax.pmap", "jax.vmap"})
_SETTINGS = frozenset({"static_argnames", "static_argnums", "in_axes"})
_TRANSFORM = "transform-input"
_WRAP = "wrap-result"
_PLAIN_BASES = frozenset({"abc.ABC", "builtins.object", "typing.Generic", "ABC", "object"})
_QUESTIONS = frozenset({"getattr", "hasattr", "isinstance", "id", "repr", "str", "type"})


class Complaint(NamedTuple):
    """Something wrong with a stack: where, and the fields of ``events.Decorated``."""

    loc: Loc
    decorator: str
    problem: str
    other: str = ""
    slot: str = ""


class Stacks:
    """Reads the decorators of functions."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._names = frozenset(solver.config.namespaces)
        self._outputs = OutputTypes(solver)

    def complaints(self, function: Function) -> Iterator[Complaint]:
        """All that is wrong with the decorators of a function, in their order."""
        decorators = function.outline.decorators
        if not decorators:
            return
        known = [self._solver.decorators.model(function, item) for item in decorators]
        for index, item in enumerate(decorators):
            if self._solver.decorators.qualified(function, item) in _CACHES and (key := self._bad_key(function)):
                yield Complaint(_loc(item), _text(item), "cache", slot=key)
            model = known[index]
            if model is not None and model.kind == _TRANSFORM:
                below = next((one for one in known[index + 1 :] if one is not None and one.name in model.inside), None)
                if below is not None:
                    position = known.index(below, index + 1)
                    yield Complaint(_loc(item), _text(item), "order", other=_text(decorators[position]))
            if model is not None and (method := self._missing_method(function, item, model)):
                yield Complaint(_loc(item), _text(item), "no-method", slot=method)
        yield from self._slot(function, known)
        yield from self._output(function, known)

    def _missing_method(self, function: Function, decorator: facts.Expr, model: models.Decorator) -> str:
        """A method that a decorator calls and that neither the class nor one below it has, or ""."""
        cls = function.owner
        if cls is None:
            return ""
        given = (
            {arg.keyword for arg in decorator.args if not _is_false(arg.value)}
            if isinstance(decorator, facts.Call)
            else set()
        )
        hierarchy = self._program.hierarchy
        classes = [cls, *hierarchy.subclasses(cls, cls.module.package)]
        if any(base not in _PLAIN_BASES for item in classes for base in self._unknown_bases(item)):
            return ""
        called = [*model.calls, *(name for option, name in model.calls_with.items() if option in given)]
        return next((name for name in called if not any(hierarchy.member(item, name) for item in classes)), "")

    def _unknown_bases(self, cls: Class) -> Iterator[str]:
        for item in self._program.hierarchy.mro(cls):
            yield from self._program.hierarchy.external_bases.get(item, ())

    def _output(self, function: Function, known: list[models.Decorator | None]) -> Iterator[Complaint]:
        """Whether the result is wrapped as in the other methods of the family."""
        wrapping = next((index for index, item in enumerate(known) if item is not None and item.kind == _WRAP), None)
        moving = next((index for index, item in enumerate(known) if item is not None and item.kind == _TRANSFORM), None)
        place = wrapping if wrapping is not None else moving
        expected = self._outputs.expected(function) if place is not None else None
        if expected is not None and place is not None:
            decorator = function.outline.decorators[place]
            problem = "untyped" if wrapping is None else "other-type"
            yield Complaint(_loc(decorator), _text(decorator), problem, expected[0], str(expected[1]))

    def transforms(self, function: Function) -> Iterator[tuple[Loc, str]]:
        """The transforms among the decorators that leave the namespace of a function at NumPy for good."""
        for item in function.outline.decorators:
            call = item if isinstance(item, facts.Call) else None
            named = self._solver.decorators.qualified(function, item)
            if call is not None and named == "functools.partial" and call.args:
                named = self._solver.decorators.qualified(function, call.args[0].value)
            settings = {arg.keyword for arg in call.args} if call is not None else set()
            if named in _TRACING and not settings & _SETTINGS and self.left_at_numpy(function):
                yield _loc(item), _text(item)

    def left_at_numpy(self, function: Function) -> bool:
        """Whether a function that is called without its namespace computes with NumPy."""
        index = self._solver.namespace_param(function)
        default = function.params[index].default if index is not None else None
        if index is None or default is None or not self._computes(function, function.params[index].name):
            return False
        entity = self._program.resolve(function.module, default)
        return isinstance(entity, External) and entity.name == "numpy"

    def transform_of(self, module: Module, value: facts.Expr | None) -> tuple[str, Function] | None:
        """(text, function) of ``jit(f)`` at module level, where the namespace of ``f`` is left at NumPy for good."""
        if not isinstance(value, facts.Call) or len(value.args) != 1 or value.args[0].star:
            return None
        transform = self._program.resolve(module, value.func)
        inner = value.args[0].value
        if isinstance(inner, facts.Call):
            return self.transform_of(module, inner)
        function = self._program.resolve(module, inner)
        if not isinstance(transform, External) or transform.name not in _TRACING or not isinstance(function, Function):
            return None
        return (dotted(value.func) or "jit", function) if self.left_at_numpy(function) else None

    def _slot(self, function: Function, known: list[models.Decorator | None]) -> Iterator[Complaint]:
        """Whether the body has a parameter where a decorator hands the namespace over by position."""
        found = self._handing_over(function, known) if function.binding == "method" else None
        if found is None:
            return
        decorator, slot = found
        positional = [param for param in function.params if param.kind in {"posonly", "pos"}]
        if len(positional) <= slot:
            if not any(param.kind == "var" for param in function.params):
                yield Complaint(function.outline.name_loc, _text(decorator), "no-slot")
        elif positional[slot].name not in self._names:
            yield Complaint(positional[slot].loc, _text(decorator), "wrong-slot", slot=positional[slot].name)
        elif surplus := next((param for param in positional[slot + 1 :] if param.default is None), None):
            yield Complaint(surplus.loc, _text(decorator), "surplus", slot=surplus.name)

    def _handing_over(self, function: Function, known: list[models.Decorator | None]) -> tuple[facts.Expr, int] | None:
        """The decorator, from the inside, whose namespace reaches the body by position, and the slot there."""
        for decorator, model in zip(reversed(function.outline.decorators), reversed(known), strict=True):
            entity = self._solver.decorators.entity(function, decorator)
            if not isinstance(entity, Function):
                return (decorator, model.xp_slot) if model is not None else None
            wrappers = self._wrappers(entity)
            if self._solver.decorators.slot(entity) is not None or not wrappers:
                return (decorator, model.xp_slot) if model is not None else None
            if not any(_hands_on(wrapper) for wrapper in wrappers):
                return None
        return None

    def _wrappers(self, decorator: Function) -> list[facts.Def]:
        """The functions that a decorator defines; none where it leaves that to another one."""
        body = self._program.body(decorator)
        return [node for node in statements_in(body.statements) if type(node) is facts.Def] if body else []

    def _bad_key(self, function: Function) -> str:
        """The parameter that makes a cached function a trap: the namespace, an array or a wrapper."""
        index = self._solver.namespace_param(function)
        if index is not None and self._computes(function, function.params[index].name, at_once=True):
            return function.params[index].name
        for param in function.params:
            shape = self._solver.annotations.shape(function.module, param.annotation)
            if isinstance(shape, Array):
                return param.name
            if isinstance(shape, Instance) and any(self._solver.backing(cls) is not None for cls in shape.classes):
                return param.name
        return ""

    def _computes(self, function: Function, name: str, at_once: bool = False) -> bool:
        """Whether a body calls functions of its namespace or hands it on: a mere question may be cached.

        What it computes ``at_once`` is what it does when it is called itself: a function that it makes may be kept.
        """
        body = self._program.body(function)
        others = len(function.params) - (function.binding in {"method", "class"}) > 1
        roots: tuple[object, ...] = body.statements if body is not None else ()
        for node in evaluated(roots) if at_once else walk(roots):
            if isinstance(node, facts.Call):
                handed = any(isinstance(arg.value, facts.Name) and arg.value.id == name for arg in node.args)
                own = (dotted(node.func) or "").startswith(f"{name}.") and ".__" not in (dotted(node.func) or "")
                if own or (handed and others and dotted(node.func) not in _QUESTIONS):
                    return True
        return False


def _hands_on(wrapper: facts.Def) -> bool:
    """Whether the wrapper of a decorator hands on what comes third: ``(self, grid, *args, **kwargs)``."""
    positional = sum(param.kind in {"posonly", "pos"} for param in wrapper.params)
    return positional <= 2 and any(param.kind == "var" for param in wrapper.params)


def _is_false(node: facts.Expr) -> bool:
    return isinstance(node, facts.Const) and node.value is False


def _loc(decorator: facts.Expr) -> Loc:
    return decorator.func.loc if isinstance(decorator, facts.Call) else decorator.loc


def _text(decorator: facts.Expr) -> str:
    return dotted(decorator.func if isinstance(decorator, facts.Call) else decorator) or "?"
