"""Parametric classes: whose constructor parameters are free parameters of a model and arrive traced.

In order of strength: declared by prior files, by the configuration, by their structure. Class identity is the module
path, never the bare name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from xpcheck import facts
from xpcheck.config import Config
from xpcheck.flow.inputs import PRIOR_FOLDER
from xpcheck.flow.lattice.summary import Summary
from xpcheck.flow.lattice.values import Fact, Param, Value, spread
from xpcheck.flow.sources.annotations import default_kind, says_float
from xpcheck.flow.sources.plain import PlainUses
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program
from xpcheck.model import Level


class Declaration(msgspec.Struct, frozen=True):
    """A free parameter of one class: its index in the constructor, why, and how certain that is."""

    cls: Class
    constructor: Function
    index: int
    note: str
    source: str
    line: int
    level: Level
    mostly_fixed: bool = False
    """Most models fix the parameter: it says something of code that JAX comes to only."""


class Declared(msgspec.Struct, frozen=True):
    """What the prior files of a program say: free parameters, those that most models fix, the classes they name.

    ``packages`` are those that have prior files, or import a package that has.
    """

    parameters: tuple[Declaration, ...]
    fixed: tuple[Declaration, ...]
    classes: frozenset[Class]
    packages: frozenset[str]


class PriorFile(msgspec.Struct, frozen=True):
    """What one prior file says: class name -> parameter name -> line."""

    path: str
    package: str
    parts: tuple[str, ...]
    classes: dict[str, dict[str, Prior]]


class Prior(msgspec.Struct, frozen=True):
    """What a prior file says of one parameter: on which line, and whether models fix it unless they say otherwise."""

    line: int
    fixed: bool


def prior_files(program: Program) -> list[PriorFile]:
    """The prior files beside the packages of a program, sorted by path."""
    found: list[PriorFile] = []
    tops = {module.package: module for module in program.index.modules.values() if module.name == module.package}
    for package, module in sorted(tops.items()):
        folder = Path(module.file).parent.joinpath(*PRIOR_FOLDER)
        if folder.is_dir():
            for path in sorted(folder.rglob("*.yaml")):
                shown = f"{Path(module.path).parent.as_posix()}/{path.relative_to(folder.parent.parent).as_posix()}"
                parts = (*path.relative_to(folder).parent.parts, path.stem)
                found.append(PriorFile(shown, package, parts, read_priors(path)))
    return found


def read_priors(path: Path) -> dict[str, dict[str, Prior]]:
    """Class and parameter names of a prior file, with what it says of them.

    The two outer levels of the YAML mapping; a file that is no such mapping declares nothing.
    """
    import yaml

    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    if not isinstance(node, yaml.MappingNode):
        return {}
    result: dict[str, dict[str, Prior]] = {}
    for key, value in node.value:
        if isinstance(value, yaml.MappingNode):
            result[str(key.value)] = {
                str(name.value): Prior(name.start_mark.line + 1, kind == "Constant")
                for name, prior in value.value
                if isinstance(prior, yaml.MappingNode) and (kind := _kind(prior)) not in {"", "Deferred"}
            }
    return result


def _kind(prior: object) -> str:
    """The type of a prior, "" where none is written."""
    return next((str(value.value) for key, value in getattr(prior, "value", ()) if key.value == "type"), "")


class Priors:
    """What the prior files of a program say.

    Attributes
    ----------
    files
        The prior files.
    """

    def __init__(self, program: Program, files: list[PriorFile]) -> None:
        self.files = files
        self._program = program
        self._declared: dict[frozenset[str], Declared] = {}
        names = {_last(name) for file in files for name in file.classes}
        by_name: dict[str, list[Class]] = {}
        for cls in program.classes:
            if cls.outline.qualname in names:
                by_name.setdefault(cls.outline.qualname, []).append(cls)
        self._named = {
            (file.path, name): _meant(program, file, name, by_name.get(_last(name), []))
            for file in files
            for name in file.classes
        }

    def seen_by(self, packages: frozenset[str]) -> Declared:
        """What those of some packages say."""
        if packages not in self._declared:
            files = [file for file in self.files if file.package in packages]
            named = (classes for file in files for classes in (self._named[file.path, name] for name in file.classes))
            declaring = {file.package for file in files}
            said = list(_parameters(self._program, files, self._named))
            self._declared[packages] = Declared(
                tuple(item for item in said if not item.mostly_fixed),
                tuple(item for item in said if item.mostly_fixed),
                frozenset(cls for classes in named for cls in classes),
                frozenset(package for package, seen in self._program.visible.items() if declaring & seen),
            )
        return self._declared[packages]

    def free_names(self, packages: frozenset[str]) -> frozenset[str]:
        """The names of the parameters that are free by the files of some packages."""
        found = self.seen_by(packages).parameters
        return frozenset(item.constructor.params[item.index].name for item in found)


def _parameters(
    program: Program, files: Sequence[PriorFile], named: dict[tuple[str, str], list[Class]]
) -> Iterator[Declaration]:
    """The parameters that prior files name; ``centre_0`` and ``centre_1`` are elements of ``centre``."""
    for item in files:
        for name, params in item.classes.items():
            for cls in named[(item.path, name)]:
                constructor = program.constructor(cls)
                if constructor is None:
                    continue
                by_name = {param.name: index for index, param in enumerate(constructor.params)}
                for param, prior in params.items():
                    base, _, number = param.rpartition("_")
                    index = by_name.get(param, by_name.get(base) if number.isdigit() else None)
                    if index is not None:
                        shown = constructor.params[index].name
                        note, level = f"{shown} is a free parameter", Level.PROVED
                        if prior.fixed:
                            note, level = f"{shown} of {cls.name} is free in models that free it", Level.LIKELY
                        yield Declaration(cls, constructor, index, note, item.path, prior.line, level, prior.fixed)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _meant(program: Program, item: PriorFile, name: str, named: Sequence[Class]) -> list[Class]:
    """Classes of the package, else of one that it imports, whose module path fits best.

    The prior file's path says it, and the name by which the class stands in the file: ``model.FlatLambdaCDM``.
    """
    said = {*item.parts, *name.split(".")[:-1]}
    candidates = [cls for cls in named if cls.module.package == item.package]
    candidates = candidates or [cls for cls in named if cls.module.package in program.visible[item.package]]

    def score(cls: Class) -> int:
        parts = cls.module.name.split(".")
        return sum(1 for part in said if part in parts)

    best = max((score(cls) for cls in candidates), default=0)
    return [cls for cls in candidates if score(cls) == best]


def configured(program: Program, classes: Iterable[Class], config: Config) -> Iterator[Declaration]:
    """All constructor parameters of the classes that the configuration names, and of those below them."""
    if not config.parametric_classes:
        return
    for cls in classes:
        names = [item.full_name for item in program.hierarchy.mro(cls)]
        if not any(fnmatchcase(name, pattern) for name in names for pattern in config.parametric_classes):
            continue
        constructor = program.constructor(cls)
        for index, param in enumerate(constructor.params[1:] if constructor else (), 1):
            if constructor is not None and default_kind(param.default) in {"", "float"}:
                note = f"{param.name} of {cls.name} is a free parameter (configuration)"
                yield Declaration(cls, constructor, index, note, constructor.module.path, param.loc[0], Level.PROVED)


def handed_on(
    program: Program, known: Declared, constructors: Sequence[tuple[Class, Function, Summary]]
) -> Iterator[Declaration]:
    """Parameters that a subclass's constructor hands on, as they are or computed with, to free parameters of its base.

    A class that a prior file names itself has the free parameters that the file says, and no others.
    """
    free = {(item.constructor, item.index): item for item in known.parameters}
    found = True
    while found:
        found = False
        for cls, constructor, summary in constructors:
            if cls in known.classes or constructor.owner is not cls:
                continue
            for (callee, _, target), edge in summary.edges.items():
                base = free.get((callee, target.index))
                if base is None or target.attr or not program.hierarchy.is_subclass(cls, [base.cls]):
                    continue
                for dep in sorted(dep for dep in edge.deps if isinstance(dep, Param) and dep.index and not dep.attr):
                    param = constructor.params[dep.index]
                    if (constructor, dep.index) not in free and float_like(param):
                        note = f"{param.name} is handed on to a free parameter of {base.cls.name}"
                        path, line = constructor.module.path, param.loc[0]
                        level = base.level if edge.exact else Level.weakest(base.level, Level.LIKELY)
                        item = Declaration(cls, constructor, dep.index, note, path, line, level)
                        free[(constructor, dep.index)] = item
                        found = True
                        yield item


def numbers(program: Program, known: Declared, stores: Mapping[Class, Mapping[str, Value]]) -> Iterator[Declaration]:
    """Parameters named like the free parameter of a declared class below ``float``, where a constructor stores them.

    Such a class stands for the number itself: it is declared so that the parameter of another class can be free. No
    more than likely: most models fix that parameter.
    """
    scalars = {
        item.constructor.params[item.index].name: item
        for item in known.parameters
        if "float" in program.hierarchy.external_bases[item.cls]
    }
    for cls in stores if scalars else ():
        constructor = program.constructor(cls)
        if cls in known.classes or constructor is None or constructor.owner is not cls:
            continue
        for index, param in enumerate(constructor.params[1:], 1):
            scalar = scalars.get(param.name)
            stored = any(value.path == Param(index) for value in stores[cls].values())
            if scalar is not None and stored and float_like(param) and cls.module.package in known.packages:
                note = f"{param.name} of {cls.name} may be a free parameter, as `{scalar.cls.name}` is a number that is"
                yield Declaration(cls, constructor, index, note, scalar.source, scalar.line, Level.LIKELY, True)


def structural(
    program: Program,
    known: Declared,
    stores: Mapping[Class, Mapping[str, Value]],
    used: set[tuple[Class, str]],
    plain: PlainUses,
    flags: Collection[str],
) -> Iterator[Declaration]:
    """Float-like constructor parameters that are stored and used with ``xp.*`` in an xp-aware method.

    A package that declares its parametric classes in prior files, or imports one that does, means those with free
    parameters and others of the same families. An attribute that the class uses as a plain number, or a parameter that
    its constructor branches on, is a setting. A class that is told which backend to use (`use_jax`) runs models and is
    no part of one.
    """
    free = {item.cls for item in known.parameters}
    families = {item for cls in free for item in (cls, *program.hierarchy.bases(cls))}
    for cls in stores:
        undeclared = cls.module.package in known.packages and families.isdisjoint(program.hierarchy.mro(cls)[1:])
        if undeclared or cls in known.classes:
            continue
        constructor = program.constructor(cls)
        if constructor is None or constructor.owner is not cls:
            continue
        if any(param.name in flags for param in constructor.params):
            continue
        family = {*program.hierarchy.mro(cls), *program.hierarchy.subclasses(cls, cls.module.package)}
        attributes = {attr for owner, attr in used if owner in family} - plain.attributes(cls)
        if not attributes:
            continue
        for index, param in enumerate(constructor.params[1:], 1):
            if not float_like(param) or plain.is_setting(constructor, Param(index)):
                continue
            if any(attr in attributes and Param(index) in spread(value)[1] for attr, value in stores[cls].items()):
                note = f"{param.name} of {cls.name} looks like a free parameter"
                yield Declaration(cls, constructor, index, note, constructor.module.path, param.loc[0], Level.LIKELY)


def float_like(param: facts.Param) -> bool:
    """Whether a default or an annotation says that a parameter is a number, or a tuple of numbers."""
    if param.kind not in {"pos", "kwonly", "posonly"}:
        return False
    kind = default_kind(param.default)
    if param.annotation is not None:
        return says_float(param.annotation) and kind != "static"
    return kind == "float"


__all__ = ["Declaration", "Declared", "Fact", "Priors", "configured", "float_like", "structural"]
