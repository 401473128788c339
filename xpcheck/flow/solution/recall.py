"""Interpretations that an earlier run made, taken again where everything that they asked for has the same answer.

An interpretation is a function of its body, of what outlines say, and of what it asks the solver on its way: summaries
of callees, and what the program has given so far. All of it is written down in the order in which it was asked. The
next run goes through the same questions, which solves the callees in the order in which the interpretation would, and
takes the summary that came out of the same answers. The result is that of a run from scratch, round by round.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import msgspec

from xpcheck.facts import Loc
from xpcheck.flow.events.body_events import (
    ArrayOp,
    BackendApi,
    Call,
    DeadHandler,
    Event,
    Fallback,
    HostCallback,
    JaxBelowNumpyPath,
    JaxOnNumpyPath,
    LeakedTracer,
    LostUpdate,
    MemoStore,
    MethodAsValue,
    NestedDrop,
    NoFunction,
    Operator,
    Swallowed,
    Transformation,
    TypeDispatch,
    UnusedNamespace,
    WrapperIndex,
    WrapperUse,
)
from xpcheck.flow.events.edge_events import (
    CachedProperty,
    Crossing,
    PinnedCall,
    RaisingBranch,
    SteepBranch,
    WrapperReturn,
)
from xpcheck.flow.lattice.summary import CallRecord, Edge, Evidence, Operand, Run, Sink, Summary, Variant, Witness
from xpcheck.flow.solution.predicates import Predicate
from xpcheck.flow.solution.questions import Before, Given, Noted, Told, Trace
from xpcheck.flow.sources.awareness import Traits
from xpcheck.flow.sources.parametric import PriorFile
from xpcheck.link.definitions import Function

if TYPE_CHECKING:
    from xpcheck.flow.solution.solver import Key, Solver


_SPARE = 8
"""How many summaries of a function are kept besides those in use because they differ from them in places only."""

_Placed = TypeVar("_Placed", Witness, Evidence, Edge, Operand, CallRecord)


class Interpretation(msgspec.Struct, frozen=True, array_like=True):
    """What an interpretation asked and told, and the number of the summary that came of it.

    ``climbs``: it could not fall below the summary before.
    """

    noted: tuple[Noted, ...]
    told: Told
    climbs: bool
    version: int


class Solved(msgspec.Struct, frozen=True, array_like=True):
    """The summaries that a function had in one run, the first one empty, and the interpretations they came from.

    Others name summaries by their numbers, so those that nobody needs any more leave a gap.
    ``mended`` is the interpretation of its body as it would be once repaired, if anybody asked for it.
    """

    function: Function
    run: Run
    variant: Variant
    versions: list[Summary | None]
    interpretations: list[Interpretation]
    mended: Interpretation | None


class Circumstances(msgspec.Struct, frozen=True, array_like=True):
    """Under which a body was searched for events: how it runs, and the constants that its callers fix."""

    function: Function
    run: Run
    aside: bool
    unread: bool
    variants: tuple[Variant, ...]


_Event: TypeAlias = (
    ArrayOp
    | BackendApi
    | CachedProperty
    | Call
    | Crossing
    | DeadHandler
    | Fallback
    | HostCallback
    | JaxBelowNumpyPath
    | JaxOnNumpyPath
    | LeakedTracer
    | LostUpdate
    | MemoStore
    | MethodAsValue
    | NestedDrop
    | NoFunction
    | Operator
    | PinnedCall
    | RaisingBranch
    | SteepBranch
    | Swallowed
    | Transformation
    | TypeDispatch
    | WrapperIndex
    | WrapperReturn
    | WrapperUse
)
"""What an interpretation emits: an event of another kind would make what is left unreadable (a test lists them)."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """The events of a body, which of them no call comes to, and how many values it has, and unknown ones.

    ``unused`` is what the body does although it never mentions the namespace that it takes.
    """

    circumstances: Circumstances
    noted: tuple[Noted, ...]
    events: list[_Event]
    unused: list[UnusedNamespace]
    options: tuple[int, ...]
    values: int
    unknown: int


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one function; ``whole``: that is all that was interpreted of it."""

    solved: list[Solved]
    seen: list[Seen]
    whole: bool


