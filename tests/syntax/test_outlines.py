"""Outlines: what a file says outside function bodies."""

import inspect
import subprocess
import sys
import textwrap

import msgspec
import pytest

from tests.syntax.show import segment, show
from xpcheck import facts
from xpcheck.syntax import SourceError, outline


def read(text):
    return outline(textwrap.dedent(text).encode())


def function(text):
    return read(text).functions[0]


def test_functions_and_methods_but_not_nested_functions():
    found = read(
        """
        def a():
            def inner(): pass
        class A:
            def b(self): pass
            class B:
                async def c(self): pass
            if x:
                def d(self): pass
        try:
            def e(): pass
        except E:
            def e(): pass
        else:
            def g(): pass
        finally:
            def h(): pass
        with x:
            def i(): pass
        for x in y:
            class C:
                def j(self): pass
        while x:
            def k(): pass
        match x:
            case 1:
                def l(): pass
        if x: pass
        elif y:
            def m(): pass
        else:
            def n(): pass
        """
    )
    assert [(f.qualname, f.owner) for f in found.functions] == [
        ("a", ""),
        ("A.b", "A"),
        ("A.B.c", "A.B"),
        ("A.d", "A"),
        *((name, "") for name in ("e", "e", "g", "h", "i")),
        ("C.j", "C"),
        *((name, "") for name in ("k", "l", "m", "n")),
    ]
    assert [f.qualname for f in found.functions if f.is_async] == ["A.B.c"]
    assert [c.qualname for c in found.classes] == ["A", "A.B", "C"]


def test_signature():
    f = function("def f(a, b: int, /, c=1, *d: D, e, g: str = 'x', **h) -> R: ...")
    assert show(f.params) == (
        "[Param('a', 'posonly'), Param('b', 'posonly', None, Name('int')), Param('c', 'pos', Const('int', 1)), "
        "Param('d', 'var', None, Name('D')), Param('e', 'kwonly'), "
        "Param('g', 'kwonly', Const('str', 'x'), Name('str')), Param('h', 'kw')]"
    )
    assert show(f.returns) == "Name('R')"
    assert f.params[1].loc == (1, 10, 1, 16)
    assert show(function("@a.b(c=1, *d)\n@e\ndef f(): ...").decorators) == (
        "[Call(Attr(Name('a'), 'b'), [Arg(Const('int', 1), 'c', ''), Arg(Name('d'), None, '*')]), Name('e')]"
    )


@pytest.mark.parametrize(
    ("text", "loc", "name_loc"),
    [
        ("@a\ndef f(): pass\n", (2, 1, 2, 14), (2, 5, 2, 6)),
        ("async  def  foo(): pass\n", (1, 1, 1, 24), (1, 13, 1, 16)),
        ("class A:\n    def \\\n  foo(self):\n        pass\n", (2, 5, 4, 13), (3, 3, 3, 6)),
        ("class A:\n    async \\\n\\\n def\\\n foo(self):\n        pass\n", (2, 5, 6, 13), (5, 2, 5, 5)),
        ("def défi(é='ü', b='x'): pass\n", (1, 1, 1, 29), (1, 5, 1, 9)),
        ("def ﬁ(): pass\n", (1, 1, 1, 14), (1, 5, 1, 6)),
        ("\fdef f(): pass\n", (1, 2, 1, 15), (1, 6, 1, 7)),
    ],
)
def test_places_of_functions(text, loc, name_loc):
    (f,) = outline(text.encode()).functions
    assert (f.loc, f.name_loc) == (loc, name_loc)


def test_places_of_classes():
    text = "class  Ä(B): pass\nclass \\\n C: pass\n"
    first, second = outline(text.encode()).classes
    assert (first.loc, first.name_loc) == ((1, 1, 1, 18), (1, 8, 1, 9))
    assert second.name_loc == (3, 2, 3, 3)
    assert segment(text, first.bases[0].loc) == "B"


