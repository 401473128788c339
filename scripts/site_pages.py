"""Pages of the documentation site that are made from the code: a hook of MkDocs (see ``mkdocs.yml``).

A page for each rule from its class, the list of rules, and the table of options.
"""

from __future__ import annotations

import re
from typing import Any

from mkdocs.structure.files import File, Files

from xpcheck.config import Config, options
from xpcheck.rules import catalogue
from xpcheck.rules.base import SECTIONS, RuleInfo


def on_files(files: Files, *, config: Any) -> Files:
    """Add the generated pages to those that MkDocs found."""
    pages = {"rules/index.md": rule_list(), "configuration.md": option_table()}
    pages |= {f"rules/{info.code}.md": rule_page(info) for info in catalogue()}
    for path, text in pages.items():
        files.append(File.generated(config, path, content=text))
    return files


def rule_list() -> str:
    """All rules with their kinds and one line each."""
    rows = [f"| [{i.code}]({i.code}.md) | `{i.name}` | {_kind(i)} | {i.docs['Summary']} |" for i in catalogue()]
    head = ["# Rules", "", "| code | name | kind | reports |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def rule_page(info: RuleInfo) -> str:
    """The page of one rule: the sections of its class's docstring."""
    parts = [f"# {info.code} {info.name}", f"*{_kind(info)}*", info.docs["Summary"]]
    known = {item.code for item in catalogue()} - {info.code}
    for title in SECTIONS:
        text = info.docs[title]
        if title == "Related":
            text = re.sub(r"XP\d{3}", lambda found: _link(found[0], known), text)
        parts += [f"## {title}", text]
    return "\n\n".join(parts) + "\n"


def option_table() -> str:
    """The options of ``[tool.xpcheck]`` with their defaults."""
    rows = [f"| `{_key(item.name)}` | {_default(item.name)} | {item.metadata['doc']} |" for item in options()]
    head = [
        "# Configuration",
        "",
        "`[tool.xpcheck]` in `pyproject.toml`. An unknown key or code is an error that names",
    ]
    head += ["the nearest right one.", "", "| key | default | meaning |", "|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _kind(info: RuleInfo) -> str:
    return info.kind.value + ("" if info.default else ", off by default")


def _link(code: str, known: set[str]) -> str:
    return f"[{code}]({code}.md)" if code in known else code


def _key(name: str) -> str:
    return name.replace("_", "-")


def _default(name: str) -> str:
    value = getattr(Config(), name)
    if value is None or value == ():
        return ""
    return ", ".join(f"`{item}`" for item in value) if isinstance(value, tuple) else f"`{value}`"
