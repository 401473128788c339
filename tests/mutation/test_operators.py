"""The mutants of the worked stack are what they say: one mistake each, in a file that still parses."""

import ast
from pathlib import Path

import operators

STACK = Path(__file__).resolve().parents[2] / "fixtures" / "stack"
TEXTS = {str(path.relative_to(STACK)): path.read_text() for path in STACK.rglob("*.py")}
MUTANTS = operators.mutants_of(STACK)


def one_of(operator, label):
    """The changed lines of the only mutant of an operator whose label contains a text."""
    (mutant,) = (m for m in MUTANTS if m.operator == operator and label in m.label)
    changed, _ = mutant.apply(TEXTS)
    before = {line for path in changed for line in TEXTS[path].splitlines()}
    return [line.strip() for text in changed.values() for line in text.splitlines() if line not in before]


def test_every_operator_has_mutants_and_all_of_them_parse():
    assert {mutant.operator for mutant in MUTANTS} == set(operators.RULES)
    for mutant in MUTANTS:
        changed, lines = mutant.apply(TEXTS)
        assert lines
        for path, text in changed.items():
            assert text != TEXTS[path]
            ast.parse(text)


def test_dropped_namespaces():
    assert one_of("drop xp", "angle_radians calls self.angle") == ["return xp.radians(self.angle())"]
    assert one_of("drop xp", "axis_ratio_from calls axis_ratio_and_angle_from") == [
        "axis_ratio, _ = axis_ratio_and_angle_from(ell_comps=ell_comps)"
    ]


def test_numpy_calls():
    assert one_of("xp.f -> np.f", "angle_radians calls radians") == ["return np.radians(self.angle(xp))"]


def test_cached_properties_bring_their_import():
    assert one_of("property -> cached_property", "sersic_constant") == [
        "import numpy as np; from functools import cached_property",
        "@cached_property",
    ]


def test_numpy_properties_change_every_definition_and_every_call():
    lines = one_of("method -> NumPy property", " einstein_radius_rescaled")
    assert lines == [
        "@property",
        "def einstein_radius_rescaled(self):",
        "return self.einstein_radius / (1.0 + self.axis_ratio(np))",
        "return self.einstein_radius_rescaled / radii.array",
        "factor = 2.0 * self.einstein_radius_rescaled * q",
    ]


def test_guards_become_constants():
    assert one_of("guard always true", " hessian_from") == ["if True:"]
    assert one_of("guard always false", " hessian_from") == ["if False:"]


def test_moved_namespaces():
    assert one_of("move positional xp", "axis_ratio_and_angle_from calls") == [
        "magnitude, doubled = _polar_from(xp, ell_comps)"
    ]


def test_overrides_lose_the_namespace():
    assert one_of("override without xp", "axis_ratio of IsothermalSph") == ["def axis_ratio(self):"]
