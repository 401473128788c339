"""XP508: a backend module is stored on an instance."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import StoredNamespace
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class NamespaceOnInstance(Rule):
    """A backend module is stored on an instance.

    ## What it does
    Reports `self.xp = xp`, `self._xp = jnp` and the like. It is a hazard where the class is registered as a pytree
    whose children include the attribute, and a convention elsewhere. Classes that say how they are pickled are left
    out.

    ## Why it hurts
    Modules cannot be pickled or deep-copied: `TypeError: cannot pickle 'module' object` in multiprocessing. As a leaf
    of a pytree a module is not a valid JAX type, so the object cannot cross a `jit` boundary.

    ## Example
    ```python
    class Fit:
        def __init__(self, data, xp=np):
            self.data = data
            self.xp = xp
    ```

    ## Use instead
    ```python
    class Fit:
        def __init__(self, data, xp=np):
            self.data = data
            self.use_jax = xp is not np

        @property
        def _xp(self):
            if self.use_jax:
                import jax.numpy as jnp

                return jnp
            return np
    ```

    ## Fix safety
    The property gives the same module. Unsafe to apply unseen where the attribute is set from outside.

    ## When to ignore
    For objects that are never pickled, copied or flattened.

    ## Related
    XP101 for constructors that are not given the namespace, XP506 for other attributes of pytrees.
    """

    code = "XP508"
    name = "namespace-on-instance"
    kind = Kind.CONVENTION
    events = (StoredNamespace,)

    def check(self, event: StoredNamespace) -> Outcome | None:  # type: ignore[override]
        """Report the assignment."""
        fix = f"write `self.use_jax = {event.namespace} is not np` and a property that gives the module"
        what = f"`{event.label} = {event.value}` stores a module on `{event.cls.name}`"
        if event.pytree is None:
            return Outcome(f"{what}, which pickle and deepcopy refuse; {fix}", hint=fix)
        where = f"{event.pytree.path}:{event.pytree.line}"
        message = f"{what}, whose instances are flattened as a pytree ({where}): a module is no leaf; {fix}"
        return Outcome(message, hint=fix, kind=Kind.HAZARD, evidence=(event.pytree,))
