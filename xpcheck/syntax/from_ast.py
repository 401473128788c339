"""Expressions of ``ast`` to expressions of ``facts``: signatures, decorators, bases, module-level values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from xpcheck import facts
from xpcheck.facts import Expr, Loc, Param
from xpcheck.syntax.quoted import unquoted
from xpcheck.syntax.sources import At, fixed

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.FloorDiv: "//",
    ast.And: "and",
    ast.Or: "or",
    ast.Invert: "~",
    ast.Not: "not",
    ast.UAdd: "+",
    ast.USub: "-",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

_KINDS: dict[type, str] = {
    int: "int",
    float: "float",
    complex: "complex",
    str: "str",
    bytes: "bytes",
    bool: "bool",
    type(None): "none",
    type(...): "ellipsis",
}
_INT_LIMIT = 1 << 63


def expression(at: At, node: ast.AST) -> Expr:
    """The IR of an ``ast`` expression; ``at`` tells its places."""
    return EXPRESSIONS[node.__class__](at, node)


def optional(at: At, node: ast.AST | None) -> Expr | None:
    """Like ``expression``, but None for None."""
    return None if node is None else EXPRESSIONS[node.__class__](at, node)


def annotation(at: At, node: ast.expr | None) -> Expr | None:
    """The IR of an annotation, without quotes; None for None."""
    return None if node is None else expression(at, unquoted(node))


def expressions(at: At, nodes: list[Any]) -> tuple[Expr, ...]:
    """The IR of several ``ast`` expressions."""
    return tuple([EXPRESSIONS[node.__class__](at, node) for node in nodes])


def constant(loc: Loc, value: object) -> facts.Const:
    """The IR of a literal; values that cannot be stored (long ints, lone surrogates, ...) are left out."""
    kind = _KINDS[value.__class__]
    if kind == "str":
        return facts.Const(loc, kind, value if storable(value) else None)  # type: ignore[arg-type]
    if kind == "int":
        return facts.Const(loc, kind, value if value < _INT_LIMIT else None)  # type: ignore[operator, arg-type]
    return facts.Const(loc, kind, value if kind in ("float", "bool") else None)  # type: ignore[arg-type]


def storable(text: Any) -> bool:
    """Whether ``text`` can be encoded: a literal may hold lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parameters(at: At, node: ast.arguments) -> tuple[Param, ...]:
    """The parameters of a function or lambda, in the order of the source."""
    params: list[Param] = []
    positional = len(node.posonlyargs) + len(node.args)
    without_default = positional - len(node.defaults)
    position = 0
    for group, kind in ((node.posonlyargs, "posonly"), (node.args, "pos")):
        for arg in group:
            default = node.defaults[position - without_default] if position >= without_default else None
            params.append(_parameter(at, arg, kind, default))
            position += 1
    if node.vararg:
        params.append(_parameter(at, node.vararg, "var", None))
    for arg, keyword_default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        params.append(_parameter(at, arg, "kwonly", keyword_default))
    if node.kwarg:
        params.append(_parameter(at, node.kwarg, "kw", None))
    return tuple(params)


def _parameter(at: At, arg: ast.arg, kind: Any, default: ast.expr | None) -> Param:
    return Param(
        arg.arg,
        kind,
        at(arg),
        None if default is None else EXPRESSIONS[default.__class__](at, default),
        annotation(at, arg.annotation),
    )


def _name(at: At, node: ast.Name) -> Expr:
    return facts.Name(at(node), node.id)


def _attribute(at: At, node: ast.Attribute) -> Expr:
    return facts.Attr(at(node), expression(at, node.value), node.attr)


def _constant(at: At, node: ast.Constant) -> Expr:
    return constant(at(node), node.value)


def _call(at: At, node: ast.Call) -> Expr:
    arguments: list[Any] = [*node.args, *node.keywords]
    if node.keywords and any(arg.__class__ is ast.Starred for arg in node.args):
        arguments.sort(key=lambda arg: (arg.lineno, arg.col_offset))  # f(a=1, *b): only a star may follow a keyword
    args: list[facts.Arg] = []
    for arg in arguments:
        if arg.__class__ is ast.keyword:
            args.append(facts.Arg(expression(at, arg.value), arg.arg, "" if arg.arg else "**"))
        elif arg.__class__ is ast.Starred:
            args.append(facts.Arg(expression(at, arg.value), None, "*"))
        else:
            args.append(facts.Arg(expression(at, arg), None, ""))
    return facts.Call(at(node), expression(at, node.func), tuple(args))


def _subscript(at: At, node: ast.Subscript) -> Expr:
    return facts.Index(at(node), expression(at, node.value), expression(at, node.slice))


def _slice(at: At, node: ast.Slice) -> Expr:
    return facts.Slice(at(node), optional(at, node.lower), optional(at, node.upper), optional(at, node.step))


def _binary(at: At, node: ast.BinOp) -> Expr:
    return facts.Binary(at(node), OPERATORS[node.op.__class__], expression(at, node.left), expression(at, node.right))


def _unary(at: At, node: ast.UnaryOp) -> Expr:
    return facts.Unary(at(node), OPERATORS[node.op.__class__], expression(at, node.operand))


