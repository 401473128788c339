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


def test_each_call_is_counted_once_as_a_sibling(project, xpcheck) -> None:
    text = """
        import numpy as np

        def radius_from(y, x, scale=True, xp=np):
            return xp.sqrt(y**2 + x**2) if scale else xp.abs(y)

        def one_from(y, x, flag=False, xp=np):
            if flag:
                return radius_from(y, x, scale=False, xp=xp)
            return radius_from(y, x, xp=xp) + radius_from(x, y, xp=xp)

        def two_from(y, x, xp=np):
            return one_from(y, x, True, xp=xp) + one_from(y, x, xp=xp) + radius_from(y, x) + xp.abs(x) + xp.abs(y)
    """
    project({"pkg/m.py": text})
    assert "(3 of 4 calls of it pass `xp`)" in xpcheck("check", "--format", "concise", "--select", "XP101").out
