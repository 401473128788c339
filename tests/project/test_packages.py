from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from xpcheck.project import Index, build
from xpcheck.project.packages import imported_packages, search_folders, threading_filter, threads
from xpcheck.syntax import outline

from .conftest import Tree

AWARE = "import numpy as np\n\ndef f(x, xp=np):\n    return xp.sin(x)\n"
PLAIN = "def f(x):\n    return x\n"


def modules(index: Index, own: bool) -> dict[str, str]:
    return {name: module.path for name, module in index.modules.items() if module.own is own}


def read(root: Path, paths: Sequence[Path] = (), **options: Any) -> Index:
    return build(root, paths, **options)


def test_a_package_that_takes_the_namespace_is_followed(tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "app/__init__.py": "import lib\nimport other, third.sub\n"})
    site = tree({
        "lib/__init__.py": "from lib import deep",
        "lib/deep.py": AWARE,
        "lib/tests/test_it.py": AWARE,
        "lib/test_lib/x.py": AWARE,
        "lib/mock/m.py": AWARE,
        "lib/mock.py": AWARE,
        "lib/test_mode.py": PLAIN,
        "other/__init__.py": PLAIN,
    }, "site")  # fmt: skip
    index = read(root, search_path=[site])
    assert modules(index, own=True) == {"app": "app/__init__.py"}
    assert modules(index, own=False) == {
        "lib": "lib/__init__.py",
        "lib.deep": "lib/deep.py",
        "lib.test_mode": "lib/test_mode.py",
    }
    assert index.modules["lib.deep"].package == "lib"
    assert index.missing == ("third",)
    assert not index.problems


def test_followed_packages_are_followed_on(tree: Tree) -> None:
    root = tree({"a.py": "import one"})
    site = tree({
        "one/__init__.py": AWARE + "import two\nimport nowhere\n",
        "two.py": AWARE + "from three.sub import x\n",
        "three/sub.py": AWARE,
        "four/__init__.py": AWARE,
    }, "site")  # fmt: skip
    index = read(root, search_path=[site])
    assert modules(index, own=False) == {
        "one": "one/__init__.py",
        "three.sub": "three/sub.py",
        "two": "two.py",
    }
    assert index.missing == (), "what a dependency lacks is not the project's affair"


def test_modelled_and_standard_packages_are_not_read(tree: Tree) -> None:
    root = tree({"a.py": "import numpy, json, scipy.special\nfrom jax import numpy as jnp\n"})
    site = tree({f"{name}/__init__.py": AWARE for name in ("numpy", "json", "scipy", "jax")}, "site")
    index = read(root, search_path=[site])
    assert list(index.modules) == ["a"]
    assert index.missing == ()


def test_required_packages(tree: Tree) -> None:
    root = tree({"pkg/__init__.py": "x = 1\nimport base\nimport gone\n"})
    site = tree({"base/__init__.py": PLAIN}, "site")
    index = read(root, search_path=[site], required=["base", "gone", "unused"])
    assert list(modules(index, own=False)) == ["base"]
    (problem,) = index.problems
    assert (problem.path, problem.line, problem.kind) == ("pkg/__init__.py", 3, "missing-package")
    assert "--search-path DIR" in problem.message and "allow-missing" in problem.message
    assert not read(root, search_path=[site], required=["base", "gone"], allow_missing=["gone"]).problems


def test_follow_overrides(tree: Tree) -> None:
    root = tree({"a.py": "import aware\nimport plain\nimport gone\n"})
    site = tree({"aware.py": AWARE, "plain.py": PLAIN}, "site")
    index = read(root, search_path=[site], follow=["plain", "gone"], required=["aware"])
    assert list(modules(index, own=False)) == ["plain"]
    assert [problem.kind for problem in index.problems] == ["missing-package"]
    assert list(modules(read(root, search_path=[site], follow=[]), own=False)) == []


def test_other_names_of_the_namespace(tree: Tree) -> None:
    root = tree({"a.py": "import lib"})
    site = tree({"lib.py": AWARE.replace("xp", "nx")}, "site")
    assert list(modules(read(root, search_path=[site]), own=False)) == []
    assert list(modules(read(root, search_path=[site], namespaces=["xp", "nx"]), own=False)) == ["lib"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (AWARE, True),
        ("import numpy\ndef f(x, *, xp = numpy): pass", True),
        ("import numpy as onp\ndef f(x, xp: object=onp): pass", True),
        ("from lib import np\nclass A:\n  def f(x, xp=np): pass", True),
        ("from jax import numpy as np\ndef f(x, xp=np): pass", False),
        ("import jax.numpy as np\ndef f(x, xp=np): pass", False),
        ("import numpy as np\ndef f(x, xp=None): pass", False),
        ("import numpy as np\ndef f(x, np=np): pass", False),
        ("def f(x, xp=np): pass", False),
    ],
)
def test_what_takes_the_namespace(source: str, expected: bool) -> None:
    assert threads(outline(source.encode()), ["xp"]) is expected
    if expected:
        assert threading_filter(["xp"]).search(source.encode())


