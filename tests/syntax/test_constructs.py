"""The table of libcst node classes is complete, and the dispatch tables do what it says."""

import ast

import libcst
import pytest

from xpcheck import facts
from xpcheck.syntax import constructs, expressions, from_ast, mentions, patterns, statements


def node_classes():
    found = {}
    stack = [libcst.CSTNode]
    while stack:
        for kind in stack.pop().__subclasses__():
            if kind.__module__.startswith("libcst."):
                found[kind.__name__] = kind
                stack.append(kind)
    return found


def test_every_libcst_class_is_in_the_table():
    missing = sorted(set(node_classes()) - set(constructs.CONSTRUCTS))
    assert not missing, f"libcst {libcst.LIBCST_VERSION} has node classes that xpcheck does not know: {missing}"


def test_every_class_stands_in_one_part_of_the_table():
    parts = (constructs.EXPRESSION_NODES, constructs.STATEMENT_NODES, constructs.PATTERN_NODES, constructs.PART_NODES)
    names = [name for part in parts for name in part]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("table", "dispatch"),
    [
        (constructs.EXPRESSION_NODES, expressions.EXPRESSIONS),
        (constructs.STATEMENT_NODES, statements.STATEMENTS),
        (constructs.PATTERN_NODES, patterns.PATTERNS),
    ],
    ids=["expressions", "statements", "patterns"],
)
def test_dispatch_covers_the_table(table, dispatch):
    assert {kind.__name__ for kind in dispatch} == set(table) & set(node_classes())


def test_every_operator_has_its_text():
    tables = (expressions.BINARY, expressions.UNARY, expressions.BOOL, expressions.COMPARE, statements.AUGMENTED)
    known = {kind.__name__ for table in tables for kind in table}
    assert known == {name for name, construct in constructs.CONSTRUCTS.items() if construct == constructs.OPERATOR}


def test_every_libcst_expression_class_is_lowered():
    concrete = {
        name
        for name, kind in node_classes().items()
        if issubclass(kind, (libcst.BaseExpression, libcst.BaseSlice, libcst.BaseElement))
        and constructs.CONSTRUCTS[name] != constructs.ABSTRACT
    }
    parts = {"DictElement", "StarredDictElement"}  # read by their dict
    assert concrete - parts <= {kind.__name__ for kind in expressions.EXPRESSIONS}


def ast_classes(base):
    deprecated = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis", "Index", "ExtSlice"}
    return {k for k in base.__subclasses__() if k.__name__ not in deprecated and k.__module__ in ("ast", "_ast")}


def test_every_ast_expression_is_converted():
    inside_strings = {kind for kind in ast_classes(ast.expr) if kind.__name__ in ("FormattedValue", "Interpolation")}
    assert ast_classes(ast.expr) - inside_strings == set(from_ast.EXPRESSIONS)


def test_every_ast_class_is_known_to_mentions():
    known = set(mentions._CHILDREN) | {ast.Name, ast.Attribute, ast.Constant, ast.Call}
    rest = {ast.comprehension, ast.ExceptHandler, ast.arguments, ast.keyword, ast.alias, ast.withitem, ast.match_case}
    assert ast_classes(ast.stmt) | ast_classes(ast.expr) | ast_classes(ast.pattern) | rest <= known


def test_the_table_names_constructs_that_exist():
    for table in (constructs.EXPRESSION_NODES, constructs.STATEMENT_NODES):
        for construct in table.values():
            name = construct.split()[0]
            assert name == "the" or hasattr(facts, name), construct
