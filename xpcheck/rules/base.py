"""What a rule is: metadata, the events it reads, and ``check``.

The page of a rule is its docstring, with fixed sections; ``xpcheck rule``, the documentation and editors show it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from xpcheck.flow.events.body_events import Event
from xpcheck.flow.solution.judge import Verdict
from xpcheck.model import Kind, Level, Step

SECTIONS = ("What it does", "Why it hurts", "Example", "Use instead", "Fix safety", "When to ignore", "Related")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule says of an event: the message, its evidence, and what to write instead."""

    message: str
    verdict: Verdict | None = None
    hint: str = ""
    kind: Kind | None = None
    related: tuple[Step, ...] = ()
    certainty: Level | None = None
    """The level of a hazard that no verdict on values backs."""
    evidence: tuple[Step, ...] = ()
    """The chain of a finding that no verdict on values backs."""
    place: Step | None = None
    """Where the fix goes, when that is not where the event happened."""

    @property
    def level(self) -> Level | None:
        """The level of the evidence; None for conventions without any."""
        return self.verdict.level if self.verdict is not None else self.certainty

    @property
    def chain(self) -> tuple[Step, ...]:
        """The evidence, step by step."""
        return self.verdict.chain() if self.verdict is not None else self.evidence


class Rule:
    """Base of all rules. Subclasses set the metadata, say which events they read, and check one event."""

    code: ClassVar[str]
    name: ClassVar[str]
    kind: ClassVar[Kind]
    default: ClassVar[bool] = True
    events: ClassVar[tuple[type[Event], ...]]

    def check(self, event: Event) -> Outcome | None:
        """The outcome for one event, None when the rule has nothing to say."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """The metadata of a rule and the sections of its page."""

    code: str
    name: str
    kind: Kind
    docs: Mapping[str, str]
    default: bool

    @staticmethod
    def of(rule: type[Rule]) -> RuleInfo:
        """Read from a rule class.

        Raises ValueError when its docstring lacks a section or has an unknown one.
        """
        return RuleInfo(rule.code, rule.name, rule.kind, sections(rule), rule.default)


def sections(rule: type[Rule]) -> dict[str, str]:
    """The sections of a rule's docstring; the first line is under ``Summary``.

    Raises ValueError when a section is missing or unknown.
    """
    text = inspect.cleandoc(rule.__doc__ or "")
    parts = re.split(r"(?m)^## (.+)\n", text)
    found = {"Summary": parts[0].strip()}
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        found[title.strip()] = body.strip("\n")
    expected = {"Summary", *SECTIONS}
    if set(found) != expected:
        wrong = ", ".join(sorted(set(found) ^ expected))
        raise ValueError(f"the page of {rule.code} has missing or unknown sections: {wrong}")
    return found
