"""Runs a pure function over many items, in several processes when that pays.

Nothing depends on how the items are shared out: results come back in the order of the items.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from concurrent.futures import Executor


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """Why an item has no result: ``kind``, ``line`` and ``message`` of the problem it becomes."""

    kind: str
    line: int
    message: str


Item = TypeVar("Item")
Fact = TypeVar("Fact", bound=msgspec.Struct)
Outcome: TypeAlias = Fact | bytes | Failure
"""A fact, its encoded form (``msgspec.msgpack``), or why there is none."""

_Packed: TypeAlias = tuple[float, list[tuple[bytes | None, Failure | None]]]
"""CPU seconds spent, and for each item its encoded fact, why there is none, or neither."""


def run(
    function: Callable[[Item], Fact | Failure],
    items: Sequence[Item],
    sizes: Sequence[int],
    processes: int = 1,
    *,
    worth: int,
    besides: int = 0,
    executor: Executor | None = None,
    spent: list[float] | None = None,
) -> list[Outcome[Fact]]:
    """Apply ``function`` to all ``items``.

    ``sizes`` are their costs in any unit, ``worth`` the total above which a second process pays, ``besides`` what this
    process will have to do by itself. ``executor`` is used instead of own processes; it may run anywhere, ``function``
    and ``items`` are pickled. ``spent`` receives the CPU seconds of each share that another process took.
    """
    spent = [] if spent is None else spent
    if executor is not None and len(items) > 1:
        return _with_executor(executor, function, items, sizes, max(processes, 2) * 4, spent)
    count = min(processes, len(items), 1 + sum(sizes) // max(worth, 1))
    if count <= 1:
        return [function(item) for item in items]
    if _may_fork():
        return _with_forks(function, items, _shares(sizes, count, besides), spent)
    return _with_pool(function, items, sizes, count, spent)


def pack(function: Callable[[Item], Fact | Failure], items: Sequence[Item]) -> bytes:
    """The encoded results of ``function`` over ``items``: the unit of work of a worker process."""
    began = time.process_time()
    packed: list[tuple[bytes | None, Failure | None]] = []
    for item in items:
        result = function(item)
        if isinstance(result, Failure):
            packed.append((None, result))
            continue
        try:
            packed.append((msgspec.msgpack.encode(result), None))
        except (ValueError, OverflowError, RecursionError):
            packed.append((None, None))  # lone surrogates, deep nesting: the parent works it out again for itself
    return msgspec.msgpack.encode((time.process_time() - began, packed))


def _unpack(
    function: Callable[[Item], Fact | Failure], items: Sequence[Item], data: bytes, spent: list[float] | None = None
) -> list[Outcome[Fact]] | None:
    """The results in ``data``, None if it is not what ``pack`` made of ``items``."""
    try:
        seconds, packed = msgspec.msgpack.decode(data, type=_Packed)
    except msgspec.MsgspecError:
        return None
    if len(packed) != len(items):
        return None
    if spent is not None:
        spent.append(seconds)
    results: list[Outcome[Fact]] = []
    for item, (blob, failure) in zip(items, packed, strict=True):
        results.append(failure if failure is not None else blob if blob is not None else function(item))
    return results


def _shares(sizes: Sequence[int], count: int, besides: int = 0) -> list[list[int]]:
    """Positions of the items in ``count`` shares of about the same cost, ``besides`` counted to the first one."""
    shares: list[list[int]] = [[] for _ in range(count)]
    loads = [besides] + [0] * (count - 1)
    for position in sorted(range(len(sizes)), key=lambda position: (-sizes[position], position)):
        lightest = loads.index(min(loads))
        shares[lightest].append(position)
        loads[lightest] += sizes[position] + 1
    return [sorted(share) for share in shares if share]


def _may_fork() -> bool:
    """Forking is fast and safe only on Linux and while no other thread may hold a lock."""
    if sys.platform != "linux":
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _with_forks(
    function: Callable[[Item], Fact | Failure], items: Sequence[Item], shares: list[list[int]], spent: list[float]
) -> list[Outcome[Fact]]:
    """One share here, the others in forked children that inherit the items."""
    results: list[Outcome[Fact] | None] = [None] * len(items)
    children: list[tuple[list[int], int, int]] = []
    mine = list(shares[0])
    try:
        for share in shares[1:]:
            try:
                children.append((share, *_fork(function, [items[position] for position in share])))
            except OSError:  # no more processes or pipes to be had
                mine += share
        for position in mine:
            results[position] = function(items[position])
        for share, _, pipe in children:
            with os.fdopen(pipe, "rb", closefd=False) as stream:
                data = stream.read()
            outcomes = _rescued(function, [items[i] for i in share], data, spent)
            for position, outcome in zip(share, outcomes, strict=True):
                results[position] = outcome
    except BaseException:
        for _, process, _ in children:
            os.kill(process, signal.SIGKILL)
        raise
    finally:
        for _, process, pipe in children:
            os.close(pipe)
            os.waitpid(process, 0)
    return [result for result in results if result is not None]


def _rescued(
    function: Callable[[Item], Fact | Failure], items: Sequence[Item], data: bytes, spent: list[float]
) -> list[Outcome[Fact]]:
    """The results of a child; the share of one that died is halved until the item that kills is alone."""
    done = _unpack(function, items, data, spent)
    if done is not None:
        return done
    if len(items) == 1:
        return [Failure("internal", 1, "the process that read this died")]
    half = len(items) // 2
    outcomes: list[Outcome[Fact]] = []
    for part in (items[:half], items[half:]):
        process, pipe = _fork(function, part)
        with os.fdopen(pipe, "rb") as stream:
            data = stream.read()
        os.waitpid(process, 0)
        outcomes.extend(_rescued(function, part, data, spent))
    return outcomes


def _fork(function: Callable[[Item], Fact | Failure], items: Sequence[Item]) -> tuple[int, int]:
    """A child at work on ``items``: its process id and the pipe on which its results arrive."""
    receiver, sender = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(receiver)
        os.close(sender)
        raise
    if process:
        os.close(sender)
        return process, receiver
    status = 1
    try:
        os.close(receiver)
        with os.fdopen(sender, "wb") as stream:
            stream.write(pack(function, items))
        status = 0
    finally:
        os._exit(status)  # no exit handlers and no buffers of the parent


def _with_executor(
    executor: Executor,
    function: Callable[[Item], Fact | Failure],
    items: Sequence[Item],
    sizes: Sequence[int],
    count: int,
    spent: list[float],
) -> list[Outcome[Fact]]:
    shares = _shares(sizes, min(count, len(items)))
    parts = [[items[position] for position in share] for share in shares]
    results: list[Outcome[Fact] | None] = [None] * len(items)
    futures = [executor.submit(pack, function, part) for part in parts]
    for share, part, future in zip(shares, parts, futures, strict=True):
        outcomes = _unpack(function, part, future.result(), spent)
        if outcomes is None:
            outcomes = [function(item) for item in part]
        for position, outcome in zip(share, outcomes, strict=True):
            results[position] = outcome
    return [result for result in results if result is not None]


def _with_pool(
    function: Callable[[Item], Fact | Failure],
    items: Sequence[Item],
    sizes: Sequence[int],
    count: int,
    spent: list[float],
) -> list[Outcome[Fact]]:
    """A pool of fresh interpreters; where they cannot start or one dies, everything is done here."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    try:
        with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
            return _with_executor(pool, function, items, sizes, count * 2, spent)
    except (BrokenProcessPool, OSError):
        return [function(item) for item in items]
