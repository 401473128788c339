"""XP203: an array of the backend that is changed in place."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.flow.lattice.values import STAGED
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class ItemAssignment(Rule):
    """An array of the backend is changed in place.

    ## What it does
    Reports `a[i] = v` and `a[i] += v`, the in-place methods (`.sort()`, `.fill()`, `.put()`), functions that write to
    their argument (`xp.fill_diagonal`) and `out=`, when the array is one of JAX in the JAX run: a traced value, or the
    result of a function of the namespace. It is reported in functions without a namespace as well, when a traced array
    reaches them. NumPy arrays, lists and dictionaries may be changed.
    The first change of an array with a name is the finding; the places of its other changes are related to it.

    ## Why it hurts
    JAX arrays are immutable. An item assignment raises `TypeError`, `out=` raises `NotImplementedError`, a method that
    JAX lacks raises `AttributeError`, and `.sort()` returns a new array and leaves the old one as it is, silently.

    ## Example
    ```python
    def clipped_from(values, xp=np):
        values = xp.abs(values)
        values[values < 0.1] = 0.1
        return values
    ```

    ## Use instead
    ```python
    def clipped_from(values, xp=np):
        values = xp.abs(values)
        return xp.where(values < 0.1, 0.1, values)
    ```

    ## Fix safety
    Unsafe: `a[i] = v` stays for NumPy and `a = a.at[i].set(v)` stands beside it under a guard, for arrays with a name;
    a number that is assigned under a mask is chosen by `xp.where(mask, v, a)`.
    A new array does not change the caller's: where the caller relies on the change, return the array to it.

    ## When to ignore
    Off by default: on the real libraries 4 of 6 reports are right, the others change wrappers that allow it, or
    arrays of code that runs around the trace. Name it under `select` during a port.

    ## Related
    XP205 for NumPy buffers that are filled with traced values, XP210 for updates that are thrown away.
    """

    code = "XP203"
    name = "item-assignment"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report an operation that writes to an array of JAX."""
        if event.kind is not Sink.MUTATE:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        name = event.namespace
        if event.name == "setitem":
            what = "an item assignment changes"
            hint = f"write `{name}.where(...)`, or `.at[...].set(...)` under `if {event.namespace_argument} is not np:`"
        elif event.name == "array.sort":
            what, hint = "`.sort()` cannot change", f"write `a = {name}.sort(a)`"
        else:
            what, hint = f"`{event.label}` writes to", f"write a new array with `{name}`"
        message = f"{what} an array that is immutable under JAX, as {verdict.root}; {hint}"
        if verdict.level is Level.POSSIBLE and event.taint >= STAGED and event.in_aware_body and not event.site.on_host:
            return Outcome(message, hint=hint, related=event.places, certainty=Level.LIKELY, evidence=verdict.chain())
        return Outcome(message, verdict, hint=hint, related=event.places)
