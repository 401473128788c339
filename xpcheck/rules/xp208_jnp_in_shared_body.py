"""XP208: the NumPy run of a body calls JAX."""

from __future__ import annotations

from xpcheck.flow.events.body_events import JaxBelowNumpyPath, JaxOnNumpyPath
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class JnpInSharedBody(Rule):
    """The NumPy run of a body calls JAX.

    ## What it does
    Reports `jnp.*`, `jax.scipy.*`, `jax.lax.*` and their like in a body that holds a namespace, where its NumPy run
    comes to them: no guard such as `if xp is not np:` stands around them. All such calls of a body are one finding.
    Where the body calls a helper, or reads a property, that holds no namespace and calls `jnp.*` on every path for what
    it returns, the finding stands at the call, once for each helper. Functions that the program only
    ever calls for JAX are left out, and calls under a name that the body imports itself, for which XP602 stands.

    ## Why it hurts
    Silent: the NumPy path returns arrays of JAX. They are immutable, in single precision by default, and every later
    step runs JAX without compiling it. Without JAX installed the path fails.

    ## Example
    ```python
    def weights_from(values, xp=np):
        return jnp.exp(-values)
    ```

    ## Use instead
    ```python
    def weights_from(values, xp=np):
        return xp.exp(-values)
    ```

    ## Fix safety
    Writing `xp` for `jnp` is safe where both have the function (XP209 says where not). A helper needs a
    parameter `xp=np` first, and a property has to become a method for all its readers.

    ## When to ignore
    In functions that only ever run on JAX and take the namespace for the interface's sake.

    ## Related
    XP201 for the reverse, XP602 for local imports of JAX on the NumPy path.
    """

    code = "XP208"
    name = "jnp-in-shared-body"
    kind = Kind.HAZARD
    events = (JaxOnNumpyPath, JaxBelowNumpyPath)

    def check(self, event: JaxOnNumpyPath | JaxBelowNumpyPath) -> Outcome | None:  # type: ignore[override]
        """Report the first call of JAX on the NumPy path of a body, or of a helper that calls JAX for it."""
        if isinstance(event, JaxBelowNumpyPath):
            return self._below(event)
        function, name = event.site.function, event.namespace_argument
        more = f" (and {len(event.more)} more)" if event.more else ""
        last = event.label.rpartition(".")[2]
        hint = f"write `{name}.{last}`, or guard it with `if {name} is not np:`"
        message = f"the NumPy run of `{function.name}` calls `{event.label}`{more} and returns arrays of JAX; {hint}"
        return Outcome(message, hint=hint, related=event.more, evidence=(event.here(f"`{event.label}` is called"),))

    def _below(self, event: JaxBelowNumpyPath) -> Outcome:
        name, operation = event.callee.name, event.operation
        does, made = ("reads", "a method with") if event.accessor else ("calls", "")
        hint = f"make `{name}` {made} a parameter `xp=np`" if made else f"give `{name}` a parameter `xp=np`"
        below = f"{operation.note} ({operation.path}:{operation.line})"
        message = f"the NumPy run of `{event.site.function.name}` {does} `{event.label}`, which runs {below}; {hint}"
        return Outcome(message, hint=hint, evidence=(event.here(f"`{event.label}`"), operation))
