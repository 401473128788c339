"""XP403: a traced value is kept where it outlives its trace."""

from __future__ import annotations

from xpcheck.flow.events.body_events import LeakedTracer
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class LeakedTracerRule(Rule):
    """A traced value is kept where it outlives its trace.

    ## What it does
    Reports traced values that are assigned to a name declared `global` (or `nonlocal`, in a function under a
    transform), appended to a list of the module or of the body around a function under a transform, or stored outside
    the constructor on an object that exists before the trace (a component of a model).

    ## Why it hurts
    A tracer means something during its own trace only. The first code that reads it later raises
    `UnexpectedTracerError`, far from here. On NumPy all is well.

    ## Example
    ```python
    HISTORY = []

    def chi_squared_from(residuals, xp=np):
        value = xp.sum(residuals**2)
        HISTORY.append(value)
        return value
    ```

    ## Use instead
    ```python
    def chi_squared_from(residuals, xp=np):
        return xp.sum(residuals**2)
    ```

    ## Fix safety
    Returning the value instead changes the signature; `jax.debug.callback` hands it to the host.

    ## When to ignore
    When what is kept is read in the same trace only.

    ## Related
    XP401 for cached properties, XP402 for caches and memos.
    """

    code = "XP403"
    name = "leaked-tracer"
    kind = Kind.HAZARD
    events = (LeakedTracer,)

    def check(self, event: LeakedTracer) -> Outcome | None:  # type: ignore[override]
        """Report a traced value that is kept."""
        if event.kind == "attribute" and not event.of_lasting_object:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        hint = "return the value instead"
        message = f"`{event.label}` keeps a value that is traced under JAX, as {verdict.root}, after its trace; {hint}"
        return Outcome(message, verdict, hint=hint)
