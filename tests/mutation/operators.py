"""
Mutants of a package: each is the original with one mistake that a porter makes.

Mutants are made from the syntax tree and applied to the text, so that everything else stays as it was written.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RULES = {
    "drop xp": ("XP101",),
    "xp.f -> np.f": ("XP201",),
    "property -> cached_property": ("XP401", "XP402"),
    "method -> NumPy property": ("XP104",),
    "guard always true": ("XP501",),
    "guard always false": ("XP501", "XP208"),
    "move positional xp": ("XP112", "XP102"),
    "override without xp": ("XP106",),
}
"""The operators, and the rules that are about them."""

BACKEND_TEST = re.compile(r"^(xp is (not )?np|(self\.)?(analysis\.)?use_jax|self\.analysis\.use_jax)$")


@dataclass(frozen=True)
class Edit:
    """Replace the text of a file between two offsets."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """Edits that belong together; each of them is a site, unless it only makes a name available."""

    operator: str
    label: str
    edits: tuple[Edit, ...]
    help: tuple[Edit, ...] = ()

    def apply(self, sources):
        """The changed files, and the lines of the sites in them: `{path: text}, {(path, line), ...}`."""
        changed, lines = {}, set()
        for path in sorted({edit.path for edit in (*self.edits, *self.help)}):
            text, shift = sources[path], 0
            for edit in sorted(
                (e for e in (*self.edits, *self.help) if e.path == path), key=lambda e: (e.start, e.end)
            ):
                start = edit.start + shift
                text = text[:start] + edit.text + text[edit.end + shift :]
                shift += len(edit.text) - (edit.end - edit.start)
                if edit in self.edits:
                    first = text.count("\n", 0, start) + 1
                    lines |= {(path, first + index) for index in range(edit.text.count("\n") + 1)}
            changed[path] = text
        return changed, lines


class File:
    """A parsed file: its text, its tree, and offsets of nodes."""

    def __init__(self, path, text):
        assert text.isascii(), path
        self.path, self.text, self.tree = path, text, ast.parse(text)
        starts = [0]
        for line in text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        self.starts = starts
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def span(self, node):
        """The offsets of a node."""
        return self.starts[node.lineno - 1] + node.col_offset, self.starts[node.end_lineno - 1] + node.end_col_offset

    def source(self, node):
        """The text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def edit(self, node, text):
        """Replace a node."""
        return Edit(self.path, *self.span(node), text)

    def where(self, node, what=""):
        """`path:line function what` of a node: what stands behind the line does not change when lines do."""
        function = node
        while function is not None and not isinstance(function, ast.FunctionDef):
            function = self.parents.get(function)
        name = function.name if function is not None else "<module>"
        return f"{self.path}:{node.lineno} {name} {what}".rstrip()

    def importing(self, name):
        """Make a name of `functools` available without a new line."""
        first = next(
            n
            for n in self.tree.body
            if isinstance(n, ast.Import | ast.ImportFrom) and ast.unparse(n)[:15] != "from __future__"
        )
        end = self.span(first)[1]
        return Edit(self.path, end, end, f"; from functools import {name}")


def is_xp(node):
    """Whether an expression is a namespace: `xp`, `self._xp`, `namespace`."""
    return (isinstance(node, ast.Name) and node.id == "xp") or (isinstance(node, ast.Attribute) and node.attr == "_xp")


def call_without(file, call, gone, first=None):
    """The arguments of a call in parentheses without one of them, with another one put first."""
    arguments = [file.source(a) for a in call.args if a is not gone]
    arguments += [file.source(k) for k in call.keywords if k is not gone]
    if first is not None:
        arguments.insert(0, first)
    end_of_name = file.span(call.func)[1]
    return Edit(file.path, end_of_name, file.span(call)[1], f"({', '.join(arguments)})")


def mutants_of(root: Path) -> list[Mutant]:
    """All mutants of the package below a folder."""
    files = [File(str(path.relative_to(root)), path.read_text()) for path in sorted(root.rglob("*.py"))]
    found = []
    for file in files:
        found += [*dropped(file), *numpy_calls(file), *cached(file), *guards(file), *moved(file)]
    found += [*numpy_properties(files), *overrides(files)]
    return found


def dropped(file) -> Iterator[Mutant]:
    """`f(..., xp=xp)` and `f(xp)` without the namespace."""
    for call in (n for n in ast.walk(file.tree) if isinstance(n, ast.Call)):
        for argument in (*call.args, *call.keywords):
            value = argument.value if isinstance(argument, ast.keyword) else argument
            if is_xp(value) and (not isinstance(argument, ast.keyword) or argument.arg == "xp"):
                edit = call_without(file, call, argument)
                # The whole call is the site: the finding stands on the name of the callee.
                start = file.span(call)[0]
                text = file.text[start : edit.start] + edit.text
                label = file.where(call, f"calls {file.source(call.func)}")
                yield Mutant("drop xp", label, (Edit(file.path, start, edit.end, text),))


def numpy_calls(file) -> Iterator[Mutant]:
    """`xp.f` as `np.f`."""
    for node in (n for n in ast.walk(file.tree) if isinstance(n, ast.Attribute)):
        if is_xp(node.value) and isinstance(node.ctx, ast.Load):
            label = file.where(node, f"calls {node.attr}")
            yield Mutant("xp.f -> np.f", label, (file.edit(node.value, "np"),))


def cached(file) -> Iterator[Mutant]:
    """`@property` as `@cached_property`; the site is the decorator and the `def` line."""
    for node in (n for n in ast.walk(file.tree) if isinstance(n, ast.FunctionDef)):
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id == "property":
                start = file.span(decorator)[0]
                end = file.text.index(":\n", start)
                text = "cached_" + file.text[start:end]
                edit = Edit(file.path, start, end, text)
                label = file.where(node)
                yield Mutant("property -> cached_property", label, (edit,), (file.importing("cached_property"),))


