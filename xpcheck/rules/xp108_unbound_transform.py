"""XP108: a transform is applied to a function whose namespace is left at NumPy."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Transformation
from xpcheck.flow.events.definition_events import UnboundTransform
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class UnboundTransformRule(Rule):
    """A transform is applied to a function whose namespace is left at NumPy.

    ## What it does
    Reports `jax.jit`, `jax.vmap`, `jax.grad` and their like, as calls and as decorators, of a function that takes the
    namespace, when nothing binds it: no `functools.partial(f, xp=jnp)`, no static argument, and no argument of the
    later call. It also reports a backend module that is given to a compiled or mapped function as if it were an array.

    ## Why it hurts
    The default is NumPy, so the traced arguments meet it: `TracerArrayConversionError`. A module is no array:
    `TypeError`.

    ## Example
    ```python
    def norm_from(values, xp=np):
        return xp.sqrt(xp.sum(values**2))

    fast_norm_from = jax.jit(norm_from)
    ```

    ## Use instead
    ```python
    def norm_from(values, xp=np):
        return xp.sqrt(xp.sum(values**2))

    fast_norm_from = jax.jit(functools.partial(norm_from, xp=jnp))
    ```

    ## Fix safety
    Safe: the transform runs on JAX in any case.

    ## When to ignore
    Never: the transformed function cannot run.

    ## Related
    XP101 for calls that drop the namespace, XP102 for calls that pin it.
    """

    code = "XP108"
    name = "unbound-transform"
    kind = Kind.HAZARD
    events = (Transformation, UnboundTransform)

    def check(self, event: Transformation | UnboundTransform) -> Outcome | None:  # type: ignore[override]
        """Report a transform of a function whose namespace is not bound."""
        name, callee = event.site.verdicts.namespace_name(event.callee), event.callee
        hint = f"write `functools.partial({callee.name}, {name}=jnp)`"
        if isinstance(event, UnboundTransform):
            message = f"`{event.transform}` traces `{callee.name}` with `{name}` left at NumPy; {hint}"
            return Outcome(message, hint=hint, evidence=(event.here(f"`{event.transform}`"), event.defined))
        if not event.hits:
            message = f"`{event.label}` is given a backend module as if it were an array: TypeError; {hint}"
            return Outcome(message, hint=hint, evidence=(event.here(f"`{event.label}`"), event.defined))
        verdict = event.verdicts[0]
        message = f"`{event.label}` leaves `{name}` at NumPy, and {verdict.operation} meets a traced value; {hint}"
        # That the body runs around the trace, and not in it, is the point of a transform.
        certainty = Level.LIKELY if verdict.hit is not None and verdict.hit.heuristic else Level.PROVED
        return Outcome(message, hint=hint, certainty=certainty, evidence=verdict.chain())
