"""
Compare the safe fixes of dropped namespaces with what the maintainers wrote.

    python scripts/history_fixes.py CASES --repo NAME=GITDIR ... [--work DIR] [--out FILE]

CASES is a file of one JSON object a line: `repo`, `fix_commit`, `parent`, `date`, `class`, `file`, `line`, `end_line`,
`symbol`. For each case of the class CALL whose line the analysis of the parent reports as XP101 or XP102, the fixed
call is compared with the call of the same callee in the same function after the maintainers' commit: both must bind
the same arguments, whatever their order, and whether the namespace is spelled `xp`, `self._xp`, by keyword or not.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from io import BytesIO
from pathlib import Path

from xpcheck.fix.texts import edited
from xpcheck.model import Edit, Span

PACKAGES = {"PyAutoArray": "autoarray", "PyAutoFit": "autofit", "PyAutoGalaxy": "autogalaxy", "PyAutoLens": "autolens"}
NEEDS = {
    "PyAutoArray": [],
    "PyAutoFit": [],
    "PyAutoGalaxy": ["PyAutoArray", "PyAutoFit"],
    "PyAutoLens": ["PyAutoArray", "PyAutoFit", "PyAutoGalaxy"],
}
NAMESPACES = {"xp", "self._xp", "self.xp", "jnp"}
_KEYWORD = re.compile(r"\bxp=((?:self\._?)?xp)\b")


def git(folder: str, *arguments: str) -> bytes:
    """The output of a git command in a repository."""
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True).stdout


def unpack(folder: str, repo: str, revision: str, work: Path) -> Path:
    """A folder that holds the package of a repository at a revision, and nothing else."""
    top = work / "trees" / f"{repo}-{revision[:12]}"
    if not (top / ".done").exists():
        top.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=BytesIO(git(folder, "archive", revision, PACKAGES[repo]))) as archive:
            archive.extractall(top, filter="data")
        (top / ".done").touch()
    return top


def revision_before(folder: str, when: str) -> str:
    """The newest first-parent commit at a time; the newest of all when none is older."""
    found = git(folder, "rev-list", "-1", "--first-parent", f"--before={when}", "HEAD").decode().strip()
    return found or git(folder, "rev-list", "-1", "HEAD").decode().strip()


def findings_of(top: Path, package: str, dependencies: list[Path]) -> list[dict[str, object]]:
    """What the analysis says of a package, possible findings included."""
    command = [sys.executable, "-m", "xpcheck", "check", "--format", "json", "--exit-zero", "--level", "possible"]
    for dependency in dependencies:
        command += ["--search-path", str(dependency)]
    process = subprocess.run([*command, package], cwd=top, capture_output=True, text=True, check=False)
    return json.loads(process.stdout)["findings"]


def calls_of(text: str, symbol: str) -> list[ast.Call]:
    """The calls in a function, by its dotted name; of all functions when there is none of that name."""
    nodes: list[ast.AST] = [ast.parse(text)]
    for part in symbol.split("."):
        inside = [item for node in nodes for item in ast.walk(node) if getattr(item, "name", None) == part]
        nodes = [item for item in inside if isinstance(item, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    found = [item for node in nodes for item in ast.walk(node) if isinstance(item, ast.Call)]
    return sorted(found, key=lambda item: (item.lineno, item.col_offset))


def callee(call: ast.Call) -> str:
    """The callee as it is written."""
    return ast.unparse(call.func)


def bound(call: ast.Call) -> Counter[str]:
    """The values that a call hands over, the namespace under one name."""
    values = [*call.args, *(item.value for item in call.keywords)]
    # Calls among the arguments may spell it either way, too.
    texts = (_KEYWORD.sub(r"\1", ast.unparse(value)) for value in values)
    return Counter("<namespace>" if text in NAMESPACES else text for text in texts)


def call_at(text: str, symbol: str, line: int, column: int) -> tuple[ast.Call | None, int]:
    """The call whose callee's name stands at a place, and which one of its callee it is in the function."""
    calls = calls_of(text, symbol)
    for call in calls:
        func = call.func
        end = func.end_col_offset or 0
        starts = {(func.lineno, func.col_offset + 1)}
        if isinstance(func, ast.Attribute):
            starts.add((func.end_lineno or 0, end - len(func.attr) + 1))
        if (line, column) in starts:
            return call, [item for item in calls if callee(item) == callee(call)].index(call)
    return None, 0


def verdict(case: dict, finding: dict, before: str, after: str) -> tuple[str, str]:
    """What became of a case, and the two calls."""
    fix = finding["fix"]
    if fix is None or fix["safety"] != "safe":
        return "no safe fix", "" if fix is None else fix["reason"]
    edits = [
        Edit(item["path"], Span(item["line"], item["column"], item["end_line"], item["end_column"]), item["text"])
        for item in fix["edits"]
    ]
    ours = edited(before.encode(), edits).decode()
    call, number = call_at(ours, finding["symbol"], finding["line"], finding["column"])
    if call is None:
        return "call not found", ""
    theirs = [item for item in calls_of(after, finding["symbol"]) if callee(item) == callee(call)]
    if not theirs:
        return "call gone", ast.unparse(call)
    other = theirs[number] if number < len(theirs) else theirs[-1]
    same = bound(call) == bound(other)
    return ("same" if same else "different"), f"{ast.unparse(call)}  |  {ast.unparse(other)}"


def main() -> int:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--repo", action="append", required=True, metavar="NAME=GITDIR")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "xpcheck-history")
    parser.add_argument("--out", type=Path, help="write one JSON object a case to this file")
    arguments = parser.parse_args()
    repos = dict(item.split("=", 1) for item in arguments.repo)
    cases = [json.loads(line) for line in arguments.cases.read_text().splitlines() if line.strip()]
    cases = [case for case in cases if case["class"] == "CALL" and case["repo"] in repos]
    groups: dict[tuple[str, str], list[dict]] = {}
    for case in cases:
        groups.setdefault((case["repo"], case["parent"]), []).append(case)
    results = []
    for (repo, parent), group in sorted(groups.items()):
        top = unpack(repos[repo], repo, parent, arguments.work)
        when = group[0]["date"]
        needed = [unpack(repos[name], name, revision_before(repos[name], when), arguments.work) for name in NEEDS[repo]]
        found = findings_of(top, PACKAGES[repo], needed)
        for case in group:
            row = {**case, "outcome": "not reported", "calls": ""}
            hits = [
                item
                for item in found
                if item["path"] == case["file"]
                and item["code"] in {"XP101", "XP102"}
                and item["level"] in {"proved", "likely"}
                and case["line"] - 1 <= item["line"] <= case["end_line"] + 1
            ]
            hits.sort(key=lambda item: abs(item["line"] - case["line"]))
            if hits:
                before = (top / case["file"]).read_text()
                after = git(repos[repo], "show", f"{case['fix_commit']}:{case['file']}").decode()
                row["outcome"], row["calls"] = verdict(case, hits[0], before, after)
            results.append(row)
            print(row["outcome"], repo, parent[:8], case["file"], case["line"], row["calls"], flush=True)
    counts = Counter(row["outcome"] for row in results)
    judged = sum(counts[name] for name in ("same", "different"))
    reported = len(results) - counts["not reported"]
    print(dict(counts))
    print(f"{counts['same']} of {judged} compared calls bind the same arguments; {reported} of {len(results)} reported")
    if arguments.out:
        arguments.out.write_text("".join(f"{json.dumps(row)}\n" for row in results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
