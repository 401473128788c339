"""Ways of a value from the namespace to an operation: by assignments, containers, objects, functions, statements.

Each way is executed with NumPy's function at its end, which must fail under a trace, and with the namespace's, which
must not; the analysis has to report the first and not the second.
"""

from __future__ import annotations

import sys
import textwrap
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from tests.flow.analysed import findings_in
from xpcheck.model import Level

WAYS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("carriers.toml").read_text(encoding="utf-8"))

HEAD = """\
import collections
import contextlib
import copy
import dataclasses
import functools
import itertools
import operator
import types
import typing
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np


{before}


def case(values, xp=np):
    v = xp.abs(values)
{body}
    return {module}.sqrt({value})
"""


def source(way: str, module: str) -> str:
    parts = WAYS[way]
    body = textwrap.indent(parts.get("body", "pass").strip(), "    ")
    return HEAD.format(before=parts.get("before", ""), body=body, value=parts["value"], module=module)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files with a finding that is shown by default; one analysis for all ways."""
    files = {f"{module}_{way}.py": source(way, module) for way in WAYS for module in ("np", "xp")}
    found = findings_in(tmp_path_factory.mktemp("carriers"), files)
    return {item.path.removesuffix(".py") for item in found if item.level in {Level.PROVED, Level.LIKELY}}


@pytest.mark.parametrize("way", WAYS)
def test_a_traced_value_is_followed(way: str, reported: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "carrier", ModuleType("carrier"))  # data classes look for the module they are in
    with pytest.raises(jax.errors.TracerArrayConversionError):
        trace(source(way, "np"))
    trace(source(way, "xp"))
    assert f"np_{way}" in reported
    assert f"xp_{way}" not in reported


def trace(text: str) -> None:
    scope: dict[str, Any] = {"__name__": "carrier"}
    exec(compile(text, "carrier.py", "exec"), scope)
    jax.make_jaxpr(lambda values: scope["case"](values, xp=jnp))(jnp.array([1.0, 2.0, 3.0]))
