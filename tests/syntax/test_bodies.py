"""Bodies: places, layouts of functions, newer syntax, errors."""

import ast
import collections
import pickle
import sys
from pathlib import Path

import msgspec
import pytest

from tests.syntax.show import lower, nodes, segment, show
from xpcheck import facts, syntax
from xpcheck.syntax import SourceError, body, outline
from xpcheck.syntax.sources import decode, locator

PLACES = [
    # (source line, type, which of its kind in preorder of places, the text at its place)
    ("(a.b).c", facts.Attr, ["(a.b).c", "a.b"]),
    ("(a)", facts.Name, ["a"]),
    ("f((a), *b, **c)", facts.Name, ["f", "a", "b", "c"]),
    ("f(x for x in y)", facts.Comp, ["(x for x in y)"]),
    ("(a, b), (c)", facts.Tuple, ["(a, b), (c)", "(a, b)"]),
    ("a[1:2, 3]", facts.Tuple, ["1:2, 3"]),
    ("a[1:2, 3]", facts.Slice, ["1:2"]),
    ("x = (a and (b)) or c", facts.Bool, ["(a and (b)) or c", "a and (b)"]),
    ("(a < (b)) < c", facts.Compare, ["(a < (b)) < c", "a < (b)"]),
    ("lambda a, *b, c=1, **d: a", facts.Param, ["a", "b", "c", "d"]),
    ("é = ñ.b('ü', c) + ß", facts.Name, ["é", "ñ", "c", "ß"]),
    ("é = ñ.b('ü', c) + ß", facts.Call, ["ñ.b('ü', c)"]),
    ("x = 'ü'; y", facts.ExprStmt, ["y"]),
    ("x = f'é{a + b.c}ü' 'z', d", facts.Format, ["f'é{a + b.c}ü' 'z'"]),
    ("x = f'é{a + b.c}ü' 'z', d", facts.Attr, ["f'é{a + b.c}ü' 'z'"]),
    (
        "x = f'{f\"{a}\"}'",
        facts.Name,
        [
            "x",
            "f'{f\"{a}\"}'",
        ],
    ),
    ("async def  g(a: int, *b: c): pass", facts.Param, ["a: int", "b: c"]),
    ("with (a) as b, c: pass", facts.Name, ["a", "b", "c"]),
    ("for (a) in (b): pass", facts.Loop, ["for (a) in (b): pass"]),
]


@pytest.mark.parametrize(("source", "kind", "expected"), PLACES)
def test_place(source, kind, expected):
    text = f"def f():\n    {source}\n"
    found = sorted(
        {n.loc for n in nodes(lower(source)) if type(n) is kind}, key=lambda loc: (loc[:2], -loc[2], -loc[3])
    )
    assert [segment(text, loc) for loc in found] == expected


def test_attribute_name_place():
    (statement,) = lower("é.name")
    assert statement.value.name_loc == (2, 7, 2, 11)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("def outer():\n    def  inner(): pass\n", (2, 10, 2, 15)),
        ("def outer():\n    async  def inner(): pass\n", (2, 16, 2, 21)),
        ("def outer():\n    def \\\n  inner(): pass\n", (3, 3, 3, 8)),
        ("def outer():\n    def é(): pass\n", (2, 9, 2, 10)),
    ],
)
def test_name_place_of_nested_functions(text, place):
    (nested,) = body(text, 1, "outer").statements
    assert nested.name_loc == place


