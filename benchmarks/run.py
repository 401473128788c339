"""What xpcheck costs, in units of the tools next to it: every row measures both sides in this run, alternating.

    python benchmarks/run.py CORPUS [--packages autoarray ...] [--rows cold warm ...] [--rounds 3] [--write RESULTS.md]

CORPUS is a folder with the packages to read (the unpacked wheels of the PyAuto family); it is copied, because some rows
change files. Each figure is CPU time (user and system, of the process and of all that it waited for). Shared machines
drift by a third within minutes, so a ratio is the median of the ratios of the rounds, each of two neighbours in time.
One package (``--packages autoarray``) makes a quick run; ``growth`` (the corpus 2, 4 and 8 times under new names) and
``big`` (``--big DIR``: the unpacked wheels of SciPy and scikit-learn) run only when they are named.

Needs mypy, ruff, flake8 and libcst in the environment that runs it.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
PYTHON = sys.executable

PARSE = """
import gc, sys, pathlib, libcst
for name in sys.argv[1:]:
    for path in sorted(pathlib.Path(name).rglob("*.py")):
        libcst.parse_module(path.read_bytes())
"""
"""P: one serial pass of ``libcst.parse_module`` over all files."""

MYPY = ("-m", "mypy", "--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent", "--no-error-summary")
"""The command line of mypy: no plugins; installed packages are left out, or mypy would check those that are there."""

LOCAL_PLUGIN = f"[flake8:local-plugins]\nextension =\n  XP = xpcheck.flake8_plugin:Plugin\npaths = {REPOSITORY}\n"
"""flake8 with the plugin although xpcheck need not be installed here."""

OLD_ENOUGH = 2.5
"""Seconds after which the status of a file that was written is trusted, as that of most files is."""


class Cost(NamedTuple):
    """CPU seconds, wall seconds, peak memory in MiB of the biggest process, exit code, output."""

    cpu: float
    wall: float
    memory: float
    code: int
    out: str


@dataclass(frozen=True)
class Row:
    """One line of the table: what was compared, the ratio, what it should be at most."""

    name: str
    ratio: float
    bar: float
    ours: str
    theirs: str

    def line(self) -> str:
        """The row in Markdown."""
        verdict = "yes" if self.ratio <= self.bar else "**no**"
        return f"| {self.name} | {self.ratio:.3g} | {self.bar:g} | {verdict} | {self.ours} | {self.theirs} |"


class Bench:
    """A copy of the corpus and the commands that run over it."""

    def __init__(self, corpus: Path, packages: Sequence[str], rounds: int, work: Path) -> None:
        self.root = work / "corpus"
        self.work = work
        self.packages = tuple(packages)
        self.rounds = rounds
        self.root.mkdir(parents=True)
        for name in packages:
            shutil.copytree(corpus / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.root / "pyproject.toml").write_text("[tool.xpcheck]\n")
        (work / "xp.flake8").write_text(f"[flake8]\nextend-select = XP\n{LOCAL_PLUGIN}")
        (work / "bare.flake8").write_text("[flake8]\n")
        self.age()

    # ------------------------------------------------------------------------------------------------------ commands

    def run(self, *command: str, peak: bool = False, cache: str = "cache") -> Cost:
        """Run a command in the corpus to its end."""
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(self.work / cache)}
        # What is installed is compiled; this checkout is, too.
        environment |= {"PYTHONPYCACHEPREFIX": str(self.work / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        with tempfile.TemporaryFile(dir=self.work) as out:
            began = time.perf_counter()
            process = subprocess.Popen(command, cwd=self.root, env=environment, stdout=out, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read().decode("utf-8", "replace")
        cost = Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, process.returncode, text)
        if process.returncode < 0 or "Traceback" in text:
            raise SystemExit(f"{' '.join(command)} failed:\n{text[-2000:]}")
        return cost

    def check(self, *options: str, cache: str = "cache") -> Cost:
        """``xpcheck check`` over the corpus."""
        cost = self.run(PYTHON, "-m", "xpcheck", "check", "--format", "concise", *options, cache=cache)
        if cost.code not in (0, 1):
            raise SystemExit(f"xpcheck check {' '.join(options)} exits with {cost.code}:\n{cost.out[-2000:]}")
        return cost

    def parse(self) -> Cost:
        """P."""
        return self.run(PYTHON, "-c", PARSE, *self.packages)

    def mypy(self, cache: str) -> Cost:
        """Runs mypy with a cache directory of its own."""
        return self.run(PYTHON, *MYPY, f"--cache-dir={self.work / cache}", *self.packages)

    def mypy_cold(self) -> Cost:
        """Runs mypy without a cache."""
        shutil.rmtree(self.work / "mypy-cold", ignore_errors=True)
        return self.mypy("mypy-cold")

    def ruff(self) -> Cost:
        """Runs ruff with its cache and a selection that prints little."""
        return self.run(
            str(Path(PYTHON).with_name("ruff")), "check", "-q", "--select", "F821", "--isolated",
            "--cache-dir", str(self.work / "ruff"), *self.packages,
        )  # fmt: skip

    def flake8(self, config: str, *options: str, cache: str = "cache") -> Cost:
        """Runs flake8 with the plugin (``xp``) or without it (``bare``)."""
        file = str(self.work / f"{config}.flake8")
        return self.run(PYTHON, "-m", "flake8", "--config", file, "-q", "-q", *options, cache=cache)

    # --------------------------------------------------------------------------------------------------------- files

    def age(self) -> None:
        """Make every file look older than any run."""
        stamp = time.time() - 3600
        for path in [self.root, *self.root.rglob("*")]:
            os.utime(path, (stamp, stamp))
        time.sleep(OLD_ENOUGH)  # the change time cannot be set

    def edit(self, file: Path, change: Callable[[str], str]) -> None:
        """Change a file, and wait until it is old enough."""
        before = file.read_text()
        after = change(before)
        if before == after:
            raise SystemExit(f"nothing to change in {file}")
        file.write_text(after)
        time.sleep(OLD_ENOUGH)

    def ratios(self, ours: Callable[[], Cost], theirs: Callable[[], Cost], rounds: int = 0) -> tuple[float, Cost, Cost]:
        """The median of our CPU over theirs, and a typical cost of each."""
        pairs = [(ours(), theirs()) for _ in range(rounds or self.rounds)]
        ratio = statistics.median(first.cpu / second.cpu for first, second in pairs)
        typical = [
            sorted((pair[side] for pair in pairs), key=lambda cost: cost.cpu)[len(pairs) // 2] for side in (0, 1)
        ]
        return ratio, typical[0], typical[1]

    def compared(
        self, name: str, bar: float, ours: Callable[[], Cost], theirs: Callable[[], Cost], rounds: int = 0
    ) -> Row:
        """A row of the table."""
        ratio, first, second = self.ratios(ours, theirs, rounds)
        return Row(name, ratio, bar, shown(first), shown(second))


def shown(cost: Cost) -> str:
    """A cost in one cell of the table."""
    return f"{cost.cpu:.3g} s ({cost.wall:.3g} s wall, {cost.memory:.0f} MiB)"


# ---------------------------------------------------------------------------------------------------------------- rows


def cold(bench: Bench) -> list[Row]:
    """Everything from nothing."""

    def ours() -> Cost:
        return bench.check("--no-cache", "--jobs", "1")

    rows = [
        bench.compared("cold, `--jobs 1` / P", 0.85, ours, bench.parse),
        bench.compared("cold, `--jobs 1` / mypy cold", 1.0, ours, bench.mypy_cold),
        bench.compared("cold, `--jobs 1` / flake8 bare", 0.40, ours, lambda: bench.flake8("bare", "-j1"), 1),
    ]
    peak = ours().memory
    return [*rows, Row("peak memory, cold, MiB", peak, 300, f"{peak:.0f} MiB", "")]


def phases(bench: Bench) -> list[Row]:
    """The lowering phase of two processes against one, as ``--verbose`` tells it."""

    def spent(jobs: str) -> float:
        text = bench.check("--no-cache", "--jobs", jobs, "--verbose").out
        found = re.search(r"bodies +([\d.]+) s CPU(?:, busiest process ([\d.]+) s)?", text)
        if found is None:
            raise SystemExit(f"--verbose names no phase `bodies`:\n{text[-2000:]}")
        return float(found[2] or found[1])

    pairs = [(spent("2"), spent("1")) for _ in range(bench.rounds)]
    ratio = statistics.median(two / one for two, one in pairs)
    name = "cold, `--jobs 2`: CPU of the busier process while lowering / that of `--jobs 1`"
    return [Row(name, ratio, 0.6, f"{pairs[0][0]:.3g} s", f"{pairs[0][1]:.3g} s")]


def warm(bench: Bench) -> list[Row]:
    """Nothing changed since the last run."""
    for _ in range(2):
        bench.check()
        bench.mypy("mypy")
        bench.ruff()
    return [
        bench.compared("warm, nothing changed / mypy warm", 0.3, bench.check, lambda: bench.mypy("mypy"), 9),
        bench.compared("warm, nothing changed / ruff warm", 3, bench.check, bench.ruff, 9),
        bench.compared(
            "`xpcheck --version` / `python -c pass`", 2,
            lambda: bench.run(PYTHON, "-m", "xpcheck", "--version"), lambda: bench.run(PYTHON, "-c", "pass"), 9,
        ),
    ]  # fmt: skip


def base_method(bench: Bench) -> tuple[Path, str]:
    """A file and a call in it that hands the namespace on: one of a base class, if there is any."""
    found: list[tuple[bool, Path, str]] = []
    for path in sorted(bench.root.rglob("*.py")):
        call = re.search(r"[\w.]+\([^()]*, xp=xp\)", path.read_text())
        if call:
            found.append(("abstract" not in path.name and "geometry_profiles" not in path.name, path, call[0]))
    if not found:
        raise SystemExit("no call hands the namespace on")
    _, path, text = min(found)
    return path, text


BODY = r"(?m)^( +)return "
"""Where a line more in the first body that returns something goes."""


def changed(bench: Bench) -> list[Row]:
    """One file changed since the last run."""
    bench.check()
    bench.mypy("mypy")
    file, call = base_method(bench)
    text = file.read_text()
    numbers = iter(range(1000))

    def comment(*options: str) -> Cost:
        bench.edit(file, lambda now: f"# {next(numbers)}\n{now}")
        return bench.check(*options)

    def body(*options: str) -> Cost:
        line = rf"\1kept = {next(numbers)}\n\1return "  # no summary is another one
        bench.edit(file, lambda now: re.sub(BODY, line, now, count=1))
        return bench.check(*options)

    def dropped(*options: str) -> Cost:
        bench.edit(file, lambda now: f"{text}# {next(numbers)}\n")
        bench.check()
        # Each time another content: the report on the same one would be there.
        bench.edit(file, lambda now: now.replace(call, call.replace(", xp=xp", ""), 1) + f"# {next(numbers)}\n")
        return bench.check(*options)

    def warm_mypy() -> Cost:
        bench.mypy("mypy")  # takes the change in
        return bench.mypy("mypy")

    rows = []
    for name, bar, edit in (
        ("a comment", 2.5, comment), ("a body, its summaries equal", 2.5, body), ("xp=xp dropped", 8, dropped)
    ):  # fmt: skip
        rows.append(bench.compared(f"one file changed: {name} / mypy warm", bar, edit, warm_mypy))
        # Ends with an error where the cache says anything else.
        edit("--verify-cache")
        rows.append(Row(f"one file changed: {name}; `--verify-cache` differs", 0, 0, "equal", ""))
    file.write_text(text)
    bench.age()
    return rows


def plugin(bench: Bench) -> list[Row]:
    """flake8 with the plugin against flake8 without it, and with ``xpcheck check`` in the same state of the cache."""
    rows = []
    for jobs in ("1", "2"):
        option, rounds = f"-j{jobs}", []
        for _ in range(bench.rounds):
            for cache in ("cold", "alone"):
                shutil.rmtree(bench.work / cache, ignore_errors=True)
            bare = bench.flake8("bare", option)
            first = bench.flake8("xp", option, cache="cold")
            alone = bench.check("--jobs", jobs, cache="alone")
            rounds.append((first.cpu / (bare.cpu + 1.1 * alone.cpu), first, bare, alone))
        ratio, first, bare, alone = sorted(rounds, key=lambda one: one[0])[len(rounds) // 2]
        name = f"flake8 `{option}` with XP, cold / flake8 + 1.1 x `xpcheck check`"
        rows.append(Row(name, ratio, 1.0, shown(first), f"{shown(bare)} + 1.1 x {alone.cpu:.3g} s"))
        bench.flake8("xp", option, cache="cold")
        name = f"flake8 `{option}` with XP, warm / flake8 without"
        ours = partial(bench.flake8, "xp", option, cache="cold")
        rows.append(bench.compared(name, 1.05, ours, partial(bench.flake8, "bare", option)))
    return rows


def few(bench: Bench) -> list[Row]:
    """pre-commit's call with three files."""
    paths = sorted(bench.root.rglob("*.py"), key=by_size)[-3:]
    files = [str(path.relative_to(bench.root)) for path in paths]

    def bare() -> Cost:
        return bench.flake8("bare", *files)

    def ours() -> Cost:
        # Other rows leave what they found out about their edits.
        return bench.flake8("xp", *files, cache="few")

    for _ in range(2):
        ours()
        bench.check(*files, cache="few")
        bench.mypy("mypy")

    name = "3 files, unchanged: flake8 with XP / flake8 without"
    rows = [bench.compared(name, 1.3, ours, bare, 7)]
    name = "3 files, unchanged: `xpcheck check` / flake8 on them"
    rows.append(bench.compared(name, 1.3, lambda: bench.check(*files, cache="few"), bare, 7))
    texts = {path: path.read_text() for path in paths}
    numbers = iter(range(1000))

    def comments(now: str) -> str:
        return f"# {next(numbers)}\n{now}"

    def bodies(now: str) -> str:
        return re.sub(BODY, rf"\1kept = {next(numbers)}\n\1return ", now, count=1)

    def edited(change: Callable[[str], str]) -> Cost:
        for path in paths:
            path.write_text(change(path.read_text()))
        time.sleep(OLD_ENOUGH)
        return ours()

    def allowed() -> Cost:
        """Flake8, and what the row of one changed file allows."""
        bench.mypy("mypy")
        flake8, mypy = bare(), bench.mypy("mypy")
        return flake8._replace(cpu=flake8.cpu + 2.5 * mypy.cpu, wall=flake8.wall + 2.5 * mypy.wall)

    for what, change in (("a comment in each", comments), ("a body in each", bodies)):
        name = f"3 files, {what} edited: flake8 with XP / (flake8 + 2.5 x mypy warm)"
        rows.append(bench.compared(name, 1.0, partial(edited, change), allowed))
    for path, text in texts.items():
        path.write_text(text)
    bench.age()
    return rows


