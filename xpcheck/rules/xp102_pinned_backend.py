"""XP102: a call that pins the backend of its callee."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Call
from xpcheck.flow.events.edge_events import PinnedCall
from xpcheck.flow.lattice.summary import Binding
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class PinnedBackend(Rule):
    """A call pins the namespace to NumPy although its caller may run on JAX.

    ## What it does
    Reports `xp=np` in a call, in a body that holds a namespace, where the JAX run of the body reaches the call and the
    callee then runs NumPy on a value that is traced here. Where a traced value is handed over and nothing breaks on it,
    it is a convention.

    ## Why it hurts
    The callee runs NumPy whatever the caller was given: `TracerArrayConversionError` below this call under a trace.
    What runs does so by accident, with constants of the host in the midst of the trace, until the callee changes.

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
    events = (Call, PinnedCall)

    def check(self, event: Call | PinnedCall) -> Outcome | None:  # type: ignore[override]
        """Report a call that is given NumPy literally, and a traced value."""
        if isinstance(event, PinnedCall):
            return self._convention(event)
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

    @staticmethod
    def _convention(event: PinnedCall) -> Outcome | None:
        """A pinned call in which nothing breaks; the level of the traced value decides whether it is worth a word."""
        verdict = event.verdict
        if not event.in_aware_body or verdict is None or verdict.level is Level.POSSIBLE:
            return None
        hint = f"write `{event.namespace}={event.namespace_argument}`"
        message = f"`{event.label}` is pinned to NumPy and given a traced value, as {verdict.root}; {hint}"
        return Outcome(message, verdict, hint=hint, kind=Kind.CONVENTION)
