"""XP206: a shape that depends on traced values."""

from __future__ import annotations

from xpcheck.flow import models
from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class TracedShape(Rule):
    """The shape of an array depends on values that are traced under JAX.

    ## What it does
    Reports `nonzero`, `where` with one argument, `unique`, `argwhere` and their like on traced values, indices that are
    traced masks (`v[v > 1.0]`, `v.at[v > 1.0]`), slice bounds that are traced, and traced values for shapes, sizes and
    numbers of elements (`xp.zeros(n)`, `xp.arange(n)`). A parameter that a body uses as a size is static unless a
    caller gives a traced one. NumPy's functions of this kind are reported here too, because the namespace's would not
    cure them. Masks and counts that are concrete under a trace are not reported.

    ## Why it hurts
    Under a trace every shape must be known: `ConcretizationTypeError`, `NonConcreteBooleanIndexError`, or `TypeError`
    and `IndexError` for shapes and slices. Concrete JAX arrays do not show it.

    ## Example
    ```python
    def bright_sum_from(image, xp=np):
        image = xp.asarray(image)
        return xp.sum(image[image > 1.0])
    ```

    ## Use instead
    ```python
    def bright_sum_from(image, xp=np):
        image = xp.asarray(image)
        return xp.sum(xp.where(image > 1.0, image, 0.0))
    ```

    ## Fix safety
    The shape changes: what follows must not rely on the number of selected elements. `size=` exists in JAX only.

    ## When to ignore
    When the mask is concrete on purpose: compute it with `np` from host arrays, then nothing is reported.

    ## Related
    XP303 for branches on traced values, XP304 for `range()`.
    """

    code = "XP206"
    name = "traced-shape"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report an operation whose result has a shape that depends on a traced value."""
        if event.kind is not Sink.SHAPE:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        what, hint = _words(event)
        return Outcome(f"{what} under JAX, as {verdict.root}; {hint}", verdict, hint=hint)


def _words(event: ArrayOp) -> tuple[str, str]:
    name = event.namespace
    if event.name == "mask":
        return "the index is a mask that is traced", f"write `{name}.where(mask, a, fill)`"
    if event.name == "slice":
        return "a slice bound is traced", "write `jax.lax.dynamic_slice`, or a mask, with a static length"
    last = event.name.rpartition(".")[2]
    model = models.namespace(f"jax.numpy.{last}")
    if model is not None and model.value_shape:
        sized = f", or `{model.cure[0]}=` where JAX runs" if model.cure else ""
        return (
            f"the shape of the result of `{event.label}` depends on a value that is traced",
            f"write `{name}.where(mask, a, fill)`{sized}",
        )
    return f"`{event.label}` gets a size that is traced", "make the size static, and mask what is too much"
