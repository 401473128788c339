"""Statements of libcst to statements of ``facts``, in lockstep with ``ast`` for their places."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from xpcheck import facts
from xpcheck.facts import Expr, Loc, Stmt
from xpcheck.syntax.expressions import annotation, expression, optional, parameters
from xpcheck.syntax.lockstep import disagree, expect, same_length, same_name
from xpcheck.syntax.outlines import import_statement
from xpcheck.syntax.patterns import Pattern
from xpcheck.syntax.sources import At

AUGMENTED: dict[type, str] = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.MatrixMultiplyAssign: "@",
    cst.DivideAssign: "/",
    cst.ModuloAssign: "%",
    cst.BitAndAssign: "&",
    cst.BitOrAssign: "|",
    cst.BitXorAssign: "^",
    cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
    cst.PowerAssign: "**",
    cst.FloorDivideAssign: "//",
}


def flat(suite: Any) -> list[Any]:
    """The statements of a libcst suite or module, lines of several statements taken apart."""
    nodes: list[Any] = []
    for node in suite.body:
        if node.__class__ is cst.SimpleStatementLine:
            nodes += node.body
        else:
            nodes.append(node)
    return nodes


def statements(at: At, nodes: Sequence[Any], places: Sequence[Any], parent: Any) -> tuple[Stmt, ...]:
    """The IR of statements.

    Raises:
        SourceError: ``places`` are not the same statements.
    """
    if len(nodes) != len(places):
        disagree(at, nodes[0] if nodes else parent, parent)
    return tuple([STATEMENTS[n.__class__](at, n, p) for n, p in zip(nodes, places, strict=True)])


def suite(at: At, node: Any, places: Sequence[Any], parent: Any) -> tuple[Stmt, ...]:
    """The IR of a libcst suite, or of nothing (no ``else``) when ``node`` is None."""
    return statements(at, [] if node is None else flat(node), places, parent)


def _suite_of(clause: Any) -> Any:
    return None if clause is None else clause.body


def _assign(at: At, node: cst.Assign, place: Any) -> Stmt:
    if place.__class__ is not ast.Assign or len(node.targets) != len(place.targets):
        disagree(at, node, place)
    targets = tuple([expression(at, t.target, p) for t, p in zip(node.targets, place.targets, strict=True)])
    return facts.Assign(at(place), targets, expression(at, node.value, place.value))


def _annotated(at: At, node: cst.AnnAssign, place: Any) -> Stmt:
    expect(at, node, place, ast.AnnAssign)
    return facts.Assign(
        at(place),
        (expression(at, node.target, place.target),),
        optional(at, node.value, place.value),
        annotation(at, node.annotation, place.annotation),
    )


def _augmented(at: At, node: cst.AugAssign, place: Any) -> Stmt:
    expect(at, node, place, ast.AugAssign)
    target = expression(at, node.target, place.target)
    return facts.AugAssign(
        at(place), target, AUGMENTED[node.operator.__class__], expression(at, node.value, place.value)
    )


def _expression_statement(at: At, node: cst.Expr, place: Any) -> Stmt:
    expect(at, node, place, ast.Expr)
    return facts.ExprStmt(at(place), expression(at, node.value, place.value))


def _if(at: At, node: cst.If, place: Any) -> Stmt:
    expect(at, node, place, ast.If)
    test, body = expression(at, node.test, place.test), suite(at, node.body, place.body, place)
    if node.orelse.__class__ is cst.If:
        return facts.If(at(place), test, body, statements(at, [node.orelse], place.orelse, place))
    return facts.If(at(place), test, body, suite(at, _suite_of(node.orelse), place.orelse, place))


def _for(at: At, node: cst.For, place: Any) -> Stmt:
    expect(at, node, place, ast.AsyncFor if node.asynchronous else ast.For)
    return facts.Loop(
        at(place),
        expression(at, node.target, place.target),
        expression(at, node.iter, place.iter),
        None,
        suite(at, node.body, place.body, place),
        suite(at, _suite_of(node.orelse), place.orelse, place),
    )


def _while(at: At, node: cst.While, place: Any) -> Stmt:
    expect(at, node, place, ast.While)
    test, body = expression(at, node.test, place.test), suite(at, node.body, place.body, place)
    return facts.Loop(at(place), None, None, test, body, suite(at, _suite_of(node.orelse), place.orelse, place))


def _with(at: At, node: cst.With, place: Any) -> Stmt:
    expect(at, node, place, ast.AsyncWith if node.asynchronous else ast.With)
    same_length(at, node, place, node.items, place.items)
    items: list[facts.WithItem] = []
    for item, given in zip(node.items, place.items, strict=True):
        target = optional(at, item.asname and item.asname.name, given.optional_vars)
        items.append(facts.WithItem(expression(at, item.item, given.context_expr), target))
    return facts.With(at(place), tuple(items), suite(at, node.body, place.body, place))


def _try(at: At, node: Any, place: Any) -> Stmt:
    expect(at, node, place, ast.Try if node.__class__ is cst.Try else ast.TryStar)
    same_length(at, node, place, node.handlers, place.handlers)
    return facts.Try(
        at(place),
        suite(at, node.body, place.body, place),
        tuple([_handler(at, h, p) for h, p in zip(node.handlers, place.handlers, strict=True)]),
        suite(at, _suite_of(node.orelse), place.orelse, place),
        suite(at, _suite_of(node.finalbody), place.finalbody, place),
    )


def _handler(at: At, node: Any, place: ast.ExceptHandler) -> facts.Handler:
    if (node.name is None) != (place.name is None):
        disagree(at, node, place)
    caught = optional(at, node.type, place.type)
    return facts.Handler(at(place), caught, place.name, suite(at, node.body, place.body, place))


def _match(at: At, node: cst.Match, place: Any) -> Stmt:
    expect(at, node, place, ast.Match)
    same_length(at, node, place, node.cases, place.cases)
    subject = expression(at, node.subject, place.subject)
    return facts.Match(
        at(place), subject, tuple([_case(at, c, p) for c, p in zip(node.cases, place.cases, strict=True)])
    )


def _case(at: At, node: cst.MatchCase, place: ast.match_case) -> facts.Case:
    pattern = Pattern(at)
    always = pattern.read(node.pattern, place.pattern)
    guard = optional(at, node.guard, place.guard)
    body = suite(at, node.body, place.body, place.pattern)
    return facts.Case(tuple(pattern.binds), tuple(pattern.values), guard, body, always and guard is None)


def _return(at: At, node: cst.Return, place: Any) -> Stmt:
    expect(at, node, place, ast.Return)
    return facts.Return(at(place), optional(at, node.value, place.value))


def _raise(at: At, node: cst.Raise, place: Any) -> Stmt:
    expect(at, node, place, ast.Raise)
    cause = optional(at, node.cause and node.cause.item, place.cause)
    return facts.Raise(at(place), optional(at, node.exc, place.exc), cause)


def _assert(at: At, node: cst.Assert, place: Any) -> Stmt:
    expect(at, node, place, ast.Assert)
    return facts.Assert(at(place), expression(at, node.test, place.test), optional(at, node.msg, place.msg))


def _import(at: At, node: Any, place: Any) -> Stmt:
    expect(at, node, place, ast.Import)
    same_length(at, node, place, node.names, place.names)
    return import_statement(at, place)


def _import_from(at: At, node: Any, place: Any) -> Stmt:
    expect(at, node, place, ast.ImportFrom)
    names = [node.names] if node.names.__class__ is cst.ImportStar else node.names
    same_length(at, node, place, names, place.names)
    if len(node.relative) != place.level:
        disagree(at, node, place)
    return import_statement(at, place)


def _function(at: At, node: cst.FunctionDef, place: Any) -> Stmt:
    check_function(at, node, place)
    loc = at(place)
    return facts.Def(
        loc,
        place.name,
        _name_loc(node, loc),
        parameters(at, node.params, place.args),
        annotation(at, node.returns, place.returns),
        _decorators(at, node, place),
        suite(at, node.body, place.body, place),
    )


def check_function(at: At, node: Any, place: Any) -> None:
    """Check that both trees have the same function here.

    Raises:
        SourceError: they have not.
    """
    if node.__class__ is not cst.FunctionDef:
        disagree(at, node, place)
    expect(at, node, place, ast.AsyncFunctionDef if node.asynchronous else ast.FunctionDef)
    if not same_name(node.name.value, place.name):
        disagree(at, node, place)


def _name_loc(node: cst.FunctionDef, loc: Loc) -> Loc:
    before = "def" + node.whitespace_after_def.value
    if node.asynchronous:
        before = "async" + _space(node.asynchronous.whitespace_after) + before
    line, column = loc[0] + before.count("\n"), len(before) - (before.rfind("\n") + 1) + 1
    if "\n" not in before:
        column += loc[1] - 1
    return (line, column, line, column + len(node.name.value))


def _space(node: Any) -> str:
    return node.value if isinstance(node, cst.SimpleWhitespace) else " "


def _decorators(at: At, node: cst.FunctionDef, place: Any) -> tuple[Expr, ...]:
    same_length(at, node, place, node.decorators, place.decorator_list)
    pairs = zip(node.decorators, place.decorator_list, strict=True)
    return tuple([expression(at, decorator.decorator, given) for decorator, given in pairs])


def _class(at: At, node: cst.ClassDef, place: Any) -> Stmt:
    expect(at, node, place, ast.ClassDef)
    same_length(at, node, place, node.bases, place.bases)
    bases: list[Expr] = []
    for base, given in zip(node.bases, place.bases, strict=True):
        if base.star:
            expect(at, node, given, ast.Starred)
            bases.append(facts.Star(at(given), expression(at, base.value, given.value)))
        else:
            bases.append(expression(at, base.value, given))
    return facts.Class(at(place), place.name, tuple(bases), suite(at, node.body, place.body, place))


def _delete(at: At, node: cst.Del, place: Any) -> Stmt:
    expect(at, node, place, ast.Delete)
    target = node.target
    if target.__class__ is cst.Tuple and not target.lpar:
        same_length(at, node, place, target.elements, place.targets)
        pairs = zip(target.elements, place.targets, strict=True)
        return facts.Delete(at(place), tuple([expression(at, element, given) for element, given in pairs]))
    same_length(at, node, place, [target], place.targets)
    return facts.Delete(at(place), (expression(at, target, place.targets[0]),))


def _scope(kind: str, expected: type) -> Callable[[At, Any, Any], Stmt]:
    def lower(at: At, node: Any, place: Any) -> Stmt:
        expect(at, node, place, expected)
        same_length(at, node, place, node.names, place.names)
        return facts.Scope(at(place), kind, tuple(place.names))

    return lower


def _jump(kind: str, expected: type) -> Callable[[At, Any, Any], Stmt]:
    def lower(at: At, node: Any, place: Any) -> Stmt:
        expect(at, node, place, expected)
        return facts.Jump(at(place), kind)

    return lower


def _type_alias(at: At, node: cst.TypeAlias, place: Any) -> Stmt:
    """``type X = value`` binds X; its type parameters are evaluated lazily and mean nothing to the analysis."""
    if place.__class__.__name__ != "TypeAlias":
        disagree(at, node, place)
    return facts.Assign(at(place), (expression(at, node.name, place.name),), expression(at, node.value, place.value))


STATEMENTS: dict[type, Callable[[At, Any, Any], Stmt]] = {
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Expr: _expression_statement,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Del: _delete,
    cst.Global: _scope("global", ast.Global),
    cst.Nonlocal: _scope("nonlocal", ast.Nonlocal),
    cst.Pass: _jump("pass", ast.Pass),
    cst.Break: _jump("break", ast.Break),
    cst.Continue: _jump("continue", ast.Continue),
    cst.TypeAlias: _type_alias,
}
"""Every libcst statement class (``SimpleStatementLine`` is taken apart by ``flat``)."""

for _newer, _lower in (("LazyImport", _import), ("LazyImportFrom", _import_from)):
    if hasattr(cst, _newer):  # libcst 1.9
        STATEMENTS[getattr(cst, _newer)] = _lower
