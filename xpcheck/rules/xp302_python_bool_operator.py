"""XP302: Python's ``and``, ``or``, ``not``, ``in`` and chained comparisons on traced values."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule

_INSTEAD = {
    "and": "{xp}.logical_and(a, b)",
    "or": "{xp}.logical_or(a, b)",
    "not": "{xp}.logical_not(a)",
    "in": "{xp}.any({xp}.asarray(items) == a)",
    "not in": "{xp}.all({xp}.asarray(items) != a)",
    "chained comparison": "{xp}.logical_and(a < b, b < c)",
}


class PythonBoolOperator(Rule):
    """Python's `and`, `or`, `not`, `in` or a chained comparison meets a value that is traced under JAX.

    ## What it does
    Reports these operators when an operand that Python tests is traced in the JAX run, in functions without a namespace
    as well, when a traced value reaches them. The last operand of `and` and `or` is only tested where the result is.
    Tests of the backend, of presence (`is None`), of types and of shapes are not reported.

    ## Why it hurts
    Python asks the value for its truth, which a tracer does not have: `TracerBoolConversionError`. On concrete arrays
    of more than one element it fails on both backends.

    ## Example
    ```python
    def inside_from(radius, inner, outer, xp=np):
        radius = xp.abs(radius)
        return xp.where(inner < radius < outer, 1.0, 0.0)
    ```

    ## Use instead
    ```python
    def inside_from(radius, inner, outer, xp=np):
        radius = xp.abs(radius)
        return xp.where(xp.logical_and(inner < radius, radius < outer), 1.0, 0.0)
    ```

    ## Fix safety
    The functions evaluate both operands, and give truth values where `and` and `or` give one of the operands.

    ## When to ignore
    When the value is concrete on purpose, mark the function with `# xpcheck: static[name]` and a reason.

    ## Related
    XP301 for `&`, XP303 for the branches themselves.
    """

    code = "XP302"
    name = "python-bool-operator"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report a test of truth by an operator of Python."""
        if event.kind is not Sink.BOOLOP:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        label = event.label
        what = "a chained comparison" if label == "chained comparison" else f"`{label}`"
        text = _INSTEAD.get(label)
        hint = f"write `{text.format(xp=event.namespace)}`" if text else "compare by a static key"
        message = f"{what} asks for the truth of a value that is traced under JAX, as {verdict.root}; {hint}"
        return Outcome(message, verdict, hint=hint)
