"""What the constructors of the program are given where it builds objects, read off the calls alone.

For attributes that no annotation and no interpreted call types: a class that is built as ``Sum(self, other)`` in the
methods of another class holds objects of that class. Arguments that say nothing by themselves are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from xpcheck import facts
from xpcheck.flow.lattice.values import MAX_CLASSES, Instance, Shape
from xpcheck.flow.lattice.values import External as Outside
from xpcheck.flow.sources.scopes import bound, statements_in, walk
from xpcheck.flow.sources.texts import may_call, text_of
from xpcheck.link.definitions import Class, External, Function
from xpcheck.link.names import dotted

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver
    from xpcheck.flow.sources.named_calls import Scope

_POSITIONAL = frozenset({"pos", "posonly"})
_RESTORING = frozenset({"__init__", "__setstate__"})
"""Methods that give an object what it has from the start."""


class Builders:
    """The calls of constructors, by the parameters that they fill."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._mentions: dict[str, list[Function]] | None = None
        self._found: dict[tuple[Function, int], Shape | None] = {}
        self._kept: dict[tuple[Class, str], Shape | None] = {}

    def given(self, constructor: Function, index: int) -> Shape | None:
        """The objects that a parameter of a constructor is given; None when no call says so, or too many do."""
        key = (constructor, index)
        if key not in self._found:
            classes = dict.fromkeys(self._classes(constructor, index))
            ordered = tuple(sorted(classes, key=lambda item: item.key))
            self._found[key] = Instance(ordered, promised=True) if 0 < len(ordered) <= MAX_CLASSES else None
        return self._found[key]

    def concerns(self, constructor: Function, words: Collection[str]) -> bool:
        """Whether what a body with some words builds may count for a constructor."""
        owner = constructor.owner
        return owner is not None and not self._names(constructor, owner).isdisjoint(words)

    def answers(self) -> Iterator[tuple[Function, int, Shape | None]]:
        """What was asked so far, with its answers."""
        yield from ((*key, shape) for key, shape in self._found.items())

    def remember(self, answers: Iterable[tuple[Function, int, Shape | None]]) -> None:
        """Take answers of an earlier run that still hold."""
        self._found.update(((constructor, index), shape) for constructor, index, shape in answers)

    def _names(self, constructor: Function, owner: Class) -> set[str]:
        """The names of the classes that a constructor builds."""
        family = [owner, *self._program.hierarchy.subclasses(owner, owner.module.package)]
        return {cls.name for cls in family if self._program.constructor(cls) is constructor}

    def kept(self, cls: Class, name: str) -> Shape | None:
        """What methods assign to an attribute that the constructor leaves None: objects, or results of one library."""
        key = (cls, name)
        if key not in self._kept:
            shapes = dict.fromkeys(self._assigned(cls, name))
            classes = sorted({item for shape in shapes if type(shape) is Instance for item in shape.classes}, key=_key)
            if classes:
                self._kept[key] = Instance(tuple(classes)) if len(classes) <= MAX_CLASSES else None
            else:
                self._kept[key] = next(iter(shapes)) if len(shapes) == 1 else None
        return self._kept[key]

    def is_replaced(self, cls: Class, name: str) -> bool:
        """Whether a method assigns to an attribute anew; who restores an object from its state says nothing new."""
        for item in self._program.hierarchy.mro(cls):
            for function in item.members.values():
                if not isinstance(function, Function) or name not in function.outline.attributes:
                    continue
                if function.name in _RESTORING or not function.params:
                    continue
                body = self._program.body(function)
                path = f"{function.params[0].name}.{name}"
                targets = (target for node in walk(body.statements) for target in _targets(node)) if body else ()
                if any(dotted(target) == path for target in targets):
                    return True
        return False

    def may_keep(self, function: Function, words: Collection[str]) -> bool:
        """Whether a method with some words may assign to an attribute that a constructor of its family leaves None."""
        owner = function.owner
        if owner is None:
            return False
        family = [owner, *self._program.hierarchy.subclasses(owner, owner.module.package)]
        return any(not self._left_none(cls).isdisjoint(words) for cls in family)

    def _left_none(self, cls: Class) -> set[str]:
        """The attributes to which the constructor of a class assigns None somewhere: nothing kept rests on it."""
        constructor = self._program.constructor(cls)
        body = self._program.own_body(constructor) if constructor is not None else None
        found: set[str] = set()
        for root in body.statements if body is not None else ():
            for node in statements_in(root):
                if type(node) is facts.Assign and type(node.value) is facts.Const and node.value.kind == "none":
                    found.update(target.name for target in node.targets if type(target) is facts.Attr)
        return found

    def _assigned(self, cls: Class, name: str) -> Iterator[Shape]:
        """What the calls give whose results a class or one above it assigns to an attribute of its objects."""
        from xpcheck.flow.sources.named_calls import Scope

        for item in self._program.hierarchy.mro(cls):
            for function in item.members.values():
                if not isinstance(function, Function) or name not in function.outline.attributes:
                    continue
                body = self._program.body(function)
                for root in body.statements if body is not None else ():
                    for node in statements_in(root):
                        if type(node) is facts.Assign and type(node.value) is facts.Call and body is not None:
                            path = f"{function.params[0].name}.{name}" if function.params else "?"
                            if any(dotted(target) == path for target in node.targets):
                                yield from _result(Scope(self._solver, function, body), node.value)

    def _classes(self, constructor: Function, index: int) -> Iterator[Class]:
        from xpcheck.flow.sources.named_calls import Scope

        owner = constructor.owner
        param = constructor.params[index]
        if owner is None or param.annotation is not None:
            return
        names = self._names(constructor, owner)
        for function in self._mentioning(names):
            if not self._solver.sees(constructor, function) or not self._may_build(function, names):
                continue
            body = self._program.own_body(function)
            if body is None:
                continue
            scope = Scope(self._solver, function, body)
            for root in body.statements:
                for node in walk(root):
                    if isinstance(node, facts.Call) and (constructor, 1) in scope.targets(node.func):
                        yield from self._argument(function, body, scope, _filling(node, param, index))

    def _may_build(self, function: Function, names: set[str]) -> bool:
        """Whether a function may call a class by one of its names, or a constructor by its own."""
        if function in self._program.implied:
            return True
        return may_call(text_of(self._program, function), {*names, "__init__"})

    def _mentioning(self, names: set[str]) -> list[Function]:
        """The functions that name one of some classes, in the order of the program."""
        if self._mentions is None:
            self._mentions = {}
            known = {cls.name for cls in self._program.classes}
            for function in self._program.functions:
                for name in known.intersection((*function.outline.names, *function.outline.attributes)):
                    self._mentions.setdefault(name, []).append(function)
        found = {item for name in names for item in self._mentions.get(name, ())}
        return sorted(found, key=lambda item: item.key)

    def _argument(
        self, function: Function, body: facts.Body, scope: Scope, value: facts.Expr | None
    ) -> Iterator[Class]:
        """The classes of an argument: the method's own object, an annotated parameter, an object built on the spot."""
        if isinstance(value, facts.Call):
            entity = scope.entity(dotted(value.func) or "?")
            yield from (entity,) if isinstance(entity, Class) else ()
        if not isinstance(value, facts.Name) or value.id in bound(body.statements):
            return
        for position, param in enumerate(function.params):
            if param.name != value.id:
                continue
            if position == 0 and function.binding == "method" and function.owner is not None:
                yield function.owner
            shape = self._solver.annotations.shape(function.module, param.annotation)
            yield from shape.classes if type(shape) is Instance else ()


def _targets(node: object) -> Iterator[facts.Expr]:
    """What a statement assigns to, one by one."""
    for target in node.targets if type(node) is facts.Assign else ():
        yield from target.items if isinstance(target, facts.Tuple | facts.List) else (target,)
    if type(node) is facts.AugAssign:
        yield node.target


def _key(cls: Class) -> tuple[str, str, int]:
    return cls.key


def _result(scope: Scope, call: facts.Call) -> Iterator[Shape]:
    """What a call of a class, or of something outside the program, gives."""
    entity = scope.entity(dotted(call.func) or "?")
    if isinstance(entity, Class):
        yield Instance((entity,))
    elif isinstance(entity, External):
        yield Outside(f"{entity.name}()")


def _filling(node: facts.Call, param: facts.Param, index: int) -> facts.Expr | None:
    """The argument of a constructor call that fills a parameter; None when it is left out, or may be in a star."""
    positional = [arg for arg in node.args if arg.keyword is None]
    if any(arg.star for arg in positional[:index]):
        return None
    if param.kind in _POSITIONAL and index <= len(positional):
        return positional[index - 1].value
    return next((arg.value for arg in node.args if arg.keyword == param.name), None)
