"""Markers that are not true: what the solved program says against them."""

from __future__ import annotations

from collections.abc import Container, Iterator

import msgspec

from xpcheck.flow.lattice.values import Fact
from xpcheck.flow.solution.levels import Levels, Reason, node_key
from xpcheck.flow.solution.ways import Node
from xpcheck.flow.sources.markers import HOST, Marker, Markers
from xpcheck.model import Step


class Untrue(msgspec.Struct, frozen=True):
    """A marker, what is wrong with it in one line, and the way of the traced value that refutes it."""

    marker: Marker
    message: str
    chain: tuple[Step, ...]


def idle(markers: Markers) -> Iterator[Untrue]:
    """The markers that mean nothing."""
    for marker, why in markers.idle:
        yield Untrue(marker, f"`{marker.text}`: {why}", ())


def untrue(levels: Levels, packages: Container[str]) -> Iterator[Untrue]:
    """The markers on code of some packages that a proved traced value contradicts, each once."""
    seen: set[Marker] = set()
    refuted = sorted(levels.refuted.items(), key=lambda item: node_key(item[0][1]))
    for (marker, node), reason in refuted:
        package = (node.cls if isinstance(node, Fact) else node[0]).module.package
        if marker not in seen and package in packages:
            seen.add(marker)
            yield _refuted(levels, marker, node, reason)


def _refuted(levels: Levels, marker: Marker, node: Node, reason: Reason) -> Untrue:
    trail = [*(levels.trail(reason.previous) if reason.previous is not None else ()), reason]
    steps = tuple(Step(item.path, item.loc[0], item.loc[1], item.symbol, item.note) for item in trail)
    where = f"{reason.symbol} ({reason.path}:{reason.loc[0]})"
    what = _what(node)
    text = (
        f"{what} is traced in {where}, as {trail[0].note}" if len(trail) > 1 else f"{what}: {trail[0].note} in {where}"
    )
    claim = "never runs under a trace" if marker.verb == HOST else "is concrete"
    return Untrue(
        marker, f"`{marker.text}` says that this {claim}, but {text}; remove it, or keep the value out", steps
    )


def _what(node: Node) -> str:
    if isinstance(node, Fact):
        return f"`{node.attr}` of `{node.cls.name}`"
    function, _, path = node
    name = function.params[path.index].name if path.index < len(function.params) else "?"
    return f"`{f'{name}.{path.attr}' if path.attr else name}` of `{function.name}`"
