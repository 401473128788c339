"""Seeded inputs of the fuzzer: grammar-made modules and mutations of files that people wrote.

The same seed, corpus and libraries give the same inputs.
"""

from __future__ import annotations

import random
import textwrap
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

KINDS = ("grammar", "node", "grafted", "bytes", "lines", "spliced", "deep")
"""How an input is made: by hypothesmith from Python's grammar or from libcst's node classes, such a text as the body
of an xp-aware method; a file with changed bytes, with changed lines, or with a piece of another file in it; or nested
and repeated constructs up to sizes that no parser survives."""

_BATCH = 500
_HOST = """\
import numpy as np


class Profile:
    def __init__(self, centre=(0.0, 0.0), scale=1.0):
        self.centre = centre
        self.scale = scale

    def image_from(self, grid, xp=np, *args, **kwargs):
        y, x = grid.array[:, 0], grid.array[:, 1]
        a = xp.sqrt(y**2 + x**2) * self.scale
{body}
        return xp.sqrt(a)
"""
_NESTS = (
    *(("(", ")"), ("[", "]"), ("{0: ", "}"), ("f(", ")"), ("a[", "]"), ("lambda: ", ""), ("not ", ""), ("-", "")),
    *(("a if b else ", ""), ("xp.sqrt(", ")"), ("(yield ", ")"), ("*", ""), ("[i for i in ", "]"), ("a + (", ")")),
)
_REPEATS = (" and a", " + a", " < a", ".b", "(c)", "[d]", " 'e'", ", f", ".b(c)[d]", " if a else b", ":=g", "\\\n")
_BLOCKS = (
    "if a:",
    "for i in a:",
    "while a:",
    "with a:",
    "try:",
    "def f(self, xp=np):",
    "class A:",
    "match a:",
    "case 1:",
)
_STATEMENTS = ("{}", "x = {}", "x = ({})", "return {}", "f'{{{}}}'", "x[{}] += 1", "@{}\n        def g(): 0")
_BYTES = (
    *(b"\0", b"\r", b"\f", b"\t", b"\xff", b"\xef\xbb\xbf", b"\\\n", b'"""', b"'", b"(", b"]", b"{", b"#", b":", b"@"),
    *(b"# -*- coding: latin-1 -*-\n", b"\xc3\xa9", b"lambda ", b"await ", b"async ", b"yield ", b"*", b"**", b":="),
    *(b"xp=xp", b"xp.", b"np.", b".array", b"match x:\n", b"# xpcheck: ignore[", b"# noqa: XP"),
)


class Input(NamedTuple):
    """One input: its number in the run, how it was made, and the content of the file."""

    number: int
    kind: str
    content: bytes


def inputs(seed: int, counts: dict[str, int], corpus: Sequence[bytes]) -> Iterator[Input]:
    """Inputs of each kind as often as ``counts`` says; ``corpus`` holds the files that are mutated."""
    number = 0
    for kind in KINDS:
        for content in _of_kind(kind, seed, counts.get(kind, 0), corpus):
            yield Input(number, kind, content)
            number += 1


def corpus_of(*folders: Path) -> list[bytes]:
    """The content of the Python files below some folders, ordered by path."""
    return [file.read_bytes() for folder in folders for file in sorted(folder.rglob("*.py"))]


def _of_kind(kind: str, seed: int, count: int, corpus: Sequence[bytes]) -> Iterator[bytes]:
    if not count:
        return
    if kind in ("grammar", "node"):
        for text in _generated(kind, seed, count):
            yield text.encode("utf-8", "surrogatepass")
    elif kind == "grafted":
        for text in _generated("grammar", seed + 1, count):
            body = textwrap.indent(text, "        ", lambda line: True)
            yield _HOST.replace("{body}", body).encode("utf-8", "surrogatepass")
    elif kind == "deep":
        rng = random.Random(f"{kind} {seed}")
        for _ in range(count):
            yield _deep(rng)
    else:
        change = {"bytes": _with_bytes, "lines": _with_lines, "spliced": _with_splice}[kind]
        rng = random.Random(f"{kind} {seed}")
        for _ in range(count):
            yield change(rng, rng.choice(corpus), corpus)


