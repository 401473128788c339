"""The outline of a module: one pass over the tree of the standard library's ``ast``."""

from __future__ import annotations

import ast
import re
from typing import Any, TypeAlias

from xpcheck.facts import (
    AssignOutline,
    ClassOutline,
    Expr,
    FunctionOutline,
    Import,
    ImportName,
    ImportOutline,
    Loc,
    ModuleOutline,
)
from xpcheck.syntax import from_ast
from xpcheck.syntax.comments import comments
from xpcheck.syntax.hostile import MAX_DEPTH
from xpcheck.syntax.mentions import mentions
from xpcheck.syntax.sources import At, SourceError, decode, locator, parse

_Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"

_DOC_LENGTH = 600
_DOC_READ = 2 * _DOC_LENGTH
"""How much of a docstring is cleaned: more than enough for the part that is kept."""

_MARGIN = re.compile(r"\n( *)(?=[^ \n])")
_GAP = r"(?:[ \t\f]|\\\n)+"
_FUNCTION_HEAD = re.compile(rf"(?:async{_GAP})?def{_GAP}(\w+)")
_CLASS_HEAD = re.compile(rf"class{_GAP}(\w+)")

_ENVIRONMENT = re.compile(r"\b(?:environ|getenv)\b")

_ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"})


def outline(source: bytes) -> ModuleOutline:
    """What the file with the content ``source`` says outside function bodies.

    Raises:
        SourceError: the bytes cannot be decoded or are not valid Python for this interpreter.
    """
    text = decode(source)
    tree = parse(text)
    reader = _Reader(text, locator(text))
    scope = _Scope("", [])
    reader.statements(tree.body, scope, "")
    mentions(reader.outside, reader.names, set())
    return ModuleOutline(
        imports=tuple(reader.imports),
        classes=tuple(reader.classes),
        functions=tuple(reader.functions),
        assigns=tuple(scope.assigns),
        exports=_exports(tree),
        names=tuple(sorted(reader.names)),
        comments=comments(text),
        lines=text.count("\n") + (not text.endswith("\n") if text else 0),
        doc=_doc(tree.body),
        environment=_environment(tree) if _ENVIRONMENT.search(text) else (),
        rebound=_rebound(tree) if "global" in text else (),
    )


class _Scope:
    """The module or one class while it is read: its qualname and the names it binds."""

    __slots__ = ("assigns", "qualname")

    def __init__(self, qualname: str, assigns: list[AssignOutline]) -> None:
        self.qualname = qualname
        self.assigns = assigns

    def qualify(self, name: str) -> str:
        return f"{self.qualname}.{name}" if self.qualname else name


