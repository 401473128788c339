"""Parity scripts: the transforms under which a script runs what it compares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.named_calls import Scope
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import External, toplevel
from xpcheck.link.names import dotted
from xpcheck.project.index import Module

_TRANSFORMS = {"jax.jit": "jit", "jax.vmap": "vmap"}


class Check(NamedTuple):
    """One place where a script runs something under ``jit`` or ``vmap``; ``label`` is its text, shortened."""

    transform: str
    loc: Loc
    label: str


class TraceChecks:
    """Reads scripts."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._evaluations = {
            name: transform for family in solver.knowledge.families for name, transform in family.evaluations.items()
        }

    def one_sided(self, module: Module) -> list[Check]:
        """The checks of a script whose checks are all of one kind; none when both kinds are there."""
        found = list(self._checks(module))
        return found if len({item.transform for item in found}) == 1 else []

    def _checks(self, module: Module) -> Iterator[Check]:
        function = toplevel(module)
        body = self._solver.program.body(function)
        if body is None:
            return
        scope = Scope(self._solver, function, body)
        trivial = {
            id(node.func)
            for root in body.statements
            for node in walk(root)
            if isinstance(node, facts.Call) and node.args and _gives_back(node.args[0].value)
        }
        for root in body.statements:
            for node in walk(root):
                if isinstance(node, facts.Attr | facts.Name) and id(node) not in trivial:
                    transform = self._transform(node, scope)
                    if transform:
                        yield Check(transform, node.loc, dotted(node) or f"(...).{getattr(node, 'name', '')}")

    def _transform(self, node: facts.Attr | facts.Name, scope: Scope) -> str:
        """The transform that an expression stands for: ``jax.jit``, or a batch evaluation of the family."""
        path = dotted(node)
        entity = scope.entity(path) if path is not None else None
        if isinstance(entity, External):
            return _TRANSFORMS.get(entity.name, "")
        return self._evaluations.get(node.name, "") if isinstance(node, facts.Attr) else ""


def _gives_back(node: facts.Expr) -> bool:
    """``lambda a: a``: what goes in comes out, so that nothing is computed under the transform."""
    return (
        isinstance(node, facts.Lambda)
        and isinstance(node.body, facts.Name)
        and any(param.name == node.body.id for param in node.params)
    )
