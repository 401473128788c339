"""Every format for a program is read as its consumer reads it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import jsonschema
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from tests.front.test_report import FINDINGS, finding, rendered
from xpcheck.model import Level, Problem, Step
from xpcheck.report import write
from xpcheck.report.view import Sources, View

NASTY = finding(
    "XP101", "unthreaded-call", 3, 1, Level.LIKELY,
    message="`a::b,c` % 100\x1b[31m <&> \"quoted\" ]]> \udce9", chain=(Step("lib/a,b:c.py", 1, 1, "f", "x<y"),),
)  # fmt: skip


@pytest.fixture
def view(tmp_path) -> View:
    errors = (Problem("lib/broken: file.py", 0, "syntax", "invalid\nsyntax"),)
    return View(str(tmp_path), (*FINDINGS, NASTY), errors, {"files": 2}, Sources(tmp_path))


# --------------------------------------------------------------------------------------------------------------- GitHub

COMMAND = re.compile(r"^::(?P<name>\w+)(?: (?P<properties>.*?))?::(?P<message>.*)$")
ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as GitHub's runner reads them: properties end at the first ``::``, escapes are undone last."""
    found = []
    for line in text.splitlines():
        match = COMMAND.match(line)
        assert match is not None, line
        pairs = [item.split("=", 1) for item in (match["properties"] or "").split(",") if item]
        found.append((match["name"], {key: unescaped(value) for key, value in pairs}, unescaped(match["message"])))
    return found


def unescaped(text: str) -> str:
    for code, char in ESCAPES:
        text = text.replace(code, char)
    return text


def test_github_reads_what_was_meant(view: View) -> None:
    read = commands(rendered("github", view))
    assert [name for name, _, _ in read] == ["warning", "error", "error", "error", "error"]
    for (_, properties, message), item in zip(read[:4], view.findings, strict=True):
        assert properties["file"] == item.path
        assert properties["title"] == f"{item.code} {item.name}"
        assert int(properties["line"]) == item.span.line
        assert message.startswith(item.message[:10])
        assert {"file", "line", "endLine", "col", "endColumn", "title"} == set(properties)
    assert read[3][2] == '`a::b,c` % 100\ufffd[31m <&> "quoted" ]]> \ufffd'
    assert read[4][1]["file"] == "lib/broken: file.py"


# --------------------------------------------------------------------------------------------------------------- GitLab

POSITION = {"type": "object", "required": ["line"], "properties": {"line": {"type": "integer", "minimum": 1}}}
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path"],
                "properties": {"path": {"type": "string", "pattern": r"^(?!\.?/)"}},
                "oneOf": [
                    {
                        "required": ["lines"],
                        "properties": {
                            "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}}
                        },
                    },
                    {
                        "required": ["positions"],
                        "properties": {"positions": {"required": ["begin"], "properties": {"begin": POSITION}}},
                    },
                ],
            },
        },
    },
}
"""What https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format asks for."""


def test_gitlab_accepts_the_report_and_tells_findings_apart(view: View) -> None:
    jsonschema.Draft202012Validator.check_schema(CODE_QUALITY)
    document = json.loads(rendered("gitlab", view))
    jsonschema.validate(document, CODE_QUALITY)
    assert [item["severity"] for item in document] == ["info", "major", "critical", "major", "blocker"]
    assert len({item["fingerprint"] for item in document}) == len(document)
    del document[0]["location"]["positions"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, CODE_QUALITY)


def test_a_fingerprint_of_gitlab_does_not_depend_on_other_findings(view: View) -> None:
    alone = json.loads(rendered("gitlab", replace(view, findings=(NASTY,), errors=())))
    assert alone == json.loads(rendered("gitlab", view))[3:4]


# ---------------------------------------------------------------------------------------------------------------- JUnit


def test_junit_is_read_back(view: View) -> None:
    known = finding("XP201", "numpy-call", 9, 1, Level.PROVED, message="known")
    document = JUnitXml.fromstring(rendered("junit", replace(view, known=(known,))).encode())
    suites = list(document)
    assert [suite.name for suite in suites] == ["xpcheck", "lib/a.py"]
    assert (document.tests, document.failures, document.errors) == (6, 4, 1)
    assert [(suite.tests, suite.failures, suite.errors) for suite in suites] == [(1, 0, 1), (5, 4, 0)]
    assert [type(case.result[0]) for suite in suites for case in suite] == [
        Error, Failure, Failure, Skipped, Failure, Failure,
    ]  # fmt: skip
    first = next(iter(suites[1]))
    assert first.name == "XP101 unthreaded-call 3:1"
    assert first.classname == "lib/a.py::Ellipse.radial"
    assert first.result[0].message == '`a::b,c` % 100\ufffd[31m <&> "quoted" ]]> \ufffd'
    assert first.result[0].text.splitlines()[1] == "at   x<y  lib/a,b:c.py:1"


def test_an_empty_junit_report_is_a_passed_test(tmp_path) -> None:
    document = JUnitXml.fromstring(rendered("junit", View(str(tmp_path), (), (), {}, Sources(tmp_path))).encode())
    assert (document.tests, document.failures, document.errors) == (1, 0, 0)
    assert [case.is_passed for suite in document for case in suite] == [True]


# ---------------------------------------------------------------------------------------------------------------- SARIF


def test_sarif_says_what_a_baseline_knows(view: View) -> None:
    def states(shown: View) -> list[str | None]:
        stream = io.StringIO()
        write("sarif", shown, stream)
        return [item.get("baselineState") for item in json.loads(stream.getvalue())["runs"][0]["results"]]

    assert states(view) == [None] * 4
    assert states(replace(view, known=())) == ["new"] * 4
    assert states(replace(view, findings=(NASTY,), known=FINDINGS)) == ["new", *["unchanged"] * 3]


def test_the_summary_counts_what_a_baseline_knows(view: View) -> None:
    last = rendered("full", replace(view, findings=(NASTY,), known=FINDINGS)).splitlines()[-1]
    assert last == (
        "1 hazard (1 likely), 0 conventions in 2 files; 3 more in the baseline; 1 error: the list is not complete"
    )
