"""XP507: a deprecated name of the array package is used."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import DeprecatedName
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class DeprecatedGridDec(Rule):
    """A deprecated name of the array package is used.

    ## What it does
    Reports attributes of the array package that have a newer name beside them, such as `grid_dec`, in decorators, in
    expressions and in imports. The names come from the model files.

    ## Why it hurts
    The old name goes away in a later release, and two spellings of the same decorators make searches incomplete.

    ## Example
    ```python
    @aa.grid_dec.to_array
    def convergence_2d_from(self, grid, xp=np, **kwargs):
        return xp.sqrt(grid.array[:, 0] ** 2)
    ```

    ## Use instead
    ```python
    @aa.decorators.to_array
    def convergence_2d_from(self, grid, xp=np, **kwargs):
        return xp.sqrt(grid.array[:, 0] ** 2)
    ```

    ## Fix safety
    Safe: both names stand for the same object. An import keeps the name that the file uses.

    ## When to ignore
    While the oldest supported release has the old name only.

    ## Related
    XP503 for the order of these decorators.
    """

    code = "XP507"
    name = "deprecated-grid-dec"
    kind = Kind.CONVENTION
    events = (DeprecatedName,)

    def check(self, event: DeprecatedName) -> Outcome | None:  # type: ignore[override]
        """Report a use of the old name."""
        message = f"`{event.label}` is a deprecated name; write `{event.instead}`"
        return Outcome(message, hint=f"write `{event.instead}`")
