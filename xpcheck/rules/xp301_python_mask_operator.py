"""XP301: Python's ``&`` between boolean arrays."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Operator
from xpcheck.flow.lattice.values import Array, Instance, Value
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class PythonMaskOperator(Rule):
    """Python's `&` combines boolean arrays that are traced under JAX.

    ## What it does
    Reports `a & b` in a body that holds a namespace, when both operands are truth values and one is traced. It is a
    house rule: write `xp.logical_and`.

    ## Why it hurts
    `tracer & tracer` itself works. What breaks is what stands beside it: a wrapper has no `&` at all, and an
    un-threaded `np.where((a == 0) & (b == 0), ...)` raises with a message that blames the `&`. With
    `xp.logical_and` the namespace of the whole test is visible, and precedence needs no parentheses.

    ## Example
    ```python
    def inside_from(y, x, xp=np):
        return xp.where((y > 0.0) & (x > 0.0), 1.0, 0.0)
    ```

    ## Use instead
    ```python
    def inside_from(y, x, xp=np):
        return xp.where(xp.logical_and(y > 0.0, x > 0.0), 1.0, 0.0)
    ```

    ## Fix safety
    Safe where both operands are truth values: both spellings give the same. Unsafe where one may hold integers, and
    where a comment stands beside the operator.

    ## When to ignore
    Code bases that do not follow this house rule switch it off with `ignore = ["XP301"]`.

    ## Related
    XP302 for `and`, `or` and `not`, which do break.
    """

    code = "XP301"
    name = "python-mask-operator"
    kind = Kind.CONVENTION
    events = (Operator,)

    def check(self, event: Operator) -> Outcome | None:  # type: ignore[override]
        """Report `&` between truth values of which one is traced."""
        if not event.in_aware_body or event.op != "&":
            return None
        if not any(_is_mask(value) for value in (event.left, event.right)):
            return None
        verdicts = [verdict for _, verdict in event.operands if verdict is not None]
        if not verdicts:
            return None
        verdict = min(verdicts, key=lambda item: item.level.rank)
        name = event.namespace
        message = (
            f"`&` combines traced truth values, as {verdict.root}; `&` itself works on tracers, the house rule is "
            f"`{name}.logical_and(a, b)`"
        )
        return Outcome(message, verdict, hint=f"write `{name}.logical_and(a, b)`")


def _is_mask(value: Value) -> bool:
    """Truth values, or a wrapper, which has no `&` at all."""
    return isinstance(value.shape, Instance) or (isinstance(value.shape, Array) and value.shape.boolean)