LAYOUTS = [
    "def f(): return a\n",
    "def f(): return a",
    "    def f(self): return a\n",
    "    def f(self):\n        return a",
    "\tdef f(self):\n\t\treturn a\n",
    "\tdef f(self):\n\t  return a\n",
    "  \tdef f(self):\n  \t\treturn a\n",
    "    async def f(self):\n        return a\n",
    "    async \\\n def f(self):\n        return a\n",
    "    def f(self):\n# dedented\n        # comment\n\n        return a\n",
    "    def f(self):\n        '''doc\ndedented\n'''\n        return a\n",
    "    def f(self):\n        ('doc'\n'more')\n        return a\n",
    "    def f(self): 'doc'; return a\n",
    "    def f(self,\n        b): 'doc'\n        \n",
    "    def f(self,\n        b=1): 'doc'; return a\n",
    "    def f(\n        self\n    ):\n        'doc'; return a\n",
    "    def f(self):\n        'doc';\n        return a\n",
    "    def f(self):\n        r'''doc''' # comment\n        return a\n",
    "\f    def f(self):\n        return a\n",
    "    def f(self):\n\f\n        return a\n",
    "    def f(self):\n        return \\\n            a\n",
    "    def f(self):\n        return (\n\n  # comment\n\n   a)\n",
    "    def f(self) -> 'é':  # ü\n        return a  # ü\n",
    "    async def f(\n        self,\n        x: int = (1, 2),\n    ) -> 'é':\n        # comment\n        return a\n",
    "def f(x='''\n  ''', *y): return a\n",
    "def f(x='''\n  '''):\n    'doc'\n    return a\n",
    "def f(\n  x): return a\n",
    "def f(x): \\\n  return a\n",
    "  def f(x): \\\n return a\n",
    "def f(x): 'doc'; return a\n",
    "def f(x):\n\n    '''doc'''; return a\n",
    "def f(x): '''doc\n    '''; return a\n",
]


@pytest.mark.parametrize("text", LAYOUTS)
def test_layout(text):
    lowered = body(text, 11, "f")
    names = [node for node in nodes(lowered) if isinstance(node, facts.Name)]
    assert [show(s) for s in lowered.statements] in (["Return(Name('a'))"], [])
    for name in names:
        assert segment("\n" * 10 + text, name.loc) == "a"


def test_string_with_dedented_text_keeps_its_value():
    text = "    def f(self):\n        '''doc'''\n\n        # comment\n        return '''x\n\n# not a comment\n  y'''\n"
    assert show(body(text, 1, "f").statements) == r"[Return(Const('str', 'x\n\n# not a comment\n  y'))]"


def test_lines_after_dropped_lines_are_true():
    text = "def f():\n    '''\n    doc\n    '''\n\n    # comment\n    a\n\n    # comment\n    b\n"
    assert [statement.loc for statement in body(text, 5, "f").statements] == [(11, 5, 11, 6), (14, 5, 14, 6)]


def test_a_decorated_function_may_come_first():
    text = "def f(x):\n    '''doc'''\n    # comment\n    @a\n    @b\n    def g(y): pass\n    return g\n"
    assert [statement.loc[:2] for statement in body(text, 1, "f").statements] == [(6, 5), (7, 5)]


def test_docstring_is_left_out():
    assert body("def f():\n    '''doc'''\n", 1, "f").statements == ()
    assert show(body("def f():\n    b'x'\n    'y'\n", 1, "f").statements).count("Const") == 2
    assert body("def f(): 'a' 'b'\n", 1, "f").statements == ()


def test_identifiers_are_normalised_as_python_does():
    (statement,) = lower("ﬁ.ﬂ(ﬁ=ﬁ)")
    assert show(statement) == "ExprStmt(Call(Attr(Name('fi'), 'fl'), [Arg(Name('fi'), 'fi', '')]))"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters_and_aliases():
    assert show(lower("type X[T: int] = list[T]")) == "[Assign([Name('X')], Index(Name('list'), Name('T')))]"
    assert show(lower("def g[*T, **P](a: T): pass")).startswith("[Def('g', [Param('a', 'pos', None, Name('T'))]")
    assert show(lower("class A[T](B): pass")) == "[Class('A', [Name('B')], [Jump('pass')])]"
    assert (
        show(lower("""x = f"{a["b"]}" """))
        == "[Assign([Name('x')], Format([FormatPart(Index(Name('a'), Const('str', 'b')), False, [])]))]"
    )


@pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
def test_template_strings_are_opaque():
    assert show(lower("t'{a} {b:{c}}'")) == "[ExprStmt(Opaque('template string', [Name('a'), Name('b'), Name('c')]))]"


