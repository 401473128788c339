from __future__ import annotations

from typing import Any

import pytest

from tests.real import verdicts


@pytest.fixture(scope="session")
def found() -> dict[tuple[str, int, str], dict[str, Any]]:
    """The default findings on the real libraries; the analysis takes a while."""
    return verdicts.findings()
