"""XP503: the decorators of a grid function stand in the wrong order, or do not fit its body, class or family."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import Decorated
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class DecoratorOrder(Rule):
    """The decorators of a grid function stand in the wrong order, or do not fit its body, class or family.

    ## What it does
    Reports a decorator that transforms the input grid and stands outside one that wraps the output. Other decorators
    may stand between them. It reports as hazards a decorated body whose third positional parameter is not the
    namespace, which decorators hand over by position, and a decorator that calls a method which the class lacks
    (`transform(rotate_back=True)`). It also reports a parameter behind the namespace that must be given and that the
    decorators pass on by keyword only, and a method whose result is wrapped by another decorator than in all other
    methods of its family, or by none although it has `transform`.

    ## Why it hurts
    In the wrong order the transform sees a wrapped result: it runs today and is the reverse of what readers expect, and
    a rotation back then acts on a wrapper. Without the slot the body raises `TypeError`, and with another parameter in
    its place the module is taken for that. Without the method every call raises `AttributeError`. A result of another
    type breaks callers that take each member of the family for the same.

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
    Unsafe: swapping the two gives the same values, on the grid as it was given instead of the moved one. The namespace
    becomes the third parameter, and what only a keyword reaches is put behind a star: who calls the undecorated body by
    position gives its arguments in another order. The decorator of the family is written where the file has it beside
    the one that it uses; callers get a result of another type. A missing method is left to you.

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
        elif event.problem == "no-method":
            fix = f"define `{event.slot}` or drop the decorator"
            message = f"`@{event.decorator}` calls `{event.slot}`, which the class of `{function}` does not have"
        else:
            return self._convention(event)
        return Outcome(f"{message}; {fix}", hint=fix, kind=Kind.HAZARD, evidence=(event.here(f"`{function}`"),))

    def _convention(self, event: Decorated) -> Outcome | None:
        """What runs, and surprises callers."""
        function, others = event.site.function.name, f"{event.slot} other methods of its family"
        if event.problem == "surplus":
            fix = f"write `*, {event.slot}`"
            message = f"`{event.slot}` can be given by keyword only: `@{event.decorator}` hands on no more positions"
        elif event.problem == "untyped":
            fix = f"write `@{event.other}` above `@{event.decorator}`"
            message = f"`{function}` returns a raw array, {others} have `@{event.other}`"
        elif event.problem == "other-type":
            fix = f"write `@{event.other}`"
            message = f"`{function}` has `@{event.decorator}`, {others} have `@{event.other}`"
        else:
            return None
        return Outcome(f"{message}; {fix}", hint=fix)
