"""Which bare names and attribute names a piece of ``ast`` mentions: one explicit stack, no recursion."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

_NESTED_FIELDS = ("decorator_list", "args", "body")

_CHILDREN: dict[type, tuple[str, ...]] = {
    # statements
    ast.FunctionDef: _NESTED_FIELDS,
    ast.AsyncFunctionDef: _NESTED_FIELDS,
    ast.ClassDef: ("decorator_list", "bases", "keywords", "body"),
    ast.Return: ("value",),
    ast.Delete: ("targets",),
    ast.Assign: ("targets", "value"),
    ast.AugAssign: ("target", "value"),
    ast.AnnAssign: ("target", "annotation", "value"),
    ast.For: ("target", "iter", "body", "orelse"),
    ast.AsyncFor: ("target", "iter", "body", "orelse"),
    ast.While: ("test", "body", "orelse"),
    ast.If: ("test", "body", "orelse"),
    ast.With: ("items", "body"),
    ast.AsyncWith: ("items", "body"),
    ast.Match: ("subject", "cases"),
    ast.Raise: ("exc", "cause"),
    ast.Try: ("body", "handlers", "orelse", "finalbody"),
    ast.TryStar: ("body", "handlers", "orelse", "finalbody"),
    ast.Assert: ("test", "msg"),
    ast.Import: ("names",),
    ast.ImportFrom: ("names",),
    ast.Global: (),
    ast.Nonlocal: (),
    ast.Expr: ("value",),
    ast.Pass: (),
    ast.Break: (),
    ast.Continue: (),
    # expressions (Name, Attribute, Call and Constant have their own branches)
    ast.BoolOp: ("values",),
    ast.NamedExpr: ("target", "value"),
    ast.BinOp: ("left", "right"),
    ast.UnaryOp: ("operand",),
    ast.Lambda: ("args", "body"),
    ast.IfExp: ("test", "body", "orelse"),
    ast.Dict: ("keys", "values"),
    ast.Set: ("elts",),
    ast.ListComp: ("elt", "generators"),
    ast.SetComp: ("elt", "generators"),
    ast.DictComp: ("key", "value", "generators"),
    ast.GeneratorExp: ("elt", "generators"),
    ast.Await: ("value",),
    ast.Yield: ("value",),
    ast.YieldFrom: ("value",),
    ast.Compare: ("left", "comparators"),
    ast.FormattedValue: ("value", "format_spec"),
    ast.JoinedStr: ("values",),
    ast.Subscript: ("value", "slice"),
    ast.Starred: ("value",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Slice: ("lower", "upper", "step"),
    # the rest
    ast.comprehension: ("target", "iter", "ifs"),
    ast.ExceptHandler: ("type", "body"),
    ast.arguments: ("defaults", "kw_defaults"),
    ast.keyword: ("value",),
    ast.alias: (),
    ast.withitem: ("context_expr", "optional_vars"),
    ast.match_case: ("pattern", "guard", "body"),
    ast.MatchValue: ("value",),
    ast.MatchSingleton: (),
    ast.MatchSequence: ("patterns",),
    ast.MatchMapping: ("keys", "patterns"),
    ast.MatchClass: ("cls", "patterns", "kwd_patterns"),
    ast.MatchStar: (),
    ast.MatchAs: ("pattern",),
    ast.MatchOr: ("patterns",),
    type(None): (),
}
for _newer, _fields in (
    ("TypeAlias", ("value",)),
    ("TemplateStr", ("values",)),
    ("Interpolation", ("value", "format_spec")),
):
    if hasattr(ast, _newer):
        _CHILDREN[getattr(ast, _newer)] = _fields


def _getter(fields: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(fields) > 1:
        return operator.attrgetter(*fields)
    if not fields:
        return lambda node: ()
    get = operator.attrgetter(fields[0])
    return lambda node: (get(node),)


_GETTERS = {kind: _getter(fields) for kind, fields in _CHILDREN.items()}
_FUNCTIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda})
_YIELDS = frozenset({ast.Yield, ast.YieldFrom})


def mentions(nodes: list[Any], names: set[str], attributes: set[str]) -> bool:
    """Add what ``nodes`` mention to ``names`` and ``attributes`` (keyword arguments of calls as ``name=``).

    Imported names and their aliases count as names. ``nodes`` is used up.

    Returns:
        whether they yield outside nested functions and lambdas.
    """
    nested: list[Any] = []
    yields = _collect(nodes, names, attributes, nested)
    while nested:
        function = nested.pop()
        children = _GETTERS[function.__class__](function)
        stack = [node for child in children for node in (child if child.__class__ is list else (child,))]
        _collect(stack, names, attributes, nested)
    return yields


def _collect(stack: list[Any], names: set[str], attributes: set[str], nested: list[Any]) -> bool:
    yields = False
    push, extend = stack.append, stack.extend
    children = _GETTERS
    name_class, attribute_class, constant_class, call_class = ast.Name, ast.Attribute, ast.Constant, ast.Call
    for node in stack:  # the list grows while it is read: cheaper than to take nodes off
        cls = node.__class__
        if cls is name_class:
            names.add(node.id)
        elif cls is attribute_class:
            attributes.add(node.attr)
            push(node.value)
        elif cls is constant_class:
            pass
        elif cls is call_class:
            push(node.func)
            if node.args:
                extend(node.args)
            for keyword in node.keywords:
                if keyword.arg is not None:
                    attributes.add(keyword.arg + "=")
                push(keyword.value)
        elif cls in _FUNCTIONS:
            nested.append(node)
        else:
            for child in children[cls](node):
                if child.__class__ is list:
                    if child:
                        extend(child)
                elif child is not None:
                    push(child)
            if cls in _RARE:
                _RARE[cls](node, names, attributes)
            elif cls in _YIELDS:
                yields = True
    return yields


def _alias(node: ast.alias, names: set[str], attributes: set[str]) -> None:
    first, *rest = node.name.split(".")
    names.add(first)
    attributes.update(rest)
    if node.asname:
        names.add(node.asname)


def _scope(node: ast.Global, names: set[str], attributes: set[str]) -> None:
    names.update(node.names)


def _match_class(node: ast.MatchClass, names: set[str], attributes: set[str]) -> None:
    attributes.update(node.kwd_attrs)


_RARE: dict[type, Any] = {
    ast.alias: _alias,
    ast.Global: _scope,
    ast.Nonlocal: _scope,
    ast.MatchClass: _match_class,
}