def by_size(path: Path) -> tuple[int, str]:
    """Sorts files by their size."""
    return path.stat().st_size, str(path)


def growth(bench: Bench) -> list[Row]:
    """The corpus several times, each time with packages of other names."""
    rows = []
    base = bench.check("--no-cache", "--jobs", "1")
    names = re.compile(rf"\b({'|'.join(bench.packages)})\b")
    sources = {path: path.read_text() for path in sorted(bench.root.rglob("*.py"))}
    done = 1
    for size in (2, 4, 8):
        for number in range(done, size):
            for path, text in sources.items():
                package, _, rest = path.relative_to(bench.root).as_posix().partition("/")
                target = bench.root / f"{package}{number}" / rest
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(names.sub(rf"\g<1>{number}", text))
            for package in bench.packages:
                config = bench.root / package / "config"
                if config.is_dir():
                    shutil.copytree(config, bench.root / f"{package}{number}" / "config", dirs_exist_ok=True)
        done = size
        cost = bench.check("--no-cache", "--jobs", "1")
        name = f"growth: {size} copies, time ratio / size ratio"
        rows.append(Row(name, cost.cpu / base.cpu / size, 1.1, shown(cost), shown(base)))
    rows.append(Row("growth: peak memory of 8 copies, MiB", cost.memory, 1536, shown(cost), ""))
    return rows