class _Reader:
    """Collects what one module says; ``outside`` gathers the expressions that stand outside functions."""

    def __init__(self, text: str, at: At) -> None:
        self.lines = text.split("\n")
        self.at = at
        self.imports: list[ImportOutline] = []
        self.classes: list[ClassOutline] = []
        self.functions: list[FunctionOutline] = []
        self.names: set[str] = set()
        self.outside: list[Any] = []

    # ------------------------------------------------------------------------------------------------ statements

    def statements(self, nodes: list[ast.stmt], scope: _Scope, guard: str) -> None:
        """Read statements of the module or of a class body; ``guard`` is that of imports among them."""
        for node in nodes:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self.functions.append(self._function(node, scope))
                case ast.ClassDef():
                    self._class(node, scope, guard)
                case ast.Import() | ast.ImportFrom():
                    self.imports.append(ImportOutline(import_statement(self.at, node), guard))
                case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                    self._assign(node, scope)
                case ast.If():
                    self._if(node, scope, guard)
                case ast.Expr():
                    self.outside.append(node.value)
                    self._walrus(node.value, scope)
                case _:
                    self._other(node, scope, guard)

    def _if(self, node: ast.If, scope: _Scope, guard: str) -> None:
        while True:  # a loop over elif, so that long chains need no recursion
            self.outside.append(node.test)
            self._walrus(node.test, scope)
            only_types = _is_type_checking(node.test)
            self.statements(node.body, scope, guard or ("type_checking" if only_types else "conditional"))
            guard = guard or "conditional"
            orelse = node.orelse
            if len(orelse) != 1 or not isinstance(orelse[0], ast.If):
                return self.statements(orelse, scope, guard)
            node = orelse[0]

    def _other(self, node: ast.stmt, scope: _Scope, guard: str) -> None:
        conditional = guard or "conditional"
        match node:
            case ast.Try() | ast.TryStar():
                self.statements(node.body, scope, conditional)
                for handler in node.handlers:
                    self.outside.append(handler.type)
                    if handler.name:
                        scope.assigns.append(AssignOutline(handler.name, self.at(handler), None, None))
                    self.statements(handler.body, scope, conditional)
                self.statements(node.orelse, scope, conditional)
                self.statements(node.finalbody, scope, conditional)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.outside.append(item.context_expr)
                    if item.optional_vars:
                        self._bind(item.optional_vars, self.at(item.optional_vars), scope)
                self.statements(node.body, scope, guard)
            case ast.For() | ast.AsyncFor():
                self.outside.append(node.iter)
                self._bind(node.target, self.at(node.target), scope)
                self.statements(node.body, scope, conditional)
                self.statements(node.orelse, scope, conditional)
            case ast.While():
                self.outside.append(node.test)
                self._walrus(node.test, scope)
                self.statements(node.body, scope, conditional)
                self.statements(node.orelse, scope, conditional)
            case ast.Match():
                self.outside.append(node.subject)
                for case in node.cases:
                    self.outside += [case.pattern, case.guard]
                    for part in ast.walk(case.pattern):
                        name = getattr(part, "rest", None) or getattr(part, "name", None)
                        if name:
                            scope.assigns.append(AssignOutline(name, self.at(part), None, None))
                    self.statements(case.body, scope, conditional)
            case ast.Delete() | ast.Raise() | ast.Assert():
                self.outside.append(node)
            case _:
                self._type_alias(node, scope)

    def _type_alias(self, node: Any, scope: _Scope) -> None:
        if node.__class__.__name__ == "TypeAlias":  # Python 3.12
            self.outside.append(node.value)
            value = self._expression(node.value)
            scope.assigns.append(AssignOutline(node.name.id, self.at(node), value, None))

    # --------------------------------------------------------------------------------------------------- bindings

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: _Scope) -> None:
        loc = self.at(node)
        if node.value is not None:
            self.outside.append(node.value)
            self._walrus(node.value, scope)
        if isinstance(node, ast.Assign):
            value = self._expression(node.value) if any(isinstance(t, ast.Name) for t in node.targets) else None
            for target in node.targets:
                if isinstance(target, ast.Name):
                    scope.assigns.append(AssignOutline(target.id, loc, value, None))
                else:
                    self._bind(target, loc, scope)
        elif isinstance(node, ast.AugAssign):
            self.outside.append(node.target)
            self._bind(node.target, loc, scope)
        else:
            self.outside.append(node.annotation)
            if isinstance(node.target, ast.Name):
                value = None if node.value is None else self._expression(node.value)
                annotation = self._annotation(node.annotation)
                scope.assigns.append(AssignOutline(node.target.id, loc, value, annotation))
            else:
                self.outside.append(node.target)

    def _bind(self, target: ast.expr, loc: Loc, scope: _Scope) -> None:
        match target:
            case ast.Name():
                scope.assigns.append(AssignOutline(target.id, loc, None, None))
            case ast.Tuple() | ast.List():
                for item in target.elts:
                    self._bind(item, loc, scope)
            case ast.Starred():
                self._bind(target.value, loc, scope)
            case _:
                self.outside.append(target)

    def _walrus(self, node: ast.expr, scope: _Scope) -> None:
        if isinstance(node, (ast.Constant, ast.Name)):
            return
        for part in ast.walk(node):
            if isinstance(part, ast.NamedExpr):
                scope.assigns.append(AssignOutline(part.target.id, self.at(part), None, None))

    # -------------------------------------------------------------------------------------- functions and classes

    def _function(self, node: _Function, scope: _Scope) -> FunctionOutline:
        names: set[str] = set()
        attributes: set[str] = set()
        arguments = node.args
        is_generator = mentions(
            [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults, *node.body], names, attributes
        )
        at = self.at
        self._check_header(node)
        return FunctionOutline(
            name=node.name,
            qualname=scope.qualify(node.name),
            owner=scope.qualname,
            loc=at(node),
            name_loc=self._name_loc(node, _FUNCTION_HEAD, "def "),
            params=from_ast.parameters(at, arguments),
            returns=None if node.returns is None else self._annotation(node.returns),
            decorators=tuple([self._expression(decorator) for decorator in node.decorator_list]),
            names=tuple(sorted(names)),
            attributes=tuple(sorted(attributes)),
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_generator=is_generator,
            stub=_is_stub(node),
            doc=_doc(node.body),
        )

    def _class(self, node: ast.ClassDef, scope: _Scope, guard: str) -> None:
        self.outside += [*node.decorator_list, *node.bases, *node.keywords]
        inner = _Scope(scope.qualify(node.name), [])
        place = len(self.classes)
        self.statements(node.body, inner, guard)
        outlined = ClassOutline(
            name=node.name,
            qualname=inner.qualname,
            loc=self.at(node),
            name_loc=self._name_loc(node, _CLASS_HEAD, "class "),
            bases=tuple([self._expression(base) for base in node.bases]),
            keywords=tuple([(keyword.arg or "**", self._expression(keyword.value)) for keyword in node.keywords]),
            decorators=tuple([self._expression(decorator) for decorator in node.decorator_list]),
            assigns=tuple(inner.assigns),
            doc=_doc(node.body),
        )
        self.classes.insert(place, outlined)  # before the classes nested in it

    def _name_loc(self, node: _Function | ast.ClassDef, head: re.Pattern[str], keyword: str) -> Loc:
        line, column, _, _ = self.at(node)
        text = self.lines[line - 1]
        start = column - 1 + len(keyword)
        if node.name.isascii() and text.startswith(keyword + node.name, column - 1):
            return (line, start + 1, line, start + 1 + len(node.name))
        found = head.match("\n".join(self.lines[line - 1 : node.body[0].lineno]), column - 1)
        if found is None:
            raise SourceError(line, f"the name of {node.name} is not where it should be: report this file")
        before = found.string[: found.start(1)]
        line += before.count("\n")
        start = len(before) - before.rfind("\n")
        return (line, start, line, start + len(found[1]))

    # ------------------------------------------------------------------------------------------------ expressions

    def _expression(self, node: ast.expr) -> Expr:
        self._check_depth(node)
        return from_ast.expression(self.at, node)

    def _annotation(self, node: ast.expr) -> Expr | None:
        self._check_depth(node)
        return from_ast.annotation(self.at, node)

    def _check_depth(self, node: ast.expr) -> None:
        if node.lineno == node.end_lineno and node.end_col_offset - node.col_offset <= MAX_DEPTH:  # type: ignore[operator]
            return  # a level needs a character
        if _depth(node) > MAX_DEPTH:
            raise SourceError(node.lineno, f"an expression nests more than {MAX_DEPTH} levels deep: split it", "limit")

    def _check_header(self, node: _Function) -> None:
        header = self.lines[node.lineno - 1 : node.body[0].lineno]
        if sum(map(len, header)) <= MAX_DEPTH:
            return
        arguments = node.args
        for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if arg is not None and arg.annotation is not None:
                self._check_depth(arg.annotation)
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self._check_depth(default)


