"""XP101: a call that omits the namespace although its callee needs it."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Call, DroppedBelow, Event, NestedDrop
from xpcheck.flow.events.definition_events import FlagDrop
from xpcheck.flow.lattice.summary import Binding
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class UnthreadedCall(Rule):
    """A call omits the namespace although the callee takes it and would run NumPy on a traced value.

    ## What it does
    Reports a call in a body that holds a namespace, when the callee has a parameter for it that is left at its NumPy
    default, and the callee (or something it calls) then runs a NumPy operation on a value that is traced here.
    Methods, inherited methods, `super()`, helpers, class and static methods, nested functions, and functions that are
    handed over to be called count. A call whose array arguments are concrete under a trace is not reported: there
    NumPy is right. A structure that holds an array is taken to tell its backend by that array: built without the
    namespace it is reported only where its constructor runs NumPy on what it is given, as on a list.

    A constructor that takes the flag for the backend (`use_jax`) and calls the one that stores it without is reported,
    too.

    In a function that takes no namespace the call is reported where XP103 or XP104 proves that JAX comes there: it is
    the place where the namespace has to be handed on once the function takes it. Behind a finding that is only likely
    it is possible.

    ## Why it hurts
    The callee silently falls back to NumPy. Nothing fails on NumPy, nothing fails on concrete JAX values; under
    `jax.vmap` or `jax.jit` a `TracerArrayConversionError` is raised far below this call, or a result is silently
    computed on the host.

    ## Example
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(y**2 + x**2)

    def profile_from(y, x, xp=np):
        return xp.exp(-radius_from(y, x))
    ```

    ## Use instead
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(y**2 + x**2)

    def profile_from(y, x, xp=np):
        return xp.exp(-radius_from(y, x, xp=xp))
    ```

    ## Fix safety
    Safe: handing the namespace on changes nothing on NumPy. Unsafe where the traced value is only possible, where a
    decorator of the callee may not take the argument, or where the result goes into `float()` at once, which takes no
    tracer either.

    ## When to ignore
    When the callee must stay on the host because its result has a value-dependent shape, mark it with
    `# xpcheck: host` and a reason.

    ## Related
    XP103 for callees that take no namespace, XP104 for properties, XP201 for NumPy calls in the body itself.
    """

    code = "XP101"
    name = "unthreaded-call"
    kind = Kind.HAZARD
    events = (Call, DroppedBelow, NestedDrop, FlagDrop)

    def check(self, event: Event) -> Outcome | None:
        """Report a call bound to NumPy by default that reaches a sink."""
        if isinstance(event, DroppedBelow):
            return self._below(event)
        if isinstance(event, NestedDrop):
            return self._nested(event)
        if isinstance(event, FlagDrop):
            return self._flag(event)
        assert isinstance(event, Call)
        if not event.in_aware_body or event.accessor:
            return None
        name, own = event.namespace, event.namespace_argument
        if event.binding is Binding.MISSING:
            hint = f"write `{event.label}(..., {name}={own})`"
            message = f"`{event.label}` needs `{name}` and is not given it: TypeError on both backends; {hint}"
            return Outcome(message, hint=hint, certainty=Level.PROVED, evidence=(event.defined,))
        if event.binding is not Binding.DEFAULT:
            return None
        verdicts = event.verdicts
        if not verdicts:
            return None
        verdict = verdicts[0]
        threaded, total = event.siblings
        hint = f"write `{event.label}(..., {name}={own})`"
        if event.handed:
            hint = f"hand over `functools.partial({event.label}, {name}={own})`"
        evidence = f" ({threaded} of {total} calls of it pass `{name}`)" if threaded > 1 else ""
        message = (
            f"`{event.label}` is called without `{name}`: under JAX it falls back to NumPy and {verdict.operation} "
            f"meets a traced value, as {verdict.root}{evidence}; {hint}"
        )
        return Outcome(message, verdict, hint=hint, related=event.places_below)

    def _nested(self, event: NestedDrop) -> Outcome | None:
        """A call of a function of the body itself."""
        verdict, name = event.verdict, event.name
        if verdict is None:
            return None
        hint = f"write `{event.label}(..., {name}={event.namespace_argument})`"
        message = (
            f"`{event.label}` is called without `{name}`: under JAX it falls back to NumPy and `{event.operation}` "
            f"(line {event.line}) meets a traced value, as {verdict.root}; {hint}"
        )
        return Outcome(message, verdict, hint=hint)

    def _flag(self, event: FlagDrop) -> Outcome:
        """A constructor that keeps to itself which backend to use."""
        hint = f"write `{event.label}(..., {event.flag}={event.flag})`"
        message = (
            f"`{event.label}` is called without `{event.flag}` and stores its default: the object uses that backend "
            f"whatever it is told; {hint}"
        )
        defined = event.definition(event.callee, f"`{event.flag}` is stored")
        return Outcome(message, hint=hint, certainty=Level.PROVED, evidence=(event.here(f"`{event.label}`"), defined))

    def _below(self, event: DroppedBelow) -> Outcome | None:
        """A call that needs what its own body is not given; behind what is only likely, a guess upon a guess."""
        verdicts = event.call.verdicts
        if not verdicts:
            return None
        verdict, name = verdicts[0], event.namespace
        function = event.site.function
        taker = function.owner.name if function.name == "__init__" and function.owner else function.name
        hint = f"give `{taker}` a parameter `{name}=np` and write `{event.call.label}(..., {name}={name})`"
        message = (
            f"`{event.call.label}` is called without `{name}`, as `{taker}` takes none: under JAX it falls back to "
            f"NumPy and {verdict.operation} meets a traced value, as {verdict.root}; {hint}"
        )
        return Outcome(
            message,
            hint=hint,
            certainty=verdict.level if event.level is Level.PROVED else Level.POSSIBLE,
            evidence=(event.behind.here(f"`{event.behind.label}` leads here under JAX"), *verdict.chain()),
            place=event.defined,
            related=event.call.places_below,
        )
