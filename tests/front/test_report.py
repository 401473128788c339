from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.front.stub import RULES
from xpcheck.model import Finding, Kind, Level, Problem, Span, Step
from xpcheck.report import FORMATS, write
from xpcheck.report.view import Sources, View, decode, one_line

SOURCE = """import numpy as np


def angle_from(ell_comps, xp=np):
    return xp.arctan2(ell_comps[0], ell_comps[1])


class Ellipse:
    def radial(self, grid, xp=np):
        return self.angle() & self.angle()
"""

CHAIN = (
    Step("lib/a.py", 4, 16, "angle_from", "`ell_comps` is a free parameter"),
    Step("lib/a.py", 10, 16, "Ellipse.radial", "`radial` calls `angle` without `xp`"),
    Step("dep/b.py", 7, 1, "f", "`np.arctan2` receives a tracer"),
)


def finding(code: str, name: str, line: int, column: int, level: Level | None, **more: Any) -> Finding:
    kind = Kind.CONVENTION if level is None else Kind.HAZARD
    span = more.pop("span", Span(line, column, line, column + 10))
    return Finding(code, name, kind, level, "lib/a.py", span, more.pop("symbol", "Ellipse.radial"), **more)


FINDINGS = (
    finding("XP301", "python-mask-operator", 10, 29, None, message="`&` on masks - write `xp.logical_and`"),
    finding("XP201", "numpy-call", 5, 12, Level.LIKELY, message="NumPy: a, b", symbol="angle_from"),
    finding(
        "XP101", "unthreaded-call", 10, 16, Level.PROVED,
        message="`angle()` drops xp - it is 100% sure; write `self.angle(xp=xp)`",
        chain=CHAIN, related=tuple(Step("lib/a.py", n, 1, "f", "breaks") for n in range(1, 7)),
        fingerprint="abc", hint="write `self.angle(xp=xp)`",
    ),
)  # fmt: skip


@pytest.fixture
def view(tmp_path: Path) -> View:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text(SOURCE)
    findings = tuple(sorted(FINDINGS, key=lambda item: item.sort_key))
    errors = (Problem("lib/broken.py", 3, "syntax", "invalid syntax"),)
    rules = {rule.code: rule for rule in RULES}
    return View(str(tmp_path), findings, errors, {"files": 1}, Sources(tmp_path), rules)


def rendered(format_name: str, view: View) -> str:
    stream = io.StringIO()
    write(format_name, view, stream)
    return stream.getvalue()


FULL = """\
lib/a.py:10:16  XP101 unthreaded-call  proved  in Ellipse.radial
    10 |         return self.angle() & self.angle()
       |                ^^^^^^^^^^
  `angle()` drops xp - it is 100% sure
  from `ell_comps` is a free parameter  lib/a.py:4
       | def angle_from(ell_comps, xp=np):
  via    `radial` calls `angle` without `xp`  lib/a.py:10
  to       `np.arctan2` receives a tracer  dep/b.py:7
  also breaks at lib/a.py:1, lib/a.py:2, lib/a.py:3, lib/a.py:4 and 2 more
  write `self.angle(xp=xp)`
  help: xpcheck rule XP101

lib/a.py:5:12  XP201 numpy-call  likely  in angle_from
     5 |     return xp.arctan2(ell_comps[0], ell_comps[1])
       |            ^^^^^^^^^^
  NumPy: a, b
  help: xpcheck rule XP201

lib/a.py:10:29  XP301 python-mask-operator  convention  in Ellipse.radial
    10 |         return self.angle() & self.angle()
       |                             ^^^^^^^^^^
  `&` on masks - write `xp.logical_and`
  help: xpcheck rule XP301

2 hazards (1 proved, 1 likely), 1 convention (`--no-convention` hides them) in 1 file; 1 error: the list is not complete
"""


def test_full(view: View) -> None:
    assert rendered("full", view) == FULL


