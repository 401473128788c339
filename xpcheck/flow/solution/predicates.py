"""Helpers that test a parameter: what they answer for an array, an object that holds one, an instance of a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from xpcheck.flow.sources.kinds import classes_asked_for
from xpcheck.flow.sources.probe import Answer, answer_for_array, answer_for_attributes
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver

About: TypeAlias = Literal["traced", "concrete", "attribute", "class"]
"""What a helper is asked about: a traced array, one that is not, an object that holds one, or of which class it is."""


class Predicate(msgspec.Struct, frozen=True, array_like=True):
    """What a helper answers about a parameter, for which attributes or classes, and whose bodies say so."""

    function: Function
    index: int
    about: About
    answer: bool | None
    attributes: tuple[str, ...]
    read: list[Function]


class Predicates:
    """What the bodies of helpers say that these answer."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._program = solver.program
        self._known: dict[tuple[Function, int, About], Predicate] = {}
        self._classes: dict[tuple[str, ...], tuple[Class, ...]] = {(): ()}
        """The classes of some names."""

    def answer(self, function: Function, index: int, traced: bool = True) -> bool | None:
        """What a helper answers for a tracer in the parameter ``index``: read from its body, None if it varies.

        With ``traced`` false, what it answers for a concrete array of JAX.
        """
        return self.asked(function, index, "traced" if traced else "concrete").answer

    def about_attribute(self, function: Function, index: int) -> Answer | None:
        """What a helper answers where an attribute of the objects in the parameter ``index`` is traced."""
        found = self.asked(function, index, "attribute")
        return None if found.answer is None else Answer(found.answer, frozenset(found.attributes))

    def classes(self, function: Function, index: int) -> tuple[Class, ...]:
        """The classes of one of which the parameter ``index`` is an instance wherever a helper says yes."""
        names = self.asked(function, index, "class").attributes
        if names not in self._classes:
            self._classes[names] = tuple(item for item in self._program.classes if item.full_name in names)
        return self._classes[names]

    def asked(self, function: Function, index: int, about: About) -> Predicate:
        """What a helper answers where the parameter ``index`` holds something, with what says so."""
        key = (function, index, about)
        if key not in self._known:
            read: set[Function] = set()
            found: Answer | None = None
            if about == "class":
                read.add(function)
                names = tuple(item.full_name for item in classes_asked_for(self._program, function, index))
                found, answer = Answer(True, frozenset(names)), None
            elif about == "attribute":
                found = answer_for_attributes(self._solver, function, index, read)
                answer = None if found is None else found.value
            else:
                answer = answer_for_array(self._solver, function, index, about == "traced", read)
            attributes = () if found is None else tuple(sorted(found.attributes))
            bodies = sorted(read, key=lambda item: item.key)
            self._known[key] = Predicate(*key, answer, attributes, bodies)
        return self._known[key]

    def known(self) -> Iterator[Predicate]:
        """What helpers answered, as far as anybody asked."""
        yield from self._known.values()
