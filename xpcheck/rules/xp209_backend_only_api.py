"""XP209: the namespace is asked for something that one of the backends does not have."""

from __future__ import annotations

from xpcheck.flow.events.body_events import BackendApi
from xpcheck.flow.lattice.summary import Run
from xpcheck.model import Kind, Level
from xpcheck.rules.base import Outcome, Rule


class BackendOnlyApi(Rule):
    """The namespace is asked for something that one of the backends does not have.

    ## What it does
    Reports, in the run in which it fails: names that only NumPy or only `jax.numpy` has, names that NumPy has only
    since a version above `minimum-numpy`, keywords that only one of them knows, lists and tuples given as arrays (NumPy
    takes them, `jax.numpy` does not), lists as indices of traced arrays, attributes that only NumPy's arrays have,
    attributes of what a function gives as a structure on NumPy and as a bare array on JAX, and `x.at[i].set(v)` on the
    NumPy path. What the body asks for with `hasattr(xp, ...)` or handles with `except` is left
    out, and so is what a guard keeps to one backend.

    ## Why it hurts
    `AttributeError` or `TypeError` on one backend, in the tests of which the line may never run.

    ## Example
    ```python
    def scattered_from(values, indices, size, xp=np):
        return xp.zeros(size).at[indices].add(values)
    ```

    ## Use instead
    ```python
    def scattered_from(values, indices, size, xp=np):
        if xp is np:
            return np.bincount(indices, weights=values, minlength=size)
        return xp.zeros(size).at[indices].add(values)
    ```

    ## Fix safety
    Guarding is safe; another function may round, order or promote differently.

    ## When to ignore
    When the function runs on one backend only.

    ## Related
    XP203 for `out=` and changes in place, XP208 for JAX by its own name on the NumPy path.
    """

    code = "XP209"
    name = "backend-only-api"
    kind = Kind.HAZARD
    events = (BackendApi,)

    def check(self, event: BackendApi) -> Outcome | None:  # type: ignore[override]
        """Report what the backend of this run lacks."""
        name, label = event.namespace_argument, event.label
        only = f"if {name} is not np:" if event.site.run is Run.NUMPY else f"if {name} is np:"
        hint = f"keep it under `{only}`"
        error = "AttributeError"
        if event.problem == "missing":
            what = f"`{event.detail}` has no `{label.rpartition('.')[2]}`"
        elif event.problem == "version":
            what = f"NumPy has `{label.rpartition('.')[2]}` since {event.detail} only, and {event.minimum_numpy} counts"
        elif event.problem == "keyword":
            other = "NumPy" if event.site.run is Run.NUMPY else "JAX"
            what, error = f"`{label}` of {other} does not take `{event.detail}=`", "it raises"
        elif event.problem == "list":
            what, error, hint = f"`{label}` of JAX takes no list", "TypeError", f"write `{name}.asarray(...)` around it"
        elif event.problem == "raw":
            what = f"under JAX `{event.detail}` gives a bare array, which has no `{label}`"
            hint = f'return the same on both backends, or ask `hasattr(..., "{label[1:]}")`'
        elif event.problem == "update":
            what = f"`{label}` is JAX's alone, and the NumPy run comes here"
        else:
            return self._on_array(event)
        here = (event.here(f"`{label}`"),)
        return Outcome(f"{what}: {error}; {hint}", hint=hint, evidence=here, related=event.places)

    def _on_array(self, event: BackendApi) -> Outcome | None:
        """A list as an index, or an attribute, of an array that must be traced for the finding to hold."""
        verdict = event.verdict
        if verdict is None or verdict.level is Level.POSSIBLE:
            return None
        if event.problem == "index":
            hint = "write `np.array([...])` as the index"
            message = f"a list is no index of an array of JAX, and this one is traced, as {verdict.root}: TypeError"
        else:
            hint = f"keep it under `if {event.namespace_argument} is np:`"
            message = (
                f"arrays of JAX have no `{event.label}`, and this one is traced, as {verdict.root}: AttributeError"
            )
        return Outcome(f"{message}; {hint}", verdict, hint=hint)
