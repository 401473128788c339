"""XP102: a call that pins the backend of its callee."""

from __future__ import annotations

from xpcheck.flow.events import Call
from xpcheck.flow.summary import Binding
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class PinnedBackend(Rule):
    """A call pins the namespace to NumPy although its caller may run on JAX.

    ## What it does
    Reports `xp=np` in a call, in a body that holds a namespace, where the JAX run of the body reaches the call and the
    callee then runs NumPy on a value that is traced here.

    ## Why it hurts
    The callee runs NumPy whatever the caller was given: `TracerArrayConversionError` below this call under a trace.

    ## Example
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(y**2 + x**2)

    def profile_from(y, x, xp=np):
        return xp.exp(-radius_from(xp.abs(y), x, xp=np))
    ```

    ## Use instead
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(y**2 + x**2)

    def profile_from(y, x, xp=np):
        return xp.exp(-radius_from(xp.abs(y), x, xp=xp))
    ```

    ## Fix safety
    Safe: handing the namespace on changes nothing on NumPy. What is no plain `np` is left to you.

    ## When to ignore
    When the value is concrete on purpose, mark the callee with `# xpcheck: host` and a reason.

    ## Related
    XP101 for calls that leave the namespace out.
    """

    code = "XP102"
    name = "pinned-backend"
    kind = Kind.HAZARD
    events = (Call,)

    def check(self, event: Call) -> Outcome | None:  # type: ignore[override]
        """Report a call that is given NumPy literally and reaches a sink."""
        if not event.in_aware_body or event.binding is not Binding.NUMPY or event.accessor:
            return None
        verdicts = event.verdicts
        if not verdicts:
            return None
        verdict = verdicts[0]
        hint = f"write `{event.namespace}={event.namespace_argument}`"
        message = (
            f"`{event.label}` is pinned to NumPy: under JAX {verdict.operation} meets a traced value, as "
            f"{verdict.root}; {hint}"
        )
        return Outcome(message, verdict, hint=hint)
