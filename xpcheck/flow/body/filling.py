"""What a body puts into its parameters: ``out.append(x)``, ``table[key] = x``, ``box.item = x``."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.leaks import Leaks
from xpcheck.flow.lattice.values import Const, Param, Value, clip, join
from xpcheck.flow.sources.scopes import bound

ANY = "[]"
"""An item of a container under a key that is not known."""

_DEPTH = 2


class Filling(Leaks):
    """The part of the interpreter that tells callers what is put into what they give."""

    _rebound: set[str] | None = None
    """The names that the body binds itself: they no longer stand for parameters."""

    def note_fill(self, place: facts.Expr, what: str, value: Value) -> None:
        """Something becomes an attribute or an item (``[name]``, ``ANY``) of what may be a parameter."""
        param = self._own_place(place) if not (self.host or self.depth) else None
        if param is not None:
            key, new = (param, what), clip(value, _DEPTH)
            old = self.summary.fills.get(key)
            self.summary.fills[key] = new if old is None else clip(join(old, new), _DEPTH)

    def _own_place(self, place: facts.Expr) -> Param | None:
        """The parameter, or the attribute of one, for which a name or an attribute of a name stands."""
        base, attribute = (place.value, place.name) if isinstance(place, facts.Attr) else (place, "")
        if not isinstance(base, facts.Name) or base.id in self._bound_here():
            return None
        found = (index for index, param in enumerate(self.function.params) if param.name == base.id)
        return next((Param(index, attribute) for index in found), None)

    def _bound_here(self) -> set[str]:
        if self._rebound is None:
            self._rebound = bound(self.body.statements) if self.body is not None else set()
        return self._rebound


def item_of(index: Value) -> str:
    """What is filled by ``container[index] = value``."""
    key = index.shape
    return f"[{key.value}]" if type(key) is Const and isinstance(key.value, str) else ANY
