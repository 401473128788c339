"""The steps of a way stand where they happen, so that their source lines can be read."""

from __future__ import annotations

from tests.fixtures.analysis import FIXTURES, report_of

SOURCES = FIXTURES / "tour"


def test_attributes_are_stored_and_read_where_the_source_says_so() -> None:
    seen = set()
    for finding in report_of(SOURCES).findings:
        for step in finding.chain:
            what, _, attribute = step.note.partition(" as `")
            line = (SOURCES / step.path).read_text().splitlines()[step.line - 1] if step.path.endswith(".py") else ""
            name = attribute.rstrip("`")
            if what == "stored" and name:
                seen.add("by a base class" if "super().__init__" in line else what)
                assert f"{name} =" in line or "super().__init__" in line, (step, line)
            elif what == "read" and name:
                inside = name in line
                seen.add(what if inside else "by a callee")
                assert inside or line.lstrip().startswith("def "), (step, line)
    assert seen == {"stored", "by a base class", "read", "by a callee"}
