"""Events at the edge of a trace: what leaves it, and how objects cross it."""

from __future__ import annotations

from xpcheck.flow.events import Event
from xpcheck.flow.values import STAGED, Deps
from xpcheck.link.definitions import Class
from xpcheck.model import Step


class WrapperReturn(Event, frozen=True):
    """A body returns a wrapper that it built itself: ``label`` is the class as written.

    ``namespaced`` says whether the constructor was given the namespace, which registers the class as a pytree.
    ``decorator`` wraps the result of the function, "" where none does; ``kept`` says whether it takes over more than
    the array.
    """

    label: str
    cls: Class
    namespaced: bool
    decorator: str
    kept: bool
    taint: int
    deps: Deps

    @property
    def may_be_traced(self) -> bool:
        """Whether the array in it may be traced."""
        return self.taint >= STAGED or bool(self.deps)

    @property
    def compiled(self) -> Step | None:
        """Where the function is given to ``jit`` or another transform."""
        return self.site.verdicts.edges.compiled(self.site.function)

    @property
    def is_outermost(self) -> bool:
        """Whether the function is public and no code that holds a namespace goes on with its result."""
        return self.site.verdicts.edges.is_outermost(self.site.function)

    @property
    def registered(self) -> bool:
        """Whether instances can cross the boundary: the constructor registers their class, or the program does."""
        return self.namespaced or self.site.verdicts.edges.pytrees.registration(self.cls) is not None
