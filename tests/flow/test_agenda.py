"""In which order bodies are interpreted: callees before callers, and what calls itself before who calls it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck import project
from xpcheck.config import Config
from xpcheck.flow import models
from xpcheck.flow.body.frame import Frame
from xpcheck.flow.lattice.summary import Run, Summary
from xpcheck.flow.solution.agenda import Agenda
from xpcheck.flow.solution.solver import Solver
from xpcheck.link.program import Program

CHAIN = """
import numpy as np
def first(x): return second(x)
def second(x): return third(x)
def third(x): return np.sqrt(x)
"""

CYCLE = """
import numpy as np
def first(x): return even(x)
def even(n): return odd(n - 1) if n else np.sqrt(n)
def odd(n): return even(n - 1) if n else 1
"""

OPENED_AGAIN = """
import numpy as np
def first(x): return outer(x)
def outer(n): return inner(n) if n else np.sqrt(n)
def inner(n): return deep(n) if n else outer(n - 1)
def deep(n): return inner(n - 1) if n else np.cos(n)
"""


def interpretations(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each function is interpreted when they are asked for in their order."""
    (folder / "module.py").write_text(dedent(text))
    program = Program(project.build(folder))
    solver = Solver(program, Config(), models.with_models())
    count: Counter[str] = Counter()
    interpret = Frame.interpret

    def counted(frame: Frame) -> Summary:
        count[frame.function.name] += 1
        return interpret(frame)

    monkeypatch.setattr(Frame, "interpret", counted)
    by_line = sorted(program.functions, key=lambda item: item.outline.loc)
    solver.solve(item for item in by_line if item.name != "<module>")
    return count


def test_a_caller_waits_for_what_it_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert interpretations(CHAIN, tmp_path, monkeypatch) == {"first": 1, "second": 1, "third": 1}


@pytest.mark.parametrize("text", [CYCLE, OPENED_AGAIN])
def test_a_caller_waits_until_those_that_call_each_other_are_settled(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = interpretations(text, tmp_path, monkeypatch)
    assert count.pop("first") == 1
    assert max(count.values()) > 1


def test_a_component_that_leads_further_while_it_is_settled_stays_open(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(CHAIN)
    program = Program(project.build(tmp_path))
    first, second, third = ((item, Run.ONE, ()) for item in program.functions if item.name != "<module>")
    agenda = Agenda()
    outer = agenda.open(first)
    agenda.path.append(first)
    inner = agenda.open(second)
    assert agenda.is_head(second, inner)
    agenda.path.append(second)
    agenda.open(third)
    agenda.note_asked(third)
    agenda.path.append(third)
    agenda.note_asked(first)
    del agenda.path[1:]
    agenda.close(second, inner)
    assert not agenda.is_head(second, inner)
    agenda.note_asked(second)
    agenda.close(first, outer)
    assert agenda.is_head(first, agenda.open(first))