def _depth(node: ast.AST) -> int:
    depth = 0
    level: list[ast.AST] = [node]
    while level:
        depth += 1
        level = [child for parent in level for child in ast.iter_child_nodes(parent)]
    return depth


def import_statement(at: At, node: ast.Import | ast.ImportFrom) -> Import:
    """The IR of an import statement."""
    names = tuple([ImportName(alias.name, alias.asname) for alias in node.names])
    if isinstance(node, ast.Import):
        return Import(at(node), None, 0, names)
    return Import(at(node), node.module or "", node.level, names)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == "TYPE_CHECKING"


def _is_stub(node: _Function) -> bool:
    for decorator in node.decorator_list:
        name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
        if name in _ABSTRACT:
            return True
    return all(_does_nothing(statement) for statement in node.body)


def _does_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name("NotImplementedError") | ast.Call(func=ast.Name("NotImplementedError"))):
            return True
    return False


def _doc(body: list[ast.stmt]) -> str:
    first = body[0] if body else None
    if first.__class__ is not ast.Expr or first.value.__class__ is not ast.Constant:
        return ""
    value = first.value.value
    return _clean(value) if value.__class__ is str and from_ast.storable(value) else ""


def _clean(doc: str) -> str:
    """Like ``inspect.cleandoc``, for the first part of a docstring."""
    doc = doc[:_DOC_READ]
    if "\t" in doc:
        doc = doc.expandtabs()
    margins = _MARGIN.findall(doc)
    if margins:
        doc = doc.replace("\n" + min(margins), "\n")
    return doc.strip()[:_DOC_LENGTH].rstrip()


def _environment(tree: ast.Module) -> tuple[str, ...]:
    """The names in ``os.environ["NAME"]``, ``os.environ.get("NAME")``, ``os.getenv("NAME")`` and their like."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Subscript(value=holder, slice=ast.Constant(str(name)))
                | ast.Call(func=ast.Attribute(value=holder), args=[ast.Constant(str(name)), *_])
            ) if _last_name(holder) == "environ":
                found.add(name)
            case ast.Call(func=function, args=[ast.Constant(str(name)), *_]) if _last_name(function) == "getenv":
                found.add(name)
    return tuple(sorted(name for name in found if from_ast.storable(name)))


def _rebound(tree: ast.Module) -> tuple[str, ...]:
    """The names of ``global`` statements."""
    found = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return tuple(sorted(name for name in found if from_ast.storable(name)))


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _exports(tree: ast.Module) -> tuple[str, ...] | None:
    exports: list[str] | None = None
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name("__all__")], value=value)
                | ast.AnnAssign(target=ast.Name("__all__"), value=value)
            ):
                exports = _strings(value)
            case ast.AugAssign(target=ast.Name("__all__"), value=value):
                more = _strings(value)
                exports = None if exports is None or more is None else exports + more
    return None if exports is None else tuple(exports)


def _strings(node: ast.expr | None) -> list[str] | None:
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            values = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            return values if len(values) == len(items) else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = _strings(left), _strings(right)
            return None if first is None or second is None else first + second
    return None
