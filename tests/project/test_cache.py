from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from xpcheck import facts
from xpcheck.project import Index, build, cache, lowering

from .conftest import Tree

SOURCE = """import numpy as np

def f(x, xp=np):
    def inner(y: int = 1):
        try:
            return xp.sin(y)
        except ValueError as error:
            raise KeyError from error
    with open(x) as z, y:
        pass
    match x:
        case [a, *b] if a:
            return lambda q: q[1:2, ...]
    return {k: inner(v) for k, v in x if k} | {**x}

class A:
    def g(self, *args, **kwargs):
        return f"{self!r:>{args}}" + 'é'
"""


@pytest.fixture
def project(tree: Tree) -> Path:
    return tree({"pyproject.toml": "", "a.py": "import lib\n" + SOURCE, "b.py": SOURCE, "pkg/__init__.py": ""})


@pytest.fixture
def site(tree: Tree) -> Path:
    return tree({"lib/__init__.py": SOURCE, "lib/deep.py": "def h(x):\n    return x\n", "no.py": "x = 1\n"}, "site")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written count as old."""
    monkeypatch.setattr(cache, "RACY_NS", -3_600_000_000_000)


class Run:
    """One run over everything, with what it found and how much it had to parse."""

    def __init__(self, root: Path, folder: Path | None, site: Path | None = None, **options: Any) -> None:
        self.index = build(root, search_path=[site] if site else [], cache_dir=folder, **options)
        self.fingerprint = self.index.fingerprint()
        self.facts = everything(self.index)
        self.remarks = self.index.save()
        self.work = (self.index.outlined, self.index.lowered)


def everything(index: Index) -> bytes:
    parts: list[Any] = [index.problems, index.missing]
    for name, module in index.modules.items():
        bodies = [index.body(name, function) for function in module.outline.functions]
        parts.append((name, module.path, module.own, module.outline, bodies))
    return msgspec.msgpack.encode(parts, enc_hook=lambda value: list(value))


pytestmark = pytest.mark.usefixtures("settled")


def test_a_second_run_parses_nothing(project: Path, site: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold = Run(project, folder, site)
    assert cold.work == (5, 7) and not cold.remarks
    opened: list[str] = []
    real = open

    def recorded(file: Any, *args: Any, **kwargs: Any) -> Any:
        opened.append(str(file))
        return real(file, *args, **kwargs)

    monkeypatch.setattr("builtins.open", recorded)
    warm = Run(project, folder, site)
    assert warm.work == (0, 0)
    assert warm.facts == cold.facts and warm.fingerprint == cold.fingerprint
    sources = [file for file in opened if str(project) in file or str(site) in file]
    assert not sources, "files whose status is as before are not read"
    assert warm.index.text("b") == SOURCE


def test_an_unchanged_run_writes_nothing(project: Path, site: Path, folder: Path) -> None:
    Run(project, folder, site)
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*-*")}
    Run(project, folder, site)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*-*")} == before


def test_one_function_changed(project: Path, folder: Path) -> None:
    Run(project, folder)
    (project / "b.py").write_text("# a comment\n\n" + SOURCE.replace("self!r", "self!s"))
    warm = Run(project, folder)
    assert warm.work == (1, 1), "the other function only moved"
    assert warm.facts == Run(project, None).facts
    assert Run(project, folder).work == (0, 0)


def test_moved_and_touched_files(project: Path, folder: Path) -> None:
    Run(project, folder)
    (project / "b.py").rename(project / "c.py")
    os.utime(project / "a.py", ns=(1, 1))
    warm = Run(project, folder)
    assert warm.work == (0, 0)
    assert warm.facts == Run(project, None).facts


def test_changes_are_kept_beside_what_they_change(project: Path, folder: Path) -> None:
    for number in range(20):
        (project / f"more{number}.py").write_text(SOURCE.replace("xp.sin", f"xp.sin{number}"))
    Run(project, folder)
    (base,) = stored(folder)
    data = base.read_bytes()
    for content in (SOURCE.replace("self!r", "self!s"), SOURCE.replace("'é'", "''"), SOURCE):
        (project / "b.py").write_text(content)
        assert Run(project, folder).work[0] == 1
        warm = Run(project, folder)
        assert warm.work == (0, 0) and warm.facts == Run(project, None).facts
    (project / "b.py").unlink()
    assert Run(project, folder).facts == Run(project, None).facts
    assert base.read_bytes() == data and [file.name for file in stored(folder)] == [base.name, base.name + ".since"]
    (project / "b.py").write_text("y = 1\n")
    for number in range(20):
        (project / f"more{number}.py").write_text(SOURCE.replace("xp.sin", f"xp.cos{number}"))
    Run(project, folder)
    assert base.read_bytes() != data, "nearly all of it is other now"
    assert Run(project, folder).work == (0, 0) and Run(project, folder).facts == Run(project, None).facts


def test_damaged_changes_are_made_again(project: Path, folder: Path) -> None:
    for number in range(20):
        (project / f"more{number}.py").write_text(SOURCE.replace("xp.sin", f"xp.sin{number}"))
    Run(project, folder)
    (project / "b.py").write_text(SOURCE.replace("self!r", "self!s"))
    changed = Run(project, folder)
    for _, damage in damages():
        since = stored(folder)[-1]
        since.write_bytes(damage(since.read_bytes()))
        again = Run(project, folder)
        assert again.facts == changed.facts and again.work[0] == 1 and len(again.index.notes) == 1
        assert Run(project, folder).index.notes == ()
        assert Run(project, folder).work == (0, 0)
        (project / "b.py").write_text("# again\n" + (project / "b.py").read_text())
        changed = Run(project, folder)


def test_deleted_files(project: Path, folder: Path) -> None:
    Run(project, folder)
    (project / "b.py").unlink()
    warm = Run(project, folder)
    assert warm.work == (0, 0) and "b" not in warm.index.modules
    assert warm.facts == Run(project, None).facts


def test_a_young_file_is_read_again(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "RACY_NS", 2_000_000_000)
    file = project / "b.py"
    file.write_text("def f():\n    return 1\n")
    Run(project, folder)
    before = file.stat()
    with file.open("r+") as stream:
        stream.write("def f():\n    return 2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    warm = Run(project, folder)
    assert warm.work == (1, 1)
    assert warm.facts == Run(project, None).facts


def test_only_what_was_asked_for_is_kept(project: Path, folder: Path) -> None:
    index = build(project, cache_dir=folder)
    index.bodies([("b", "f")])
    index.save()
    again = build(project, cache_dir=folder)
    again.bodies([("b", "f"), ("b", "A.g")])
    assert (again.outlined, again.lowered) == (0, 1)
    again.save()
    third = build(project, cache_dir=folder)
    third.bodies([("b", "A.g")])
    third.save()
    fourth = build(project, cache_dir=folder)
    fourth.bodies([("b", "f"), ("b", "A.g")])
    assert fourth.lowered == 0, "what a run did not need stays"


def test_overlays_leave_no_trace(project: Path, folder: Path) -> None:
    Run(project, folder)
    overlay = {project / "b.py": b"def other(x):\n    return x\n"}
    overlaid = Run(project, folder, overlay=overlay)
    assert overlaid.work == (1, 1)
    assert overlaid.facts == Run(project, None, overlay=overlay).facts
    assert overlaid.fingerprint != Run(project, folder).fingerprint
    assert Run(project, folder).work == (0, 0)


def test_dependencies_are_decided_anew_when_they_change(project: Path, site: Path, folder: Path) -> None:
    (project / "a.py").write_text("import lib, no\n")
    first = Run(project, folder, site)
    assert "no" not in first.index.modules
    assert Run(project, folder, site).work == (0, 0)
    (site / "no.py").write_text(SOURCE)
    second = Run(project, folder, site)
    assert "no" in second.index.modules
    assert second.facts == Run(project, None, site).facts
    assert "no" not in Run(project, folder, site, namespaces=["nx"]).index.modules


def test_projects_share_a_dependency(project: Path, site: Path, folder: Path, tree: Tree) -> None:
    Run(project, folder, site)
    other = tree({"pyproject.toml": "", "x.py": "import lib\n"}, "other")
    assert Run(other, folder, site).work == (1, 0)


# ------------------------------------------------------------------------------------------------ what goes wrong


def stored(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.parent != folder)


def damages() -> Iterator[tuple[str, Any]]:
    yield "empty", lambda data: b""
    yield "cut", lambda data: data[: len(data) // 2]
    yield "one bit", lambda data: data[:-10] + bytes([data[-10] ^ 1]) + data[-9:]
    yield "head", lambda data: b"X" + data[1:]
    yield "noise", lambda data: os.urandom(len(data))
    yield "other shape", lambda data: cache._MAGIC + cache.digest(b"\x91\x01") + bytes(7) + b"\x02\x91\x01"
    yield "other folder", lambda data: cache._encoded("/elsewhere", {}, {}, b"")


@pytest.mark.parametrize(("damage"), [damage for _, damage in damages()], ids=[name for name, _ in damages()])
def test_a_damaged_cache_is_built_again(project: Path, folder: Path, damage: Any) -> None:
    cold = Run(project, folder)
    for file in stored(folder):
        file.write_bytes(damage(file.read_bytes()))
    again = Run(project, folder)
    assert again.facts == cold.facts and again.work == cold.work
    assert again.index.notes == ("the facts cache was damaged: it is built again",)
    assert Run(project, folder).work == (0, 0)


def test_pieces_that_cannot_be_decoded(project: Path, folder: Path) -> None:
    cold = Run(project, folder)
    for file in stored(folder):
        store = cache.Store(str(project), str(file))
        entries = {name: store.entry(entry) for name, entry in store.files.items()}
        broken = {name: entry._replace(outline=b"\xc1", bodies=b"\xc1") for name, entry in entries.items() if entry}
        assert len(broken) == 3 and store.save(broken) is None
    again = Run(project, folder)
    assert again.facts == cold.facts and again.work == cold.work
    assert Run(project, folder).work == (0, 0)


def test_another_process_replaces_the_file_meanwhile(project: Path, folder: Path) -> None:
    Run(project, folder)
    index = build(project, cache_dir=folder)
    (project / "c.py").write_text(SOURCE)
    Run(project, folder)
    (project / "c.py").unlink()
    assert everything(index) == Run(project, None).facts


def test_half_of_the_cache_is_gone(project: Path, site: Path, folder: Path) -> None:
    cold = Run(project, folder, site)
    for file in stored(folder)[::2]:
        file.unlink()
    assert Run(project, folder, site).facts == cold.facts


def test_a_folder_that_cannot_be_written(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(name: str, mode: int = 0o777, exist_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", name)

    with monkeypatch.context() as patch:  # rights themselves would not bind root
        patch.setattr(os, "makedirs", refused)
        run = Run(project, folder)
    assert run.remarks == ("the facts cache could not be written: Permission denied",)
    assert run.facts == Run(project, None).facts


def test_a_file_where_the_folder_should_be(project: Path, folder: Path) -> None:
    folder.write_text("")
    run = Run(project, folder)
    assert run.facts == Run(project, None).facts
    assert len(run.remarks) == 1 and "could not be written" in run.remarks[0]


def test_a_full_disk_leaves_the_old_file(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Run(project, folder)
    before = {file: file.read_bytes() for file in stored(folder)}
    (project / "b.py").write_text("x = 1\n")

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        assert Run(project, folder).remarks == ("the facts cache could not be written: No space left on device",)
    assert {file: file.read_bytes() for file in stored(folder)} == before


def test_a_file_that_changes_meanwhile_is_a_problem(project: Path, folder: Path) -> None:
    Run(project, folder)
    index = build(project, cache_dir=folder)
    (project / "b.py").write_text("x = 1\n")
    assert index.text("b") == ""
    assert [(problem.path, problem.kind) for problem in index.problems] == [("b.py", "unreadable")]


def test_facts_of_a_newer_python_are_not_believed(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold = Run(project, folder)
    for module in ("files", "index"):
        monkeypatch.setattr(f"xpcheck.project.{module}.MINOR", cache.MINOR - 1)
    older = Run(project, folder)
    assert older.work == cold.work and older.facts == cold.facts
    assert Run(project, folder).work == (0, 0)
    monkeypatch.undo()
    monkeypatch.setattr(cache, "RACY_NS", -3_600_000_000_000)
    assert Run(project, folder).work == (0, 0), "what the older one read, the newer one can read"


def test_many_writers(project: Path, folder: Path) -> None:
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=Run, args=(project, folder)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert Run(project, folder).facts == Run(project, None).facts
    assert len(stored(folder)) == 1, "no file is left behind"


# ------------------------------------------------------------------------------------------------------- details


def test_places_are_the_only_locations() -> None:
    """``moved`` finds places by the names of their fields."""
    for struct in vars(facts).values():
        if isinstance(struct, type) and issubclass(struct, msgspec.Struct):
            for field in struct.__struct_fields__:
                annotation = str(getattr(struct, "__annotations__", {}).get(field, ""))
                assert ("Loc" in annotation) <= (field in lowering.LOCATIONS), f"{struct.__name__}.{field}"


@pytest.mark.parametrize("by", [1, 7, -2])
def test_moved_bodies(by: int) -> None:
    text = "".join(SOURCE.splitlines(keepends=True)[2:14])
    here = lowering.lower(lowering.Job(text, 3, "f"))
    there = lowering.lower(lowering.Job(text, 3 + by, "f"))
    assert isinstance(here, facts.Body) and isinstance(there, facts.Body)
    assert msgspec.msgpack.encode(lowering.moved(here, by)) == msgspec.msgpack.encode(there)


def test_default_folder() -> None:
    home = Path.home()
    assert cache.default_folder({}, "linux") == home / ".cache" / "xpcheck"
    assert cache.default_folder({"XDG_CACHE_HOME": "/x"}, "linux") == Path("/x/xpcheck")
    assert cache.default_folder({"XDG_CACHE_HOME": "relative"}, "linux") == home / ".cache" / "xpcheck"
    assert cache.default_folder({}, "darwin") == home / "Library" / "Caches" / "xpcheck"
    assert cache.default_folder({"LOCALAPPDATA": str(home)}, "win32") == home / "xpcheck" / "Cache"


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
def test_file_names_that_are_no_text(project: Path, folder: Path) -> None:
    strange = os.fsencode(project) + b"/caf\xe9.py"
    with open(strange, "w") as stream:
        stream.write(SOURCE)
    (project / "é.py").write_text(SOURCE)
    cold = Run(project, folder)
    assert cold.work == (5, 8) and not cold.remarks
    assert "caf\\udce9.py" in [module.path for module in cold.index.modules.values()]
    assert Run(project, folder).work == (0, 0)


def test_old_facts_are_forgotten(project: Path, folder: Path) -> None:
    for name, age in (("facts-old", cache.FORGOTTEN_SECONDS + 60), ("facts-new", 60)):
        (folder / name).mkdir(parents=True)
        (folder / name / "x").write_text("")
        stamp = (folder / name).stat().st_mtime - age
        os.utime(folder / name, (stamp, stamp))
    Run(project, folder)
    assert not (folder / "facts-old").exists() and (folder / "facts-new" / "x").exists()


def test_clean(project: Path, folder: Path) -> None:
    Run(project, folder)
    (folder / "mine.txt").write_text("keep")
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert cache.clean(folder) == 1
    assert (folder / "mine.txt").exists() and not list(folder.glob("facts-*"))
    assert cache.clean(folder) == 0 == cache.clean(folder / "absent")
    shutil.rmtree(folder)


def test_the_tool_is_part_of_the_key(project: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Run(project, folder)
    monkeypatch.setattr(cache, "FACTS_VERSION", facts.FACTS_VERSION + 1)
    assert Run(project, folder).work == (3, 4)
    assert len(list(folder.glob("facts-*"))) == 2
