"""XP205: a NumPy array that is filled with, or indexed by, traced values."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class NumpyBuffer(Rule):
    """A NumPy array is filled with, or indexed by, values that are traced under JAX.

    ## What it does
    Reports `a[i] = v`, where `a` is a NumPy array and `v` or `i` is traced in the JAX run of a body that holds a
    namespace, and `a[i]` where the index is traced. The array may be made in the body, as a buffer for the results of a
    loop is, or be a table of the host. One store is the finding; where the array is made and the other stores are
    related to it.

    ## Why it hurts
    NumPy converts what is stored in its arrays, and what indexes them: `TracerArrayConversionError`, or `ValueError`
    for single numbers. An operation between a NumPy array and a traced one is no problem.

    ## Example
    ```python
    def powers_from(values, xp=np):
        powers = np.zeros((3, 2))
        for order in range(3):
            powers[order] = xp.power(values, order)
        return powers
    ```

    ## Use instead
    ```python
    def powers_from(values, xp=np):
        return xp.stack([xp.power(values, order) for order in range(3)])
    ```

    ## Fix safety
    A stack has the same values; check the type of the elements, which the buffer fixed. Tables that are indexed become
    arrays of the backend with `xp.asarray(table)[index]`.

    ## When to ignore
    When the stored value is concrete on purpose, mark it with `# xpcheck: static[name]` and a reason.

    ## Related
    XP203 for buffers made with the namespace, XP201 for NumPy calls.
    """

    code = "XP205"
    name = "numpy-buffer"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report a store into, or a read from, a NumPy array that a traced value takes part in."""
        indexed = event.kind is Sink.NUMPY and event.name == "getitem"
        if not event.in_aware_body or not (indexed or event.kind is Sink.BUFFER):
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        name = event.namespace
        if indexed:
            hint = f"write `{name}.asarray(table)[index]`"
            what = "a NumPy array is indexed by a value"
        else:
            hint = f"write `{name}.stack([...])`, or `{name}.where(...)`"
            what = "a NumPy array is filled with a value"
        message = f"{what} that is traced under JAX, as {verdict.root}; {hint}"
        return Outcome(message, verdict, hint=hint, related=event.places)
