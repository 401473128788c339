"""What a fixer is: it makes the edits that cure one finding, from the event behind it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from xpcheck.config import Config
from xpcheck.facts import Call, Loc
from xpcheck.fix.arguments import Change
from xpcheck.fix.trees import Tree, UnreadableError
from xpcheck.flow.body.arguments import name_loc
from xpcheck.flow.events.body_events import Event
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function
from xpcheck.link.program import Program
from xpcheck.model import Edit, Finding, Fix, Safety, Span
from xpcheck.project.index import Module


@dataclass(frozen=True, slots=True)
class Draft:
    """A fix before its guards: by module, the places and their new texts."""

    title: str
    changes: Sequence[tuple[Module, Change]]
    doubts: tuple[str, ...] = ()
    """Why it is not safe, if it is not."""
    safety: Safety = Safety.SAFE
    """The safest level that it may have."""


Answers: TypeAlias = "Mapping[str, tuple[Change, ...] | None]"
"""What questions about the texts of functions found, by digests of both."""


class Reading:
    """Which lines of the project's files the fixes were made from.

    Attributes
    ----------
    former
        What an earlier run found in the texts of functions.
    answers
        What this run found in them, or took from there.
    ranges
        Module, first and last line of what was read.
    patterns
        Regular expressions that were counted in all lines of the project.
    """

    def __init__(self, former: Answers | None = None) -> None:
        self.former = former or {}
        self.answers: dict[str, tuple[Change, ...] | None] = {}
        self.ranges: set[tuple[str, int, int]] = set()
        self.patterns: set[str] = set()


_OPEN_TREES = 32
"""How many trees are held at a time: a tree takes several hundred times the room of its text."""

GUESSED = "it is not proved that the value is traced"
"""The doubt about a fix whose finding rests on a guess."""

Fixer: TypeAlias = "Callable[[Finding, Event, Workshop], Draft | None]"


class Workshop:
    """The program with the trees of its code, the last ones at hand; ``reading`` is told what is looked at."""

    def __init__(self, program: Program, config: Config, reading: Reading) -> None:
        self.program = program
        self.config = config
        self._reading = reading
        self._trees: dict[tuple[str, int, int], Tree | None] = {}
        self._mentioning: dict[str, list[Function]] = {}
        for function in program.functions:
            for name in function.outline.attributes if function.module.own else ():
                self._mentioning.setdefault(name, []).append(function)

    def mentioning(self, attribute: str) -> Sequence[Function]:
        """The project's functions that mention an attribute of this name."""
        return self._mentioning.get(attribute, ())

    def function(self, function: Function) -> Tree | None:
        """The code of a function without its decorators; None when libcst cannot read it, or nobody wrote it."""
        if function in self.program.implied:
            return None
        first, _, last, _ = function.outline.loc
        return self._tree(function.module, first, last)

    def is_call(self, function: Function, loc: Loc) -> bool:
        """Whether the callee of a call in a function, or its name, stands at a place: it takes no tree to say that."""
        first, _, last, _ = function.outline.loc
        self.lines(function.module, first, last)
        body = self.program.own_body(function)
        nodes = (node for root in (body.statements if body is not None else ()) for node in walk(root))
        return any(type(node) is Call and loc in (node.func.loc, name_loc(node.func)) for node in nodes)

    def changes(
        self, function: Function, question: Callable[..., Sequence[Change] | None], *about: object
    ) -> list[Change] | None:
        """What a question finds in the code of a function; None when libcst cannot read it, or nobody wrote it.

        ``question`` takes the tree and ``about``, and nothing else decides its answer: one that an earlier run got for
        the same text at the same line is taken again.
        """
        if function in self.program.implied:
            return None
        first, _, last, _ = function.outline.loc
        asked = f"{question.__module__}.{question.__qualname__} {first} {about!r}"
        text = "\n".join([asked, *self.lines(function.module, first, last)])
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        if key not in self._reading.answers:
            self._reading.answers[key] = self._answer(key, function, question, about)
        found = self._reading.answers[key]
        return None if found is None else list(found)

    def _answer(
        self, key: str, function: Function, question: Callable[..., Sequence[Change] | None], about: tuple[object, ...]
    ) -> tuple[Change, ...] | None:
        if key in self._reading.former:
            return self._reading.former[key]
        tree = self.function(function)
        found = question(tree, *about) if tree is not None else None
        return None if found is None else tuple(found)

    def module(self, module: Module) -> Tree | None:
        """The code of a whole file; None when libcst cannot read it."""
        return self._tree(module, 1, len(self.program.index.lines(module.name)))

    def _tree(self, module: Module, first: int, last: int) -> Tree | None:
        key = (module.name, first, last)
        tree = self._trees.pop(key, None) or self._read(module, first, last)
        if len(self._trees) >= _OPEN_TREES:
            del self._trees[next(iter(self._trees))]
        self._trees[key] = tree  # the last one is the most recently used
        return tree

    def _read(self, module: Module, first: int, last: int) -> Tree | None:
        try:
            return Tree(self.lines(module, first, last), first)
        except UnreadableError:
            return None

    def numpy_alias(self, module: Module) -> str | None:
        """The name under which a file imports NumPy, None when it does not."""
        for item in module.outline.imports:
            for name in item.statement.names if item.statement.source is None and not item.guard else ():
                if name.name == "numpy":
                    return name.alias or name.name
        return None

    def lines(self, module: Module, first: int, last: int) -> Sequence[str]:
        """Some lines of a file, both numbers included."""
        self._reading.ranges.add((module.name, first, last))
        return self.program.index.lines(module.name)[first - 1 : last]

    def reads(self, attribute: str) -> int:
        """How often the lines of the project look like reads of an attribute."""
        pattern = rf"\.\s*{re.escape(attribute)}\b"
        self._reading.patterns.add(pattern)
        found = re.compile(pattern)
        index = self.program.index
        texts = (index.text(module.name) for module in index.modules.values() if module.own)
        return sum(len(found.findall(line)) for text in texts if attribute in text for line in text.split("\n"))

    def text(self, module: Module, span: Span) -> str:
        """The source that a span covers."""
        lines = self.lines(module, span.line, span.end_line)
        if not lines:
            return ""
        lines = [*lines[:-1], lines[-1][: span.end_column - 1]]
        return "\n".join([lines[0][span.column - 1 :], *lines[1:]])

    def finished(self, draft: Draft) -> Fix | None:
        """The draft as a fix; None when it changes nothing or would write outside the project.

        An edit that covers a comment makes a fix unsafe.
        """
        changes = draft.changes
        if not changes or not all(module.own for module, _ in changes):
            return None
        doubts = list(draft.doubts)
        if any("#" in self.text(module, place) for module, (place, _) in changes):
            doubts.append("a comment stands in the text that it replaces")
        safety = max(draft.safety, Safety.UNSAFE if doubts else Safety.SAFE, key=lambda item: item.rank)
        edits = tuple(Edit(module.path, place, text) for module, (place, text) in changes)
        return Fix(safety, draft.title, edits, "; ".join(doubts))


def in_module(module: Module, changes: Iterable[Change]) -> list[tuple[Module, Change]]:
    """Changes of one file, as a draft wants them."""
    return [(module, change) for change in changes]
