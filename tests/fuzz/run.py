"""
Fuzzes xpcheck: generated modules and mutations of real files must end in findings or in errors of that file.

    nice python -m tests.fuzz.run [--seed N] [--scale X] [--keep DIR] [--record]

The real files are those of the pinned autoarray, autofit, autogalaxy and autolens (``XPCHECK_REAL`` names the folder
with the unpacked wheels; without it they are fetched) and of this repository's fixtures. ``--keep`` writes the inputs
that fail to a folder, ``--record`` writes ``results.json``. Exit code 1 if anything crashed, raised or hung.
"""

from __future__ import annotations

import argparse
import collections
import json
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.fuzz.harness import REPOSITORY, SECONDS, Child, Outcome
from tests.fuzz.inputs import KINDS, Input, corpus_of, inputs
from tests.real.verdicts import PACKAGES, VERSION, libraries
from xpcheck import __version__

RESULTS = Path(__file__).with_name("results.json")
COUNTS = {"grammar": 3000, "node": 1500, "grafted": 3000, "bytes": 6000, "lines": 5000, "spliced": 2500, "deep": 500}
"""How many inputs of each kind a whole run has."""

Row = tuple[str, Outcome]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the whole run to do")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that fail")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    begin = time.time()
    real = libraries()
    corpus = corpus_of(*(real / package for package in PACKAGES), REPOSITORY / "fixtures")
    counts = {kind: round(count * arguments.scale) for kind, count in COUNTS.items()}
    rows = examined(inputs(arguments.seed, counts, corpus), arguments.keep)
    result = summary(rows, arguments.seed)
    print(json.dumps(result, indent=1))
    print(f"{time.time() - begin:.0f} s", file=sys.stderr)
    if arguments.record:
        RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if result["failures"] else 0


def examined(items: Iterable[Input], keep: Path | None = None) -> list[Row]:
    """The outcome of each input, by its kind; what fails is told on stderr and kept in a folder."""
    rows: list[Row] = []
    with Child() as child:
        for item in items:
            outcome = child.examine(item.content)
            rows.append((item.kind, outcome))
            if outcome.verdict != "fine":
                _report(item, outcome, keep)
    return rows


def _report(item: Input, outcome: Outcome, keep: Path | None) -> None:
    print(f"{item.kind} {item.number}: {outcome.verdict} after {outcome.seconds} s", file=sys.stderr)
    print("\n".join(outcome.detail.splitlines()[-12:]), file=sys.stderr, flush=True)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{item.kind}-{item.number}-{outcome.verdict}.py").write_bytes(item.content)


def summary(rows: Sequence[Row], seed: int) -> dict[str, object]:
    """The numbers of a run, with what is needed to repeat it."""
    failures = collections.Counter(outcome.verdict for _, outcome in rows if outcome.verdict != "fine")
    seconds = sorted(outcome.seconds for _, outcome in rows)
    kinds = {
        kind: {
            "inputs": len(own := [outcome for made, outcome in rows if made == kind]),
            "analysed without an error": sum(not outcome.problems for outcome in own),
            "with findings": sum(outcome.findings > 0 for outcome in own),
            "errors": dict(sorted(collections.Counter(kind for outcome in own for kind in outcome.problems).items())),
        }
        for kind in KINDS
    }
    return {
        "seed": seed,
        "inputs": len(rows),
        "failures": dict(failures),
        "limit of CPU seconds for a file": SECONDS,
        "CPU seconds": {
            "all": round(sum(seconds), 1),
            "median": seconds[len(seconds) // 2] if seconds else 0.0,
            "slowest": seconds[-1] if seconds else 0.0,
        },
        "kinds": kinds,
        "versions": {
            "commit": _commit(),
            "xpcheck": __version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "mutated libraries": VERSION,
            **{name: version(name) for name in ("libcst", "msgspec", "hypothesis", "hypothesmith")},
        },
    }


def _commit() -> str:
    """The commit that was fuzzed, "" outside a repository."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main())
