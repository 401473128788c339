"""Results that are kept: what a change of anything that matters does, and what an unchanged run loads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

SOURCE = """import numpy as np


def angle_from(comps, xp=np):
    return xp.arctan2(comps[1], comps[0])


def image_from(grid, xp=np):
    return xp.sin(grid) * angle_from(xp.abs(grid))
"""

CODE = """
import sys
sys.argv[0] = "xpcheck"
from xpcheck.__main__ import main
try:
    main()
finally:
    print("LOADED", *sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
"""


class Command:
    """Runs the command in a process of its own; files are made to look old, as files mostly are."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        self.cache = cache

    def __call__(self, *arguments: str, codes: tuple[int, ...] = (0, 1)) -> tuple[str, set[str]]:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(self.cache)}
        code = f"import xpcheck.world as w; w.RACY_NS = -3_600_000_000_000\n{CODE}"
        done = subprocess.run(
            [sys.executable, "-c", code, "check", "--format", "concise", *arguments],
            cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode in codes, done.stderr
        said, _, loaded = done.stderr.rpartition("LOADED")
        return done.stdout + said, set(loaded.split())


@pytest.fixture
def command(tmp_path: Path) -> Command:
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.xpcheck]\n")
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "a.py").write_text(SOURCE)
    return Command(root, tmp_path / "cache")


SLOW = {"libcst", "msgspec", "click", "rich", "dataclasses", "pathlib", "json", "re", "typing", "enum", "subprocess"}


def test_an_unchanged_run_loads_nothing_and_says_the_same(command: Command) -> None:
    first, loaded = command()
    assert "pkg/a.py:9" in first and "xpcheck: 2 files" in first and "libcst" in loaded
    again, loaded = command()
    assert again == first and not loaded & SLOW


def test_another_format_takes_the_report_that_is_there(command: Command) -> None:
    command()
    text, loaded = command("--format", "json")
    assert '"XP101"' in text and "libcst" not in loaded and "msgspec" in loaded
    assert command("--format", "json", "--no-cache")[0] == text


def a_new_file(root: Path) -> None:
    (root / "pkg" / "b.py").write_text("from pkg.a import angle_from\n\n\n" + SOURCE.split("\n\n\n", 2)[2])


def the_file(root: Path) -> None:
    (root / "pkg" / "a.py").write_text(SOURCE.replace("(xp.abs(grid))", "(xp.abs(grid), xp=xp)"))


def same_size(root: Path) -> None:
    (root / "pkg" / "a.py").write_text(SOURCE.replace("xp.sin(grid) *", "np.sin(grid) *"))


def the_file_goes(root: Path) -> None:
    (root / "pkg" / "a.py").unlink()


def the_configuration(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.xpcheck]\nignore = ["XP101"]\n')


def a_suppression(root: Path) -> None:
    (root / "pkg" / "a.py").write_text(SOURCE.replace("abs(grid))", "abs(grid))  # noqa: XP101"))


def a_shadowing_package(root: Path) -> None:
    (root / "numpy").mkdir()
    (root / "numpy" / "__init__.py").write_text("def sin(x):\n    return x\n")


@pytest.mark.parametrize(
    "change", [a_new_file, the_file, same_size, the_file_goes, the_configuration, a_suppression, a_shadowing_package]
)
def test_every_change_is_seen(command: Command, change: Callable[[Path], None]) -> None:
    before, _ = command()
    assert command()[0] == before
    change(command.root)
    after, _ = command(codes=(0, 1))
    assert after == command("--no-cache", codes=(0, 1))[0]
    assert command()[0] == after


def test_a_found_package_is_seen(command: Command, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    file = command.root / "pkg" / "a.py"
    file.write_text("from other import helper\n" + SOURCE.replace("angle_from(xp.abs(grid))", "helper(xp.abs(grid))"))
    missing, _ = command("--search-path", str(site))
    assert "XP101" not in missing
    (site / "other").mkdir()
    (site / "other" / "__init__.py").write_text(SOURCE + "\n\ndef helper(x, xp=np):\n    return xp.sin(x)\n")
    found, _ = command("--search-path", str(site))
    assert "XP101 `helper`" in found and command("--search-path", str(site))[0] == found


def test_ignored_by_git(command: Command) -> None:
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=command.root, check=True, capture_output=True)
    first, _ = command()
    assert command()[0] == first
    a_new_file(command.root)
    second, _ = command()
    assert "pkg/b.py" in second and command()[0] == second
    (command.root / ".gitignore").write_text("b.py\n")
    assert command()[0] == first


@pytest.mark.parametrize("damage", [b"", b"xpcheck result 1\n", b"\0" * 5000])
def test_damaged_results_are_made_again(command: Command, damage: bytes) -> None:
    first, _ = command()
    files = list(command.cache.rglob("results-*/*"))
    assert len(files) >= 3
    for file in files:
        file.write_bytes(damage)
    assert command()[0] == first
    for file in files:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    assert command()[0] == first


def test_a_young_file_is_not_trusted(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from xpcheck.world import World

    world = World()
    world.see(str(command.root / "pkg" / "a.py"))
    assert world.record() is None
    world = World()
    world.see(str(command.root / "absent.py"))
    world.ask(str(command.root / "pkg"))
    assert world.record() is not None


def test_an_answer_that_changed_meanwhile_is_not_kept(command: Command) -> None:
    from xpcheck.world import World

    world = World()
    world.ask(str(command.root / "later"))
    (command.root / "later").mkdir()
    assert world.record() is None


def test_results_do_not_pile_up(tmp_path: Path) -> None:
    from xpcheck.world import KEPT, Shelf

    shelf = Shelf(str(tmp_path))
    for number in range(KEPT * 2):
        shelf.put(f"request {number}", [], b"x")
    assert KEPT // 2 <= sum(file.is_file() for file in tmp_path.rglob("*")) <= KEPT
    assert shelf.recall(f"request {KEPT * 2 - 1}") == b"x" and shelf.recall("other") is None


def test_results_do_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xpcheck import world

    monkeypatch.setattr(world, "SIZE", 5_000)
    shelf = world.Shelf(str(tmp_path))
    for number in range(10):
        shelf.put(f"request {number}", [], b"x" * 2_000)
    assert sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) <= 5_000
    shelf.put("large", [], b"x" * 9_000)
    assert shelf.recall("large") is not None and shelf.recall("request 9") is None


def test_the_cache_is_verified(command: Command) -> None:
    first, _ = command()
    text, loaded = command("--verify-cache")
    assert text == first and "libcst" in loaded
    from xpcheck.world import Shelf

    shelf = Shelf(str(command.cache / "xpcheck"))
    for file in command.cache.rglob("results-*/*"):
        identity = re.search(rb"report [0-9a-f]{32}", file.read_bytes())
        kept = shelf.recall(identity[0].decode()) if identity else None
        if identity and kept:
            shelf.put(identity[0].decode(), [], kept.replace(b"XP101", b"XP102"))
    assert "disagree: 1 findings only in the cache" in command("--verify-cache", codes=(2,))[0]


def test_phases_are_told(command: Command) -> None:
    text, _ = command("--verbose", "--jobs", "2")
    assert [line.split()[1] for line in text.splitlines() if " s CPU" in line] == [
        "outlines", "bodies", "link", "solve", "events", "report", "all",
    ]  # fmt: skip


def test_clean(command: Command) -> None:
    command()
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(command.cache)}
    done = subprocess.run(
        [sys.executable, "-m", "xpcheck", "clean"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr.startswith("xpcheck: removed ") and not list(command.cache.rglob("results-*/*"))
    assert "libcst" in command()[1]
