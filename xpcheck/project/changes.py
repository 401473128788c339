"""The lines that a branch changed, as git tells them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from xpcheck.project.git import in_work_tree, run

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class GitError(Exception):
    """Git could not answer: why, and what to do about it."""


def changed_lines(folder: str, revision: str) -> Mapping[str, frozenset[int] | None]:
    """The lines that the working tree changed since it left ``revision``, by path relative to ``folder`` with ``/``.

    Compared is with the last common commit, so that changes of others do not count. Where lines were only taken away,
    the lines around the place count. None stands for a file that git does not track yet: all of it is new.

    Raises GitError when ``folder`` is in no repository or ``revision`` is unknown to it.
    """
    if not in_work_tree(folder):
        raise GitError("the project is in no git repository")
    if revision.startswith("-"):
        raise GitError(f"`{revision}` is no revision")
    code, out, problem = run(
        folder, "diff", "--merge-base", "--relative", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv",
        "--no-renames", "--src-prefix=a/", "--dst-prefix=b/", revision, "--",
    )  # fmt: skip
    if code != 0:
        reason = os.fsdecode(problem).strip().splitlines()[:1] or ["git failed"]
        raise GitError(
            f"git cannot compare with `{revision}` ({reason[0].removeprefix('fatal: ')}): "
            "name a revision that is here, a shallow clone needs `git fetch --unshallow` or `fetch-depth: 0`"
        )
    changed: dict[str, frozenset[int] | None] = dict(_changes(os.fsdecode(out)))
    _, new, _ = run(folder, "ls-files", "-z", "--others", "--exclude-standard")
    changed.update((path, None) for path in os.fsdecode(new).split("\0") if path)
    return changed


def _changes(diff: str) -> Iterator[tuple[str, frozenset[int]]]:
    """The new side of each file of a unified diff without context, and its changed lines."""
    path, lines, rest = "", set[int](), 0
    for line in diff.split("\n"):
        if rest and line.startswith(("+", "-", "\\")):
            rest -= not line.startswith("\\")
        elif line.startswith("+++ "):
            if path:
                yield path, frozenset(lines)
            path, lines = _new_path(line[4:].rstrip("\t")), set()
        elif hunk := _HUNK.match(line):
            before, start, after = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            lines.update(range(start, start + after) if after else (max(start, 1), start + 1))
            rest = before + after
    if path:
        yield path, frozenset(lines)


def _new_path(text: str) -> str:
    """The path after ``+++``: "" for a deleted file; odd characters are written as in C."""
    if text.startswith('"'):
        text = os.fsdecode(text[1:-1].encode().decode("unicode_escape").encode("latin-1"))
    return text.removeprefix("b/") if text != "/dev/null" else ""
