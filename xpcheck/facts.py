"""What one module says: outlines of files and bodies of functions, as plain data.

Two kinds of facts, which never duplicate each other:

* an **outline** (``ModuleOutline``) holds names, imports, classes and signatures of one file; it is a function of the
  file's content alone;
* a **body** (``Body``) holds the statements of one function in a small structured IR with exact spans; it is a
  function of the function's text alone (positions are relative to nothing: lines are lines of the file).

Everything is a frozen ``msgspec`` struct, so facts can be hashed by content, cached and sent between processes.
A ``Loc`` counts lines and columns from 1, columns in code points, the end exclusive.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

FACTS_VERSION = 4
"""Raised whenever the meaning of a fact changes: part of every cache key."""

MODULE = "<module>"
"""The name of the function that Python makes of a module's own statements."""

Loc: TypeAlias = tuple[int, int, int, int]
"""Line, column, end line, end column."""


class _Node(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False, eq=False):
    """Base of IR nodes: compared by identity, encoded as tagged arrays."""

    loc: Loc


# --------------------------------------------------------------------------------------------------- expressions


class Name(_Node):
    """A bare name that is read (or bound, when it stands in a target)."""

    id: str


class Attr(_Node):
    """``value.name``; the name itself is the last ``len(name)`` columns of ``loc``."""

    value: Expr
    name: str

    @property
    def name_loc(self) -> Loc:
        """Where the attribute's own name stands."""
        return (self.loc[2], self.loc[3] - len(self.name), self.loc[2], self.loc[3])


