"""
The findings on the real libraries against what happens when the libraries are traced.

    python tests/real/confirm.py [--traces FILE] [--findings FILE] [--store] [--record]

reads the failures that ``trace_real.py --json FILE`` wrote (default: the stored ones) and the default findings, and
prints which failing lines are covered: a line is covered when every traceback that ends in it has a hazard on one of
its frames, or on the constructor that it runs through. Then the other way: hazards on lines that traces without a
failure executed, and that no failing traceback has.

``--store`` keeps the traces of FILE as data, ``--record`` the lines that are not covered and the hazards that traces
contradict. Both are read by the test, which fails when a line is lost or a contradicted hazard is new.
"""

from __future__ import annotations

import argparse
import collections
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __package__:
    from tests.real import verdicts
else:
    import verdicts

FOLDER = Path(__file__).resolve().parent / "traces"
FAILURES = FOLDER / "failures.tsv"
EXECUTED = FOLDER / "executed.tsv"
UNCOVERED = FOLDER / "uncovered.tsv"
CONTRADICTED = FOLDER / "contradicted.tsv"

SILENT = ("XP105", "XP106", "XP207", "XP208", "XP210", "XP305", "XP306", "XP401", "XP402", "XP403")
"""Hazards that a trace comes through: values are wrong, or the next trace fails."""

Line = tuple[str, int]
Findings = dict[tuple[str, int, str], dict[str, Any]]


@dataclass(frozen=True, order=True)
class Frame:
    """One frame of a traceback: the lines of the failing expression, and the function it lies in."""

    path: str
    line: int
    end_line: int
    function: str


@dataclass(frozen=True, order=True)
class Failure:
    """A traceback, innermost frame last, with the number of pairs of class and method that end in it."""

    frames: tuple[Frame, ...]
    error: str
    pairs: int

    @property
    def place(self) -> Line:
        """The line of the packages at which tracing fails."""
        return self.frames[-1].path, self.frames[-1].line


def failures_of(document: dict[str, Any]) -> list[Failure]:
    """The distinct tracebacks of a run of ``trace_real.py``."""
    counts: collections.Counter[tuple[tuple[Frame, ...], str]] = collections.Counter()
    for item in document["failures"]:
        frames = tuple(Frame(**frame) for frame in item["frames"])
        if frames:
            counts[frames, item["error"]] += 1
    return sorted(Failure(frames, error, pairs) for (frames, error), pairs in counts.items())


def load_failures() -> list[Failure]:
    """The stored tracebacks."""
    found = []
    for row in FAILURES.read_text().splitlines():
        error, pairs, *frames = row.split("\t")
        parts = [frame.split(":") for frame in frames]
        found.append(Failure(tuple(Frame(p, int(a), int(b), f) for p, a, b, f in parts), error, int(pairs)))
    return found


def load_executed() -> dict[str, set[int]]:
    """The stored lines that traces without a failure executed."""
    found: dict[str, set[int]] = {}
    for row in EXECUTED.read_text().splitlines():
        path, *spans = row.split("\t")
        ends = [(int(first), int(last or first)) for first, _, last in (span.partition("-") for span in spans)]
        found[path] = {line for first, last in ends for line in range(first, last + 1)}
    return found


def store(failures: list[Failure], executed: dict[str, set[int]]) -> None:
    """Keep traces as data: no source text, only places."""
    FOLDER.mkdir(exist_ok=True)
    rows = [
        "\t".join([item.error, str(item.pairs), *(f"{f.path}:{f.line}:{f.end_line}:{f.function}" for f in item.frames)])
        for item in failures
    ]
    FAILURES.write_text("".join(f"{row}\n" for row in rows))
    lines = []
    for path, numbers in sorted(executed.items()):
        spans: list[list[int]] = []
        for number in sorted(numbers):
            if spans and spans[-1][1] == number - 1:
                spans[-1][1] = number
            else:
                spans.append([number, number])
        lines.append("\t".join([path, *(f"{a}-{b}" if a != b else f"{a}" for a, b in spans)]))
    EXECUTED.write_text("".join(f"{line}\n" for line in lines))


