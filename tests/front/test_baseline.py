"""Known findings: the file of a baseline, what is new beside it, what is stale, and what touches a revision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import flake8_config
from xpcheck import baseline
from xpcheck.baseline import Entry
from xpcheck.model import Finding, Kind, Level, Span

REPOSITORY = Path(__file__).resolve().parents[2]

SOURCE = """import numpy as np


class Profile:
    def one_from(self, grid, xp=np):
        return np.hypot(xp.abs(grid.array[:, 0]), 1.0)

    def two_from(self, grid, xp=np):
        return np.hypot(xp.abs(grid.array[:, 0]), np.hypot(xp.abs(grid.array[:, 1]), 2.0))
"""
NEW = """
    def three_from(self, grid, xp=np):
        return np.arctan2(xp.abs(grid.array[:, 0]), 1.0)
"""


def finding(line: int, subject: str = "np.sqrt", code: str = "XP201", module: str = "pkg.a") -> Finding:
    span = Span(line, 1, line, 5)
    path = f"{module.replace('.', '/')}.py"
    return Finding(code, "a-rule", Kind.HAZARD, Level.PROVED, path, span, "C.f", "text", module=module, subject=subject)


# --------------------------------------------------------------------------------------------------------- comparison


def test_equal_findings_are_counted() -> None:
    entries = baseline.entries_of([finding(3), finding(9), finding(5, "np.dot")])
    assert [entry.ordinal for entry in entries] == [1, 1, 2]
    result = baseline.compare(entries, [finding(1), finding(2), finding(4, "np.dot"), finding(8)])
    assert [item.span.line for item in result.new] == [8]
    assert [item.span.line for item in result.known] == [1, 2, 4]
    assert result.stale == ()


def test_entries_without_a_finding_are_stale_the_last_ones_first() -> None:
    entries = baseline.entries_of([finding(3), finding(9), finding(5, "np.dot")])
    result = baseline.compare(entries, [finding(40)])
    assert result.new == ()
    assert result.stale == (
        Entry("pkg.a", "C.f", "XP201", "np.dot", 1),
        Entry("pkg.a", "C.f", "XP201", "np.sqrt", 2),
    )


def test_hidden_findings_keep_their_entries() -> None:
    entries = baseline.entries_of([finding(3)])
    assert baseline.compare(entries, [], [finding(7)]).stale == ()
    shown_first = baseline.compare(entries, [finding(9)], [finding(2)])
    assert (shown_first.new, shown_first.stale) == ((), ())


def test_remarks_on_the_check_are_never_known() -> None:
    assert baseline.entries_of([finding(1, code="XP902")]) == ()
    assert len(baseline.compare([Entry("pkg.a", "C.f", "XP902", "np.sqrt", 1)], [finding(1, code="XP902")]).new) == 1


_FINDINGS = st.lists(
    st.builds(
        finding, st.integers(1, 50), st.sampled_from(["a", "b"]), st.sampled_from(["XP101", "XP201"]),
        st.sampled_from(["m", "n"]),
    ),
    max_size=12,
)  # fmt: skip


@given(_FINDINGS)
def test_a_baseline_of_all_leaves_nothing(found: list[Finding]) -> None:
    result = baseline.compare(baseline.entries_of(found), found)
    assert (result.new, result.stale) == ((), ())


@given(_FINDINGS, _FINDINGS)
def test_new_known_and_stale_add_up(before: list[Finding], after: list[Finding]) -> None:
    entries = baseline.entries_of(before)
    result = baseline.compare(entries, after)
    assert sorted(result.new + result.known, key=repr) == sorted(after, key=repr)
    assert len(entries) == len(result.known) + len(result.stale)
    pruned = [entry for entry in entries if entry not in result.stale]
    again = baseline.compare(pruned, after)
    assert (again.new, again.stale) == (result.new, ())
    assert {entry.ordinal for entry in pruned if entry.key == ("m", "C.f", "XP101", "a")} == set(
        range(1, 1 + sum(entry.key == ("m", "C.f", "XP101", "a") for entry in pruned))
    )


# ---------------------------------------------------------------------------------------------------------------- file


def test_the_file_is_sorted_and_has_one_entry_a_line(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    entries = baseline.entries_of([finding(9, module="pkg.b"), finding(3), finding(4), finding(1, "é")])
    baseline.write(file, reversed(entries))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines == [
        '{"xpcheck baseline": 1}',
        '["pkg.a", "C.f", "XP201", "np.sqrt", 1]',
        '["pkg.a", "C.f", "XP201", "np.sqrt", 2]',
        '["pkg.a", "C.f", "XP201", "é", 1]',
        '["pkg.b", "C.f", "XP201", "np.sqrt", 1]',
    ]
    assert baseline.read(file) == entries
    assert [path.name for path in tmp_path.iterdir()] == ["known.jsonl"]
    file.write_text(f"{lines[0]}\n{lines[4]}\n\n{lines[1]}\n{lines[1]}\n")
    assert baseline.read(file) == (entries[0], entries[3])


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (None, 1, "there is no such baseline: `xpcheck baseline` writes one"),
        (b"", 1, "is no baseline"),
        (b"[]\n", 1, "is no baseline"),
        (b'{"xpcheck baseline": 2}\n', 1, "is no baseline that this xpcheck reads"),
        (b'{"xpcheck baseline": 1}\n\n<<<<<<< HEAD\n', 3, "merge conflict"),
        (b'{"xpcheck baseline": 1}\n["a", "b", "XP101", "c"]\n', 2, "is no entry"),
        (b'{"xpcheck baseline": 1}\n["a", "b", "E501", "c", 1]\n', 2, "is no entry"),
        (b'{"xpcheck baseline": 1}\n["a", "b", "XP101", "c", true]\n', 2, "is no entry"),
        (b'{"xpcheck baseline": 1}\n["a", "b", "XP101"\n', 2, "is no entry"),
        (b'{"xpcheck baseline": 1}\n\xff\n', 1, "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None, line: int, message: str) -> None:
    file = tmp_path / "known.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(baseline.BaselineError, match=message) as caught:
        baseline.read(file)
    assert (caught.value.file, caught.value.line) == (file, line)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(baseline.BaselineError, match="cannot be written"):
        baseline.write(tmp_path / "nowhere" / "known.jsonl", [])


# ------------------------------------------------------------------------------------------------------------- command


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "pkg").mkdir(parents=True)
    (root / "pkg" / "__init__.py").write_text("")
    (root / "pkg" / "a.py").write_text(SOURCE)
    (root / "pyproject.toml").write_text('[tool.xpcheck]\nbaseline = "known.jsonl"\n')
    (root / ".flake8").write_text(flake8_config())
    return root


@pytest.fixture
def run(project: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*command: str, ci: str = "", module: str = "xpcheck") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(tmp_path / "cache"), "CI": ci}
        return subprocess.run(
            [sys.executable, "-m", module, *command], cwd=project, env=environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip

    return call


def places(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [":".join(line.split(":")[:2]) for line in result.stdout.splitlines()]


def test_what_is_parked_is_reported_by_nobody(run, project: Path) -> None:
    missing = run("check")
    assert missing.returncode == 2
    assert "known.jsonl:1: there is no such baseline: `xpcheck baseline` writes one" in missing.stderr
    written = run("baseline")
    assert (written.returncode, written.stdout) == (0, "known.jsonl: 3 findings (3 added, 0 removed)\n")
    assert "a.py" not in (project / "known.jsonl").read_text()
    assert run("check").returncode == 0
    (project / "pkg" / "a.py").write_text(f"# a comment\n\n{SOURCE}{NEW}")
    new = run("check", "--format", "concise")
    assert (new.returncode, places(new)) == (1, ["pkg/a.py:14"])
    for jobs in ("-j1", "-j2"):
        under_flake8 = run(jobs, module="flake8")
        assert (under_flake8.returncode, places(under_flake8)) == (1, ["./pkg/a.py:14"]), under_flake8.stderr
    sarif = json.loads(run("check", "--format", "sarif").stdout)
    states = sorted(result["baselineState"] for result in sarif["runs"][0]["results"])
    assert states == ["new", "unchanged", "unchanged", "unchanged"]
    assert run("baseline").stdout == "known.jsonl: 4 findings (1 added, 0 removed)\n"


def test_stale_entries_are_taken_out_here_and_fail_in_ci(run, project: Path) -> None:
    run("baseline")
    before = (project / "known.jsonl").read_text()
    (project / "pkg" / "a.py").write_text(SOURCE.replace("np.hypot(xp.abs(grid.array[:, 0]), 1.0)", "xp.abs(1.0)"))
    in_ci = run("check", ci="true")
    assert in_ci.returncode == 1
    assert "known.jsonl: stale: XP201 `np.hypot` in pkg.a:Profile.one_from\n" in in_ci.stderr
    assert (project / "known.jsonl").read_text() == before
    assert run("check", "pkg/__init__.py", ci="true").returncode == 0
    assert run("check", "--exit-zero", ci="true").returncode == 0
    assert run("check", "--select", "XP101").returncode == 0
    assert len((project / "known.jsonl").read_text().splitlines()) == 3
    here = run("check")
    assert here.returncode == 0
    (project / "known.jsonl").write_text(before)
    here = run("check")
    assert "1 entry without a finding taken out of known.jsonl: commit it" in here.stderr
    assert len((project / "known.jsonl").read_text().splitlines()) == 3
    assert run("check", ci="true").returncode == 0


def test_a_file_that_does_not_parse_makes_nothing_stale(run, project: Path) -> None:
    run("baseline")
    before = (project / "known.jsonl").read_text()
    (project / "pkg" / "a.py").write_text("def f(:\n")
    for ci in ("", "1"):
        assert run("check", ci=ci).returncode == 2
    assert (project / "known.jsonl").read_text() == before
    refused = run("baseline")
    assert refused.returncode == 2
    assert "not complete: no baseline written" in refused.stderr


def test_a_finding_that_noqa_suppresses_takes_no_entry(run, project: Path) -> None:
    run("baseline")
    text = SOURCE + "\n    def two_from(self, grid, xp=np):\n        return np.hypot(xp.abs(grid.array[:, 0]), 3.0)\n"
    lines = text.replace("2.0))\n", "2.0))  # noqa: XP201\n")
    (project / "pkg" / "a.py").write_text(lines)
    command = run("check", "--format", "concise", "--exit-zero")
    flake8 = run("-j1", module="flake8")
    assert [place.removeprefix("./") for place in places(flake8)] == places(command)


def test_ci_writes_no_baseline_unless_it_must(run, project: Path) -> None:
    assert run("baseline", ci="true").returncode == 2
    assert not (project / "known.jsonl").exists()
    assert run("baseline", "--allow-ci", ci="true").returncode == 0
    assert (project / "known.jsonl").exists()


def test_a_file_named_on_the_command_line_counts(run, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.xpcheck]\n")
    written = run("baseline", "--output", "other.jsonl")
    assert 'Add `baseline = "other.jsonl"` to [tool.xpcheck]' in written.stdout
    assert run("check").returncode == 1
    assert run("check", "--baseline", "other.jsonl").returncode == 0
    assert run("check", "--baseline", "none.jsonl").returncode == 2
    (project / "pyproject.toml").write_text("[tool.xpcheck]\nbaseline = 3\n")
    wrong = run("check")
    assert "pyproject.toml:2: `baseline` must be the path of a file, not an integer" in wrong.stderr


# ------------------------------------------------------------------------------------------------------------ revision


@pytest.fixture
def git(project: Path) -> Callable[..., str]:
    (project / "pyproject.toml").write_text("[tool.xpcheck]\n")

    def call(*arguments: str) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", *arguments]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout

    call("init", "-q", "-b", "main")
    call("add", "-A")
    call("commit", "-qm", "first")
    return call


def test_only_what_a_branch_touches(run, git, project: Path) -> None:
    def changed(revision: str = "main") -> list[str]:
        result = run("check", "--format", "concise", "--diff", revision)
        assert result.returncode == (1 if result.stdout else 0), result.stderr
        return places(result)

    assert len(places(run("check", "--format", "concise"))) == 3
    assert changed() == []
    git("checkout", "-qb", "work")
    (project / "pkg" / "a.py").write_text(f"# moved by a comment\n{SOURCE}{NEW}")
    assert changed() == ["pkg/a.py:13"]
    git("commit", "-qam", "second")
    assert changed() == ["pkg/a.py:13"]
    assert changed("HEAD") == []
    (project / "pkg" / "b.py").write_text(SOURCE)
    assert changed("HEAD") == ["pkg/b.py:6", "pkg/b.py:9", "pkg/b.py:9"]


def test_a_changed_step_of_the_evidence_counts(run, git, project: Path) -> None:
    (project / "pkg" / "convert.py").write_text(
        "import numpy as np\n\n\ndef angle_from(y, x, xp=np):\n    return xp.arctan2(\n        y,\n        x,\n    )\n"
    )
    (project / "pkg" / "c.py").write_text(
        "import numpy as np\n\nfrom pkg import convert\n\n\ndef image_from(grid, xp=np):\n"
        "    y, x = xp.abs(grid.array[:, 0]), xp.abs(grid.array[:, 1])\n"
        "    return convert.angle_from(\n        y,\n        x,\n        xp=xp,\n    )\n"
    )
    git("add", "-A")
    git("commit", "-qm", "threaded")
    c = project / "pkg" / "c.py"
    c.write_text(c.read_text().replace("        xp=xp,\n", ""))
    dropped = run("check", "--format", "concise", "--diff", "HEAD")
    assert places(dropped) == ["pkg/c.py:8"], dropped.stdout
    git("commit", "-qam", "dropped")
    convert = project / "pkg" / "convert.py"
    convert.write_text(convert.read_text().replace("        x,\n", "        x + 0.0,\n"))
    assert places(run("check", "--format", "concise", "--diff", "HEAD")) == ["pkg/c.py:8"]


def test_a_revision_that_is_not_there_is_an_error(run, git, project: Path) -> None:
    for revision in ("no-such-branch", "--output=x"):
        result = run("check", f"--diff={revision}")
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1
        assert revision.partition("=")[0] in result.stderr
    assert not (project / "x").exists()


def test_without_a_repository_there_is_nothing_to_compare(run, project: Path) -> None:
    result = run("check", "--baseline", os.devnull)
    assert result.returncode == 2
    run("baseline")
    result = run("check", "--diff", "HEAD")
    assert result.returncode == 2
    assert "git" in result.stderr
