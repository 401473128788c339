"""The rules: one file each, found by their place in this package."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xpcheck.rules.base import Rule, RuleInfo


@functools.cache
def codes() -> tuple[str, ...]:
    """The codes of all rules, sorted: each file is named after its rule, so that no rule is loaded for them."""
    names = (item.name for item in pkgutil.iter_modules(__path__))
    return tuple(sorted(name.partition("_")[0].upper() for name in names if name.startswith("xp")))


@functools.cache
def all_rules() -> tuple[type[Rule], ...]:
    """The rule classes, sorted by code."""
    from xpcheck.rules.base import Rule

    found: list[type[Rule]] = []
    for item in pkgutil.iter_modules(__path__):
        if item.name.startswith("xp"):
            module = importlib.import_module(f"{__name__}.{item.name}")
            found.extend(
                value
                for value in vars(module).values()
                if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__
            )
    return tuple(sorted(found, key=lambda rule: rule.code))


@functools.cache
def catalogue() -> tuple[RuleInfo, ...]:
    """Metadata and pages of all rules, sorted by code."""
    from xpcheck.rules.base import RuleInfo

    return tuple(RuleInfo.of(rule) for rule in all_rules())


def pages() -> Mapping[str, RuleInfo]:
    """Metadata and pages of all rules by their codes; no rule is loaded before a page is looked at."""
    return _Pages()


class _Pages(Mapping[str, "RuleInfo"]):
    def __getitem__(self, code: str) -> RuleInfo:
        for info in catalogue() if code in self else ():
            if info.code == code:
                return info
        raise KeyError(code)

    def __contains__(self, code: object) -> bool:
        return code in codes()

    def __iter__(self) -> Iterator[str]:
        return iter(codes())

    def __len__(self) -> int:
        return len(codes())
