"""XP506: an object crosses the edge of a trace without being a pytree, or as a wrong one."""

from __future__ import annotations

from xpcheck.flow.events.edge_events import Crossing, Registered
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class PytreeRegistration(Rule):
    """An object crosses the edge of a trace without being a pytree, or as a wrong one.

    ## What it does
    Reports an object of a class that nothing registers among the arguments, or as the result, of a function that is
    compiled in sight; one whose class is registered by that function itself, after its arguments were taken apart.
    Where code in sight registers classes that are known at run time only, the level is possible. Of registrations it
    reports: names in `no_flatten` that the class never has; attributes that ride along although they may be traced;
    attributes that hold datasets, settings or masks and become children; lists and dicts whose contents are lost;
    `tree_flatten` that returns other children, or in another order, than the constructor takes.

    ## Why it hurts
    JAX raises `TypeError` for an object that it cannot take apart, and for constants among the children. A tracer that
    rides along outlives its trace: `UnexpectedTracerError`, or a program that is compiled anew for each call. A name
    that does not exist leaves the attribute that was meant traced. Lost contents and swapped children are silent.

    ## Example
    ```python
    class Ellipse:
        def __init__(self, centre, angle):
            self.centre, self.angle = centre, angle

        def tree_flatten(self):
            return (self.angle, self.centre), None

        @classmethod
        def tree_unflatten(cls, aux, children):
            return cls(*children)
    ```

    ## Use instead
    ```python
    class Ellipse:
        def __init__(self, centre, angle):
            self.centre, self.angle = centre, angle

        def tree_flatten(self):
            return (self.centre, self.angle), None

        @classmethod
        def tree_unflatten(cls, aux, children):
            return cls(*children)
    ```

    ## Fix safety
    Registering a class once, before it first meets a transform, changes nothing else.

    ## When to ignore
    For classes that are registered by code which is not analysed.

    ## Related
    XP403 for tracers that are kept, XP501 for wrappers that functions return, XP508 for modules among the children.
    """

    code = "XP506"
    name = "pytree-registration"
    kind = Kind.HAZARD
    events = (Crossing, Registered)

    def check(self, event: Crossing | Registered) -> Outcome | None:  # type: ignore[override]
        """Report an object that cannot cross, or a registration that does not fit its class."""
        return self._crossing(event) if isinstance(event, Crossing) else self._registration(event)

    def _crossing(self, event: Crossing) -> Outcome | None:
        what = "takes" if event.direction == "argument" else "returns"
        if event.too_late:
            place = event.registrations[0].step
            fix = "register it before the call"
            message = (
                f"`{event.label}` takes a `{event.cls.name}`, which it registers itself ({place.path}:{place.line})"
            )
            return Outcome(f"{message}, too late; {fix}", hint=fix, certainty=Level.PROVED, evidence=(place,))
        if event.registrations:
            return None
        fix = f"register `{event.cls.name}` as a pytree first"
        message = f"`{event.label}` {what} a `{event.cls.name}`, which is no pytree: TypeError"
        level = Level.PROVED if event.exact else Level.LIKELY
        if event.may_be_registered:
            level = Level.POSSIBLE
        return Outcome(f"{message}; {fix}", hint=fix, certainty=level, evidence=(event.defined,))

    def _registration(self, event: Registered) -> Outcome | None:
        cls, name, level = event.cls.name, event.attribute, Level.PROVED
        if event.problem == "unknown":
            fix = "write the name of an attribute"
            message = f"`{cls}` has no attribute `{name}`, so that nothing is kept from being flattened"
        elif event.problem == "traced":
            verdict = event.verdict
            # Who keeps what most models fix from being flattened says that it is fixed here, too.
            if verdict is None or verdict.level is Level.POSSIBLE or verdict.is_mostly_fixed:
                return None
            fix = f"leave `{name}` among the children"
            message = f"`{name}` of `{cls}` rides along untraced and may hold a tracer, as {verdict.root}"
            return Outcome(f"{message}; {fix}", verdict, hint=fix)
        elif event.problem == "constant":
            fix = f'write `no_flatten=(..., "{name}")`'
            message = f"`{name}` of `{cls}` holds a `{event.detail}`, which is no array: it cannot be a child"
            level = Level.LIKELY
        elif event.problem == "contents":
            fix = "register it with a flatten function that returns its items"
            message = f"`{cls}` is a {event.detail}, and its contents are no attributes: they are lost"
        elif event.problem == "count":
            fix = "return the constructor's arguments"
            message = f"`tree_flatten` of `{cls}` returns {event.detail} of the constructor"
        else:
            fix = "return them in the constructor's order"
            message = f"`tree_flatten` of `{cls}` returns `{name}` where the constructor takes `{event.detail}`"
        return Outcome(f"{message}; {fix}", hint=fix, certainty=level, evidence=(event.here(f"`{cls}` is registered"),))
