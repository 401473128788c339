"""
The mutation table: what executions and xpcheck find of the mistakes that a porter makes.

    python tests/mutation/mutate.py [--jobs N] [--only OPERATOR] [--json FILE] [--list]

makes all mutants of `fixtures/stack/lensing`, runs each under `vmap`, `jit` of concrete instances, `jit` with traced
parameters and NumPy with expected values, asks xpcheck for findings at the changed lines, and prints a table for each
operator. Exit code 1 if a bar is missed for an operator whose rule exists: at least 95 % of what an execution under
JAX catches, and at most 3 % of the rest reported without an explanation in `explanations.json`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STACK = ROOT / "fixtures" / "stack"
EXPLANATIONS = Path(__file__).with_name("explanations.json")
# The modes that count as "caught under JAX".
ON_JAX = ("vmap", "jit concrete", "jit traced")
CAUGHT_BAR, UNEXPLAINED_BAR = 0.95, 0.03

for folder in (ROOT, STACK, Path(__file__).parent):
    sys.path.insert(0, str(folder))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", help="an operator, or part of its name")
    parser.add_argument("--json", type=Path, help="write one entry for every mutant to this file")
    parser.add_argument("--list", action="store_true", help="also print what was missed and what is unexplained")
    arguments = parser.parse_args()

    from operators import mutants_of

    mutants = [m for m in mutants_of(STACK) if arguments.only is None or arguments.only in m.operator]
    start = time.time()
    os.environ |= {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "True"}
    # Interleaved, so that all processes get mutants of every operator and file.
    parts = [mutants[index :: arguments.jobs] for index in range(arguments.jobs)]
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        rows = [row for part in pool.map(run_all, parts, chunksize=1) for row in part]
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))
    failed = show(rows, arguments.list)
    print(f"\n{len(rows)} mutants in {time.time() - start:.0f} s with {arguments.jobs} processes")
    return 1 if failed else 0


# ------------------------------------------------------------------------------------------------------ one mutant


def run_all(mutants):
    """One row for every mutant; in a process of its own, where JAX keeps what it compiled."""
    runner = Runner()
    rows = []
    for done, mutant in enumerate(mutants, 1):
        rows.append(runner.row(mutant))
        if done % 20 == 0:
            print(f"{done} of {len(mutants)} in process {os.getpid()}", file=sys.stderr, flush=True)
    return rows


class Runner:
    """The unchanged package, what it gives, and which function each scenario executes."""

    def __init__(self):
        from scenarios import PACKAGE, scenarios_of

        from tests.programs import Sources, texts_of
        from xpcheck.config import load

        self.texts = texts_of(STACK)
        self.sources = Sources(PACKAGE, self.texts)
        self.scenarios_of = scenarios_of
        self.expected, self.touched = {}, {}
        for index, scenario in enumerate(scenarios_of(self.sources.fresh())):
            self.touched[index] = executed_by(lambda scenario=scenario: self.execute(scenario, None, {}))
            self.expected[index] = values_of(scenario)
            wrong = self.execute(scenario, self.expected[index], {})
            assert not wrong, (scenario.name, wrong)
        self.config = load(STACK, None)
        self.cache = Path(tempfile.mkdtemp(prefix="xpcheck-mutation-"))

    def row(self, mutant):
        """What found this mutant."""
        changed, lines = mutant.apply(self.texts)
        caught = {}
        wanted = set(self.scenarios_at(mutant))
        try:
            scenarios = self.scenarios_of(self.sources.fresh(changed))
        except Exception as error:
            caught = dict.fromkeys(("numpy", *ON_JAX), f"import: {type(error).__name__}")
            scenarios = []
        for index, scenario in enumerate(scenarios):
            if index in wanted and len(caught) < 4:
                caught |= self.execute(scenario, self.expected[index], caught)
        findings = self.findings(changed)
        here = sorted(
            {code for code, path, first, last in findings if lines & {(path, n) for n in range(first, last + 1)}}
        )
        elsewhere = sorted({f"{code} {path}:{first}" for code, path, first, _ in findings}) if not here else []
        return {
            "operator": mutant.operator,
            "label": mutant.label,
            "executed": bool(wanted),
            "caught": caught,
            "at site": here,
            "elsewhere": elsewhere,
        }

    def scenarios_at(self, mutant):
        """The scenarios that execute a function with one of the edits in it."""
        places = []
        for edit in mutant.edits:
            text = self.texts[edit.path]
            places.append((edit.path, text.count("\n", 0, edit.start) + 1, text.count("\n", 0, edit.end) + 1))
        for index, functions in self.touched.items():
            for path, first, last in places:
                if any(p == path and start <= last and first <= end for p, start, end in functions):
                    yield index

    def execute(self, scenario, expected, known):
        """The modes that see a problem, with the class of the exception; those already known are not run again."""
        import jax
        import jax.numpy as jnp

        from autoarray_min.testing import parity

        seen = {}
        report = None
        modes = [mode for mode in ("numpy", "vmap") if mode not in known]
        if modes:
            report = parity(
                scenario.function,
                scenario.build,
                scenario.parameters,
                modes=modes,
                rtol=1e-6,
                atol=1e-6,
                expected=expected,
            )
            seen |= {mode: problem_in(report[mode]) for mode in modes if report[mode].problem}
        if "jit concrete" not in known:
            seen |= attempt("jit concrete", lambda: jax.eval_shape(concrete(scenario, jnp)))
        if "jit traced" not in known:
            vector = jnp.asarray(scenario.parameters)
            traced = lambda v: raw_of(scenario.function(scenario.build(v), jnp))  # noqa: E731
            seen |= attempt("jit traced", lambda: jax.eval_shape(traced, vector))
        return seen

    def findings(self, changed):
        """`(code, path, first line, last line)` of what xpcheck shows by default."""
        from xpcheck import engine, rules
        from xpcheck.model import Level

        default = {info.code for info in rules.catalogue() if info.default}

        report = engine.check(
            engine.Request(
                paths=(STACK,),
                root=STACK,
                config=self.config,
                search_path=(ROOT,),
                overlay={STACK / path: text.encode() for path, text in changed.items()},
                cache_dir=self.cache,
            )
        )
        return [
            (f.code, f.path, f.span.line, f.span.end_line)
            for f in report.findings
            if f.level is not Level.POSSIBLE and f.code in default
        ]


def concrete(scenario, jnp):
    """The function of a concrete instance, which the trace closes over."""
    return lambda: raw_of(scenario.function(scenario.build(scenario.parameters), jnp))


def raw_of(result):
    """Raw arrays out of wrappers: whether a class is registered is not the question here."""
    from autoarray_min.abstract_ndarray import unwrap

    if isinstance(result, (list, tuple)):
        return [raw_of(item) for item in result]
    return unwrap(result)


def attempt(mode, call):
    """`{mode: exception}` if the call fails."""
    try:
        call()
    except Exception as error:
        return {mode: type(error).__name__}
    return {}


def problem_in(run):
    """The class of the exception of a run, or that its values are wrong."""
    return type(run.error).__name__ if run.error is not None else "values"


def values_of(scenario):
    """The values on NumPy."""
    import numpy as np

    return scenario.function(scenario.build(scenario.parameters), np)


def executed_by(call):
    """`(path, first line, last line)` of the functions of the package that a call executes."""
    found = set()

    def profile(frame, event, argument):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith("lensing"):
            found.add(code)

    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
    return {(c.co_filename, c.co_firstlineno, max(line for *_, line in c.co_lines() if line)) for c in found}


# ------------------------------------------------------------------------------------------------------- the table


def show(rows, with_lists):
    """Print the table; whether a bar is missed."""
    from operators import RULES

    from xpcheck import rules

    existing = {info.code for info in rules.catalogue() if info.default}
    explained = json.loads(EXPLANATIONS.read_text()) if EXPLANATIONS.exists() else {}
    header = "operator | mutants | not run | vmap | jit concrete | jit traced | NumPy | at the site | elsewhere | "
    header += "of JAX's | reported, not caught | unexplained"
    print(f"| {header} |\n|{'---|' * (header.count('|') + 1)}")
    failed = False
    for operator, codes in RULES.items():
        mine = [row for row in rows if row["operator"] == operator]
        if not mine:
            continue
        on_jax = [row for row in mine if set(ON_JAX) & set(row["caught"])]
        found = [row for row in on_jax if row["at site"]]
        rest = [row for row in mine if not row["caught"]]
        silent = [row for row in rest if row["at site"]]
        unexplained = [row for row in silent if key_of(row) not in explained]
        share = len(found) / len(on_jax) if on_jax else 1.0
        has_rule = bool(existing & set(codes))
        if has_rule and (share < CAUGHT_BAR or len(unexplained) > UNEXPLAINED_BAR * max(len(rest), 1)):
            failed = True
        cells = [
            operator if has_rule else f"{operator} (no rule yet)",
            len(mine),
            sum(not row["executed"] for row in mine),
            *(sum(mode in row["caught"] for row in mine) for mode in (*ON_JAX, "numpy")),
            sum(bool(row["at site"]) for row in mine),
            sum(bool(row["elsewhere"]) for row in mine),
            f"{len(found)} of {len(on_jax)} ({share:.0%})",
            len(silent),
            len(unexplained),
        ]
        print("| " + " | ".join(map(str, cells)) + " |")
    if with_lists:
        for row in rows:
            on_jax = set(ON_JAX) & set(row["caught"])
            if on_jax and not row["at site"]:
                print(f"missed       {key_of(row)}  {row['caught']}  {row['elsewhere']}")
        for row in rows:
            if not row["caught"] and row["at site"]:
                known = explained.get(key_of(row), "UNEXPLAINED")
                print(f"not caught   {key_of(row)}  {row['at site']}  {known}")
    return failed


def key_of(row):
    """How a mutant is named in `explanations.json`: without line numbers."""
    path, _, rest = row["label"].partition(":")
    return f"{row['operator']}: {path}{' ' + rest.partition(' ')[2] if ' ' in rest else ''}"


if __name__ == "__main__":
    sys.exit(main())
