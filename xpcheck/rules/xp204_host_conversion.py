"""XP204: a traced value that is converted to a Python object."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule

_INSTEAD = {
    "builtins.float": "drop the cast, or write `{xp}.asarray(x, dtype=float)`",
    "builtins.int": "write `x.astype(int)`, or make the value static",
    "builtins.bool": "keep the array of truth values",
    "builtins.complex": "write `x + 0j`",
    "format": "write `jax.debug.print`, or drop the text",
    "hash": "write a static key",
    "list.getitem": "write `{xp}.asarray(items)[index]`",
}


class HostConversion(Rule):
    """A value that is traced under JAX is converted to a Python object.

    ## What it does
    Reports `float()`, `int()`, `bool()`, `complex()`, `.item()`, `.tolist()`, format specifications (`f"{x:.3f}"`,
    `"%.3f" % x`), keys of dictionaries, members of sets and indices of lists, when the value is traced in the JAX run,
    in functions without a namespace as well, when a traced value reaches them. Shapes, lengths and other values that
    are concrete under a trace may be converted.

    ## Why it hurts
    A tracer has no value: `ConcretizationTypeError`, `TracerIntegerConversionError`, or `TypeError` for keys and
    formats. On concrete JAX values the conversion works and waits for the device.

    ## Example
    ```python
    def peak_from(image, xp=np):
        return float(xp.max(image))
    ```

    ## Use instead
    ```python
    def peak_from(image, xp=np):
        return xp.max(image)
    ```

    ## Fix safety
    On NumPy the result is an array scalar and no longer a Python number.

    ## When to ignore
    When the function runs on results, after the trace: mark it with `# xpcheck: host` and a reason.

    ## Related
    XP303 for branches, XP304 for builtins such as `max`, XP202 for `math`.
    """

    code = "XP204"
    name = "host-conversion"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report a conversion of a traced value."""
        if event.kind is not Sink.CONVERT:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        hint = _INSTEAD.get(event.name, "drop the conversion, or do it after the trace").format(xp=event.namespace)
        message = (
            f"{_what(event)} needs a concrete value and gets one that is traced under JAX, as {verdict.root}; {hint}"
        )
        return Outcome(message, verdict, hint=hint)


def _what(event: ArrayOp) -> str:
    words = {"format": "a format specification", "hash": f"a {event.label}", "list.getitem": "the index of a list"}
    return words.get(event.name, f"`{event.label}`")
