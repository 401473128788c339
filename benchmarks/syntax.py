"""What the two doors of ``xpcheck.syntax`` cost, in units of a ``libcst.parse_module`` pass over the same text.

    python benchmarks/syntax.py DIRECTORY...

Prints the outline of all files as a share of parsing these files with libcst (target 0.16), and the bodies of all
functions as a share of parsing the same functions with libcst (target 1.25). Whole passes alternate and the fastest of
each kind counts, because shared machines drift; the collector is off, as in the workers of ``xpcheck.project``.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

import libcst

from xpcheck.syntax import body, outline
from xpcheck.syntax.sources import decode

ROUNDS = 3


def functions_of(source: bytes) -> list[tuple[str, int, str]]:
    """The functions of a file as ``body`` wants them."""
    lines = decode(source).split("\n")
    found = outline(source).functions
    return [("\n".join(lines[f.loc[0] - 1 : f.loc[2]]) + "\n", f.loc[0], f.name) for f in found]


def seconds(action: Callable[[], None]) -> float:
    """CPU seconds of ``action``."""
    gc.collect()
    start = time.process_time()
    action()
    return time.process_time() - start


def main(directories: list[str]) -> None:
    """Measure and print both ratios."""
    sources = [path.read_bytes() for directory in directories for path in sorted(Path(directory).rglob("*.py"))]
    functions = [function for source in sources for function in functions_of(source)]
    wrapped = ["if 1:\n" + text if text[0] in " \t\f" else text for text, _, _ in functions]

    def parse_files() -> None:
        for source in sources:
            libcst.parse_module(source)

    def outline_files() -> None:
        for source in sources:
            outline(source)

    def parse_functions() -> None:
        for text in wrapped:
            libcst.parse_module(text)

    def lower_functions() -> None:
        for text, line, name in functions:
            body(text, line, name)

    gc.disable()
    actions = (parse_files, outline_files, parse_functions, lower_functions)
    spent = [min(column) for column in zip(*([seconds(a) for a in actions] for _ in range(ROUNDS)), strict=True)]
    print(f"{len(sources)} files, {len(functions)} functions, best of {ROUNDS}")
    for action, value in zip(actions, spent, strict=True):
        print(f"{action.__name__:16} {value:6.2f} s CPU")
    print(f"outline / libcst.parse_module  {spent[1] / spent[0]:.3f}  (target 0.16)")
    print(f"body    / libcst.parse_module  {spent[3] / spent[2]:.3f}  (target 1.25)")


if __name__ == "__main__":
    main(sys.argv[1:])
