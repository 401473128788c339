"""Which names are measured, and what a name is before anything is called."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import types
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

HOST_ONLY = frozenset(
    {
        "numpy.test", "numpy.show_config", "numpy.show_runtime", "numpy.info", "numpy.get_include", "numpy.load",
        "numpy.fromfile", "numpy.memmap", "numpy.genfromtxt", "numpy.loadtxt", "numpy.fromregex", "numpy.seterr",
        "numpy.geterr", "numpy.seterrcall", "numpy.geterrcall", "numpy.setbufsize", "numpy.getbufsize",
        "numpy.set_printoptions", "numpy.get_printoptions", "numpy.busday_count", "numpy.busday_offset",
        "numpy.is_busday", "numpy.busdaycalendar", "numpy.datetime_as_string", "numpy.datetime_data",
        "numpy.linalg.test", "numpy.fft.test", "scipy.special.test", "scipy.special.errstate",
        "scipy.special.seterr", "scipy.special.geterr", "jax.numpy.load", "jax.numpy.fromfile",
    }
)  # fmt: skip
"""Functions that are never called: they read files, set global state, print or take no array at all."""

NUMPY_MODULES = ("numpy", "numpy.linalg", "numpy.fft")
SCIPY_MODULES = (
    "scipy.linalg",
    "scipy.fft",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.stats",
    "scipy.signal",
    "scipy.spatial",
)
JAX_MODULES = (
    "jax.numpy",
    "jax.numpy.linalg",
    "jax.numpy.fft",
    "jax.scipy.special",
    "jax.scipy.linalg",
    "jax.scipy.ndimage",
    "jax.scipy.signal",
    "jax.nn",
)


def jax_twin(name: str) -> str:
    """The name that would hold the JAX version of a NumPy, SciPy or math function."""
    library, _, rest = name.partition(".")
    return {"numpy": f"jax.numpy.{rest}", "math": f"jax.numpy.{rest}", "scipy": f"jax.scipy.{rest}"}.get(library, "")


def numpy_twin(name: str) -> str:
    """The name that would hold the NumPy or SciPy version of a JAX function."""
    return name.removeprefix("jax.") if name.startswith(("jax.numpy.", "jax.scipy.")) else ""


def resolve(name: str) -> Any:
    """The object behind a qualified name, or None."""
    module, _, attribute = name.rpartition(".")
    if not module:
        return None
    with contextlib.suppress(ImportError, AttributeError):
        return getattr(importlib.import_module(module), attribute)
    owner = resolve(module) if module.count(".") else None
    return getattr(owner, attribute, None)


def exists(name: str) -> bool:
    """Whether there is such a name; its value may be None, as ``newaxis`` is."""
    module, _, attribute = name.rpartition(".")
    with contextlib.suppress(ImportError):
        return bool(module) and hasattr(importlib.import_module(module), attribute)
    return resolve(name) is not None


def members(module_name: str) -> Iterator[tuple[str, Any]]:
    """Public members of a module, modules left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module(module_name)
    for attribute in sorted(dir(module)):
        if attribute.startswith("_"):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = getattr(module, attribute)
        except AttributeError:
            continue
        if not isinstance(value, types.ModuleType):
            yield f"{module_name}.{attribute}", value


def before_calling(value: Any) -> tuple[str, str]:
    """Kind and, where nothing has to be run for it, effect of a member."""
    if isinstance(value, np.ufunc):
        return "ufunc", ""
    if is_jax_dtype(value):
        return "class", "dtype"
    if isinstance(value, type):
        if issubclass(value, BaseException):
            return "class", "exception"
        if issubclass(value, np.generic):
            return "class", "dtype"
        if hasattr(value, "__enter__") and hasattr(value, "__exit__") and value is not np.nditer:
            return "class", "context"
        return "class", ""
    if not callable(value):
        return "constant", "constant"
    if getattr(value, "__name__", "") == "printoptions" or _is_context_manager(value):
        return "function", "context"
    return "function", ""


def is_jax_dtype(value: Any) -> bool:
    """Whether ``value`` is a scalar type of jax.numpy (jnp.float32, ...)."""
    return type(value).__name__ == "_ScalarMeta"


def _is_context_manager(value: Any) -> bool:
    wrapped = getattr(value, "__wrapped__", None)
    return wrapped is not None and inspect.isgeneratorfunction(wrapped)


def ufunc_methods(name: str, ufunc: Any) -> dict[str, Any]:
    """``reduce``, ``accumulate``, ``outer`` and ``at`` of one ufunc, which stand for those of all."""
    methods = ("reduce", "accumulate", "outer", "at", "reduceat")
    return {f"{name}.{method}": getattr(ufunc, method) for method in methods if hasattr(ufunc, method)}
