"""Both backends, by name."""

from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(params=["numpy", "jax"])
def xp(request: pytest.FixtureRequest) -> ModuleType:
    """`numpy` and `jax.numpy` in turn."""
    if request.param == "numpy":
        return np
    import jax.numpy as jnp

    return jnp
