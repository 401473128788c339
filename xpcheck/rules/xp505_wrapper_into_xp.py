"""XP505: a wrapper that is given to a function of the namespace."""

from __future__ import annotations

from xpcheck.flow.events.body_events import WrapperUse
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class WrapperIntoXp(Rule):
    """A wrapper is given to a function of the namespace, which takes arrays.

    ## What it does
    Reports `xp.f(w)` in a body that holds a namespace, when `w` is a structure that holds an array and is none: a grid
    that a decorator hands over, the result of a decorated method, an object built in the body, a parameter annotated
    as one, or one of which the body reads an attribute that only structures have. A call is reported when it gives
    such a `w` to a function that hands it to `xp.f` as it is. The functions of `jax.lax`, `jax.nn` and `jax.scipy` take
    no structures either.

    ## Why it hurts
    NumPy converts the structure through `__array__`, and everything works. The functions of `jax.numpy` take arrays
    only: `TypeError`, with or without a trace. `xp.asarray` converts structures of concrete arrays, and raises
    `TracerArrayConversionError` for traced ones. The operators of structures, and often `grid[:, 0]`, give structures
    again.

    ## Example
    ```python
    class Profile:
        @to_array
        def image_2d_from(self, grid, xp=np, **kwargs):
            return xp.exp(-xp.sum(xp.square(grid), axis=1))
    ```

    ## Use instead
    ```python
    class Profile:
        @to_array
        def image_2d_from(self, grid, xp=np, **kwargs):
            return xp.exp(-xp.sum(xp.square(grid.array), axis=1))
    ```

    ## Fix safety
    `.array` is the array that NumPy would convert to, so the values stay. A function that is also called with raw
    arrays has to accept both: `getattr(grid, "array", grid)`.

    ## When to ignore
    When the function is only ever called with raw arrays, say so in its annotation.

    ## Related
    XP504 for `grid[:, 0]`, XP201 for `np.f(w)`.
    """

    code = "XP505"
    name = "wrapper-into-xp"
    kind = Kind.HAZARD
    events = (WrapperUse,)

    def check(self, event: WrapperUse) -> Outcome | None:  # type: ignore[override]
        """Report a wrapper given to `jax.numpy`, here or in a callee."""
        verdict = event.verdict
        if verdict is None:
            return None
        what = " or ".join(f"`{name}`" for name in event.classes) or "whose attributes the body reads"
        hint = "write `.array` behind the value"
        if event.hit is None:
            message = f"`{event.label}` is given a wrapper ({what}), which JAX does not take; {hint}"
        else:
            message = (
                f"`{event.label}` is given a wrapper ({what}) and hands it to {verdict.operation}, which takes arrays "
                f"only under JAX; {hint}"
            )
        return Outcome(message, verdict, hint=hint)
