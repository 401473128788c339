"""A stand-in for the engine: every call of ``drop(...)`` is an un-threaded call, ``mask & mask`` a convention.

It reads the files it is asked about, so that both front-ends can be tested without the analysis. Each run leaves a line
in the file named by ``XPCHECK_STUB_LOG``; ``XPCHECK_STUB_FAIL`` makes it raise or report a problem.
"""

from __future__ import annotations

import os
import re
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xpcheck import suppress
from xpcheck.config import Config
from xpcheck.model import Finding, Kind, Level, Problem, Report, Span, Step
from xpcheck.report.view import decode
from xpcheck.watch import Watch
from xpcheck.world import World


@dataclass(frozen=True)
class Request:
    paths: tuple[Path, ...]
    root: Path
    config: Config
    search_path: tuple[Path, ...] = ()
    overlay: Mapping[Path, bytes] = field(default_factory=dict)
    jobs: int = 1
    cache_dir: Path | None = None
    world: World = field(default_factory=World)
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True)
class RuleInfo:
    code: str
    name: str
    kind: Kind
    docs: Mapping[str, str]
    default: bool = True


RULES = (
    RuleInfo("XP101", "unthreaded-call", Kind.HAZARD, {"What it does": "Finds calls.\n\n    drop()", "Example": "x"}),
    RuleInfo("XP201", "numpy-call", Kind.HAZARD, {"What it does": "Finds NumPy."}),
    RuleInfo("XP301", "python-mask-operator", Kind.CONVENTION, {"What it does": "Finds masks."}),
    RuleInfo("XP801", "unsafe-where-gradient", Kind.HAZARD, {"What it does": "Finds gradients."}, default=False),
)

_SHAPES = (
    (re.compile(r"\bdrop\("), "XP101", Level.PROVED),
    (re.compile(r"\bmaybe\("), "XP201", Level.POSSIBLE),
    (re.compile(r"\bmask & mask\b"), "XP301", None),
    (re.compile(r"\bwhere\("), "XP801", Level.PROVED),
)
_BY_CODE = {rule.code: rule for rule in RULES}


def check(request: Request) -> Report:
    log = os.environ.get("XPCHECK_STUB_LOG")
    if log:
        with open(log, "a", encoding="utf-8") as stream:
            stream.write(f"{os.getpid()} {request.root}\n")
    fail = os.environ.get("XPCHECK_STUB_FAIL")
    if fail == "raise":
        raise ValueError("boom\nsecond line")
    if fail == "interrupt":
        raise KeyboardInterrupt
    errors = ()
    if fail:
        errors = (Problem("pkg/broken.py", 3, fail, f"a problem of the kind {fail}"),)
    contents = {path: path.read_bytes() for path in sorted(request.root.rglob("*.py"))} | dict(request.overlay)
    paths = request.paths or (request.root,)
    findings: list[Finding] = []
    for file, content in contents.items():
        if any(file.is_relative_to(path) for path in paths):
            text = decode(content)
            found = _in_file(file.relative_to(request.root).as_posix(), text)
            findings += suppress.without_ignored(found, text) if os.environ.get("XPCHECK_STUB_APPLY") else found
    statistics = {
        "files": len(contents), "xp-aware functions": 2, "calls resolved": 1781, "calls unresolved": 9,
        "unresolved by reason": {"external": 9}, "bounds hit": 0,
    }  # fmt: skip
    ordered = tuple(sorted(findings, key=lambda item: item.sort_key))
    notes = ("autonerves not found",)
    commented = tuple(sorted(file.relative_to(request.root).as_posix() for file in contents))
    return Report(str(request.root), ordered, errors, statistics, notes, off=("XP801",), commented=commented)


def _in_file(path: str, text: str) -> list[Finding]:
    findings = []
    for number, line in enumerate(text.splitlines(), start=1):
        for shape, code, level in _SHAPES:
            for match in shape.finditer(line):
                rule = _BY_CODE[code]
                span = Span(number, match.start() + 1, number, match.end() + 1)
                chain = (Step(path, 1, 1, "<module>", "a root"), Step(path, number, 1, "f", "a sink"))
                message = f"`{match[0]}` called without `xp` - write `drop(xp=xp)`"
                findings.append(
                    Finding(code, rule.name, rule.kind, level, path, span, "f", message, chain, (), "f1", "drop(xp=xp)")
                )
    return findings


def catalogue() -> tuple[RuleInfo, ...]:
    return RULES


def install(put: object = None) -> None:
    """Put the stand-ins in place of ``xpcheck.engine`` and ``xpcheck.rules``; ``put`` is a MonkeyPatch, if any."""
    import xpcheck

    engine = types.ModuleType("xpcheck.engine")
    rules = types.ModuleType("xpcheck.rules")
    engine.__dict__.update(Request=Request, check=check)
    rules.__dict__.update(RuleInfo=RuleInfo, catalogue=catalogue, codes=lambda: tuple(_BY_CODE), pages=lambda: _BY_CODE)
    for name, module in (("engine", engine), ("rules", rules)):
        if put is None:
            sys.modules[f"xpcheck.{name}"] = module
            setattr(xpcheck, name, module)
        else:
            put.setitem(sys.modules, f"xpcheck.{name}", module)  # type: ignore[attr-defined]
            put.setattr(xpcheck, name, module, raising=False)  # type: ignore[attr-defined]
