"""Which packages see which others, and in which order they can be judged: none before what it imports."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from xpcheck.link.definitions import holds_doubles
from xpcheck.link.names import imported_packages
from xpcheck.project.index import Module


class Distribution(NamedTuple):
    """Packages that are judged together, and all those that they see.

    They import each other, or nobody imports any of them: those are the loose scripts of a project.
    """

    packages: frozenset[str]
    seen: frozenset[str]


def visibility(modules: Iterable[Module], described: Collection[str] = ()) -> dict[str, frozenset[str]]:
    """For each package the packages it can see: itself and what it imports, transitively.

    Dependents are invisible, so they cannot change the verdict on what they depend on. What tests import counts for
    nobody. Packages that models describe (``described``) are not seen, whoever has their sources.
    """
    imports: dict[str, set[str]] = {}
    for module in modules:
        if holds_doubles(module):
            imports.setdefault(module.package, {module.package})
            continue
        imports.setdefault(module.package, {module.package}).update(imported_packages(module))
    closed: dict[str, frozenset[str]] = {}
    for package in imports:
        seen: set[str] = set()
        queue = [package]
        while queue:
            name = queue.pop()
            if name in imports and name not in seen and (name == package or name not in described):
                seen.add(name)
                queue.extend(imports[name])
        closed[package] = frozenset(seen)
    return closed


def distributions(modules: Iterable[Module], visible: dict[str, frozenset[str]]) -> tuple[Distribution, ...]:
    """The distributions of a program, each behind all that it sees."""
    files = {module.package for module in modules if module.name == module.package and not module.is_package}
    imported = {name for package, seen in visible.items() for name in seen if name != package}
    scripts = frozenset(files - imported)
    groups = {visible[package]: frozenset[str]() for package in sorted(visible) if package not in scripts}
    for package in visible:
        if package not in scripts:
            groups[visible[package]] |= {package}
    found = [Distribution(packages, seen) for seen, packages in groups.items()]
    found.sort(key=lambda item: (len(item.seen), sorted(item.packages)))
    if scripts:
        found.append(Distribution(scripts, frozenset().union(*(visible[package] for package in scripts))))
    return tuple(found)
