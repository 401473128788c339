"""What is concrete by its name, or by a marker: the static-name table, and what overrules it."""

from __future__ import annotations

from typing import Literal

from xpcheck.flow.models import Knowledge
from xpcheck.flow.sources.markers import STATIC, Markers
from xpcheck.flow.sources.parametric import Priors
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program


class Statics:
    """Parameters and attributes that no trace reaches, whatever is given for them."""

    def __init__(self, program: Program, knowledge: Knowledge, markers: Markers, priors: Priors) -> None:
        self._visible = program.visible
        self._knowledge = knowledge
        self._markers = markers
        self._priors = priors
        self._names: dict[tuple[str, str, str], bool] = {}

    def is_static(self, name: str, where: Literal["parameter", "attribute"], package: str) -> bool:
        """Whether a name is concrete by the static-name table; one that a package sees declared free never is."""
        key = (name, where, package)
        if key not in self._names:
            known = self._knowledge.static_name(name, where) is not None
            self._names[key] = known and name not in self._free_names(package)
        return self._names[key]

    def is_static_param(self, function: Function, index: int) -> bool:
        """Whether a parameter is concrete by a marker, or by its name where no marker says that it is traced."""
        if self._markers.is_traced(function, index):
            return False
        name, package = function.params[index].name, function.module.package
        return self._markers.is_static(function, index) or self.is_static(name, "parameter", package)

    def is_static_attribute(self, cls: Class, name: str) -> bool:
        """Whether an attribute of a class is concrete by a marker, or by its name."""
        found = self._markers.of_attribute(cls, name)
        return found.verb == STATIC if found is not None else self.is_static(name, "attribute", cls.module.package)

    def _free_names(self, package: str) -> frozenset[str]:
        seen = self._visible[package]
        return self._priors.free_names(seen) | self._markers.traced_names(seen)