def test_imports_inside_functions() -> None:
    source = b'''
import one.two, three as t
from four.five import x
from . import sibling
from .six import y

def f():
    """Doc.

    import fake
    from fake2 import z
    """
    import seven.eight
    import nine as n, ten
    from eleven import (
        a,
        b,
    )
    from .twelve import c
    return seven.eight, n, ten, b, c
    # import thirteen
'''
    found = imported_packages(outline(source), source)
    assert found == {"one": 2, "three": 2, "four": 3, "seven": 13, "nine": 14, "ten": 14, "eleven": 15}
    assert "one" not in imported_packages(outline(source), source, {"one"})


def test_a_script_does_not_hide_a_package(tree: Tree) -> None:
    root = tree({
        "pyproject.toml": "",
        "app/__init__.py": "import lib\nimport helpers",
        "scripts/lib.py": "x = 1",
        "scripts/run.py": "import lib",
        "tests/helpers.py": "",
    })  # fmt: skip
    site = tree({"lib.py": AWARE}, "site")
    index = read(root, search_path=[site])
    assert index.modules["lib"].path == "lib.py" and not index.modules["lib"].own
    assert index.modules["lib@scripts"].path == "scripts/lib.py"
    assert index.find("lib", "app") is index.modules["lib"]
    assert index.find("lib", "run") is index.modules["lib@scripts"]
    assert index.missing == ()
    (root / "app" / "__init__.py").write_text("")
    assert list(read(root, search_path=[site]).modules) == ["app", "helpers", "lib", "run"]


def test_what_lies_beside_is_found(tree: Tree) -> None:
    root = tree({"one/__init__.py": "import two", "two/__init__.py": AWARE, "three/__init__.py": AWARE})
    index = read(root, [root / "one"])
    assert list(modules(index, own=True)) == ["one"]
    assert list(modules(index, own=False)) == ["two"]


def test_a_folder_of_scripts_is_not_the_package_of_its_name(tree: Tree) -> None:
    root = tree({"pyproject.toml": "", "a.py": "import lib", "lib/run.py": "x = 1"})
    assert [problem.kind for problem in read(root, required=["lib"]).problems] == ["missing-package"]
    site = tree({"lib/mod.py": AWARE}, "site")
    assert modules(read(root, search_path=[site]), own=False) == {"lib.mod": "lib/mod.py"}


# ------------------------------------------------------------------------------------------------ environments


def environment(tree: Tree, files: dict[str, str | bytes], folder: str) -> Path:
    site = "lib/python3.11/site-packages"
    return tree(
        {"pyvenv.cfg": "", "bin/python": "", **{f"{site}/{name}": text for name, text in files.items()}}, folder
    )


def test_environment_order(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"a.py": "import lib"})
    named = environment(tree, {"lib.py": AWARE + "named = 1"}, "named")
    active = environment(tree, {"lib.py": AWARE + "active = 1"}, "active")
    environment(tree, {"lib.py": AWARE + "local = 1"}, "work/.venv")

    def found(**options: Any) -> str:
        return build(root, **options).text("lib").splitlines()[-1]

    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert found(python=named / "bin" / "python") == found(python=named) == "named = 1"
    assert found() == "active = 1"
    monkeypatch.delenv("VIRTUAL_ENV")
    assert found() == "local = 1"
    searched = tree({"lib.py": AWARE + "searched = 1"}, "search")
    assert found(search_path=[searched], python=named) == "searched = 1"


def test_running_interpreter_is_the_last_resort(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({})
    monkeypatch.delenv("VIRTUAL_ENV")
    site = tree({}, "x/site-packages")
    monkeypatch.setattr("sys.path", ["", str(root), str(site)])
    assert search_folders(root) == (str(site.resolve()),)


def test_editable_installs(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree({"a.py": "import lib, mapped"})
    checkout = tree({"src/lib/__init__.py": AWARE}, "checkout")
    other = tree({"python/mapped/__init__.py": AWARE}, "other")
    bomb = tree({}, "bomb")
    active = environment(tree, {
        "__editable__.lib-1.0.pth": f"# comment\n{checkout / 'src'}\n",
        "code.pth": f"import os; os.mkdir({str(bomb / 'ran')!r})\n",
        "__editable___mapped_1_0_finder.py":
            f"MAPPING: dict[str, str] = {{'mapped': {str(other / 'python' / 'mapped')!r}}}\n",
    }, "active")  # fmt: skip
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    index = build(root)
    assert modules(index, own=False) == {"lib": "lib/__init__.py", "mapped": "mapped/__init__.py"}
    assert os.listdir(bomb) == []
