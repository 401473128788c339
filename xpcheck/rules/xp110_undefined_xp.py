"""XP110: the namespace, or a backend, is used where nothing binds it."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import UnboundName
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class UndefinedXp(Rule):
    """The namespace, or a backend, is used where nothing binds it.

    ## What it does
    Reports a function that reads the threaded name, `np` or `jnp` although no parameter, assignment, import, enclosing
    function or module global binds it: what search-and-replace leaves behind, or a local import in another function.
    Names that a star import or `globals()` may bind are not reported. All further reads in the same function belong to
    the same finding.

    ## Why it hurts
    `NameError` on both backends as soon as the line runs; `jnp` stands in branches that only JAX comes to. Ports are
    full of branches that no test runs. (pyflakes reports the name as F821, too.)

    ## Example
    ```python
    class Ellipse:
        def axis_ratio(self):
            return xp.sqrt(1.0 - self.ellipticity**2)
    ```

    ## Use instead
    ```python
    class Ellipse:
        def axis_ratio(self, xp=np):
            return xp.sqrt(1.0 - self.ellipticity**2)
    ```

    ## Fix safety
    The parameter must be handed on by the callers (XP101 finds them); in code for the host write `np`.

    ## When to ignore
    Never: the line cannot run.

    ## Related
    XP101 for calls that then drop the namespace, XP105 for namespaces that are taken and not used.
    """

    code = "XP110"
    name = "undefined-xp"
    kind = Kind.HAZARD
    events = (UnboundName,)

    def check(self, event: UnboundName) -> Outcome | None:  # type: ignore[override]
        """Report the first read of an unbound name in a function."""
        name, function = event.name, event.site.function
        where = "on both backends"
        if event.backend:
            where = "where it runs"
            fix = f"import {event.backend} as {name}` before it, or `{event.namespace}"
        elif function.accessor:
            fix = f"self._{name}` or `np"
        else:
            fix = f"{name}=np` as a parameter of `{function.name}"
        more = f" ({len(event.more) + 1} times)" if event.more else ""
        message = f"nothing binds `{name}` in `{function.name}`{more}: NameError {where} (F821); write `{fix}`"
        return Outcome(message, hint=f"write `{fix}`", related=event.more, evidence=(event.here(f"`{name}` is read"),))
