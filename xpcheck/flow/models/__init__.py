"""What xpcheck knows about NumPy, JAX, SciPy, ``math``, builtins and the PyAuto family.

Measured data (``data/*.json``, written by ``scripts/measure_models.py``) and hand-written files (``data/*.toml``),
decoded on first use. Names are qualified as their import says: ``numpy.linalg.norm``, ``jax.numpy.where``,
``math.sqrt``, ``scipy.special.erf``, ``builtins.float``.

A name that is not measured but belongs to a known library has the library's documented default
(``data/scipy_drivers.toml``), with ``measured`` false: NumPy and SciPy break, ``numpy.random`` is random.
Where measured versions disagree the newest set answers, so that a verdict never depends on what is installed.
"""

from __future__ import annotations

from xpcheck.config import ModelError
from xpcheck.flow.models.handwritten import (
    Added,
    Composer,
    Decorator,
    Deprecated,
    Described,
    Driver,
    Family,
    Library,
    Model,
    StaticName,
    TracedFunction,
    Transform,
    Wrapper,
    chosen,
    load,
    merge,
)
from xpcheck.flow.models.knowledge import (
    Knowledge,
    added,
    families,
    foreign_roots,
    is_module,
    library,
    method,
    namespace,
    static_name,
    transform,
    with_models,
)
from xpcheck.flow.models.measured import names, variants, version_sets
from xpcheck.flow.models.structs import Callable, Effect, Method, MethodEffect, Slot, VersionSet

__all__ = [
    "Added",
    "Callable",
    "Composer",
    "Decorator",
    "Deprecated",
    "Described",
    "Driver",
    "Effect",
    "Family",
    "Knowledge",
    "Library",
    "Method",
    "MethodEffect",
    "Model",
    "ModelError",
    "Slot",
    "StaticName",
    "TracedFunction",
    "Transform",
    "VersionSet",
    "Wrapper",
    "added",
    "chosen",
    "families",
    "foreign_roots",
    "is_module",
    "library",
    "load",
    "merge",
    "method",
    "names",
    "namespace",
    "static_name",
    "transform",
    "variants",
    "version_sets",
    "with_models",
]
