"""The page of `xpcheck report --html` as a file; `tests/browser` looks at it in a browser."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.front.test_report import FINDINGS, SOURCE, finding
from xpcheck.cli.app import run
from xpcheck.flow.solution.callers import Caller, Callers
from xpcheck.model import Level, Problem, Step
from xpcheck.report.html_report import document, render
from xpcheck.report.view import Sources, View

NONE = Callers({}, {})


@pytest.fixture
def view(tmp_path: Path) -> View:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text(SOURCE)
    return View(str(tmp_path), FINDINGS, (), {"files": 2}, Sources(tmp_path))


def page(view: View, callers: Callers = NONE) -> str:
    stream = io.StringIO()
    render(view, callers, stream)
    return stream.getvalue()


def data_of(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_page_is_whole_and_names_no_other_file(view: View) -> None:
    text = page(view)
    assert "{{" not in text
    assert re.findall(r"(?:src|href)\s*=|url\(|@import|<link", text) == []
    assert set(re.findall(r"https?://[^\s\"'<>]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    assert [item["code"] for item in data_of(text)["findings"]] == ["XP301", "XP201", "XP101"]


def test_no_text_of_a_source_ends_the_data(view: View) -> None:
    nasty = finding("XP101", "n", 1, 1, Level.PROVED, message="</script><script>alert(1)//<!--", symbol="{{ style }}")
    text = page(replace(view, findings=(nasty,)))
    assert text.count("</script>") == 2
    assert data_of(text)["findings"][0]["message"] == "</script><script>alert(1)//<!--"
    assert data_of(text)["findings"][0]["symbol"] == "{{ style }}"


def test_the_graph_of_a_call_has_its_siblings_and_the_way_to_what_breaks(view: View) -> None:
    callee = ("dep/b.py", "f")
    calls = (
        Caller("lib/a.py", 10, 16, "Ellipse.radial", "default"),
        Caller("lib/a.py", 20, 1, "Ellipse.other", "same"),
        Caller("lib/a.py", 30, 1, "Ellipse.third", "np"),
    )
    found = document(view, Callers({callee: calls}, {callee: 5}))["findings"]
    graph = found[2]["graph"]
    assert [(call["symbol"], call["binding"], call["site"]) for call in graph["callers"]] == [
        ("Ellipse.radial", "default", True),
        ("Ellipse.third", "np", False),
        ("Ellipse.other", "same", False),
    ]
    assert (graph["threads"], graph["calls"], graph["more"]) == (1, 3, 0)
    assert graph["function"] == {"path": "dep/b.py", "symbol": "f", "line": 5}
    assert [step["path"] for step in graph["onward"]] == ["dep/b.py"]
    assert found[0]["graph"] is None
    assert found[1]["graph"] is None


def test_the_graph_of_an_operation_shows_who_calls_its_function(view: View) -> None:
    own = finding(
        "XP201", "numpy-call", 5, 12, Level.PROVED, message="m", symbol="angle_from",
        chain=(Step("lib/a.py", 4, 1, "f", "root"), Step("lib/a.py", 5, 12, "angle_from", "`np.sin` meets it")),
    )  # fmt: skip
    calls = tuple(Caller("lib/a.py", line, 1, "g", "same") for line in range(1, 12))
    shown = document(replace(view, findings=(own,)), Callers({("lib/a.py", "angle_from"): calls}, {}))
    graph = shown["findings"][0]["graph"]
    assert (len(graph["callers"]), graph["more"], graph["threads"]) == (8, 3, 11)
    assert [step["note"] for step in graph["onward"]] == ["`np.sin` meets it"]
    assert not any(call["site"] for call in graph["callers"])


def test_a_call_that_no_record_knows_is_drawn_all_the_same(view: View) -> None:
    graph = document(view, NONE)["findings"][2]["graph"]
    assert [(call["symbol"], call["binding"], call["site"]) for call in graph["callers"]] == [
        ("Ellipse.radial", "free", True)
    ]


def test_the_lines_of_the_page_are_those_that_it_shows(view: View) -> None:
    lines = document(replace(view, findings=FINDINGS[1:2]), NONE)["sources"]
    assert {path: sorted(found) for path, found in lines.items()} == {"lib/a.py": [2, 3, 4, 5, 6, 7, 8]}


def test_packages_are_as_deep_as_the_summary_stays_short(view: View) -> None:
    def packages(paths: list[str]) -> set[str]:
        found = tuple(replace(FINDINGS[0], path=path) for path in paths)
        return {item["package"] for item in document(replace(view, findings=found), NONE)["findings"]}

    assert packages(["a/b/x.py", "a/c/y.py", "z.py"]) == {"a.b", "a.c", "z"}
    assert packages([f"a/{n % 3}/{n}/x.py" for n in range(30)]) == {"a.0", "a.1", "a.2"}


def test_known_findings_and_problems_are_marked(view: View) -> None:
    shown = document(
        replace(view, findings=FINDINGS[:1], known=FINDINGS[1:], errors=(Problem("b.py", 3, "syntax", "bad"),)), NONE
    )
    assert [item["known"] for item in shown["findings"]] == [False, True, True]
    assert shown["baseline"]
    assert shown["errors"] == [{"path": "b.py", "line": 3, "message": "bad"}]


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pkg" / "m.py").write_text("import numpy as np\n\n\ndef f(a, xp=np):\n    return np.sort(xp.abs(a))\n")
    target = tmp_path / "page.html"
    options = ["--root", str(tmp_path), "--no-cache", "--jobs", "1"]
    assert run(["report", "--html", str(target), *options]) == 0
    assert [item["code"] for item in data_of(target.read_text())["findings"]] == ["XP201"]
    assert capsys.readouterr().err == f"xpcheck: 1 finding written to {target}\n"
    (tmp_path / "pkg" / "n.py").write_text("x = (\n")
    assert run(["report", "--html", str(target), *options]) == 2
    assert data_of(target.read_text())["errors"][0]["path"] == "pkg/n.py"
    assert run(["report", "--html", str(tmp_path / "none" / "page.html"), *options]) == 2
    assert "`--html` cannot be written: No such file or directory" in capsys.readouterr().err


def test_what_a_baseline_knows_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "pyproject.toml").write_text("[tool.xpcheck]\n")
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").touch()
    module = tmp_path / "pkg" / "m.py"
    module.write_text("import numpy as np\n\n\ndef f(a, xp=np):\n    return np.sort(xp.abs(a))\n")
    options = ["--root", str(tmp_path), "--no-cache", "--jobs", "1"]
    assert run(["baseline", "--allow-ci", "--output", "known.txt", "--root", str(tmp_path)]) == 0
    module.write_text(f"{module.read_text()}\n\ndef g(a, xp=np):\n    return np.sort(xp.abs(a))\n")
    assert run(["report", "--html", "page.html", "--baseline", "known.txt", *options]) == 0
    data = data_of((tmp_path / "page.html").read_text())
    assert data["baseline"]
    assert [(item["symbol"], item["known"]) for item in data["findings"]] == [("g", False), ("f", True)]
