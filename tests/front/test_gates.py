"""The gates: real pre-commit on a repository that uses this one as its source, and the steps of the GitHub action."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.precommit

REPOSITORY = Path(__file__).resolve().parents[2]

CLEAN = """import numpy as np


def norm_from(grid, xp=np):
    return xp.sqrt(grid.array[:, 0])
"""
PLANTED = (
    CLEAN
    + """

def angle_from(grid, xp=np):
    return np.arctan2(xp.abs(grid.array[:, 0]), 1.0)
"""
)
FIXED = PLANTED.replace("np.arctan2", "xp.arctan2")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """This repository as it stands, committed to one of its own, and the name of the commit."""
    folder = tmp_path_factory.mktemp("source")
    shipped = ["xpcheck", "autoarray_min", "README.md", "LICENSE", "pyproject.toml", ".pre-commit-hooks.yaml"]
    subprocess.run(["cp", "-r", *(str(REPOSITORY / name) for name in shipped), str(folder)], check=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "a release")
    return folder, git(folder, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", *arguments]
    return subprocess.run(command, cwd=folder, env=plain(), capture_output=True, text=True, check=True).stdout


def plain(**more: str) -> dict[str, str]:
    """The environment without what tells of a CI, a hook or this test's Python."""
    left_out = ("CI", "GITHUB", "PYTHONPATH", "VIRTUAL_ENV", "GIT_", "PRE_COMMIT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.invalid", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.invalid", **more}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments that it makes."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def project(tmp_path: Path, source: tuple[Path, str]) -> Path:
    root = tmp_path / "project"
    (root / "lens").mkdir(parents=True)
    (root / "lens" / "__init__.py").write_text("")
    (root / "lens" / "a.py").write_text(CLEAN)
    (root / "pyproject.toml").write_text("[tool.xpcheck]\n")
    hooks(root, source, "xpcheck")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "before the hook")
    return root


def hooks(root: Path, source: tuple[Path, str], hook: str) -> None:
    folder, revision = source
    document = {"repos": [{"repo": folder.as_uri(), "rev": revision, "hooks": [{"id": hook}]}]}
    (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(document))


@pytest.fixture
def run(project: Path, home: Path, tmp_path: Path) -> Run:
    def call(*command: str) -> subprocess.CompletedProcess[str]:
        environment = plain(PRE_COMMIT_HOME=str(home), XDG_CACHE_HOME=str(tmp_path / "cache"))
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        return subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=900, check=False
        )

    return call


def test_a_planted_bug_does_not_get_into_the_repository(run: Run, project: Path) -> None:
    assert run("pre-commit", "install").returncode == 0
    clean = run("pre-commit", "run", "--all-files")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert re.search(r"xpcheck \(whole project\)\.+Passed", clean.stdout)
    (project / "lens" / "a.py").write_text(PLANTED)
    blocked = run("git", "commit", "-qam", "planted")
    assert blocked.returncode == 1
    assert "lens/a.py:9:12: XP201 " in blocked.stdout + blocked.stderr
    (project / "lens" / "a.py").write_text(FIXED)
    passed = run("git", "commit", "-qam", "fixed")
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_a_bug_in_a_file_that_was_not_touched_is_seen(run: Run, project: Path) -> None:
    (project / "lens" / "b.py").write_text(
        "import numpy as np\n\nfrom lens.a import norm_from\n\n\ndef twice_from(grid, xp=np):\n"
        "    return xp.add(norm_from(grid, xp), norm_from(grid, xp))\n"
    )
    git(project, "add", "-A")
    git(project, "commit", "-qm", "a caller")
    run("pre-commit", "install")
    changed = CLEAN.replace("grid, xp=np", "grid, scale=1.0, xp=np")
    (project / "lens" / "a.py").write_text(changed)
    blocked = run("git", "commit", "-qam", "another parameter before the namespace")
    assert blocked.returncode == 1
    assert "lens/b.py:7:" in blocked.stdout + blocked.stderr


def test_a_baseline_lets_through_what_is_known(run: Run, project: Path, source: tuple[Path, str]) -> None:
    (project / "lens" / "a.py").write_text(PLANTED)
    subprocess.run(
        [sys.executable, "-m", "xpcheck", "baseline"], cwd=project, env=plain(PYTHONPATH=str(REPOSITORY)), check=True
    )
    git(project, "add", "-A")
    git(project, "commit", "-qm", "parked")
    run("pre-commit", "install")
    (project / "lens" / "a.py").write_text(f"# a comment\n{PLANTED}")
    passed = run("git", "commit", "-qam", "an edit elsewhere")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    (project / "lens" / "a.py").write_text(FIXED)
    pruned = run("git", "commit", "-qam", "fixed")
    assert pruned.returncode == 1
    assert "files were modified by this hook" in pruned.stdout + pruned.stderr
    assert "1 entry without a finding taken out of xpcheck-baseline.jsonl" in pruned.stdout + pruned.stderr
    assert run("git", "commit", "-qam", "fixed").returncode == 0


def test_committed_files_only(run: Run, project: Path, source: tuple[Path, str]) -> None:
    hooks(project, source, "xpcheck-files")
    (project / "lens" / "a.py").write_text(PLANTED)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "planted before the hook")
    (project / "lens" / "b.py").write_text(CLEAN)
    git(project, "add", "-A")
    assert run("pre-commit", "run").returncode == 0
    everything = run("pre-commit", "run", "--all-files")
    assert everything.returncode == 1
    assert "lens/a.py:9:12: XP201 " in everything.stdout


