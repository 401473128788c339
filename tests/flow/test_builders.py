"""Objects that types come to through constructors, setters and names held in attributes; recursion among them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xpcheck.model import Finding, Level

Analyse = Callable[[dict[str, str]], list[Finding]]

_TERMS = """
    import numpy as np

    class Arithmetic:
        def __add__(self, other):
            from terms import Sum
            return Sum(self, other)

        def __neg__(self):
            from terms import Log
            return Log(self)

    class Leaf(Arithmetic):
        def value_for(self, values):
            return values[self]

    class Node(Arithmetic):
        def value_for(self, values, xp=np):
            return self._value_for(values, xp=xp)

        def _value_for(self, values, xp=np):
            raise NotImplementedError

    class Sum(Node):
        def __init__(self, left, right):
            self._left = None
            self.left = left
            self.right = right

        @property
        def left(self):
            return self._left

        @left.setter
        def left(self, left):
            self._left = left

        def left_for(self, values{parameter}):
            return self._left.value_for(values{argument})

        def _value_for(self, values, xp=np):
            return xp.sqrt(self.left_for(values{argument}) + self.right)

    class Log(Node):
        def __init__(self, term):
            self._name = "term_"
            self.term = term

        @property
        def term(self):
            return getattr(self, self._name)

        @term.setter
        def term(self, term):
            setattr(self, self._name, term)

        def _value_for(self, values, xp=np):
            return xp.log(self.term.value_for(values{argument}))

    def total_from(node: Node, vector, xp=np):
        values = dict(map(lambda name, value: (name, value), ["a", "b"], vector))
        xp.sum(vector)
        return node.value_for(values, xp=xp)
    """


def _terms(threaded: bool) -> dict[str, str]:
    text = _TERMS.replace("{parameter}", ", xp=np" if threaded else "")
    return {"terms.py": text.replace("{argument}", ", xp=xp" if threaded else "")}


def test_what_constructors_are_given_types_the_attributes_that_setters_store(findings: Analyse) -> None:
    found = {(item.code, item.symbol): item for item in findings(_terms(threaded=False))}
    helper = found["XP103", "Sum._value_for"]
    assert helper.level is Level.LIKELY
    assert [step.symbol for step in helper.chain][-3:] == ["Sum.left_for", "Node.value_for", "Sum._value_for"]


def test_an_attribute_whose_name_another_one_holds_is_typed_too(findings: Analyse) -> None:
    found = [item for item in findings(_terms(threaded=False)) if item.symbol == "Log._value_for"]
    assert [item.code for item in found] == ["XP101"]


def test_a_recursion_among_the_callees_ends_at_the_operation(findings: Analyse) -> None:
    found = [item for item in findings(_terms(threaded=False)) if item.code in {"XP101", "XP103"}]
    assert found
    assert all("xp.log" in item.chain[-1].note or "xp.sqrt" in item.chain[-1].note for item in found)


def test_nothing_is_found_where_the_namespace_is_handed_on(findings: Analyse) -> None:
    assert [item.code for item in findings(_terms(threaded=True)) if item.symbol != "Leaf.value_for"] == []


@pytest.mark.parametrize("own", [True, False])
def test_a_method_of_the_backend_of_its_object_is_not_pinned_by_a_default(findings: Analyse, own: bool) -> None:
    used = "self.model_from(values)" if own else "xp.sqrt(values)"
    text = f"""
        import numpy as np

        class Likelihood:
            def __init__(self, use_jax=False):
                self.use_jax = use_jax

            @property
            def _xp(self):
                if self.use_jax:
                    import jax.numpy as jnp
                    return jnp
                return np

            def model_from(self, values):
                return self._xp.sqrt(values)

            def figure_from(self, values, xp=np):
                return {used}

        def fit(likelihood: Likelihood, values, xp=np):
            return likelihood.figure_from(xp.square(values))
        """
    found = [item.code for item in findings({"fit.py": text}) if item.symbol == "fit"]
    assert found == ([] if own else ["XP101"])


@pytest.mark.parametrize("kept", ["Profile()", "open_profile()"])
def test_what_methods_assign_types_an_attribute_that_the_constructor_leaves_none(findings: Analyse, kept: str) -> None:
    text = f"""
        import numpy as np
        from somewhere import open_profile

        class Profile:
            def image_from(self, grid, xp=np):
                return xp.sqrt(grid)

        class Camera:
            def image_from(self, grid):
                return grid

        class Fit:
            def __init__(self):
                self._profile = None

            def prepare(self):
                self._profile = {kept}

            def image_of(self, grid, xp=np):
                return xp.exp(grid) + self._profile.image_from(grid)
        """
    found = [item.code for item in findings({"fit.py": text})]
    assert found == (["XP101"] if kept == "Profile()" else [])
