"""Edits of bodies that say the same: the last report holds, and nothing is solved for it."""

from __future__ import annotations

import ast
import random
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from xpcheck import engine, syntax, world
from xpcheck.config import load
from xpcheck.facts import Body
from xpcheck.fix.fixers import Workshop
from xpcheck.fix.trees import Tree
from xpcheck.flow.earlier.edits import edits
from xpcheck.flow.earlier.memory import Memory, UnreadableError
from xpcheck.flow.earlier.sameness import look_alike
from xpcheck.flow.events.body_events import DroppedBelow, Event, UnusedNamespace
from xpcheck.flow.events.definition_events import Definition
from xpcheck.flow.solution import recall
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program
from xpcheck.model import Report
from xpcheck.past import Past
from xpcheck.places import LostError, Places
from xpcheck.project import cache
from xpcheck.project.index import Module
from xpcheck.watch import Watch

TOUR = Path(__file__).resolve().parents[2] / "fixtures" / "tour"


@pytest.fixture
def tour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "RACY_NS", -3_600_000_000_000)
    monkeypatch.setattr(world, "RACY_NS", -3_600_000_000_000)
    root = tmp_path / "tour"
    shutil.copytree(TOUR, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def check(root: Path, folder: Path | None) -> tuple[Report, int]:
    """The report, and how often a body was interpreted to solve the program."""
    watch = Watch()
    return engine.check(engine.Request((), root, load(root), cache_dir=folder, watch=watch)), watch.interpreted


def edit(root: Path, name: str, old: str, new: str) -> None:
    file = root / "lightlib" / name
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


SAME = [
    ("convert.py", "angle = xp.degrees(0.5 * xp.arctan2(y, x))", "angle = xp.degrees(0.25 * xp.arctan2(y, x))"),
    ("convert.py", "(1.0 - axis_ratio) / (1.0 + axis_ratio)", "(2.0 - axis_ratio) * (1.5 + axis_ratio)"),
    ("convert.py", "    y, x = ell_comps\n", "    unheard_of = 3.0 * 2\n    y, x = ell_comps\n"),
    (
        "convert.py",
        "    y, x = ell_comps\n",
        "    # why\n    unheard_of = None\n\n    y, x = (\n        ell_comps)\n",
    ),
    ("fit.py", "return self.dataset.data.array - self", "return self.dataset.data.array + self"),
]
OTHER = [
    (
        "convert.py",
        "ell_comps=ell_comps, xp=xp)\n    return axis_ratio\n",
        "ell_comps=ell_comps)\n    return axis_ratio\n",
    ),
    ("convert.py", "    y, x = ell_comps\n", "    clamped_from = 3\n    y, x = ell_comps\n"),
    ("convert.py", "    y, x = ell_comps\n", "    np = 3\n    y, x = ell_comps\n"),
    ("convert.py", "    y, x = ell_comps\n", "    y, x = ell_comps\n    y = np.sin(y)\n"),
    ("convert.py", "    y, x = ell_comps\n", "    unheard_of = 3\n    y, x = ell_comps\n    y = unheard_of\n"),
    ("convert.py", "    y, x = ell_comps\n", "    # jax\n    y, x = ell_comps\n"),
    ("convert.py", "return axis_ratio\n", "return -1 if axis_ratio > 0 else axis_ratio\n"),
    ("convert.py", "(gamma_1 == 0.0) & (gamma_2 == 0.0)", "(gamma_1 == 0.0) * (gamma_2 == 0.0)"),
]


@pytest.mark.parametrize(("name", "old", "new"), SAME)
def test_nothing_is_solved_for_what_says_the_same(tour: Path, tmp_path: Path, name: str, old: str, new: str) -> None:
    check(tour, tmp_path / "cache")
    edit(tour, name, old, new)
    kept, interpreted = check(tour, tmp_path / "cache")
    assert not interpreted and kept == check(tour, None)[0]


@pytest.mark.parametrize(("name", "old", "new"), OTHER)
def test_what_may_say_something_else_is_solved(tour: Path, tmp_path: Path, name: str, old: str, new: str) -> None:
    check(tour, tmp_path / "cache")
    edit(tour, name, old, new)
    kept, interpreted = check(tour, tmp_path / "cache")
    assert interpreted and kept == check(tour, None)[0]


BOX = """import numpy as np


class Box:
    def __init__(self, size, other, xp=np):
        self.size = xp.cos(size)
        self.other = xp.sin(other)


def spare(box: Box, xp=np):
    return xp.sqrt(box.other)
"""
READER = """

def reader_{}(box: Box, xp=np):
    return xp.sqrt(box.size)
"""


def test_who_reads_another_attribute_is_not_solved_again(tour: Path, tmp_path: Path) -> None:
    file = tour / "lightlib" / "box.py"
    solved = []
    for readers in (0, 6):
        file.write_text(BOX + "".join(map(READER.format, range(readers))))
        folder = tmp_path / f"cache{readers}"
        check(tour, folder)
        edit(tour, "box.py", "xp.sin(other)", "np.sin(other)")
        kept, interpreted = check(tour, folder)
        assert kept == check(tour, None)[0]
        solved.append(interpreted)
    assert solved[0] == solved[1] > 0


def test_a_constructor_can_be_edited_again_and_again(tour: Path, tmp_path: Path) -> None:
    file = tour / "lightlib" / "box.py"
    file.write_text(BOX)
    whole = check(tour, tmp_path / "cache")[1]
    for old, new in (("xp.cos", "np.cos"), ("xp.sin", "np.sin"), ("np.cos", "xp.cos")):
        edit(tour, "box.py", old, new)
        kept, interpreted = check(tour, tmp_path / "cache")
        assert 0 < interpreted < whole / 2 and kept == check(tour, None)[0]


OUTSIDE = """import numpy as np
from scipy._lib._array_api import xp_capabilities


def _exp_from(values, xp):
    return np.exp(values)


_METHODS = {"exp": _exp_from}
_METHODS.get("sin")


@xp_capabilities(np_only=True)
def values_from(values, name, xp=np):
    return _METHODS[name](values, xp=xp)
"""


def test_of_tests_nobody_asks_what_they_hold(tour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    own_body = Program.own_body

    def noted(program: Program, function: Function) -> Body | None:
        asked.append(function.name)
        return own_body(program, function)

    monkeypatch.setattr(Program, "own_body", noted)
    folder = tour / "lightlib" / "tests"
    folder.mkdir()
    (folder / "test_roots.py").write_text("def test_root(xp):\n    assert xp.sqrt(4.0) == 2.0\n")
    _, solved = check(tour, tmp_path / "cache")
    assert asked and "test_root" not in asked
    edit(tour, "tests/test_roots.py", "xp.sqrt(4.0)", "len(xp) or xp.sqrt(4.0)")
    kept, interpreted = check(tour, tmp_path / "cache")
    assert interpreted < solved / 2 and kept == check(tour, None)[0]


def test_statements_outside_functions_are_compared_as_texts(tmp_path: Path) -> None:
    """No outline shows all that they say."""
    (tmp_path / "tables.py").write_text(OUTSIDE)
    program = engine.inspect(engine.Request((), tmp_path, load(tmp_path))).program
    for former, same in (
        (OUTSIDE.replace("_METHODS = ", "# By name.\n\n_METHODS = "), True),
        (OUTSIDE.replace("np.exp", "np.sin"), True),
        (OUTSIDE.replace("_METHODS.get", "_METHODS.pop"), False),
    ):
        assert (edits(program, {"tables": former}, {}) is not None) is same


def test_who_reads_them_needs_no_memory_of_his_own(tmp_path: Path) -> None:
    (tmp_path / "tables.py").write_text(OUTSIDE)
    first = check(tmp_path, tmp_path / "cache")[0]
    (tmp_path / "tables.py").write_text(OUTSIDE.replace("np.exp", "np.sin"))
    assert check(tmp_path, tmp_path / "cache")[0] == check(tmp_path, None)[0]
    assert not first.errors


def test_texts_that_fixers_asked_are_not_read_again(
    tour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever became of the rest of the program: their answers are those of the texts."""
    read: list[int] = []
    was = Workshop._read

    def counted(self: Workshop, module: Module, first: int, last: int) -> Tree | None:
        read.append(first)
        return was(self, module, first, last)

    monkeypatch.setattr(Workshop, "_read", counted)
    check(tour, tmp_path / "cache")
    whole = len(read)
    edit(tour, *OTHER[0])
    kept = check(tour, tmp_path / "cache")[0]
    again = len(read) - whole
    assert 0 <= again < whole / 2
    assert kept == check(tour, None)[0] and len(read) > whole + again


def test_fixes_are_taken_again_after_an_edit_that_changed_nothing(
    tour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(tour, tmp_path / "cache")
    edit(tour, "fit.py", "import numpy as np\n", "# a comment\nimport numpy as np\n")
    check(tour, tmp_path / "cache")
    edit(tour, *OTHER[0])
    taken: list[int] = []
    was = Past.fixes

    def fixes(past: Past, *about: Any) -> Any:
        found = was(past, *about)
        taken.append(len(found))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Past, "fixes", fixes)
        kept = check(tour, tmp_path / "cache")[0]
    assert taken[0] > 0 and kept == check(tour, None)[0]


def numbers_changed(text: str, chance: random.Random) -> str:
    """The text with another number, or another operator, in one line of one of its functions."""
    numbers = list(re.finditer(r"(?<=[-+*/] )\d+\.\d+\b| [-+*/] ", text))
    if not numbers:
        return text
    found = chance.choice(numbers)
    new = f" {chance.choice('+-*/')} " if found[0].startswith(" ") else f"{chance.randrange(1, 99)}.5"
    return text[: found.start()] + new + text[found.end() :]


def constant_bound(text: str, chance: random.Random) -> str:
    """The text with a statement more in one of its functions."""
    functions = [item for item in ast.walk(ast.parse(text)) if isinstance(item, ast.FunctionDef) and item.body[1:]]
    if not functions:
        return text
    statement = chance.choice(chance.choice(functions).body[1:])
    lines = text.split("\n")
    name = chance.choice(["unheard_of", "never_read", "xp", "angle", "Galaxy"])
    lines.insert(statement.lineno - 1, f"{' ' * statement.col_offset}{name} = {chance.randrange(9)}")
    return "\n".join(lines)


def dropped(text: str, chance: random.Random) -> str:
    """The text with one call less that hands the namespace on."""
    return text.replace(", xp=xp)", ")", 1)


@pytest.mark.parametrize("seed", range(2))
def test_one_edit_after_the_other(tour: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    sources = {file: file.read_text() for file in sorted(tour.rglob("*.py"))}
    check(tour, tmp_path / "cache")
    ways: Counter[bool] = Counter()
    for number in range(12):
        file = chance.choice(list(sources))
        if number % 5 == 4:
            for path, text in sources.items():
                path.write_text(text)
        else:
            change = chance.choice([numbers_changed, numbers_changed, constant_bound, constant_bound, dropped])
            file.write_text(change(file.read_text(), chance))
        kept, interpreted = check(tour, tmp_path / "cache")
        assert kept == check(tour, None)[0], f"edit {number}"
        ways[bool(interpreted)] += 1
    assert ways[True] and ways[False] > 2, ways


def test_all_events_of_bodies_can_be_left() -> None:
    named = {kind.__name__ for kind in get_args(recall._Event)}
    pending: list[type[Event]] = [Event]
    kinds = set()
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if not kind.__subclasses__() and not issubclass(kind, Definition | DroppedBelow | UnusedNamespace):
            kinds.add(kind.__name__)
    assert kinds <= named


def test_what_cannot_be_read_is_solved_anew(tour: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(tour, tmp_path / "cache")
    edit(tour, *OTHER[0])

    def unreadable(self: Memory, function: object) -> None:
        raise UnreadableError

    monkeypatch.setattr(Memory, "piece", unreadable)
    kept, interpreted = check(tour, tmp_path / "cache")
    fresh, whole = check(tour, None)
    assert kept == fresh and interpreted == whole


# ------------------------------------------------------------------------------------------------------------ one body


def alike(one: str, two: str, *new: str) -> bool:
    bodies = [syntax.body(f"def f(x):\n    {text}\n", 1, "f") for text in (one, two)]
    return look_alike(bodies[0], bodies[1], new)


def test_who_reads_bodies_does_not_see_arithmetic() -> None:
    assert alike("return g(x + 1)", "return g(x - 2)")
    assert alike("return -x", "return +x")
    assert not alike("return g(x + 1)", "return g(x, 1)")
    assert not alike("return x + 1", "return x")
    assert not alike("return x & 1", "return x | 1")
    assert not alike("return x[1]", "return x[2]")
    assert not alike("return x[-1]", "return x[-2]")
    assert not alike("return x + a", "return x + b")
    assert not alike("return x + a.b", "return x + a.c")


def test_a_new_name_bound_to_a_constant_is_not_seen() -> None:
    assert alike("pass", "pass; a = 1", "a")
    assert not alike("pass", "pass; a = 1")
    assert not alike("pass", "pass; a = g", "a")
    assert not alike("pass", "pass; a: int = 1", "a")
    assert not alike("pass", "pass; a, b = 1", "a", "b")


def test_places_around_what_was_edited() -> None:
    text = "def f(x):\n    return g(x, 1) + h(x)\n\n\ny = 1\n"
    found = Places.around(text, text.replace("x, 1", "x,\n 2, 3"), [((1, 2), (1, 3))])
    assert found is not None
    assert found.end(2, 19) == (3, 7)
    assert found.place(2, 12) == (2, 12) and found.place(2, 22) == (3, 10) and found.place(5, 1) == (6, 1)
    with pytest.raises(LostError):
        found.place(2, 17)
    assert Places.around(text, text.replace("y", "z"), [((1, 2), (1, 2))]) is None
    found = Places.around(text, "# above\n" + text.replace("x, 1", "x, 2"), [((1, 2), (2, 3))])
    assert found is not None and found.place(1, 5) == (2, 5) and found.place(5, 1) == (6, 1)
    assert found.place(2, 12) == (3, 12)
    assert Places.around(text, "# jax\n" + text, [((1, 2), (2, 3))]) is None
    string = "z = '''\n'''\n" + text
    assert Places.around(string, string.replace("\n'", "\n#\n'"), [((3, 4), (4, 5))]) is None
    assert Places.around(text, text.replace("x, 1", "jax, 1"), [((1, 2), (1, 2))]) is None


def test_comments_above_all_code_are_beside_no_other_line() -> None:
    text = "x = 1\n# jax\ndef f(x):\n    return x\n"
    changed = [((3, 4), (4, 5))]
    found = Places.around(text, "# above\n" + text.replace("n x", "n 2"), changed)
    assert found is not None and found.place(1, 1) == (2, 1) and found.place(3, 5) == (4, 5)
    assert found.place(4, 5) == (5, 5)
    assert Places.around(text, text.replace("# jax", "# near\n# jax"), changed) is None  # nearer to what follows
    assert Places.around(f"#\n{text}", f"# jax\n{text}", [((4, 5), (4, 5))]) is None
