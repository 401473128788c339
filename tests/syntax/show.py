"""The IR as one line of text, for tables of expectations."""

from __future__ import annotations

import msgspec

from xpcheck import facts
from xpcheck.syntax import body


def show(value: object) -> str:
    """``Call(Name('f'), [Arg(...)])``: class names and fields, places and empty defaults left out."""
    if isinstance(value, msgspec.Struct):
        fields = [show(getattr(value, name)) for name in value.__struct_fields__ if not name.endswith("loc")]
        while fields and fields[-1] == "None":
            fields.pop()
        return f"{type(value).__name__}({', '.join(fields)})"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(show, value)) + "]"
    return repr(value)


def nodes(value: object) -> list[msgspec.Struct]:
    """All structs below a value, itself included."""
    found: list[msgspec.Struct] = []
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, msgspec.Struct):
            found.append(current)
            stack += [getattr(current, name) for name in current.__struct_fields__ if name != "loc"]
        elif isinstance(current, tuple):
            stack += current
    return found


def segment(text: str, loc: facts.Loc) -> str:
    """The source at a place."""
    lines = text.split("\n")
    line, column, end_line, end_column = loc
    if line == end_line:
        return lines[line - 1][column - 1 : end_column - 1]
    return "\n".join(
        [lines[line - 1][column - 1 :], *lines[line : end_line - 1], lines[end_line - 1][: end_column - 1]]
    )


def lower(*lines: str) -> tuple[facts.Stmt, ...]:
    """The statements of ``def f():`` with these lines as its body (the first one stands on line 2)."""
    return body("def f():\n" + "".join(f"    {line}\n" for line in lines), 1, "f").statements
