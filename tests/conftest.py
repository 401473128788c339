"""The one place that chooses the platform and the precision of JAX; set before anything imports it."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "True"
