"""The documentation site: it builds without a warning, its links lead somewhere, its code blocks run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from xpcheck.rules import catalogue

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))

_BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)


def blocks(page: str) -> list[re.Match[str]]:
    return list(_BLOCK.finditer((DOCS / page).read_text()))


def environment() -> dict[str, str]:
    """As on a user's machine: the command on the path, no continuous integration, a fixed width."""
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "GITHUB_ACTIONS"}}
    return kept | {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "120", "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def test_the_site_has_a_page_for_every_rule(site: Path) -> None:
    assert all((site / "rules" / info.code / "index.html").is_file() for info in catalogue())
    assert all((site / name.removesuffix(".md") / "index.html").is_file() for name in PAGES if name != "index.md")


def test_links_within_the_site_lead_somewhere(site: Path) -> None:
    broken = []
    for page in site.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', page.read_text()):
            if re.match(r"[a-z]+:", link) or link.startswith("/"):
                continue
            target = (page.parent / link).resolve()
            if not (target.is_file() or (target / "index.html").is_file()):
                broken.append(f"{page.relative_to(site)}: {link}")
    assert broken == []


@pytest.mark.parametrize("page", [name for name in PAGES if name != "tutorial.md"])
def test_the_python_of_a_page_runs(page: str) -> None:
    """All blocks of a page, one after the other, as one program."""
    code = [item["text"] for item in blocks(page) if item["language"] == "python"]
    command = [sys.executable, "-W", "error", "-c", "\n".join(code)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_tutorial_happens_as_it_is_told(tmp_path: Path) -> None:
    """Files are written where their titles say; commands are run, and print what stands below them."""
    shell = f'xpcheck() {{ "{sys.executable}" -m xpcheck "$@"; }}'
    for item in blocks("tutorial.md"):
        if item["title"]:
            file = tmp_path / item["title"]
            file.parent.mkdir(exist_ok=True)
            if file.suffix == ".py":
                (file.parent / "__init__.py").touch()
            file.write_text(item["text"])
        elif item["language"] == "console":
            first, _, expected = item["text"].partition("\n")
            command = ["bash", "-c", f"{shell}\n{first.removeprefix('$ ')}"]
            done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120)
            assert done.stdout == expected, first
