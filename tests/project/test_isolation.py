"""Functions that are too long to be read beside others: a process of their own reads them, and may die."""

from __future__ import annotations

import sys

import pytest

from xpcheck import facts
from xpcheck.project import build, isolation, lowering
from xpcheck.project.parallel import Failure

from .conftest import Tree

LONG = "def f():\n    return [" + "1, " * 120_000 + "]\n"
MANY_STRINGS = "def f():\n    return (" + "'a' " * 6_000 + ")\n"


def test_a_long_literal_is_read_elsewhere() -> None:
    body = lowering.lower(lowering.Job(LONG, 7, "f"))
    assert isinstance(body, facts.Body)
    returned = body.statements[0]
    assert isinstance(returned, facts.Return) and returned.loc[0] == 8
    assert isinstance(returned.value, facts.List) and len(returned.value.items) == 120_000


def test_what_libcst_rejects_is_a_problem_of_its_file(tree: Tree) -> None:
    index = build(tree({"a.py": MANY_STRINGS, "b.py": "def g(x):\n    return x\n"}))
    assert index.body("a", "f") is None and index.body("b", "g") is not None
    assert [(problem.path, problem.kind) for problem in index.problems] == [("a.py", "syntax")]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are kept by Linux only")
@pytest.mark.parametrize(("limit", "value"), [("MEMORY", 1 << 26), ("SECONDS", 0)])
def test_a_process_that_dies_is_a_problem_of_its_file(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    real = isolation._command()
    code = f"import xpcheck.project.isolation as i; i.{limit} = {value}; i.main()"
    monkeypatch.setattr(isolation, "_command", lambda: [real[0], "-c", code])
    index = build(tree({"a.py": LONG, "b.py": "def g(x):\n    return x\n"}))
    assert index.body("a", "f") is None and index.body("b", "g") is not None
    (problem,) = index.problems
    assert (problem.path, problem.kind, problem.line) == ("a.py", "limit", 1)
    assert "split" in problem.message and (limit == "MEMORY" or "the process that read it died" in problem.message)


def test_an_answer_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_command", lambda: [sys.executable, "-c", "print(1)"])
    failure = lowering.lower(lowering.Job(LONG, 1, "f"))
    assert isinstance(failure, Failure) and failure.kind == "limit"
    monkeypatch.setattr(isolation, "_command", lambda: ["/no/such/program"])
    failure = lowering.lower(lowering.Job(LONG, 1, "f"))
    assert isinstance(failure, Failure) and "FileNotFoundError" in failure.message
