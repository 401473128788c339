"""What the analysis thinks at one line: the body is interpreted once more, by a recorder that watches the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from xpcheck import facts
from xpcheck.flow import models
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.base import Recorder
from xpcheck.flow.body.frame import Frame
from xpcheck.flow.events.body_events import ArrayOp, Call
from xpcheck.flow.lattice.summary import Binding, Run, Summary
from xpcheck.flow.lattice.values import External, Value, join
from xpcheck.flow.solution.judge import Judge
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.solution.words import BINDINGS, HOLDS, described
from xpcheck.flow.sources.scopes import children
from xpcheck.link.definitions import Function

_SHOWN = (facts.Name, facts.Attr, facts.Call, facts.Index, facts.Compare, facts.Binary)
_LEAVES = (facts.Return, facts.Raise, facts.Jump)


class Seen(msgspec.Struct, frozen=True):
    """An expression of the line and what is known of it, in words; ``loc`` is its span."""

    loc: facts.Loc
    words: str


class InRun(msgspec.Struct, frozen=True):
    """One run of the body: whether it comes to the line (else why not), values, calls, and what is not a finding."""

    run: Run
    unreached: str
    values: tuple[Seen, ...]
    calls: tuple[Seen, ...]
    quiet: tuple[Seen, ...]


class Explanation(msgspec.Struct, frozen=True):
    """What is known at a line: the function it is in, how that holds the namespace, its runs, and what qualifies it."""

    function: Function
    holds: str
    remarks: tuple[str, ...]
    runs: tuple[InRun, ...]


class Watcher(Recorder):
    """Keeps the values of the expressions of one line, and what the tests of the body decide."""

    def __init__(self, judge: Judge, line: int) -> None:
        super().__init__(judge)
        self.line = line
        self.reached = False
        self.values: dict[facts.Loc, tuple[facts.Expr, Value]] = {}
        self.decided: dict[facts.Loc, bool | None] = {}

    def see(self, node: facts.Expr, value: Value) -> None:
        """Keep the value of an expression that starts on the line; loops join theirs."""
        super().see(node, value)
        self.reached = self.reached or node.loc[0] <= self.line <= node.loc[2]
        if node.loc[0] == self.line:
            known = self.values.get(node.loc)
            self.values[node.loc] = (node, value if known is None else join(known[1], value))

    def decide(self, test: facts.Expr, decided: bool | None) -> None:
        """Keep what a test decides; one that decides both ways in a loop decides nothing."""
        known = self.decided.setdefault(test.loc, decided)
        if known is not decided:
            self.decided[test.loc] = None


def function_at(functions: Iterable[Function], path: str, line: int) -> Function | None:
    """The innermost function whose definition covers a line of a file, its decorators included."""
    found: Function | None = None
    for item in functions:
        first = min((decorator.loc[0] for decorator in item.outline.decorators), default=item.outline.loc[0])
        inside = item.module.path == path and first <= line <= item.outline.loc[2]
        if inside and (found is None or item.outline.loc[0] >= found.outline.loc[0]):
            found = item
    return found


def explain(solver: Solver, judge: Judge, function: Function, line: int) -> Explanation:
    """Interpret a function again and say what is known at one of its lines."""
    index = solver.namespace_param(function)
    name = f" `{function.params[index].name}`" if index is not None else ""
    holds = HOLDS[solver.aware(function)] + name
    runs = tuple(_in_run(solver, judge, function, run, line) for run in reversed(solver.runs(function)))
    return Explanation(function, holds, tuple(_remarks(solver, judge, function)), runs)


def _remarks(solver: Solver, judge: Judge, function: Function) -> Iterator[str]:
    """What makes the body special as a whole."""
    marker = solver.markers.host(function)
    if marker is not None:
        yield f"it runs on the host by `{marker.text}` (line {marker.loc[0]}): no tracer rule applies in it"
    if judge.numpy_only(function):
        yield "its class cannot be built under JAX: nothing in it is reported"
    elif solver.backends.is_for_cupy(function.module):
        yield "its package imports CuPy and never speaks of JAX: no trace meets it (`assume-jax = true` checks it)"
    elif not judge.is_solved(function) and solver.roles.is_for_tests(function.module):
        yield "it is a unit test, or stands in for something there: what it computes is compared, not traced"
    elif not judge.is_solved(function):
        yield (
            "no body that takes the namespace is seen to call it, so it may be of the host: its operations are not "
            "judged (`audit` does)"
        )
    elif not judge.coming.comes_to(function):
        yield "it is internal, and nothing that runs under JAX comes to it with an array of JAX: nothing is reported"
    elif not solver.on_jax_path(function):
        yield (
            "no body that mentions its namespace is seen to read it: what is found in it is `possible` at most, "
            "`likely` where a namespace is left out"
        )
    if function.name == "__init__" and function.owner is not None and judge.is_component(function.owner):
        yield f"`{function.owner.name}` is a component of a model: its free parameters arrive traced"


def _in_run(solver: Solver, judge: Judge, function: Function, run: Run, line: int) -> InRun:
    watcher = Watcher(judge, line)
    frame = Frame(solver, function, run, (), watcher)
    frame.unread = not solver.on_jax_path(function)
    summary = frame.interpret()
    body = solver.program.body(function)
    if not watcher.reached and body is not None:
        why = _unreached(body.statements, line, watcher.decided)
        return InRun(run, why, (), (), ())
    values = []
    for loc, (node, value) in sorted(watcher.values.items()):
        if isinstance(node, _SHOWN):
            values.append(Seen(loc, described(value, judge.levels, function, run)))
    calls = tuple(_calls(watcher, summary))
    quiet = tuple(_quiet(watcher, summary)) if run is not Run.NUMPY else ()
    return InRun(run, "", tuple(values), calls, quiet)


def _calls(watcher: Watcher, summary: Summary) -> Iterator[Seen]:
    """How each call of a function of the program on the line is resolved, and what it does with the namespace."""
    bindings = {record.loc: record.binding for record in summary.calls}
    targets: dict[facts.Loc, list[str]] = {}
    for (callee, _, _), loc in summary.targets.items():
        targets.setdefault(loc, []).append(f"`{callee.qualname}` ({callee.module.path}:{callee.outline.name_loc[0]})")
    for node, _ in watcher.values.values():
        if not isinstance(node, facts.Call):
            continue
        loc = name_loc(node.func)
        why = summary.sites.get(loc)
        if why:
            yield Seen(node.func.loc, f"unresolved: {why}; nothing is guessed about it")
        elif why is not None:
            found = ", ".join(dict.fromkeys(targets.get(loc, ()))) or "a function"
            binding = BINDINGS[bindings.get(loc, Binding.FREE)]
            yield Seen(node.func.loc, f"calls {found}; {binding}")


def _quiet(watcher: Watcher, summary: Summary) -> Iterator[Seen]:
    """Operations of the line that a reader may expect to be findings, and why the analysis is quiet about them."""
    ops = {event.site.loc: event for event in watcher.events if isinstance(event, ArrayOp)}
    hit = {event.site.loc for event in watcher.events if isinstance(event, Call) and event.verdicts}
    dropped = {record.loc for record in summary.calls if record.binding is Binding.DEFAULT} - hit
    for node, _ in watcher.values.values():
        if not isinstance(node, facts.Call):
            continue
        func = watcher.values.get(node.func.loc)
        shape = func[1].shape if func is not None else None
        locs = (name_loc(node.func), node.func.loc, node.loc)
        op = next((ops[loc] for loc in locs if loc in ops), None)
        label = label_of(node.func)
        if op is not None and op.verdict is None:
            yield Seen(node.func.loc, f"`{label}` meets nothing of which something says that it is traced")
        elif dropped.intersection(locs):
            yield Seen(node.func.loc, f"`{label}` gets nothing that is traced, so NumPy is right in it")
        elif op is None and isinstance(shape, External) and not shape.namespace and shape.name.startswith("numpy."):
            yield Seen(node.func.loc, f"`{label}` {_harmless(shape.name)}")


def _harmless(name: str) -> str:
    """Why a call of NumPy is no event at all."""
    model = models.library(name)
    if model is not None and model.effect == "metadata":
        return "reads only shapes and types"
    if model is not None and model.effect == "passes":
        return "hands the work to the array's own method: a tracer passes through it"
    return "gets concrete values only"


def _unreached(statements: tuple[facts.Stmt, ...], line: int, decided: dict[facts.Loc, bool | None]) -> str:
    """Why a run does not come to a line: the test that sends it elsewhere."""
    for statement in statements:
        if statement.loc[0] <= line <= statement.loc[2]:
            return _within(statement, line, decided)
        if statement.loc[0] > line:
            break
        if isinstance(statement, facts.If) and (answer := decided.get(statement.test.loc)) is not None:
            taken = statement.body if answer else statement.orelse
            if taken and isinstance(taken[-1], _LEAVES):
                return f"the test in line {statement.test.loc[0]} is {answer} in this run, which ends there"
    return "nothing is evaluated there in this run"


def _within(statement: facts.Stmt, line: int, decided: dict[facts.Loc, bool | None]) -> str:
    if isinstance(statement, facts.If) and (answer := decided.get(statement.test.loc)) is not None:
        skipped = statement.orelse if answer else statement.body
        if any(item.loc[0] <= line <= item.loc[2] for item in skipped):
            return f"guarded: the test in line {statement.test.loc[0]} is {answer} in this run"
    return _unreached(tuple(_blocks(statement)), line, decided)


def _blocks(statement: facts.Stmt) -> Iterator[facts.Stmt]:
    """The statements directly below a statement, those of handlers and cases included."""
    for item in children(statement):
        if isinstance(item, facts.Handler | facts.Case):
            yield from item.body
        elif isinstance(item, facts.Stmt):
            yield item
