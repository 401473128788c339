"""XP101: what keeps the fix from being safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.analysis import report_of
from xpcheck.model import Safety

LENGTHS = """\
import numpy as np


def length_from(values, xp=np):
    return xp.sqrt(xp.sum(values**2))


def scaled_from(values, xp=np):
    values = xp.abs(values)
    return {} * values
"""


@pytest.mark.parametrize("conversion", ["float", "int", "bool", "complex"])
def test_a_result_that_is_converted_at_once_must_stay_a_number(tmp_path: Path, conversion: str) -> None:
    (tmp_path / "lengths.py").write_text(LENGTHS.format(f"{conversion}(length_from(values))"))
    (item,) = [item for item in report_of(tmp_path).findings if item.code == "XP101"]
    assert item.fix is not None
    assert item.fix.safety is Safety.UNSAFE
    assert conversion in item.fix.reason


def test_a_result_that_goes_elsewhere_is_handed_on(tmp_path: Path) -> None:
    (tmp_path / "lengths.py").write_text(LENGTHS.format("xp.real(length_from(values))"))
    (item,) = [item for item in report_of(tmp_path).findings if item.code == "XP101"]
    assert item.fix is not None
    assert item.fix.safety is Safety.SAFE
