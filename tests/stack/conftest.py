"""Put the worked stack on the import path."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

STACK = Path(__file__).resolve().parents[2] / "fixtures" / "stack"
sys.path.insert(0, str(STACK))


@pytest.fixture(params=["numpy", "jax"])
def xp(request: pytest.FixtureRequest) -> ModuleType:
    """`numpy` and `jax.numpy` in turn."""
    if request.param == "numpy":
        return np
    import jax.numpy as jnp

    return jnp
