"""XP104: a property whose readers cannot all be changed is written out where it is read."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from xpcheck.fix.arguments import Change
from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.scopes import is_bound, is_local
from xpcheck.fix.trees import Tree, end_of, span, start_of
from xpcheck.flow import models
from xpcheck.flow.events.body_events import Call
from xpcheck.link.definitions import Function
from xpcheck.model import Span

_OWN_SCOPE = (cst.Lambda, cst.BaseComp, cst.NamedExpr, cst.Await, cst.Yield)


def inlined(event: Call, workshop: Workshop, prop: Function) -> Draft | None:
    """The expression of a property in the place of its read, on the namespace of the reader."""
    reader, own = event.site.function, event.namespace_argument
    tree, other = workshop.function(reader), workshop.function(prop)
    node = _read_at(tree, event) if tree is not None else None
    value = _value(other) if other is not None else None
    if tree is None or other is None or node is None or value is None or not prop.params:
        return None
    if not is_bound(tree, node, own) or not _is_path(node.value):
        return None
    holder, numpy = prop.params[0].name, workshop.numpy_alias(prop.module)
    resolve = workshop.program.names.resolve
    for name in {item.value for item in _names(other, value)} - {holder, numpy}:
        here, there = resolve(reader.module.name, name), resolve(prop.module.name, name)
        if here != there or is_local(tree, node, name):
            return None
    changes = _spelled(other, value, holder, tree.text(tree.loc(node.value)), own, numpy)
    text = _edited(other, value, changes) if changes is not None else "#"
    if "#" in text:
        return None
    place = tree.outer(node)
    return Draft(
        f"Write `{prop.name}` out",
        in_module(reader.module, [(span(start_of(place), end_of(place)), f"({text})")]),
        (f"what `{prop.name}` says is then said twice",),
    )


def _read_at(tree: Tree, event: Call) -> cst.Attribute | None:
    for node in tree.nodes(cst.Attribute):
        if event.site.loc in (tree.loc(node), tree.loc(node.attr)):
            return node
    return None


def _value(tree: Tree) -> cst.BaseExpression | None:
    """What a function returns, when it does nothing else and the expression has no names of its own."""
    definition = next(tree.nodes(cst.FunctionDef), None)
    body = definition.body.body if definition is not None else ()
    lines = [item.body[0] for item in body if isinstance(item, cst.SimpleStatementLine) and len(item.body) == 1]
    if len(lines) != len(body) or not lines:
        return None
    *before, last = lines
    plain = all(isinstance(item, cst.Expr) and isinstance(item.value, cst.SimpleString) for item in before)
    value = last.value if plain and isinstance(last, cst.Return) else None
    if value is None or any(isinstance(item, _OWN_SCOPE) for item in _inside(tree, value)):
        return None
    return value


def _inside(tree: Tree, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in tree.children[node]:
        yield from _inside(tree, child)


def _names(tree: Tree, value: cst.CSTNode) -> Iterator[cst.Name]:
    """The names that are read in an expression: no attributes, no keywords."""
    for node in _inside(tree, value):
        if isinstance(node, cst.Name):
            parent = tree.parents[node]
            attribute = isinstance(parent, cst.Attribute) and parent.attr is node
            keyword = isinstance(parent, cst.Arg) and parent.keyword is node
            if not attribute and not keyword:
                yield node


def _spelled(
    tree: Tree, value: cst.CSTNode, holder: str, receiver: str, own: str, numpy: str | None
) -> list[Change] | None:
    """The names that are others at the reader: the object, and NumPy where JAX has what is used of it."""
    changes: list[Change] = []
    for name in _names(tree, value):
        place = Span(*tree.loc(name))
        if name.value == holder:
            changes.append((place, receiver))
        elif name.value == numpy:
            used = _dotted(tree, name).removeprefix(numpy + ".")
            if models.namespace(f"jax.numpy.{used}") is None:
                return None
            changes.append((place, own))
    return changes


def _dotted(tree: Tree, name: cst.Name) -> str:
    """The longest dotted path that begins with a name."""
    path, node = name.value, tree.parents[name]
    while isinstance(node, cst.Attribute):
        path, node = f"{path}.{node.attr.value}", tree.parents[node]
    return path


def _edited(tree: Tree, value: cst.BaseExpression, changes: list[Change]) -> str:
    """The text of an expression, without parentheses around it, after some changes."""
    loc = tree.loc(value)
    at, text = start_of(loc), ""
    for place, new in sorted(changes):
        text += tree.text((*at, place.line, place.column)) + new
        at = (place.end_line, place.end_column)
    return text + tree.text((*at, *end_of(loc)))


def _is_path(node: cst.BaseExpression) -> bool:
    """Whether an expression is a dotted name, which may be said more than once."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)
