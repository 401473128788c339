"""Which parameters and attributes can be traced, how certain that is, and why.

The summaries span a graph: its nodes are parameters of functions under a run, and attributes of classes; its edges are
calls that hand a value on, and constructors that store one. Roots are found where the body, a decorator, an annotation
or a declaration says that a value may be traced. The level of a node is that of its best root, one named heuristic on
the way makes it likely. The search is ordered, so that ties never depend on the order of the input.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice

import msgspec

from xpcheck import facts
from xpcheck.flow.body.operands import Purposes
from xpcheck.flow.lattice.summary import Edge, Evidence, Run, Summary, Variant
from xpcheck.flow.lattice.values import STAGED, TRACED, Array, Deps, Fact, Instance, Param
from xpcheck.flow.solution.coming import Coming
from xpcheck.flow.solution.held import held_arrays
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Key, Solver
from xpcheck.flow.solution.ways import Node, Ways, holds_numpy
from xpcheck.flow.sources.annotations import head_names
from xpcheck.flow.sources.markers import DECLARED, Marker
from xpcheck.flow.sources.markers import TRACED as TRACED_MARKER
from xpcheck.flow.sources.parametric import Declaration, configured, handed_on, numbers, structural
from xpcheck.flow.sources.plain import PlainUses
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Level

_MAX_TRAIL = 50

_RANKS = (Level.PROVED, Level.LIKELY, Level.POSSIBLE)


class Access(msgspec.Struct, frozen=True):
    """``receiver.attribute`` is stored, or read, somewhere in a function."""

    function: Function
    receiver: str
    attribute: str
    stored: bool


class Reason(msgspec.Struct, frozen=True):
    """Why a node can be traced: a note at a place, and the node it comes from (None for a root).

    With an ``access`` the place is the function's definition, and the exact one is looked up for the evidence.
    """

    rank: int
    note: str
    path: str
    loc: facts.Loc
    symbol: str
    previous: Node | None = None
    access: Access | None = None
    variants: tuple[Variant, ...] = ()
    """Where a call hands the value on: what such calls fix of the callee's parameters."""
    narrow: bool = False
    """It says nothing of what the method hands on to others of the same object: that is said of these by themselves."""


