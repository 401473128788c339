"""``xpcheck.check``: the analysis as a function, and who may do its work."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import xpcheck

REPOSITORY = Path(__file__).resolve().parents[2]
TOUR = REPOSITORY / "fixtures" / "tour"


class Counting(Executor):
    """Hands everything to another executor and counts it."""

    def __init__(self, inner: Executor) -> None:
        self.inner = inner
        self.submitted = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted += 1
        return self.inner.submit(fn, *args, **kwargs)


@pytest.fixture(scope="module")
def alone() -> Any:
    return xpcheck.check(TOUR)


def test_the_function_finds_what_the_command_finds(alone: Any) -> None:
    assert {"XP101", "XP201", "XP401"} <= {item.code for item in alone.findings} and not alone.errors
    assert xpcheck.check(TOUR / "lightlib" / "profiles").findings == alone.findings, "the whole project is analysed"


def test_unknown_names_are_errors() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        xpcheck.nothing  # noqa: B018


def test_a_pool_of_processes_does_the_work(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        counting = Counting(pool)
        assert xpcheck.check(TOUR, executor=counting) == alone
    assert counting.submitted > 8


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_does_the_work(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import Client, LocalCluster

    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        counting = Counting(client.get_executor())
        assert xpcheck.check(TOUR, executor=counting) == alone
    assert counting.submitted > 8
