"""Python's scopes over the IR: what a function binds, and reads of a name that nothing binds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, get_args

import msgspec

from xpcheck import facts
from xpcheck.facts import Loc

_NODES = frozenset(name for name, thing in vars(facts).items() if facts.__name__ in str(thing))
"""What annotations of fields call the classes of nodes, and unions of them."""


def _getter(kind: type[msgspec.Struct], nodes: frozenset[str] = _NODES) -> Callable[[Any], tuple[Any, ...]]:
    """Reads the fields of a class of nodes that can be or hold some ``nodes``, the last first."""
    said = {name: text for cls in reversed(kind.__mro__) for name, text in getattr(cls, "__annotations__", {}).items()}
    names = [name for name in reversed(kind.__struct_fields__) if not nodes.isdisjoint(re.split(r"\W+", said[name]))]
    if len(names) > 1:
        return operator.attrgetter(*names)
    if not names:
        return lambda node: ()
    get = operator.attrgetter(names[0])
    return lambda node: (get(node),)


_FIELDS: Mapping[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: _getter(kind) for kind in vars(facts).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
}


_EVALUATED: Mapping[type, Callable[[Any], tuple[Any, ...]]] = {
    **_FIELDS,
    facts.Def: lambda node: (node.decorators, tuple(param.default for param in node.params)),
    facts.Lambda: lambda node: (tuple(param.default for param in node.params),),
}
"""Without the bodies of functions."""


_BLOCKS: Mapping[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: _getter(kind, frozenset({"Stmt", "Handler", "Case"}))
    for kind in (*get_args(facts.Stmt), facts.Handler, facts.Case)
}


def children(node: object) -> Iterator[object]:
    """The nodes directly below a node, in the order of its fields."""
    stack: list[object] = [*_FIELDS[type(node)](node)] if type(node) in _FIELDS else []
    while stack:
        item = stack.pop()
        if type(item) is tuple:
            stack += item[::-1]
        elif type(item) in _FIELDS:
            yield item


def walk(root: object) -> Iterator[object]:
    """A node and all nodes below it, nested functions included, in the order of the source."""
    return _below(root, _FIELDS)


def evaluated(root: object) -> Iterator[object]:
    """The nodes that running a node evaluates: inside functions that it defines only where it names them in a call."""
    kept: dict[str, list[object]] = {}
    called: set[str] = set()
    queue: list[object] = [root]
    while queue:
        for node in _below(queue.pop(), _EVALUATED):
            yield node
            if isinstance(node, facts.Def):
                kept.setdefault(node.name, []).append(node.body)
            elif isinstance(node, facts.Call):
                parts = (node.func, *(arg.value for arg in node.args))
                called.update(part.id for part in parts if isinstance(part, facts.Name))
                queue += [part.body for part in parts if isinstance(part, facts.Lambda)]
        queue += [body for name in kept.keys() & called for body in kept.pop(name)]


def statements_in(root: object) -> Iterator[object]:
    """All statements in a statement or some, itself and nested ones included, in the order of the source.

    So are the handlers and cases between them. Expressions, in which no statement stands, are not looked at.
    """
    return _below(root, _BLOCKS)


def _below(root: object, fields: Mapping[type, Callable[[Any], tuple[Any, ...]]]) -> Iterator[object]:
    """A node and all below it of which ``fields`` reads what they hold, in the order of the source."""
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is tuple:
            stack += node[::-1]  # type: ignore[index]
        elif kind in fields:
            yield node
            stack += fields[kind](node)


def nodes_of(name: str, body: facts.Body) -> Iterator[object]:
    """The nodes of a body; the functions and classes of a module are bodies of their own."""
    nested = (facts.Def, facts.Class) if name == facts.MODULE else ()
    for root in body.statements:
        if not isinstance(root, nested):
            yield from walk(root)


def handed_to(namespaces: Collection[str], node: facts.Def | facts.Lambda) -> Iterator[tuple[str, int, str]]:
    """Names that a nested function gives to functions of a namespace: the function, the position, the name."""
    for item in walk(node.body):
        if not isinstance(item, facts.Call) or not isinstance(item.func, facts.Attr):
            continue
        owner = item.func.value
        if isinstance(owner, facts.Name) and owner.id in namespaces:
            for position, arg in enumerate(item.args):
                if isinstance(arg.value, facts.Name) and arg.keyword is None and not arg.star:
                    yield item.func.name, position, arg.value.id


def target_names(target: facts.Expr) -> Iterator[str]:
    """The names that an assignment target binds."""
    if type(target) is facts.Name:
        yield target.id
    elif isinstance(target, facts.Tuple | facts.List):
        for item in target.items:
            yield from target_names(item)
    elif type(target) is facts.Star:
        yield from target_names(target.value)


def imported_names(statement: facts.Import) -> Iterator[str]:
    """The names that an import statement binds; ``*`` for a star import."""
    for item in statement.names:
        yield item.alias or (item.name if statement.source is not None or statement.level else item.name.split(".")[0])


def bound(statements: Iterable[object]) -> set[str]:
    """The names that some statements bind in their own scope; names declared ``global`` or ``nonlocal`` are not."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    stack: list[object] = list(statements)
    while stack:
        node = stack.pop()
        if type(node) is facts.Def or type(node) is facts.Class:
            names.add(node.name)
            continue
        if type(node) is facts.Scope:
            elsewhere.update(node.names)
        names.update(_binds(node))
        stack.extend(child for child in children(node) if type(child) is not facts.Lambda)
    return names - elsewhere


def _binds(node: object) -> Iterable[str]:
    """The names that a node itself binds, functions and classes aside."""
    return _bound_by(node) if type(node) in _BINDING else ()


