"""Every construct of Python, and the IR it becomes."""

import pytest

from tests.syntax.show import lower, show
from xpcheck.syntax import body

EXPRESSIONS = [
    (
        "1; 1.5; 2j; 'a' 'b'; b'x'; True; None; ...; 99999999999999999999999",
        "[ExprStmt(Const('int', 1)), ExprStmt(Const('float', 1.5)), ExprStmt(Const('complex')), "
        "ExprStmt(Const('str', 'ab')), ExprStmt(Const('bytes')), ExprStmt(Const('bool', True)), "
        "ExprStmt(Const('none')), ExprStmt(Const('ellipsis')), ExprStmt(Const('int'))]",
    ),
    ("x = '\\ud800'", "[Assign([Name('x')], Const('str'))]"),
    ("x = y = z", "[Assign([Name('x'), Name('y')], Name('z'))]"),
    (
        "(a, *b), [c] = d",
        "[Assign([Tuple([Tuple([Name('a'), Star(Name('b'))]), List([Name('c')])])], Name('d'))]",
    ),
    ("a: int = 1", "[Assign([Name('a')], Const('int', 1), Name('int'))]"),
    ("a.b: int", "[Assign([Attr(Name('a'), 'b')], None, Name('int'))]"),
    (
        "a += 1; a //= 2; a @= b",
        "[AugAssign(Name('a'), '+', Const('int', 1)), AugAssign(Name('a'), '//', Const('int', 2)), "
        "AugAssign(Name('a'), '@', Name('b'))]",
    ),
    ("a.b.c", "[ExprStmt(Attr(Attr(Name('a'), 'b'), 'c'))]"),
    (
        "f(1, *b, c=2, **d)",
        "[ExprStmt(Call(Name('f'), [Arg(Const('int', 1), None, ''), Arg(Name('b'), None, '*'), "
        "Arg(Const('int', 2), 'c', ''), Arg(Name('d'), None, '**')]))]",
    ),
    ("f(c=1, *b)", "[ExprStmt(Call(Name('f'), [Arg(Const('int', 1), 'c', ''), Arg(Name('b'), None, '*')]))]"),
    (
        "f(x for x in y)",
        "[ExprStmt(Call(Name('f'), [Arg(Comp('generator', Name('x'), None, [For(Name('x'), Name('y'), [])]), "
        "None, '')]))]",
    ),
    ("a[0]", "[ExprStmt(Index(Name('a'), Const('int', 0)))]"),
    (
        "a[0, 1:2, ::3]",
        "[ExprStmt(Index(Name('a'), Tuple([Const('int', 0), Slice(Const('int', 1), Const('int', 2)), "
        "Slice(None, None, Const('int', 3))])))]",
    ),
    ("a[(0, 1)]", "[ExprStmt(Index(Name('a'), Tuple([Const('int', 0), Const('int', 1)])))]"),
    ("a[0,]", "[ExprStmt(Index(Name('a'), Tuple([Const('int', 0)])))]"),
    ("a[*b]", "[ExprStmt(Index(Name('a'), Tuple([Star(Name('b'))])))]"),
    (
        "a + b * c ** d",
        "[ExprStmt(Binary('+', Name('a'), Binary('*', Name('b'), Binary('**', Name('c'), Name('d')))))]",
    ),
    (
        "-a; +a; ~a; not a",
        "[ExprStmt(Unary('-', Name('a'))), ExprStmt(Unary('+', Name('a'))), ExprStmt(Unary('~', Name('a'))), "
        "ExprStmt(Unary('not', Name('a')))]",
    ),
    (
        "a and b and c or d",
        "[ExprStmt(Bool('or', [Bool('and', [Name('a'), Name('b'), Name('c')]), Name('d')]))]",
    ),
    ("(a and b) and c", "[ExprStmt(Bool('and', [Bool('and', [Name('a'), Name('b')]), Name('c')]))]"),
    (
        "a or (b or c) or d",
        "[ExprStmt(Bool('or', [Name('a'), Bool('or', [Name('b'), Name('c')]), Name('d')]))]",
    ),
    (
        "a < b <= c is not d not in e",
        "[ExprStmt(Compare(Name('a'), ['<', '<=', 'is not', 'not in'], [Name('b'), Name('c'), Name('d'), Name('e')]))]",
    ),
    ("a if b else c", "[ExprStmt(Cond(Name('b'), Name('a'), Name('c')))]"),
    (
        "(a, b); a,; (); [a, *b]; {a, *b}; {a: b, **c}; {}",
        "[ExprStmt(Tuple([Name('a'), Name('b')])), ExprStmt(Tuple([Name('a')])), ExprStmt(Tuple([])), "
        "ExprStmt(List([Name('a'), Star(Name('b'))])), ExprStmt(Set([Name('a'), Star(Name('b'))])), "
        "ExprStmt(Dict([[Name('a'), Name('b')], [None, Name('c')]])), ExprStmt(Dict([]))]",
    ),
    (
        "lambda a, /, b=1, *c, d=2, e, **f: a",
        "[ExprStmt(Lambda([Param('a', 'posonly'), Param('b', 'pos', Const('int', 1)), Param('c', 'var'), "
        "Param('d', 'kwonly', Const('int', 2)), Param('e', 'kwonly'), Param('f', 'kw')], Name('a')))]",
    ),
    ("lambda *, a: a", "[ExprStmt(Lambda([Param('a', 'kwonly')], Name('a')))]"),
    (
        "[a for a in b if c if d for e in f]",
        "[ExprStmt(Comp('list', Name('a'), None, [For(Name('a'), Name('b'), [Name('c'), Name('d')]), "
        "For(Name('e'), Name('f'), [])]))]",
    ),
    (
        "{a: b for a, b in c}",
        "[ExprStmt(Comp('dict', Name('a'), Name('b'), [For(Tuple([Name('a'), Name('b')]), Name('c'), [])]))]",
    ),
    ("{a for a in b}", "[ExprStmt(Comp('set', Name('a'), None, [For(Name('a'), Name('b'), [])]))]"),
    ("(a for a in b)", "[ExprStmt(Comp('generator', Name('a'), None, [For(Name('a'), Name('b'), [])]))]"),
    ("(a := b)", "[ExprStmt(Walrus(Name('a'), Name('b')))]"),
    (
        "f'{a}{b!r:>{w}}{c=}' 'd' f'{e:x}{g:}'",
        "[ExprStmt(Format([FormatPart(Name('a'), False, []), FormatPart(Name('b'), True, [Name('w')]), "
        "FormatPart(Name('c'), False, []), FormatPart(Name('e'), True, []), FormatPart(Name('g'), False, "
        "[])]))]",
    ),
    ("f'plain'", "[ExprStmt(Format([]))]"),
    (
        "(yield); yield a; x = yield from a",
        "[ExprStmt(Yield(None, False)), ExprStmt(Yield(Name('a'), False)), Assign([Name('x')], "
        "Yield(Name('a'), True))]",
    ),
    (
        "del a, b[0]; del (a, b); del (a); del [a, b]",
        "[Delete([Name('a'), Index(Name('b'), Const('int', 0))]), Delete([Tuple([Name('a'), Name('b')])]), "
        "Delete([Name('a')]), Delete([List([Name('a'), Name('b')])])]",
    ),
    ("global a, b", "[Scope('global', ['a', 'b'])]"),
    ("import a.b as c, d", "[Import(None, 0, [ImportName('a.b', 'c'), ImportName('d')])]"),
    ("from . import a", "[Import('', 1, [ImportName('a')])]"),
    ("from ..a.b import c as d, e", "[Import('a.b', 2, [ImportName('c', 'd'), ImportName('e')])]"),
    ("assert a, b", "[Assert(Name('a'), Name('b'))]"),
    ("raise; raise a from b", "[Raise(), Raise(Name('a'), Name('b'))]"),
    ("return a, b", "[Return(Tuple([Name('a'), Name('b')]))]"),
    ("pass; return", "[Jump('pass'), Return()]"),
    ("lambda: (yield)", "[ExprStmt(Lambda([], Yield(None, False)))]"),
]

