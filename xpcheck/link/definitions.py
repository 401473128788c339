"""Functions, classes and other things a name can stand for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TypeAlias

from xpcheck import facts
from xpcheck.project.index import Module
from xpcheck.project.packages import is_for_tests


class Function:
    """A module-level function or a method.

    ``binding`` says what a call through an instance passes first: ``function`` and ``static`` nothing, ``method`` the
    instance, ``class`` the class. ``accessor`` is ``property``, ``cached`` (any cached property) or "".
    """

    # No dataclass: where values are kept between runs, msgspec is to ask what a function is called.
    __slots__ = ("accessor", "binding", "key", "module", "name", "outline", "owner", "params", "qualname")

    def __init__(
        self, module: Module, outline: facts.FunctionOutline, owner: Class | None, binding: str, accessor: str
    ) -> None:
        self.module = module
        self.outline = outline
        self.owner = owner
        self.binding = binding
        self.accessor = accessor
        self.name = outline.name
        """The bare name."""
        self.qualname = outline.qualname
        """The dotted name inside the module."""
        self.key = (module.name, outline.qualname, outline.loc[0])
        """A deterministic order of functions: module, qualified name, line."""
        self.params = outline.params
        """The parameters, ``self`` included."""

    @property
    def full_name(self) -> str:
        """The dotted name with that of the module, as configuration and model files spell it."""
        return f"{self.module.name}.{self.qualname}"

    def __repr__(self) -> str:
        return f"<{self.module.name}:{self.outline.qualname}>"


class Class:
    """A class of the program with its own members (not the inherited ones)."""

    __slots__ = ("members", "module", "outline", "setters")

    def __init__(self, module: Module, outline: facts.ClassOutline) -> None:
        self.module = module
        self.outline = outline
        self.members: dict[str, Member] = {}
        self.setters: dict[str, Function] = {}

    @property
    def name(self) -> str:
        """The bare name."""
        return self.outline.name

    @property
    def full_name(self) -> str:
        """The dotted name with that of the module, as configuration and model files spell it."""
        return f"{self.module.name}.{self.outline.qualname}"

    @property
    def key(self) -> tuple[str, str, int]:
        """A deterministic order of classes."""
        return (self.module.name, self.outline.qualname, self.outline.loc[0])

    def __repr__(self) -> str:
        return f"<class {self.module.name}:{self.outline.qualname}>"


@dataclass(frozen=True, slots=True)
class ModuleName:
    """A module of the program."""

    name: str


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the program, by its dotted name (``numpy.linalg.norm``)."""

    name: str


@dataclass(eq=False, slots=True)
class Variable:
    """A module-level or class-level assignment."""

    module: Module
    outline: facts.AssignOutline
    owner: Class | None = None


Member: TypeAlias = Function | Class | Variable
Entity: TypeAlias = Function | Class | Variable | ModuleName | External


def toplevel(module: Module) -> Function:
    """The statements of a module outside functions, as the function ``<module>`` that Python makes of them."""
    start, whole = (1, 1, 1, 1), (0, 1, module.outline.lines, 1)
    name, names = facts.MODULE, module.outline.names
    outline = facts.FunctionOutline(name, name, "", whole, start, (), None, (), names, (), False, False, False, "")
    return Function(module, outline, None, "function", "")


def holds_doubles(module: Module) -> bool:
    """Whether a module holds stand-ins for tests, which no trace meets: part of its name is ``mock`` or ``mock_*``.

    Or it lies among the tests of a package, which are not read where others import the package.
    """
    return _holds_doubles(module.name, module.is_package)


@functools.cache
def _holds_doubles(name: str, is_package: bool) -> bool:
    parts = name.split(".")
    doubles = any(part == "mock" or part.startswith("mock_") for part in parts)
    return doubles or is_for_tests(parts, is_package)
