from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.flow.analysed import findings_in
from xpcheck.model import Finding


@pytest.fixture
def findings(tmp_path: Path) -> Callable[[dict[str, str]], list[Finding]]:
    """Findings of all rules in a project given as texts, files of other kinds included."""
    return partial(findings_in, tmp_path)
