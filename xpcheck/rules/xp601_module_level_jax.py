"""XP601: JAX is imported at module level."""

from __future__ import annotations

from xpcheck.flow.events.definition_events import ImportEvent
from xpcheck.model import Kind
from xpcheck.rules.base import Outcome, Rule


class ModuleLevelJax(Rule):
    """JAX is imported at module level.

    ## What it does
    Reports imports of `jax` and `jaxlib` outside functions, under a module-level `if` or `try` as well, and imports of
    a name of JAX from a module of the project (`from lib.backend import jnp`). Imports under `if TYPE_CHECKING:` are
    left out, and so are unit tests (XP701), parity scripts, other scripts (files that run something when
    they are loaded, in packages of which nobody imports anything), and modules of packages that are named for JAX, or
    lie in a folder that is (`backend_jax.py`, `jax/model.py`), and that no module without such a name brings along
    when it is loaded: who wants JAX asks for them.

    ## Why it hurts
    Importing the package then needs JAX, takes a second longer and initialises its backend, for users who run NumPy
    only. House rule: JAX is opt-in and imported where it is asked for.

    ## Example
    ```python
    import jax.numpy as jnp

    def angle_from(y, x, xp=np):
        return xp.arctan2(y, x)
    ```

    ## Use instead
    ```python
    def angle_from(y, x, xp=np):
        return xp.arctan2(y, x)
    ```

    ## Fix safety
    Safe: the import moves in front of its first use in each branch for JAX (`if xp is not np:`, what follows `if xp is
    np: return`), which changes nothing but the time at which it runs. Without a fix where a use stands elsewhere, or
    another module takes the name from here.

    ## When to ignore
    In modules that are about JAX, that nothing imports on the NumPy path, and whose names do not say so:
    `per-file-ignores`.

    ## Related
    XP602 for imports in functions that the NumPy run reaches, XP701 for unit tests.
    """

    code = "XP601"
    name = "module-level-jax"
    kind = Kind.CONVENTION
    events = (ImportEvent,)

    def check(self, event: ImportEvent) -> Outcome | None:  # type: ignore[override]
        """Report a module-level import that runs."""
        if event.local or event.guard == "type_checking" or event.role:
            return None
        fix = f"write the import inside the function that uses it, under `if {event.namespace} is not np:`"
        message = f"`{event.module}` is imported at module level, so that NumPy users need and load JAX; {fix}"
        return Outcome(message, hint=fix)
