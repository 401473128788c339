"""XP112: the namespace is handed to a callee that has no parameter for it."""

from __future__ import annotations

from xpcheck.flow.events.body_events import NoFunction
from xpcheck.flow.events.definition_events import NamedCall
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class UnexpectedXp(Rule):
    """The namespace is handed to a callee that has no parameter for it.

    ## What it does
    Reports a call with `xp=...` of functions, classes or methods (of `self`, or of a receiver of known type), when
    none of them has such a parameter or `**kwargs`. By position it reports a namespace that is one argument too many,
    or that lands in another parameter although the callee has one for it. It also reports a namespace that is handed
    to a value that is no function, such as the result of another call. Callees behind decorators that the analysis
    cannot see through are not reported.

    ## Why it hurts
    `TypeError: got an unexpected keyword argument` on both backends; by position the module is taken for data or for a
    flag, and fails later or not at all.

    ## Example
    ```python
    def angle_from(y, x):
        return np.arctan2(y, x)

    def phase_from(y, x, xp=np):
        return 2.0 * angle_from(y, x, xp=xp)
    ```

    ## Use instead
    ```python
    def angle_from(y, x, xp=np):
        return xp.arctan2(y, x)

    def phase_from(y, x, xp=np):
        return 2.0 * angle_from(y, x, xp=xp)
    ```

    ## Fix safety
    Dropping the argument is safe; where the callee runs NumPy on traced values it needs the parameter.

    ## When to ignore
    When the callee is replaced at run time by one that takes the namespace.

    ## Related
    XP106 for overrides that lack the parameter, XP103 for callees that need one.
    """

    code = "XP112"
    name = "unexpected-xp"
    kind = Kind.HAZARD
    events = (NamedCall, NoFunction)

    def check(self, event: NamedCall | NoFunction) -> Outcome | None:  # type: ignore[override]
        """Report a namespace that no callee can take."""
        if isinstance(event, NoFunction):
            fix = f"write `{event.namespace_argument}` in the call that makes it"
            message = f"`{event.label}` is no function and is handed the namespace: TypeError; {fix}"
            return Outcome(message, hint=fix, evidence=(event.here(f"`{event.label}` is called"),))
        callee, name = event.callee, event.namespace
        where = f"({callee.module.path}:{callee.outline.name_loc[0]})"
        fix = f"write `{name}=np` in its signature, or leave the argument out"
        if event.problem == "slot":
            fix = f"write `{name}={event.argument}`"
            message = f"`{event.argument}` lands in the parameter `{event.slot}` of `{event.label}` {where}"
        else:
            argument = f"{event.argument}{event.namespace_argument}" if event.argument.endswith("=") else event.argument
            message = f"`{event.label}` is given `{argument}` and has no such parameter {where}: TypeError"
        evidence = (event.definition(callee, f"`{callee.name}` is defined"),)
        level = Level.LIKELY if event.heuristic else Level.PROVED
        return Outcome(f"{message}; {fix}", hint=fix, evidence=evidence, certainty=level)
