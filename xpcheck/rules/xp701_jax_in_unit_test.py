"""XP701: a unit test of the library runs JAX."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import BackendArgument, ImportEvent
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class JaxInUnitTest(Rule):
    """A unit test of the library runs JAX.

    ## What it does
    Reports imports of JAX and calls with JAX's namespace (`xp=jnp`) in files that the option `test-globs` names. Parity
    scripts (`parity-globs`) are left out, and so are tests of packages that ask arrays for their namespace
    (`array_namespace(x)`): these are tested with arrays of each library.

    ## Why it hurts
    House rule: the unit tests run on NumPy and need no JAX; a change of the JAX path is validated by the parity
    scripts, which trace with `vmap` and `jit`. A unit test with concrete JAX arrays proves little: un-threaded calls
    stay hidden.

    ## Example
    ```python
    def test_radius():
        import jax.numpy as jnp

        assert radius_from(jnp.array(3.0), jnp.array(4.0), xp=jnp) == 5.0
    ```

    ## Use instead
    ```python
    def test_radius():
        assert radius_from(np.array(3.0), np.array(4.0)) == 5.0
    ```

    ## Fix safety
    Move the JAX part to a parity script before it is deleted here.

    ## When to ignore
    In projects whose unit tests cover both backends: `ignore = ["XP701"]`.

    ## Related
    XP702 for what a parity script must contain, XP601 for imports in the library.
    """

    code = "XP701"
    name = "jax-in-unit-test"
    kind = Kind.CONVENTION
    events = (ImportEvent, BackendArgument)

    def check(self, event: ImportEvent | BackendArgument) -> Outcome | None:  # type: ignore[override]
        """Report JAX in a file of unit tests."""
        if event.role != "test":
            return None
        fix = "write the check as a parity script"
        if isinstance(event, BackendArgument):
            message = f"a unit test calls `{event.label}` with `{event.argument}`: library tests run on NumPy; {fix}"
            return Outcome(message, hint=fix)
        if event.guard == "type_checking":
            return None
        return Outcome(f"a unit test imports `{event.module}`: library tests run on NumPy; {fix}", hint=fix)