@pytest.mark.parametrize(
    ("text", "name", "line", "part"),
    [
        ("def f(:\n    pass\n", "f", 7, "invalid syntax"),
        ("def f():\n    pass\n    x y\n", "f", 9, f"Python {sys.version_info[0]}.{sys.version_info[1]}"),
        ("    def f(self):\n        x y\n", "f", 8, "invalid syntax"),
        ("def f(): pass\n", "g", 7, "in place of g"),
        ("x = 1\n", "f", 7, "not one function"),
        ("def f(): pass\nx = 1\n", "f", 7, "not one function"),
        ("    def f(): pass\nx = 1\n", "f", 7, "not one function"),
        ("    x = 1\n", "f", 7, "not one function"),
        ("", "f", 7, "not one function"),
        ("def f():\n    a\0b\n", "f", 7, ""),
    ],
)
def test_errors(text, name, line, part):
    with pytest.raises(SourceError) as caught:
        body(text, 7, name)
    assert part in caught.value.message
    assert caught.value.line >= line if part == "" else caught.value.line == line


def test_what_only_libcst_rejects_is_an_error():
    with pytest.raises(SourceError, match="libcst cannot parse this function") as caught:
        body("    def f(self):\n        if b:\n            \\\n            return a\n", 4, "f")
    assert caught.value.line == 4


def test_disagreement_is_an_error(monkeypatch):
    import libcst

    real = libcst.parse_module
    monkeypatch.setattr(libcst, "parse_module", lambda text: real(text.replace("a.b", "a[0]")))
    with pytest.raises(SourceError, match="libcst reads a Subscript where Python reads a Attribute") as caught:
        body("def f():\n    x\n    a.b\n", 10, "f")
    assert caught.value.line == 12


def test_errors_travel_between_processes():
    error = pickle.loads(pickle.dumps(SourceError(3, "message", "limit")))
    assert (error.line, error.message, error.kind) == (3, "message", "limit")


def test_deep_but_allowed_code_lowers_however_deep_the_caller_stands():
    text = "def f():\n    return " + "a + " * 290 + "a\n"

    def descend(levels):
        return descend(levels - 1) if levels else body(text, 1, "f")

    limit = sys.getrecursionlimit()
    assert len(nodes(descend(limit // 2))) == 2 * 290 + 3
    assert sys.getrecursionlimit() == limit


COUNTED = {
    "Name": "Name",
    "Attr": "Attribute",
    "Call": "Call",
    "Index": "Subscript",
    "Binary": "BinOp",
    "Compare": "Compare",
    "Bool": "BoolOp",
    "Lambda": "Lambda",
}


def ast_places(function, at):
    """Kinds and places of expressions below the statements of a function, f-strings left out."""
    found = collections.Counter()
    stack = list(function.body)
    while stack:
        node = stack.pop()
        if type(node).__name__ in COUNTED.values():
            found[type(node).__name__, at(node)] += 1
        if isinstance(node, ast.ClassDef):
            stack += [*node.bases, *node.body]
        elif not isinstance(node, ast.JoinedStr):
            stack += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("path", sorted(Path(syntax.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_own_sources(path):
    """All expressions of our own sources are found, at the places that ``ast`` gives."""
    text = decode(path.read_bytes())
    lines = text.split("\n")
    at = locator(text)
    functions = {
        n.lineno: n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for function in outline(path.read_bytes()).functions:
        line, _, end, _ = function.loc
        lowered = body("\n".join(lines[line - 1 : end]) + "\n", line, function.name)
        formats = [node.loc for node in nodes(lowered) if isinstance(node, facts.Format)]
        places = collections.Counter(
            (COUNTED[type(node).__name__], node.loc)
            for node in nodes(lowered)
            if type(node).__name__ in COUNTED and node.loc not in formats
        )
        assert places == ast_places(functions[line], at), function.qualname
        encoded = msgspec.msgpack.encode(lowered)
        assert msgspec.msgpack.encode(msgspec.msgpack.decode(encoded, type=facts.Body)) == encoded


def test_the_statements_of_a_module():
    """Its own, with functions and classes as statements among them; the docstring is left out as in functions."""
    text = '"""A script."""\n\nimport jax\n\n# a comment\nresult = jax.jit(f)(x)\n\n\ndef f(x):\n    return x\n'
    found = body(text, 1, facts.MODULE).statements
    assert [type(node) for node in found] == [facts.Import, facts.Assign, facts.Def]
    assert [segment(text, node.loc) for node in found[:2]] == ["import jax", "result = jax.jit(f)(x)"]
    assert body("", 1, facts.MODULE).statements == ()
