"""Markers: what comments and the configuration declare of functions, classes and modules.

``# xpcheck: host reason`` says that code runs on the host, around the trace and never in it; ``static[name]`` that a
parameter is concrete under a trace; ``traced[name]`` that it is a free parameter. A marker belongs to the definition
in whose header it stands or right above which it stands alone, else, alone at the left margin, to its module. One on a
class holds for all its methods and those of the classes below it, one in a module for everything in it. Nearer ones
win. Whether they are true is checked where values are known (``Levels``).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

import msgspec

from xpcheck import facts
from xpcheck.config import Config
from xpcheck.flow.sources.annotations import says_static
from xpcheck.flow.sources.declared import Declarations, never_traced
from xpcheck.flow.sources.scopes import walk
from xpcheck.flow.sources.support import Supports
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.link.program import Program
from xpcheck.project.index import Module

HOST, STATIC, TRACED = "host", "static", "traced"
DECLARED = "declared"
"""What a decorator says, or the class of a method: that the code runs on the host."""
_ON_HOST = frozenset({HOST, DECLARED})
_COMMENT: Final = re.compile(r"(?<!\S)#\s*xpcheck\s*:\s*(?P<verb>host|static|traced)\b\s*(?:\[(?P<names>[^\]]*)\])?")
_SEPARATORS: Final = re.compile(r"[,\s]+")
_Definition: TypeAlias = facts.FunctionOutline | facts.ClassOutline | facts.Def


class Marker(msgspec.Struct, frozen=True):
    """One declaration: ``holder`` is the qualified name it belongs to, "" for the module, None for nothing."""

    verb: str
    names: tuple[str, ...]
    path: str
    loc: facts.Loc
    holder: str | None

    @property
    def text(self) -> str:
        """The marker as one writes it."""
        if self.verb == DECLARED:
            return self.names[0]
        names = f"[{', '.join(self.names)}]" if self.names else ""
        return f"# xpcheck: {self.verb}{names}"


class Markers:
    """The markers of a program under a configuration."""

    def __init__(self, program: Program, config: Config, declarations: Declarations, supports: Supports) -> None:
        self._hierarchy = program.hierarchy
        self._config = config
        self._held: dict[tuple[str, str], list[Marker]] = {}
        self.idle: list[tuple[Marker, str]] = []
        """Markers that cannot mean anything, and why."""
        self._nested: dict[tuple[str, str], facts.Def] = {}
        marked: set[str] = set()
        for module in program.index.modules.values():
            if not any(_COMMENT.search(comment.text) for comment in module.outline.comments):
                continue
            marked.add(module.name)
            inner = dict(_nested_definitions(program, module))
            self._nested |= {(module.name, name): node for name, node in inner.items()}
            for marker in _markers(module, inner):
                if marker.holder is None:
                    self.idle.append((marker, "it stands at no `def`, `class` or module"))
                else:
                    self._held.setdefault((module.name, marker.holder), []).append(marker)
        self._anything = bool(self._held or config.host_functions or config.host_modules)
        if marked:
            functions = [item for item in program.functions if item.module.name in marked]
            self.idle += self._unnamed(functions, [item for item in program.classes if item.module.name in marked])

        for item, call in never_traced(program, declarations):
            self._declare(item, f"@{dotted(call.func) or ''}(...)", call.loc)
        for function, said in supports.never():
            self._declare(function, said, function.outline.name_loc)
        self._anything |= bool(self._held)

    def _declare(self, item: Function | Class, text: str, loc: facts.Loc) -> None:
        marker = Marker(DECLARED, (text,), item.module.path, loc, item.outline.qualname)
        self._held.setdefault((item.module.name, item.outline.qualname), []).append(marker)

    # ------------------------------------------------------------------------------------------------- questions

    @property
    def any(self) -> bool:
        """Whether anything is declared."""
        return self._anything

    @property
    def any_host(self) -> bool:
        """Whether a marker says of anything that it runs on the host."""
        configured = bool(self._config.host_functions or self._config.host_modules)
        return configured or any(item.verb in _ON_HOST for held in self._held.values() for item in held)

    def host(self, function: Function) -> Marker | None:
        """The marker that says that a function runs on the host; one for the configuration."""
        if not self._anything:
            return None
        found = next((item for item in self._of(function) if item.verb in _ON_HOST), None)
        return found or self._configured(function)

    def of_param(self, function: Function, index: int) -> Marker | None:
        """The marker that says whether a parameter is static or traced."""
        if not self._anything or index >= len(function.params):
            return None
        name = function.params[index].name
        return next((item for item in self._of(function) if name in item.names), None)

    def of_attribute(self, cls: Class, name: str) -> Marker | None:
        """The marker on a class (or a base of it) that names an attribute."""
        if not self._anything:
            return None
        return next((item for item in self._of_class(cls) if name in item.names), None)

    def is_static(self, function: Function, index: int) -> bool:
        """Whether a parameter is declared concrete under a trace."""
        found = self.of_param(function, index)
        return found is not None and found.verb == STATIC

    def is_traced(self, function: Function, index: int) -> bool:
        """Whether a parameter is declared a free parameter."""
        found = self.of_param(function, index)
        return found is not None and found.verb == TRACED

    def traced_names(self, packages: Container[str]) -> frozenset[str]:
        """All names that some marker in some packages declares traced."""
        return frozenset(
            name
            for (module, _), held in self._held.items()
            if module.partition(".")[0] in packages
            for item in held
            if item.verb == TRACED
            for name in item.names
        )

    def of_nested(self, function: Function, node: facts.Def) -> list[Marker]:
        """The markers on a nested function of a body."""
        return self._held.get((function.module.name, f"{function.qualname}.<locals>.{node.name}"), [])

    def free_parameters(self, cls: Class, constructor: Function) -> Iterator[tuple[int, Marker]]:
        """The constructor's parameters that a marker on the class or the constructor declares traced."""
        for index in range(1, len(constructor.params)) if self._anything else ():
            found = self.of_param(constructor, index) or self.of_attribute(cls, constructor.params[index].name)
            if found is not None and found.verb == TRACED:
                yield index, found

    def _of(self, function: Function) -> Iterator[Marker]:
        yield from self._held.get((function.module.name, function.qualname), ())
        if function.owner is not None:
            yield from self._of_class(function.owner)
        yield from self._held.get((function.module.name, ""), ())

    def _of_class(self, cls: Class) -> Iterator[Marker]:
        for item in self._hierarchy.mro(cls):
            yield from self._held.get((item.module.name, item.outline.qualname), ())

    def _configured(self, function: Function) -> Marker | None:
        module, name = function.module.name, function.full_name
        modules = any(fnmatchcase(module, pattern) for pattern in self._config.host_modules)
        if modules or any(fnmatchcase(name, pattern) for pattern in self._config.host_functions):
            return Marker(HOST, (), function.module.path, function.outline.name_loc, "")
        return None

    # --------------------------------------------------------------------------------------------------- idle ones

    def _unnamed(self, functions: list[Function], classes: list[Class]) -> Iterator[tuple[Marker, str]]:
        """Markers whose names are no parameters of what they belong to, or of a kind that is never traced."""
        for (module, holder), markers in sorted(self._held.items()):
            below = [item for item in functions if item.module.name == module and _is_below(item.qualname, holder)]
            inner = self._nested.get((module, holder))
            candidates = [param for item in (*below, *([inner] if inner else ())) for param in item.params]
            attributes = {assign.name for cls in classes if cls.module.name == module for assign in cls.outline.assigns}
            for marker in markers:
                if marker.verb != HOST and not marker.names:
                    yield marker, f"it names no parameter: write `# xpcheck: {marker.verb}[name] reason`"
                for name in marker.names:
                    params = [param for param in candidates if param.name == name]
                    stored = any(name in item.outline.attributes for item in below) or name in attributes
                    if not params and not (stored and marker.verb == STATIC):
                        yield marker, f"`{name}` is no parameter of {f'`{holder}`' if holder else 'a function here'}"
                    elif marker.verb == TRACED and params and all(_is_concrete(item) for item in params):
                        yield marker, f"`{name}` is annotated as a type that is never traced"


