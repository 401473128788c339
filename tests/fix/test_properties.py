"""Random calls and masks: what a fix writes parses, is left alone by a second run and means the same on NumPy."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from xpcheck import engine
from xpcheck.cli import fixing
from xpcheck.config import Config
from xpcheck.fix.repair import Repair
from xpcheck.model import Finding, Level, Report

pytestmark = pytest.mark.slow

TOGETHER = 25
"""Cases in one module: they share an analysis."""

HEAD = '''\
import numpy as np


def seen(values):
    """What a function was given, as plain values."""
    def plain(value):
        if callable(value):
            return value()
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if hasattr(value, "__next__") or isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return np.asarray(value).tolist()

    return {key: plain(value) for key, value in values.items() if key not in ("self", "cls", "xp", "nx")}


'''

SEPARATORS = (", ", ",", " , ", ",\n            ", ",  # a note, with a comma\n            ")
OPENINGS = ("", " ", "\n            ", "  # why (\n            ")
ENDS = ("", ",", "\n        ", ",\n        ", ",  # done\n        ")
VALUES = (
    "b", "c[0]", "(b)", "'te,xt)'", 'f"{len(c)}"', "[v for v in c]", "lambda: b", "{'k': b}", "b if c else a",
    "xp.abs(b)", "(b, c[1])", "-b", "b ** 2", "not c", "c[0:2]", "(yes := b)",
)  # fmt: skip


def case_analysis(folder: Path, text: str) -> tuple[str, Repair]:
    """The text after all fixes, safe or not."""
    file = folder / "a.py"

    def chosen(report: Report, request: engine.Request) -> tuple[Finding, ...]:
        return tuple(item for item in report.findings if item.level is not Level.POSSIBLE)

    request = engine.Request(paths=(), root=folder, config=Config(), overlay={file: text.encode()})
    report = engine.check(request)
    assert report.errors == ()
    outcome = fixing.fixed(report, request, chosen, lambda item: item.level is not Level.POSSIBLE, unsafe=True)
    after = outcome.repair.state.files.get("a.py", text.encode()).decode()
    return after, outcome.repair


def module_of(text: str) -> types.ModuleType:
    module = types.ModuleType("a")
    exec(compile(text, "a.py", "exec"), module.__dict__)
    return module


def other_numpy() -> types.ModuleType:
    """NumPy under another identity, as a backend that is not NumPy."""
    namespace = types.ModuleType("other")
    namespace.__dict__.update({name: getattr(np, name) for name in dir(np) if not name.startswith("__")})
    return namespace


@st.composite
def threaded_calls(draw: st.DrawFn, number: int) -> str:
    """A function that takes the namespace, and one that calls it without."""
    letters = iter("pqrstuvw")
    leading = [next(letters) for _ in range(draw(st.integers(1, 3)))]
    optional = [next(letters) for _ in range(draw(st.integers(0, 2)))]
    keyword_only = [next(letters) for _ in range(draw(st.integers(0, 2)))]
    place = draw(st.sampled_from(["positional", "positional only", "keyword only", "last"]))
    rest = draw(st.booleans())
    name = draw(st.sampled_from(["xp", "xp", "nx"]))
    slot = f"{name}=np"
    positional = [*leading, *(f"{item}=0.5" for item in optional)]
    if place == "positional":
        positional.insert(len(leading), slot)
    elif place == "last":
        positional.append(slot)
    elif place == "positional only":
        positional[len(leading) : len(leading)] = [slot, "/"]
    only = [f"{item}=0.25" for item in keyword_only] + ([slot] if place == "keyword only" else [])
    stars = ["*", *only] if only else []
    parameters = ", ".join([*positional, *stars, *(["**others"] if rest else [])])
    first = leading[0]

    by_position = draw(st.integers(0, len(leading))) if place != "positional only" else len(leading)
    chosen = draw(st.lists(st.sampled_from(VALUES), min_size=8, max_size=8))
    values = iter(chosen)
    arguments = []
    for index, item in enumerate(leading):
        value = "xp.abs(a)" if item == first else next(values)
        arguments.append(value if index < by_position else f"{item}={value}")
    named = [item for item in optional if place != "positional only" and draw(st.booleans())]
    named += [item for item in keyword_only if draw(st.booleans())]
    arguments += [f"{item}={next(values)}" for item in named]
    if rest and draw(st.booleans()):
        # Only a parameter of the same name says that the caller's own options cannot hold the namespace.
        arguments.append(draw(st.sampled_from(["**extra", "**{'z': b}"] if name == "xp" else ["**{'z': b}"])))
    elif rest and draw(st.booleans()):
        arguments.append(f"z={next(values)}")
    body = draw(st.sampled_from(SEPARATORS)).join(arguments)
    written = draw(st.sampled_from(OPENINGS)) + body + draw(st.sampled_from(ENDS))

    kind = draw(st.sampled_from(["function", "method", "class", "static"]))
    helper, caller = f"helper_{number}", f"caller_{number}"
    result = f"return {name}.sqrt({first}), {name}.__name__, seen(locals())"
    head = "a, b, c, xp=np" + (", **extra" if "**extra" in written else "")
    if kind == "function":
        return (
            f"def {helper}({parameters}):\n    {result}\n\n\n"
            f"def {caller}({head}):\n    a = xp.asarray(a)\n    if True:\n        return {helper}({written})\n\n\n"
        )
    mark = {"method": "", "class": "    @classmethod\n", "static": "    @staticmethod\n"}[kind]
    receiver = {"method": "self, ", "class": "cls, ", "static": ""}[kind]
    return (
        f"class C{number}:\n{mark}    def {helper}({receiver}{parameters}):\n        {result}\n\n"
        f"    def call(self, {head}):\n        a = xp.asarray(a)\n        return self.{helper}({written})\n\n\n"
        f"def {caller}(a, b, c, xp=np):\n    return C{number}().call(a, b, c, xp=xp)\n\n\n"
    )


@st.composite
def modules(draw: st.DrawFn, part: Any) -> str:
    return HEAD + "".join(draw(part(number)) for number in range(TOGETHER))


SLOW = settings(
    deadline=None,
    # A failing module says which of its cases failed: making it smaller takes minutes.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@settings(SLOW, max_examples=160)
@given(text=modules(threaded_calls))
def test_calls_that_are_threaded(tmp_path: Path, text: str) -> None:
    after, repair = case_analysis(tmp_path, text)
    assert repair.applied
    assert [item.reason for item in repair.refused] == []
    before_module, after_module, other = module_of(text), module_of(after), other_numpy()
    arguments = (0.3, 0.7, [1.5, 2.5, 3.5])
    for number in range(TOGETHER):
        caller = f"caller_{number}"
        expected = getattr(before_module, caller)(*arguments)
        assert repr(getattr(after_module, caller)(*arguments)) == repr(expected)
        assert getattr(before_module, caller)(*arguments, xp=other)[1] == "numpy"
        # Another backend arrives now.
        value, namespace, given_values = getattr(after_module, caller)(*arguments, xp=other)
        assert (namespace, repr(value)) == ("other", repr(expected[0]))
        assert given_values == expected[2]
    assert case_analysis(tmp_path, after)[0] == after


MASKS = st.recursive(
    st.sampled_from(["(a > 0.2)", "(xp.abs(a) < b)", "xp.isfinite(a)", "(a == b)", "~(a > 0.5)", "(0.1 < a)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" & ", " | ", "&", "\n        & ", " &\n        ", " ^ "]), inner).map(
            lambda parts: f"({''.join(parts)})"
        ),
        inner.map(lambda mask: f"~{mask}"),
        inner.map(lambda mask: f"xp.logical_not({mask})"),
    ),
    max_leaves=6,
)


@st.composite
def masks(draw: st.DrawFn, number: int) -> str:
    """A function that combines masks."""
    chain = draw(st.lists(MASKS, min_size=1, max_size=3))
    mask = draw(st.sampled_from([" & ", "&"])).join(chain)
    shape = draw(st.sampled_from(["{}", "({})", "xp.where({}, 1.0, 0.0)", "({}).sum()"]))
    bound = "a = xp.asarray(a)\n    b = xp.asarray(b)\n"
    return f"def caller_{number}(a, b, xp=np):\n    {bound}    return {shape.format(mask)}\n\n\n"


@settings(SLOW, max_examples=40)
@given(text=modules(masks))
def test_masks_that_become_calls(tmp_path: Path, text: str) -> None:
    after, repair = case_analysis(tmp_path, text)
    assert [item.reason for item in repair.refused] == []
    before_module, after_module = module_of(text), module_of(after)
    arguments = (np.array([0.0, 0.3, 0.6, np.inf]), np.array([0.3, 0.3, 0.6, 0.1]))
    for number in range(TOGETHER):
        caller = f"caller_{number}"
        expected = getattr(before_module, caller)(*arguments)
        assert np.array_equal(getattr(after_module, caller)(*arguments), expected)
    assert case_analysis(tmp_path, after)[0] == after
