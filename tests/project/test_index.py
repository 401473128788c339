from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from xpcheck.link.definitions import toplevel
from xpcheck.model import Problem
from xpcheck.project import Index, build, lowering, parallel

from .conftest import Tree

SOURCE = """
class A:
    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, new):
        self._value = new
        return None

def f(x):
    return x + 1
"""


def encoded(index: Index, module: str, name: str) -> bytes:
    return msgspec.msgpack.encode(index.body(module, name))


def test_modules(tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "src/pkg/__init__.py": "", "src/pkg/m.py": SOURCE, "a.py": ""})
    index = build(root)
    assert list(index.modules) == ["a", "pkg", "pkg.m"]
    module = index.modules["pkg.m"]
    assert module.path == "src/pkg/m.py"
    assert module.file == root.resolve() / "src" / "pkg" / "m.py"
    assert (module.package, module.own, module.is_package) == ("pkg", True, False)
    assert index.modules["pkg"].is_package
    assert [function.qualname for function in module.outline.functions] == ["A.value", "A.value", "f"]
    assert index.text("pkg.m") == SOURCE
    assert index.lines("pkg.m")[1] == "class A:"
    assert index.source("pkg.m") == SOURCE.encode()


def test_bodies(tree: Tree) -> None:
    index = build(tree({"a.py": SOURCE}))
    body = index.body("a", "f")
    assert body is not None and body is index.body("a", "f")
    assert body.statements[0].loc == (13, 5, 13, 17)
    getter, setter = (function for function in index.modules["a"].outline.functions if function.owner)
    by_name = index.body("a", "A.value")
    assert by_name is not None and by_name is index.body("a", getter), "the setter does not hide the property"
    assert len(by_name.statements) == 1
    other = index.body("a", setter)
    assert other is not None and len(other.statements) == 2
    assert index.body("a", "g") is None and index.body("b", "f") is None
    assert not index.problems


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfdef f():\n    return 1\n", "def f():\n    return 1\n"),
        (b"# coding: latin-1\ndef f():\n    return '\xe9'\n", "# coding: latin-1\ndef f():\n    return 'é'\n"),
        (b"def f():\r\n    return 1\r\n", "def f():\n    return 1\n"),
        (b"def f():\r    return 1\r", "def f():\n    return 1\n"),
        (b"x = '\x0c\x1c\xc2\x85'\ndef f():\n    return 1\n", "x = '\x0c\x1c\x85'\ndef f():\n    return 1\n"),
        (b"def f():\n    return 1", "def f():\n    return 1"),
    ],
)
def test_encodings_and_line_ends(tree: Tree, content: bytes, text: str) -> None:
    index = build(tree({"a.py": content}))
    assert index.text("a") == text
    body = index.body("a", "f")
    assert body is not None and not index.problems
    line = body.statements[0].loc[0]
    assert index.lines("a")[line - 1].lstrip().startswith("return")


def test_a_broken_file_does_not_hide_the_others(tree: Tree) -> None:
    root = tree({
        "bad.py": "x = 1\ndef f(:\n",
        "bytes.py": b"x = '\xff'\n",
        "good.py": SOURCE,
    })  # fmt: skip
    index = build(root)
    assert list(index.modules) == ["good"]
    assert [(problem.path, problem.line, problem.kind) for problem in index.problems] == [
        ("bad.py", 2, "syntax"),
        ("bytes.py", 1, "unreadable"),
    ]