def test_mentions():
    f = function(
        """
        @deco(key=kv)
        def f(p: ann = dflt) -> ret:
            '''doc'''
            x.attr.other(arg, kw=val, **more)
            def inner(q: hidden = q_default): return deep.down
            class C(base): y = body
            a: note = lambda z=zd: zb
            import m.n as k
            from m2.n2 import k2
            global gl
            match subject:
                case Klass(field=cap) if guard: f'{fs:{spec}}'
            try: pass
            except Err as err: pass
            with ctx as target: pass
            return [e for e in it if cond]
        """
    )
    assert f.names == tuple(
        sorted(
            [
                "deco",
                "kv",
                "dflt",
                "x",
                "arg",
                "val",
                "more",
                "deep",
                "q_default",
                "base",
                "y",
                "body",
                "a",
                "note",
                "zd",
                "zb",
                "m",
                "k",
                "k2",
                "gl",
                "subject",
                "Klass",
                "guard",
                "fs",
                "spec",
                "Err",
                "ctx",
                "target",
                "e",
                "it",
                "cond",
            ]
        )
    )
    assert f.attributes == ("attr", "down", "field", "key=", "kw=", "n", "other")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("yield", True),
        ("x = yield from y", True),
        ("x = [(yield)]", True),
        ("def g(): yield", False),
        ("lambda: (yield)", False),
        ("(x for x in y)", False),
    ],
)
def test_generators(body, expected):
    assert function(f"def f():\n    {body}\n").is_generator is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(): pass", True),
        ("def f(): ...", True),
        ("def f(): 'doc'", True),
        ("def f():\n    'doc'\n    raise NotImplementedError", True),
        ("def f(): raise NotImplementedError('x')", True),
        ("@abstractmethod\ndef f(): return 1", True),
        ("@property\n@abc.abstractmethod\ndef f(): return 1", True),
        ("def f(): return 1", False),
        ("def f(): raise ValueError", False),
        ("def f(): raise", False),
    ],
)
def test_stubs(text, expected):
    assert function(text).stub is expected


@pytest.mark.parametrize(
    "doc",
    ["One line.", "", "First.\n\n    Second\n      indented\n    ", "\n    A\n    B\n", "\tA\n\tB", "A\n  B\n    C"],
)
def test_docstrings_are_cleaned(doc):
    assert function(f"def f():\n    {doc!r}\n").doc == inspect.cleandoc(doc).strip()


def test_docstrings_are_cut():
    long = "word " * 400
    found = outline(f"'''{long}'''\nclass A:\n    '''doc of A'''\n".encode())
    assert found.doc == long[:600].rstrip()
    assert found.classes[0].doc == "doc of A"
    assert outline(b"'\\ud800'\n").doc == ""
    assert outline(b"x = '\\ud800'\n").assigns[0].value.value is None


def test_classes():
    found = read(
        """
        @deco
        class A(B, *C, metaclass=D, **E):
            x = 1
            y: int
            z: int = 2
            def f(self): self.w = 1
        """
    )
    (a,) = found.classes
    assert show(a.bases) == "[Name('B'), Star(Name('C'))]"
    assert show(a.keywords) == "[['metaclass', Name('D')], ['**', Name('E')]]"
    assert show(a.decorators) == "[Name('deco')]"
    assert show(a.assigns) == (
        "[AssignOutline('x', Const('int', 1)), AssignOutline('y', None, Name('int')), "
        "AssignOutline('z', Const('int', 2), Name('int'))]"
    )
    assert found.names == ("B", "C", "D", "E", "deco", "int")
    assert found.assigns == ()


def test_assigns():
    found = read(
        """
        a = b = f(1)
        c, (d, *e) = g
        if cond:
            h = 1
        elif (i := cond): pass
        for j in k: l = 1
        with m as (n, o): pass
        try: p = 1
        except E as q: r = 1
        s += 1
        t.u = v[w] = 1
        [x for x in y]
        match z:
            case [aa, *bb] | {'k': cc, **dd}: pass
        print(ee := 1)
        """
    )
    assert [(x.name, x.value is not None) for x in found.assigns] == [
        ("a", True),
        ("b", True),
        *((name, False) for name in "cde"),
        ("h", True),
        ("i", False),
        ("j", False),
        ("l", True),
        ("n", False),
        ("o", False),
        ("p", True),
        ("q", False),
        ("r", True),
        ("s", False),
        *((name, False) for name in ("dd", "aa", "bb", "cc")),
        ("ee", False),
    ]
    assert found.assigns[0].loc == (2, 1, 2, 13)
    assert {"f", "g", "cond", "k", "m", "E", "s", "t", "v", "w", "y", "z", "print"} <= set(found.names)
    assert not {"a", "b", "c", "h", "n"} & set(found.names)


def test_imports():
    found = read(
        """
        import a.b as c, d
        from . import e
        if TYPE_CHECKING:
            from ..f import g as h
            if x: import i
        else:
            import j
        if typing.TYPE_CHECKING: import k
        try: import l
        except ImportError: import m
        if x: import n
        class A:
            from o import *
        with p: import q
        for r in s: import t
        def f(): import u
        """
    )
    assert [(x.statement.names[0].name, x.guard) for x in found.imports] == [
        ("a.b", ""),
        ("e", ""),
        ("g", "type_checking"),
        ("i", "type_checking"),
        ("j", "conditional"),
        ("k", "type_checking"),
        ("l", "conditional"),
        ("m", "conditional"),
        ("n", "conditional"),
        ("*", ""),
        ("q", ""),
        ("t", "conditional"),
    ]
    assert show(found.imports[0].statement) == "Import(None, 0, [ImportName('a.b', 'c'), ImportName('d')])"
    assert show(found.imports[1].statement) == "Import('', 1, [ImportName('e')])"
    assert show(found.imports[2].statement) == "Import('f', 2, [ImportName('g', 'h')])"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1", None),
        ("__all__ = ['a', 'b']", ("a", "b")),
        ("__all__ = ('a',) + ('b',)", ("a", "b")),
        ("__all__: list[str] = ['a']\n__all__ += ['b']", ("a", "b")),
        ("__all__ = ['a']\n__all__ += other.__all__", None),
        ("__all__ = [x for x in y]", None),
        ("__all__ = []", ()),
    ],
)
def test_exports(text, expected):
    assert outline(text.encode()).exports == expected


