"""XP401: a cached property whose value depends on traced data."""

from __future__ import annotations

from xpcheck.flow.events.edge_events import CachedProperty
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class CachedPropertyOnTraced(Rule):
    """A cached property holds a value that depends on traced data.

    ## What it does
    Reports a `@cached_property` (of any library) whose value depends on an attribute that arrives traced. It is a
    hazard where the object exists before the trace, because it is a component of a model; it is a convention where
    the object is built inside the traced function, as fits are. Values that JAX computes from constants only are not
    reported there: they are tracers under `jit`, and the same in every trace. Nor are bodies that run NumPy on all that
    is traced in them: they raise before anything is kept, which is XP104 where they are read.

    ## Why it hurts
    The first trace leaves its tracer in the object's `__dict__`. Used in the next trace or batch it raises
    `UnexpectedTracerError`; flattened as a pytree it changes the structure and compiles anew; copied it goes stale.
    On an object that lives only inside one trace the cache is harmless today.

    ## Example
    ```python
    class Ellipse:
        def __init__(self, ell_comps=(0.0, 0.0)):
            self.ell_comps = ell_comps

        @cached_property
        def factor(self):
            return self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2
    ```

    ## Use instead
    ```python
    class Ellipse:
        def __init__(self, ell_comps=(0.0, 0.0)):
            self.ell_comps = ell_comps

        @property
        def factor(self):
            return self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2
    ```

    ## Fix safety
    Unsafe: a plain property computes the value at each read, the same value with more work. Only shown where something
    assigns or deletes the attribute, which a property refuses. The import of the cached one stays.

    ## When to ignore
    For classes whose objects are always built inside the trace, name them under `cached-property-allow`.

    ## Related
    XP104 for properties that run NumPy, XP402 for other caches.
    """

    code = "XP401"
    name = "cached-property"
    kind = Kind.HAZARD
    events = (CachedProperty,)

    def check(self, event: CachedProperty) -> Outcome | None:  # type: ignore[override]
        """Report a cached property whose value is traced."""
        verdict = event.verdict
        if verdict is None:
            return None
        name = event.site.function.name
        if event.outlives_trace:
            message = (
                f"cached property `{name}` keeps a tracer of the first trace on the object, as {verdict.root}; "
                "write `@property`"
            )
            return Outcome(message, verdict, hint="write `@property`")
        if event.is_constant or not event.is_kept:
            return None
        message = (
            f"cached property `{name}` depends on traced data, as {verdict.root}; it works while `{event.cls.name}` is "
            "built inside the trace, the house rule is `@property`"
        )
        return Outcome(message, verdict, hint="write `@property`", kind=Kind.CONVENTION)
