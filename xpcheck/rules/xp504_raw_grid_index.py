"""XP504: columns that are taken out of a structure instead of its array."""

from __future__ import annotations

from xpcheck.flow.events.body_events import WrapperIndex
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class RawGridIndex(Rule):
    """Columns are taken out of a structure, which wraps them again under JAX.

    ## What it does
    Reports `grid[:, 0]` in the JAX run of a body, when `grid` is a structure whose class gives a structure back there:
    its `__getitem__` is read. It is a house rule: write `grid.array[:, 0]`. Where the columns are given to a function
    of the namespace at once, XP505 reports that.

    ## Why it hurts
    On NumPy the columns are a raw array, on JAX a structure, which the functions of `jax.numpy` do not take. Sums and
    products of structures work, so the difference shows far away, if at all.

    ## Example
    ```python
    class Profile:
        @to_array
        def image_2d_from(self, grid, xp=np, **kwargs):
            return grid[:, 0] + grid[:, 1]
    ```

    ## Use instead
    ```python
    class Profile:
        @to_array
        def image_2d_from(self, grid, xp=np, **kwargs):
            return grid.array[:, 0] + grid.array[:, 1]
    ```

    ## Fix safety
    The values stay; on JAX the result is a raw array, as it is on NumPy. The fix is safe where the value is a structure
    in both runs: built in the body, moved by a decorator, or wrapped by one for such a grid. It is unsafe where only an
    annotation says so, or an output decorator, which hands raw arrays on, and for attributes, which others may fill:
    raw arrays have no `.array`. Columns that are assigned to get no fix.

    ## When to ignore
    When the structure is what the code wants on both backends.

    ## Related
    XP505 for structures given to functions of the namespace.
    """

    code = "XP504"
    name = "raw-grid-index"
    kind = Kind.CONVENTION
    events = (WrapperIndex,)

    def check(self, event: WrapperIndex) -> Outcome | None:  # type: ignore[override]
        """Report columns of a structure."""
        hint = f"write `{event.label}.array[...]`"
        message = f"`{event.label}[...]` is a raw array on NumPy and a wrapper again on JAX; {hint}"
        return Outcome(message, hint=hint)