ROWS: dict[str, Callable[[Bench], list[Row]]] = {
    "cold": cold, "phases": phases, "warm": warm, "changed": changed, "plugin": plugin, "few": few, "growth": growth,
}  # fmt: skip
USUAL = ("cold", "phases", "warm", "changed", "plugin", "few")


def machine() -> str:
    """One paragraph on where this ran."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("libcst", "mypy", "ruff", "flake8"))
    cpu = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
        cpu = found[1] if found else cpu
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"{cpu}, {os.cpu_count()} cores, load {load:.1f}; Python {platform.python_version()}; {versions}"


def main() -> None:
    """Measure the rows that are named and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--packages", nargs="+", default=["autoarray", "autofit", "autogalaxy", "autolens"])
    parser.add_argument("--rows", nargs="+", choices=[*ROWS, "big"], default=list(USUAL))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", type=Path, help="folder with the packages scipy and sklearn")
    parser.add_argument("--write", type=Path, help="file to which the table is written")
    options = parser.parse_args()
    lines = ["| what | ratio | bar | holds | xpcheck | against |", "|---|---|---|---|---|---|"]
    print(machine(), *lines, sep="\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="xpcheck-bench-") as folder:
        bench = Bench(options.corpus, options.packages, options.rounds, Path(folder, "a"))
        for name in options.rows:
            if name == "big":
                other = Bench(options.big, ["scipy", "sklearn"], 1, Path(folder, "b"))
                ours = partial(other.check, "--no-cache", "--jobs", "1")
                rows = [other.compared("SciPy and scikit-learn, cold / P", 0.6, ours, other.parse)]
            else:
                rows = ROWS[name](bench)
            for row in rows:
                lines.append(row.line())
                print(lines[-1], flush=True)
    if options.write:
        packages = ", ".join(options.packages)
        head = (
            f"# Measured\n\n`python benchmarks/run.py CORPUS` over {packages}; CPU seconds, medians of paired runs.\n"
        )
        options.write.write_text(f"{head}\n{machine()}\n\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
