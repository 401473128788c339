"""XP103: a traced value given to a function without a namespace that runs NumPy on it."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Call
from xpcheck.flow.lattice.summary import Binding
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class HelperWithoutNamespace(Rule):
    """A traced value is given to a function that has no parameter for the namespace and runs NumPy on it.

    ## What it does
    Reports a call in a body that holds a namespace, when the callee takes none and runs a NumPy, SciPy or `math`
    operation on a value that is traced here, itself or through what it calls. The report stands at the last call
    whose body holds the namespace: the sinks below it are its chain.

    ## Why it hurts
    The helper cannot be told to use JAX. Under a trace it raises `TracerArrayConversionError` below this call.

    ## Example
    ```python
    def radius_from(y, x):
        return np.sqrt(y**2 + x**2)

    def profile_from(y, x, xp=np):
        return xp.exp(-radius_from(xp.asarray(y), x))
    ```

    ## Use instead
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(y**2 + x**2)

    def profile_from(y, x, xp=np):
        return xp.exp(-radius_from(xp.asarray(y), x, xp=xp))
    ```

    ## Fix safety
    Unsafe: the helper, its overrides and the functions it breaks in get the parameter `xp=np`, this call hands it on;
    callers outside the project are not seen. Further callers that hold a namespace are fixed with it.

    ## When to ignore
    When the helper runs around the trace, or its values are concrete on purpose: mark it with `# xpcheck: host` or
    `# xpcheck: static[name]` and a reason.

    ## Related
    XP101 for callees that take the namespace, XP104 for properties.
    """

    code = "XP103"
    name = "helper-without-xp"
    kind = Kind.HAZARD
    events = (Call,)

    def check(self, event: Call) -> Outcome | None:  # type: ignore[override]
        """Report a call of a function without a namespace that reaches a sink."""
        if not event.in_aware_body or event.binding is not Binding.FREE or event.accessor:
            return None
        if event.builds_component or event.in_constructor:
            return None
        verdicts = event.verdicts
        if not verdicts:
            return None
        verdict = verdicts[0]
        name = event.namespace
        hint = f"give `{event.callee.name}` a parameter `{name}=np` and hand it on"
        message = (
            f"`{event.label}` takes no `{name}` and {verdict.operation} in it meets a traced value, as {verdict.root}; "
            f"{hint}"
        )
        return Outcome(message, verdict, hint=hint, place=event.defined, related=event.places_below)
