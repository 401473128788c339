"""Hand-written decorators: whether the wrapper that one returns takes the namespace and hands it on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function


class Dropped(NamedTuple):
    """A wrapper that drops the namespace: at ``loc``; ``problem`` is ``taken`` or ``handed`` (what it does not do)."""

    loc: Loc
    wrapper: str
    problem: str
    wrapped: Function


class Wrapping:
    """Reads the decorators of a program together with the functions that they wrap."""

    def __init__(self, solver: Solver, sight: Sight) -> None:
        self._solver = solver
        self._names = frozenset(solver.config.namespaces)
        self._wrapped: dict[Function, list[Function]] = {}
        for function in sight.functions:
            for decorator in function.outline.decorators:
                entity = solver.decorators.entity(function, decorator)
                # A dependent's use must not decide what is said of a package.
                if isinstance(entity, Function) and entity.module.package == function.module.package:
                    self._wrapped.setdefault(entity, []).append(function)

    def dropped(self, decorator: Function) -> Iterator[Dropped]:
        """What the wrappers of a decorator drop; nothing where it wraps no function with a namespace."""
        used = self._wrapped.get(decorator, ())
        body = self._solver.program.body(decorator) if used and decorator.binding == "function" else None
        if body is None:
            return
        wrappers = _wrappers(body.statements, {param.name for param in decorator.params})
        drops = [found for wrapper, calls in wrappers if (found := self._drop(wrapper, calls)) is not None]
        takers = (item for item in used if self._solver.namespace_param(item) is not None)
        wrapped = next(takers, None) if drops else None
        if wrapped is not None:
            yield from (Dropped(*found, wrapped) for found in drops)

    def _drop(self, wrapper: facts.Def, calls: list[facts.Call]) -> tuple[Loc, str, str] | None:
        """(place, name, problem) of the first call in a wrapper that leaves the namespace out."""
        kinds = {param.kind for param in wrapper.params}
        named = any(param.name in self._names for param in wrapper.params)
        # Who has a parameter for the namespace never has it in `**kwargs`, unless it is put there.
        options = "kw" in kinds and not (named and _is_only_unpacked(wrapper))
        for call in calls:
            if any(self._is_namespace(arg, options, "var" in kinds) for arg in call.args):
                continue
            if named or "kw" in kinds:
                return call.func.loc, wrapper.name, "handed"
            if "var" not in kinds:
                return wrapper.name_loc, wrapper.name, "taken"
        return None

    def _is_namespace(self, arg: facts.Arg, keywords: bool, positions: bool) -> bool:
        """Whether an argument is the namespace, or may hold it."""
        if arg.star:
            return keywords if arg.star == "**" else positions and not keywords
        if arg.keyword in self._names:
            return True
        name = arg.value.name if isinstance(arg.value, facts.Attr) else getattr(arg.value, "id", "")
        return arg.keyword is None and (name in self._names or name in self._solver.config.namespace_attributes)


def _wrappers(statements: tuple[facts.Stmt, ...], names: set[str]) -> Iterator[tuple[facts.Def, list[facts.Call]]]:
    """The returned nested functions that call what the decorator was given, with these calls."""
    values = [item.value for item in statements if isinstance(item, facts.Return)]
    returned = {value.id for value in values if isinstance(value, facts.Name)}
    for item in statements:
        if isinstance(item, facts.Def) and item.name in returned:
            calls = [node for root in item.body for node in walk(root) if _calls(node, names)]
            if calls:
                yield item, [node for node in calls if isinstance(node, facts.Call)]
            else:
                yield from _wrappers(item.body, {param.name for param in item.params})


def _is_only_unpacked(wrapper: facts.Def) -> bool:
    """Whether a wrapper does nothing with its ``**kwargs`` but unpack it into calls."""
    name = next(param.name for param in wrapper.params if param.kind == "kw")
    nodes = [node for root in wrapper.body for node in walk(root)]
    mentions = sum(isinstance(node, facts.Name) and node.id == name for node in nodes)
    unpacked = [arg.value for node in nodes if isinstance(node, facts.Call) for arg in node.args if arg.star == "**"]
    return mentions == sum(isinstance(value, facts.Name) and value.id == name for value in unpacked)


def _calls(node: object, names: set[str]) -> bool:
    return isinstance(node, facts.Call) and isinstance(node.func, facts.Name) and node.func.id in names
