"""XP106: an override does not take the namespace as the method it overrides does."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import Signature
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class OverrideDropsXp(Rule):
    """An override does not take the namespace as the method it overrides does.

    ## What it does
    Compares each method with the methods of the same name above it, in the project and in the packages it follows. It
    reports a method that has no parameter for the namespace although the base has one, that swaps it with other
    parameters of the base or moves it from the place behind the first argument, or that lacks the base's default. It
    also reports a base that lacks the parameter its overrides take, and the odd methods of a family without it, where
    calls hand it over. Constructors, properties, private stubs, mocks, and bodies that run nothing on arrays and are
    not given the namespace by any call are not reported. The finding is proved when a call is known that hands the
    namespace to the base's method.

    ## Why it hurts
    A call that hands the namespace to whatever object it holds raises `TypeError` for this class, on both backends;
    with `**kwargs` the namespace is swallowed and the body runs NumPy on traced values. A namespace in another position
    is taken for something else when it is given by position, as decorators do. Where two or more overrides agree
    on a position and the base alone differs, the base is reported.

    ## Example
    ```python
    class Profile:
        def radius_from(self, y, x, xp=np):
            return xp.sqrt(y**2 + x**2)

    class Box(Profile):
        def radius_from(self, y, x):
            return np.maximum(abs(y), abs(x))
    ```

    ## Use instead
    ```python
    class Profile:
        def radius_from(self, y, x, xp=np):
            return xp.sqrt(y**2 + x**2)

    class Box(Profile):
        def radius_from(self, y, x, xp=np):
            return xp.maximum(abs(y), abs(x))
    ```

    ## Fix safety
    A parameter with a default at the base's position changes nothing for existing calls.

    ## When to ignore
    Where the classes are never used for each other, although they share a base.

    ## Related
    XP101 for calls that drop the namespace, XP107 for defaults, XP112 for callees outside a family.
    """

    code = "XP106"
    name = "override-drops-xp"
    kind = Kind.HAZARD
    events = (Signature,)

    def check(self, event: Signature) -> Outcome | None:  # type: ignore[override]
        """Report a signature that disagrees with its family."""
        function, other, name = event.site.function, event.other, event.namespace
        owner = other.owner.name if other.owner is not None else other.module.name
        theirs = f"`{owner}.{other.name}` ({other.module.path}:{other.outline.name_loc[0]})"
        hint = f"write `{name}=np` as in {theirs}"
        if event.problem == "lacks":
            message = f"`{function.name}` has no parameter `{name}`, unlike {theirs} of the same family"
        elif event.problem == "base":
            message = f"`{function.name}` does not take the `{name}` that its override {theirs} takes"
        elif event.problem == "required":
            message = f"`{name}` has no default in `{function.name}`, but one in {theirs}, which it overrides"
        elif event.problem == "turned":
            message = (
                f"`{name}` stands at another position in `{function.name}` than in all overrides of it, as {theirs}"
            )
            hint = f"put `{name}` where it stands in these"
        else:
            message = f"`{name}` stands at another position in `{function.name}` than in {theirs}, which it overrides"
        if event.caller is not None:
            message += f"; {event.caller.note} at {event.caller.path}:{event.caller.line}"
        level = Level.PROVED if event.certain else Level.LIKELY
        known = event.definition(other, f"`{owner}.{other.name}`")
        evidence = (known,) if event.caller is None else (known, event.caller)
        return Outcome(f"{message}; {hint}", hint=hint, certainty=level, evidence=evidence, related=evidence[1:])
