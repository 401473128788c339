"""Handlers that hide the errors of tracing, and handlers for errors that JAX never raises."""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck import facts
from xpcheck.flow.body.arguments import label_of
from xpcheck.flow.body.base import Base, Env, ends_in_raise, hides_tracing
from xpcheck.flow.events.body_events import DeadHandler, Fallback, Hit, Swallowed
from xpcheck.flow.lattice.substitution import Substitution
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Binding, Run, Sink, Summary, Variant
from xpcheck.flow.lattice.values import UNKNOWN, External, Value, spread
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted

_FACTORING = frozenset(
    {"cholesky", "cond", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "pinv", "solve", "svd", "tensorinv"}
    | {"tensorsolve"}
)
"""Functions of ``numpy.linalg`` that raise ``LinAlgError`` for some values: those of JAX answer nan or inf."""


class Handling(Base):
    """The part of the interpreter that looks at what handlers do to errors."""

    def note_swallowed(
        self,
        function: Function,
        cls: Class | None,
        run: Run,
        variant: Variant,
        summary: Summary,
        substitution: Substitution,
        node: facts.Expr,
    ) -> None:
        """A call in a ``try``: what its callee does under any namespace, and a handler hides."""
        handler = next((item for item in reversed(self.handlers) if hides_tracing(item)), None)
        if handler is None or self.host or self.run is Run.NUMPY or run is Run.NUMPY:
            return
        hits = []
        for key, witness in summary.sinks.items():
            dep, kind = key
            taint, deps = substitution.dep(dep)
            namespace = kind in NAMESPACE_SINKS and run is Run.ONE
            if kind in {Sink.BACKEND, Sink.WRAPPER} or namespace or (taint in {0, UNKNOWN} and not deps):
                continue
            guess = witness.guess
            hits.append(Hit(function, run, key, taint, deps, False, cls, guess, variant, witness.shaped))
        if hits:
            site = self.site(handler.type.loc if handler.type is not None else handler.loc)
            self.emit(Swallowed(site, label_of(node), (function,), Binding.SAME, tuple(hits)))

    def check_linalg(self, name: str, node: facts.Expr) -> None:
        """``xp.linalg.inv`` in the JAX run: an ``except LinAlgError`` around it never runs."""
        if self.run is Run.JAX and name.rpartition(".")[2] in _FACTORING:
            self._dead("LinAlgError", label_of(node), (), "nan or inf comes back")

    def never_comes_to(self, handler: facts.Handler, node: facts.Try, env: Env) -> bool:
        """Whether a handler that raises again waits for errors of ``xp.linalg.solve`` alone: JAX raises none."""
        return ends_in_raise(handler) and all(self._answers_always(item, env) for item in node.body)

    def _answers_always(self, statement: facts.Stmt, env: Env) -> bool:
        call = statement.value if isinstance(statement, facts.Assign | facts.ExprStmt | facts.Return) else None
        if not isinstance(call, facts.Call) or not all(isinstance(arg.value, facts.Name) for arg in call.args):
            return False
        shape = self.evaluate_again(call.func, env).shape
        root, _, name = shape.name.rpartition(".") if isinstance(shape, External) else ("", "", "")
        return root == "jax.numpy.linalg" and name in _FACTORING

    def check_division(self, op: str, right: Value) -> None:
        """``a / b`` by a traced value: an ``except ZeroDivisionError`` around it never runs."""
        if op in {"/", "//", "%"} and self.run is not Run.NUMPY:
            self._dead("ZeroDivisionError", op, (right,), "inf or nan comes back")

    def _dead(self, exception: str, label: str, values: Iterable[Value], instead: str) -> None:
        for handler in (item for item in self.handlers if not ends_in_raise(item)):
            kinds = handler.type.items if isinstance(handler.type, facts.Tuple) else (handler.type,)
            for kind in kinds:
                if kind is not None and (dotted(kind) or "").rpartition(".")[2] == exception:
                    given = [spread(value) for value in values]
                    taint = max((item[0] for item in given), default=0)
                    deps = frozenset(dep for item in given for dep in item[1])
                    self.emit(DeadHandler(self.site(kind.loc), exception, label, instead, not given, taint, deps))

    def check_fallback(self, node: facts.Try) -> None:
        """``try: f(x, xp=xp)`` and ``except TypeError: f(x)``: errors of tracing are type errors, too."""
        names = self.config.namespaces
        handed = {path for path, keywords in _calls(node.body) if keywords & set(names)}
        for handler in node.handlers:
            again = {path for path, keywords in _calls(handler.body) if not keywords & set(names)}
            if self.run is Run.JAX and hides_tracing(handler) and handed & again:
                loc = handler.type.loc if handler.type is not None else handler.loc
                self.emit(Fallback(self.site(loc), min(handed & again)))


def _calls(statements: tuple[facts.Stmt, ...]) -> list[tuple[str, set[str]]]:
    """The callees of some statements, as written, with the keywords that they are given."""
    calls = [node for root in statements for node in walk(root) if type(node) is facts.Call]
    found = [(dotted(node.func), {arg.keyword for arg in node.args if arg.keyword}) for node in calls]
    return [(path, keywords) for path, keywords in found if path]
