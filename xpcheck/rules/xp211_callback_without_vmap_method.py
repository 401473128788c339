"""XP211: a callback to the host has no rule for vmap."""

from __future__ import annotations

from xpcheck.flow.events.body_events import HostCallback
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class CallbackWithoutVmapMethod(Rule):
    """A callback to the host has no rule for vmap.

    ## What it does
    Reports `jax.pure_callback` without `vmap_method` (or the older `vectorized`).

    ## Why it hurts
    The code runs under `jax.jit` and raises `NotImplementedError` under `jax.vmap`, which model fits use for batches.

    ## Example
    ```python
    def edges_from(points):
        shape = jax.ShapeDtypeStruct(points.shape, points.dtype)
        return jax.pure_callback(triangulate, shape, points)
    ```

    ## Use instead
    ```python
    def edges_from(points):
        shape = jax.ShapeDtypeStruct(points.shape, points.dtype)
        return jax.pure_callback(triangulate, shape, points, vmap_method="sequential")
    ```

    ## Fix safety
    `"sequential"` calls the function once for each element and is right for every function; `"expand_dims"` and
    `"broadcast_all"` need one that takes a leading dimension.

    ## When to ignore
    When the code is never mapped.

    ## Related
    XP202 for functions of the host that are called directly.
    """

    code = "XP211"
    name = "callback-without-vmap-method"
    kind = Kind.HAZARD
    events = (HostCallback,)

    def check(self, event: HostCallback) -> Outcome | None:  # type: ignore[override]
        """Report a callback that cannot be mapped."""
        hint = 'write `vmap_method="sequential"`'
        message = f"`{event.label}` has no rule for `jax.vmap`: NotImplementedError there; {hint}"
        return Outcome(message, hint=hint, evidence=(event.here(f"`{event.label}` is called"),))
