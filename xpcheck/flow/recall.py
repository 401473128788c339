"""Interpretations that an earlier run made, taken again where everything that they asked for has the same answer.

An interpretation is a function of its body, of what outlines say, and of what it asks the solver on its way: summaries
of callees, and what the program has given so far. All of it is written down in the order in which it was asked. The
next run goes through the same questions, which solves the callees in the order in which the interpretation would, and
takes the summary that came out of the same answers. The result is that of a run from scratch, round by round.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec

from xpcheck.facts import Loc
from xpcheck.flow.edge_events import Crossing, SteepBranch, WrapperReturn
from xpcheck.flow.events import (
    ArrayOp,
    BackendApi,
    CachedProperty,
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
    NoFunction,
    Operator,
    Swallowed,
    Transformation,
    TypeDispatch,
    UnusedNamespace,
    WrapperIndex,
    WrapperUse,
)
from xpcheck.flow.questions import Asked, Before, Given, Handed, Mended, Noted, Trace
from xpcheck.flow.summary import CallRecord, Edge, Evidence, Operand, Run, Sink, Summary, Variant, Witness
from xpcheck.link.definitions import Class, Function

if TYPE_CHECKING:
    from xpcheck.flow.solver import Key, Solver
    from xpcheck.link.program import Program


_Placed = TypeVar("_Placed", Witness, Evidence, Edge, Operand, CallRecord)


class Interpretation(msgspec.Struct, frozen=True, array_like=True):
    """What an interpretation asked and told, and the number of the summary that came of it."""

    noted: tuple[Noted, ...]
    version: int


class Solved(msgspec.Struct, frozen=True, array_like=True):
    """The summaries that a function had in one run, the first one empty, and the interpretations they came from.

    ``mended`` is the interpretation of its body as it would be once repaired, if anybody asked for it.
    """

    function: Function
    run: Run
    variant: Variant
    versions: list[Summary]
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
    | NoFunction
    | Operator
    | SteepBranch
    | Swallowed
    | Transformation
    | TypeDispatch
    | WrapperIndex
    | WrapperReturn
    | WrapperUse
)
"""What an interpretation emits."""


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


class Traits(msgspec.Struct, frozen=True, array_like=True):
    """What the body of a function says to others beside its summary."""

    function: Function
    aware: str
    namespace: int | None
    deciders: tuple[int, ...] | None
    implicit: bool


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a run leaves to the next one.

    ``built`` is what calls of constructors say by themselves, ``attributes`` are those that the constructors of some
    packages name. ``foreign`` are functions whose bodies were read for the
    sake of others: another body may change anything.
    """

    solved: list[Solved]
    seen: list[Seen]
    traits: list[Traits]
    built: list[Given]
    attributes: dict[str, list[str]]
    foreign: list[Function]


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
        self._versions: dict[Key, list[Summary]] = {}
        self._known: dict[Key, list[Interpretation]] = {}
        self._known_mended: dict[Key, Interpretation] = {}
        self._seen: dict[Circumstances, list[Seen]] = {}
        self._current: dict[Key, list[Summary]] = {}
        self._now: dict[Key, list[tuple[tuple[Noted, ...], Summary]]] = {}
        self._mended_now: dict[Key, tuple[tuple[Noted, ...], Summary]] = {}
        self._seen_now: list[Seen] = []
        self._alike: dict[tuple[int, int], bool] = {}
        self._events_again: set[int] = set()
        for item in kept.solved if kept is not None else ():
            key = (item.function, item.run, item.variant)
            by = moved.get(item.function, 0)
            self._versions[key] = [shifted(version, by) for version in item.versions] if by else item.versions
            if item.function not in changed and not (by and _holds_places(item)):
                self._known[key] = item.interpretations
                if item.mended is not None:
                    self._known_mended[key] = item.mended
        for seen in kept.seen if kept is not None else ():
            function = seen.circumstances.function
            if function not in changed and function not in moved:  # events hold places of many kinds
                self._seen.setdefault(seen.circumstances, []).append(seen)

    # --------------------------------------------------------------------------------------------------- summaries

    def version(self, key: Key, number: int) -> Summary:
        """A summary that a function had in the last run."""
        return self._versions[key][number]

    def alike(self, one: Summary, other: Summary) -> bool:
        """Whether callers cannot tell two summaries of a function apart."""
        if one is other:
            return True
        pair = (id(one), id(other))  # both are held by this memory
        if pair not in self._alike:
            self._alike[pair] = one.read_by_callers() == other.read_by_callers()
        return self._alike[pair]

    def bottom(self, key: Key) -> Summary:
        """The summary of a function of which nothing is known yet."""
        found = self._versions.setdefault(key, [Summary()])[0]
        self._current[key] = [found]
        return found

    def again(self, solver: Solver, key: Key, climbs: bool) -> Summary | None:
        """The summary that came of the answers which the solver gives now; None if none did.

        ``climbs``: the interpretation is one that may not fall below the summary before.
        """
        for item in self._known.get(key, ()):
            if climbs is (bool(item.noted) and type(item.noted[-1]) is Before) and self._hold(item.noted, solver, key):
                return self._remember(key, item.noted, self._versions[key][item.version])
        return None

    def made(self, key: Key, trace: Trace, summary: Summary) -> Summary:
        """A summary that an interpretation made, or an equal one that was there before."""
        steps = None if trace.broken else trace.steps(self._number(key))
        return self._remember(key, steps, self._one_of(key, summary))

    def mended_again(self, solver: Solver, key: Key) -> Summary | None:
        """The summary of a repaired body that came of the answers which the solver gives now; None if none did."""
        item = self._known_mended.get(key)
        if item is None or not self._hold(item.noted, solver, key):
            return None
        return self._remember_mended(key, item.noted, self._versions[key][item.version])

    def mended(self, key: Key, trace: Trace, summary: Summary) -> Summary:
        """The summary that an interpretation of a repaired body made, or an equal one that was there before."""
        steps = None if trace.broken else trace.steps(self._number(key))
        return self._remember_mended(key, steps, self._one_of(key, summary))

    def _one_of(self, key: Key, summary: Summary) -> Summary:
        versions = self._versions[key]
        known = next((item for item in versions if item == summary), None)
        if known is None:
            versions.append(summary)
        return known or summary

    def _hold(self, noted: Iterable[Noted], solver: Solver, key: Key) -> bool:
        return all(step.holds(solver, key, self) for step in noted)

    def _remember(self, key: Key, noted: tuple[Noted, ...] | None, summary: Summary) -> Summary:
        self._is_current(key, summary)
        if noted is not None:
            self._now.setdefault(key, []).append((noted, summary))
        return summary

    def _remember_mended(self, key: Key, noted: tuple[Noted, ...] | None, summary: Summary) -> Summary:
        self._is_current(key, summary)
        if noted is not None:
            self._mended_now[key] = (noted, summary)
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
        if not trace.broken:
            self._seen_now.append(msgspec.structs.replace(seen, noted=trace.steps(self._number(None))))

    # ------------------------------------------------------------------------------------------------------ keeping

    def kept(
        self,
        traits: Iterable[Traits],
        built: Iterable[Given],
        attributes: Mapping[str, Iterable[str]],
        foreign: Iterable[Function],
    ) -> Kept:
        """What the next run needs to know."""
        solved = []
        for key, versions in self._current.items():
            made = [self._kept(key, *item) for item in self._now.get(key, ())]
            mended = self._kept(key, *self._mended_now[key]) if key in self._mended_now else None
            solved.append(Solved(*key, versions, made, mended))
        seen = [msgspec.structs.replace(item, noted=self._renumbered(item.noted, None)) for item in self._seen_now]
        return Kept(
            solved,
            seen,
            list(traits),
            list(built),
            {name: sorted(found) for name, found in attributes.items()},
            list(foreign),
        )

    def _kept(self, key: Key, noted: tuple[Noted, ...], summary: Summary) -> Interpretation:
        return Interpretation(self._renumbered(noted, key), _place(self._current[key], summary))

    def _renumbered(self, noted: tuple[Noted, ...], own: Key | None) -> tuple[Noted, ...]:
        """The same, with the places that summaries have among those of this run."""
        made: list[Noted] = []
        for step in noted:
            if isinstance(step, Asked | Mended | Before) and step.version is not None:
                key = own if isinstance(step, Before) else (step.function, step.run, step.variant)
                assert key is not None
                wanted, current = self._versions[key][step.version], self._current[key]
                same = any(item is wanted for item in current)
                number = _place(current, wanted if same else next(item for item in current if self.alike(item, wanted)))
                step = msgspec.structs.replace(step, version=number) if number != step.version else step
            made.append(step)
        return tuple(made)