def test_a_body_that_cannot_be_read(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    from xpcheck import syntax

    def refuse(text: str, line: int, name: str) -> object:
        raise syntax.SourceError(line, "too deep")

    index = build(tree({"a.py": SOURCE}))
    monkeypatch.setattr(syntax, "body", refuse)
    assert index.body("a", "f") is None
    assert index.body("a", "f") is None
    (problem,) = index.problems
    assert problem.path == "a.py" and problem.line == 12 and problem.message == "too deep"


def test_a_defect_of_ours_is_a_problem(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    from xpcheck import syntax

    def fail(text: str, line: int, name: str) -> object:
        raise RuntimeError("oops")

    index = build(tree({"a.py": SOURCE}))
    monkeypatch.setattr(syntax, "body", fail)
    assert index.body("a", "f") is None
    assert index.problems == (Problem("a.py", 12, "internal", "RuntimeError: oops"),)


def test_overlay(tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "pkg/__init__.py": "", "pkg/m.py": "x = 1\n"})
    replaced = {root / "pkg" / "m.py": b"def f(): return 2\n", root / "pkg" / "new.py": b"y = 1\n"}
    index = build(root, [root / "pkg" / "new.py"], overlay=replaced)
    assert list(index.modules) == ["pkg", "pkg.m", "pkg.new"]
    assert index.text("pkg.m") == "def f(): return 2\n"
    assert index.body("pkg.m", "f") is not None
    assert not index.problems


def test_overlay_of_a_dependency(tree: Tree) -> None:
    root = tree({"a.py": "import lib"})
    site = tree({"lib.py": "x = 1"}, "site")
    changed = {site / "lib.py": b"import numpy as np\ndef f(xp=np): pass\n"}
    assert list(build(root, search_path=[site], overlay=changed).modules) == ["a", "lib"]


def test_a_link_is_overlaid_with_what_it_names(tree: Tree) -> None:
    root = tree({"a.py": "x = 1\n"})
    (root / "b.py").symlink_to(root / "a.py")
    index = build(root, overlay={root / "b.py": b"y = 1\n"})
    assert index.text("a") == index.text("b") == "y = 1\n"


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_left_as_it_was(tree: Tree, on: bool) -> None:
    root = tree({"a.py": SOURCE})
    before = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        build(root).bodies([("a", "f")])
        assert gc.isenabled() is on
    finally:
        (gc.enable if before else gc.disable)()


# ---------------------------------------------------------------------------------------------------- parallel


def many(tree: Tree, count: int = 40) -> Path:
    return tree({f"m{number}.py": f"def f(x):\n    return x + {number}\n\n{SOURCE}" for number in range(count)})


def test_jobs_change_nothing(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = many(tree)
    (root / "bad.py").write_text("def f(:\n")
    serial = build(root)
    for name in serial.modules:
        serial.body(name, "A.value")
    monkeypatch.setattr("xpcheck.project.files.WORTH_OUTLINES", 1)
    monkeypatch.setattr("xpcheck.project.index.WORTH_BODIES", 1)
    for jobs in (2, 3):
        index = build(root, jobs=jobs)
        wanted = [(name, function) for name in index.modules for function in ("A.value", "f", "nothing")]
        index.bodies(wanted, jobs)
        index.bodies(wanted, jobs)
        assert list(index.modules) == list(serial.modules)
        assert index.problems == serial.problems
        for name, module in index.modules.items():
            assert msgspec.msgpack.encode(module.outline) == msgspec.msgpack.encode(serial.modules[name].outline)
            assert encoded(index, name, "A.value") == encoded(serial, name, "A.value")


def test_an_executor_does_the_same(tree: Tree) -> None:
    root = many(tree, 5)
    serial = build(root)
    with ThreadPoolExecutor(2) as executor:
        index = build(root, executor=executor)
        index.bodies([(name, "f") for name in index.modules], executor=executor)
    for name in serial.modules:
        assert encoded(index, name, "f") == encoded(serial, name, "f")


def test_fresh_processes_do_the_same(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = many(tree, 4)
    serial = build(root)
    monkeypatch.setattr(parallel, "_may_fork", lambda: False)
    monkeypatch.setattr("xpcheck.project.index.WORTH_BODIES", 1)
    index = build(root)
    index.bodies([(name, "f") for name in index.modules], 2)
    for name in serial.modules:
        assert encoded(index, name, "f") == encoded(serial, name, "f")


@pytest.mark.skipif(not hasattr(parallel.os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:os.fork", "ignore:This process")
def test_a_text_that_kills_its_process_is_one_problem(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from xpcheck import syntax

    parent = os.getpid()
    real = syntax.body

    def deadly(text: str, line: int, name: str) -> object:
        if "x + 7" in text:
            if os.getpid() == parent:
                pytest.fail("the deadly item fell to this process: make it longer than all others")
            os._exit(9)
        return real(text, line, name)

    monkeypatch.setattr(syntax, "body", deadly)
    monkeypatch.setattr(parallel, "_may_fork", lambda: True)
    monkeypatch.setattr("xpcheck.project.index.WORTH_BODIES", 1)
    sources = {
        f"m{number}.py": f"def g(x):\n    return x + {number}{'  # long' * (number == 7)}\n" for number in range(9)
    }
    index = build(tree(sources))
    index.bodies([(name, "g") for name in index.modules], 2)
    assert not index.problems, "nobody has asked for the body"
    assert all(index.body(name, "g") for name in index.modules if name != "m7") and index.body("m7", "g") is None
    assert [(problem.path, problem.kind) for problem in index.problems] == [("m7.py", "internal")]


@pytest.mark.skipif(not hasattr(parallel.os, "fork"), reason="needs fork")
def test_no_more_processes(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    index = build(many(tree, 6))
    monkeypatch.setattr("os.fork", refuse)
    monkeypatch.setattr(parallel, "_may_fork", lambda: True)
    monkeypatch.setattr("xpcheck.project.index.WORTH_BODIES", 1)
    index.bodies([(name, "f") for name in index.modules], 3)
    assert index.lowered == 6 and all(index.body(name, "f") for name in index.modules)


def test_shares_are_balanced_and_complete() -> None:
    sizes = [5, 1, 9, 3, 3, 7, 2]
    shares = parallel._shares(sizes, 3)
    assert sorted(position for share in shares for position in share) == list(range(len(sizes)))
    loads = [sum(sizes[position] for position in share) for share in shares]
    assert max(loads) - min(loads) <= 2
    first, second = parallel._shares([1] * 20, 2, besides=8)
    assert (len(first), len(second)) == (8, 12)


def test_what_cannot_be_sent_is_done_again_here() -> None:
    class Odd(msgspec.Struct):
        text: str

    def work(item: int) -> Odd:
        return Odd("\ud800" if item else "fine")

    data = parallel.pack(work, [0, 1])
    outcomes = parallel._unpack(work, [0, 1], data)
    assert outcomes is not None
    assert isinstance(outcomes[0], bytes) and isinstance(outcomes[1], Odd)
    assert parallel._unpack(work, [0, 1], data[:-1]) is None
    assert parallel._unpack(work, [0], data) is None


def test_names_of_a_failure() -> None:
    failure = lowering.read_outline(b"x = = 1\n")
    assert isinstance(failure, parallel.Failure) and failure.kind == "syntax" and failure.line == 1


def test_a_module_and_a_function_on_its_first_line_are_kept_apart(tmp_path):
    (tmp_path / "a.py").write_text("def f(x):\n    return x\n\n\ny = f(1)\n")
    for _ in range(2):
        index = build(tmp_path, cache_dir=tmp_path / "cache")
        whole = toplevel(index.modules["a"]).outline
        assert [len(index.body("a", item).statements) for item in (whole, "f")] == [2, 1]
        index.save()
    assert index.lowered == 0
