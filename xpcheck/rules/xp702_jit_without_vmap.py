"""XP702: a parity script traces in one of the two ways only."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import TraceCheck
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class JitWithoutVmap(Rule):
    """A parity script traces in one of the two ways only.

    ## What it does
    Reads the files that the option `parity-globs` names. It reports a script that runs something through `jax.jit` and
    nothing through `jax.vmap` (or the batch evaluation `fitness._vmap`), and one that does the reverse, at the first
    such place. Whether both run the same function is not compared: a likelihood and a fit have different names. A
    function that gives its argument back is no check.

    ## Why it hurts
    `jit` on an instance whose values are concrete proves little: they go through `np.*` as constants, and an
    un-threaded call stays hidden; `vmap` makes every mapped parameter a tracer. The other way round, only `jit` shows
    that results can leave the trace as objects, and that constants made by `xp` are not used as if they were concrete.

    ## Example
    ```python
    fit = jax.jit(analysis.fit_from)(instance)
    assert_allclose(fit.log_likelihood, expected)
    ```

    ## Use instead
    ```python
    fit = jax.jit(analysis.fit_from)(instance)
    assert_allclose(fit.log_likelihood, expected)
    assert_allclose(fitness._vmap(parameters), expected)
    ```

    ## Fix safety
    A second check can only find more.

    ## When to ignore
    In scripts that are not about an analysis: timings, simulators, tests of a single array class.

    ## Related
    XP701 for JAX in unit tests, where neither belongs.
    """

    code = "XP702"
    name = "jit-without-vmap"
    kind = Kind.CONVENTION
    events = (TraceCheck,)

    def check(self, event: TraceCheck) -> Outcome | None:  # type: ignore[override]
        """Report the only kind of check."""
        if event.transform == "jit":
            fix = "add a batch evaluation with `jax.vmap`, which makes every parameter a tracer"
            message = f"`{event.label}` is the only trace check of this script and lets concrete values through `np.*`"
        else:
            fix = "add a round trip such as `jax.jit(analysis.fit_from)(instance)`"
            message = f"`{event.label}` is the only trace check of this script: nothing returns an object from a trace"
        return Outcome(f"{message}; {fix}", hint=fix, related=event.more)
