"""XP111: a method is used as if it were its result."""

from __future__ import annotations

from xpcheck.flow.events.body_events import MethodAsValue
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class MethodAsValueRule(Rule):
    """A method is used as if it were its result.

    ## What it does
    Reports a bound method as an operand of arithmetic or of an ordering, or as an argument where a function of NumPy
    or of the namespace takes an array: what is left behind when a property becomes a method that takes the namespace.
    Methods that are found by their name alone are not reported, and those behind decorators that the analysis cannot
    see through.

    ## Why it hurts
    `TypeError` on both backends as soon as the line runs.

    ## Example
    ```python
    class Ellipse:
        def axis_ratio(self, xp=np):
            return xp.sqrt(1.0 - xp.square(self.ellipticity))

        def area(self, xp=np):
            return xp.pi * self.axis_ratio * self.major_axis**2
    ```

    ## Use instead
    ```python
    class Ellipse:
        def axis_ratio(self, xp=np):
            return xp.sqrt(1.0 - xp.square(self.ellipticity))

        def area(self, xp=np):
            return xp.pi * self.axis_ratio(xp=xp) * self.major_axis**2
    ```

    ## Fix safety
    Safe: the line cannot run as it is.

    ## When to ignore
    Never, unless the attribute is replaced by a number at run time.

    ## Related
    XP101 for calls that drop the namespace, XP112 for calls of what is no function.
    """

    code = "XP111"
    name = "method-as-value"
    kind = Kind.HAZARD
    events = (MethodAsValue,)

    def check(self, event: MethodAsValue) -> Outcome | None:  # type: ignore[override]
        """Report a method where a number belongs."""
        callee = event.callee
        takes = event.site.verdicts.namespace_slot(callee) is not None
        name, own = event.site.verdicts.namespace_name(callee), event.namespace_argument
        given = f"{name}={own}" if takes and event.in_aware_body else ""
        hint = f"write `{event.label}({given})`"
        where = f"({callee.module.path}:{callee.outline.name_loc[0]})"
        message = f"`{event.label}` is a method {where} and stands where a number belongs: TypeError; {hint}"
        return Outcome(message, hint=hint, evidence=(event.here(f"`{event.label}` is not called"),))