class Rest(msgspec.Struct, frozen=True, array_like=True):
    """What a run leaves to the next one about the whole program.

    ``built`` is what calls of constructors say by themselves, ``attributes`` are those that the constructors of some
    packages name. ``foreign`` are functions whose bodies were read for the sake of others: another body may change
    anything. ``priors`` is what prior files say, ``for_cupy`` which packages
    never speak of JAX. ``values`` and ``unknown`` say how many values bodies have, and how
    many unknown ones.
    """

    traits: list[Traits]
    built: list[Given]
    attributes: dict[str, list[str]]
    foreign: list[Function]
    predicates: list[Predicate]
    priors: list[PriorFile]
    for_cupy: list[str]
    values: int
    unknown: int

    def together_with(self, former: Rest) -> Rest:
        """The same, with what an earlier run left that is still true: nobody asks what is taken again."""
        traits = {item.function: item for item in former.traits}
        for item in self.traits:
            known = traits.get(item.function)
            traits[item.function] = item if known is None or known.deciders is None else known
        built = {(item.constructor, item.index): item for item in (*former.built, *self.built)}
        predicates = {(item.function, item.index, item.about): item for item in (*former.predicates, *self.predicates)}
        return msgspec.structs.replace(
            self,
            traits=list(traits.values()),
            built=list(built.values()),
            attributes={**former.attributes, **self.attributes},
            foreign=list(dict.fromkeys((*former.foreign, *self.foreign))),
            predicates=list(predicates.values()),
        )


class Kept(Protocol):
    """What an earlier run left."""

    @property
    def rest(self) -> Rest:
        """What is known about the whole program."""

    def piece(self, function: Function) -> Piece | None:
        """What is known of a function."""


