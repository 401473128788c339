"""Which names make a round of a loop depend on the one before."""

from __future__ import annotations

import pytest

from xpcheck import facts, syntax
from xpcheck.flow.sources.scopes import carried, walk


@pytest.mark.parametrize(
    ("loop", "names"),
    [
        ("for item in items:\n    y = item\n    found.append(y)", {"items", "found"}),
        ("for item in items:\n    y = x\n    x = item", {"items", "x"}),
        ("for item in items:\n    x, (y, z) = item\n    last = x + y", {"items"}),
        ("for item in items:\n    if item:\n        best = item", {"items", "best"}),
        ("for item in items:\n    def inner():\n        return x\n    x = inner()", {"items", "x", "inner"}),
        ("for item in items:\n    x: int\n    y = x", {"items", "x", "int"}),
        ("for self.item in items:\n    y = 1", {"items", "self"}),
        ("while left > 0:\n    left -= step", {"left", "step"}),
    ],
)
def test_what_a_round_reads_before_it_binds_it(loop: str, names: set[str]) -> None:
    lines = "\n".join(f"    {line}" for line in loop.split("\n"))
    body = syntax.body(f"def f():\n{lines}\n", 1, "f")
    (node,) = (item for item in walk(body.statements) if isinstance(item, facts.Loop))
    assert carried(node) == names
