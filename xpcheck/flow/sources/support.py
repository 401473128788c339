"""What classes declare by a method: which arrays their objects take, and with which settings.

An estimator of scikit-learn says in ``__sklearn_tags__`` whether it takes arrays of other libraries than NumPy:
``tags.array_api_support = self.solver == "svd"``. What is not said there is said by the base, and at last by the
default of the protocol, that it does not. With other settings, and in methods that no class with such support has, the
arrays are those of NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from xpcheck import facts
from xpcheck.flow.models.handwritten import Support
from xpcheck.flow.sources.scopes import statements_in
from xpcheck.link.definitions import Class, Function
from xpcheck.link.hierarchy import Hierarchy
from xpcheck.link.program import Program

Settings: TypeAlias = Mapping[str, str]
"""The texts that attributes hold wherever other arrays than those of NumPy arrive."""


class Supports:
    """Which methods of a program get arrays of JAX, by what their classes declare."""

    def __init__(self, program: Program, known: Iterable[Support]) -> None:
        self._program = program
        self._known = {item.method: item for item in known}
        methods = {item.name for item in program.functions}
        self._spoken = sorted(methods & self._known.keys())
        self._declared: dict[tuple[Class, str], Settings | None] = {}
        self._settings: dict[tuple[Function, str], Settings | None] = {}

    def never(self) -> Iterator[tuple[Function, str]]:
        """The methods whose classes take arrays of NumPy alone, and what declares it."""
        for name in self._spoken:
            for function in self._program.functions:
                if function.owner is not None and function.name != name and self._of(function, name) is None:
                    yield function, f"{name}: {self._known[name].attribute}"

    def settings(self, function: Function) -> Settings:
        """What the attributes of its object hold where a method gets arrays of JAX."""
        if function.owner is None or function.binding != "method":
            return {}
        return {attr: text for name in self._spoken for attr, text in (self._of(function, name) or {}).items()}

    def _of(self, function: Function, name: str) -> Settings | None:
        """What all classes with support have in common that have a method; None where there is none among several."""
        key = (function, name)
        if key not in self._settings:
            hierarchy, owner = self._program.hierarchy, function.owner
            assert owner is not None
            family = [owner, *hierarchy.subclasses(owner, owner.module.package)]
            having = [item for item in family if runs_method(hierarchy, item, function)]
            said = [self._declare(item, name) for item in having if self._is_rooted(item, name)]
            able = [item for item in said if item is not None]
            self._settings[key] = _common(able) if able or not said else None
        return self._settings[key]

    def _is_rooted(self, cls: Class, name: str) -> bool:
        """Whether a class speaks for users, in sight: by a method of it or its bases that asks no further base.

        A private class is a part of others, which speak for it.
        """
        found = [item.members.get(name) for item in self._program.hierarchy.mro(cls)]
        made = any(isinstance(item, Function) and "super" not in item.outline.names for item in found)
        return made and not cls.name.startswith("_")

    def _declare(self, cls: Class, name: str) -> Settings | None:
        """The settings with which objects of a class take other arrays; None if they never do."""
        key = (cls, name)
        if key not in self._declared:
            self._declared[key] = self._read(cls, name)
        return self._declared[key]

    def _read(self, cls: Class, name: str) -> Settings | None:
        attribute = self._known[name].attribute
        for item in self._program.hierarchy.mro(cls):
            method = item.members.get(name)
            if not isinstance(method, Function):
                continue
            if attribute in method.outline.attributes or f"{attribute}=" in method.outline.attributes:
                return self._assigned(method, attribute)
            if "super" not in method.outline.names:
                return None
        return {}

    def _assigned(self, method: Function, attribute: str) -> Settings | None:
        """What a method assigns to the attribute for certain; nothing is known of what it does otherwise with it."""
        body = self._program.body(method)
        statements: Sequence[facts.Stmt] = body.statements if body is not None else ()
        stores = [
            item for item in statements_in(statements) if isinstance(item, facts.Assign) and _stores(item, attribute)
        ]
        certain = len(stores) == 1 and any(item is stores[0] for item in statements)
        value = stores[0].value if certain else None
        return _read_off(value, method.params[0].name) if value is not None and method.params else {}


def runs_method(hierarchy: Hierarchy, cls: Class, function: Function) -> bool:
    """Whether objects of a class run a method: it is theirs, or what stands before it calls its base's."""
    for item in hierarchy.mro(cls):
        found = item.members.get(function.name)
        if found is function:
            return True
        if found is not None and not (isinstance(found, Function) and "super" in found.outline.names):
            return False
    return False


def _stores(node: facts.Assign, attribute: str) -> bool:
    return any(isinstance(target, facts.Attr) and target.name == attribute for target in node.targets)


def _read_off(value: facts.Expr, receiver: str) -> Settings | None:
    """What an expression says: never, or the texts that attributes of the object must hold for it to be true."""
    if isinstance(value, facts.Const) and value.kind == "bool":
        return {} if value.value else None
    if isinstance(value, facts.Bool) and value.op == "and":
        parts = [_read_off(item, receiver) for item in value.values]
        return None if None in parts else {attr: text for part in parts if part for attr, text in part.items()}
    if isinstance(value, facts.Compare) and value.ops == ("==",):
        attr, text = value.left, value.comparators[0]
        of_object = isinstance(attr, facts.Attr) and isinstance(attr.value, facts.Name) and attr.value.id == receiver
        if isinstance(attr, facts.Attr) and of_object and isinstance(text, facts.Const) and isinstance(text.value, str):
            return {attr.name: text.value}
    return {}


def _common(all_settings: Sequence[Settings]) -> Settings:
    first, *rest = all_settings or ({},)
    return {attr: text for attr, text in first.items() if all(other.get(attr) == text for other in rest)}


__all__ = ["Settings", "Supports", "runs_method"]
