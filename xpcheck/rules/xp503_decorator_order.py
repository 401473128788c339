"""XP503: the decorators of a grid function stand in the wrong order, or its body has no slot for the namespace."""

from __future__ import annotations

from xpcheck.flow.events import Decorated
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class DecoratorOrder(Rule):
    """The decorators of a grid function stand in the wrong order, or its body has no slot for the namespace.

    ## What it does
    Reports a decorator that transforms the input grid and stands outside one that wraps the output. Other decorators
    may stand between them. It also reports, as a hazard, a decorated body whose third positional parameter is not the
    namespace: the decorators hand it over by position.

    ## Why it hurts
    In the wrong order the transform sees a wrapped result: it runs today and is the reverse of what readers expect, and
    a rotation back then acts on a wrapper. Without the slot the body raises `TypeError`, and with another parameter in
    its place the module is taken for that.

    ## Example
    ```python
    @aa.decorators.transform
    @aa.decorators.to_array
    def convergence_2d_from(self, grid, xp=np, **kwargs):
        return xp.sqrt(grid.array[:, 0] ** 2 + grid.array[:, 1] ** 2)
    ```

    ## Use instead
    ```python
    @aa.decorators.to_array
    @aa.decorators.transform
    def convergence_2d_from(self, grid, xp=np, **kwargs):
        return xp.sqrt(grid.array[:, 0] ** 2 + grid.array[:, 1] ** 2)
    ```

    ## Fix safety
    Swapping the two gives the same values for functions of the grid alone.

    ## When to ignore
    When an own decorator of the same name has another protocol.

    ## Related
    XP106 for positions that disagree with a base.
    """

    code = "XP503"
    name = "decorator-order"
    kind = Kind.CONVENTION
    events = (Decorated,)

    def check(self, event: Decorated) -> Outcome | None:  # type: ignore[override]
        """Report the order of a stack, or a body without the slot."""
        name = event.namespace
        function = event.site.function.name
        if event.problem == "order":
            fix = f"write `@{event.other}` above `@{event.decorator}`"
            message = f"`@{event.decorator}` stands outside `@{event.other}` and moves the grid of a wrapped function"
            return Outcome(f"{message}; {fix}", hint=fix)
        fix = f"write `{name}=np` as the third parameter"
        if event.problem == "no-slot":
            message = (
                f"`@{event.decorator}` hands `{name}` over by position and `{function}` has no place for it: TypeError"
            )
        elif event.problem == "wrong-slot":
            message = f"`@{event.decorator}` hands `{name}` over by position, into the parameter `{event.slot}`"
        else:
            return None
        return Outcome(f"{message}; {fix}", hint=fix, kind=Kind.HAZARD, evidence=(event.here(f"`{function}`"),))
