"""``junit``: a test report in which every file is a suite and every finding a test that failed.

The elements and attributes are those that Jenkins' xUnit schema (``junit-10.xsd``) knows. A file in which nothing is
found is not listed: the suite ``xpcheck`` always is, so that an empty report is a passed one.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final, TextIO
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from xpcheck.model import Finding, Problem
from xpcheck.report.view import View, advice_apart, label_of, one_line

_NAME: Final = "xpcheck"


def render(view: View, stream: TextIO) -> None:
    """Write the report as one XML document."""
    document = Element("testsuites", name=_NAME)
    analysis = _suite(document, _NAME, 1, 0, len(view.errors))
    case = SubElement(analysis, "testcase", name="analysis", classname=_NAME)
    for problem in view.errors:
        _problem(case, view, problem)
    everything = sorted((*view.findings, *(view.known or ())), key=lambda item: item.sort_key)
    known = frozenset(view.known or ())
    for path, group in groupby(everything, key=lambda item: item.path):
        found = list(group)
        suite = _suite(document, view.display(path), len(found), sum(item not in known for item in found), 0)
        for item in found:
            _finding(suite, view, item, item in known)
    _count(document, 1 + len(everything), len(view.findings), len(view.errors))
    indent(document)
    # Pure ASCII, as all formats for programs.
    stream.write(tostring(document, encoding="us-ascii", xml_declaration=True).decode("ascii") + "\n")


def _suite(parent: Element, name: str, tests: int, failures: int, errors: int) -> Element:
    suite = SubElement(parent, "testsuite", name=one_line(name))
    _count(suite, tests, failures, errors)
    return suite


def _count(element: Element, tests: int, failures: int, errors: int) -> None:
    element.attrib.update(tests=str(tests), failures=str(failures), errors=str(errors))


def _finding(suite: Element, view: View, item: Finding, known: bool) -> None:
    name = f"{item.code} {item.name} {item.span.line}:{item.span.column}"
    case = SubElement(suite, "testcase", name=name, classname=one_line(f"{view.display(item.path)}::{item.symbol}"))
    if known:
        SubElement(case, "skipped", message="in the baseline")
        return
    failure = SubElement(case, "failure", type=str(item.level or item.kind), message=one_line(item.message))
    lines = [f"{view.display(item.path)}:{item.span.line}:{item.span.column}: {advice_apart(item)}"]
    for number, step in enumerate(item.chain):
        label = label_of(number, len(item.chain))
        lines.append(f"{label:<4} {step.note}  {view.display(step.path)}:{step.line}")
    lines += [item.hint] if item.hint else []
    failure.text = "\n".join(map(one_line, lines))


def _problem(case: Element, view: View, problem: Problem) -> None:
    error = SubElement(case, "error", type=problem.kind, message=one_line(problem.message))
    error.text = one_line(f"{view.display(problem.path)}:{max(1, problem.line)}: {problem.message}")
