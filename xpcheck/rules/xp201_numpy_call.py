"""XP201: a NumPy function that is called on a traced value."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class NumpyCall(Rule):
    """A NumPy function is called on a value that is traced under JAX.

    ## What it does
    Reports `np.f(...)` in a body that holds a namespace, when an argument is traced in the JAX run of the body.
    Branches for NumPy (`if xp is np:`), constants, data types, shapes and functions that read only metadata are
    not reported, nor are functions that NumPy forwards to the array's own method.

    ## Why it hurts
    NumPy converts its arguments through `__array__`, which a tracer refuses: `TracerArrayConversionError`. On
    concrete JAX values the conversion succeeds and the computation leaves the device, unnoticed.

    ## Example
    ```python
    def radius_from(y, x, xp=np):
        return np.sqrt(xp.square(y) + xp.square(x))
    ```

    ## Use instead
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(xp.square(y) + xp.square(x))
    ```

    ## Fix safety
    Replacing `np` by the namespace changes nothing on NumPy. Safe when the value is proved traced and JAX has the
    function with the same arguments; unsafe when it is not proved; only shown when an argument is a wrapper.

    ## When to ignore
    When the value is concrete on purpose, mark the function with `# xpcheck: static[name]` and a reason.

    ## Related
    XP101 for calls that drop the namespace, XP202 for `math` and SciPy.
    """

    code = "XP201"
    name = "numpy-call"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report a NumPy operation with a traced operand in a body that holds a namespace."""
        if not event.in_aware_body or event.kind is not Sink.NUMPY or not event.name.startswith("numpy."):
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        name = event.namespace
        instead = f"{name}{event.label[event.label.index('.') :]}" if "." in event.label else f"{name}.{event.label}"
        message = (
            f"`{event.label}` runs NumPy on a value that is traced under JAX, as {verdict.root}; write `{instead}`"
        )
        return Outcome(message, verdict, hint=f"write `{instead}`", related=event.followers)