def _generated(kind: str, seed: int, count: int) -> Iterator[str]:
    """Texts by hypothesmith, in batches: what Hypothesis remembers of a run would slow a long one down."""
    # Imported here: only those who fuzz need it.
    import hypothesmith

    strategy = hypothesmith.from_grammar() if kind == "grammar" else hypothesmith.from_node()
    for batch in range(0, count, _BATCH):
        yield from _drawn(strategy, seed + batch, min(_BATCH, count - batch))


def _drawn(strategy: Any, seed: int, count: int) -> list[str]:
    """At most ``count`` values that Hypothesis draws from a strategy of texts."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    texts: list[str] = []

    @seeded(seed)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def collect(text: str) -> None:
        texts.append(text)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    return texts[:count]


# --------------------------------------------------------------------------------------------------------- mutations


def _with_bytes(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """One to eight bytes or short pieces changed, added, taken away or repeated."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        place = rng.randint(0, len(data))
        end = min(len(data), place + rng.choice((1, 1, 2, 5, 20, 200)))
        action = rng.randrange(6)
        if action == 0:
            data[place:end] = b""
        elif action == 1:
            data[place:place] = rng.choice(_BYTES)
        elif action == 2:
            data[place:end] = bytes(rng.randrange(1, 128) for _ in range(end - place))
        elif action == 3:
            data[place:place] = data[place:end] * rng.choice((1, 2, 10))
        elif action == 4 and place < len(data):
            data[place] ^= 1 << rng.randrange(7)
        else:
            data[place:end] = rng.choice(_BYTES) * rng.choice((1, 1, 3, 50))
    return bytes(data)


def _with_lines(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """One to five lines taken away, repeated, exchanged, indented, joined; many of these files still parse."""
    lines = content.splitlines(keepends=True) or [b""]
    changes: Sequence[Callable[[int, int], None]] = (
        lambda one, other: lines.insert(one, lines[other]),
        lambda one, other: lines.__setitem__(slice(one, one + 1), []),
        lambda one, other: lines.__setitem__(one, lines[one].lstrip()),
        lambda one, other: lines.__setitem__(one, b"    " + lines[one]),
        lambda one, other: lines.__setitem__(one, lines[one].rstrip() + b" " + lines[other].strip() + b"\n"),
        lambda one, other: lines.__setitem__(one, lines[one].replace(b"xp=xp", b"").replace(b"xp.", b"np.")),
        lambda one, other: lines.__setitem__(one, lines[one].replace(b"(", b"(\\\n").replace(b"\n", b"\r\n")),
        lambda one, other: lines.__setitem__(slice(None), lines[: one + 1]),
    )
    for _ in range(rng.randint(1, 5)):
        one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        rng.choice(changes)(one, other)
        lines = lines or [b""]
    return b"".join(lines)


def _with_splice(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A run of lines of one file in the middle of another, at its own indentation."""
    lines, other = content.splitlines(keepends=True), rng.choice(corpus).splitlines(keepends=True)
    begin = rng.randint(0, len(other))
    place = rng.randint(0, len(lines))
    return b"".join([*lines[:place], *other[begin : begin + rng.randint(1, 40)], *lines[place:]])


# ------------------------------------------------------------------------------------------------------------- depth


def _deep(rng: random.Random) -> bytes:
    """An expression or blocks, nested or repeated up to 100,000 times, at the top or in an xp-aware method."""
    depth = int(10 ** rng.uniform(1, 5))
    if rng.random() < 0.2:
        depth = min(depth, 2_000)  # the indentation grows with the square of the depth
        lines = [f"{' ' * level}{rng.choice(_BLOCKS)}" for level in range(depth)]
        return "\n".join([*lines, f"{' ' * depth}pass\n"]).encode()
    if rng.random() < 0.5:
        pairs = rng.sample(_NESTS, rng.randint(1, 2))
        expression = "".join(pairs[level % len(pairs)][0] for level in range(depth)) + "a"
        expression += "".join(pairs[level % len(pairs)][1] for level in reversed(range(depth)))
    else:
        parts = rng.sample(_REPEATS, rng.randint(1, 2))
        expression = "a" + "".join(parts[number % len(parts)] for number in range(depth))
    if rng.random() < 0.3:
        expression = expression.replace(" ", "\n")
    statement = rng.choice(_STATEMENTS)
    body = f"        {statement.format(expression)}"
    return (_HOST.replace("{body}", body) if rng.random() < 0.7 else f"{body.strip()}\n").encode()
