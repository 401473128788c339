"""XP801: a branch of `where` has no finite derivative where it is not taken."""

from __future__ import annotations

from xpcheck.flow.events.edge_events import SteepBranch
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class UnsafeWhereGradient(Rule):
    """A branch of `where` has no finite derivative where it is not taken.

    ## What it does
    Reports a root, a logarithm, an inverse angle, a norm, a division or a fractional power in a branch of
    `xp.where(condition, a, b)`, when its operand is what the condition is about and was not kept away from the critical
    place by an inner `where`, `maximum`, `clip` or a small number that is added. The rule is off by default.

    ## Why it hurts
    Both branches are computed, and the derivative of the one that is not taken is multiplied by zero: infinity times
    zero is NaN. The values are right, so nothing but a gradient shows it.

    ## Example
    ```python
    def radius_from(squared, xp=np):
        return xp.where(squared > 0.0, xp.sqrt(squared), 0.0)
    ```

    ## Use instead
    ```python
    def radius_from(squared, xp=np):
        safe = xp.where(squared > 0.0, squared, 1.0)
        return xp.where(squared > 0.0, xp.sqrt(safe), 0.0)
    ```

    ## Fix safety
    The inner selection changes no value.

    ## When to ignore
    In code that nobody differentiates.

    ## Related
    XP303 for branches of Python, which the selection replaces.
    """

    code = "XP801"
    name = "unsafe-where-gradient"
    kind = Kind.HAZARD
    default = False
    events = (SteepBranch,)

    def check(self, event: SteepBranch) -> Outcome | None:  # type: ignore[override]
        """Report the operation in the branch."""
        verdict = event.verdict
        if verdict is None:
            return None
        fix = f"select a safe `{event.operand}` first: `{event.namespace}.where(condition, {event.operand}, 1.0)`"
        message = f"`{event.label}` in a branch of `where` is derived where the branch is not taken, and gives NaN"
        return Outcome(f"{message}; {fix}", verdict, hint=fix)
