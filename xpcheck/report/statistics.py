"""Counts: what a run covered, in one line and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from xpcheck.model import Finding, Kind, Level, Safety


def coverage(statistics: Mapping[str, object]) -> str:
    """One line that says what was analysed, from the counts that there are."""
    parts = [analysed(statistics)] if analysed(statistics) else []
    resolved, unresolved = statistics.get("calls resolved"), statistics.get("calls unresolved")
    if isinstance(resolved, int) and isinstance(unresolved, int):
        parts.append(f"{unresolved:,} of {resolved + unresolved:,} calls unresolved")
    bounds = statistics.get("bounds hit")
    if isinstance(bounds, int) and bounds:
        parts.append(f"{bounds:,} bounds hit")
    return ", ".join(parts)


def analysed(statistics: Mapping[str, object]) -> str:
    """How much was read, in a few words: ``240 files, 531 xp-aware functions``."""
    parts = []
    for key in ("files", "xp-aware functions"):
        count = statistics.get(key)
        if isinstance(count, int):
            parts.append(f"{count:,} {key.removesuffix('s') if count == 1 else key}")
    return ", ".join(parts)


def by_rule(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """How many findings there are of each rule, by level; a convention, which has none, counts as ``convention``."""
    counts = Counter((item.code, str(item.level or item.kind)) for item in findings)
    levels = [*map(str, Level), str(Kind.CONVENTION)]
    codes = sorted({code for code, _ in counts})
    return {code: {level: counts[code, level] for level in levels if counts[code, level]} for code in codes}


def fixable(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings have a fix, by who may apply it: ``safe fixes``, ``unsafe fixes``, ``display fixes``."""
    counts = Counter(item.fix.safety for item in findings if item.fix is not None)
    return {f"{safety} fixes": counts[safety] for safety in Safety}


def table(statistics: Mapping[str, object]) -> Iterator[str]:
    """All counts, one a line; those that belong together stand further in."""
    for key, value in statistics.items():
        if isinstance(value, int):
            yield f"{value:>10,}  {key}"
        elif isinstance(value, float):
            yield f"{value:>10.1%}  {key}"
        elif isinstance(value, Mapping) and value:
            yield f"{'':>10}  {key}"
            for name, count in value.items():
                if isinstance(count, Mapping):
                    levels = ", ".join(f"{number:,} {level}" for level, number in count.items())
                    yield f"{sum(count.values()):>10,}    {name}  {levels}"
                else:
                    yield f"{count:>10,}    {name}"