def guards(file) -> Iterator[Mutant]:
    """The test of a backend guard as a constant: one of its branches is taken on both backends."""
    for node in (n for n in ast.walk(file.tree) if isinstance(n, ast.If | ast.IfExp)):
        if BACKEND_TEST.match(ast.unparse(node.test)):
            # The finding may stand on any line of the guarded code, or on the statement after it.
            statement = node if isinstance(node, ast.If) else file.parents[node]
            start, end = file.span(statement)
            siblings = getattr(file.parents.get(statement), "body", [])
            if statement in siblings and siblings.index(statement) + 1 < len(siblings):
                end = file.span(siblings[siblings.index(statement) + 1])[1]
            test_start, test_end = file.span(node.test)
            for name, constant in (("guard always true", "True"), ("guard always false", "False")):
                text = file.text[start:test_start] + constant + file.text[test_end:end]
                yield Mutant(name, file.where(node), (Edit(file.path, start, end, text),))


def moved(file) -> Iterator[Mutant]:
    """The namespace in the slot of the argument before it."""
    for call in (n for n in ast.walk(file.tree) if isinstance(n, ast.Call)):
        keyword = next((k for k in call.keywords if k.arg == "xp" and is_xp(k.value)), None)
        positional = next((a for a in call.args if is_xp(a)), None)
        edit = None
        if keyword is not None and call.args:
            edit = call_without(file, call, keyword, first="xp")
        elif positional is not None and len(call.args) > 1:
            edit = call_without(file, call, positional, first="xp")
        if edit is not None:
            start = file.span(call)[0]
            text = file.text[start : edit.start] + edit.text
            label = file.where(call, f"calls {file.source(call.func)}")
            yield Mutant("move positional xp", label, (Edit(file.path, start, edit.end, text),))


def methods(files):
    """`(file, class, function)` of every method."""
    for file in files:
        for cls in (n for n in ast.walk(file.tree) if isinstance(n, ast.ClassDef)):
            for function in cls.body:
                if isinstance(function, ast.FunctionDef):
                    yield file, cls, function


def takes_xp(function):
    """Whether a function has a parameter called `xp`."""
    return any(argument.arg == "xp" for argument in function.args.args)


def on_numpy(file, function, header, decorator=""):
    """An edit that gives a function another header and replaces the namespace by NumPy in its body."""
    start = file.span(function)[0]
    # `span` starts at `def`; the body is edited by name, not by pattern.
    spans = sorted(
        file.span(n)
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and n.id == "xp" and isinstance(n.ctx, ast.Load)
    )
    body_start = file.span(function.body[0])[0]
    text, position = "", body_start
    for first, last in (span for span in spans if span[0] >= body_start):
        text += file.text[position:first] + "np"
        position = last
    text += file.text[position : file.span(function)[1]]
    end_of_header = file.text.rindex(":", start, body_start) + 1
    indent = " " * function.col_offset
    head = f"{decorator}\n{indent}{header}" if decorator else header
    return Edit(file.path, start, file.span(function)[1], head + file.text[end_of_header:body_start] + text)


def numpy_properties(files) -> Iterator[Mutant]:
    """`def m(self, xp=np)` as a property that runs NumPy, with all its definitions and calls."""
    simple = {}
    for file, _, function in methods(files):
        if [a.arg for a in function.args.args] == ["self", "xp"] and not function.decorator_list:
            simple.setdefault(function.name, []).append((file, function))
    for name, definitions in sorted(simple.items()):
        edits = [on_numpy(file, f, f"def {name}(self):", "@property") for file, f in definitions]
        inside = [(file, file.span(f)) for file, f in definitions]
        for file in files:
            for call in (n for n in ast.walk(file.tree) if isinstance(n, ast.Call)):
                start, end = file.span(call)
                if isinstance(call.func, ast.Attribute) and call.func.attr == name:
                    if any(file is f and first <= start < last for f, (first, last) in inside):
                        continue
                    edits.append(Edit(file.path, start, end, file.source(call.func)))
        # Definitions that call one another overlap: such names cannot be changed by independent edits.
        nested = any(isinstance(n, ast.Attribute) and n.attr == name for _, f in definitions for n in ast.walk(f))
        if not nested:
            yield Mutant("method -> NumPy property", inside[0][0].where(definitions[0][1]), outermost(edits))


def outermost(edits):
    """Edits without those inside another one: `self.radians(self.angle(xp))` has one in one."""
    kept = [
        e
        for e in edits
        if not any(o is not e and o.path == e.path and o.start <= e.start and e.end <= o.end for o in edits)
    ]
    return tuple(kept)


def overrides(files) -> Iterator[Mutant]:
    """A method that overrides another one, without its namespace."""
    classes = {cls.name: (cls, [ast.unparse(b).split(".")[-1] for b in cls.bases]) for _, cls, _ in methods(files)}

    def inherited(name):
        for base in classes.get(name, (None, []))[1]:
            if base in classes:
                yield from (f.name for f in classes[base][0].body if isinstance(f, ast.FunctionDef))
                yield from inherited(base)

    for file, cls, function in methods(files):
        if takes_xp(function) and function.name in set(inherited(cls.name)):
            start = file.span(function)[0]
            body_start = file.span(function.body[0])[0]
            header = file.text[start : file.text.rindex(":", start, body_start) + 1]
            header = re.sub(r",\s*xp=np", "", header)
            label = file.where(function, f"of {cls.name}")
            yield Mutant("override without xp", label, (on_numpy(file, function, header),))
