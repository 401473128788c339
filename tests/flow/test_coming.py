"""Internal functions to which no code under JAX comes."""

from __future__ import annotations

import pytest

from xpcheck.model import Level


def codes(found) -> list[str]:
    return [item.code for item in found if item.level is not Level.POSSIBLE]


POLICY = """
    import functools
    import numpy as np
    from backends import array_namespace

    def _without_nans(samples, xp=None):
        xp = array_namespace(*samples)
        return [sample[~xp.isnan(sample)] for sample in samples]

    def policy_factory(name):
        def decorator(function):
            @functools.wraps(function)
            def wrapper(*samples, policy="propagate"):
                xp = array_namespace(*samples)
                if {test}:
                    samples = _without_nans(samples)
                return function(*samples)
            return wrapper
        return decorator
"""


@pytest.mark.parametrize(
    ("test", "expected"), [("xp is np and policy == name", []), ("policy == name", ["XP206"]), ("True", ["XP206"])]
)
def test_the_wrapper_of_a_decorator_in_a_factory_is_looked_into(findings, test: str, expected: list[str]) -> None:
    assert codes(findings({"policies.py": POLICY.format(test=test)})) == expected
