"""XP305: a test on a type sends traced values to a branch that is not meant for them."""

from __future__ import annotations

from xpcheck.flow.events.body_events import TypeDispatch
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class NdarrayDispatch(Rule):
    """A test on a type sends traced values to a branch that is not meant for them.

    ## What it does
    Reports `isinstance(x, np.ndarray)`, `isinstance(x, (float, ...))`, `type(x) is np.ndarray` and `np.isscalar(x)`
    of a traced value, when the branch for NumPy computes with the value and the other one ignores it. It also reports
    such a test that chooses the backend and takes scalars of NumPy for values of JAX, because `np.generic` is not
    among the types.

    ## Why it hurts
    Silent: a tracer is none of these types, so what is done to arrays of NumPy is not done to it. Scalars of NumPy
    are no arrays, and most are no numbers of Python.

    ## Example
    ```python
    def scaled_from(values, scale, xp=np):
        values = xp.abs(values)
        if isinstance(values, np.ndarray):
            values = values / scale
        return values
    ```

    ## Use instead
    ```python
    def scaled_from(values, scale, xp=np):
        return xp.abs(values) / scale
    ```

    ## Fix safety
    Dropping the test changes what happens to values that are no arrays: `xp.ndim(x) == 0` asks for scalars.

    ## When to ignore
    When traced values are to be left alone on purpose.

    ## Related
    XP306 for errors that are swallowed.
    """

    code = "XP305"
    name = "ndarray-dispatch"
    kind = Kind.HAZARD
    events = (TypeDispatch,)

    def check(self, event: TypeDispatch) -> Outcome | None:  # type: ignore[override]
        """Report a test on a type that a tracer fails."""
        name = event.name
        if event.backend:
            hint = "add `np.generic` to the types"
            message = (
                f"the type of `{name}` chooses the backend, and scalars of NumPy are taken for values of JAX; {hint}"
            )
            return Outcome(message, hint=hint, certainty=Level.LIKELY, evidence=(event.here(f"the type of `{name}`"),))
        verdict = event.verdict
        if verdict is None:
            return None
        hint = f"write it for both, with `{event.namespace}`"
        message = f"`{name}` is traced under JAX, as {verdict.root}, and fails this test: it is left alone; {hint}"
        return Outcome(message, verdict, hint=hint)
