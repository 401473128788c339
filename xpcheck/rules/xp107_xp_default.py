"""XP107: the namespace of a public function has a default other than NumPy."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import NamespaceDefault
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class XpDefault(Rule):
    """The namespace of a public function has a default other than NumPy.

    ## What it does
    Reports a public function whose namespace defaults to JAX, or to None where the body uses it without replacing None
    first, or that has no default while the functions beside it (the methods of the same family, the functions of the
    same module) default to NumPy. It is a house rule: NumPy is the default everywhere, JAX is asked for.

    ## Why it hurts
    Callers on NumPy either import JAX unknowingly or must know which functions insist on the argument. `None.sqrt`
    raises `AttributeError`.

    ## Example
    ```python
    import jax.numpy as jnp

    def radius_from(y, x, xp=jnp):
        return xp.sqrt(y**2 + x**2)
    ```

    ## Use instead
    ```python
    def radius_from(y, x, xp=np):
        return xp.sqrt(y**2 + x**2)
    ```

    ## Fix safety
    Callers that relied on JAX as the default have to pass it. Unsafe to apply unseen.

    ## When to ignore
    In code that runs on JAX only, and for functions that infer the namespace in a helper the analysis cannot see.

    ## Related
    XP106 for defaults that disagree with a base, XP601 for the import that such a default needs.
    """

    code = "XP107"
    name = "xp-default"
    kind = Kind.CONVENTION
    events = (NamespaceDefault,)

    def check(self, event: NamespaceDefault) -> Outcome | None:  # type: ignore[override]
        """Report the default, or that there is none."""
        name = event.namespace
        function = event.site.function.name
        if not event.default:
            message = f"`{name}` of `{function}` has no default, {event.siblings} of its siblings have NumPy"
        elif event.default == "None":
            message = f"`{name}` of `{function}` is None by default and used without being replaced"
        else:
            message = f"`{name}` of `{function}` is `{event.default}` by default, the house rule is NumPy"
        return Outcome(f"{message}; write `{name}=np`", hint=f"write `{name}=np`")