class Recall:
    """The memory of a solver: what the last run left, and what this one leaves to the next.

    ``changed`` are the functions whose bodies are others now: their summaries are known, and have to be made again.
    ``moved`` are those that stand some lines further down.
    """

    def __init__(
        self,
        kept: Kept | None = None,
        changed: Collection[Function] = (),
        moved: Mapping[Function, int] = MappingProxyType({}),
    ) -> None:
        self._kept = kept
        self._changed = changed
        self._moved = moved
        self._loaded: set[Function] = set()
        self._fresh: set[Function] = set()
        """Functions of which something is known now that was not left by an earlier run."""
        self._torn: set[Function] = set()
        """Functions of which something was interpreted that cannot be taken again."""
        self._versions: dict[Key, list[Summary | None]] = {}
        self._known: dict[Key, list[Interpretation]] = {}
        self._known_mended: dict[Key, Interpretation] = {}
        self._seen: dict[Circumstances, list[Seen]] = {}
        self._current: dict[Key, list[Summary]] = {}
        self._now: dict[Key, list[Interpretation]] = {}
        self._mended_now: dict[Key, Interpretation] = {}
        self._seen_now: list[Seen] = []
        self._alike: dict[tuple[int, int], bool] = {}
        self._events_again: set[int] = set()

    @property
    def knows(self) -> bool:
        """Whether an earlier run left anything."""
        return self._kept is not None

    def _load(self, function: Function) -> None:
        """Have at hand what was left of a function."""
        if function in self._loaded:
            return
        self._loaded.add(function)
        piece = self._kept.piece(function) if self._kept is not None else None
        if piece is None:
            self._fresh.add(function)
            return
        by, changed = self._moved.get(function, 0), function in self._changed
        if by or changed:
            self._fresh.add(function)
        for item in piece.solved:
            key = (function, item.run, item.variant)
            self._versions[key] = [shifted(old, by) if old and by else old for old in item.versions]
            if not changed and not (by and _holds_places(item)):
                self._known[key] = item.interpretations
                if item.mended is not None:
                    self._known_mended[key] = item.mended
        for seen in piece.seen if not (by or changed) else ():  # events hold places of many kinds
            self._seen.setdefault(seen.circumstances, []).append(seen)

    # --------------------------------------------------------------------------------------------------- summaries

    def version(self, key: Key, number: int) -> Summary | None:
        """A summary that a function had in an earlier run; None for one that is forgotten."""
        versions = self._versions.get(key)
        if versions is None:
            self._load(key[0])
            versions = self._versions.get(key, [])
        return versions[number] if number < len(versions) else None

    def alike(self, one: Summary, other: Summary | None) -> bool:
        """Whether callers cannot tell two summaries of a function apart."""
        if one is other or other is None:
            return one is other
        pair = (id(one), id(other))  # both are held by this memory
        if pair not in self._alike:
            self._alike[pair] = one.read_by_callers() == other.read_by_callers()
        return self._alike[pair]

    def bottom(self, key: Key) -> Summary:
        """The summary of a function of which nothing is known yet."""
        self._load(key[0])
        if key not in self._versions:
            self._versions[key] = [Summary()]
            self._fresh.add(key[0])
        found = self._versions[key][0]
        assert found is not None
        self._current[key] = [found]
        return found

    def again(self, solver: Solver, key: Key, climbs: bool) -> Summary | None:
        """The summary that came of the answers which the solver gives now; None if none did.

        ``climbs``: the interpretation is one that may not fall below the summary before.
        """
        for item in self._known.get(key, ()):
            if climbs is item.climbs and self._hold(item.noted, solver, key):
                item.told.tell(solver, key)
                return self._remember(key, item, self._taken(key, item))
        return None

    def made(self, key: Key, trace: Trace, summary: Summary) -> Summary:
        """A summary that an interpretation made, or an equal one that was there before."""
        summary = self._one_of(key, summary)
        return self._remember(key, self._noted(key, trace, summary), summary)

    def mended_again(self, solver: Solver, key: Key) -> Summary | None:
        """The summary of a repaired body that came of the answers which the solver gives now; None if none did."""
        item = self._known_mended.get(key)
        if item is None or not self._hold(item.noted, solver, key):
            return None
        item.told.tell(solver, key)
        return self._remember_mended(key, item, self._taken(key, item))

    def mended(self, key: Key, trace: Trace, summary: Summary) -> Summary:
        """The summary that an interpretation of a repaired body made, or an equal one that was there before."""
        summary = self._one_of(key, summary)
        return self._remember_mended(key, self._noted(key, trace, summary), summary)

    def _taken(self, key: Key, item: Interpretation) -> Summary:
        summary = self._versions[key][item.version]
        assert summary is not None  # what interpretations made is never forgotten
        return summary

    def _noted(self, key: Key, trace: Trace, summary: Summary) -> Interpretation | None:
        """An interpretation that was made now; None for one that got two answers to one question."""
        self._fresh.add(key[0])
        if trace.broken:
            self._torn.add(key[0])
            return None
        noted = trace.steps(self._number(key))
        climbs = any(type(step) is Before for step in noted)
        return Interpretation(noted, trace.everything_told(), climbs, _place(self._versions[key], summary))

    def _one_of(self, key: Key, summary: Summary) -> Summary:
        versions = self._versions[key]
        known = next((item for item in versions if item == summary), None)
        if known is None:
            versions.append(summary)
        return known or summary

    def _hold(self, noted: Iterable[Noted], solver: Solver, key: Key) -> bool:
        return all(step.holds(solver, key, self) for step in noted)

    def _remember(self, key: Key, item: Interpretation | None, summary: Summary) -> Summary:
        self._is_current(key, summary)
        if item is not None:
            self._now.setdefault(key, []).append(item)
        return summary

    def _remember_mended(self, key: Key, item: Interpretation | None, summary: Summary) -> Summary:
        self._is_current(key, summary)
        if item is not None:
            self._mended_now[key] = item
        return summary

    def _is_current(self, key: Key, summary: Summary) -> None:
        current = self._current[key]
        if not any(item is summary for item in current):
            current.append(summary)

    def _number(self, own: Key | None) -> Callable[[Key | None, Summary], int]:
        def number(key: Key | None, summary: Summary) -> int:
            key = key or own
            assert key is not None
            return _place(self._versions[key], summary)

        return number

    # ------------------------------------------------------------------------------------------------------ events

    def seen_again(self, solver: Solver, circumstances: Circumstances, judge: object) -> Seen | None:
        """What a body was seen to do under the same circumstances, with the same answers."""
        key = (circumstances.function, circumstances.run, ())
        self._load(circumstances.function)
        for item in self._seen.get(circumstances, ()):
            if self._hold(item.noted, solver, key):
                for event in (*item.events, *(other for last in item.unused for other in (last, *last.others))):
                    msgspec.structs.force_setattr(event.site, "judge", judge)
                self._seen_now.append(item)
                self._events_again.update(map(id, item.events))
                return item
        return None

    def is_again(self, event: Event) -> bool:
        """Whether an event was seen by the last run, in the same lines."""
        return id(event) in self._events_again  # all of them are held

    def saw(self, seen: Seen, trace: Trace) -> None:
        """Keep what a body was seen to do."""
        self._fresh.add(seen.circumstances.function)
        if trace.broken or seen.unused:
            self._torn.add(seen.circumstances.function)
        else:
            self._seen_now.append(msgspec.structs.replace(seen, noted=trace.steps(self._number(None))))

    # ------------------------------------------------------------------------------------------------------ keeping

    def pieces(self) -> Iterator[tuple[Function, Piece]]:
        """What the next run needs to know of each function of which more is known than was left by the last one."""
        for function in (*self._changed, *self._moved):
            self._load(function)
        solved: dict[Function, list[Solved]] = {function: [] for function in self._fresh}
        seen: dict[Function, list[Seen]] = {function: [] for function in self._fresh}
        for key in self._versions:
            if key[0] in solved:
                versions = self._needed(key)
                solved[key[0]].append(Solved(*key, versions, self._now.get(key, []), self._mended_now.get(key)))
        for item in self._seen_now:
            if item.circumstances.function in seen:
                seen[item.circumstances.function].append(item)
        for function in solved:
            yield function, Piece(solved[function], seen[function], function not in self._torn)

    def _needed(self, key: Key) -> list[Summary | None]:
        """The summaries of a function with gaps for those that answer nothing any more."""
        first, *others = self._versions[key]
        current = self._current.get(key, [])
        spare = _SPARE
        found: list[Summary | None] = []
        for old in reversed(others):
            kept = old is not None and any(item is old for item in current)
            if old is not None and not kept and spare and any(self.alike(item, old) for item in current):
                spare -= 1
                kept = True
            found.append(old if kept else None)
        return [first, *reversed(found)]