def test_full_has_colours_on_terminals_only(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    coloured = Terminal()
    write("full", view, coloured)
    assert "\x1b[" in coloured.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    write("full", view, plain)
    assert "\x1b[3" not in plain.getvalue()
    assert "[31m" not in plain.getvalue()


def test_findings_of_one_line_and_level_share_the_excerpt(view: View) -> None:
    first = finding("XP101", "unthreaded-call", 10, 16, Level.PROVED, message="one")
    second = finding("XP201", "numpy-call", 10, 31, Level.PROVED, message="two")
    shared = View(view.root, (first, second), (), {}, view.sources, view.rules)
    assert rendered("full", shared).splitlines()[:6] == [
        "lib/a.py:10:16  XP101 unthreaded-call  proved  in Ellipse.radial",
        "lib/a.py:10:31  XP201 numpy-call  proved  in Ellipse.radial",
        "    10 |         return self.angle() & self.angle()",
        "       |                ^^^^^^^^^^     ^^^^^^^^^^",
        "  XP101  one",
        "  XP201  two",
    ]


def test_findings_with_one_place_to_fix_stand_together(view: View) -> None:
    place = Step("lib/a.py", 4, 5, "angle_from", "`angle_from` is defined")
    hint = "give `angle_from` a parameter"
    found = [
        finding("XP103", "helper-without-xp", line, 5, Level.LIKELY, message=f"line {line}", hint=hint, place=place)
        for line in (5, 10)
    ]
    between = finding("XP201", "numpy-call", 9, 5, Level.LIKELY, message="apart")
    out = rendered("full", View(view.root, (found[0], between, found[1]), (), {}, view.sources, view.rules))
    lines = out.splitlines()
    assert lines[0] == "lib/a.py:4  `angle_from` is defined: the fix of 2 findings goes here"
    assert [line[:14].strip() for line in lines if line.startswith("lib/")] == [
        "lib/a.py:4  `a", "lib/a.py:5:5", "lib/a.py:10:5", "lib/a.py:9:5",
    ]  # fmt: skip
    assert lines[5] == "  give `angle_from` a parameter  lib/a.py:4"
    alone = rendered("full", View(view.root, (found[0],), (), {}, view.sources, view.rules))
    assert alone.splitlines()[0] == "lib/a.py:5:5  XP103 helper-without-xp  likely  in Ellipse.radial"


def test_a_doubtful_finding_says_how_to_mark_a_concrete_value(view: View) -> None:
    def marks(level: Level | None) -> bool:
        shown = (finding("XP101", "unthreaded-call", 10, 16, level, message="m", chain=CHAIN),)
        return "# xpcheck: static[name]" in rendered("full", View(view.root, shown, (), {}, view.sources))

    assert [marks(level) for level in (Level.PROVED, Level.LIKELY, Level.POSSIBLE, None)] == [False, True, True, False]


def test_carets_stand_below_wide_characters_tabs_and_long_lines(tmp_path: Path) -> None:
    wide = "\tλ = '日本', drop(a)"
    long = "x" * 300 + " drop(a) " + "y" * 300
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text(f"{wide}\n{long}\n\x1b[31mdrop(a)\n", encoding="utf-8")
    found = (
        finding("XP101", "n", 1, wide.index("drop") + 1, Level.PROVED, message="m", span=Span(1, 13, 1, 17)),
        finding("XP101", "n", 2, 302, Level.PROVED, message="m", span=Span(2, 302, 2, 306)),
        finding("XP101", "n", 3, 6, Level.PROVED, message="m", span=Span(3, 6, 3, 10)),
        finding("XP101", "n", 9, 6, Level.PROVED, message="beyond the end", span=Span(9, 6, 9, 10)),
    )
    out = rendered("full", View(str(tmp_path), found, (), {}, Sources(tmp_path)))
    lines = out.splitlines()
    assert lines[1] == "     1 |  λ = '日本', drop(a)"
    assert lines[2] == "       | " + " " * 14 + "^^^^"
    assert lines[6][lines[7].index("^") :].startswith("drop(a)")
    assert lines[6].startswith("     2 | ...x")
    assert lines[6].endswith("...")
    assert "\x1b" not in out
    assert "beyond the end" in out


def test_concise(view: View) -> None:
    assert rendered("concise", view) == (
        "lib/a.py:5:12: XP201 NumPy: a, b\n"
        "lib/a.py:10:16: XP101 `angle()` drops xp - it is 100% sure; write `self.angle(xp=xp)`\n"
        "lib/a.py:10:29: XP301 `&` on masks - write `xp.logical_and`\n"
    )


def test_github(view: View) -> None:
    assert rendered("github", view).splitlines() == [
        "::error file=lib/a.py,line=5,endLine=5,col=12,endColumn=21,title=XP201 numpy-call::NumPy: a, b",
        "::error file=lib/a.py,line=10,endLine=10,col=16,endColumn=25,title=XP101 unthreaded-call"
        "::`angle()` drops xp - it is 100%25 sure; write `self.angle(xp=xp)`",
        "::warning file=lib/a.py,line=10,endLine=10,col=29,endColumn=38,title=XP301 python-mask-operator"
        "::`&` on masks - write `xp.logical_and`",
        "::error file=lib/broken.py,line=3,title=xpcheck syntax::invalid syntax",
    ]


def test_json_fits_the_published_schema(view: View) -> None:
    schema = json.loads(files("xpcheck.report").joinpath("schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    document = json.loads(rendered("json", view))
    validator.validate(document)
    assert document["root"] == view.root
    assert document["errors"] == [{"path": "lib/broken.py", "line": 3, "kind": "syntax", "message": "invalid syntax"}]
    first = document["findings"][1]
    assert (first["line"], first["column"], first["end_line"], first["end_column"]) == (10, 16, 10, 26)
    assert [step["path"] for step in first["chain"]] == ["lib/a.py", "lib/a.py", "dep/b.py"]
    assert len(first["related"]) == 6
    assert document["findings"][2]["level"] is None
    del first["fingerprint"]
    assert not validator.is_valid(document)


def test_sarif_holds_the_chain_twice_and_points_at_real_files(view: View) -> None:
    document = json.loads(rendered("sarif", view))
    run = document["runs"][0]
    assert document["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    assert not run["invocations"][0]["executionSuccessful"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
    result = run["results"][1]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "XP101"
    assert [item["level"] for item in run["results"]] == ["warning", "error", "note"]
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [item["location"]["physicalLocation"]["region"]["startLine"] for item in flow] == [4, 10, 7]
    assert [item["id"] for item in result["relatedLocations"]] == list(range(1, 10))
    assert result["partialFingerprints"] == {"xpcheck/v1": "abc"}
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "lib/a.py", "uriBaseId": "ROOT"}
    assert run["originalUriBaseIds"]["ROOT"]["uri"] == Path(view.root).as_uri() + "/"


@pytest.mark.parametrize("format_name", FORMATS)
def test_nothing_to_report(format_name: str, tmp_path: Path) -> None:
    out = rendered(format_name, View(str(tmp_path), (), (), {}, Sources(tmp_path)))
    assert "XP" not in out
    assert out == {"concise": "", "github": "", "full": "0 hazards, 0 conventions\n"}.get(format_name, out)


def test_paths_are_shown_as_the_working_directory_sees_them(view: View, tmp_path: Path) -> None:
    def shown(folder: Path) -> str:
        return View(view.root, (), (), {}, view.sources, folder=str(folder)).display("lib/a.py")

    assert shown(tmp_path) == "lib/a.py"
    assert shown(tmp_path / "lib") == "a.py"
    assert shown(tmp_path / "docs") == "../lib/a.py"
    assert shown(tmp_path.parent) == f"{tmp_path.name}/lib/a.py"
    assert shown(Path("/elsewhere")) == str(tmp_path / "lib/a.py")
    assert View(view.root, (), (), {}, view.sources, folder="/elsewhere").display("dep/b.py") == "dep/b.py"


def test_sources_know_dependencies_overlays_and_odd_bytes(tmp_path: Path) -> None:
    (tmp_path / "libs" / "dep").mkdir(parents=True)
    (tmp_path / "libs" / "dep" / "b.py").write_bytes(b"a = 1\r\nb = '\x0c'\rc = 3\n")
    buffer = tmp_path / "new.py"
    sources = Sources(tmp_path, [tmp_path / "libs"], {buffer: b"unsaved = 1"})
    assert sources.line("dep/b.py", 2) == "b = '\x0c'"
    assert sources.line("dep/b.py", 3) == "c = 3"
    assert sources.line("dep/b.py", 4) is None
    assert sources.line("dep/b.py", 0) is None
    assert sources.line("new.py", 1) == "unsaved = 1"
    assert sources.text("none.py") is None


def test_decoding_falls_back_as_flake8_does() -> None:
    assert decode(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n").endswith("é'\n")
    assert decode(b"x = '\xe9'\n") == "x = 'é'\n"
    assert decode(b"# coding: nonsense\nx\n") == "# coding: nonsense\nx\n"
    assert decode(b"\xef\xbb\xbfx = 1\n") == "x = 1\n"


def test_one_line() -> None:
    assert one_line("a\nb\tc\x1b[31md\u2028") == "a b c\ufffd[31md "
