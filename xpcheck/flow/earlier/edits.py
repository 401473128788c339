"""What differs between a program and an earlier version of it, where nothing but bodies of functions does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from xpcheck.facts import AssignOutline, ClassOutline, FunctionOutline, Loc, ModuleOutline
from xpcheck.flow.solution.recall import Rest
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program
from xpcheck.project.lowering import LOCATIONS

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Solver

_DECLARES = re.compile(r"xpcheck:(?!\s*ignore)", re.IGNORECASE)
_OF_BODIES = frozenset({"names", "attributes", "doc"})
"""What an outline says about the body of a function."""
_OF_FILES = frozenset({"functions", "comments", "lines", "doc"})


class Former(NamedTuple):
    """What a function with another body was before: its outline and its text."""

    outline: FunctionOutline
    text: str


class Edits(NamedTuple):
    """Functions with another body than before, and what they were; and those that stand elsewhere, how far."""

    changed: Mapping[Function, Former]
    moved: Mapping[Function, int]


def edits(
    program: Program, former: Mapping[str, str | None], outlines: Mapping[str, ModuleOutline | None]
) -> Edits | None:
    """The edits in modules with these ``former`` texts (None: not known); None if more than bodies changed.

    ``outlines`` are those of the texts, as far as they are known.
    """
    changed: dict[Function, Former] = {}
    moved: dict[Function, int] = {}
    functions: dict[str, list[Function]] = {}
    for function in program.functions:
        if function not in program.implied:
            functions.setdefault(function.module.name, []).append(function)
    for name, text in former.items():
        module = program.index.modules.get(name)
        if module is None or text is None:
            return None
        before = outlines.get(name) or _outlined(text)
        if before is None or not _same_outside(before, module.outline):
            return None
        lines = (text.split("\n"), program.index.lines(name))
        if _outside(before, lines[0]) != _outside(module.outline, lines[1]):
            return None
        for old, function in zip(before.functions, functions.get(name, ()), strict=True):
            if not _same_text(old, function.outline, *lines):
                first, _, last, _ = old.loc
                changed[function] = Former(old, "\n".join(lines[0][first - 1 : last]) + "\n")
            elif old.loc[0] != function.outline.loc[0]:
                moved[function] = function.outline.loc[0] - old.loc[0]
        for function in program.implied:
            if function.module is module and (distance := _distance(function, before)) != 0:
                if distance is None:
                    return None
                moved[function] = distance
    return Edits(changed, moved)


def _outlined(text: str) -> ModuleOutline | None:
    from xpcheck.syntax import SourceError, outline

    try:
        return outline(text.encode("utf-8", "surrogatepass"))
    except SourceError:
        return None


def _distance(function: Function, before: ModuleOutline) -> int | None:
    """By how many lines a function that no ``def`` writes stands further down; None where its parts do not agree."""
    cls, outline = function.owner, function.module.outline
    pairs: list[tuple[Loc, Loc]] = []
    if cls is None:
        pairs += [(old.loc, new.loc) for old, new in _assigned(before, outline) if new.name == function.name]
    for old, new in zip(before.classes, outline.classes, strict=True):
        if cls is not None and new is cls.outline:
            pairs += [(old.loc, new.loc), *((one.loc, two.loc) for one, two in _assigned(old, new))]
    distances = {new[line] - old[line] for old, new in pairs for line in (0, 2)}
    return distances.pop() if len(distances) == 1 else None


def _assigned(
    before: ModuleOutline | ClassOutline, after: ModuleOutline | ClassOutline
) -> Iterator[tuple[AssignOutline, AssignOutline]]:
    return zip(before.assigns, after.assigns, strict=True)


def _same_outside(before: ModuleOutline, after: ModuleOutline) -> bool:
    """Whether two outlines say the same, but for places and what they say about bodies."""
    if len(before.functions) != len(after.functions) or not _same(before, after, _OF_FILES):
        return False
    if any(_DECLARES.search(item.text) for outline in (before, after) for item in outline.comments):
        return False  # what a comment belongs to depends on places
    return all(_same(*pair, _OF_BODIES) for pair in zip(before.functions, after.functions, strict=True))


def _outside(outline: ModuleOutline, lines: Sequence[str]) -> list[str]:
    """The lines of a file outside functions that say something: other code rests on statements of any kind there."""
    inside = {line for item in outline.functions for line in range(item.loc[0], item.loc[2] + 1)}
    return [
        line
        for number, line in enumerate(lines, 1)
        if number not in inside and line.strip() and not line.lstrip().startswith("#")
    ]


def _same(one: Any, two: Any, aside: Collection[str] = ()) -> bool:
    """Whether two facts are the same wherever they stand; some fields of the outermost one do not count."""
    if type(one) is not type(two):
        return False
    if isinstance(one, tuple):
        return len(one) == len(two) and all(map(_same, one, two))
    if not isinstance(one, msgspec.Struct):
        return bool(one == two)
    fields = (name for name in one.__struct_fields__ if name not in LOCATIONS and name not in aside)
    return all(_same(getattr(one, name), getattr(two, name)) for name in fields)


def _same_text(old: FunctionOutline, new: FunctionOutline, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a function has the same lines, its decorators as far above it as before."""
    above = [[item.loc[0] - outline.loc[0] for item in outline.decorators] for outline in (old, new)]
    first, _, last, _ = old.loc
    begin, _, end, _ = new.loc
    return above[0] == above[1] and before[first - 1 : last] == after[begin - 1 : end]


# --------------------------------------------------------------------------------------------------- beyond the bodies


def stays_inside(solver: Solver, rest: Rest, changed: Mapping[Function, Former]) -> bool:
    """Whether edits of bodies change nothing but what interpretations of these bodies say.

    Other functions may rest on a body in other ways: it tells whether it holds a namespace, what its class stores,
    what is a predicate. Of most tests nobody asked that.
    """
    traits = {item.function: item for item in rest.traits}
    unasked = changed.keys() - traits.keys()
    if not changed.keys().isdisjoint(rest.foreign):
        return False
    if not all(solver.roles.is_for_tests(item.module) for item in unasked):
        return False
    if any(solver.trait(item, traits[item].deciders is not None) != traits[item] for item in changed.keys() - unasked):
        return False
    if sorted(solver.backends.for_cupy) != rest.for_cupy:
        return False
    factories = {name.rpartition(".")[2] for name in solver.config.namespace_factories}
    for function, (old, _) in changed.items():
        new = function.outline
        if factories & {*old.names, *old.attributes} != factories & {*new.names, *new.attributes}:
            return False
        named = {*solver.config.namespace_attributes}
        if function.name == "__init__" and named & {*old.attributes} != named & {*new.attributes}:
            return False
    if any(solver.object_attributes(package) != frozenset(names) for package, names in rest.attributes.items()):
        return False
    concerned = (item for item in rest.predicates if not changed.keys().isdisjoint(item.read))
    for item in concerned:
        again = solver.predicates.asked(item.function, item.index, item.about)
        if (again.answer, again.attributes) != (item.answer, item.attributes):
            return False
    if any(solver.builders.may_keep(item, _words(old.outline) | _words(item.outline)) for item, old in changed.items()):
        return False
    words = {word for item, old in changed.items() for word in _words(old.outline) | _words(item.outline)}
    return all(
        solver.builders.given(item.constructor, item.index) == item.shape
        for item in rest.built
        if solver.builders.concerns(item.constructor, words)
    )


def _words(outline: FunctionOutline) -> set[str]:
    return {*outline.names, *outline.attributes}