def _bool(at: At, node: ast.BoolOp) -> Expr:
    return facts.Bool(at(node), OPERATORS[node.op.__class__], expressions(at, node.values))


def _compare(at: At, node: ast.Compare) -> Expr:
    operators = tuple([OPERATORS[op.__class__] for op in node.ops])
    return facts.Compare(at(node), expression(at, node.left), operators, expressions(at, node.comparators))


def _cond(at: At, node: ast.IfExp) -> Expr:
    return facts.Cond(at(node), expression(at, node.test), expression(at, node.body), expression(at, node.orelse))


def _tuple(at: At, node: ast.Tuple) -> Expr:
    return facts.Tuple(at(node), expressions(at, node.elts))


def _list(at: At, node: ast.List) -> Expr:
    return facts.List(at(node), expressions(at, node.elts))


def _set(at: At, node: ast.Set) -> Expr:
    return facts.Set(at(node), expressions(at, node.elts))


def _dict(at: At, node: ast.Dict) -> Expr:
    pairs = zip(node.keys, node.values, strict=True)
    return facts.Dict(at(node), tuple([(optional(at, key), expression(at, value)) for key, value in pairs]))


def _lambda(at: At, node: ast.Lambda) -> Expr:
    return facts.Lambda(at(node), parameters(at, node.args), expression(at, node.body))


def _clauses(at: At, node: Any) -> tuple[facts.For, ...]:
    return tuple(
        [
            facts.For(expression(at, clause.target), expression(at, clause.iter), expressions(at, clause.ifs))
            for clause in node.generators
        ]
    )


def _comprehension(kind: str) -> Callable[[At, Any], Expr]:
    return lambda at, node: facts.Comp(at(node), kind, expression(at, node.elt), None, _clauses(at, node))


def _dict_comprehension(at: At, node: ast.DictComp) -> Expr:
    return facts.Comp(at(node), "dict", expression(at, node.key), expression(at, node.value), _clauses(at, node))


def _walrus(at: At, node: ast.NamedExpr) -> Expr:
    return facts.Walrus(at(node), facts.Name(at(node.target), node.target.id), expression(at, node.value))


def _starred(at: At, node: ast.Starred) -> Expr:
    return facts.Star(at(node), expression(at, node.value))


def _joined(at: At, node: ast.JoinedStr) -> Expr:
    loc = at(node)
    return facts.Format(loc, _format_parts(fixed(loc), node))


def _format_parts(at: At, node: ast.JoinedStr) -> tuple[facts.FormatPart, ...]:
    parts: list[facts.FormatPart] = []
    for field in replacement_fields(node):
        spec = field.format_spec
        parts.append(facts.FormatPart(expression(at, field.value), bool(spec_text(spec)), _spec_values(at, spec)))
    return tuple(parts)


def replacement_fields(node: Any) -> list[Any]:
    """The replacement fields of an ``ast`` f-string, without its literal text."""
    return [] if node is None else [value for value in node.values if value.__class__ is ast.FormattedValue]


def spec_text(spec: Any) -> list[Any]:
    """What a format specification holds (Python versions differ in how they write an empty one)."""
    return [] if spec is None else [v for v in spec.values if v.__class__ is not ast.Constant or v.value]


def _spec_values(at: At, spec: Any) -> tuple[Expr, ...]:
    values: list[Expr] = []
    for field in replacement_fields(spec):
        values += [expression(at, field.value), *_spec_values(at, field.format_spec)]
    return tuple(values)


def _await(at: At, node: ast.Await) -> Expr:
    return facts.Await(at(node), expression(at, node.value))


def _yield(at: At, node: ast.Yield) -> Expr:
    return facts.Yield(at(node), optional(at, node.value), False)


def _yield_from(at: At, node: ast.YieldFrom) -> Expr:
    return facts.Yield(at(node), expression(at, node.value), True)


def _template(at: At, node: Any) -> Expr:
    loc = at(node)
    inside = fixed(loc)
    children: list[Expr] = []
    for field in template_fields(node):
        children += [expression(inside, field.value), *_spec_values(inside, field.format_spec)]
    return facts.Opaque(loc, "template string", tuple(children))


def template_fields(node: Any) -> list[Any]:
    """The interpolations of an ``ast`` template string (Python 3.14)."""
    return [value for value in node.values if value.__class__ is not ast.Constant]


EXPRESSIONS: dict[type[ast.AST], Callable[[At, Any], Expr]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _bool,
    ast.Compare: _compare,
    ast.IfExp: _cond,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension("list"),
    ast.SetComp: _comprehension("set"),
    ast.GeneratorExp: _comprehension("generator"),
    ast.DictComp: _dict_comprehension,
    ast.NamedExpr: _walrus,
    ast.Starred: _starred,
    ast.JoinedStr: _joined,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
}
"""Every expression class of ``ast`` that can stand on its own (``FormattedValue`` only stands in a ``JoinedStr``)."""

if hasattr(ast, "TemplateStr"):
    EXPRESSIONS[ast.TemplateStr] = _template
