from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from xpcheck.project.discovery import excluder, project_modules

from .conftest import Tree, git


def names(root: Path, paths: Sequence[Path] = (), exclude: Sequence[str] = ()) -> dict[str, str]:
    """Module name to path below the root."""
    found = project_modules(root, paths, exclude)
    assert not found.problems
    return {file.name: os.path.relpath(file.file, root.resolve()).replace(os.sep, "/") for file in found.files}


def test_names_follow_the_chain_of_packages(tree: Tree) -> None:
    root = tree({
        "pyproject.toml": "",
        "pkg/__init__.py": "",
        "pkg/deep/__init__.py": "",
        "pkg/deep/mod.py": "",
        "scripts/run.py": "",
        "notes.txt": "",
        "pkg/stub.pyi": "",
    })  # fmt: skip
    assert names(root) == {
        "pkg": "pkg/__init__.py",
        "pkg.deep": "pkg/deep/__init__.py",
        "pkg.deep.mod": "pkg/deep/mod.py",
        "run": "scripts/run.py",
    }


def test_namespace_packages_below_src(tree: Tree) -> None:
    root = tree({
        "src/plain.py": "",
        "src/ns/one/__init__.py": "",
        "src/ns/one/mod.py": "",
        "src/ns/loose.py": "",
        "packages/b/src/other/__init__.py": "",
    })  # fmt: skip
    assert list(names(root)) == ["ns.loose", "ns.one", "ns.one.mod", "other", "plain"]


def test_a_package_in_a_plain_folder_of_a_package_belongs_to_it(tree: Tree) -> None:
    root = tree({
        "pyproject.toml": "",
        "pkg/__init__.py": "",
        "pkg/vendored/inner/__init__.py": "",
        "pkg/vendored/inner/mod.py": "",
        "pkg/scripts/run.py": "",
    })  # fmt: skip
    assert names(root) == {
        "pkg": "pkg/__init__.py",
        "pkg.vendored.inner": "pkg/vendored/inner/__init__.py",
        "pkg.vendored.inner.mod": "pkg/vendored/inner/mod.py",
        "run": "pkg/scripts/run.py",
    }


def test_walk_skips_what_is_not_the_project(tree: Tree) -> None:
    root = tree({
        "a.py": "",
        ".hidden/b.py": "",
        "__pycache__/c.py": "",
        "env/pyvenv.cfg": "",
        "env/lib/d.py": "",
        "build/lib/e.py": "",
        "dist/f.py": "",
        "node_modules/g.py": "",
        "x/site-packages/h.py": "",
        ".#a.py": "",
        "pkg/__init__.py": "",
        "pkg/build/__init__.py": "",
    })  # fmt: skip
    assert list(names(root)) == ["a", "pkg", "pkg.build"]


def test_git_decides_what_is_ignored(tree: Tree) -> None:
    root = tree({
        ".gitignore": "generated/\nsecret.py\n",
        "a.py": "",
        "gone.py": "",
        "untracked.py": "",
        "secret.py": "",
        "generated/g.py": "",
        "env/pyvenv.cfg": "",
        "env/lib/d.py": "",
        "build/new.py": "",
        "tracked/build/kept.py": "",
        "é ü.py": "",
    })  # fmt: skip
    git(root, "init")
    git(root, "add", "a.py", "gone.py", "tracked", "é ü.py", ".gitignore")
    git(root, "commit", "-m", "x")
    (root / "gone.py").unlink()
    assert sorted(names(root)) == ["a", "kept", "untracked", "é ü"]
    assert "secret" in names(root, [root / "secret.py"])
    assert "g" in names(root, [root / "generated"])
    assert sorted(names(root, [root])) == ["a", "kept", "untracked", "é ü"], (
        "naming the root is not naming what is ignored"
    )
    assert sorted(names(root / "generated")) == ["g"], "a root that git ignores is walked"


