"""XP306: a handler hides the errors of tracing, or waits for one that JAX never raises."""

from __future__ import annotations

from xpcheck.flow.events.body_events import DeadHandler, Fallback, Swallowed
from xpcheck.flow.lattice.summary import Binding
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class SwallowedTracerError(Rule):
    """A handler hides the errors of tracing, or waits for one that JAX never raises.

    ## What it does
    Reports a handler of `TypeError`, `IndexError` or `Exception` that goes on after a call whose callee breaks on a
    traced value; one that calls the same function again without the namespace; and, on the JAX path, handlers of
    `LinAlgError` around `xp.linalg.*` and of `ZeroDivisionError` around a division by a traced value. Where the
    operation that breaks stands in the `try` itself, its own rule reports it and names the handler.

    ## Why it hurts
    Silent. Errors of tracing are type errors and index errors, so the fallback is taken under every trace. JAX raises
    nothing for singular matrices and divisions by zero: nan or inf goes on.

    ## Example
    ```python
    def logdet_from(matrix, xp=np):
        try:
            return 2.0 * xp.sum(xp.log(xp.diag(xp.linalg.cholesky(matrix))))
        except np.linalg.LinAlgError:
            return 0.0
    ```

    ## Use instead
    ```python
    def logdet_from(matrix, xp=np):
        if xp is np:
            try:
                return 2.0 * np.sum(np.log(np.diag(np.linalg.cholesky(matrix))))
            except np.linalg.LinAlgError:
                return 0.0
        factor = xp.linalg.cholesky(matrix)
        good = xp.all(xp.isfinite(factor))
        return xp.where(good, 2.0 * xp.sum(xp.log(xp.diag(factor))), 0.0)
    ```

    ## Fix safety
    Narrowing a handler lets errors through that it caught so far.

    ## When to ignore
    When nan is dealt with later on the JAX path.

    ## Related
    XP204, XP303 for operations that break; XP305 for tests on types.
    """

    code = "XP306"
    name = "swallowed-tracer-error"
    kind = Kind.HAZARD
    events = (Swallowed, DeadHandler, Fallback)

    def check(self, event: Swallowed | DeadHandler | Fallback) -> Outcome | None:  # type: ignore[override]
        """Report a handler that hides an error, or waits for one in vain."""
        if isinstance(event, DeadHandler):
            return self._dead(event)
        if isinstance(event, Fallback):
            name = event.namespace
            hint = f"write `{name}` into the signatures, and no fallback"
            message = (
                f"every error of tracing in `{event.label}` is a TypeError: it is then called without `{name}`; {hint}"
            )
            evidence = (event.here(f"`{event.label}` is called again"),)
            return Outcome(message, hint=hint, certainty=Level.LIKELY, evidence=evidence)
        verdicts = event.verdicts if event.binding is not Binding.DEFAULT else []
        if not verdicts:
            return None
        hint = "write narrower exceptions, or test before"
        message = (
            f"this handler hides that {verdicts[0].operation} in `{event.label}` breaks on a traced value, as "
            f"{verdicts[0].root}; {hint}"
        )
        return Outcome(message, verdicts[0], hint=hint)

    def _dead(self, event: DeadHandler) -> Outcome | None:
        """A handler that never runs under JAX."""
        verdict = None if event.certain else event.verdict
        if verdict is None and not event.certain:
            return None
        hint = f"write `{event.namespace}.where({event.namespace}.isfinite(...), ...)` for JAX"
        message = f"JAX raises no {event.exception} for `{event.label}`: {event.instead}; {hint}"
        if verdict is not None:
            return Outcome(message, verdict, hint=hint)
        return Outcome(message, hint=hint, evidence=(event.here(f"`{event.exception}` is waited for"),))
