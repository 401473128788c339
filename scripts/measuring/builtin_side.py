"""Python builtins that user code gives arrays to, and the calls they are measured with."""

from __future__ import annotations

import builtins
import copy
import operator
import pickle
from typing import Any

from measuring import specs
from measuring.pool import Call, T

V, W, M, I, B, S, R, K, L, O, Z = (T(x) for x in "vwmibsrkloz")  # noqa: E741

CALLS: dict[str, list[Call]] = {
    "builtins.float": [Call((S,)), Call((K,))],
    "builtins.int": [Call((K,)), Call((S,))],
    "builtins.bool": [Call((T("f"),)), Call((S,))],
    "builtins.complex": [Call((S,)), Call((S, R))],
    "builtins.abs": [Call((S,)), Call((V,))],
    "builtins.round": [Call((S,)), Call((S, 1))],
    "builtins.min": [Call((S, R)), Call((V,))],
    "builtins.max": [Call((S, R)), Call((V,))],
    "builtins.sum": [Call((V,))],
    "builtins.any": [Call((B,))],
    "builtins.all": [Call((B,))],
    "builtins.sorted": [Call((V,))],
    "builtins.len": [Call((V,))],
    "builtins.list": [Call((V,))],
    "builtins.tuple": [Call((V,))],
    "builtins.set": [Call((V,))],
    "builtins.frozenset": [Call((V,))],
    "builtins.dict": [Call(([("a", S)],)), Call((), (("a", S),))],
    "builtins.range": [Call((K,)), Call((Z, K))],
    "builtins.divmod": [Call((S, R))],
    "builtins.pow": [Call((S, R)), Call((S, 2))],
    "builtins.str": [Call((S,))],
    "builtins.repr": [Call((S,))],
    "builtins.ascii": [Call((S,))],
    "builtins.format": [Call((S, ".3f"))],
    "builtins.print": [Call((S,))],
    "builtins.hash": [Call((S,))],
    "builtins.id": [Call((S,))],
    "builtins.isinstance": [Call((S, float))],
    "builtins.issubclass": [Call((float, object))],
    "builtins.callable": [Call((S,))],
    "builtins.type": [Call((S,))],
    "builtins.hasattr": [Call((V, "shape"))],
    "builtins.getattr": [Call((V, "T"))],
    "builtins.iter": [Call((V,))],
    "builtins.reversed": [Call((V,))],
    "builtins.enumerate": [Call((V,))],
    "builtins.zip": [Call((V, W))],
    "builtins.map": [Call((operator.neg, V))],
    "builtins.filter": [Call((None, V))],
    "builtins.slice": [Call((K,))],
    "builtins.bytes": [Call((V,))],
    "builtins.bytearray": [Call((I,))],
    "builtins.chr": [Call((L,))],
    "builtins.bin": [Call((K,))],
    "builtins.oct": [Call((K,))],
    "builtins.hex": [Call((K,))],
    "operator.index": [Call((K,))],
    "operator.truth": [Call((S,))],
    "operator.not_": [Call((S,))],
    "operator.contains": [Call((V, S))],
    "operator.add": [Call((S, R))],
    "operator.sub": [Call((S, R))],
    "operator.mul": [Call((S, R))],
    "operator.truediv": [Call((S, R))],
    "operator.pow": [Call((S, R))],
    "operator.neg": [Call((S,))],
    "operator.lt": [Call((S, R))],
    "operator.eq": [Call((S, R))],
    "operator.and_": [Call((B, B))],
    "operator.getitem": [Call((V, K))],
    "copy.copy": [Call((V,))],
    "copy.deepcopy": [Call((V,))],
    "pickle.dumps": [Call((V,))],
    "functools.reduce": [Call((operator.add, V))],
    "statistics.mean": [Call((V,))],
    "statistics.median": [Call((V,))],
    "statistics.stdev": [Call((V,))],
    "json.dumps": [Call((S,))],
    "itertools.accumulate": [Call((V,))],
    "itertools.product": [Call((V, W))],
    "itertools.chain": [Call((V, W))],
}
"""Argument lists; the array of ``builtins.min`` and friends is the second one tried."""


def names() -> dict[str, Any]:
    """Qualified name -> object, and the argument lists made known to the search."""
    import functools
    import itertools
    import json
    import statistics

    modules = {
        "builtins": builtins,
        "operator": operator,
        "copy": copy,
        "pickle": pickle,
        "functools": functools,
        "statistics": statistics,
        "json": json,
        "itertools": itertools,
    }
    specs.SPECIAL.update(CALLS)
    return {name: getattr(modules[name.rpartition(".")[0]], name.rpartition(".")[2]) for name in CALLS}