def test_comments():
    text = (
        "x = 1  # noqa: XP101\n"
        "y = '# noqa'  # other\n"
        "    # xpcheck: host reason\n"
        "é = 'ü'  # NoQA\n"
        "'''\n# xpcheck: ignore\n'''\n"
        "# flake8: noqa\n"
        "def f():  # xpcheck: static[a]\n    pass\n"
    )
    assert [msgspec.structs.astuple(comment) for comment in outline(text.encode()).comments] == [
        (1, 8, "# noqa: XP101", False),
        (3, 5, "# xpcheck: host reason", True),
        (4, 10, "# NoQA", False),
        (8, 1, "# flake8: noqa", True),
        (9, 11, "# xpcheck: static[a]", False),
    ]
    assert outline(b"x = '# noqa'\n").comments == ()
    assert outline(b"x = 'noqa'  # other\n").comments == ()


@pytest.mark.parametrize(
    "value",
    [
        *["a[b, 1:2]", "{**a, b: c}", "lambda *, a=1: a", "[a for b in c if d]", "(a := b)", "f'{a:{b}}'", "not a"],
        *["a if b else c", "a < b in c", "{a for b in c}", "{a: b for c in d}", "(a for b in c)", "a[::2]", "{a, *b}"],
    ],
)
def test_both_converters_agree(value):
    from tests.syntax.show import lower

    assigned = outline(f"x = ({value})\n".encode()).assigns[-1]
    assert show(assigned.value) == show(lower(f"x = ({value})")[0].value)
    shifted = [
        (line + 1, column + 4, end + 1, end_column + 4) for line, column, end, end_column in [assigned.value.loc]
    ]
    assert shifted == [lower(f"x = ({value})")[0].value.loc]


def test_inside_of_f_strings_has_the_place_of_the_string():
    (assigned,) = outline(b"x = f'{a.b} {c}'\n").assigns
    assert {part.value.loc for part in assigned.value.parts} == {(1, 5, 1, 17)}


def test_outlines_can_be_stored():
    found = read("import a\n__all__ = ['f']\nclass A(B):\n    x: int = 1\n    def f(self, a=1e999, b=-2**70): ...\n")
    encoded = msgspec.msgpack.encode(found)
    assert msgspec.msgpack.encode(msgspec.msgpack.decode(encoded, type=facts.ModuleOutline)) == encoded


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("x = 1\ny = (\n", 2, "never closed"),
        ("x = 1\n  y = 2\n", 2, "unexpected indent"),
        ("def f():\nx = 1\n", 2, "indented block"),
        ("print 'x'\n", 1, f"Python {sys.version_info[0]}.{sys.version_info[1]}"),
    ],
)
def test_syntax_errors(text, line, part):
    with pytest.raises(SourceError) as caught:
        outline(text.encode())
    assert caught.value.line == line
    assert part in caught.value.message
    assert caught.value.kind == "syntax"


def test_warnings_of_the_parser_are_silent(recwarn):
    outline(b"x = '\\d'\n")
    assert not recwarn.list


def test_importing_the_room_imports_no_parser():
    code = "import sys, xpcheck.syntax; print(*sorted({'ast', 'libcst', 'tokenize', 'inspect'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert done.stdout.split() == [], done.stderr


def test_outlining_does_not_import_libcst():
    code = "import sys, xpcheck.syntax as s; s.outline(b'x = 1  # noqa'); print('libcst' in sys.modules)"
    path = ":".join(sys.path)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": path})
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('os.environ["HOME"] = "/"', ("HOME",)),
        ('def f():\n    return os.environ.get("LEVEL", "1") or getenv("HOME")', ("HOME", "LEVEL")),
        ('environ.setdefault("HOME", "/")', ("HOME",)),
        ("os.environ[name] = os.getenv(name)", ()),
        ('other["HOME"] = settings.get("LEVEL")', ()),
        ('# os.environ["HOME"]', ()),
    ],
)
def test_environment_variables(statement, expected):
    assert read(f"import os\n{statement}\n").environment == expected


def test_names_that_functions_declare_global() -> None:
    text = (
        "a = b = None\ndef f():\n    def g():\n        global b\n        b = 1\n    global a\n    a = 2\n# global c\n"
    )
    assert read(text).rebound == ("a", "b")
    assert read("a = None\ndef f():\n    a = 1\n").rebound == ()
