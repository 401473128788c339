"""XP109: a constructor that runs NumPy on the free parameters of its model component."""

from __future__ import annotations

from xpcheck.flow.events.body_events import ArrayOp, Call, Event
from xpcheck.flow.lattice.summary import NAMESPACE_SINKS, Binding
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class NumpyInConstructor(Rule):
    """The constructor of a parametric class runs NumPy on its free parameters.

    ## What it does
    Reports NumPy, SciPy and `math` operations, and calls that lead to them, in the `__init__` of a class whose
    parameters are free parameters of a model, when they meet such a parameter.

    ## Why it hurts
    The model builds its components inside the trace, so the parameters are tracers there. A constructor cannot take
    the namespace: its parameters are the model's.

    ## Example
    ```python
    class Disk:
        def __init__(self, inclination: float = 0.5, radius: float = 1.0):
            self.inclination = inclination
            self.factor = np.cos(inclination)

        def image_from(self, radii, xp=np):
            return self.factor * xp.exp(-xp.multiply(radii, self.inclination))
    ```

    ## Use instead
    ```python
    class Disk:
        def __init__(self, inclination: float = 0.5, radius: float = 1.0):
            self.inclination = inclination

        def factor(self, xp=np):
            return xp.cos(self.inclination)

        def image_from(self, radii, xp=np):
            return self.factor(xp=xp) * xp.exp(-xp.multiply(radii, self.inclination))
    ```

    ## Fix safety
    The value moves to a method, and its readers with it: unsafe to apply unseen. Where a plain operator does the
    same (`x ** 0.5`), it can stay in the constructor.

    ## When to ignore
    When the parameter is fixed in every model, mark it with `# xpcheck: static[name]` and a reason.

    ## Related
    XP201 and XP101 in bodies that hold a namespace.
    """

    code = "XP109"
    name = "numpy-in-constructor"
    kind = Kind.HAZARD
    events = (ArrayOp, Call)

    def check(self, event: Event) -> Outcome | None:
        """Report an operation, or a call that leads to one, in the constructor of a component."""
        free = isinstance(event, Call) and event.binding is Binding.FREE
        if not event.in_constructor or (event.in_aware_body and not free):
            return None
        if isinstance(event, ArrayOp):
            verdict = event.verdict if event.kind in NAMESPACE_SINKS else None
            what = f"`{event.label}` runs NumPy"
        else:
            assert isinstance(event, Call)
            verdict = next(iter(event.verdicts), None)
            what = f"`{event.label}` runs {verdict.operation}" if verdict is not None else ""
        if verdict is None:
            return None
        hint = "infer the namespace from the value, or compute it in a method that takes the namespace"
        message = f"{what} in a constructor, where {verdict.root}: it is traced there; {hint}"
        return Outcome(message, verdict, hint=hint, related=event.places_below if isinstance(event, Call) else ())
