"""The data measured again with the installed libraries.

Exactly the same where the installed versions are a recorded set; for other versions only the class of a known name
counts. A seeded sample by default, everything with ``-m slow``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("jax")
pytest.importorskip("scipy")

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = {"jax_numpy": 60, "numpy": 120, "python": 60, "scipy": 60}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure_models", ROOT / "scripts" / "measure_models.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["measure_models"] = module
    spec.loader.exec_module(module)
    return module


def recorded(script: ModuleType) -> bool:
    sets = script.store.read(script.DATA / "numpy.json")[0]
    return script.store.label(script.store.installed()) in sets


def complaints(script: ModuleType, measured: dict[str, Any], whole: bool) -> list[str]:
    if recorded(script):
        return list(script.differences(measured, whole=whole))
    return list(script.class_changes(measured))


def test_a_sample(script: ModuleType) -> None:
    chosen: list[str] = []
    for file_name, count in SAMPLE.items():
        names = {entry["name"] for entry in json.loads((script.DATA / f"{file_name}.json").read_text())["entries"]}
        chosen += random.Random(20261120).sample(sorted(names), count)
    assert complaints(script, script.measure_all(chosen), whole=False) == []


@pytest.mark.slow
def test_everything(script: ModuleType) -> None:
    measured = script.measure_all()
    assert complaints(script, measured, whole=True) == []


def test_other_versions_fail_only_on_a_changed_class(script: ModuleType) -> None:
    entry = {"kind": "function", "effect": "breaks", "raises": "SomeNewError"}
    assert script.class_changes({"numpy": {"numpy.sqrt": entry, "numpy.brand_new": entry}}) == []
    (complaint,) = script.class_changes({"numpy": {"numpy.sqrt": entry | {"effect": "passes"}}})
    assert "numpy.sqrt" in complaint


def test_a_record_replaces_only_its_own_set(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = script.store
    versions = {"python": "3.11.7", "numpy": "2.0.0", "jax": "0.5.0", "scipy": "1.14.0"}
    monkeypatch.setattr(store, "installed", lambda: versions)
    same, changed = {"effect": "breaks"}, {"effect": "passes"}
    store.record(tmp_path, {"numpy": {"numpy.a": same, "numpy.b": same}})
    versions = versions | {"numpy": "2.1.0"}
    store.record(tmp_path, {"numpy": {"numpy.a": same, "numpy.b": changed, "numpy.c": same}})
    sets, by_set = store.read(tmp_path / "numpy.json")
    old, new = sets
    assert by_set[old] == {"numpy.a": same, "numpy.b": same}
    assert by_set[new] == {"numpy.a": same, "numpy.b": changed, "numpy.c": same}
    text = (tmp_path / "numpy.json").read_text()
    assert text.count('"numpy.a"') == 1 and text.count('"numpy.b"') == 2
    store.record(tmp_path, {"numpy": {"numpy.a": same}})
    assert store.read(tmp_path / "numpy.json")[1][old] == {"numpy.a": same, "numpy.b": same}


@pytest.mark.parametrize("file_name", ["jax_numpy", "methods", "numpy", "python", "scipy"])
def test_files_are_one_sorted_entry_a_line(script: ModuleType, file_name: str) -> None:
    text = (script.DATA / f"{file_name}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    names = [entry["name"] for entry in document["entries"]]
    assert names == sorted(names)
    assert text.count('\n{"name": ') == len(names)
    assert all(set(version) == {"python", "numpy", "jax", "scipy"} for version in document["sets"].values())


def test_few_names_are_unmeasured(script: ModuleType) -> None:
    for file_name in ("numpy", "python", "methods", "jax_numpy"):
        entries = json.loads((script.DATA / f"{file_name}.json").read_text())["entries"]
        unmeasured = [entry["name"] for entry in entries if entry.get("measured") is False]
        assert len(unmeasured) <= 0.02 * len(entries), unmeasured


def dispatching(names: list[str]) -> list[str]:
    """Which functions of SciPy take traced values where it dispatches: it reads the setting when it is imported."""
    code = f"import measure_models; print(*measure_models.dispatching({names!r}))"
    environment = {**os.environ, "SCIPY_ARRAY_API": "1", "PYTHONPATH": str(ROOT / "scripts")}
    process = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=600
    )
    return process.stdout.split()


@pytest.mark.parametrize("count", [10, pytest.param(None, marks=pytest.mark.slow)])
def test_what_scipy_takes_where_it_dispatches(script: ModuleType, count: int | None) -> None:
    text = (script.DATA / "scipy_array_api.toml").read_text()
    model = tomllib.loads(text)
    names = [entry["name"] for entry in model["callable"]]
    chosen = sorted(names if count is None else random.Random(20261121).sample(names, count))
    measured = dispatching([*chosen, "scipy.special.ellipe"])
    if script.store.label(script.store.installed()) in text:
        assert measured == chosen
    else:  # a version may take more than another
        assert not {*measured}.isdisjoint(chosen)