def _bound_by(node: object) -> Iterator[str]:
    if isinstance(node, facts.Assign | facts.Delete):
        for target in node.targets:
            yield from target_names(target)
    elif isinstance(node, facts.AugAssign | facts.Walrus | facts.Loop | facts.WithItem):
        if node.target is not None:
            yield from target_names(node.target)
    elif type(node) is facts.Handler:
        if node.name:
            yield node.name
    elif type(node) is facts.Case:
        yield from node.binds
    elif type(node) is facts.Import:
        yield from imported_names(node)


_BINDING = frozenset(
    {
        *(facts.Assign, facts.Delete, facts.AugAssign, facts.Walrus, facts.Loop),
        *(facts.WithItem, facts.Handler, facts.Case, facts.Import),
    }
)
_NAMED = frozenset({facts.Def, facts.Class, facts.Param})


def all_bound(params: Iterable[facts.Param], statements: Iterable[object], imports: bool = True) -> set[str]:
    """The names that a function, or anything nested in it, binds: a name outside this set is the module's."""
    names = {param.name for param in params}
    for root in statements:
        for node in walk(root):
            kind = type(node)
            if kind in _BINDING and (imports or kind is not facts.Import):
                names.update(_bound_by(node))
            elif kind in _NAMED:
                names.add(node.name)  # type: ignore[attr-defined]
            elif type(node) is facts.For:
                names.update(target_names(node.target))
    return names


def carried(loop: facts.Loop) -> frozenset[str]:
    """The names that a round of a loop may read before it binds them: only through them does it depend on the last."""
    read = _mentioned((loop.iter, loop.test))
    assigned: set[str] = set()
    if loop.target is not None:
        plain = _is_plain(loop.target)
        (assigned if plain else read).update(_mentioned(loop.target))
    for statement in loop.body:
        plain = (
            type(statement) is facts.Assign and statement.value is not None and all(map(_is_plain, statement.targets))
        )
        if type(statement) is facts.Assign and plain:
            read |= _mentioned(statement.value) - assigned
            assigned |= _mentioned(statement.targets)
        else:
            read |= _mentioned(statement) - assigned
    return frozenset(read)


def _mentioned(root: object) -> set[str]:
    return {node.id for node in walk(root) if type(node) is facts.Name}


def _is_plain(target: facts.Expr) -> bool:
    """Whether an assignment target is a name, or names in a tuple or list."""
    if type(target) is facts.Tuple or type(target) is facts.List:
        return all(_is_plain(item) for item in target.items)
    return type(target) is facts.Name


def declared_global(statements: Iterable[object], name: str) -> bool:
    """Whether some statements declare a name ``global``."""
    return any(
        isinstance(node, facts.Scope) and node.kind == "global" and name in node.names
        for root in statements
        for node in walk(root)
    )


class Unbound:
    """Reads of one name that no scope around them binds.

    ``found`` collects their places, in the order in which they are met. Annotations are not looked at.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[Loc] = []

    def function(self, params: tuple[facts.Param, ...], statements: tuple[facts.Stmt, ...], visible: bool) -> None:
        """Look at the statements of a function; ``visible`` when a scope around it binds the name."""
        if visible or any(param.name == self.name for param in params) or self.name in bound(statements):
            return  # and it is visible in all scopes inside
        for statement in statements:
            self.look(statement, False)

    def look(self, node: object, visible: bool) -> None:
        """Look at a statement or expression of a scope in which the name is visible or not."""
        if type(node) is facts.Name:
            if node.id == self.name and not visible:
                self.found.append(node.loc)
        elif type(node) is facts.Def:
            for item in node.decorators:
                self.look(item, visible)
            self._defaults(node.params, visible)
            self.function(node.params, node.body, visible)
        elif type(node) is facts.Lambda:
            self._defaults(node.params, visible)
            self.look(node.body, visible or any(param.name == self.name for param in node.params))
        elif type(node) is facts.Comp:
            targets = {name for clause in node.clauses for name in target_names(clause.target)}
            for child in children(node):
                self.look(child, visible or self.name in targets)
        elif type(node) is facts.Class:
            self._class(node, visible)
        else:
            for child in children(node):
                if not (type(node) is facts.Assign and child is node.annotation):
                    self.look(child, visible)

    def _defaults(self, params: tuple[facts.Param, ...], visible: bool) -> None:
        for param in params:
            if param.default is not None:
                self.look(param.default, visible)

    def _class(self, node: facts.Class, visible: bool) -> None:
        for base in node.bases:
            self.look(base, visible)
        inside = visible or self.name in bound(node.body)
        for statement in node.body:
            # A method does not see the names of the class body, but its defaults and decorators do.
            if isinstance(statement, facts.Def):
                for item in statement.decorators:
                    self.look(item, inside)
                self._defaults(statement.params, inside)
                self.function(statement.params, statement.body, visible)
            else:
                self.look(statement, inside)


def first_access(statements: Iterable[object], receiver: str, attribute: str, stored: bool) -> Loc | None:
    """Where a body first stores (or reads) ``receiver.attribute``, in the order of the source.

    What a body does not store itself, it stores by the constructor of a base class.
    """
    targets: set[int] = set()
    base: Loc | None = None
    for root in statements:
        for node in walk(root):
            if type(node) is facts.Assign:
                targets.update(id(part) for target in node.targets for part in walk(target))
            elif type(node) is facts.Call and type(node.func) is facts.Attr and node.func.name == "__init__":
                base = base or node.func.loc
            elif type(node) is facts.Attr and node.name == attribute and (id(node) in targets) is stored:
                own = type(node.value) is facts.Name and node.value.id == receiver
                if own:
                    return node.loc
    return base if stored else None
