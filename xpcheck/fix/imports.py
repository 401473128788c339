"""XP601: an import of JAX moves to the branches that use it."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import libcst as cst

from xpcheck.fix.arguments import Change
from xpcheck.fix.fixers import Draft, Workshop, in_module
from xpcheck.fix.trees import Tree, span
from xpcheck.flow.events.body_events import Event
from xpcheck.flow.events.definition_events import ImportEvent
from xpcheck.flow.sources.scopes import imported_names
from xpcheck.link.names import absolute
from xpcheck.model import Finding
from xpcheck.project.index import Module

_IS = (cst.Is, cst.Equal)
_IS_NOT = (cst.IsNot, cst.NotEqual)
_LEAVES = (cst.Return, cst.Raise, cst.Continue, cst.Break)


def localised(finding: Finding, event: Event, workshop: Workshop) -> Draft | None:
    """The import in front of its first use in each branch for JAX, when every use is in such a branch."""
    assert isinstance(event, ImportEvent)
    module = event.site.function.module
    names = _names(module, event)
    tree = workshop.module(module) if names and not event.guard and not event.local else None
    line = _import_at(tree, event) if tree is not None else None
    if tree is None or line is None or _is_wanted_elsewhere(workshop, module, names):
        return None
    guards = _Guards(tree, {*workshop.config.namespaces, *workshop.config.namespace_attributes})
    firsts: dict[int, tuple[int, int]] = {}
    for node in tree.all_nodes():
        if _binds(tree, node, names) and line not in tree.ancestors(node):
            return None
        if isinstance(node, cst.Name) and node.value in names and _is_read(tree, node):
            place = guards.place(node)
            if place is None:
                return None
            block, start = place
            firsts[block] = min(start, firsts.get(block, start))
    if not firsts:
        return None
    text = tree.text(tree.loc(line.body[0]))
    moved: list[Change] = [(span(at), f"{text}\n{tree.indentation(at)}") for at in sorted(firsts.values())]
    return Draft("Import it where it is used", in_module(module, [_removed(tree, line), *moved]))


def _names(module: Module, event: ImportEvent) -> set[str]:
    """The names that the import statement binds."""
    found = (item.statement for item in module.outline.imports if item.statement.loc == event.site.loc)
    return {name for statement in found for name in imported_names(statement)} - {"*"}


def _import_at(tree: Tree, event: ImportEvent) -> cst.SimpleStatementLine | None:
    """The line of the import, when it stands alone at the top level of the file."""
    for line in tree.nodes(cst.SimpleStatementLine):
        if len(line.body) == 1 and tree.loc(line.body[0]) == event.site.loc:
            return line if isinstance(tree.parents[line], cst.Module) else None
    return None


def _removed(tree: Tree, line: cst.SimpleStatementLine) -> Change:
    """The whole line of a statement, its comment and line end included."""
    first, _, last, _ = tree.loc(line)
    return span((first, 1), (last + 1, 1)), ""


def _is_wanted_elsewhere(workshop: Workshop, module: Module, names: set[str]) -> bool:
    """Whether the file exports one of the names, or another module takes it from here."""
    if not names.isdisjoint(module.outline.exports or ()):
        return True
    for other in workshop.program.index.modules.values():
        for item in other.outline.imports:
            statement = item.statement
            here = other is not module and absolute(other, statement.source, statement.level) == module.name
            if here and any(name.name in names or name.name == "*" for name in statement.names):
                return True
    return False


def _binds(tree: Tree, node: cst.CSTNode, names: Collection[str]) -> bool:
    """Whether a node gives one of the names another meaning."""
    if isinstance(node, cst.Param | cst.FunctionDef | cst.ClassDef):
        return node.name.value in names
    if isinstance(node, cst.Name) and node.value in names:
        parent = tree.parents[node]
        return isinstance(parent, cst.AssignTarget | cst.AsName | cst.NamedExpr | cst.For | cst.CompFor | cst.Global)
    return isinstance(node, cst.ImportAlias) and node.asname is None and str(node.evaluated_name).split(".")[0] in names


def _is_read(tree: Tree, node: cst.Name) -> bool:
    """Whether a name is read: no attribute, keyword or part of an import."""
    parent = tree.parents[node]
    if isinstance(parent, cst.Attribute):
        return parent.value is node
    if isinstance(parent, cst.Arg):
        return parent.value is node
    return not isinstance(parent, cst.ImportAlias | cst.AsName | cst.Param)


class _Guards:
    """The blocks of a file that run on JAX only."""

    def __init__(self, tree: Tree, namespaces: Collection[str]) -> None:
        self._tree = tree
        self._namespaces = namespaces

    def place(self, node: cst.CSTNode) -> tuple[int, tuple[int, int]] | None:
        """The outermost block around a node that runs on JAX only, inside a function, and where its statement starts.

        The block is named by a number of its own. What follows ``if xp is np: return ...`` is such a block.
        """
        path = [node, *self._tree.ancestors(node)]
        found = None
        for below, block in itertools.pairwise(path):
            if isinstance(block, cst.FunctionDef | cst.Lambda) and found is not None:
                break
            if isinstance(block, cst.IndentedBlock) and isinstance(below, cst.BaseStatement):
                branch = self._tree.parents[block]
                if self._is_branch(branch, block) or self._is_after_return(block, below):
                    found = (id(block), self._tree.statement_start(below))
        return found

    def _is_branch(self, owner: cst.CSTNode, block: cst.IndentedBlock) -> bool:
        """Whether a block is the branch for JAX of a test."""
        if isinstance(owner, cst.If):
            return owner.body is block and self._says(owner.test, _IS_NOT)
        test = self._tree.parents.get(owner)
        return isinstance(owner, cst.Else) and isinstance(test, cst.If) and self._says(test.test, _IS)

    def _is_after_return(self, block: cst.IndentedBlock, statement: cst.CSTNode) -> bool:
        """Whether NumPy has left a block before one of its statements."""
        for item in block.body:
            if item is statement:
                return False
            if isinstance(item, cst.If) and self._says(item.test, _IS) and _leaves(item.body):
                return True
        return False

    def _says(self, test: cst.BaseExpression, operators: tuple[type[cst.BaseCompOp], ...]) -> bool:
        """Whether a test compares the namespace with NumPy."""
        if not isinstance(test, cst.Comparison) or len(test.comparisons) != 1:
            return False
        (comparison,) = test.comparisons
        sides = {self._last(test.left), self._last(comparison.comparator)}
        return isinstance(comparison.operator, operators) and bool(sides & {*self._namespaces}) and "np" in sides

    def _last(self, node: cst.BaseExpression) -> str:
        if isinstance(node, cst.Attribute):
            return node.attr.value
        return node.value if isinstance(node, cst.Name) else ""


def _leaves(body: cst.BaseSuite) -> bool:
    last = body.body[-1] if body.body else None
    if isinstance(body, cst.SimpleStatementSuite):
        return isinstance(last, _LEAVES)
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], _LEAVES)
