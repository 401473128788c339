"""What the two doors of ``xpcheck.syntax`` cost, in units of a ``libcst.parse_module`` pass over the same text.

    python benchmarks/syntax.py DIRECTORY...

Prints the outline of all files as a share of parsing these files with libcst (target 0.16), and the bodies of all
functions as a share of parsing the same functions with libcst (target 1.25). Passes over small chunks alternate and the
fastest of each counts, because shared machines drift; the collector is off, as in the workers of ``xpcheck.project``.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import libcst

from xpcheck.syntax import body, outline
from xpcheck.syntax.sources import decode

ROUNDS = 5
CHUNK = 25


def functions_of(source: bytes) -> list[tuple[str, int, str]]:
    """The functions of a file as ``body`` wants them."""
    lines = decode(source).split("\n")
    found = outline(source).functions
    return [("\n".join(lines[f.loc[0] - 1 : f.loc[2]]) + "\n", f.loc[0], f.name) for f in found]


def fastest(actions: Sequence[Callable[[], None]]) -> list[float]:
    """The least CPU seconds of each action over alternating rounds."""
    spent = [float("inf")] * len(actions)
    for _ in range(ROUNDS):
        for index, action in enumerate(actions):
            start = time.process_time()
            action()
            spent[index] = min(spent[index], time.process_time() - start)
    return spent


def each(function: Callable[..., object], arguments: Sequence[tuple[object, ...]]) -> Callable[[], None]:
    """An action that calls ``function`` with each of ``arguments``."""

    def action() -> None:
        for values in arguments:
            function(*values)

    return action


def main(directories: list[str]) -> None:
    """Measure and print both ratios."""
    sources = [path.read_bytes() for directory in directories for path in sorted(Path(directory).rglob("*.py"))]
    functions = [function for source in sources for function in functions_of(source)]
    wrapped = [("if 1:\n" + text if text[0] in " \t\f" else text,) for text, _, _ in functions]
    spent = [0.0] * 4
    gc.disable()
    for start in range(0, len(sources), CHUNK):
        chunk = [(source,) for source in sources[start : start + CHUNK]]
        for index, value in enumerate(fastest([each(libcst.parse_module, chunk), each(outline, chunk)])):
            spent[index] += value
    for start in range(0, len(functions), 8 * CHUNK):
        part = slice(start, start + 8 * CHUNK)
        actions = [each(libcst.parse_module, wrapped[part]), each(body, functions[part])]
        for index, value in enumerate(fastest(actions), 2):
            spent[index] += value
    print(f"{len(sources)} files, {len(functions)} functions, best of {ROUNDS} rounds in chunks")
    names = ("libcst, files", "outline", "libcst, functions", "body")
    for name, value in zip(names, spent, strict=True):
        print(f"{name:18} {value:6.2f} s CPU")
    print(f"outline / libcst.parse_module  {spent[1] / spent[0]:.3f}  (target 0.16)")
    print(f"body    / libcst.parse_module  {spent[3] / spent[2]:.3f}  (target 1.25)")


if __name__ == "__main__":
    main(sys.argv[1:])
