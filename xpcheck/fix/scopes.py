"""Whether a spelling of the namespace is bound where it would be written."""

from __future__ import annotations

from typing import Final

import libcst as cst

from xpcheck.fix.trees import Tree


def is_bound(tree: Tree, node: cst.CSTNode, spelling: str) -> bool:
    """Whether the first name of ``spelling`` certainly has a value at ``node``, inside the functions of the tree.

    A parameter counts, and so does an assignment or import above the node in a block around it.
    """
    name = spelling.partition(".")[0]
    blocks: list[cst.CSTNode] = [node]
    for parent in tree.ancestors(node):
        blocks.append(parent)
        if isinstance(parent, cst.Lambda) and name in _parameters(parent.params):
            return True
        if isinstance(parent, cst.BaseComp) and name in _targets_of(parent):
            return False
        if isinstance(parent, cst.FunctionDef):
            found = _statements_binding(tree, parent, name)
            if name in _parameters(parent.params):
                # What is assigned to the parameter is a namespace again; what is looped over is none.
                return not any(isinstance(item, cst.For | cst.NamedExpr | cst.AugAssign) for item in found)
            if found:
                return any(_is_above(tree, statement, blocks) for statement in found)
        if isinstance(parent, cst.ClassDef):
            return False
    return False


def is_local(tree: Tree, node: cst.CSTNode, name: str) -> bool:
    """Whether a function, lambda or comprehension around ``node`` binds a name."""
    for parent in tree.ancestors(node):
        if isinstance(parent, cst.FunctionDef):
            if name in _parameters(parent.params) or _statements_binding(tree, parent, name):
                return True
        elif isinstance(parent, cst.Lambda):
            if name in _parameters(parent.params):
                return True
        elif isinstance(parent, cst.BaseComp) and name in _targets_of(parent):
            return True
    return False


def _parameters(params: cst.Parameters) -> set[str]:
    named = [*params.posonly_params, *params.params, *params.kwonly_params]
    named += [item for item in (params.star_arg, params.star_kwarg) if isinstance(item, cst.Param)]
    return {item.name.value for item in named}


def _targets_of(comprehension: cst.BaseComp) -> set[str]:
    names: set[str] = set()
    clause: cst.CompFor | None = getattr(comprehension, "for_in", None)
    while clause is not None:
        names |= _names(clause.target)
        clause = clause.inner_for_in
    return names


def _names(target: cst.CSTNode) -> set[str]:
    if isinstance(target, cst.Name):
        return {target.value}
    if isinstance(target, cst.Attribute | cst.Subscript):
        return set()
    return {name for child in target.children for name in _names(child)}


def _statements_binding(tree: Tree, function: cst.FunctionDef, name: str) -> list[cst.CSTNode]:
    """The statements of a function's own scope that bind a name."""
    if function not in tree.bindings:
        found = tree.bindings[function] = {}
        stack: list[cst.CSTNode] = [function.body]
        while stack:
            node = stack.pop()
            kind = type(node)
            for bound in _bound_by(node) if kind in _BINDING else ():
                found.setdefault(bound, []).append(node)
            if kind not in _SCOPES:
                stack += tree.children[node]
    return tree.bindings[function].get(name, [])


_TARGETED: Final = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For)
_BINDING: Final = frozenset({*_TARGETED, cst.AsName, cst.FunctionDef, cst.ClassDef, cst.ImportAlias})
_COMPREHENSIONS: Final = frozenset({cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp})
_SCOPES: Final = frozenset({cst.FunctionDef, cst.ClassDef, cst.Lambda, *_COMPREHENSIONS})
"""Exact classes: ``isinstance`` is slow for the abstract classes of libcst, and asked for every node."""


def _bound_by(node: cst.CSTNode) -> set[str]:
    if isinstance(node, _TARGETED):
        return _names(node.target)
    if isinstance(node, cst.AsName):
        return _names(node.name)
    if isinstance(node, cst.FunctionDef | cst.ClassDef):
        return {node.name.value}
    if isinstance(node, cst.ImportAlias) and node.asname is None:
        return {str(node.evaluated_name).partition(".")[0]}
    return set()


def _is_above(tree: Tree, binding: cst.CSTNode, path: list[cst.CSTNode]) -> bool:
    """Whether a binding is a plain statement above a node, in a block of the path to it."""
    for parent in tree.ancestors(binding):
        if isinstance(parent, cst.SimpleStatementLine):
            return tree.parents.get(parent) in path and tree.loc(parent) < tree.loc(path[0])
        if not isinstance(parent, cst.BaseSmallStatement | cst.Import | cst.ImportFrom | cst.ImportAlias):
            return False
    return False


__all__ = ["is_bound", "is_local"]
