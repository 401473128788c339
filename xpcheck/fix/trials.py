"""Which of some fixes hold together, found with few trials: each costs an analysis of the whole project.

All fixes are tried at once. What speaks against the result names suspects. A single suspect is left out; of several,
half are held back until it is clear what the others do. That goes on side by side for all objections that share no
suspect, always from the same sources: a fix that was not suspected is neither planned nor tried anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from xpcheck.model import Fix


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a trial.

    ``suspects`` are fixes of the trial: one of them is to blame, or several together. ``mark`` is the same in all
    trials in which the same thing appears.
    """

    suspects: tuple[Fix, ...]
    reason: str
    mark: str


@dataclass(frozen=True, slots=True)
class _Held:
    """Fixes that wait until it is clear what others do."""

    fixes: tuple[Fix, ...]
    others: tuple[Fix, ...]


class Trials:
    """What to try next, and what has been found out.

    ``trial`` holds the fixes to be tried together; ``refused`` those that are left out for good, each with the reason.
    """

    def __init__(self, fixes: Iterable[Fix]) -> None:
        self.trial: list[Fix] = list(dict.fromkeys(fixes))
        self.refused: dict[Fix, str] = {}
        self._held: list[_Held] = []
        self._cleared: set[Fix] = set()
        self._marks: dict[Fix, set[str]] = {}
        self._retried: set[Fix] = set()

    def judge(self, objections: Sequence[Objection]) -> bool:
        """Take in what speaks against the trial; whether it stands, with nothing left to try."""
        if not objections and not self._held:
            return True
        innocent = self._acquitted(objections)
        accused: set[Fix] = set()
        stopped: set[Fix] = set()
        for suspects, objection in sorted(
            ((self._fresh(item), item) for item in objections), key=lambda pair: len(pair[0])
        ):
            accused.update(suspects)
            if stopped.isdisjoint(suspects):
                stopped.update(self._stop(suspects, objection))
        self._cleared.update(fix for fix in self.trial if fix not in accused)
        self._cleared -= accused
        self.trial = [fix for fix in self.trial if fix not in stopped] + innocent
        self._return(accused)
        return False

    def _fresh(self, objection: Objection) -> list[Fix]:
        """The suspects of an objection that no trial has cleared; all of them where it has cleared all."""
        suspects = [fix for fix in self.trial if fix in objection.suspects]
        return [fix for fix in suspects if fix not in self._cleared] or suspects

    def _stop(self, suspects: Sequence[Fix], objection: Objection) -> Sequence[Fix]:
        """The suspects that are not tried again for now: the only one for good, or half of them."""
        if len(suspects) == 1:
            self.refused[suspects[0]] = objection.reason
            self._marks.setdefault(suspects[0], set()).add(objection.mark)
            return suspects
        middle = (len(suspects) + 1) // 2
        self._held.append(_Held(tuple(suspects[middle:]), tuple(suspects[:middle])))
        return suspects[middle:]

    def _return(self, accused: Collection[Fix]) -> None:
        """Held fixes are tried again as soon as those that they waited for are refused or cleared."""
        settled = {*self.refused, *(fix for fix in self.trial if fix not in accused)}
        ready = [item for item in self._held if settled.issuperset(item.others)]
        self._held = [item for item in self._held if item not in ready]
        self.trial += [fix for item in ready for fix in item.fixes if fix not in self.refused]

    def _acquitted(self, objections: Iterable[Objection]) -> list[Fix]:
        """Refused fixes for which all that spoke against them appears without them; each is tried once more."""
        marks = {item.mark for item in objections}
        found = [fix for fix in self.refused if fix not in self._retried and self._marks[fix] <= marks]
        for fix in found:
            del self.refused[fix]
        self._retried.update(found)
        return found
