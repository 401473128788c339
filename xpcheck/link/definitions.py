"""Functions, classes and other things a name can stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from xpcheck import facts
from xpcheck.project.index import Module


@dataclass(eq=False, slots=True)
class Function:
    """A module-level function or a method.

    ``binding`` says what a call through an instance passes first: ``function`` and ``static`` nothing, ``method`` the
    instance, ``class`` the class. ``accessor`` is ``property``, ``cached`` (any cached property) or "".
    """

    module: Module
    outline: facts.FunctionOutline
    owner: Class | None
    binding: str
    accessor: str
    name: str = field(init=False)
    """The bare name."""
    qualname: str = field(init=False)
    """The dotted name inside the module."""
    key: tuple[str, str, int] = field(init=False)
    """A deterministic order of functions: module, qualified name, line."""
    params: tuple[facts.Param, ...] = field(init=False)
    """The parameters, ``self`` included."""

    def __post_init__(self) -> None:
        outline = self.outline
        self.name, self.qualname, self.params = outline.name, outline.qualname, outline.params
        self.key = (self.module.name, outline.qualname, outline.loc[0])

    def __repr__(self) -> str:
        return f"<{self.module.name}:{self.outline.qualname}>"


@dataclass(eq=False, slots=True)
class Class:
    """A class of the program with its own members (not the inherited ones)."""

    module: Module
    outline: facts.ClassOutline
    members: dict[str, Member] = field(default_factory=dict)
    setters: dict[str, Function] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The bare name."""
        return self.outline.name

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
    """Whether a module holds stand-ins for tests, which no trace meets: part of its name is ``mock`` or ``mock_*``."""
    return any(part == "mock" or part.startswith("mock_") for part in module.name.split("."))
