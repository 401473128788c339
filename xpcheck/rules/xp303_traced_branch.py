"""XP303: a branch on a traced value."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.events.edge_events import RaisingBranch
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class TracedBranch(Rule):
    """A branch depends on a value that is traced under JAX.

    ## What it does
    Reports `if`, `while`, conditional expressions, `assert`, `match` and filters of comprehensions on a value that is
    traced in the JAX run, in functions without a namespace as well, when a traced value reaches them. Tests of the
    backend (`if xp is np:`), of concreteness (`isinstance(x, jax.core.Tracer)`), of presence, types, lengths and shapes
    are not reported. A branch of `jax.lax.cond` or `jax.lax.switch` that only raises is reported at the call.

    ## Why it hurts
    Python asks the value for its truth, which a tracer does not have: `TracerBoolConversionError`. Concrete JAX arrays,
    and `jax.grad` alone, do not show it. `jax.lax.cond` traces both branches whatever the value is: one that raises
    does so at once.

    ## Example
    ```python
    def core_from(radius, xp=np):
        radius = xp.abs(radius)
        if radius < 0.1:
            return 0.1
        return radius
    ```

    ## Use instead
    ```python
    def core_from(radius, xp=np):
        radius = xp.abs(radius)
        return xp.where(radius < 0.1, 0.1, radius)
    ```

    ## Fix safety
    `xp.where` evaluates both sides: a side that is not finite where it is not taken still enters the gradient.

    ## When to ignore
    When the value is concrete on purpose, mark the function with `# xpcheck: static[name]` and a reason.

    ## Related
    XP302 for `and`, `or` and `not`, XP304 for `max` and `any`, XP204 for `bool()`.
    """

    code = "XP303"
    name = "traced-branch"
    kind = Kind.HAZARD
    events = (ArrayOp, RaisingBranch)

    def check(self, event: ArrayOp | RaisingBranch) -> Outcome | None:  # type: ignore[override]
        """Report a test of a traced value, and a choice of JAX one of whose branches raises."""
        if isinstance(event, RaisingBranch):
            hint = "check concrete values before the trace, or use `jax.experimental.checkify`"
            message = (
                f"`{event.label}` traces all its branches, and one of them only raises: it does so at once; {hint}"
            )
            return Outcome(message, hint=hint, certainty=Level.PROVED, evidence=(event.here(f"`{event.label}`"),))
        if event.kind is not Sink.BRANCH:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        name = event.namespace
        hint = {
            "while": "write `jax.lax.while_loop` where JAX runs, or a fixed number of rounds",
            "assert": "drop the assertion, or test the value before the trace",
        }.get(event.label, f"write `{name}.where(condition, a, b)`")
        message = f"`{event.label}` branches on a value that is traced under JAX, as {verdict.root}; {hint}"
        return Outcome(message, verdict, hint=hint)