class Levels:
    """The levels of all nodes of a solved program, as far as one distribution sees it."""

    def __init__(self, solver: Solver, sight: Sight, ways: Ways, coming: Coming) -> None:
        self._solver = solver
        self._sight = sight
        self._coming = coming
        self._program = solver.program
        self._reasons: dict[Node, Reason] = {}
        self._components: set[Class] = set()
        self._mostly_fixed: set[Node | None] = set()
        self._wide: dict[Node, int] = {}
        """The ranks of roots by what the body itself says, whatever object its method is called of."""
        self.refuted: dict[tuple[Marker, Node], Reason] = {}
        """Markers that call a node concrete although something proved says that it is traced."""
        self._ways = ways
        self._used = sight.used()
        self._live = dict(self._find_live())
        self._plain = PlainUses(solver.program, (item.plain for item in ways.shown(sight.summaries)))
        self._purposes = Purposes(solver, self._plain)
        self._declarations = self._declare()
        self._search()
        self._held = dict(self._hold())
        # The levels of all distributions are kept: what only the search needs is let go.
        del self._ways, self._wide, self._live, self._plain, self._purposes, self._declarations, self._used

    # ------------------------------------------------------------------------------------------------- questions

    def reason(self, node: Node) -> Reason | None:
        """Why a node can be traced, or None when nothing says so."""
        return self._known(node)

    def best(self, function: Function, run: Run, taint: int, deps: Deps) -> tuple[Level, Node | None] | None:
        """The level at which a value of a body is traced, and the node that says so (None: the body itself).

        What JAX makes of static values is a tracer under ``jit`` and concrete under ``vmap``: likely in a body that
        is given the namespace. Others may as well run around the trace.
        """
        if taint >= TRACED:
            return Level.PROVED, None
        found: tuple[int, tuple[object, ...], Node] | None = None
        for dep in deps:
            if isinstance(dep, Fact) and holds_numpy(self._solver, function, run):
                continue
            node: Node = dep if isinstance(dep, Fact) else (function, run, dep)
            reason = self._known(node) if run is Run.JAX else self._reasons.get(node)
            if reason is not None:
                entry = (reason.rank, node_key(node), node)
                if found is None or entry[:2] < found[:2]:
                    found = entry
        if found is not None:
            return _RANKS[found[0]], found[2]
        if taint >= STAGED:
            given = run is Run.JAX and self._solver.aware(function) in {"param", "object"}
            return Level.LIKELY if given else Level.POSSIBLE, None
        return None

    def is_component(self, cls: Class) -> bool:
        """Whether a class or one below it is parametric: its objects are made from free parameters."""
        family = {cls, *self._program.hierarchy.subclasses(cls, cls.module.package)}
        return bool(family & self._components)

    def trail(self, node: Node) -> list[Reason]:
        """The reasons from the root to a node."""
        return [reason for _, reason in islice(self._way_back(node), _MAX_TRAIL)][::-1]

    def _way_back(self, node: Node | None) -> Iterator[tuple[Node, Reason]]:
        """The nodes from one back to its root, with their reasons."""
        while node is not None:
            reason = self._known(node)
            assert reason is not None
            yield node, reason
            node = reason.previous

    def is_mostly_fixed(self, node: Node | None) -> bool:
        """Whether the evidence of a node is that of a parameter which most models fix."""
        return any(item in self._mostly_fixed for item, _ in self._way_back(node))

    def passes(self, node: Node, attributes: frozenset[str]) -> bool:
        """Whether the evidence of a node is that of an attribute with one of the names."""
        nodes = (item for item, _ in self._way_back(node))
        return any((item.attr if isinstance(item, Fact) else item[2].attr) in attributes for item in nodes)

    def entered(self, node: Node, function: Function) -> tuple[Variant, ...]:
        """What the calls fix by which the evidence of a node enters a function last; nothing where none does."""
        for item, reason in self._way_back(node):
            if isinstance(item, tuple) and item[0] is function and reason.variants:
                return reason.variants
        return ()

    # ---------------------------------------------------------------------------------------------------- search

    def _search(self) -> None:
        """Find the best reason of each node: by rank, by its distance from the root, by where and what is said.

        Nodes of one rank and distance are gone through together, and lead to those of others only.
        """
        waiting: dict[tuple[int, int], dict[Node, Reason]] = {}
        queue: list[tuple[int, int]] = []

        def push(node: Node, reason: Reason, distance: int) -> None:
            place = (reason.rank, distance)
            if place not in waiting:
                waiting[place] = {}
                heapq.heappush(queue, place)
            known = waiting[place].setdefault(node, reason)
            if known is not reason and _said(reason) < _said(known):
                waiting[place][node] = reason

        self._used.plainly.update(*(item.attributes for item in self._ways.shown(self._live)))
        self._ways.ask(self._used.plainly)
        blocked = self._ways.is_blocked
        for node, reason in self._roots():
            if reason.previous is None and not (self._is_marked(node, reason) or blocked(node, reason.rank)):
                push(node, reason, 0)
                if not reason.narrow:
                    self._wide[node] = min(reason.rank, self._wide.get(node, reason.rank))
        while queue:
            place = heapq.heappop(queue)
            found = [(node, reason) for node, reason in waiting.pop(place).items() if node not in self._reasons]
            self._reasons.update(found)
            for node, reason in sorted(found, key=lambda item: (*_said(item[1]), *node_key(item[0]))):
                for target, rank, step in self._onward(node, reason.rank):
                    if not self._is_marked(target, step) and not blocked(target, rank):
                        push(target, step, place[1] + 1)

    def _is_marked(self, node: Node, reason: Reason) -> bool:
        """Whether a marker says that the node is concrete; what is proved refutes it."""
        marker = self._marker(node)
        if marker is not None and marker.verb != DECLARED and reason.rank == 0:
            self.refuted.setdefault((marker, node), reason)
        return marker is not None

    def _marker(self, node: Node) -> Marker | None:
        """The marker by which a node is concrete."""
        markers = self._solver.markers
        if isinstance(node, Fact):
            found = markers.of_attribute(node.cls, node.attr)
        elif node[2].attr:
            owner = node[0].owner if node[2].index == 0 else None
            found = markers.of_attribute(owner, node[2].attr) if owner is not None else None
        else:
            found = markers.host(node[0]) or markers.of_param(node[0], node[2].index)
        return found if found is not None and found.verb != TRACED_MARKER else None

    def _find_live(self) -> Iterator[tuple[Key, Summary]]:
        """The summaries whose bodies run in or around a trace: not those that only NumPy comes to."""
        for key, summary in self._sight.summaries.items():
            on_numpy = key[1] is Run.JAX and self._solver.usage.only(Run.NUMPY, key[0])
            if not (on_numpy or self._solver.objects.numpy_only(key[0], self._sight.summaries)):
                yield key, summary

    # ----------------------------------------------------------------------------------------------------- roots

    def _roots(self) -> Iterator[tuple[Node, Reason]]:
        yield from self._declared()
        yield from self._handed_on()
        for key, summary in self._live.items():
            function, run, _ = key
            for path, evidence in summary.evidence.items():
                if self._is_plain_value(function, path, evidence) or not self._coming.comes_to(function):
                    continue
                rank = 0 if evidence.certain else 1
                note = evidence.note.format(_param_name(function, path))
                yield (function, run, path), self._reason(rank, note, function, evidence.loc)
            if run is not Run.JAX:
                continue
            yield from self._signature_roots(function)
            for path, operand in self._purposes.of(function, summary):
                if not self._coming.comes_to(function):
                    continue
                note = f"`{_param_name(function, path)}` is what `{function.name}` takes the namespace for"
                yield (function, run, path), self._reason(1, note, function, operand.loc)
            for _, target, edge in self._ways.made(key):
                if not self._is_tested(target[0], function) and self._coming.comes_to(function):
                    rank = (1 if edge.heuristic else 0) if edge.taint >= TRACED else 2
                    note = f"a traced value is handed to `{target[0].name}`"
                    reason = self._reason(rank, note, function, edge.loc, variants=edge.variants)
                    yield target, msgspec.structs.replace(reason, narrow=True)

    def _is_plain_value(self, function: Function, path: Param, evidence: Evidence) -> bool:
        """Whether a parameter is used as a size, or only computed from while it is used as a key."""
        return self._plain.is_size(function, path) or (not evidence.certain and self._plain.is_key(function, path))

    def _handed_on(self) -> Iterator[tuple[Node, Reason]]:
        """Parameters that a body hands on, as they are, to a parameter which its callee proves an array.

        A parameter of a private function is what its callers give, which may be concrete in all calls.
        """
        proved: list[tuple[Function, Param]] = []
        for (function, run, _), summary in self._live.items():
            if run is not Run.JAX:
                continue
            said = summary.evidence.items()
            proved += [(function, path) for path, item in said if not self._is_plain_value(function, path, item)]
            proved += [(function, path) for path, _ in self._purposes.of(function, summary)]
        free = [item for item in self._declarations if item.level is not Level.POSSIBLE]
        proved += [(item.constructor, Param(item.index)) for item in free]
        seen = set(proved)
        while proved:
            callee, target = proved.pop()
            for key, path, loc, of_self in self._ways.passed.get((callee, target), ()):
                function = key[0]
                if key not in self._live or self._plain.is_plain(function, path):
                    continue
                if (function, path) not in seen and not self._is_given_host_values(function, path):
                    note = f"`{_param_name(function, path)}` is handed to `{callee.name}`, which uses it as an array"
                    reason = self._reason(1, note, function, loc)
                    yield (function, Run.JAX, path), msgspec.structs.replace(reason, narrow=of_self)
                    if not of_self:
                        seen.add((function, path))
                        proved.append((function, path))

    def _is_given_host_values(self, function: Function, path: Param) -> bool:
        """Whether all calls of a private function are seen to give concrete values for a parameter."""
        if not self._solver.usage.all_calls_are_seen(function):
            return False
        return all(key not in self._live for key in self._ways.open.get((function, path), ()))

    def _declared(self) -> Iterator[tuple[Node, Reason]]:
        solver = self._solver
        for item in self._declarations:
            if item.level is not Level.POSSIBLE:
                self._components.add(item.cls)
            for run in solver.runs(item.constructor):
                rank = item.level.rank
                reason = Reason(rank, item.note, item.source, (item.line, 1, item.line, 1), item.cls.name)
                node = (item.constructor, run, Param(item.index))
                if item.mostly_fixed:
                    self._mostly_fixed.add(node)
                yield node, reason

    def _hold(self) -> Iterator[tuple[Fact, Reason]]:
        """What objects hold that bodies give to the namespace, where nothing else says that it is traced."""
        for cls, attribute, constructor, param in held_arrays(
            self._solver, self._sight, self._used.as_arrays, self._plain
        ):
            note = f"`{attribute}` of {cls.name} is given to the namespace"
            reason = self._reason(1, note, constructor, param.loc)
            if not self._is_marked(Fact(cls, attribute), reason) and not self._ways.is_blocked(Fact(cls, attribute), 1):
                yield Fact(cls, attribute), reason

    def _known(self, node: Node) -> Reason | None:
        """Why a node can be traced, be it only in bodies that take the namespace."""
        found = self._reasons.get(node)
        held = self._held_by(node) if self._held else None
        return held if held is not None and (found is None or held.rank < found.rank) else found

    def _held_by(self, node: Node) -> Reason | None:
        if isinstance(node, Fact):
            return self._held.get(node)
        function, run, path = node
        if run is not Run.JAX or path.index or not path.attr or function.owner is None:
            return None
        order = self._program.hierarchy.mro(function.owner)
        return next((self._held[Fact(cls, path.attr)] for cls in order if Fact(cls, path.attr) in self._held), None)

    def _declare(self) -> list[Declaration]:
        solver, program, sight = self._solver, self._program, self._sight
        known, used = sight.declared, self._used.with_namespace
        stores = {cls: solver.stores(cls) for cls in sight.classes if self._constructed(cls)}
        return [
            *known.parameters,
            *known.fixed,
            *configured(program, sight.classes, solver.config),
            *self._marked(),
            *handed_on(program, known, self._constructors()),
            *numbers(program, known, stores),
            *structural(program, known, stores, used, self._plain, solver.config.backend_flags),
        ]

    def _constructors(self) -> list[tuple[Class, Function, Summary]]:
        """The classes with a constructor that was solved, as it hands values on once what breaks in it is repaired."""
        found = []
        for cls in self._sight.classes:
            constructor = self._program.constructor(cls)
            if constructor is None:
                continue
            for run in self._solver.runs(constructor):
                summary = self._repaired(constructor, run) if run is not Run.NUMPY else None
                if summary is not None:
                    found.append((cls, constructor, summary))
        return found

    def _repaired(self, function: Function, run: Run) -> Summary | None:
        """A summary in sight as it would be if what breaks in the function were repaired."""
        return self._solver.repaired(function, run) if (function, run, ()) in self._sight.summaries else None

    def _marked(self) -> Iterator[Declaration]:
        """Constructor parameters that markers declare traced."""
        for cls in self._sight.classes:
            constructor = self._program.constructor(cls)
            if constructor is None:
                continue
            for index, marker in self._solver.markers.free_parameters(cls, constructor):
                note = f"{constructor.params[index].name} is declared traced"
                yield Declaration(cls, constructor, index, note, marker.path, marker.loc[0], Level.PROVED)

    def _constructed(self, cls: Class) -> bool:
        constructor = self._program.constructor(cls)
        return constructor is not None and any(
            (constructor, run, ()) in self._sight.summaries for run in self._solver.runs(constructor)
        )

    def _signature_roots(self, function: Function) -> Iterator[tuple[Node, Reason]]:
        if function.name == "__init__" or self._solver.hosts.is_host(function):
            return
        offset = 1 if function.binding in {"method", "class"} else 0
        filled = self._solver.decorators.filled(function)
        for index, param in enumerate(function.params):
            if index < offset or param.kind in {"var", "kw"} or param.name in self._solver.config.namespaces:
                continue
            node = (function, Run.JAX, Param(index))
            marker = self._solver.markers.of_param(function, index)
            if marker is not None and marker.verb == TRACED_MARKER:
                yield node, Reason(0, f"`{param.name}` is declared traced", marker.path, marker.loc, function.qualname)
                continue
            if filled is not None and index == filled[0]:
                note = f"`{param.name}` is filled by the decorator `{filled[1]}`"
                yield node, self._reason(0, note, function, param.loc)
            else:
                rank = self._annotated(function, param)
                if rank is not None:
                    kind = "a wrapper" if rank == 1 else "an array"
                    yield node, self._reason(rank, f"`{param.name}` is annotated as {kind}", function, param.loc)

    def _annotated(self, function: Function, param: facts.Param) -> int | None:
        """The rank of an annotation alone: a wrapper is likely traced, a plain array may be a constant."""
        if param.annotation is None:
            return None
        shape = self._solver.annotations.shape(function.module, param.annotation)
        if isinstance(shape, Instance):
            return 1 if all(self._solver.backing(cls) is not None for cls in shape.classes) else None
        if isinstance(shape, Array) or head_names(param.annotation) & {"ndarray", "ArrayLike", "NDArray"}:
            return 2
        return None

    # ----------------------------------------------------------------------------------------------------- edges

    def _onward(self, source: Node, rank: int) -> Iterator[tuple[Node, int, Reason]]:
        """Where a node of some rank leads to, but for what is known: with the rank of the way, and the reason."""
        ways = self._ways
        for key, target, edge in ways.handed.get(source, ()):
            at_least = rank
            if edge.of_self and type(source) is tuple and source[2].index:
                # What others hand on through this method goes to methods of the objects of which they call it.
                if source not in self._wide:
                    continue
                at_least = max(rank, self._wide[source])
            if target not in self._reasons and key in self._live and not self._is_tested(target[0], key[0]):
                own, note = self._rank_of(key, target, edge), f"handed to `{target[0].name}`"
                here = max(at_least, own)
                yield target, own, self._reason(here, note, key[0], edge.loc, source, None, edge.variants)
        for key, target in ways.read.get(source, ()):
            if target not in self._reasons and key in self._live:
                function, _, path = target
                receiver = function.params[path.index].name
                yield target, 0, self._accessed(rank, Access(function, receiver, path.attr, False), source)
        for key, fact in ways.kept.get(source, ()):
            seen = key in self._sight.summaries and (fact.cls, fact.attr) in self._used.plainly
            if seen and fact not in self._reasons:
                yield fact, 0, self._accessed(rank, Access(key[0], "self", fact.attr, True), source)

    def _rank_of(self, key: Key, target: tuple[Function, Run, Param], edge: Edge) -> int:
        """The rank of what a call hands over."""
        (function, run, _), (callee, callee_run, _) = key, target
        if run is Run.JAX and callee_run is Run.ONE and not self._solver.on_jax_path(function):
            # What a body that nobody is seen to read hands to helpers without a namespace may be of the host.
            return 2
        if self._of_one_object(function, callee):
            return 2 if self._solver.standard_namespaces(callee) else 1
        return 1 if edge.heuristic else 0

    def _is_tested(self, callee: Function, function: Function) -> bool:
        """Whether a call belongs to a test of what it calls: what tests hand over says nothing about the library."""
        return self._solver.roles.is_tested(callee.module, function.module)

    def _of_one_object(self, function: Function, callee: Function) -> bool:
        """Whether a constructor is given something for one object: what others of its class hold is not said."""
        if callee.name != "__init__" or callee.owner is None:
            return False
        return function.owner is None or not self._program.hierarchy.is_subclass(function.owner, [callee.owner])

    def _accessed(self, rank: int, access: Access, previous: Node) -> Reason:
        """An attribute that a function stores on its object, or reads."""
        function = access.function
        note = f"{'stored' if access.stored else 'read'} as `{access.receiver}.{access.attribute}`"
        return self._reason(rank, note, function, function.outline.name_loc, previous, access)

    def _reason(
        self,
        rank: int,
        note: str,
        function: Function,
        loc: facts.Loc,
        previous: Node | None = None,
        access: Access | None = None,
        variants: tuple[Variant, ...] = (),
    ) -> Reason:
        return Reason(rank, note, function.module.path, loc, function.qualname, previous, access, variants)


def node_key(node: Node) -> tuple[object, ...]:
    """A deterministic order of nodes."""
    if isinstance(node, Fact):
        return (*node.cls.key, "", 0, node.attr)
    function, run, path = node
    return (*function.key, run.value, path.index, path.attr)


def _said(reason: Reason) -> tuple[str, facts.Loc, str]:
    return (reason.path, reason.loc, reason.note)


def _param_name(function: Function, path: Param) -> str:
    name = function.params[path.index].name if path.index < len(function.params) else "?"
    dot = "" if path.attr.startswith("[") else "."
    return f"{name}{dot}{path.attr}" if path.attr else name


__all__ = ["Levels", "Reason"]
