"""``xpcheck rule``: the page of a rule, or the list of all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from xpcheck import rules
from xpcheck.cli.errors import CommandError
from xpcheck.config import nearest

if TYPE_CHECKING:
    from xpcheck.rules.base import RuleInfo


def run_rule(code: str | None, format_name: str) -> int:
    """Print the rule ``code`` (its code or name), or all rules, as text or JSON; return the exit code.

    Raises CommandError when there is no such rule.
    """
    catalogue = rules.catalogue()
    if code is not None:
        wanted = [info for info in catalogue if code.upper() == info.code or code == info.name]
        if not wanted:
            known = [*(info.code for info in catalogue), *(info.name for info in catalogue)]
            hint = nearest(code.upper() if code[:2].upper() == "XP" else code, known)
            raise CommandError("usage", f"there is no rule `{code}`{hint or '; `xpcheck rule` lists them'}")
        catalogue = tuple(wanted)
    if format_name == "json":
        pages = [
            {
                "code": info.code,
                "name": info.name,
                "kind": str(info.kind),
                "default": info.default,
                "docs": dict(info.docs),
            }
            for info in catalogue
        ]
        click.echo(json.dumps(pages if code is None else pages[0], indent=2))
    elif code is None:
        for info in catalogue:
            click.echo(
                f"{info.code}  {info.name:<24} {info.kind:<11}{'' if info.default else 'off by default'}".rstrip()
            )
    else:
        click.echo(_page(catalogue[0]))
    return 0


def _page(info: RuleInfo) -> str:
    """A rule's page as plain text."""
    state = "on by default" if info.default else "off by default"
    parts = [f"{info.code} {info.name} ({info.kind}, {state})"]
    for title, text in info.docs.items():
        body = "\n".join(_plain(text))
        parts.append(body if title == "Summary" else f"{title}\n{body}")
    return "\n\n".join(parts)


def _plain(text: str) -> Iterator[str]:
    """Lines for a terminal: the fences of Markdown's code blocks are left out, their content stands further in."""
    inside = False
    for line in text.strip("\n").splitlines():
        if line.startswith("```"):
            inside = not inside
        else:
            yield f"{'    ' if inside else '  '}{line}".rstrip()