def _holds_places(solved: Solved) -> bool:
    """Whether an interpretation told a place, or took one over from another function."""
    made = [*solved.interpretations, *([solved.mended] if solved.mended is not None else ())]
    told = any(item.told.handed for item in made)
    versions = [version for version in solved.versions if version is not None]
    taken = any(kind is Sink.BACKEND for version in versions for _, kind in version.sinks)
    return told or taken or any(version.jax is not None for version in versions)


def shifted(summary: Summary, by: int) -> Summary:
    """The summary of a function that stands some lines further down."""

    def at(loc: Loc) -> Loc:
        return (loc[0] + by, loc[1], loc[2] + by, loc[3])

    def there(item: _Placed) -> _Placed:
        return msgspec.structs.replace(item, loc=at(item.loc))

    return msgspec.structs.replace(
        summary,
        sinks={key: there(witness) for key, witness in summary.sinks.items()},
        further={key: tuple(map(there, found)) for key, found in summary.further.items()},
        evidence={path: there(found) for path, found in summary.evidence.items()},
        edges={key: there(edge) for key, edge in summary.edges.items()},
        operands={path: there(found) for path, found in summary.operands.items()},
        calls=list(map(there, summary.calls)),
        sites={at(loc): why for loc, why in summary.sites.items()},
        targets={key: at(loc) for key, loc in summary.targets.items()},
    )


def _place(versions: list[Summary | None], wanted: Summary) -> int:
    return next(number for number, item in enumerate(versions) if item is wanted)
