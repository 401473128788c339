"""JAX on the NumPy path: what a body calls itself, and what helpers without a namespace call for it."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.base import Base, Env
from xpcheck.flow.events.body_events import JaxBelowNumpyPath, JaxOnNumpyPath
from xpcheck.flow.lattice.summary import Run, Summary
from xpcheck.flow.lattice.values import STAGED, spread
from xpcheck.link.definitions import External, Function
from xpcheck.link.names import dotted
from xpcheck.model import Step

_CALCULATING = ("jax.numpy.", "jax.scipy.", "jax.lax.", "jax.nn.", "jax.ops.", "jax.random.")
"""Modules of JAX whose functions give arrays of JAX."""


class JaxCalls(Base):
    """The part of the interpreter that notes JAX where NumPy should run.

    In a NumPy run each call of JAX counts. Of a body without a namespace only what it does on every path is known to
    happen there, too, and its callers answer for it.
    """

    jax_calls: dict[facts.Loc, str]
    """Calls of JAX under a name of the module."""
    jax_helpers: dict[Function, JaxBelowNumpyPath]
    """The helpers without a namespace that the NumPy run calls, and that run JAX, each with its first call."""

    def note_jax_call(self, name: str, node: facts.Expr, env: Env) -> None:
        """A call of JAX under a name that the module imports: a local import is XP602's."""
        self.summary.apart = True
        certain = self.run is Run.NUMPY or (self.run is Run.ONE and not self.branches)
        if certain and name.startswith(_CALCULATING) and not self.host:
            path = dotted(node) or ""
            first = path.partition(".")[0]
            entity = self.program.names.in_module(self.function.module.name, first) if first not in env else None
            if isinstance(entity, External) and not self.catches("ImportError"):
                self.jax_calls.setdefault(node.loc, path)

    def note_jax_helpers(self, called: list[tuple[Function, Run, Summary]], node: facts.Expr, accessor: str) -> None:
        """Functions were called of which one runs: where all of them run JAX and hold no namespace, JAX runs."""
        steps = [_operation(run, summary) for _, run, summary in called]
        if self.host or not steps or None in steps:
            return
        self.summary.apart = True
        function, step = called[0][0], steps[0]
        assert step is not None
        if self.run is Run.ONE and not self.branches:
            self._keep(step)
        elif self.run is Run.NUMPY and function not in self.jax_helpers:
            site = self.site(name_loc(node))
            self.jax_helpers[function] = JaxBelowNumpyPath(site, label_of(node), function, bool(accessor), step)

    def report_jax_calls(self) -> None:
        """One event for all calls of JAX on the NumPy path of a body, and one for each helper that runs JAX there."""
        if self.jax_calls:
            path, symbol = self.function.module.path, self.function.qualname
            first, *more = (
                Step(path, loc[0], loc[1], symbol, f"`{text}`") for loc, text in sorted(self.jax_calls.items())
            )
            loc, label = min(self.jax_calls.items())
            if self.run is Run.ONE:
                self._keep(first)
            else:
                self.emit(JaxOnNumpyPath(self.site(loc), label, tuple(more)))
        for event in self.jax_helpers.values():
            self.emit(event)

    def _keep(self, step: Step) -> None:
        """Remember the first of the calls of JAX that a body without a namespace comes to."""
        known = self.summary.jax
        if known is None or _place(step) < _place(known):
            self.summary.jax = step


def _operation(run: Run, summary: Summary) -> Step | None:
    """The call of JAX that makes what a function without a namespace returns."""
    return summary.jax if run is Run.ONE and spread(summary.result)[0] >= STAGED else None


def _place(step: Step) -> tuple[str, int, int]:
    return step.path, step.line, step.column


__all__ = ["JaxCalls"]
