"""XP210: an update of an array is thrown away."""

from __future__ import annotations

from xpcheck.flow.events.body_events import LostUpdate
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class LostUpdateRule(Rule):
    """An update of an array is thrown away.

    ## What it does
    Reports `x.at[i].set(v)`, `.add(v)` and their like when they stand as a statement, so that nothing takes the array
    they give.

    ## Why it hurts
    Silent: `.at` never changes its array, it gives a new one. The program goes on with the old values.

    ## Example
    ```python
    def clipped_from(values, xp=np):
        if xp is not np:
            values.at[0].set(0.0)
        return values
    ```

    ## Use instead
    ```python
    def clipped_from(values, xp=np):
        if xp is not np:
            values = values.at[0].set(0.0)
        return values
    ```

    ## Fix safety
    Assigning the result changes what the code computes: to what it says.

    ## When to ignore
    Never: the statement does nothing.

    ## Related
    XP203 for changes in place, XP209 for `.at` on the NumPy path.
    """

    code = "XP210"
    name = "lost-update"
    kind = Kind.HAZARD
    events = (LostUpdate,)

    def check(self, event: LostUpdate) -> Outcome | None:  # type: ignore[override]
        """Report an update that nothing takes."""
        hint = f"write `{event.array} = {event.array}{event.label}(...)`"
        message = f"`{event.array}{event.label}(...)` gives a new array, which nothing takes; {hint}"
        return Outcome(message, hint=hint, evidence=(event.here(f"`{event.label}` as a statement"),))
