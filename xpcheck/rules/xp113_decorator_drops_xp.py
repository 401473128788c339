"""XP113: the wrapper of a decorator drops the namespace."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import DroppingWrapper
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class DecoratorDropsXp(Rule):
    """The wrapper of a decorator drops the namespace.

    ## What it does
    Reports the wrapper that a decorator of the program returns when it wraps functions that take the namespace and has
    no parameter for it, or takes it (or `**kwargs`) and calls the wrapped function without.

    ## Why it hurts
    No caller can give the wrapped function its namespace: with it the call is a `TypeError` on both backends, or the
    namespace is lost on the way and the function runs NumPy under JAX.

    ## Example
    ```python
    def on_unit_scale(func):
        @functools.wraps(func)
        def wrapper(self, x):
            return func(self, x / self.scale)

        return wrapper
    ```

    ## Use instead
    ```python
    def on_unit_scale(func):
        @functools.wraps(func)
        def wrapper(self, x, xp=np):
            return func(self, x / self.scale, xp=xp)

        return wrapper
    ```

    ## Fix safety
    Safe where every wrapped function takes the namespace; otherwise hand on `*args, **kwargs`.

    ## When to ignore
    When the wrapper runs its function on the host on purpose.

    ## Related
    XP112 for calls that hand the namespace to what cannot take it, XP503 for the order of known decorators.
    """

    code = "XP113"
    name = "decorator-drops-xp"
    kind = Kind.HAZARD
    events = (DroppingWrapper,)

    def check(self, event: DroppingWrapper) -> Outcome | None:  # type: ignore[override]
        """Report a wrapper that a namespace does not get through."""
        name, wrapped = event.site.verdicts.namespace_name(event.wrapped), event.wrapped
        where = f"`{wrapped.qualname}` ({wrapped.module.path}:{wrapped.outline.name_loc[0]})"
        if event.problem == "taken":
            hint = f"write `{name}=np` in its signature and hand it on"
            what = f"has no parameter `{name}`"
        else:
            hint = f"write `{name}={name}` in the call, or hand on `**kwargs`"
            what = f"does not hand `{name}` on"
        message = f"`{event.wrapper}` {what}, and `{event.site.function.name}` wraps {where}, which takes it; {hint}"
        return Outcome(message, hint=hint, evidence=(event.definition(wrapped, f"`{wrapped.name}` takes `{name}`"),))
