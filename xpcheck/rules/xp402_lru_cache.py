"""XP402: a cached function takes the namespace or arrays."""

from __future__ import annotations

from xpcheck.flow.events.body_events import MemoStore
from xpcheck.flow.events.definition_events import Decorated
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class LruCache(Rule):
    """A cached function takes the namespace or arrays.

    ## What it does
    Reports `functools.lru_cache` and `functools.cache` on a function that takes the namespace, or whose annotations say
    that it takes arrays or array wrappers. It also reports a memo by hand: a dictionary of the module, or of an object
    that exists before the trace, in which an item with a traced key or value is stored.

    ## Why it hurts
    Arrays and tracers cannot be keys: `TypeError: unhashable type`. A traced value that is found in the next trace
    raises `UnexpectedTracerError`. With hashable arguments and a namespace the first
    call under `jax.jit` caches a tracer, because all that JAX computes under a trace is one, and the next trace that
    reads it raises `UnexpectedTracerError`.

    ## Example
    ```python
    @functools.lru_cache
    def weights_from(n, xp=np):
        return xp.exp(-xp.arange(n))
    ```

    ## Use instead
    ```python
    @functools.lru_cache
    def weights_from(n):
        return np.exp(-np.arange(n))
    ```

    ## Fix safety
    Dropping the cache is safe and slower; computing the constant with NumPy keeps it.

    ## When to ignore
    When the function is never called under a trace. A function that is made for the namespace, and computes when it is
    called, may be kept and is not reported.

    ## Related
    XP401 for cached properties, XP403 for other values that outlive a trace.
    """

    code = "XP402"
    name = "lru-cache"
    kind = Kind.HAZARD
    events = (Decorated, MemoStore)

    def check(self, event: Decorated | MemoStore) -> Outcome | None:  # type: ignore[override]
        """Report a cache whose keys or values may be tracers."""
        if isinstance(event, MemoStore):
            verdict = event.verdict if event.of_module or event.of_lasting_object else None
            hint = f"keep it under `if {event.namespace_argument} is np:`"
            if verdict is None:
                return None
            message = f"`{event.label}` is given an item that is traced under JAX, as {verdict.root}; {hint}"
            return Outcome(message, verdict, hint=hint)
        if event.problem != "cache":
            return None
        name, key = event.site.function.name, event.slot
        if key == event.namespace:
            reason = "the first call under a trace leaves its tracer in the cache; compute the constant with `np`"
        else:
            reason = "an array is no key (TypeError: unhashable type); write the function without a cache"
        level = Level.PROVED if key != event.namespace else Level.LIKELY
        message = f"`{event.decorator}` caches `{name}`, which takes `{key}`: {reason}"
        return Outcome(
            message, certainty=level, evidence=(event.here(f"`{event.decorator}`"),), hint=reason.rpartition("; ")[2]
        )
