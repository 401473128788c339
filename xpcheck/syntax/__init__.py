"""Source text to facts: outlines of files (``ast``) and bodies of functions (libcst).

Importing this package imports neither ``ast`` nor libcst: both cost time that a warm run must not spend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xpcheck.syntax.sources import SourceError, WideError

if TYPE_CHECKING:
    from xpcheck.facts import Body, ModuleOutline

__all__ = ["SourceError", "WideError", "body", "outline"]


def outline(source: bytes) -> ModuleOutline:
    """What the file with the content ``source`` says outside function bodies.

    Raises:
        SourceError: the bytes cannot be decoded or are not valid Python for this interpreter.
    """
    from xpcheck.syntax.outlines import outline as read

    return read(source)


def body(text: str, line: int, name: str, wide: bool = False) -> Body:
    r"""The statements of one function, or those of a module (``facts.MODULE``).

    Args:
        text: the lines of the function from its ``def`` (or ``async``) line to its last line, at their own
            indentation, with newlines normalised to ``\n``; all lines of the file for a module's own statements.
        line: the number of the first line of ``text`` in its file.
        name: the function's name, checked against the text; ``facts.MODULE`` for a module.
        wide: whether a text is read although it is so long that libcst may need very long for it, or die.

    Raises:
        SourceError: the text is not one function, is not valid Python, or exceeds a limit (see ``hostile``);
            WideError for one that a process of its own may read.
    """
    from xpcheck.syntax.bodies import body as read

    return read(text, line, name, wide)
