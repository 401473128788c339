"""XP501: a wrapper is built and returned where a trace may end."""

from __future__ import annotations

from xpcheck.flow.events.edge_events import WrapperReturn
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class UnguardedWrapper(Rule):
    """A wrapper is built and returned where a trace may end.

    ## What it does
    Reports a function that builds a wrapper around values that may be traced and returns it in its JAX run, when the
    function is given to `jit` or another transform, or when it is public, takes the namespace, and no other code that
    holds a namespace goes on with its result. Wrappers whose constructor is given the namespace, or whose class the
    program registers, are pytrees and left out; so are functions under a decorator that wraps their result (XP502),
    methods of wrappers, and helpers whose result is consumed by other code before the trace ends. A helper without a
    namespace that builds the wrapper for the function stands for the constructor.

    ## Why it hurts
    A class that is not registered is no valid output of a compiled function: `jax.jit` raises `TypeError` as soon as
    the function is the outermost one, although the values are right.

    ## Example
    ```python
    def magnification_2d_from(self, grid, xp=np):
        det_a = self.det_a_from(grid, xp=xp)
        return aa.ArrayIrregular(values=1.0 / det_a)
    ```

    ## Use instead
    ```python
    def magnification_2d_from(self, grid, xp=np):
        det_a = self.det_a_from(grid, xp=xp)
        if xp is np:
            return aa.ArrayIrregular(values=1.0 / det_a)
        return 1.0 / det_a
    ```

    ## Fix safety
    Callers on JAX that read `.array` of the result, or its mask, have to change. Unsafe to apply unseen.

    ## When to ignore
    For functions whose callers, outside this code base, go on with the wrapper before the trace ends.

    ## Related
    XP502 for decorated functions, XP506 for objects that cross the boundary unregistered.
    """

    code = "XP501"
    name = "unguarded-wrapper"
    kind = Kind.CONVENTION
    events = (WrapperReturn,)

    def check(self, event: WrapperReturn) -> Outcome | None:  # type: ignore[override]
        """Report a wrapper that is not registered and may leave a trace."""
        if event.decorator or event.registered or event.site.on_host or not event.may_be_traced:
            return None
        compiled = event.compiled
        if compiled is None and not event.is_outermost:
            return None
        name, function = event.namespace, event.site.function.name
        fix = f"write `if {name} is np:` above it and return the raw array on JAX"
        place = f", compiled at {compiled.path}:{compiled.line}," if compiled is not None else ""
        message = f"`{function}`{place} returns a `{event.label}` on JAX too, which `jax.jit` cannot return"
        return Outcome(f"{message}; {fix}", hint=fix, evidence=(compiled,) if compiled is not None else ())