def test_git_variables_of_a_hook_are_not_believed(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({".gitignore": "b.py\n", "a.py": "", "b.py": ""})
    git(root, "init")
    monkeypatch.setenv("GIT_DIR", str(root / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(root / "nowhere"))
    assert list(names(root)) == ["a"]


def test_git_runs_no_program_that_the_repository_names(tree: Tree) -> None:
    root = tree({"a.py": ""})
    git(root, "init")
    marker = root / "was-run"
    git(root, "config", "core.fsmonitor", f"touch {marker}")
    assert list(names(root)) == ["a"]
    assert not marker.exists()


def test_broken_git_is_a_note(tree: Tree) -> None:
    root = tree({"a.py": "", ".git/HEAD": "nonsense"})
    found = project_modules(root)
    assert [file.name for file in found.files] == ["a"]
    assert any("git" in note for note in found.notes)


def test_a_subset_of_a_project_is_the_project(tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "a.py": "", "pkg/__init__.py": "", "pkg/b.py": ""})
    assert names(root, [root / "a.py"]) == names(root, [root / "pkg"]) == names(root)


def test_without_a_project_only_the_paths_count(tree: Tree) -> None:
    root = tree({"one/__init__.py": "", "one/a.py": "", "two/__init__.py": "", "loose/c.py": ""})
    assert list(names(root, [root / "one"])) == ["one", "one.a"]
    assert list(names(root, [root / "one" / "a.py"])) == ["one", "one.a"]
    assert list(names(root, [root / "loose" / "c.py"])) == ["c"]
    assert list(names(root)) == ["c", "one", "one.a", "two"]


def test_a_lone_script_brings_what_lies_beside_it(tree: Tree) -> None:
    root = tree({"main.py": "", "helper.py": "", "pkg/__init__.py": "", "pkg/a.py": "", "data/x.py": ""})
    assert list(names(root, [root / "main.py"])) == ["helper", "main", "pkg", "pkg.a"]


def test_exclude(tree: Tree) -> None:
    root = tree({"setup.py": "", "a.py": "", "docs/b.py": "", "x/docs/c.py": "", "x/d.py": "", "x/y/e.py": ""})
    assert sorted(names(root, exclude=["docs", "setup.py"])) == ["a", "d", "e"]
    assert sorted(names(root, exclude=["/docs", "x/*.py", "setup.py"])) == ["a", "c", "e"]
    assert sorted(names(root, exclude=["x/**", "setup.py"])) == ["a", "b"]
    assert sorted(names(root, [root / "a.py"], exclude=["a.py", "setup.py"])) == ["b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.py", "a/b.py", True),
        ("a", "a/b.py", True),
        ("a", "x/a/b.py", True),
        ("a", "ab/c.py", False),
        ("a/b", "x/a/b/c.py", False),
        ("**/b", "x/a/b/c.py", True),
        ("**/b", "b/c.py", True),
        ("a/**/c.py", "a/c.py", True),
        ("a/*/c.py", "a/b/b/c.py", False),
        ("te?t", "test/c.py", True),
        ("./a/", "a/b.py", True),
        ("a.b", "axb", False),
    ],
)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    assert excluder([pattern])(path) is matches


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links(tree: Tree) -> None:
    root = tree({"pkg/__init__.py": "", "pkg/a.py": ""})
    (root / "pkg" / "loop").symlink_to(root, target_is_directory=True)
    (root / "again.py").symlink_to(root / "pkg" / "a.py")
    assert list(names(root)) == ["again", "pkg", "pkg.a"]
    outside = root.parent / "link"
    outside.symlink_to(root, target_is_directory=True)
    assert list(names(outside)) == ["again", "pkg", "pkg.a"]
    assert list(names(root, [outside / "pkg" / "a.py"])) == ["pkg", "pkg.a"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_cannot_be_read_is_a_problem(tree: Tree) -> None:
    root = tree({"a.py": "", "d.py/x.txt": ""})
    (root / "dangling.py").symlink_to(root / "nowhere")
    found = project_modules(root, [root / "absent.py", root])
    assert [file.name for file in found.files] == ["a"]
    assert [(problem.path, problem.kind) for problem in found.problems] == [
        ("absent.py", "unreadable"),
        ("dangling.py", "unreadable"),
    ]


def test_other_files_that_are_named(tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "tool": "x = 1", "a.pyi": ""})
    found = project_modules(root, [root / "tool", root / "a.pyi"])
    assert [file.name for file in found.files] == ["tool"]
    assert found.notes == ("a.pyi: not a .py file, left out",)


def test_two_modules_of_one_name(tree: Tree) -> None:
    root = tree({
        "pyproject.toml": "",
        "pkg/__init__.py": "",
        "pkg/a.py": "",
        "old/v1.0/pkg/__init__.py": "",
        "old/v1.0/pkg/a.py": "",
        "one/helpers.py": "",
        "two/helpers.py": "",
        "tool.py": "",
        "tool/__init__.py": "",
    })  # fmt: skip
    assert names(root) == {
        "helpers": "one/helpers.py",
        "helpers@two": "two/helpers.py",
        "pkg": "pkg/__init__.py",
        "pkg.a": "pkg/a.py",
        "pkg@old/v1%2E0": "old/v1.0/pkg/__init__.py",
        "pkg@old/v1%2E0.a": "old/v1.0/pkg/a.py",
        "tool": "tool/__init__.py",
        "tool@py": "tool.py",
    }


def test_portions_of_a_namespace_share_its_name(tree: Tree) -> None:
    root = tree({"p/src/ns/a/__init__.py": "", "q/src/ns/b/__init__.py": "", "q/src/ns/a/__init__.py": ""})
    assert sorted(names(root)) == ["ns.a", "ns.a@q/src", "ns.b"]
    (root / "q/src/ns/a/__init__.py").unlink()
    assert sorted(names(root)) == ["ns.a", "ns.b"]


def test_a_module_beside_packages_is_in_their_namespace(tree: Tree) -> None:
    root = tree(
        {"pkg/__init__.py": "", "pkg/vendor/lib/__init__.py": "", "pkg/vendor/hook.py": "", "pkg/bin/run.py": ""}
    )
    assert sorted(names(root)) == ["pkg", "pkg.vendor.hook", "pkg.vendor.lib", "run"]


def test_order_does_not_depend_on_the_file_system(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({f"{name}/m.py": "" for name in "cab"})
    first = project_modules(root)
    reversed_scandir = os.scandir

    class Reversed:
        def __init__(self, path: str) -> None:
            with reversed_scandir(path) as entries:
                self.entries = list(entries)[::-1]

        def __enter__(self) -> list[os.DirEntry[str]]:
            return self.entries

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Reversed)
    assert project_modules(root) == first
    assert [file.name for file in first.files] == ["m", "m@b", "m@c"]
