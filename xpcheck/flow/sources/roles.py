"""What a file is for: a unit test, a parity script, another script, or a part of the library."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from xpcheck import facts
from xpcheck.config import Config
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import holds_doubles, toplevel
from xpcheck.link.names import Names, absolute
from xpcheck.link.program import Program
from xpcheck.project.discovery import excluder
from xpcheck.project.index import Module


class Roles:
    """The roles of the files of a program."""

    def __init__(self, program: Program, config: Config) -> None:
        self._program = program
        self._is_test = excluder(config.test_globs)
        self._is_parity = excluder(config.parity_globs)
        self._for_tests: dict[str, bool] = {}
        self._loading: dict[str, frozenset[str]] = {}
        self._importing: dict[str, frozenset[str]] = {}

    def role(self, module: Module) -> str:
        """``parity`` or ``test`` by the globs of the configuration, else ""."""
        if self._is_parity(module.path):
            return "parity"
        return "test" if self._is_test(module.path) else ""

    def is_for_tests(self, module: Module) -> bool:
        """Whether a module is a unit test or holds stand-ins for tests: what it computes is compared, not traced."""
        found = self._for_tests.get(module.name)
        if found is None:
            found = self._for_tests[module.name] = holds_doubles(module) or self._is_test(module.path)
        return found

    def is_tested(self, module: Module, by: Module) -> bool:
        """Whether the second module is there for the sake of tests and the first is not: it says nothing about it."""
        return self.is_for_tests(by) and not self.is_for_tests(module)

    def is_script(self, module: Module) -> bool:
        """Whether a module runs something when it is loaded, and nobody imports from the package that it lies in."""
        if module.name.partition(".")[0] in self._imported(module.package):
            return False
        body = self._program.body(toplevel(module))
        return body is not None and any(
            type(node) is facts.Call
            for item in body.statements
            if type(item) in {facts.ExprStmt, facts.If, facts.Loop, facts.With}
            for node in walk(item)
        )

    def is_optional(self, module: Module) -> bool:
        """Whether a module is named for JAX, or lies in a folder that is, and whatever loads it is optional itself.

        No other part of a library imports it, or a module that does, when it is loaded.
        """
        return _is_for_jax(module) and module.name not in self._loaded(module.package)

    def _loaded(self, package: str) -> frozenset[str]:
        """The modules that come with those of libraries which are not named for JAX, as far as a package sees them."""
        if package not in self._loading:
            loads = {
                module: {
                    name
                    for item in module.outline.imports
                    if not item.guard
                    for name in _modules(module, item.statement)
                }
                for module in self._seen(package)
                if not self.role(module)
            }
            found = set[str]().union(*(names for module, names in loads.items() if not _is_for_jax(module)))
            behind = {module.name: names for module, names in loads.items() if _is_for_jax(module)}
            while more := {name for item in found & behind.keys() for name in behind[item]} - found:
                found |= more
            self._loading[package] = frozenset(found)
        return self._loading[package]

    def _imported(self, package: str) -> frozenset[str]:
        """The first parts of the names of all modules that are imported by what a package sees."""
        if package not in self._importing:
            self._importing[package] = frozenset(
                target[0].partition(".")[0]
                for module in self._seen(package)
                for item in module.outline.imports
                for _, target in Names.bindings(module, item.statement)
            )
        return self._importing[package]

    def _seen(self, package: str) -> Iterator[Module]:
        return (item for item in self._program.index.modules.values() if self._program.counts_for(item, package))


def _is_for_jax(module: Module) -> bool:
    """Whether the name of a module in a package, or of a folder in it, says JAX."""
    return any(not {"jax", "jnp"}.isdisjoint(part.lower().split("_")) for part in module.name.split(".")[1:])


def _modules(module: Module, statement: facts.Import) -> Iterator[str]:
    """The names under which an import statement may load modules, with the packages in which these lie."""
    if statement.source is None and not statement.level:
        found = [item.name for item in statement.names]
    else:
        source = absolute(module, statement.source, statement.level)
        found = [f"{source}.{item.name}" for item in statement.names]
    for name in found:
        yield from itertools.accumulate(name.split("."), "{}.{}".format)
