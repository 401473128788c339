"""XP105: the namespace is taken and never used."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp, Call, UnusedNamespace
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Binding
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class UnusedXp(Rule):
    """The namespace is taken and never used.

    ## What it does
    Reports a function that has the parameter, never mentions it, and runs NumPy on another of its parameters, itself
    or through what it calls. The finding stands at the first such operation or call. Where the calls of the body are
    findings of their own (XP101, XP201, ...) these stand instead.

    ## Why it hurts
    The signature promises that the function runs on either backend. Callers hand the namespace on in good faith, and
    under a trace NumPy meets a tracer: `TracerArrayConversionError`.

    ## Example
    ```python
    def radii_from(y, x, xp=np):
        return np.hypot(y, x)
    ```

    ## Use instead
    ```python
    def radii_from(y, x, xp=np):
        return xp.hypot(y, x)
    ```

    ## Fix safety
    Writing `xp.` for `np.` changes nothing on NumPy. Dropping the parameter breaks the callers that hand it on.

    ## When to ignore
    When the parameter is there for an interface's sake and the arguments are arrays of the host: say so with
    `# xpcheck: host` and a reason.

    ## Related
    XP101 and XP201 for calls and operations on values that are known to be traced, XP106 for interfaces.
    """

    code = "XP105"
    name = "unused-xp"
    kind = Kind.HAZARD
    events = (UnusedNamespace,)

    def check(self, event: UnusedNamespace) -> Outcome | None:  # type: ignore[override]
        """Report a parameter for the namespace that nothing reads."""
        if any(_stands_for_itself(item) for item in event.others):
            return None
        function, name = event.site.function, event.name
        hint = f"write `{name}.` for `np.`, and hand `{name}` on"
        message = f"{event.label} runs NumPy in `{function.name}`, which takes `{name}` and never uses it; {hint}"
        evidence = (event.taken, event.here(event.label))
        return Outcome(message, hint=hint, related=event.more, certainty=Level.LIKELY, evidence=evidence)


def _stands_for_itself(event: object) -> bool:
    """Whether an event of the body is a finding that says the same in a better place."""
    if isinstance(event, Call):
        found = event.verdicts if event.binding in {Binding.DEFAULT, Binding.NUMPY} else []
        return any(item.level is not Level.POSSIBLE for item in found)
    if isinstance(event, ArrayOp) and event.kind in NAMESPACE_SINKS:
        verdict = event.verdict
        return verdict is not None and verdict.level is not Level.POSSIBLE
    return False