def hazards(found: Findings) -> list[dict[str, Any]]:
    """The findings about what raises under a trace."""
    return [item for _, item in sorted(found.items()) if item["kind"] == "hazard" and item["code"] not in SILENT]


def covering(failure: Failure, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hazards on a frame of a traceback, and those in a constructor that it runs through."""
    constructors = {(frame.path, frame.function) for frame in failure.frames if frame.function.endswith(".__init__")}
    return [
        item
        for item in found
        if (item["path"], item["symbol"]) in constructors
        or any(item["path"] == frame.path and frame.line <= item["line"] <= frame.end_line for frame in failure.frames)
    ]


def coverage(failures: list[Failure], found: Findings) -> dict[Line, list[tuple[Failure, list[dict[str, Any]]]]]:
    """For each failing line its tracebacks with the hazards that cover them."""
    known = hazards(found)
    table: dict[Line, list[tuple[Failure, list[dict[str, Any]]]]] = {}
    for failure in failures:
        table.setdefault(failure.place, []).append((failure, covering(failure, known)))
    return dict(sorted(table.items()))


def uncovered(table: dict[Line, list[tuple[Failure, list[dict[str, Any]]]]]) -> list[Line]:
    """The failing lines of which a traceback has no hazard."""
    return [line for line, items in table.items() if not all(covered for _, covered in items)]


def contradicted(failures: list[Failure], executed: dict[str, set[int]], found: Findings) -> list[dict[str, Any]]:
    """The hazards on lines that ran without a failure and that no failing traceback has."""
    failing = {
        (frame.path, line)
        for item in failures
        for frame in item.frames
        for line in range(frame.line, frame.end_line + 1)
    }
    return [
        item
        for item in hazards(found)
        if item["line"] in executed.get(item["path"], ()) and (item["path"], item["line"]) not in failing
    ]


def read(path: Path) -> dict[tuple[str, ...], str]:
    """A table of places with a reason for each."""
    rows = [row.split("\t") for row in path.read_text().splitlines()]
    return {tuple(row[:-1]): row[-1] for row in rows}


def write(path: Path, places: list[tuple[str, ...]]) -> None:
    """Write a table of places; reasons that are known are kept, the others are to be filled in."""
    known = read(path) if path.exists() else {}
    path.write_text("".join("\t".join([*place, known.get(place, "?")]) + "\n" for place in sorted(places)))


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--traces", type=Path)
    parser.add_argument("--findings", type=Path, nargs="*", help="JSON reports of xpcheck instead of a new run")
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    if args.traces:
        document = json.loads(args.traces.read_text())
        failures = failures_of(document)
        executed = {path: set(lines) for path, lines in document["clean"].items()}
    else:
        failures, executed = load_failures(), load_executed()
    if args.store:
        store(failures, executed)
    found: Findings = {}
    if args.findings:
        for file in args.findings:
            for item in json.loads(file.read_text())["findings"]:
                found.setdefault((item["path"], item["line"], item["code"]), item)
    else:
        found = verdicts.findings()
    table = coverage(failures, found)
    for (path, line), items in table.items():
        codes = sorted({item["code"] for _, covered in items for item in covered})
        bare = [failure for failure, covered in items if not covered]
        pairs = sum(failure.pairs for failure, _ in items)
        print(f"{'-' if bare else '+'} {path}:{line}  {items[0][0].error}  {pairs} pairs  {' '.join(codes)}")
        for failure in bare:
            print(f"    {failure.pairs} pairs: " + " > ".join(f"{f.path}:{f.line}" for f in failure.frames))
    missing = uncovered(table)
    print(f"{len(table) - len(missing)} of {len(table)} failing lines are covered")
    print("\nhazards on lines that traces without a failure executed:")
    against = contradicted(failures, executed, found)
    for item in against:
        print(f"{item['path']}:{item['line']} {item['code']} {item['level']} {item['message']}")
    if args.record:
        write(UNCOVERED, [(path, str(line)) for path, line in missing])
        write(CONTRADICTED, [(item["path"], str(item["line"]), item["code"]) for item in against])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
