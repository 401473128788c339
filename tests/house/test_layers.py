"""Data goes one way: a room imports only rooms above it (design, section 4)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "xpcheck"

ROOMS = (
    "world", "watch", "collector", "replay", "model", "config", "facts", "syntax", "project", "link", "flow", "rules",
    "suppress", "baseline", "fix", "results", "places", "moving", "past", "engine", "api",
    "report", "cli", "flake8_plugin", "lsp", "__main__",
)  # fmt: skip
FLOW = ("lattice", "models", "sources", "events", "body", "solution", "earlier", "definitions")
"""The rooms in the room of the flow; those who only name a type of a room below need not import it."""
FRONT_ENDS = {"cli", "flake8_plugin", "lsp", "__main__"}

ALLOWED = {
    "click": {"cli"},
    "rich": {"cli", "report"},
    "flake8": {"flake8_plugin"},
    "pygls": {"lsp"},
    "libcst": {"syntax", "fix"},
    "ast": {"syntax", "fix", "flake8_plugin"},
    "xpcheck": {"__init__", *ROOMS},
}
"""Who may import what; flake8 hands its plugins an ``ast`` tree, which ours names in a signature only."""

FORBIDDEN = {"autoarray_min", "numpy", "jax", "jaxlib", "scipy"}
CORE = {"click", "flake8", "libcst", "msgspec", "pathspec", "rich", "yaml"}

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """Dotted names of the modules that ``file`` imports, functions included, and their lines."""
    package = list(file.relative_to(REPOSITORY).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield (f"{module}.{alias.name}" if module == "xpcheck" else module), node.lineno


def name_of(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


def needed(file: Path) -> Iterator[tuple[str, int]]:
    """Modules that ``file`` imports when it is run: not for its annotations alone."""
    skipped = {
        node.lineno
        for block in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in block.body
    }
    return ((module, line) for module, line in imports(file) if line not in skipped)


def test_the_list_of_rooms_is_complete() -> None:
    assert {room_of(file) for file in FILES} - {"__init__"} <= set(ROOMS)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_room_imports_only_rooms_above_it(file: Path) -> None:
    room = room_of(file)
    if room == "__init__":
        assert [module for module, _ in imports(file)] == ["__future__", "xpcheck.api"]
        return
    for module, line in imports(file):
        top, _, rest = module.partition(".")
        if top == "xpcheck":
            target = rest.split(".")[0]
            if target in ROOMS and target != room:
                assert ROOMS.index(target) < ROOMS.index(room), f"{name_of(file)}:{line} imports {module}"
                assert target not in FRONT_ENDS or room == "__main__", f"{name_of(file)}:{line} imports {module}"


@pytest.mark.parametrize("file", sorted((PACKAGE / "flow").rglob("*/*.py")), ids=name_of)
def test_an_inner_room_needs_only_rooms_above_it(file: Path) -> None:
    room = file.relative_to(PACKAGE / "flow").parts[0]
    assert room in FLOW
    for module, line in needed(file):
        _, _, target = module.partition("xpcheck.flow.")
        inner = target.split(".")[0]
        if inner in FLOW and inner != room:
            assert FLOW.index(inner) < FLOW.index(room), f"{name_of(file)}:{line} imports {module}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_libraries_stay_in_their_rooms(file: Path) -> None:
    room = room_of(file)
    for module, line in imports(file):
        top = module.split(".")[0]
        where = f"{name_of(file)}:{line} imports {module}"
        assert top not in FORBIDDEN, where
        assert top in CORE | {"xpcheck"} or top in sys.stdlib_module_names, f"{where}, which is no core dependency"
        assert room in ALLOWED.get(top, {room}), where


def test_the_runtime_never_imports_the_analyzer() -> None:
    for file in sorted((REPOSITORY / "autoarray_min").rglob("*.py")):
        for module, line in imports(file):
            assert module.split(".")[0] != "xpcheck", f"{name_of(file)}:{line} imports {module}"
