"""``xpcheck rule``: the page of a rule, or the list of all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from xpcheck import rules
from xpcheck.cli.errors import CommandError
from xpcheck.config import nearest

if TYPE_CHECKING:
    from xpcheck.rules.base import RuleInfo

ABOUT_THE_CHECK: Final = {
    "XP900": ("internal-error", "The analysis itself failed on a file: report it. The findings of other files stand."),
    "XP901": ("syntax-error", "A file cannot be read or parsed, so nothing is known of it."),
    "XP902": ("unused-suppression", "A `# noqa` or `# xpcheck: ignore` comment suppresses nothing: remove it."),
    "XP903": ("malformed-suppression", "A comment that means to suppress something does not: its text says why."),
    "XP904": (
        "untrue-marker",
        "A `# xpcheck: host`, `static[name]` or `traced[name]` comment is contradicted by a value that is proved to be "
        "traced, or names no parameter: remove it, or keep the value out.",
    ),
}
"""Names and meanings of the codes that no rule has: flake8 does not show them."""


def run_rule(code: str | None, format_name: str) -> int:
    """Print the rule ``code`` (its code or name), or all rules, as text or JSON; return the exit code.

    Raises CommandError when there is no such rule.
    """
    catalogue = rules.catalogue()
    if code is not None:
        if format_name == "text" and (about := _about(code)) is not None:
            click.echo(about)
            return 0
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


def _about(code: str) -> str | None:
    """The page of a code about the check itself, by code or name; None for every other."""
    for own, (name, text) in ABOUT_THE_CHECK.items():
        if code.upper() == own or code == name:
            return f"{own} {name} (about the check itself)\n\n  {text}"
    return None


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