class Arg(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One argument of a call: ``star`` is ``""``, ``"*"`` or ``"**"``; ``keyword`` only without star."""

    value: Expr
    keyword: str | None
    star: str


class Call(_Node):
    """``func(args)``, arguments in source order."""

    func: Expr
    args: tuple[Arg, ...]


class Index(_Node):
    """``value[index]``; several subscripts are one ``Tuple``."""

    value: Expr
    index: Expr


class Slice(_Node):
    """``lower:upper:step`` inside an ``Index``."""

    lower: Expr | None
    upper: Expr | None
    step: Expr | None


class Binary(_Node):
    """``left op right``; ``op`` is the operator's text (``+``, ``@``, ``&``, ...)."""

    op: str
    left: Expr
    right: Expr


class Unary(_Node):
    """``op operand`` with ``op`` one of ``-``, ``+``, ``~``, ``not``."""

    op: str
    operand: Expr


class Bool(_Node):
    """``a and b and c``: ``op`` is ``and`` or ``or``, operands are flattened as Python evaluates them."""

    op: str
    values: tuple[Expr, ...]


class Compare(_Node):
    """``left op comparator op comparator ...`` with ``ops`` such as ``<``, ``is not``, ``not in``."""

    left: Expr
    ops: tuple[str, ...]
    comparators: tuple[Expr, ...]


class Cond(_Node):
    """``body if test else orelse``."""

    test: Expr
    body: Expr
    orelse: Expr


class Tuple(_Node):
    """A tuple display (also the targets of an unpacking)."""

    items: tuple[Expr, ...]


class List(_Node):
    """A list display."""

    items: tuple[Expr, ...]


class Set(_Node):
    """A set display."""

    items: tuple[Expr, ...]


class Dict(_Node):
    """A dict display; the key is None for ``**value``."""

    items: tuple[tuple[Expr | None, Expr], ...]


class Param(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One parameter: ``kind`` is ``posonly``, ``pos``, ``var`` (``*args``), ``kwonly`` or ``kw`` (``**kwargs``)."""

    name: str
    kind: Literal["posonly", "pos", "var", "kwonly", "kw"]
    loc: Loc
    default: Expr | None = None
    annotation: Expr | None = None


class Lambda(_Node):
    """``lambda params: body``."""

    params: tuple[Param, ...]
    body: Expr


class For(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One ``for target in iter if ...`` clause of a comprehension."""

    target: Expr
    iter: Expr
    ifs: tuple[Expr, ...]


class Comp(_Node):
    """A comprehension: ``kind`` is ``list``, ``set``, ``dict`` or ``generator``; ``value`` only for dicts."""

    kind: str
    element: Expr
    value: Expr | None
    clauses: tuple[For, ...]


class Walrus(_Node):
    """``(target := value)``."""

    target: Name
    value: Expr


class Star(_Node):
    """``*value`` in a display, an unpacking target or a subscript."""

    value: Expr


class FormatPart(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One replacement field of a format string: ``spec`` is true when it has a format specification."""

    value: Expr
    spec: bool
    nested: tuple[Expr, ...] = ()


class Format(_Node):
    """An f-string (implicitly joined strings are one); nested expressions carry the span of the whole string."""

    parts: tuple[FormatPart, ...]


class Const(_Node):
    """A literal. ``kind`` is ``int``, ``float``, ``complex``, ``str``, ``bytes``, ``bool``, ``none`` or ``ellipsis``.

    ``value`` is set for bool, str and float, and for int up to 64 bits; it is None for every other literal.
    """

    kind: str
    value: bool | int | float | str | None = None


class Await(_Node):
    """``await value``."""

    value: Expr


class Yield(_Node):
    """``yield value`` or, with ``delegate``, ``yield from value``."""

    value: Expr | None
    delegate: bool


class Opaque(_Node):
    """Anything the analysis does not model (template strings, ...): its children still have values."""

    what: str
    children: tuple[Expr, ...]


Expr: TypeAlias = (
    Name
    | Attr
    | Call
    | Index
    | Slice
    | Binary
    | Unary
    | Bool
    | Compare
    | Cond
    | Tuple
    | List
    | Set
    | Dict
    | Lambda
    | Comp
    | Walrus
    | Star
    | Format
    | Const
    | Await
    | Yield
    | Opaque
)

# ---------------------------------------------------------------------------------------------------- statements


class Assign(_Node):
    """``target = ... = value``; an annotated assignment has one target, its ``annotation`` and maybe no value."""

    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None = None


class AugAssign(_Node):
    """``target op= value``; ``op`` without the equals sign."""

    target: Expr
    op: str
    value: Expr


class ExprStmt(_Node):
    """An expression on its own."""

    value: Expr


class If(_Node):
    """``if test: body else: orelse``; ``elif`` is an ``If`` alone in ``orelse``."""

    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


class Loop(_Node):
    """``for target in iter`` (``test`` is None) or ``while test`` (``target`` and ``iter`` are None)."""

    target: Expr | None
    iter: Expr | None
    test: Expr | None
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


class WithItem(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One ``context as target`` of a ``with``."""

    context: Expr
    target: Expr | None


class With(_Node):
    """``with items: body``."""

    items: tuple[WithItem, ...]
    body: tuple[Stmt, ...]


class Handler(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """``except type as name: body``; ``type`` is None for a bare ``except``."""

    loc: Loc
    type: Expr | None
    name: str | None
    body: tuple[Stmt, ...]


class Try(_Node):
    """``try`` with its handlers (``except*`` too), ``else`` and ``finally``."""

    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Stmt, ...]
    final: tuple[Stmt, ...]


class Case(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """One ``case``: the names its pattern binds, the expressions it compares or calls, its guard and body.

    ``irrefutable`` is true for a pattern that always matches (a bare capture or ``_``) without a guard.
    """

    binds: tuple[str, ...]
    values: tuple[Expr, ...]
    guard: Expr | None
    body: tuple[Stmt, ...]
    irrefutable: bool


class Match(_Node):
    """``match subject: cases``."""

    subject: Expr
    cases: tuple[Case, ...]


class Return(_Node):
    """``return value``."""

    value: Expr | None


class Raise(_Node):
    """``raise exception from cause``."""

    exception: Expr | None
    cause: Expr | None


class Assert(_Node):
    """``assert test, message``."""

    test: Expr
    message: Expr | None


class ImportName(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """``name as alias``: ``alias`` is None when the import has no ``as``."""

    name: str
    alias: str | None


class Import(_Node):
    """``import a.b as c`` (``source`` is None) or ``from source import ...`` (``level`` leading dots).

    ``names`` is ``(ImportName("*", None),)`` for a star import.
    """

    source: str | None
    level: int
    names: tuple[ImportName, ...]


class Def(_Node):
    """A nested function. ``name_loc`` is where its name stands."""

    name: str
    name_loc: Loc
    params: tuple[Param, ...]
    returns: Expr | None
    decorators: tuple[Expr, ...]
    body: tuple[Stmt, ...]


class Class(_Node):
    """A class inside a function: kept with its bases and its body's statements."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple[Stmt, ...]


class Delete(_Node):
    """``del targets``."""

    targets: tuple[Expr, ...]


class Scope(_Node):
    """``global`` or ``nonlocal`` (``kind``) ``names``."""

    kind: str
    names: tuple[str, ...]


class Jump(_Node):
    """``break``, ``continue`` or ``pass`` (``kind``)."""

    kind: str


Stmt: TypeAlias = (
    Assign
    | AugAssign
    | ExprStmt
    | If
    | Loop
    | With
    | Try
    | Match
    | Return
    | Raise
    | Assert
    | Import
    | Def
    | Class
    | Delete
    | Scope
    | Jump
)


class Body(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """The statements of one function, docstring left out."""

    statements: tuple[Stmt, ...]


# ------------------------------------------------------------------------------------------------------ outlines


class FunctionOutline(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """A module-level function or a method, without its statements.

    ``qualname`` is the dotted name inside the module; ``owner`` the qualname of the class it is defined in, or "".
    ``loc`` runs from the ``def`` (or ``async``) keyword to the end of the body, without decorators.
    ``names`` are the bare names and ``attributes`` the attribute names (and keyword argument names of calls, spelled
    ``name=``) that the function mentions anywhere in its decorators, defaults and statements, nested functions
    included, sorted. ``stub`` is true when the body does nothing (docstring, ``pass``, ``...``, ``raise
    NotImplementedError``) or the function is abstract. ``doc`` is the docstring, cleaned, at most 600 characters.
    """

    name: str
    qualname: str
    owner: str
    loc: Loc
    name_loc: Loc
    params: tuple[Param, ...]
    returns: Expr | None
    decorators: tuple[Expr, ...]
    names: tuple[str, ...]
    attributes: tuple[str, ...]
    is_async: bool
    is_generator: bool
    stub: bool
    doc: str


class AssignOutline(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """``name = value`` or ``name: annotation = value`` at module or class level (one entry for each bound name).

    ``value`` is None where the name is bound by unpacking, a loop, ``with`` or an annotation alone.
    """

    name: str
    loc: Loc
    value: Expr | None
    annotation: Expr | None


class ClassOutline(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """A module-level class or a class nested in one; its methods are functions whose ``owner`` is this qualname."""

    name: str
    qualname: str
    loc: Loc
    name_loc: Loc
    bases: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    decorators: tuple[Expr, ...]
    assigns: tuple[AssignOutline, ...]
    doc: str


class ImportOutline(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """An import statement outside functions.

    ``guard`` is "" (always runs), ``type_checking`` (under ``if TYPE_CHECKING``) or ``conditional`` (under any other
    ``if`` or in a ``try``). ``statement`` has the same meaning as inside a body.
    """

    statement: Import
    guard: str


class Comment(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """A comment that matters (``# noqa``, ``# xpcheck:``, ``# flake8:``): ``text`` from ``#`` on.

    ``alone`` is true when nothing but white space stands before it.
    """

    line: int
    column: int
    text: str
    alone: bool


class ModuleOutline(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """Everything a file says outside function bodies.

    ``exports`` is the content of a literal ``__all__``, or None. ``names`` are bare names read at module or class
    level outside functions. ``lines`` is the number of lines. ``environment`` are the names of environment variables
    that the code of the file reads or sets anywhere, ``rebound`` those that functions declare ``global``, both sorted.
    """

    imports: tuple[ImportOutline, ...]
    classes: tuple[ClassOutline, ...]
    functions: tuple[FunctionOutline, ...]
    assigns: tuple[AssignOutline, ...]
    exports: tuple[str, ...] | None
    names: tuple[str, ...]
    comments: tuple[Comment, ...]
    lines: int
    doc: str
    environment: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