def _holds_places(solved: Solved) -> bool:
    """Whether an interpretation told a place, or took one over from another function."""
    made = [*solved.interpretations, *([solved.mended] if solved.mended is not None else ())]
    told = any(type(step) is Handed for item in made for step in item.noted)
    taken = any(kind is Sink.BACKEND for version in solved.versions for _, kind in version.sinks)
    return told or taken or any(version.jax is not None for version in solved.versions)


def shifted(summary: Summary, by: int) -> Summary:
    """The summary of a function that stands some lines further down."""

    def at(loc: Loc) -> Loc:
        return (loc[0] + by, loc[1], loc[2] + by, loc[3])

    def there(item: _Placed) -> _Placed:
        return msgspec.structs.replace(item, loc=at(item.loc))

    return msgspec.structs.replace(
        summary,
        sinks={key: there(witness) for key, witness in summary.sinks.items()},
        further={key: dict.fromkeys(map(there, found)) for key, found in summary.further.items()},
        evidence={path: there(found) for path, found in summary.evidence.items()},
        edges={key: there(edge) for key, edge in summary.edges.items()},
        operands={path: there(found) for path, found in summary.operands.items()},
        calls=list(map(there, summary.calls)),
        sites={at(loc): why for loc, why in summary.sites.items()},
        targets={key: at(loc) for key, loc in summary.targets.items()},
    )


def _place(versions: list[Summary], wanted: Summary) -> int:
    return next(number for number, item in enumerate(versions) if item is wanted)


# ------------------------------------------------------------------------------------------------------------- on disk


def packed(kept: Kept, program: Program) -> bytes:
    """What a run leaves to the next one, as bytes: functions and classes are their places in the program."""
    places: dict[object, int] = {item: place for place, item in enumerate(program.functions)}
    places |= {item: place for place, item in enumerate(program.classes)}

    def place(item: object) -> object:
        return places[item] if isinstance(item, Function | Class) else None  # a judge

    return msgspec.msgpack.encode(kept, enc_hook=place)


def unpacked(data: bytes, program: Program) -> Kept | None:
    """What ``packed`` made, for a program with the same definitions; None for anything else."""

    def thing(kind: type, place: Any) -> object:
        if kind is Function:
            return program.functions[place]
        return program.classes[place] if kind is Class else None

    try:
        return msgspec.msgpack.decode(data, type=Kept, dec_hook=thing)
    except (msgspec.MsgspecError, IndexError, TypeError, ValueError):
        return None
