"""Findings that are known already: a file of their identities, and what is new compared with it.

An identity is the module, the symbol in it, the rule, what the finding is about (a callee, an operator, ...) and an
ordinal among equal ones. No line, column, path or message enters, so that an edit elsewhere changes nothing; the file
has one entry a line, in order, so that two branches rarely touch the same lines.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from xpcheck.model import Finding

FILE_NAME: Final = "xpcheck-baseline.jsonl"
"""Where a baseline lies unless something else is said: beside the configuration."""

_HEADER: Final = '{"xpcheck baseline": 1}'
_ABOUT_THE_CHECK: Final = "XP9"

Key: TypeAlias = tuple[str, str, str, str]
"""Module, symbol, code, subject."""


class Entry(NamedTuple):
    """One known finding; ``ordinal`` counts from 1 among those that are equal in everything else."""

    module: str
    symbol: str
    code: str
    subject: str
    ordinal: int

    @property
    def key(self) -> Key:
        """All but the ordinal."""
        return self[:4]


class BaselineError(Exception):
    """A baseline that cannot be used: the file, the line (from 1), what is wrong and what to do about it."""

    def __init__(self, file: Path, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings compared with a baseline: those that are not in it, those that are, and entries without a finding."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    stale: tuple[Entry, ...]


def is_kept(finding: Finding) -> bool:
    """Whether a baseline may hold ``finding``: remarks on the check itself are never old news."""
    return not finding.code.startswith(_ABOUT_THE_CHECK)


def entries_of(findings: Iterable[Finding]) -> tuple[Entry, ...]:
    """The entries of some findings, in their order in the file."""
    counts = Counter(item.identity for item in findings if is_kept(item))
    return tuple(sorted(Entry(*key, number) for key, count in counts.items() for number in range(1, count + 1)))


def compare(entries: Collection[Entry], shown: Iterable[Finding], hidden: Iterable[Finding] = ()) -> Comparison:
    """What of the ``shown`` findings is new.

    Of findings with one identity the first ones by place are the known ones. ``hidden`` findings exist and are not
    reported (another level, a rule that is not selected): what they match is not stale.
    """
    left = Counter(entry.key for entry in entries)
    new: list[Finding] = []
    known: list[Finding] = []
    for item in sorted(shown, key=lambda finding: finding.sort_key):
        if is_kept(item) and left[item.identity]:
            left[item.identity] -= 1
            known.append(item)
        else:
            new.append(item)
    left.subtract(item.identity for item in hidden)
    return Comparison(tuple(new), tuple(known), _surplus(entries, left))


def _surplus(entries: Collection[Entry], left: Mapping[Key, int]) -> tuple[Entry, ...]:
    """The entries with the highest ordinals, as many of each identity as are ``left``."""
    total = Counter(entry.key for entry in entries)
    stale: list[Entry] = []
    seen: Counter[Key] = Counter()
    for entry in sorted(entries):
        seen[entry.key] += 1
        if seen[entry.key] > total[entry.key] - left[entry.key]:
            stale.append(entry)
    return tuple(stale)


# ---------------------------------------------------------------------------------------------------------------- file


def read(file: Path) -> tuple[Entry, ...]:
    """The entries of a baseline; a line that a merge wrote twice counts once.

    Raises BaselineError when the file is missing, cannot be read or is no baseline.
    """
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise BaselineError(file, 1, "there is no such baseline: `xpcheck baseline` writes one") from None
    except OSError as error:
        raise BaselineError(file, 1, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise BaselineError(file, 1, f"is not UTF-8: {error.reason} at byte {error.start}") from None
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if lines[0].strip() != _HEADER:
        raise BaselineError(file, 1, f"is no baseline that this xpcheck reads: its first line must be {_HEADER}")
    return tuple(
        sorted({_entry(file, number, line) for number, line in enumerate(lines, 1) if number > 1 and line.strip()})
    )


def _entry(file: Path, number: int, line: str) -> Entry:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        raise BaselineError(file, number, "holds the marks of a merge conflict: keep the entries of both sides")
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if (
        not isinstance(fields, list)
        or [type(item) for item in fields] != [str, str, str, str, int]
        or not fields[2].startswith("XP")
    ):
        raise BaselineError(
            file, number, 'is no entry: ["module", "symbol", "XP101", "subject", 1]; `xpcheck baseline` writes it anew'
        )
    return Entry(*fields)


def write(file: Path, entries: Iterable[Entry]) -> None:
    """Write a baseline, as a whole or not at all.

    Raises BaselineError when that is impossible.
    """
    lines = [_HEADER, *(json.dumps(entry, ensure_ascii=False) for entry in sorted(set(entries)))]
    content = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with open(handle, "wb") as stream:
            stream.write(content)
        if file.exists():
            os.chmod(temporary, file.stat().st_mode)
        else:
            os.chmod(temporary, 0o644)
        os.replace(temporary, file)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise BaselineError(file, 1, f"cannot be written: {error.strerror or error}") from None
