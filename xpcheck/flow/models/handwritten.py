"""Hand-written model files: what no measurement shows, in TOML, checked when read.

A model file has ``format = 1`` and any of the tables ``[[transform]]``, ``[[library]]``, ``[[driver]]``,
``[[callable]]``, ``[[added]]``, ``[[static]]``, ``[[declaration]]`` and ``[family]``. xpcheck's own files and those
that a project's configuration names have the same form.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args, get_type_hints

import msgspec

from xpcheck.config import Config, ModelError, complaint_of, nearest
from xpcheck.flow.models.files import content
from xpcheck.flow.models.structs import Effect, Slot

FORMAT = 1

OWN = ("jax_transforms", "scipy_drivers", "array_api", "numpy_versions", "static_names", "declarations", "autoarray")
"""xpcheck's own files, in the order in which they are merged."""

SCIPY_ARRAY_API = "scipy_array_api"
"""What SciPy takes under `SCIPY_ARRAY_API=1`, written by ``scripts/measure_models.py --array-api``."""

_Name = Annotated[str, msgspec.Meta(min_length=1)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything that is read from TOML: an unknown key is an error."""


class TracedFunction(_Table, frozen=True, forbid_unknown_fields=True):
    """Where a transform takes the function it traces; ``sequence`` when that argument is a list of functions."""

    position: int
    keyword: str
    sequence: bool = False


class Transform(_Table, frozen=True, forbid_unknown_fields=True):
    """A function that calls a function it is given with traced values (``jax.jit``, ``jax.lax.scan``)."""

    name: _Name
    kind: Literal["wrap", "call"]
    """``wrap`` gives back a callable, ``call`` calls at once with its further arguments."""
    functions: tuple[TracedFunction, ...]
    traced: Literal["all", "argnums", "mapped", "shapes", "operands"] = "all"
    """Which parameters arrive traced: all; those at ``argnums``; those whose ``in_axes`` entry is not None; all, as
    ``shapes`` without data; or ``operands``: as traced as the further arguments."""
    argnums: str = ""
    """The keyword that says which parameters (``argnums``, ``in_axes``)."""
    default: tuple[int, ...] = ()
    """Positions that are traced when ``argnums`` is not given."""
    static: tuple[str, ...] = ()
    """Keywords that name parameters which stay static, by position or by name."""
    returns: str = "traced"
    """``callable``, ``traced``, ``tuple:N`` or ``static``."""


class Library(_Table, frozen=True, forbid_unknown_fields=True):
    """What a name of a library does when nothing more is known about the name; the longest match counts."""

    name: _Name
    effect: Effect
    reason: _Name
    foreign: bool = False
    """Neither NumPy nor JAX: a call with traced values is a foreign call."""


class Driver(_Table, frozen=True, forbid_unknown_fields=True):
    """A function that calls back on the host."""

    name: _Name
    callbacks: tuple[str | int, ...]
    effect: Effect = "breaks"
    """What traced data in its other arguments does."""


class Described(_Table, frozen=True, forbid_unknown_fields=True):
    """A callable described by hand, in the words of the measured data."""

    name: _Name
    effect: Effect
    kind: Literal["function", "ufunc", "class", "constant"] = "function"
    raises: str = ""
    slots: tuple[Slot, ...] = ()
    returns: str = ""
    boolean: bool = False
    inplace: bool = False
    host_callback: tuple[str | int, ...] = ()
    jax: str = ""
    backend: str = ""
    """The module of which it asks whether it is the namespace in use."""
    arrays: tuple[str, ...] = ()
    """The modules of which it asks whether its first argument is an array of one of them."""


class StaticName(_Table, frozen=True, forbid_unknown_fields=True):
    """A parameter or attribute whose value is static or host by convention: ``pattern`` is a glob on the bare name."""

    pattern: _Name
    reason: _Name
    value: Literal["static", "host"] = "static"
    where: Literal["parameter", "attribute", "both"] = "both"
    heuristic: bool = True
    """A name convention (``likely`` at best); false where every release of the family agrees."""


class Added(_Table, frozen=True, forbid_unknown_fields=True):
    """Names that a library has since a version, and not before."""

    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    names: tuple[_Name, ...]


class Declaration(_Table, frozen=True, forbid_unknown_fields=True):
    """A decorator by which a project declares that code is never traced."""

    decorator: _Name
    """Qualified by the module that defines it."""
    true: tuple[str, ...] = ()
    """Keywords that say so with ``True``."""
    false: tuple[str, ...] = ()
    """Keywords that say so with ``False``."""
    naming: dict[str, str] = {}
    """Keywords that say so when a text stands in their value."""
    delegating: dict[str, str] = {}
    """Keywords that say so in a table by name, when a text stands in their value: JAX has the function itself."""


class Support(_Table, frozen=True, forbid_unknown_fields=True):
    """A method by which a class declares for which arrays its objects work."""

    method: _Name
    attribute: _Name
    """What it assigns to say so, on the object that it returns; false where nothing is assigned."""


class Decorator(_Table, frozen=True, forbid_unknown_fields=True):
    """What the source of a decorator does not show about the body it wraps."""

    name: _Name
    """Last part of the name; qualified names are in ``qualified``."""
    qualified: tuple[str, ...] = ()
    kind: Literal["wrap-result", "transform-input", "over-sample"] = "wrap-result"
    xp_slot: int = 2
    """Position (``self`` is 0) at which the body gets its namespace, always by position."""
    traced_slots: tuple[int, ...] = (1,)
    """Positions of the body's parameters that may be traced arrays or wrappers."""
    uniform: str = ""
    """Class of the result for a uniform grid."""
    irregular: str = ""
    """Class of the result for an irregular grid."""
    fills: tuple[str, ...] = ()
    """Classes of what the body's first traced slot holds."""
    calls: tuple[str, ...] = ()
    """Methods of the object that the decorator calls with the namespace."""
    calls_with: dict[str, str] = {}
    """Methods that it calls when it is given an option: ``@transform(rotate_back=True)``."""
    inside: tuple[str, ...] = ()
    """Decorators that have to stand above this one."""
    keeps: tuple[str, ...] = ()
    """Constructor arguments of a returned wrapper that its own wrapper takes over."""


class Wrapper(_Table, frozen=True, forbid_unknown_fields=True):
    """A base class of wrappers: instances hold an array, and are not one."""

    name: _Name
    array: tuple[str, ...] = ("array", "_array")
    """Attributes that give the raw array."""
    namespace: str = "_xp"
    takes_xp: bool = True
    """Whether the constructor takes a namespace."""


class Composer(_Table, frozen=True, forbid_unknown_fields=True):
    """A call that makes a class parametric: the free parameters of ``classes`` arrive traced."""

    name: _Name
    classes: tuple[str | int, ...]
    """What holds classes: positions and keywords, or ``args`` / ``keywords`` for all of them."""


class Deprecated(_Table, frozen=True, forbid_unknown_fields=True):
    """An attribute of a package that has a new name beside it."""

    name: _Name
    """Qualified: the package and the attribute."""
    instead: _Name
    """The attribute to write instead."""


class Family(_Table, frozen=True, forbid_unknown_fields=True):
    """A family of packages that share wrappers, decorators and model composers."""

    packages: tuple[str, ...] = ()
    """Must be followed: missing ones are an error."""
    optional_packages: tuple[str, ...] = ()
    """Followed when found."""
    minimal: tuple[str, ...] = ()
    """Packages with the same names that stand in for the first one."""
    prior_files: tuple[str, ...] = ()
    """Globs, relative to a package, of files that name classes and their free parameters."""
    cached_properties: tuple[str, ...] = ()
    """Decorators, by last name, that keep a property's value on the instance."""
    static_classes: tuple[str, ...] = ()
    """Qualified classes whose instances, and their subclasses', are static: settings, masks, geometries, datasets."""
    wrappers: tuple[Wrapper, ...] = ()
    decorators: tuple[Decorator, ...] = ()
    composers: tuple[Composer, ...] = ()
    deprecated: tuple[Deprecated, ...] = ()
    accept_wrappers: tuple[str, ...] = ()
    """Functions of JAX that take a wrapper: by its shape and data type, or as a sequence of raw rows.

    Those of ``jax.numpy`` by their own name, others by their full one.
    """
    reject_wrappers: tuple[str, ...] = ()
    """Modules of JAX, besides ``jax.numpy``, whose functions take no wrapper."""
    registrars: tuple[str, ...] = ()
    """Functions that register a class as a pytree of all that its instances hold: the class comes first."""
    evaluations: dict[str, Literal["jit", "vmap"]] = {}
    """Attributes that evaluate the whole model under a transform, by name."""
    entries: tuple[str, ...] = ()
    """Methods, with their overrides, that run under a trace though no transform names them: ``module:Class.method``."""


class Model(_Table, frozen=True, forbid_unknown_fields=True):
    """One model file, or several merged."""

    format: int
    transform: tuple[Transform, ...] = ()
    library: tuple[Library, ...] = ()
    driver: tuple[Driver, ...] = ()
    callable: tuple[Described, ...] = ()
    added: tuple[Added, ...] = ()
    static: tuple[StaticName, ...] = ()
    declaration: tuple[Declaration, ...] = ()
    support: tuple[Support, ...] = ()
    family: tuple[Family, ...] = ()


_TABLES: Final[Mapping[str, type[_Table]]] = {
    "": Model,
    "transform": Transform,
    "functions": TracedFunction,
    "library": Library,
    "driver": Driver,
    "callable": Described,
    "static": StaticName,
    "declaration": Declaration,
    "support": Support,
    "family": Family,
    "wrappers": Wrapper,
    "decorators": Decorator,
    "composers": Composer,
    "deprecated": Deprecated,
}
"""Which class an entry of a list of tables is read into; the file itself has no name."""


def parse(text: str, source: str) -> Model:
    """Read a model file's text; ``source`` names it in error messages.

    Raises ModelError for anything that is not understood.
    """
    try:
        document: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(source, *complaint_of(error, text)) from None
    try:
        model = msgspec.convert(document, Model)
    except msgspec.ValidationError as error:
        place, message = _explained(str(error))
        raise ModelError(source, place.line_in(text), message) from None
    if model.format != FORMAT:
        raise ModelError(source, 1, f"`format` is {model.format}, this xpcheck reads {FORMAT}")
    for place, message in _oddities(model):
        raise ModelError(source, place.line_in(text), f"`{place}` {message}")
    return model


def _oddities(model: Model) -> Iterator[tuple[Place, str]]:
    """What is wrong although the types are right."""
    names = {
        "transform": [entry.name for entry in model.transform],
        "library": [entry.name for entry in model.library],
        "driver": [entry.name for entry in model.driver],
        "callable": [entry.name for entry in model.callable],
    }
    for table, listed in names.items():
        for index, name in enumerate(listed):
            if name in listed[:index]:
                yield Place(table, index, "name"), f"repeats `{name}`"
    for index, transform in enumerate(model.transform):
        if not transform.functions:
            yield Place("transform", index, "functions"), "is empty"
        if transform.traced in ("argnums", "mapped") and not transform.argnums:
            yield Place("transform", index, "argnums"), f"is missing for traced = `{transform.traced}`"
    for index, driver in enumerate(model.driver):
        if not driver.callbacks:
            yield Place("driver", index, "callbacks"), "is empty"


class Place(NamedTuple):
    """A key in the entry ``position`` (from 0) of the list of tables ``[[table]]``; no table means the file itself."""

    table: str
    position: int
    key: str

    def __str__(self) -> str:
        return f"{self.table}[{self.position}].{self.key}" if self.table else self.key

    def line_in(self, text: str) -> int:
        """The line on which it stands; that of its table, or the first one, when it is not there."""
        lines = text.splitlines()
        start = 1
        if self.table:
            header = re.compile(rf"\s*\[\[?\s*{re.escape(self.table)}\b")
            starts = [number for number, line in enumerate(lines, 1) if header.match(line)]
            start = starts[self.position] if self.position < len(starts) else 1
        wanted = re.compile(rf"\s*(\[\[?\s*)?[\"']?{re.escape(self.key)}\b") if self.key else None
        for number, line in enumerate(lines[start - 1 :], start):
            if self.table and number > start and line.lstrip().startswith("["):
                break
            if wanted is not None and wanted.match(line):
                return number
        return start


def _explained(message: str) -> tuple[Place, str]:
    """Where a validation error of msgspec is, and its text with the nearest right word."""
    found = re.search(r"`\$\.(\w+)(?:\[(\d+)\])?((?:\.\w+|\[\w+\])*)`$", message)
    table, position, rest = (found[1], int(found[2] or 0), found[3]) if found else ("", 0, "")
    parts = [table, *(part.partition("[")[0] for part in rest.split(".") if part.partition("[")[0])]
    if unknown := re.search(r"unknown field `(.+?)`", message):
        owner = _TABLES.get(parts[-1])
        hint = nearest(unknown[1], owner.__struct_fields__) if owner is not None else ""
        return Place(table, position, unknown[1]), message.replace(unknown[0], unknown[0] + hint)
    key = parts[-1] if len(parts) > 1 else ""
    if wrong := re.search(r"Invalid enum value '(.+?)'", message):
        owner = _TABLES.get(parts[-2]) if len(parts) > 1 else None
        choices = get_args(get_type_hints(owner)[key]) if owner is not None else ()
        hint = nearest(wrong[1], [choice for choice in choices if isinstance(choice, str)])
        message = message.replace(wrong[0], f"`{key}` cannot be `{wrong[1]}`{hint}")
    return Place(table, position, key), message


def load(path: Path | str) -> Model:
    """Read a model file of a project's own.

    Raises ModelError when it cannot be read or understood.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(str(path), 1, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ModelError(str(path), 1, f"is not UTF-8: {error.reason} at byte {error.start}") from None
    return parse(text, str(path))


def merge(models: tuple[Model, ...]) -> Model:
    """One model of several: of two entries with one name the later counts, static names add up."""
    return Model(
        FORMAT,
        tuple({entry.name: entry for model in models for entry in model.transform}.values()),
        tuple({entry.name: entry for model in models for entry in model.library}.values()),
        tuple({entry.name: entry for model in models for entry in model.driver}.values()),
        tuple({entry.name: entry for model in models for entry in model.callable}.values()),
        tuple(entry for model in models for entry in model.added),
        tuple(entry for model in models for entry in model.static),
        tuple({entry.decorator: entry for model in models for entry in model.declaration}.values()),
        tuple({entry.method: entry for model in models for entry in model.support}.values()),
        tuple(entry for model in models for entry in model.family),
    )


@functools.cache
def own() -> Model:
    """The model files that come with xpcheck and hold everywhere, merged."""
    return merge(tuple(shipped(name) for name in OWN))


def shipped(name: str) -> Model:
    """One of the model files that come with xpcheck."""
    return parse(content(f"{name}.toml").decode("utf-8"), f"{name}.toml")


def chosen(config: Config, environment: Collection[str] = ()) -> tuple[Model, ...]:
    """The model files that hold for a project by its configuration, those that count more last.

    ``environment`` are the variables that its code reads or sets. Raises ModelError for a file that cannot be used.
    """
    said = config.scipy_array_api
    asked = SCIPY_ARRAY_API.upper() in environment if said is None else said
    dispatching = (shipped(SCIPY_ARRAY_API),) if asked else ()
    return (*dispatching, *(load(path) for path in config.extra_models))
