"""XP207: random numbers or times of the host in a body that is traced."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class HostRandomness(Rule):
    """Random numbers or times of the host are taken in a body that is traced under JAX.

    ## What it does
    Reports `np.random`, `random` and `time` in a body that holds a namespace, when an argument is traced, or when the
    body itself takes traced values and so runs under the trace. Branches for NumPy are not reported.

    ## Why it hurts
    A traced argument raises `TracerArrayConversionError`. Without one it is worse: the number is drawn once, when the
    function is compiled, and every later call gets the same one.

    ## Example
    ```python
    def noisy_from(image, xp=np):
        return xp.asarray(image) + np.random.normal(size=image.shape)
    ```

    ## Use instead
    ```python
    def noisy_from(image, noise, xp=np):
        return xp.asarray(image) + noise
    ```

    ## Fix safety
    Numbers that are drawn outside and given as an argument are the same on NumPy. `jax.random` needs a key and gives
    other numbers.

    ## When to ignore
    When one draw for each compilation is meant.

    ## Related
    XP201 for other NumPy calls.
    """

    code = "XP207"
    name = "host-randomness"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report randomness of the host that meets, or stands beside, traced values."""
        if event.kind is not Sink.RANDOM or not event.in_aware_body:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        hint = "write the draw outside and hand it over as an argument"
        if event.name.endswith("()"):
            what = "is evaluated once, when the body is traced under JAX"
        else:
            what = "runs on the host with a value that is traced under JAX"
        return Outcome(f"`{event.label}` {what}, as {verdict.root}; {hint}", verdict, hint=hint)
