"""Verdicts on values and the chains that explain them, read off the solved program.

A chain is a function of the solution: the trail of the best root, then the witnesses from sink to sink.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cached_property

from xpcheck.facts import Import, Loc
from xpcheck.flow.body.arms import opposite
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.events.body_events import ArrayOp, Call, Event, Hit, Operator, Site, WrapperUse
from xpcheck.flow.events.edge_events import CachedProperty
from xpcheck.flow.lattice.summary import DROPS, Run, Sink, Variant, Witness
from xpcheck.flow.lattice.values import NONE, STAGED, Deps, Param, gather_values, is_none
from xpcheck.flow.solution.calling import Calling
from xpcheck.flow.solution.certain import is_wrapper_on_numpy, surely_broken_on
from xpcheck.flow.solution.coming import Coming
from xpcheck.flow.solution.jit_edges import JitEdges
from xpcheck.flow.solution.levels import Levels, Reason, node_key
from xpcheck.flow.solution.places import Place, Places, witnessed
from xpcheck.flow.solution.reach import Reach
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.solution.ways import Node, Ways
from xpcheck.flow.sources.scopes import first_access, statements_in
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Level, Step

_TO_HOST = frozenset({"numpy.array", "numpy.asarray"})
_MAX_STEPS = 12


class Verdict:
    """The level of an event, and its evidence on demand."""

    __slots__ = ("_event", "_judge", "_node", "hit", "level")

    def __init__(self, judge: Judge, event: Event, level: Level, node: Node | None, hit: Hit | None = None) -> None:
        self._judge = judge
        self._event = event
        self._node = node
        self.level = level
        self.hit = hit

    @property
    def root(self) -> str:
        """One phrase that says where the traced value comes from."""
        return self._judge.root_note(self._node)

    @property
    def operation(self) -> str:
        """The operation that fails in the end, and where, e.g. ``np.sqrt (pkg/convert.py:88)``."""
        if self.hit is None:
            return ""
        path = self._judge.sink_path(self.hit)
        function, witness = path[-1]
        return f"`{witness.label}` ({function.module.path}:{witness.loc[0]})"

    @property
    def is_mostly_fixed(self) -> bool:
        """Whether the value is traced only where a model frees what most models fix."""
        return self._judge.is_mostly_fixed(self._node)

    def chain(self) -> tuple[Step, ...]:
        """Root, steps, sink."""
        return self._judge.chain(self._event, self._node, self.hit)


class Judge:
    """Answers about events in one distribution of a solved program."""

    def __init__(self, solver: Solver, sight: Sight) -> None:
        self._solver = solver
        self._sight = sight
        self._levels: Levels | None = None
        self._options: set[tuple[Function, Run, Loc]] = set()
        self._reached: dict[tuple[Function, Run, Variant], frozenset[tuple[type[Event], Loc]]] = {}
        self._hits: dict[int, tuple[Event, list[Verdict]]] = {}
        """What was said of calls, by their identity; they are held."""
        self._related: dict[int, tuple[Event, tuple[Step, ...]]] = {}
        self._paths: dict[Place, list[tuple[Function, Witness]]] = {}
        self._ways_out: dict[Place, list[tuple[Function, Witness]]] = {}
        self.places = Places(solver)
        self.coming = Coming(solver, sight)

    @property
    def minimum_numpy(self) -> str:
        """The oldest NumPy that the code has to run on."""
        return self._solver.config.minimum_numpy

    @property
    def levels(self) -> Levels:
        """Which values are traced, by what the distribution sees."""
        return self._levels or self.weigh(Ways(self._solver))

    def weigh(self, ways: Ways) -> Levels:
        """Find the levels out, best while there are no events yet that take memory, too."""
        self._levels = levels = Levels(self._solver, self._sight, ways, self.coming)
        return levels

    @cached_property
    def calling(self) -> Calling:
        """Who calls the functions of the program."""
        return Calling(self._solver, self._sight)

    @cached_property
    def _on_jax_paths(self) -> Container[Function]:
        """The functions to which a body comes under JAX that is given the namespace, or whose object holds it."""
        entries = (item for item in self._sight.functions if self._is_given_jax(item))
        return Reach(self._solver, entries, self._sight.summaries).visits

    def _is_given_jax(self, function: Function) -> bool:
        """Whether a function has a JAX run, and not because it reads the namespace of another object."""
        solver, owner = self._solver, function.owner
        borrowed = solver.aware(function) == "object" and not (owner is not None and solver.backend_attribute(owner))
        return Run.JAX in solver.runs(function) and not borrowed

    @cached_property
    def edges(self) -> JitEdges:
        """Where functions meet ``jax.jit``."""
        return JitEdges(self._solver, self._sight)

    def value(self, event: Event, taint: int, deps: Deps) -> Verdict | None:
        """Whether a value in the body of an event is traced."""
        found = self._best(event, taint, deps)
        return Verdict(self, event, *found) if found is not None else None

    def _best(self, event: Event, taint: int, deps: Deps, hit: Hit | None = None) -> tuple[Level, Node | None] | None:
        site = event.site
        found = self.levels.best(site.function, site.run, taint, deps)
        if found is None:
            return None
        spared = hit.spared if hit is not None else site.spared
        if spared and found[1] is not None and self.levels.passes(found[1], spared):
            return None
        staged = found[1] is None and found[0] is not Level.PROVED
        if site.on_host or (staged and self._means_concrete(event)) or self._is_option(event, found[1]):
            return Level.POSSIBLE, found[1]
        if found[1] is not None and self._is_said_elsewhere(site, found[1]):
            return Level.POSSIBLE, found[1]
        if self.is_mostly_fixed(found[1]) and site.function not in self._on_jax_paths:
            return Level.POSSIBLE, found[1]
        if site.unread:
            # NumPy in such a body may be meant for the host; a call that leaves the namespace out says nothing.
            drops = isinstance(event, Call) and (event.drops_namespace or self._drops_below(hit))
            return Level.weakest(found[0], Level.LIKELY if drops else Level.POSSIBLE), found[1]
        return found

    def _is_said_elsewhere(self, site: Site, node: Node) -> bool:
        """Whether a body says of a parameter that it may be traced in the other arm of a test on types alone."""
        from xpcheck.flow.body.frame import Frame

        reason = self.levels.reason(node)
        if not isinstance(node, tuple) or node[0] is not site.function or reason is None or reason.previous is not None:
            return False
        body = self._solver.program.own_body(site.function)
        if body is None or not opposite(body.statements, reason.loc, site.loc):
            return False
        frame = Frame(self._solver, site.function, site.run)
        frame.interpret()
        return all(opposite(body.statements, loc, site.loc) for path, loc in frame.said if path == node[2])

    def is_mostly_fixed(self, node: Node | None) -> bool:
        """Whether the evidence of a node is that of a parameter which most models fix."""
        return self.levels.is_mostly_fixed(node)

    def is_solved(self, function: Function) -> bool:
        """Whether the distribution comes to a function."""
        return function in self._sight.solved

    def numpy_only(self, function: Function) -> bool:
        """Whether no object of a method's class exists under JAX."""
        return self._solver.objects.numpy_only(function, self._sight.summaries)

    def wrapper(self, event: WrapperUse) -> Verdict | None:
        """How certain it is that a function of ``jax.numpy`` is given a wrapper that it rejects.

        Only a conversion asks whether the array inside is traced.
        """
        best = self._best(event, event.taint, event.deps)
        level, node = best if best is not None else (Level.POSSIBLE, None)
        if event.conversion and best is None:
            return None
        if not event.conversion:
            level = Level.POSSIBLE if event.site.on_host or event.site.unread else Level.PROVED
        hit = event.hit
        if event.promised or (hit is not None and (hit.partial or hit.heuristic)):
            level = Level.weakest(level, Level.LIKELY)
        if hit is not None and hit.shaped:
            level = Level.POSSIBLE
        return Verdict(self, event, level, node, hit)

    def broken_on(self, site: Site) -> Deps:
        """On what NumPy breaks in a body that holds no namespace, for every object and wherever it is read."""
        if self._solver.aware(site.function):
            return NONE
        return surely_broken_on(self._solver, site.function, site.run)

    def note_option(self, event: Event) -> None:
        """No call in the program comes to an operation: each fixes a parameter that switches it off."""
        self._options.add((event.site.function, event.site.run, event.site.loc))
        self._hits.clear()
        self._related.clear()

    def _means_concrete(self, event: Event) -> bool:
        """Whether what is done with what JAX made of static values says that its author takes it to be concrete.

        Who converts it does, and who is not given the namespace. Sizes of this kind are taken by some functions of JAX,
        and refused by others. A cache says nothing, and a buffer of NumPy that is filled with it was made for NumPy.
        """
        if isinstance(event, CachedProperty):
            return False
        fills = isinstance(event, ArrayOp) and event.kind is Sink.BUFFER
        if self._solver.aware(event.site.function) not in ({"param", "object"} if fills else {"param"}):
            return True
        converting = {Sink.SHAPE, Sink.CONVERT}
        return isinstance(event, ArrayOp) and (event.kind in converting or event.name in _TO_HOST)

    def _is_option(self, event: Event, node: Node | None) -> bool:
        """Whether a value comes from calls that never reach the operation; what the body itself says still counts."""
        site = event.site
        if node is None:
            return False
        if (site.function, site.run, site.loc) in self._options:
            root = self.levels.trail(node)[0]
            return (root.path, root.symbol) != (site.function.module.path, site.function.qualname)
        variants = self.levels.entered(node, site.function)
        return bool(variants) and not any(self._comes_to(event, variant) for variant in variants)

    def _comes_to(self, event: Event, variant: Variant) -> bool:
        """Whether a body whose call fixes some of its parameters comes to an operation."""
        site = event.site
        return not variant or (type(event), site.loc) in self.reached(site.function, site.run, variant)

    def reached(self, function: Function, run: Run, variant: Variant) -> frozenset[tuple[type[Event], Loc]]:
        """Kind and place of the events to which a body comes when a call fixes some of its parameters."""
        from xpcheck.flow.body.frame import Frame

        key = (function, run, variant)
        if key not in self._reached:
            recorder = Recorder(self)
            Frame(self._solver, *key, recorder).interpret()
            self._reached[key] = frozenset((type(item), item.site.loc) for item in recorder.events)
        return self._reached[key]

    def operands(self, event: Operator) -> list[Verdict | None]:
        """Whether each operand of an operator is traced."""
        return [self.value(event, *gather_values((item,))) for item in (event.left, event.right)]

    def hits(self, event: Call) -> list[Verdict]:
        """The sinks of a callee that traced arguments certainly or probably reach, the strongest first."""
        known = self._hits.get(id(event))
        if known is None:
            known = self._hits[id(event)] = (event, self._found_hits(event))
        return known[1]

    def _found_hits(self, event: Call) -> list[Verdict]:
        found: list[tuple[tuple[object, ...], Verdict]] = []
        for hit in event.hits:
            best = self._best(event, hit.taint, hit.deps, hit)
            if best is None:
                continue
            level, node = best
            whole = len({item.callee for item in event.hits}) >= len(event.functions)
            if hit.partial and not whole:
                level = Level.weakest(level, Level.LIKELY)
            if hit.shaped or self.drives_loop(hit.callee) or (event.in_aware_body and self._is_procedure(hit)):
                level = Level.POSSIBLE
            on_jax = self._solver.aware(event.site.function) == "jax"
            if on_jax and event.drops_namespace and _is_given_nothing(hit):
                level = Level.POSSIBLE
            if hit.heuristic:
                level = Level.weakest(level, Level.LIKELY)
            verdict = Verdict(self, event, level, node, hit)
            path = self.sink_path(hit)
            if any(self.numpy_only(function) for function, _ in path):
                continue
            last, witness = path[-1]
            origin = node_key(node) if node is not None else ()
            key = (level.rank, len(path), *hit.callee.key, str(hit.key[1]), last.module.path, witness.loc, origin)
            found.append((key, verdict))
        return [verdict for _, verdict in sorted(found, key=lambda item: item[0])]

    def _drops_below(self, hit: Hit | None) -> bool:
        """Whether a helper without a namespace leaves out that of what it calls, and so runs NumPy."""
        if hit is None or hit.run is not Run.ONE:
            return False
        return any(witness.run is Run.NUMPY for _, witness in self.sink_path(hit)[:1])

    def _is_procedure(self, hit: Hit) -> bool:
        """Whether a function takes no namespace and returns nothing: it is called for what it does on the host."""
        if hit.callee.name == "__init__" or self.holds_namespace(hit.callee):
            return False
        return is_none(self._solver.summaries[(hit.callee, hit.run, hit.variant)].result)

    def related(self, event: Call) -> tuple[Step, ...]:
        """What else a call leads to, besides the chain of its first verdict, on evidence as strong."""
        known = self._related.get(id(event))
        if known is None:
            known = self._related[id(event)] = (event, self._found_related(event))
        return known[1]

    def _found_related(self, event: Call) -> tuple[Step, ...]:
        verdicts = self.hits(event)
        if not verdicts:
            return ()
        weakest = Level.weakest(verdicts[0].level, Level.LIKELY)
        hits = [item.hit for item in verdicts if item.hit is not None and item.level.rank <= weakest.rank]
        deps = frozenset(dep for hit in hits for dep in hit.deps)
        shown = {(step.path, step.line, step.column) for step in verdicts[0].chain()}
        places = dict.fromkeys((*self.places.below(hits), *self.followers(event, deps)))
        return tuple(step for step in places if (step.path, step.line, step.column) not in shown)

    def followers(self, event: Event, deps: Deps) -> tuple[Step, ...]:
        """What breaks in the body of an event on values from ``deps`` once the event is repaired."""
        return self.places.followers(event.site.function, event.site.run, deps)

    def namespace_name(self, function: Function) -> str:
        """The name of the threaded parameter, as a body (or the configuration) spells it."""
        index = self._solver.namespace_param(function)
        return function.params[index].name if index is not None else self._solver.config.namespaces[0]

    def namespace_slot(self, function: Function) -> int | None:
        """The index of the parameter that receives the namespace, or None."""
        return self._solver.namespace_param(function)

    def holds_namespace(self, function: Function) -> bool:
        """Whether a body holds a namespace."""
        return bool(self._solver.aware(function))

    def is_filled(self, function: Function) -> bool:
        """Whether a decorator takes the namespace and hands it to the body."""
        return self._solver.decorators.filled(function) is not None

    def is_wrapper_on_numpy(self, function: Function, loc: Loc) -> bool:
        """Whether the NumPy run of a body certainly finds a wrapper at a place, if it comes there."""
        return is_wrapper_on_numpy(self._solver, function, loc)

    def namespace_argument(self, function: Function) -> str:
        """How a body would hand its namespace on."""
        if self._solver.aware(function) == "jax":
            return self._jax_alias(function) or self.namespace_name(function)
        if self._solver.aware(function) == "object":
            names = self._solver.config.namespace_attributes
            if function.owner is not None:
                said = (name for name in names if name in function.outline.attributes)
                return f"self.{next(said, self._solver.backend_attribute(function.owner) or names[0])}"
        return self.namespace_name(function)

    def is_part_of_construction(self, function: Function) -> bool:
        """Whether nobody but constructors calls a method."""
        return self.calling.called_by_constructors(function)

    def outlives_trace(self, cls: Class) -> bool:
        """Whether objects of a class exist before the trace: components of a model, settings, datasets, cosmologies."""
        order = self._solver.program.hierarchy.mro(cls)
        names = {item.full_name for item in order}
        return self.is_component(cls) or not names.isdisjoint(self._solver.knowledge.static_classes)

    def _jax_alias(self, function: Function) -> str:
        """The name under which a body for JAX only imports its NumPy, "" when it does not."""
        program = self._solver.program
        body = program.body(function)
        for root in body.statements if body is not None else ():
            for node in statements_in(root):
                for name, target in program.names.bindings(function.module, node) if isinstance(node, Import) else ():
                    if ".".join(filter(None, target)) == "jax.numpy":
                        return name
        return ""

    @cached_property
    def _drivers(self) -> frozenset[Class]:
        """Classes whose objects go on in a loop until a result of JAX says stop; components of a model are none."""
        loops = {
            function.owner
            for (function, run, _), summary in self._sight.summaries.items()
            if run is Run.JAX and summary.host_loop and function.owner is not None
        }
        return frozenset(cls for cls in loops if not self.is_component(cls))

    def drives_loop(self, function: Function) -> bool:
        """Whether a method belongs to an object that drives a loop on the host, around the trace."""
        owner = function.owner
        return owner is not None and not self._drivers.isdisjoint(self._solver.program.hierarchy.mro(owner))

    def is_component(self, cls: Class) -> bool:
        """Whether objects of a class are components of a model: its constructor's parameters are free."""
        return self.levels.is_component(cls)

    # ---------------------------------------------------------------------------------------------------- chains

    def root_note(self, node: Node | None) -> str:
        """One phrase on the root of a node; a value made in the body itself has none."""
        if node is None:
            return "it is computed by JAX in this body"
        return self.levels.trail(node)[0].note

    def sink_path(self, hit: Hit) -> list[tuple[Function, Witness]]:
        """The witnesses from a callee's summary down to the operation that fails.

        Where the first witnesses lead around in a recursion, the shortest way out of it.
        """
        start = (hit.callee, hit.run, hit.variant, hit.key)
        if hit.start is not None:
            return self._path_from(start, hit.start)
        if start not in self._paths:
            self._paths[start] = self._path_from(start, None)
        return self._paths[start]

    def _path_from(self, start: Place, begins: Witness | None) -> list[tuple[Function, Witness]]:
        path: list[tuple[Function, Witness]] = []
        place: Place | None = start
        seen: set[Place] = set()
        while place is not None and len(path) < _MAX_STEPS:
            first = begins if not path else None
            witness = first or self._solver.summaries[place[:3]].sinks.get(place[3])
            if witness is None:
                break
            if place in seen:
                if start not in self._ways_out:
                    self._ways_out[start] = self._way_out(start)
                return self._ways_out[start] or path
            seen.add(place)
            path.append((place[0], witness))
            place = witness.next
        return path

    def _way_out(self, start: Place) -> list[tuple[Function, Witness]]:
        """The shortest path over all known witnesses to an operation, breadth first in their order."""
        paths: dict[Place, list[tuple[Function, Witness]]] = {start: []}
        queue = [start]
        for place in queue:
            summary = self._solver.summaries[place[:3]]
            first = summary.sinks.get(place[3])
            for witness in (first, *summary.further.get(place[3], ())) if first is not None else ():
                path = [*paths[place], (place[0], witness)]
                if witness.next is None:
                    return path
                if witness.next not in paths:
                    paths[witness.next] = path
                    queue.append(witness.next)
        return []

    def chain(self, event: Event, node: Node | None, hit: Hit | None) -> tuple[Step, ...]:
        """The evidence of an event as steps."""
        steps = [self._step(reason) for reason in _shortened(self.levels.trail(node))] if node is not None else []
        site = event.site
        symbol = site.function.qualname
        steps.append(Step(site.function.module.path, site.loc[0], site.loc[1], symbol, _site_note(event)))
        if hit is not None:
            for function, witness in self.sink_path(hit):
                steps.append(witnessed(function, witness))
        unique = dict.fromkeys(steps)
        return tuple(unique)

    def _step(self, reason: Reason) -> Step:
        """A reason as a step: an access to an attribute stands where it happens, not at the function."""
        access = reason.access
        body = self._solver.program.body(access.function) if access is not None else None
        loc = reason.loc
        if access is not None and body is not None:
            loc = first_access(body.statements, access.receiver, access.attribute, access.stored) or loc
        return Step(reason.path, loc[0], loc[1], reason.symbol, reason.note)

    def siblings(self, callee: Function) -> tuple[int, int]:
        """(calls that hand the namespace on, all calls in sight) of a function."""
        sites = self._sites.get(callee, {})
        return sum(sites.values()), len(sites)

    @cached_property
    def _sites(self) -> dict[Function, dict[tuple[Function, Loc], bool]]:
        """Where each function is called, and whether the namespace is handed on there whatever the run."""
        found: dict[Function, dict[tuple[Function, Loc], bool]] = {}
        for (function, _, _), summary in self._sight.summaries.items():
            for record in summary.calls:
                sites, site = found.setdefault(record.callee, {}), (function, record.loc)
                sites[site] = sites.get(site, True) and record.binding not in DROPS
        return found


def _is_given_nothing(hit: Hit) -> bool:
    """Whether nothing reaches a sink that the caller gave: one that runs on JAX itself leaves such a call at NumPy."""
    sought = hit.key[0]
    of_receiver = isinstance(sought, Param) and sought.index == 0 and hit.callee.binding == "method"
    given = isinstance(sought, Param) and not of_receiver
    return not given and hit.taint < STAGED and not any(isinstance(dep, Param) for dep in hit.deps)


def _site_note(event: Event) -> str:
    if isinstance(event, Call):
        return f"`{event.label}` called without `{event.namespace}`" if event.drops_namespace else f"`{event.label}`"
    if isinstance(event, CachedProperty):
        return f"kept by the cached property `{event.site.function.name}`"
    return f"`{getattr(event, 'label', getattr(event, 'op', ''))}` meets it"


def _shortened(reasons: Sequence[Reason]) -> Sequence[Reason]:
    if len(reasons) <= _MAX_STEPS:
        return reasons
    return [reasons[0], *reasons[-_MAX_STEPS + 1 :]]


__all__ = ["ArrayOp", "Judge", "Verdict"]