def _is_below(qualname: str, holder: str) -> bool:
    return not holder or qualname == holder or qualname.startswith(f"{holder}.")


def _is_concrete(param: facts.Param) -> bool:
    return says_static(param.annotation)


# --------------------------------------------------------------------------------------------------------- comments


def _markers(module: Module, nested: dict[str, facts.Def]) -> Iterator[Marker]:
    found = [(comment, match) for comment in module.outline.comments for match in _COMMENT.finditer(comment.text)]
    headers = list(_headers(module.outline, nested))
    alone = {comment.line for comment in module.outline.comments if comment.alone}
    for comment, match in found:
        names = tuple(name for name in _SEPARATORS.split(match["names"] or "") if name)
        column = comment.column + match.start()
        loc = (comment.line, column, comment.line, comment.column + len(comment.text.rstrip()))
        yield Marker(match["verb"], names, module.path, loc, _holder(comment, headers, alone))


def _nested_definitions(program: Program, module: Module) -> Iterator[tuple[str, facts.Def]]:
    """The functions inside the functions of a module whose bodies hold a comment that matters."""
    lines = [comment.line for comment in module.outline.comments if _COMMENT.search(comment.text)]
    for function in program.functions:
        first, _, last, _ = function.outline.loc
        if function.module is not module or not any(first < line <= last for line in lines):
            continue
        body = program.body(function)
        for node in walk(body.statements) if body is not None else ():
            if isinstance(node, facts.Def):
                yield f"{function.qualname}.<locals>.{node.name}", node


def _headers(outline: facts.ModuleOutline, nested: dict[str, facts.Def]) -> Iterator[tuple[int, int, str]]:
    """First and last line of the header of each definition, decorators included, and its qualified name."""
    items: list[tuple[str, _Definition]] = [(item.qualname, item) for item in outline.functions]
    items += [(item.qualname, item) for item in outline.classes]
    for name, item in (*items, *nested.items()):
        first = min((decorator.loc[0] for decorator in item.decorators), default=item.loc[0])
        yield first, _last_line(item), name


def _last_line(item: _Definition) -> int:
    """The last line of a header; a closing bracket of its own line is counted in."""
    parts: Iterable[facts.Loc]
    if not isinstance(item, facts.ClassOutline):
        parts = [param.loc for param in item.params] + ([item.returns.loc] if item.returns is not None else [])
    else:
        parts = [base.loc for base in item.bases]
    last = max((loc[2] for loc in parts), default=item.name_loc[0])
    return last + 1 if last > item.name_loc[0] else item.name_loc[0]


def _holder(comment: facts.Comment, headers: list[tuple[int, int, str]], alone: set[int]) -> str | None:
    """The definition to which a comment belongs, "" for the module, None for nothing."""
    for first, last, name in headers:
        if first <= comment.line <= last:
            return name
    if not comment.alone:
        return None
    below = comment.line + 1
    while below in alone:
        below += 1
    for first, _, name in headers:
        if first == below:
            return name
    return "" if comment.column == 1 else None
