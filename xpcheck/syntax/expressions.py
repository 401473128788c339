"""Expressions of libcst to expressions of ``facts``, in lockstep with ``ast`` for their places.

Every function here takes ``at`` (places of ``ast`` nodes), the libcst node and the ``ast`` node of one expression.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from xpcheck import facts
from xpcheck.facts import Expr, Param
from xpcheck.syntax import from_ast
from xpcheck.syntax.from_ast import constant, replacement_fields, spec_text, template_fields
from xpcheck.syntax.lockstep import disagree, expect, same_length, same_name
from xpcheck.syntax.quoted import has_text
from xpcheck.syntax.sources import At, fixed

BINARY: dict[type, str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.BitOr: "|",
    cst.BitAnd: "&",
    cst.BitXor: "^",
    cst.MatrixMultiply: "@",
}
UNARY: dict[type, str] = {cst.Plus: "+", cst.Minus: "-", cst.BitInvert: "~", cst.Not: "not"}
BOOL: dict[type, str] = {cst.And: "and", cst.Or: "or"}
COMPARE: dict[type, str] = {
    cst.LessThan: "<",
    cst.GreaterThan: ">",
    cst.Equal: "==",
    cst.LessThanEqual: "<=",
    cst.GreaterThanEqual: ">=",
    cst.NotEqual: "!=",
    cst.In: "in",
    cst.Is: "is",
    cst.NotIn: "not in",
    cst.IsNot: "is not",
}


def expression(at: At, node: Any, place: Any) -> Expr:
    """The IR of a libcst expression.

    Raises:
        SourceError: ``place`` is not the same expression.
    """
    return EXPRESSIONS[node.__class__](at, node, place)


def optional(at: At, node: Any, place: Any) -> Expr | None:
    """Like ``expression``, but None when both trees have nothing here."""
    if node is None or place is None:
        if node is not place:
            disagree(at, node, place)
        return None
    return EXPRESSIONS[node.__class__](at, node, place)


def parameters(at: At, node: cst.Parameters, place: ast.arguments) -> tuple[Param, ...]:
    """The parameters of a nested function or a lambda, in the order of the source."""
    params: list[Param] = []
    defaults = place.defaults
    same_length(at, node, place, node.posonly_params, place.posonlyargs)
    same_length(at, node, place, node.params, place.args)
    same_length(at, node, place, node.kwonly_params, place.kwonlyargs)
    next_default = len(defaults) - len(place.posonlyargs) - len(place.args)  # negative: so many without default
    for kind, nodes, places in (("posonly", node.posonly_params, place.posonlyargs), ("pos", node.params, place.args)):
        for param, arg in zip(nodes, places, strict=True):
            default = defaults[next_default] if next_default >= 0 else None
            params.append(_parameter(at, param, arg, kind, default))
            next_default += 1
    if place.vararg is not None:
        params.append(_parameter(at, node.star_arg, place.vararg, "var", None))
    elif isinstance(node.star_arg, cst.Param):
        disagree(at, node, place)
    for param, arg, keyword_default in zip(node.kwonly_params, place.kwonlyargs, place.kw_defaults, strict=True):
        params.append(_parameter(at, param, arg, "kwonly", keyword_default))
    if (node.star_kwarg is None) != (place.kwarg is None):
        disagree(at, node, place)
    if place.kwarg is not None:
        params.append(_parameter(at, node.star_kwarg, place.kwarg, "kw", None))
    return tuple(params)


def annotation(at: At, node: cst.Annotation | None, place: ast.expr | None) -> Expr | None:
    """The IR of an annotation; a quoted one is a text in both trees, and what it says is read from the text."""
    plain = optional(at, node and node.annotation, place)
    return from_ast.annotation(at, place) if place is not None and has_text(place) else plain


def _parameter(at: At, node: Any, place: ast.arg, kind: Any, default: ast.expr | None) -> Param:
    if node.__class__ is not cst.Param or not same_name(node.name.value, place.arg):
        disagree(at, node, place)
    return Param(
        place.arg,
        kind,
        at(place),
        optional(at, node.default, default),
        annotation(at, node.annotation, place.annotation),
    )


def _name(at: At, node: cst.Name, place: Any) -> Expr:
    if place.__class__ is ast.Name:
        if node.value != place.id and not same_name(node.value, place.id):
            disagree(at, node, place)
        return facts.Name(at(place), place.id)
    expect(at, node, place, ast.Constant)  # None, True, False
    return constant(at(place), place.value)


def _attribute(at: At, node: cst.Attribute, place: Any) -> Expr:
    if place.__class__ is not ast.Attribute:
        disagree(at, node, place)
    attr = place.attr
    if node.attr.value != attr and not same_name(node.attr.value, attr):
        disagree(at, node, place)
    inner = node.value
    return facts.Attr(at(place), EXPRESSIONS[inner.__class__](at, inner, place.value), attr)


def _literal(at: At, node: Any, place: Any) -> Expr:
    if place.__class__ is not ast.Constant:
        disagree(at, node, place)
    return constant(at(place), place.value)


def _call(at: At, node: cst.Call, place: Any) -> Expr:
    if place.__class__ is not ast.Call:
        disagree(at, node, place)
    positional: list[Any] = place.args
    keywords: list[Any] = place.keywords
    given: Any
    if len(node.args) != len(positional) + len(keywords):
        disagree(at, node, place)
    args: list[facts.Arg] = []
    next_positional = next_keyword = 0
    for arg in node.args:
        value, star = arg.value, arg.star
        if arg.keyword is not None or star == "**":
            if next_keyword == len(keywords):
                disagree(at, node, place)
            given = keywords[next_keyword]
            next_keyword += 1
            if (arg.keyword is None) != (given.arg is None):
                disagree(at, node, place)
            args.append(facts.Arg(EXPRESSIONS[value.__class__](at, value, given.value), given.arg, star))
        else:
            if next_positional == len(positional):
                disagree(at, node, place)
            given = positional[next_positional]
            next_positional += 1
            if star:
                expect(at, node, given, ast.Starred)
                given = given.value
            args.append(facts.Arg(EXPRESSIONS[value.__class__](at, value, given), None, star))
    func = node.func
    return facts.Call(at(place), EXPRESSIONS[func.__class__](at, func, place.func), tuple(args))


def _subscript(at: At, node: cst.Subscript, place: Any) -> Expr:
    if place.__class__ is not ast.Subscript:
        disagree(at, node, place)
    elements = node.slice
    index: Any = place.slice
    value = expression(at, node.value, place.value)
    first: Any = elements[0]
    if len(elements) == 1 and first.comma.__class__ is not cst.Comma and not getattr(first.slice, "star", None):
        return facts.Index(at(place), value, expression(at, first.slice, index))
    expect(at, node, index, ast.Tuple)
    same_length(at, node, index, elements, index.elts)
    items = tuple([expression(at, e.slice, i) for e, i in zip(elements, index.elts, strict=True)])
    return facts.Index(at(place), value, facts.Tuple(at(index), items))


def _index(at: At, node: cst.Index, place: Any) -> Expr:
    inner = node.value
    if node.star:
        expect(at, node, place, ast.Starred)
        return facts.Star(at(place), expression(at, inner, place.value))
    return EXPRESSIONS[inner.__class__](at, inner, place)


def _slice(at: At, node: cst.Slice, place: Any) -> Expr:
    expect(at, node, place, ast.Slice)
    return facts.Slice(
        at(place),
        optional(at, node.lower, place.lower),
        optional(at, node.upper, place.upper),
        optional(at, node.step, place.step),
    )


def _binary(at: At, node: cst.BinaryOperation, place: Any) -> Expr:
    if place.__class__ is not ast.BinOp:
        disagree(at, node, place)
    left, right = node.left, node.right
    return facts.Binary(
        at(place),
        BINARY[node.operator.__class__],
        EXPRESSIONS[left.__class__](at, left, place.left),
        EXPRESSIONS[right.__class__](at, right, place.right),
    )


def _unary(at: At, node: cst.UnaryOperation, place: Any) -> Expr:
    expect(at, node, place, ast.UnaryOp)
    return facts.Unary(at(place), UNARY[node.operator.__class__], expression(at, node.expression, place.operand))


def _bool(at: At, node: cst.BooleanOperation, place: Any) -> Expr:
    expect(at, node, place, ast.BoolOp)
    operator = node.operator.__class__
    operands: list[Any] = []
    stack: list[Any] = [node.right, node.left]
    while stack:  # libcst nests what ast lists: a and b and c
        operand = stack.pop()
        if operand.__class__ is cst.BooleanOperation and operand.operator.__class__ is operator and not operand.lpar:
            stack += [operand.right, operand.left]
        else:
            operands.append(operand)
    same_length(at, node, place, operands, place.values)
    values = tuple([expression(at, o, v) for o, v in zip(operands, place.values, strict=True)])
    return facts.Bool(at(place), BOOL[operator], values)


def _compare(at: At, node: cst.Comparison, place: Any) -> Expr:
    expect(at, node, place, ast.Compare)
    same_length(at, node, place, node.comparisons, place.comparators)
    return facts.Compare(
        at(place),
        expression(at, node.left, place.left),
        tuple([COMPARE[target.operator.__class__] for target in node.comparisons]),
        tuple([expression(at, t.comparator, c) for t, c in zip(node.comparisons, place.comparators, strict=True)]),
    )


def _cond(at: At, node: cst.IfExp, place: Any) -> Expr:
    expect(at, node, place, ast.IfExp)
    return facts.Cond(
        at(place),
        expression(at, node.test, place.test),
        expression(at, node.body, place.body),
        expression(at, node.orelse, place.orelse),
    )


def _elements(at: At, node: Any, place: Any) -> tuple[Expr, ...]:
    elements, places = node.elements, place.elts
    if len(elements) != len(places):
        disagree(at, node, place)
    return tuple([EXPRESSIONS[e.__class__](at, e, p) for e, p in zip(elements, places, strict=True)])


def _element(at: At, node: cst.Element, place: Any) -> Expr:
    inner = node.value
    return EXPRESSIONS[inner.__class__](at, inner, place)


def _starred(at: At, node: cst.StarredElement, place: Any) -> Expr:
    expect(at, node, place, ast.Starred)
    return facts.Star(at(place), expression(at, node.value, place.value))


def _tuple(at: At, node: cst.Tuple, place: Any) -> Expr:
    expect(at, node, place, ast.Tuple)
    return facts.Tuple(at(place), _elements(at, node, place))


def _list(at: At, node: cst.List, place: Any) -> Expr:
    expect(at, node, place, ast.List)
    return facts.List(at(place), _elements(at, node, place))


def _set(at: At, node: cst.Set, place: Any) -> Expr:
    expect(at, node, place, ast.Set)
    return facts.Set(at(place), _elements(at, node, place))


def _dict(at: At, node: cst.Dict, place: Any) -> Expr:
    expect(at, node, place, ast.Dict)
    same_length(at, node, place, node.elements, place.keys)
    items: list[tuple[Expr | None, Expr]] = []
    for element, key, value in zip(node.elements, place.keys, place.values, strict=True):
        written = element.key if element.__class__ is cst.DictElement else None
        items.append((optional(at, written, key), expression(at, element.value, value)))
    return facts.Dict(at(place), tuple(items))


def _lambda(at: At, node: cst.Lambda, place: Any) -> Expr:
    expect(at, node, place, ast.Lambda)
    return facts.Lambda(at(place), parameters(at, node.params, place.args), expression(at, node.body, place.body))


def _clauses(at: At, node: Any, place: Any) -> tuple[facts.For, ...]:
    clauses: list[facts.For] = []
    clause: cst.CompFor | None = node.for_in
    for generator in place.generators:
        if clause is None or len(clause.ifs) != len(generator.ifs):
            disagree(at, node, place)
        tests = tuple([expression(at, i.test, g) for i, g in zip(clause.ifs, generator.ifs, strict=True)])
        target = expression(at, clause.target, generator.target)
        clauses.append(facts.For(target, expression(at, clause.iter, generator.iter), tests))
        clause = clause.inner_for_in
    if clause is not None:
        disagree(at, node, place)
    return tuple(clauses)


def _comprehension(kind: str, expected: type) -> Callable[[At, Any, Any], Expr]:
    def lower(at: At, node: Any, place: Any) -> Expr:
        expect(at, node, place, expected)
        return facts.Comp(at(place), kind, expression(at, node.elt, place.elt), None, _clauses(at, node, place))

    return lower


def _dict_comprehension(at: At, node: cst.DictComp, place: Any) -> Expr:
    expect(at, node, place, ast.DictComp)
    key, value = expression(at, node.key, place.key), expression(at, node.value, place.value)
    return facts.Comp(at(place), "dict", key, value, _clauses(at, node, place))


def _starred_comprehension(at: At, node: cst.StarredDictComp, place: Any) -> Expr:
    expect(at, node, place, ast.DictComp)  # Python 3.15: {**d for d in ds}
    source = expression(at, node.for_in.iter, place.generators[0].iter)
    return facts.Opaque(at(place), "unpacking comprehension", (source,))


def _walrus(at: At, node: cst.NamedExpr, place: Any) -> Expr:
    expect(at, node, place, ast.NamedExpr)
    expect(at, node, place.target, ast.Name)
    return facts.Walrus(
        at(place), facts.Name(at(place.target), place.target.id), expression(at, node.value, place.value)
    )


def _await(at: At, node: cst.Await, place: Any) -> Expr:
    expect(at, node, place, ast.Await)
    return facts.Await(at(place), expression(at, node.expression, place.value))


def _yield(at: At, node: cst.Yield, place: Any) -> Expr:
    if isinstance(node.value, cst.From):
        expect(at, node, place, ast.YieldFrom)
        return facts.Yield(at(place), expression(at, node.value.item, place.value), True)
    expect(at, node, place, ast.Yield)
    return facts.Yield(at(place), optional(at, node.value, place.value), False)


def _string(at: At, node: Any, place: Any) -> Expr:
    """A formatted string, or strings side by side of which some may be formatted."""
    if place.__class__ is ast.Constant:
        if _fields(node):
            disagree(at, node, place)
        return constant(at(place), place.value)
    expect(at, node, place, ast.JoinedStr)
    loc = at(place)
    inside = fixed(loc)
    fields, places = _fields(node), replacement_fields(place)
    same_length(at, node, place, fields, places)
    parts: list[facts.FormatPart] = []
    for field, found in zip(fields, places, strict=True):
        value = expression(inside, field.expression, found.value)
        nested = _spec_values(inside, field, found)
        parts.append(facts.FormatPart(value, bool(spec_text(found.format_spec)), nested))
    return facts.Format(loc, tuple(parts))


def _fields(node: Any) -> list[Any]:
    fields: list[Any] = []
    stack = [node]
    while stack:
        string = stack.pop()
        if string.__class__ is cst.ConcatenatedString:
            stack += [string.right, string.left]
        elif string.__class__ is not cst.SimpleString:
            fields += _expressions_of(string.parts)
    return fields


def _expressions_of(parts: Sequence[Any]) -> list[Any]:
    return [part for part in parts if hasattr(part, "expression")]


def _spec_values(at: At, node: Any, place: Any) -> tuple[Expr, ...]:
    values: list[Expr] = []
    fields, places = _expressions_of(node.format_spec or ()), replacement_fields(place.format_spec)
    same_length(at, node, place, fields, places)
    for field, found in zip(fields, places, strict=True):
        values += [expression(at, field.expression, found.value), *_spec_values(at, field, found)]
    return tuple(values)


def _template(at: At, node: Any, place: Any) -> Expr:
    loc = at(place)
    inside = fixed(loc)
    fields, places = _fields(node), template_fields(place)
    same_length(at, node, place, fields, places)
    children: list[Expr] = []
    for field, found in zip(fields, places, strict=True):
        children += [expression(inside, field.expression, found.value), *_spec_values(inside, field, found)]
    return facts.Opaque(loc, "template string", tuple(children))


def _concatenated(at: At, node: cst.ConcatenatedString, place: Any) -> Expr:
    lower = _template if place.__class__.__name__ == "TemplateStr" else _string
    return lower(at, node, place)


EXPRESSIONS: dict[type, Callable[[At, Any, Any], Expr]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Subscript: _subscript,
    cst.Index: _index,
    cst.Slice: _slice,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _bool,
    cst.Comparison: _compare,
    cst.IfExp: _cond,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Dict: _dict,
    cst.Element: _element,
    cst.StarredElement: _starred,
    cst.Lambda: _lambda,
    cst.ListComp: _comprehension("list", ast.ListComp),
    cst.SetComp: _comprehension("set", ast.SetComp),
    cst.GeneratorExp: _comprehension("generator", ast.GeneratorExp),
    cst.DictComp: _dict_comprehension,
    cst.NamedExpr: _walrus,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.Integer: _literal,
    cst.Float: _literal,
    cst.Imaginary: _literal,
    cst.Ellipsis: _literal,
    cst.SimpleString: _literal,
    cst.FormattedString: _string,
    cst.ConcatenatedString: _concatenated,
}
"""Every libcst class that can stand where an expression is expected."""

for _newer, _lower in (("TemplatedString", _template), ("StarredDictComp", _starred_comprehension)):
    if hasattr(cst, _newer):  # libcst 1.9
        EXPRESSIONS[getattr(cst, _newer)] = _lower
