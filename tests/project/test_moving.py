"""Reports that outlive a new layout of their sources: the same findings, where the same code is now."""

from __future__ import annotations

import random
import shutil
import tokenize
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xpcheck import engine, world
from xpcheck.config import load
from xpcheck.model import Report
from xpcheck.places import LostError, Places
from xpcheck.project import cache
from xpcheck.watch import Watch

TOUR = Path(__file__).resolve().parents[2] / "fixtures" / "tour"

TEXT = '''import numpy as np


def f(x, xp=np):
    """What it does."""
    return (xp.sin(x) +
            np.cos(x))


class A:
    def g(self):
        """Nothing."""
'''


def places(old: str, new: str) -> Places | None:
    return Places.between(TEXT, TEXT.replace(old, new, 1) if old else new + TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "# a comment\n\n"),
        ("", "\n"),
        ("np.cos(x))", "np.cos(x))  # noqa: XP201"),
        ("np.cos(x))", "np.cos(x))  # xpcheck: ignore[XP201] reason"),
        ("What it does.", "What it does:\n\n    much.\n    "),
        ('    """What it does."""\n', ""),
        ("Nothing", "Something"),
        ("(xp.sin(x) +\n            np.cos(x))", "(\n        xp.sin(x) + np.cos( x )\n    )"),
        ("import numpy as np", "import  numpy  as  np"),
        ('"""What it does."""', "'what it does'"),
    ],
)
def test_layout_means_nothing(old: str, new: str) -> None:
    assert places(old, new) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cos", "sin"),
        ("(xp.sin(x) +\n            np.cos(x))", "((xp.sin(x)) + np.cos(x))"),
        ('        """Nothing."""\n', "        pass\n"),
        ("np.cos(x))", "np.cos(x))  # xpcheck: host"),
        ("def f", "# xpcheck: host reason\ndef f"),
        ("def f", "# noqa\ndef f"),
        ("What it does.", "What jax does."),
        ("return (", "'''text'''\n    return ("),
        ("return (", "x = '''text'''\n    return ("),
        ("    return (xp.sin(x) +\n            np.cos(x))", "    return (xp.sin(x) +\n  np.cos(x))\n  #" + 2_000 * " "),
        ("class A:", "class A("),
    ],
)
def test_what_may_mean_something_is_none(old: str, new: str) -> None:
    assert places(old, new) is None


def test_a_line_between_a_marker_and_its_function_counts() -> None:
    marked = TEXT.replace("def f", "# xpcheck: host reason\ndef f")
    assert Places.between(marked, "# first\n" + marked) is not None
    assert Places.between(marked, marked.replace("reason\n", "reason\n\n")) is None
    assert Places.between(marked, marked.replace("f(x,", "f(x,\n")) is None


def test_places_follow_their_tokens() -> None:
    found = places("(xp.sin(x) +\n            np.cos(x))", "xp.sin(x) + np.cos(x)".join("()"))
    assert found is not None
    line = TEXT.split("\n").index("            np.cos(x))") + 1
    assert found.place(line, 13) == (line - 1, 25)
    assert found.place(line, 15) == (line - 1, 27), "inside a token"
    assert found.place(line, 19) == (line - 1, 31), "at the end of one"
    assert found.line(line + 3) == line + 2
    with pytest.raises(LostError):
        found.place(line + 1, 1)
    with pytest.raises(LostError):
        found.place(line - 1, 4)


def test_lines_that_fixes_were_made_from_have_to_be_the_same() -> None:
    found = places("def f", "# above\ndef f")
    assert found is not None
    assert found.range(4, 7) == (5, 8)
    assert found.same_count("sin") and not found.same_count("above")
    found = places("+\n", "+  # why\n")
    assert found is not None
    with pytest.raises(LostError):
        found.range(4, 7)


# -------------------------------------------------------------------------------------------------------------- reports


def check(root: Path, folder: Path | None) -> tuple[Report, int]:
    """The report, and how often a body was interpreted for it."""
    watch = Watch()
    return engine.check(engine.Request((), root, load(root), cache_dir=folder, watch=watch)), watch.interpreted


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tour") / "tour"
    shutil.copytree(TOUR, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written count as old."""
    monkeypatch.setattr(cache, "RACY_NS", -3_600_000_000_000)
    monkeypatch.setattr(world, "RACY_NS", -3_600_000_000_000)


def laid_out_anew(text: str, chance: random.Random) -> str:
    """The text with comments, blank lines and line breaks where they mean nothing."""
    depth = 0
    breaks: list[tuple[int, int]] = []
    for kind, string, _, end, _ in tokenize.generate_tokens(StringIO(text).readline):
        depth += (string in "([{") - (string in ")]}") if kind == tokenize.OP else 0
        if kind == tokenize.OP and string == "," and depth:
            breaks.append(end)
    lines = text.split("\n")
    for line, column in sorted(chance.sample(breaks, min(3, len(breaks))), reverse=True):
        head, tail = lines[line - 1][:column], lines[line - 1][column:]
        lines[line - 1 : line] = [head, " " * chance.randrange(60) + tail.lstrip()]
    starts = [number for number, line in enumerate(lines) if line.startswith("import ")]
    lines.insert(chance.choice(starts or [0]), chance.choice(["", "# noted", "# a:1, line 3"]))
    return chance.choice(["", "# first\n", "\n\n"]) + "\n".join(lines)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_a_new_layout_moves_the_findings(tour: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "cache"
    check(tour, folder)
    for file in chance.sample(sorted(tour.rglob("*.py")), 2):
        file.write_text(laid_out_anew(file.read_text(), chance))
    kept, _ = check(tour, folder)
    fresh, interpreted = check(tour, None)
    assert kept == fresh and interpreted


def test_nothing_is_interpreted_for_a_comment(tour: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    before, interpreted = check(tour, folder)
    assert interpreted
    for number, file in enumerate(sorted(tour.rglob("*.py"))):
        file.write_text(f"# comment {number}\n{file.read_text()}")
        kept, interpreted = check(tour, folder)
        assert not interpreted and kept == check(tour, None)[0], file
    assert [item.fingerprint for item in kept.findings] == [item.fingerprint for item in before.findings]
    assert kept.findings != before.findings


def test_a_line_that_was_torn_up_has_no_place_of_its_own() -> None:
    found = places("f(x, xp=np)", "f(\n    x, xp=np\n)")
    assert found is not None and found.place(4, 5) == (4, 5) and found.place(4, 7) == (5, 5)
    with pytest.raises(LostError):
        found.line(4)
