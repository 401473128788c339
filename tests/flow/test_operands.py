"""What a function takes the namespace for, where no call of the namespace says it."""

from __future__ import annotations

from xpcheck.model import Level

BODY = """
    import numpy as np

    def chosen({parameters}, xp=np):
        {body}
"""


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


def reported(findings, body: str, parameters: str = "value") -> list[str]:
    return codes(findings({"choices.py": BODY.format(parameters=parameters, body=body)}))


def test_the_only_parameter_that_is_computed_with_is_what_the_namespace_is_for(findings) -> None:
    assert reported(findings, "return value if value > 0 else -value") == ["XP303"]
    assert reported(findings, "return max(value, 0)") == ["XP304"]
    assert reported(findings, "return value in (0.5, 1.5)") == ["XP302"]
    assert reported(findings, "return '%.3f' % value") == ["XP204"]


def test_of_several_parameters_those_that_count_nothing_are(findings) -> None:
    assert reported(findings, "return value if value > 0 else n", "value, n") == []
    assert reported(findings, "return value if value > 0.5 else n", "value, n") == ["XP303"]
    assert reported(findings, "return value if value[:, 0] > n else n", "value, n") == ["XP303"]
    assert reported(findings, "return value if value[0, 1] > n else n", "value, n") == ["XP303"]


def test_a_parameter_that_is_known_as_an_array_is_reason_enough(findings) -> None:
    assert reported(findings, "return xp.sqrt(value) if n > 0.5 else value", "value, n") == []


def test_names_annotations_and_defaults_say_what_a_parameter_is(findings) -> None:
    assert reported(findings, "return value if value > 0.5 else 0.5", "value: int") == []
    assert reported(findings, "return value if value > 0.5 else 0.5", "value=1.0") == []
    assert reported(findings, "return [0.5] * value if value > 2 else range(value)") == []


def test_methods_may_take_it_for_their_object(findings) -> None:
    source = """
        import numpy as np

        class Scale:
            def chosen(self, value, xp=np):
                return {chosen} if value > 0.5 else None

            def image_from(self, xp=np):
                return xp.ones(3)

            def scaled(self, value, xp=np):
                return 2.0 * value
    """
    assert codes(findings({"scales.py": source.format(chosen="self.image_from(xp=xp)")})) == []
    assert codes(findings({"scales.py": source.format(chosen="self.scaled(value, xp=xp)")})) == ["XP303"]


def test_elementwise_functions_of_numpy_stand_for_the_namespace(findings) -> None:
    assert reported(findings, "return rate * xp.sin(np.radians(angle * m))", "rate, angle, m") == ["XP201"]
    assert reported(findings, "return rate * xp.ones(np.maximum(n, 1))", "rate, n") == []
    assert reported(findings, "return xp.sin(rate) * np.sqrt(n)", "rate, n") == []