def test_the_flake8_way(run: Run, project: Path, source: tuple[Path, str]) -> None:
    hook = {
        "id": "flake8", "name": "flake8", "entry": "flake8 --select XP", "language": "python", "types": ["python"],
        "require_serial": True, "additional_dependencies": [str(source[0])],
    }  # fmt: skip
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}))
    (project / "lens" / "a.py").write_text(PLANTED)
    git(project, "add", "-A")
    blocked = run("pre-commit", "run")
    assert blocked.returncode == 1
    assert "lens/a.py:9:12: XP201 " in blocked.stdout


def test_a_missing_dependency_is_an_error_that_names_the_remedy(run: Run, project: Path) -> None:
    (project / "lens" / "a.py").write_text(f"import autoarray as aa\n{CLEAN}")
    git(project, "add", "-A")
    missing = run("pre-commit", "run")
    assert missing.returncode == 1
    assert "`autoarray` must be followed but was not found" in missing.stdout
    assert "`additional_dependencies: [autoarray]`" in missing.stdout


# ---------------------------------------------------------------------------------------------------- GitHub action


ACTION = yaml.safe_load((REPOSITORY / "action.yml").read_text())


class Runner:
    """Runs the steps of a composite action that are commands, as GitHub would; other actions are noted."""

    def __init__(self, folder: Path, workspace: Path, inputs: Mapping[str, str]) -> None:
        self.folder, self.workspace = folder, workspace
        self.inputs = {name: str(entry["default"]) for name, entry in ACTION["inputs"].items()} | dict(inputs)
        self.outputs: dict[str, dict[str, str]] = {}
        self.used: dict[str, dict[str, str]] = {}
        self.log = ""

    def value(self, text: Any) -> str:
        """A text with its expressions replaced."""

        def replaced(found: re.Match[str]) -> str:
            source, *path = found[1].strip().split(".")
            if source == "inputs":
                return self.inputs[path[0]]
            assert (source, path[1]) == ("steps", "outputs"), found[1]
            return self.outputs.get(path[0], {}).get(path[2], "")

        return re.sub(r"\$\{\{(.*?)\}\}", replaced, str(text))

    def run(self) -> int:
        """The exit code of the first step that fails, 0 if none does."""
        for number, step in enumerate(ACTION["runs"]["steps"]):
            if "uses" in step:
                self.used[step["uses"].split("@")[0]] = {key: self.value(item) for key, item in step["with"].items()}
                continue
            assert step["shell"] == "bash"
            output = self.folder / f"output-{number}"
            output.write_text("")
            environment = plain(
                CI="true", GITHUB_ACTION_PATH=str(REPOSITORY), GITHUB_OUTPUT=str(output), RUNNER_TEMP=str(self.folder),
                GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"), XDG_CACHE_HOME=str(self.folder / "cache"),
                **{name: self.value(item) for name, item in step.get("env", {}).items()},
            )  # fmt: skip
            environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], env=environment,
                cwd=self.workspace / self.value(step.get("working-directory", ".")), capture_output=True, text=True,
                timeout=900, check=False,
            )  # fmt: skip
            self.log += done.stdout + done.stderr
            lines = output.read_text().splitlines()
            self.outputs[step.get("id", str(number))] = dict(line.split("=", 1) for line in lines)
            if done.returncode:
                return done.returncode
        return 0


def test_the_steps_of_the_action(project: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "wheels"
    (wheel / "fields").mkdir(parents=True)
    (wheel / "fields" / "__init__.py").write_text(CLEAN)
    (wheel / "pyproject.toml").write_text('[project]\nname = "fields"\nversion = "1"\n')
    (project / "pyproject.toml").write_text('[tool.xpcheck]\nfollow = ["fields"]\n')
    (project / "lens" / "a.py").write_text(f"import fields\n{PLANTED}")
    inputs = {"dependencies": str(wheel), "working-directory": "project", "options": "--level possible"}
    folder = tmp_path / "runner"
    folder.mkdir()

    runner = Runner(folder, tmp_path, inputs)
    assert runner.run() == 1, runner.log
    assert runner.value(ACTION["outputs"]["exit-code"]["value"]) == "1"
    assert "::error file=lens/a.py,line=10," in runner.log
    upload = runner.used["github/codeql-action/upload-sarif"]
    sarif = json.loads(Path(upload["sarif_file"]).read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["XP201"]
    summary = (folder / "summary.md").read_text()
    assert "1 hazards, 0 conventions, 0 errors" in summary
    assert "| lens/a.py:10 | XP201 | `np.arctan2` " in summary

    (project / "lens" / "a.py").write_text(f"import fields\n{FIXED}")
    clean = Runner(folder, tmp_path, inputs)
    assert clean.run() == 0, clean.log
    assert "0 hazards, 0 conventions, 0 errors" in (folder / "summary.md").read_text()

    (project / "pyproject.toml").write_text("[tool.xpcheck]\nlevle = 3\n")
    wrong = Runner(folder, tmp_path, inputs)
    assert wrong.run() == 2
    assert "did you mean `level`?" in wrong.log
    assert wrong.used["github/codeql-action/upload-sarif"]["sarif_file"] == ""
