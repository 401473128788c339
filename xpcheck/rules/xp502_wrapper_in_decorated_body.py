"""XP502: the body under a decorator that wraps its result returns a wrapper."""

from __future__ import annotations

from xpcheck.flow.events.edge_events import WrapperReturn
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class WrapperInDecoratedBody(Rule):
    """The body under a decorator that wraps its result returns a wrapper.

    ## What it does
    Reports a function under a decorator such as `to_array` whose body builds a wrapper and returns it. Results of other
    decorated functions are not reported, nor are wrappers of which the decorator takes over more than the array (the
    over-sampled grid under `to_grid`).

    ## Why it hurts
    The decorator makes the structure that matches the grid and takes the array out of the body's: the type that the
    body chose, and whatever else it put in, is lost. For a raw grid nothing is wrapped, and callers get a wrapper where
    they get raw arrays from every other function; under `jit` it cannot be returned.

    ## Example
    ```python
    @aa.decorators.to_vector_yx
    def shear_yx_2d_from(self, grid, xp=np, **kwargs):
        shear = xp.stack((self.gamma_2, self.gamma_1), axis=-1)
        return aa.VectorYX2DIrregular(values=shear, grid=grid)
    ```

    ## Use instead
    ```python
    @aa.decorators.to_vector_yx
    def shear_yx_2d_from(self, grid, xp=np, **kwargs):
        return xp.stack((self.gamma_2, self.gamma_1), axis=-1)
    ```

    ## Fix safety
    Callers with wrapped grids see no difference; those with raw grids get the raw array.

    ## When to ignore
    Nowhere: drop the decorator where the body has to choose the type.

    ## Related
    XP501 for functions without such a decorator, XP503 for the order of decorators.
    """

    code = "XP502"
    name = "wrapper-in-decorated-body"
    kind = Kind.CONVENTION
    events = (WrapperReturn,)

    def check(self, event: WrapperReturn) -> Outcome | None:  # type: ignore[override]
        """Report the wrapper, by the constructor's name."""
        if not event.decorator or event.kept:
            return None
        fix = "return the raw array"
        message = f"`{event.label}` is built and returned under `@{event.decorator}`, which wraps the result itself"
        return Outcome(f"{message}; {fix}", hint=fix)
