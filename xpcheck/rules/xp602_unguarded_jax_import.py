"""XP602: JAX is imported in a function on its NumPy path."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import ImportEvent
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class UnguardedJaxImport(Rule):
    """JAX is imported in a function on its NumPy path.

    ## What it does
    Reports an import of JAX inside a function that holds a namespace, when the NumPy run of the function comes to it:
    no guard such as `if xp is not np:` stands around it, and no early return of the NumPy run before it. Imports whose
    failure is handled are left out, and so are functions without a namespace, which are for JAX only. A name of JAX
    that comes from a module of the project counts as well. The calls under the imported name are related to it.

    ## Why it hurts
    `ModuleNotFoundError` on NumPy where JAX is not installed; elsewhere the NumPy path pays for the import, and usually
    goes on to run JAX.

    ## Example
    ```python
    def gamma_from(x, xp=np):
        from jax.scipy.special import gammaln

        return xp.exp(gammaln(x))
    ```

    ## Use instead
    ```python
    def gamma_from(x, xp=np):
        if xp is np:
            from scipy.special import gammaln
        else:
            from jax.scipy.special import gammaln

        return xp.exp(gammaln(x))
    ```

    ## Fix safety
    Guarding the import needs a NumPy implementation in the other branch.

    ## When to ignore
    In functions that only ever run on JAX and take the namespace for the interface's sake.

    ## Related
    XP601 for module-level imports, XP208 for JAX calls on the NumPy path.
    """

    code = "XP602"
    name = "unguarded-jax-import"
    kind = Kind.CONVENTION
    events = (ImportEvent,)

    def check(self, event: ImportEvent) -> Outcome | None:  # type: ignore[override]
        """Report a local import that the NumPy run reaches."""
        if not event.local or not event.reached or event.role:
            return None
        fix = f"write it under `if {event.namespace_argument} is not np:`"
        function = event.site.function.name
        message = f"the NumPy run of `{function}` imports `{event.module}`; {fix}"
        return Outcome(message, hint=fix, related=event.uses)
