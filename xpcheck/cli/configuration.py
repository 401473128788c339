"""``xpcheck config``: the effective configuration with where each value comes from, and its JSON schema."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field
from pathlib import Path
from typing import Any, Final

import click

from xpcheck import rules
from xpcheck.cli.check import OWN_CODES
from xpcheck.cli.errors import CommandError
from xpcheck.config import TABLE, Config, ConfigError, find_root, key_of, load, options, origins
from xpcheck.model import Level

_NAME: Final = r"^[^\W\d]\w*$"
_DOTTED: Final = r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"


def run_config(root: Path | None, file: Path | None, as_json: bool) -> int:
    """Print the configuration of the project around the working directory; return the exit code.

    Raises CommandError when the configuration cannot be used.
    """
    try:
        root = find_root([]) if root is None else root.resolve()
        config = load(root, None if file is None else file.resolve(), codes=known_codes())
        lines = origins(config)
    except ConfigError as error:
        raise CommandError("config", error.message, str(error.file), error.line) from None
    click.echo(
        json.dumps(_document(root, config, lines), indent=2) if as_json else "\n".join(_text(root, config, lines))
    )
    return 0


def known_codes() -> tuple[str, ...]:
    """The codes that a configuration may name."""
    return (*rules.codes(), *OWN_CODES)


def _document(root: Path, config: Config, lines: Mapping[str, int]) -> dict[str, object]:
    return {
        "root": str(root),
        "file": None if config.source is None else str(config.source),
        "options": {
            key_of(item.name): {"value": value_of(config, item), "line": lines.get(key_of(item.name))}
            for item in options()
        },
    }


def _text(root: Path, config: Config, lines: Mapping[str, int]) -> list[str]:
    """The configuration as a table of TOML, each value with its place."""
    written = [f"# root: {root}", f"[{TABLE}]"]
    for item in options():
        key, value = key_of(item.name), value_of(config, item)
        place = f"{os.path.relpath(str(config.source))}:{lines[key]}" if key in lines else "default"
        text = f"# {key} = (none)" if value is None else f"{key} = {toml(value)}"
        written.append(f"{text}  # {place}")
    return written


def value_of(config: Config, item: Field[Any]) -> Any:
    """The value of an option as JSON and TOML know it."""
    value = getattr(config, item.name)
    if item.metadata["kind"] == "codes-by-glob":
        return {glob: list(codes) for glob, codes in value}
    return plain(value)


def plain(value: object) -> Any:
    """A path or a level, or a tuple of them, as JSON and TOML know it; other values as they are."""
    if isinstance(value, Path | Level):
        return str(value)
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def toml(value: object) -> str:
    """A string, a list or a table of them in one line of TOML; a JSON string is a TOML string."""
    if isinstance(value, Mapping):
        return (
            "{}"
            if not value
            else f"{{ {', '.join(f'{json.dumps(key)} = {toml(item)}' for key, item in value.items())} }}"
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


# -------------------------------------------------------------------------------------------------------------- schema


def schema() -> dict[str, object]:
    """The JSON schema of the table ``[tool.xpcheck]``, for editors."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"[{TABLE}]",
        "type": "object",
        "additionalProperties": False,
        "properties": {key_of(item.name): _property(item.metadata, item.default) for item in options()},
    }


def _property(metadata: Mapping[str, Any], default: object) -> dict[str, object]:
    described: dict[str, object] = {**_TYPES[metadata["kind"]](), "description": metadata["doc"]}
    value = plain(default)
    if value:
        described["default"] = value
    return described


def _strings(**limits: object) -> dict[str, object]:
    return {"type": "array", "items": {"type": "string", "minLength": 1, **limits}}


def _codes() -> dict[str, object]:
    """Whole codes are offered, prefixes of them are right too."""
    prefixes = sorted({code[:length] for code in known_codes() for length in range(2, 6)})
    return {"type": "array", "items": {"type": "string", "enum": prefixes}}


_TYPES: Final[Mapping[str, Callable[[], dict[str, object]]]] = {
    "names": lambda: _strings(pattern=_NAME),
    "dotted": lambda: _strings(pattern=_DOTTED),
    "patterns": _strings,
    "globs": _strings,
    "paths": _strings,
    "path": lambda: {"type": "string", "minLength": 1},
    "codes": _codes,
    "codes-by-glob": lambda: {"type": "object", "additionalProperties": _codes()},
    "level": lambda: {"type": "string", "enum": [str(level) for level in Level]},
    "flag": lambda: {"type": "boolean"},
    "version": lambda: {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)*$"},
}
"""What may stand for an option of each kind."""
