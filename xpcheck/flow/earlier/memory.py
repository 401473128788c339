"""What a run leaves to the next one, as bytes: a piece for each function, decoded when it is asked for.

Functions and classes are their places in the program. A later run adds the pieces that it made anew; what it took again
stays as it lies there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from xpcheck.flow.solution.recall import Piece, Rest
from xpcheck.link.definitions import Class, Function
from xpcheck.link.program import Program

_PART = 4
"""The share of all bytes (one in so many) up to which changes are kept beside what they change."""


class Layer(msgspec.Struct, frozen=True, array_like=True):
    """What lies in one file.

    Attributes
    ----------
    token
        What changes and what they change have in common.
    contents
        The digest of the content of each module that all of this is about.
    rest, pieces
        ``Rest``, and ``Piece`` by the place of its function, encoded.
    """

    token: bytes
    contents: dict[str, bytes]
    rest: msgspec.Raw
    pieces: dict[int, msgspec.Raw]


_decoder = msgspec.msgpack.Decoder(Layer)


class Left(NamedTuple):
    """What earlier runs left: what a run made as a whole, and the changes since, if there are any."""

    base: Layer
    changes: Layer | None

    @property
    def contents(self) -> Mapping[str, bytes]:
        """The digest of the content of each module that it is about."""
        return (self.changes or self.base).contents

    @property
    def rest(self) -> msgspec.Raw:
        """The encoded ``Rest``."""
        return (self.changes or self.base).rest

    def piece(self, place: int) -> msgspec.Raw | None:
        """The encoded ``Piece`` of the function at a place of the program."""
        found = self.changes.pieces.get(place) if self.changes is not None else None
        return self.base.pieces.get(place) if found is None else found


def left(base: bytes | None, changes: bytes | None) -> Left | None:
    """What earlier runs left as ``packed`` made it; None for anything else."""
    try:
        first = _decoder.decode(base or b"")
        second = _decoder.decode(changes) if changes else None
    except msgspec.MsgspecError:
        return None
    return Left(first, second if second is not None and second.token == first.token else None)


def packed(
    found: Left | None,
    program: Program,
    contents: Mapping[str, bytes],
    rest: Rest,
    pieces: Iterable[tuple[Function, Piece]],
) -> tuple[bytes | None, bytes]:
    """What to leave of a run that began with what was ``found``: a new base (None: it stays), and changes."""
    places: dict[object, int] = {item: place for place, item in enumerate(program.functions)}
    classes = {item: place for place, item in enumerate(program.classes)}

    def place(item: object) -> object:
        if isinstance(item, Function):
            return places[item]
        return classes[item] if isinstance(item, Class) else None  # a judge

    encoder = msgspec.msgpack.Encoder(enc_hook=place)
    new = {places[function]: msgspec.Raw(encoder.encode(piece)) for function, piece in pieces}
    about = msgspec.Raw(encoder.encode(rest))
    if found is not None:
        new = {**(found.changes.pieces if found.changes is not None else {}), **new}
        if _PART * _size(new) <= _size(found.base.pieces):
            return None, encoder.encode(Layer(found.base.token, dict(contents), about, new))
        new = {**found.base.pieces, **new}
    return encoder.encode(Layer(os.urandom(8), dict(contents), about, new)), b""


def _size(pieces: Mapping[int, msgspec.Raw]) -> int:
    return sum(len(memoryview(piece)) for piece in pieces.values())


class UnreadableError(Exception):
    """Something that was left cannot be read."""


class Memory:
    """What earlier runs left about a program with these definitions."""

    def __init__(self, found: Left, program: Program) -> None:
        self._found = found
        self._places = {item: place for place, item in enumerate(program.functions)}
        functions, classes = program.functions, program.classes

        def thing(kind: type, place: Any) -> object:  # half a million calls for a large program
            if kind is Function:
                return functions[place]
            return classes[place] if kind is Class else None

        self._decoder = msgspec.msgpack.Decoder(Piece, dec_hook=thing)
        self.rest = msgspec.msgpack.decode(found.rest, type=Rest, dec_hook=thing)

    @staticmethod
    def of(found: Left, program: Program) -> Memory | None:
        """The memory; None when it does not fit the program."""
        try:
            return Memory(found, program)
        except (msgspec.MsgspecError, IndexError, TypeError, ValueError):
            return None

    def piece(self, function: Function) -> Piece | None:
        """What is known of a function.

        Raises UnreadableError where that does not fit: others name the summaries in it by their numbers, so that
        nothing else can be believed either.
        """
        data = self._found.piece(self._places[function])
        try:
            return None if data is None else self._decoder.decode(data)
        except (msgspec.MsgspecError, IndexError, TypeError, ValueError) as error:
            raise UnreadableError from error
