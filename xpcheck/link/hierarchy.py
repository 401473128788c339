"""Class hierarchy: resolution order, inherited members, subclasses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xpcheck.link.definitions import Class, External, Function, Member
from xpcheck.link.names import Names, dotted

_ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"})
"""Decorators of :mod:`abc`: a class with such a member has no instances."""


class Hierarchy:
    """Method resolution orders and override sets of one program.

    Bases outside the program are left out of the order: an unknown base never breaks the order of the known ones.
    """

    def __init__(self, classes: Sequence[Class], names: Names, visible: dict[str, frozenset[str]]) -> None:
        self._names = names
        self._visible = visible
        self._mro: dict[Class, tuple[Class, ...]] = {}
        self._bases: dict[Class, tuple[Class, ...]] = {}
        self.external_bases: dict[Class, tuple[str, ...]] = {}
        self._below: dict[Class, list[Class]] = {}
        self._members: dict[Class, dict[str, Member | None]] = {}
        self._abstract: dict[Class, bool] = {}
        self._targets: dict[tuple[Class, str, str, Function | None], list[tuple[Class, Member]]] = {}
        for cls in classes:
            self._resolve_bases(cls)
        for cls in classes:
            for ancestor in self.mro(cls)[1:]:
                self._below.setdefault(ancestor, []).append(cls)

    def _resolve_bases(self, cls: Class) -> None:
        found: list[Class] = []
        outside: list[str] = []
        for base in cls.outline.bases:
            path = dotted(base) or dotted(getattr(base, "value", base))
            entity = self._names.resolve(cls.module.name, path) if path else None
            if isinstance(entity, Class):
                found.append(entity)
            elif isinstance(entity, External):
                outside.append(entity.name)
            else:
                outside.append(path or "?")
        self._bases[cls] = tuple(found)
        self.external_bases[cls] = tuple(outside)

    def mro(self, cls: Class) -> tuple[Class, ...]:
        """The class and its known ancestors in resolution order (C3; depth first when C3 has no answer)."""
        known = self._mro.get(cls)
        if known is not None:
            return known
        self._mro[cls] = (cls,)
        bases = self._bases[cls]
        merged = _merge([list(self.mro(base)) for base in bases] + [list(bases)])
        if merged is None:
            merged = list(dict.fromkeys(item for base in bases for item in self.mro(base)))
        order = (cls, *(item for item in merged if item is not cls))
        self._mro[cls] = order
        return order

    @property
    def orders(self) -> dict[Class, tuple[Class, ...]]:
        """The resolution orders of all classes."""
        return self._mro

    def bases(self, cls: Class) -> tuple[Class, ...]:
        """The known direct bases of a class."""
        return self._bases[cls]

    def subclasses(self, cls: Class, viewer: str) -> list[Class]:
        """Strict subclasses that the package ``viewer`` can see: its own and those of what it imports."""
        seen = self._visible.get(viewer)
        below = self._below.get(cls, [])
        return [item for item in below if seen is None or item.module.package in seen]

    def member(self, cls: Class, name: str) -> Member | None:
        """The member that an instance of ``cls`` has under ``name``."""
        known = self._members.setdefault(cls, {})
        if name not in known:
            known[name] = next((item.members[name] for item in self.mro(cls) if name in item.members), None)
        return known[name]

    def is_abstract(self, cls: Class) -> bool:
        """Whether a member is left to subclasses, so that no object is an instance of this very class."""
        if cls not in self._abstract:
            left = ((name, member) for item in self.mro(cls) for name, member in item.members.items())
            self._abstract[cls] = any(_is_left(member) and self.member(cls, name) is member for name, member in left)
        return self._abstract[cls]

    def is_overridden_everywhere(self, method: Function) -> bool:
        """Whether a method belongs to an abstract class and no class below keeps it: only ``super()`` comes to it."""
        cls = method.owner
        if cls is None or method.name.startswith("__"):
            return False
        bases = (base for item in self.mro(cls) for base in self.external_bases[item])
        abstract = self.is_abstract(cls) or any("ABC" in base for base in bases)
        below = self.subclasses(cls, cls.module.package) if abstract else []
        return bool(below) and all(self.member(item, method.name) is not method for item in below)

    def after(self, cls: Class, owner: Class, name: str) -> Member | None:
        """The member that ``super().name`` finds in a method of ``owner`` on an instance of ``cls``."""
        order = self.mro(cls)
        start = order.index(owner) + 1 if owner in order else 1
        for item in order[start:]:
            found = item.members.get(name)
            if found is not None:
                return found
        return None

    def targets(self, cls: Class, name: str, viewer: str, caller: Function | None = None) -> list[tuple[Class, Member]]:
        """The members that ``name`` may stand for on an instance of ``cls`` or of a class below it.

        With ``caller`` (a method that reads ``self.name``) only classes count that still inherit this caller. Abstract
        classes do not, unless all are. Each member comes with the first class that has it; the order is deterministic.
        """
        key = (cls, name, viewer, caller)
        known = self._targets.get(key)
        if known is None:
            known = self._targets[key] = self._find_targets(cls, name, viewer, caller)
        return known.copy()

    def _find_targets(self, cls: Class, name: str, viewer: str, caller: Function | None) -> list[tuple[Class, Member]]:
        found: dict[int, tuple[Class, Member]] = {}
        family = [cls, *self.subclasses(cls, viewer)]
        for item in [item for item in family if not self.is_abstract(item)] or family:
            if caller is not None and item is not cls and self.member(item, caller.name) is not caller:
                continue
            member = self.member(item, name)
            if member is not None and id(member) not in found:
                found[id(member)] = (item, member)
        return list(found.values())

    def is_subclass(self, cls: Class, ancestors: Iterable[Class]) -> bool:
        """Whether ``cls`` is one of ``ancestors`` or below one."""
        return not set(self.mro(cls)).isdisjoint(ancestors)


def _is_left(member: Member) -> bool:
    if not isinstance(member, Function):
        return False
    names = ((dotted(item) or "").rpartition(".")[2] for item in member.outline.decorators)
    return not _ABSTRACT.isdisjoint(names)


def _merge(sequences: list[list[Class]]) -> list[Class] | None:
    result: list[Class] = []
    sequences = [list(item) for item in sequences if item]
    while sequences:
        for sequence in sequences:
            head = sequence[0]
            if not any(head in other[1:] for other in sequences):
                break
        else:
            return None
        result.append(head)
        sequences = [rest for item in sequences if (rest := [one for one in item if one is not head])]
    return result
