"""Statements that choose what runs next: branches, loops and jumps, ``with``, ``try`` and ``match``."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.base import Env
from xpcheck.flow.body.dispatch import Dispatch
from xpcheck.flow.body.environments import merge
from xpcheck.flow.body.guards import Guards
from xpcheck.flow.body.handling import Handling
from xpcheck.flow.body.specials import Specials
from xpcheck.flow.lattice.summary import Run, Sink
from xpcheck.flow.lattice.values import (
    PLAIN,
    Const,
    External,
    Mapping,
    Value,
    clip,
    derive,
)
from xpcheck.flow.sources.awareness import imports_jax
from xpcheck.flow.sources.scopes import carried
from xpcheck.link.names import dotted

_MAX_LOOPS = 4
_MISSING = frozenset({"ImportError", "ModuleNotFoundError"})
"""What an import of JAX raises where it is not installed: not in a JAX run."""


class Branching(Guards, Dispatch, Specials, Handling):
    """The part of the interpreter that follows control through a body."""

    one_arm_left = False
    """One arm of a test on a shape left the block: what follows is for the other shapes."""
    left_early = False
    """One arm of a test left the block: what follows is not always reached."""
    jumps: list[list[Env]]
    jumps_out: list[list[Env]]

    def _do_if(self, node: facts.If, env: Env) -> Env | None:
        self.saw_rank = False
        decided, yes, no = self.truth(node.test, env)
        if self.recorder is not None:
            self.recorder.decide(node.test, decided)
            self.check_dispatch(node.test, node.body, node.orelse, env)
        if decided is True:
            return self.execute(node.body, yes)
        if decided is False:
            return self.execute(node.orelse, no)
        shaped = self.saw_rank
        self.shaped += shaped
        self.branches += 1
        body = self.execute(node.body, dict(yes))
        others = self.enter_alternative(node, env)
        orelse = self.execute(node.orelse, dict(no))
        self.alternative = others
        self.shaped -= shaped
        self.branches -= 1
        left = node.body if body is None else node.orelse
        # The arm that raises is for shapes that are wrong: what follows is for all others.
        refused = bool(left) and isinstance(left[-1], facts.Raise)
        self.left_early = (body is None) != (orelse is None) and not refused
        if body is None:
            self.exclude(node.test, env)
        self.one_arm_left = shaped and self.left_early
        return merge(body, orelse)

    def _do_loop(self, node: facts.Loop, env: Env) -> Env | None:
        self.jumps.append([])
        self.jumps_out.append([])
        start = dict(env)
        for _ in range(_MAX_LOOPS):
            inside = dict(start)
            if node.iter is not None and node.target is not None:
                self.bind(node.target, self.item_of(node.iter, node.target, node.body, inside), inside)
            elif node.test is not None:
                decided, inside, _ = self.truth(node.test, inside, label="while")
                if decided is False:
                    break
                inside = dict(inside)
            self.loops += 1
            end = self.execute(node.body, inside)
            self.loops -= 1
            for jump in self.jumps[-1]:
                end = merge(end, jump)
            self.jumps[-1] = []
            met = merge(start, end) or {}
            after = {name: value if value.shape is None else clip(value) for name, value in met.items()}
            changed = {name for name, value in after.items() if start.get(name) != value} | (
                start.keys() - after.keys()
            )
            start = after
            if self._carries_none(node, changed):
                break
        self.jumps.pop()
        leaving = self.jumps_out.pop()
        result: Env | None = start
        if node.test is not None and isinstance(node.test, facts.Const) and node.test.value is True:
            result = None
        if result is not None and node.orelse:
            result = self.execute(node.orelse, result)
        for jump in leaving:
            result = merge(result, jump)
        return result

    def _carries_none(self, node: facts.Loop, changed: set[str]) -> bool:
        """Whether the next round of a loop would go as the last one: it reads nothing that has changed."""
        if not changed:
            return True
        if node.test is not None and type(node.test) is facts.Const:
            return False  # it is left by a jump alone, and that may stand above what a round binds
        names = self.solver.carried.get(node)
        if names is None:
            names = self.solver.carried[node] = carried(node)
        return all(name.partition(".")[0] not in names for name in changed)

    def _do_jump(self, node: facts.Jump, env: Env) -> Env | None:
        if node.kind == "pass":
            return env
        if node.kind == "continue" and self.jumps:
            self.jumps[-1].append(env)
        if node.kind == "break" and self.jumps_out:
            self.jumps_out[-1].append(env)
        return None

    def _do_with(self, node: facts.With, env: Env) -> Env | None:
        eager = 0
        for item in node.items:
            value = self.evaluate(item.context, env)
            eager += isinstance(value.shape, External) and value.shape.name.endswith("ensure_compile_time_eval()")
            if item.target is not None:
                self.bind(item.target, self.entered(value, item.context), env)
        self.eager += eager
        after = self.execute(node.body, env)
        self.eager -= eager
        return after

    def _do_try(self, node: facts.Try, env: Env) -> Env | None:
        before = dict(env)
        inside = dict(env)
        probes = bool(node.handlers) and _asks_whether_concrete(node.body)
        self.host += probes
        self.handlers += node.handlers
        end = self.execute(node.body, inside)
        del self.handlers[len(self.handlers) - len(node.handlers) :]
        self.check_fallback(node)
        self.host -= probes
        prefix = merge(before, end if end is not None else inside) or before
        if end is not None and node.orelse:
            end = self.execute(node.orelse, end)
        for handler in node.handlers:
            missing = handler.type is not None and dotted(handler.type) in _MISSING
            if self.run is Run.JAX and (
                (missing and imports_jax(node.body)) or self.never_comes_to(handler, node, env)
            ):
                self.summary.apart = True
                continue
            start = dict(prefix)
            if handler.type is not None:
                self.evaluate(handler.type, start)
            if handler.name:
                start[handler.name] = PLAIN
            self.branches += 1
            end = merge(end, self.execute(handler.body, start))
            self.branches -= 1
        if node.final:
            start = end if end is not None else dict(prefix)
            last = self.execute(node.final, start)
            return last if end is not None else None
        return end

    def _do_match(self, node: facts.Match, env: Env) -> Env | None:
        subject = self.evaluate(node.subject, env)
        refutable = [case for case in node.cases if not case.irrefutable and case.values]
        if refutable and type(subject.shape) is not Mapping:  # a pattern for a dict names keys
            self.sink(Sink.BRANCH, [subject], node.subject.loc, "match", "match")
        result: Env | None = None
        complete = False
        for case in node.cases:
            if complete or self._excluded(subject, case, env):
                self.summary.apart = True
                continue
            inside = dict(env)
            for name in case.binds:
                inside[name] = derive(subject)
            for value in case.values:
                self.evaluate(value, inside)
            if case.guard is not None:
                _, inside, _ = self.truth(case.guard, inside)
            self.branches += 1
            result = merge(result, self.execute(case.body, dict(inside)))
            self.branches -= 1
            complete = case.irrefutable or self._certain(subject, case, env)
        return result if complete else merge(result, env)

    def _certain(self, subject: Value, case: facts.Case, env: Env) -> bool:
        """Whether a known constant is the one constant of a case without a guard."""
        if not isinstance(subject.shape, Const) or case.guard is not None or len(case.values) != 1:
            return False
        shape = self.evaluate_again(case.values[0], env).shape
        return isinstance(shape, Const) and shape.value == subject.shape.value

    def _excluded(self, subject: Value, case: facts.Case, env: Env) -> bool:
        """Whether a known constant cannot match the constants of a case."""
        if not isinstance(subject.shape, Const) or not case.values:
            return False
        shapes = [self.evaluate_again(item, env).shape for item in case.values]
        return all(isinstance(item, Const) and item.value != subject.shape.value for item in shapes)


def _asks_whether_concrete(body: tuple[facts.Stmt, ...]) -> bool:
    """Whether nothing is done but to convert values, and to return a constant where that goes well."""
    last = body[-1]
    answers = isinstance(last, facts.Return) and isinstance(last.value, facts.Const)
    conversions = body[:-1] if answers else body
    return bool(conversions) and all(map(_is_probe, conversions))


def _is_probe(node: facts.Stmt) -> bool:
    """``float(x)`` whose result is not used: under ``try`` it asks whether ``x`` is concrete."""
    call = node.value if isinstance(node, facts.ExprStmt) else None
    return (
        isinstance(call, facts.Call) and isinstance(call.func, facts.Name) and call.func.id in {"float", "int", "bool"}
    )
