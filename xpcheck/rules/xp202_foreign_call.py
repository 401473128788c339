"""XP202: a function of ``math``, SciPy or another host library that is called on a traced value."""

from __future__ import annotations

from xpcheck.flow import models
from xpcheck.flow.events.body_events import ArrayOp
from xpcheck.flow.lattice.summary import Sink
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class ForeignCall(Rule):
    """A function of `math`, SciPy or another host library is called on a value that is traced under JAX.

    ## What it does
    Reports calls of `math`, `cmath`, `statistics`, `scipy`, `pandas`, `numba` and other libraries that compute on the
    host, in a body that holds a namespace, when an argument is traced in the JAX run of the body. SciPy's drivers
    (`quad`, `fsolve`) and the objects that its constructors give (`interp1d(...)`) count. Branches for NumPy and calls
    on constants are not reported.

    ## Why it hurts
    These functions convert their arguments to Python numbers or NumPy arrays, which a tracer refuses:
    `ConcretizationTypeError`, `TracerArrayConversionError` or, in drivers, `TracerBoolConversionError`.

    ## Example
    ```python
    def core_from(radius, xp=np):
        return 1.0 / math.sqrt(xp.square(radius) + 0.1)
    ```

    ## Use instead
    ```python
    def core_from(radius, xp=np):
        return 1.0 / xp.sqrt(xp.square(radius) + 0.1)
    ```

    ## Fix safety
    Functions of `math` have the same meaning in NumPy, for arrays as well. `jax.scipy` covers a part of SciPy only, and
    needs a guard, because it imports JAX.

    ## When to ignore
    When the value is concrete on purpose, mark the function with `# xpcheck: static[name]` and a reason. Projects that
    run SciPy with `SCIPY_ARRAY_API=1`, and whose own code does not mention it, set `scipy-array-api = true`: what SciPy
    then hands to JAX is left out.

    ## Related
    XP201 for NumPy calls, XP204 for `float()` and `int()`.
    """

    code = "XP202"
    name = "foreign-call"
    kind = Kind.HAZARD
    events = (ArrayOp,)

    def check(self, event: ArrayOp) -> Outcome | None:  # type: ignore[override]
        """Report an operation of a host library with a traced operand in a body that holds a namespace."""
        if event.kind is not Sink.FOREIGN or not event.in_aware_body:
            return None
        verdict = event.verdict
        if verdict is None:
            return None
        hint = _instead(event)
        library = event.name.partition(".")[0]
        message = f"`{event.label}` runs `{library}` on a value that is traced under JAX, as {verdict.root}; {hint}"
        return Outcome(message, verdict, hint=hint, related=event.followers)


def _instead(event: ArrayOp) -> str:
    root, _, rest = event.name.partition(".")
    last = event.name.rpartition(".")[2]
    if root in {"math", "cmath"} and models.namespace(f"jax.numpy.{last}") is not None:
        return f"write `{event.namespace}.{last}`"
    if root == "scipy" and models.namespace(f"jax.scipy.{rest}") is not None:
        return f"write `jax.scipy.{rest}` under `if {event.namespace_argument} is not np:`"
    return f"write it with `{event.namespace}`, or call it on the host with `jax.pure_callback`"
