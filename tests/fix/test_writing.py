"""Files are replaced whole, and all of them: also when a run is interrupted or killed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from xpcheck.fix.writing import ChangedError, complete, write_all


def test_files_are_replaced_with_their_mode(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_bytes(b"1\r\n")
    two.write_bytes(b"2")
    one.chmod(0o755)
    write_all({one: (b"1\r\n", b"3\r\n"), two: (b"2", b"4")})
    assert (one.read_bytes(), two.read_bytes()) == (b"3\r\n", b"4")
    assert stat.S_IMODE(one.stat().st_mode) == 0o755
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.py", "two.py"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.py", tmp_path / "link.py"
    target.write_bytes(b"1")
    link.symlink_to(target)
    write_all({link: (b"1", b"2")})
    assert link.is_symlink()
    assert target.read_bytes() == b"2"


def test_nothing_is_written_when_a_file_has_changed(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_bytes(b"1")
    two.write_bytes(b"other")
    with pytest.raises(ChangedError, match=r"two\.py has changed"):
        write_all({one: (b"1", b"3"), two: (b"2", b"4")})
    assert one.read_bytes() == b"1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.py", "two.py"]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / f"{number}.py" for number in range(3)]
    for file in found:
        file.write_bytes(b"old")
    return found


def failing_once(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The second of the replacements fails."""
    replace, count = os.replace, 0

    def replaced(source: str, target: str) -> None:
        nonlocal count
        count += str(target).endswith(".py")
        if count == 2:
            count += 1
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", replaced)


@pytest.mark.parametrize("kept", [True, False])
def test_an_interrupted_run_finishes_what_it_began(
    files: list[Path], kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once(monkeypatch, KeyboardInterrupt())
    journal = files[0].parent / "cache" / "journal" if kept else None
    with pytest.raises(KeyboardInterrupt):
        write_all(dict.fromkeys(files, (b"old", b"new")), journal)
    assert [file.read_bytes() for file in files] == [b"new"] * 3
    assert sorted(file for file in files[0].parent.rglob("*") if file.is_file()) == files


KILLED = """
import os, sys
from pathlib import Path
from xpcheck.fix.writing import write_all

replace, count = os.replace, 0

def killed(source, target):
    global count
    count += str(target).endswith(".py")
    if count == 2:
        os._exit(9)
    replace(source, target)

os.replace = killed
write_all({Path(file): (b"old", b"new") for file in sys.argv[2:]}, Path(sys.argv[1]))
"""


def killed(files: list[Path]) -> Path:
    """A run that dies while it writes; its journal."""
    journal = files[0].parent / "journal"
    process = subprocess.run([sys.executable, "-c", KILLED, journal, *files], check=False)
    assert process.returncode == 9
    assert [file.read_bytes() for file in files] == [b"new", b"old", b"old"]
    return journal


def test_what_a_killed_run_left_is_completed(files: list[Path]) -> None:
    journal = killed(files)
    assert complete(journal) == [str(file) for file in files[1:]]
    assert [file.read_bytes() for file in files] == [b"new"] * 3
    assert sorted(files[0].parent.iterdir()) == files
    assert complete(journal) == []


def test_a_file_that_was_changed_after_the_kill_stays(files: list[Path]) -> None:
    journal = killed(files)
    files[1].write_bytes(b"mine")
    assert complete(journal) == [str(files[2])]
    assert [file.read_bytes() for file in files] == [b"new", b"mine", b"new"]
    assert sorted(files[0].parent.iterdir()) == files


def test_a_failure_can_be_resumed(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    failing_once(monkeypatch, OSError(28, "No space left on device"))
    journal = files[0].parent / "journal"
    with pytest.raises(OSError, match="No space"):
        write_all(dict.fromkeys(files, (b"old", b"new")), journal)
    assert complete(journal) == [str(file) for file in files[1:]]
    assert sorted(files[0].parent.iterdir()) == files


def test_a_failure_without_a_journal_leaves_no_further_files(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_once(monkeypatch, OSError(28, "No space left on device"))
    with pytest.raises(OSError, match="No space"):
        write_all(dict.fromkeys(files, (b"old", b"new")))
    assert sorted(files[0].parent.iterdir()) == files


def test_a_damaged_journal_is_dropped(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    for content in ("", "[[1]]", "{"):
        journal.write_text(content)
        assert complete(journal) == []
        assert not journal.exists()