STATEMENTS = [
    (
        ("if a:\n    b\nelif c: d; e\nelse:\n    g"),
        "[If(Name('a'), [ExprStmt(Name('b'))], [If(Name('c'), [ExprStmt(Name('d')), ExprStmt(Name('e'))], "
        "[ExprStmt(Name('g'))])])]",
    ),
    (
        ("for a, b in c:\n    continue\nelse: break"),
        "[Loop(Tuple([Name('a'), Name('b')]), Name('c'), None, [Jump('continue')], [Jump('break')])]",
    ),
    (
        ("while a:\n    b\nelse:\n    c"),
        "[Loop(None, None, Name('a'), [ExprStmt(Name('b'))], [ExprStmt(Name('c'))])]",
    ),
    (
        "with a as b, c: d",
        "[With([WithItem(Name('a'), Name('b')), WithItem(Name('c'))], [ExprStmt(Name('d'))])]",
    ),
    (
        ("with (a as b, c as (d, e)):\n    g"),
        "[With([WithItem(Name('a'), Name('b')), WithItem(Name('c'), Tuple([Name('d'), Name('e')]))], "
        "[ExprStmt(Name('g'))])]",
    ),
    ("with (a): b", "[With([WithItem(Name('a'))], [ExprStmt(Name('b'))])]"),
    ("with (a, b): c", "[With([WithItem(Name('a')), WithItem(Name('b'))], [ExprStmt(Name('c'))])]"),
    (
        "with (a, b) as c: d",
        "[With([WithItem(Tuple([Name('a'), Name('b')]), Name('c'))], [ExprStmt(Name('d'))])]",
    ),
    (
        ("try: a\nexcept: b\nelse: c\nfinally: d"),
        "[Try([ExprStmt(Name('a'))], [Handler(None, None, [ExprStmt(Name('b'))])], [ExprStmt(Name('c'))], "
        "[ExprStmt(Name('d'))])]",
    ),
    (
        ("try:\n    a\nexcept (b, c) as d:\n    e\nexcept g: pass"),
        "[Try([ExprStmt(Name('a'))], [Handler(Tuple([Name('b'), Name('c')]), 'd', [ExprStmt(Name('e'))]), "
        "Handler(Name('g'), None, [Jump('pass')])], [], [])]",
    ),
    (
        ("try: a\nexcept* b as c: d"),
        "[Try([ExprStmt(Name('a'))], [Handler(Name('b'), 'c', [ExprStmt(Name('d'))])], [], [])]",
    ),
    (
        (
            "match a, b:\n"
            "    case 1 | -2: c\n"
            "    case None: d\n"
            "    case [x, 'k', *rest]: e\n"
            "    case (y, _): g\n"
            "    case {'k': z, A.b: 1, **more}: h\n"
            "    case A.B(q, r=s) if t: i\n"
            "    case [u] as v: j\n"
            "    case (w): k"
        ),
        "[Match(Tuple([Name('a'), Name('b')]), [Case([], [Const('int', 1), Unary('-', Const('int', 2))], "
        "None, [ExprStmt(Name('c'))], False), Case([], [Const('none')], None, [ExprStmt(Name('d'))], False), "
        "Case(['x', 'rest'], [Const('str', 'k')], None, [ExprStmt(Name('e'))], False), Case(['y'], [], None, "
        "[ExprStmt(Name('g'))], False), Case(['z', 'more'], [Const('str', 'k'), Attr(Name('A'), 'b'), "
        "Const('int', 1)], None, [ExprStmt(Name('h'))], False), Case(['q', 's'], [Attr(Name('A'), 'B')], "
        "Name('t'), [ExprStmt(Name('i'))], False), Case(['u', 'v'], [], None, [ExprStmt(Name('j'))], False), "
        "Case(['w'], [], None, [ExprStmt(Name('k'))], True)])]",
    ),
    (
        ("match a:\n    case x if x: b\n    case _: c"),
        "[Match(Name('a'), [Case(['x'], [], Name('x'), [ExprStmt(Name('b'))], False), Case([], [], None, "
        "[ExprStmt(Name('c'))], True)])]",
    ),
    (
        ("match a:\n    case [p, 1] | [1, p]: b\n    case 1 | _: c"),
        "[Match(Name('a'), [Case(['p'], [Const('int', 1), Const('int', 1)], None, [ExprStmt(Name('b'))], "
        "False), Case([], [Const('int', 1)], None, [ExprStmt(Name('c'))], True)])]",
    ),
    (
        (
            "@d(1)\n"
            "@e.f\n"
            "async def g(a: int, *, b=1) -> h:\n"
            "    '''doc'''\n"
            "    async with a as b: pass\n"
            "    async for c in d: await e\n"
            "    return [x async for x in y]"
        ),
        "[Def('g', [Param('a', 'pos', None, Name('int')), Param('b', 'kwonly', Const('int', 1))], Name('h'), "
        "[Call(Name('d'), [Arg(Const('int', 1), None, '')]), Attr(Name('e'), 'f')], [ExprStmt(Const('str', "
        "'doc')), With([WithItem(Name('a'), Name('b'))], [Jump('pass')]), Loop(Name('c'), Name('d'), None, "
        "[ExprStmt(Await(Name('e')))], []), Return(Comp('list', Name('x'), None, [For(Name('x'), Name('y'), "
        "[])]))])]",
    ),
    (
        ("class A(B, *C, metaclass=D):\n    x = 1\n    def f(self): return self.x"),
        "[Class('A', [Name('B'), Star(Name('C'))], [Assign([Name('x')], Const('int', 1)), Def('f', "
        "[Param('self', 'pos')], None, [], [Return(Attr(Name('self'), 'x'))])])]",
    ),
    (
        ("def g(): return 1\ndef h(): pass; return"),
        "[Def('g', [], None, [], [Return(Const('int', 1))]), Def('h', [], None, [], [Jump('pass'), Return()])]",
    ),
    ("x = 1; y = 2;", "[Assign([Name('x')], Const('int', 1)), Assign([Name('y')], Const('int', 2))]"),
    ("nonlocal a", "[Scope('nonlocal', ['a'])]"),
]


@pytest.mark.parametrize(("source", "expected"), EXPRESSIONS + STATEMENTS, ids=lambda text: text[:30])
def test_lowering(source, expected):
    assert show(lower(*source.split("\n"))) == expected


def test_equal_places_are_one_object():
    """A program has hundreds of thousands of them."""
    text = "def f(a):\n" + "    pass\n" * 999 + "    return a\n"
    (*_, returned) = body(text, 1, "f").statements
    assert returned.loc[0] == 1001
    assert returned.loc[0] is returned.loc[2] is returned.value.loc[0]
    (*_, called) = body("def f(a):\n    a\n", 1, "f").statements
    assert called.loc is called.value.loc
