"""Questions about names, answered from measured data and model files together."""

from __future__ import annotations

import functools
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from xpcheck.flow.models import measured
from xpcheck.flow.models.handwritten import (
    Declaration,
    Described,
    Driver,
    Family,
    Library,
    Model,
    StaticName,
    Support,
    Transform,
    merge,
    own,
)
from xpcheck.flow.models.structs import Callable, Method

SUBMODULES = frozenset(
    {
        *("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma", "numpy.polynomial", "numpy.char"),
        *("numpy.testing", "numpy.typing", "numpy.lib", "numpy.exceptions", "numpy.dtypes", "numpy.strings"),
        *("scipy", "scipy.special", "scipy.linalg", "scipy.fft", "scipy.fftpack", "scipy.integrate", "scipy.io"),
        *("scipy.interpolate", "scipy.ndimage", "scipy.optimize", "scipy.stats", "scipy.signal", "scipy.spatial"),
        *("scipy.sparse", "scipy.sparse.linalg", "scipy.constants", "scipy.cluster", "scipy.differentiate"),
        *("jax.numpy", "jax.numpy.linalg", "jax.numpy.fft", "jax.scipy", "jax.scipy.special", "jax.scipy.linalg"),
        *("jax.scipy.ndimage", "jax.scipy.signal", "jax.scipy.stats", "jax.nn"),
    }
)
"""Modules: no answer, they are no callables."""

_UFUNC_METHODS = frozenset({"reduce", "accumulate", "outer", "at", "reduceat"})
_ALIASES = {
    "numpy.core.": "numpy.",
    "numpy._core.": "numpy.",
    "jax._src.numpy.": "jax.numpy.",
    "numpy.emath.": "numpy.",
}


class Knowledge:
    """Measured data and a set of model files; immutable after construction, answers are remembered."""

    def __init__(self, model: Model) -> None:
        self._transforms = {entry.name: entry for entry in model.transform}
        self._libraries = {entry.name: entry for entry in model.library}
        self._drivers = {entry.name: entry for entry in model.driver}
        self._described = {entry.name: entry for entry in model.callable}
        self._added = {name: entry.version for entry in model.added for name in entry.names}
        self.static_names = model.static
        """Name conventions, in the order in which they are asked."""
        self.declarations: dict[str, Declaration] = {entry.decorator: entry for entry in model.declaration}
        """What decorators declare, by their qualified names."""
        self.supports: tuple[Support, ...] = model.support
        """Methods by which classes declare for which arrays their objects work."""
        self.families: tuple[Family, ...] = model.family
        """Families of packages, xpcheck's own first."""
        self.foreign_roots: frozenset[str] = frozenset(
            entry.name.partition(".")[0] for entry in model.library if entry.foreign
        )
        """Top-level names of libraries that are neither NumPy nor JAX and break on traced values."""
        self.static_classes: frozenset[str] = frozenset(name for item in model.family for name in item.static_classes)
        """Names of classes whose instances are concrete under a trace: settings, datasets, masks."""
        self.accept_wrappers: frozenset[str] = frozenset(name for item in model.family for name in item.accept_wrappers)
        """Names of functions of JAX that take a wrapper: those of ``jax.numpy`` bare, others in full."""
        self.reject_wrappers: frozenset[str] = frozenset(name for item in model.family for name in item.reject_wrappers)
        """Modules of JAX, besides ``jax.numpy``, whose functions take no wrapper."""
        self.required_packages: tuple[str, ...] = tuple(name for item in model.family for name in item.packages)
        """Packages that must be followed wherever a project imports them."""
        self._answers: dict[str, Callable | None] = {}
        self._static_answers: dict[tuple[str, str], StaticName | None] = {}

    def library(self, name: str) -> Callable | None:
        """What is known about a qualified name outside JAX: None for modules and unknown libraries."""
        if name not in self._answers:
            self._answers[name] = self._library(name)
        return self._answers[name]

    def _library(self, name: str) -> Callable | None:
        name = _plain(name)
        described = self._described.get(name)
        if described is not None:
            return msgspec.convert(msgspec.to_builtins(described), Callable, strict=False)
        driver = self._drivers.get(name)
        found = _measured(name)
        if found is None:
            default = self.library_of(name)
            if driver is None and (name in SUBMODULES or default is None or default.name == name):
                return None
            found = Callable(name=name, effect=default.effect if default is not None else "breaks", measured=False)
        if driver is not None:
            found = msgspec.structs.replace(found, effect=driver.effect, host_callback=driver.callbacks)
        return found

    def namespace(self, name: str) -> Callable | None:
        """What is known about a name of ``jax.numpy``, ``jax.scipy`` or ``jax.nn``; None if there is no such name."""
        name = _plain(name)
        return _measured(name) if name.startswith("jax.") else None

    def method(self, name: str) -> Method | None:
        """What is known about a method, attribute or operator (dunder name) of arrays."""
        return measured.find_method(name)

    def added(self, name: str) -> str:
        """The version since which a library has a qualified name; "" where every version in use has it."""
        return self._added.get(name, "")

    def is_module(self, name: str) -> bool:
        """Whether a qualified name is that of a submodule of a known library."""
        return name in SUBMODULES

    def described(self, name: str) -> Described | None:
        """What a model file says about a name, where it says more than its library's default."""
        return self._described.get(name)

    def copied(self, name: str) -> Described | None:
        """What model files say of a function of which a package holds a copy: ``pkg.externals.array_api_compat.f``."""
        _, *folders, last = name.split(".")
        found = (self._described.get(f"{folder}.{last}") for folder in folders)
        return next(filter(None, found), None)

    def transform(self, name: str) -> Transform | None:
        """The transform of a qualified name: one of JAX, or one that a project's model file describes."""
        return self._transforms.get(name)

    def driver(self, name: str) -> Driver | None:
        """The function of a qualified name that calls back on the host."""
        return self._drivers.get(name)

    def library_of(self, name: str) -> Library | None:
        """The library, longest match, that a qualified name belongs to."""
        while name:
            if name in self._libraries:
                return self._libraries[name]
            name = name.rpartition(".")[0]
        return None

    def asks_for_own(self, name: str) -> bool:
        """Whether a function asks for objects of its library (``issparse``): no array of JAX is one."""
        asks = name.rpartition(".")[2].startswith("is") and name.partition(".")[0] in self.foreign_roots
        model = self.library(name) if asks else None
        return model is not None and model.effect == "metadata"

    def static_name(self, name: str, where: Literal["parameter", "attribute"] = "parameter") -> StaticName | None:
        """The convention by which a bare parameter or attribute name is static or host."""
        key = (name, where)
        if key not in self._static_answers:
            fits = (item for item in self.static_names if item.where in (where, "both"))
            self._static_answers[key] = next((item for item in fits if fnmatchcase(name, item.pattern)), None)
        return self._static_answers[key]


