"""XP104: a property that runs NumPy on traced data."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Call
from xpcheck.flow.lattice.summary import Binding
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class NumpyProperty(Rule):
    """An xp-aware body reads a property that runs NumPy on traced data.

    ## What it does
    Reports the read of a property, in a body that holds a namespace, when the property (or a property or function
    behind it) runs NumPy, or calls xp-aware code without the namespace, on data that is traced here. A property of an
    object that holds the namespace itself is reported at the call inside it instead.

    ## Why it hurts
    A property takes no arguments, so nobody can hand it the namespace: it stays on NumPy and raises
    `TracerArrayConversionError` under a trace.

    ## Example
    ```python
    class Ellipse:
        def __init__(self, ell_comps=(0.0, 0.0)):
            self.ell_comps = ell_comps

        @property
        def factor(self):
            return np.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)

        def radii_from(self, radii, xp=np):
            return xp.multiply(radii, self.factor)
    ```

    ## Use instead
    ```python
    class Ellipse:
        def __init__(self, ell_comps=(0.0, 0.0)):
            self.ell_comps = ell_comps

        def factor(self, xp=np):
            return xp.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)

        def radii_from(self, radii, xp=np):
            return xp.multiply(radii, self.factor(xp=xp))
    ```

    ## Fix safety
    Unsafe: the property becomes a method and every reader in the project a call; readers outside are not seen. Where
    something else has an attribute of that name, or a reader stands in an f-string or outside functions, the expression
    of the property is written out instead where it breaks, if it is one expression of names that are known there and
    no class below overrides it.

    ## When to ignore
    When the property runs around the trace: mark it with `# xpcheck: host` and a reason.

    ## Related
    XP103 for functions, XP401 for cached properties.
    """

    code = "XP104"
    name = "numpy-property"
    kind = Kind.HAZARD
    events = (Call,)

    def check(self, event: Call) -> Outcome | None:  # type: ignore[override]
        """Report the read of a property whose getter reaches a sink."""
        if not event.in_aware_body or event.binding is not Binding.FREE or not event.accessor:
            return None
        verdicts = event.verdicts
        if not verdicts:
            return None
        verdict = verdicts[0]
        hint = f"make `{event.callee.name}` a method that takes `{event.namespace}`, or compute it here"
        message = (
            f"the property `{event.label}` runs {verdict.operation} on a traced value, as {verdict.root}, and cannot "
            f"be given `{event.namespace}`; {hint}"
        )
        return Outcome(message, verdict, hint=hint, place=event.defined, related=event.places_below)
