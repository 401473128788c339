"""XP304: Python's ``min``, ``max``, ``any``, ``all``, ``sorted`` and ``range`` on traced values."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule

_INSTEAD = {
    "min": "write `{xp}.minimum(a, b)` or `{xp}.min(a)`",
    "max": "write `{xp}.maximum(a, b)` or `{xp}.max(a)`",
    "any": "write `{xp}.any(a)`",
    "all": "write `{xp}.all(a)`",
    "sorted": "write `{xp}.sort(a)`, or sort by a static key",
    "range": "write `range` of a static bound, and mask what is too much",
}


class HostBuiltin(Rule):
    """A builtin that compares or counts is called on a value that is traced under JAX.

    ## What it does
    Reports `min`, `max`, `any`, `all`, `sorted` and `range` when a value that they look at is traced in the JAX run, in
    functions without a namespace as well, when a traced value reaches them. `sum`, `abs`, `round`, `len`, `zip` and
    `enumerate` work on tracers and are not reported.

    ## Why it hurts
    These functions ask for the truth of comparisons, or for an integer: `TracerBoolConversionError` or
    `TracerIntegerConversionError`. Concrete JAX arrays do not show it.

    ## Example
    ```python
    def softened_from(radius, core, xp=np):
        return 1.0 / max(xp.abs(radius), core)
    ```

    ## Use instead
    ```python
    def softened_from(radius, core, xp=np):
        return 1.0 / xp.maximum(xp.abs(radius), core)
    ```

    ## Fix safety
    The namespace's functions treat NaN differently: `maximum` hands it on, `max` depends on the order.

    ## When to ignore
    When the values are concrete on purpose, mark the function with `# xpcheck: static[name]` and a reason.

    ## Related
    XP303 for branches, XP206 for other sizes, XP204 for conversions.
    """

    code = "XP304"
    name = "host-builtin"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report a builtin on a traced value."""
        if event.kind is not Sink.BUILTIN:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        hint = _INSTEAD[event.name.rpartition(".")[2]].format(xp=event.namespace)
        verb = "counts up to" if event.name == "builtins.range" else "compares"
        message = f"`{event.label}` {verb} a value that is traced under JAX, as {verdict.root}; {hint}"
        return Outcome(message, verdict, hint=hint)