def _plain(name: str) -> str:
    """A name without the private module it was imported from."""
    for private, public in _ALIASES.items():
        if name.startswith(private):
            return public + name.rpartition(".")[2]
    return name


def _measured(name: str) -> Callable | None:
    found = measured.find_callable(name)
    if found is not None:
        return found
    owner, _, last = name.rpartition(".")
    if last in _UFUNC_METHODS:
        ufunc = measured.find_callable(owner)
        if ufunc is not None and (ufunc.kind == "ufunc" or owner.startswith("jax.")):
            prefix = "jax.numpy" if owner.startswith("jax.") else "numpy"
            standing = measured.find_callable(f"{prefix}.add.{last}")
            if standing is not None:
                return msgspec.structs.replace(standing, name=name)
    return None


@functools.cache
def _own() -> Knowledge:
    return Knowledge(own())


def with_models(*models: Model) -> Knowledge:
    """What xpcheck knows and the model files of a project, which count first."""
    return Knowledge(merge((own(), *models))) if models else _own()


def library(name: str) -> Callable | None:
    """``Knowledge.library`` without project models."""
    return _own().library(name)


def namespace(name: str) -> Callable | None:
    """``Knowledge.namespace`` without project models."""
    return _own().namespace(name)


def method(name: str) -> Method | None:
    """``Knowledge.method`` without project models."""
    return _own().method(name)


def added(name: str) -> str:
    """``Knowledge.added`` without project models."""
    return _own().added(name)


def is_module(name: str) -> bool:
    """``Knowledge.is_module`` without project models."""
    return _own().is_module(name)


def transform(name: str) -> Transform | None:
    """``Knowledge.transform`` without project models."""
    return _own().transform(name)


def static_name(name: str, where: Literal["parameter", "attribute"] = "parameter") -> StaticName | None:
    """``Knowledge.static_name`` without project models."""
    return _own().static_name(name, where)


def families() -> tuple[Family, ...]:
    """The families of packages that xpcheck knows by itself."""
    return _own().families


def foreign_roots() -> frozenset[str]:
    """``Knowledge.foreign_roots`` without project models."""
    return _own().foreign_roots
