"""Override families: methods whose signatures disagree on the namespace, and unusual defaults."""

from __future__ import annotations

from collections.abc import Iterator

from xpcheck import facts
from xpcheck.flow.lattice.summary import Binding
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.named_calls import NamedCalls
from xpcheck.flow.sources.scopes import target_names, walk
from xpcheck.link.definitions import Class, External, Function, holds_doubles
from xpcheck.link.names import dotted
from xpcheck.model import Step

_POSITIONAL = frozenset({"posonly", "pos"})
_QUIET_CALLS = frozenset(
    {"len", "isinstance", "super", "type", "str", "repr", "getattr", "hasattr", "list", "tuple", "dict"}
)


class Families:
    """The override families in sight of one distribution."""

    def __init__(self, solver: Solver, sight: Sight, calls: NamedCalls) -> None:
        self._solver = solver
        self._sight = sight
        self._program = solver.program
        self._names = frozenset(solver.config.namespaces)
        in_sight = frozenset(sight.functions)
        by_keyword = [function for function in calls.by_keyword if function in in_sight]
        self._callers = self._named_callers(calls, by_keyword)
        self._recorded = self._recorded_callers()
        self._spoken = self._spoken_callers(calls, by_keyword)

    def _named_callers(self, calls: NamedCalls, by_keyword: list[Function]) -> dict[Function, Step]:
        """For each function the first call, found by names, that hands a namespace to it by keyword."""
        found: dict[Function, Step] = {}
        for function in by_keyword:
            for call in calls.calls(function):
                keyword = next((arg.keyword for arg in call.node.args if arg.keyword in self._names), None)
                for target, _ in call.targets if keyword else ():
                    note = f"`{call.label}` is given `{keyword}`"
                    found.setdefault(target, _step(function, call.node.loc, note))
        return found

    def _recorded_callers(self) -> dict[Function, Step]:
        """For each function the first call, found by the interpretation, that hands a namespace to it."""
        found: dict[Function, tuple[tuple[str, int, int], Step]] = {}
        for function, _, _ in self._sight.summaries:
            for run in self._solver.runs(function):
                summary = self._sight.summaries.get((function, run, ()))
                for record in summary.calls if summary is not None else ():
                    if record.binding in {Binding.DEFAULT, Binding.UNKNOWN, Binding.MISSING, Binding.FREE}:
                        continue
                    key = (function.module.path, record.loc[0], record.loc[1])
                    if record.callee not in found or key < found[record.callee][0]:
                        note = f"`{record.callee.name}` is given the namespace"
                        found[record.callee] = (key, _step(function, record.loc, note))
        return {callee: step for callee, (_, step) in found.items()}

    def _spoken_callers(self, calls: NamedCalls, by_keyword: list[Function]) -> dict[str, Step]:
        """For each method name the first call on an object of unknown class that hands a namespace over by keyword."""
        found: dict[str, Step] = {}
        for function in by_keyword:
            for node in calls.handing_on(function):
                name = node.func.name if type(node.func) is facts.Attr else ""
                if name in self._program.by_name and any(arg.keyword in self._names for arg in node.args):
                    found.setdefault(name, _step(function, node.loc, f"`{name}` is given the namespace"))
        return found

    # ------------------------------------------------------------------------------------------------- signatures

    def disagreement(self, function: Function) -> tuple[str, Function, Step | None, bool] | None:
        """(problem, other definition, call that hands the namespace over, resolved by names) of a method."""
        cls = function.owner
        if cls is None or function.accessor or function.name in {"__init__", "__new__", "__call__"}:
            return None
        if function.name.startswith("__") or self._solver.decorators.filled(function) is not None:
            return None
        if holds_doubles(function.module):
            return None
        own = self._slot(function)
        for base in self._above(cls, function.name):
            slot = self._solver.namespace_param(base)
            if slot is None:
                continue
            if own is None:
                return self._lacking(function, base)
            found = self._reordered(function, base, own, slot)
            # Where the base is the odd one, the report stands there.
            turned = found is not None and found[0] == "moved" and base.owner is not None
            return None if turned and self._turned(base, slot) is not None else found
        if own is not None:
            return self._turned(function, own)
        return self._bare_base(function, cls) or self._odd_one_out(function, cls)

    def _above(self, cls: Class, name: str) -> Iterator[Function]:
        for item in self._program.hierarchy.mro(cls)[1:]:
            member = item.members.get(name)
            if isinstance(member, Function) and not member.accessor:
                yield member

    def _below(self, cls: Class, name: str) -> Iterator[Function]:
        for item in self._program.hierarchy.subclasses(cls, cls.module.package):
            member = item.members.get(name)
            if isinstance(member, Function) and not member.accessor:
                yield member

    def _slot(self, function: Function) -> int | None:
        return next((index for index, param in enumerate(function.params) if param.name in self._names), None)

    def _lacking(self, function: Function, base: Function) -> tuple[str, Function, Step | None, bool] | None:
        if self._forwards(function):
            return None
        named = self._callers.get(function)
        if named is not None and not any(param.kind == "kw" for param in function.params):
            return "lacks", base, named, True
        if self._is_quiet(function) or (function.name.startswith("_") and function.outline.stub):
            return None
        caller = named or self._callers.get(base) or self._recorded.get(base)
        return "lacks", base, caller, caller is not None

    def _bare_base(self, function: Function, cls: Class) -> tuple[str, Function, Step | None, bool] | None:
        """A base without the parameter that its overrides have, where calls hand it over."""
        below = list(self._below(cls, function.name))
        taking = [item for item in below if self._solver.namespace_param(item) is not None]
        if not taking or 2 * len(taking) < len(below) or self._forwards(function):
            return None
        named = self._callers.get(function)
        if named is not None and not any(param.kind == "kw" for param in function.params):
            return "base", taking[0], named, not function.outline.stub
        spoken = self._spoken.get(function.name)
        # An override by override port: two of them are no accident.
        return ("base", taking[0], spoken, False) if spoken is not None and len(taking) > 1 else None

    def _turned(self, base: Function, slot: int) -> tuple[str, Function, Step | None, bool] | None:
        """A base that has the namespace at another position than all of its overrides, which agree: at least two."""
        below = list(self._below(base.owner, base.name)) if base.owner is not None else []
        slots = [(item, own) for item in below if (own := self._slot(item)) is not None]
        moved = [found for item, own in slots if (found := self._reordered(item, base, own, slot)) is not None]
        agree = len({own - _receivers(item) for item, own in slots}) == 1
        if len(moved) < 2 or len(moved) < len(slots) or not agree or any(found[0] != "moved" for found in moved):
            return None
        return "turned", slots[0][0], self._callers.get(base) or self._recorded.get(base), False

    def _odd_one_out(self, function: Function, cls: Class) -> tuple[str, Function, Step | None, bool] | None:
        """One of few methods without the parameter in a family whose first definition lacks it, too."""
        first = list(self._above(cls, function.name))[-1:]
        if not first or first[0].owner is None or self._forwards(function):
            return None
        family = [item for item in self._below(first[0].owner, function.name) if not item.outline.stub]
        taking = [item for item in family if self._solver.namespace_param(item) is not None]
        if 2 * len(taking) <= len(family):
            return None
        everywhere = {item for item in self._named(function.name) if not item.accessor}
        spoken = self._spoken.get(function.name) if everywhere <= {*family, *self._stubs(first[0])} else None
        if spoken is None and self._is_quiet(function):
            return None
        return "lacks", taking[0], self._callers.get(function) or spoken, False

    def _named(self, name: str) -> Iterator[Function]:
        """The methods in sight with a name."""
        return (item for item in self._program.by_name[name] if item.module.package in self._sight.packages)

    def _stubs(self, first: Function) -> set[Function]:
        assert first.owner is not None
        return {first, *(item for item in self._below(first.owner, first.name) if item.outline.stub)}

    def _reordered(
        self, function: Function, base: Function, own: int, slot: int
    ) -> tuple[str, Function, Step | None, bool] | None:
        mine, theirs = function.params[own], base.params[slot]
        if theirs.default is not None and mine.default is None and mine.kind != "kwonly":
            return "required", base, None, False
        own, slot = own - _receivers(function), slot - _receivers(base)
        if theirs.kind not in _POSITIONAL or (theirs.kind == mine.kind and own == slot):
            return None
        # Other required parameters in front: a different method under the same name.
        first = function.params[_receivers(function) :][:own]
        before = [param.name for param in first if param.default is None and param.kind in _POSITIONAL]
        known = {param.name for param in base.params}
        if any(name not in known for name in before) or len(before) > slot:
            return None
        # Optional parameters in front of a late namespace disturb nobody: it is given by keyword.
        behind = {param.name for param in base.params[base.params.index(theirs) + 1 :]}
        ahead = {param.name for param in base.params[: base.params.index(theirs)]}
        mine_ahead = {param.name for param in function.params[: function.params.index(mine)]}
        mine_behind = {param.name for param in function.params[function.params.index(mine) + 1 :]}
        if slot > 1 and not behind & mine_ahead and not ahead & mine_behind:
            return None
        return "moved", base, self._callers.get(base) or self._recorded.get(base), False

    def _forwards(self, function: Function) -> bool:
        """Whether ``*args`` or ``**kwargs`` may carry the namespace on."""
        stars = {param.name for param in function.params if param.kind in {"var", "kw"}}
        if not stars.intersection(function.outline.names):
            return False
        body = self._program.body(function)
        return body is None or any(
            isinstance(node, facts.Name) and node.id in stars for root in body.statements for node in walk(root)
        )

    def _is_quiet(self, function: Function) -> bool:
        """Whether a body runs nothing on arrays: a stub, or neither calls nor arithmetic."""
        body = self._program.body(function) if not function.outline.stub else None
        return body is None or not any(_runs(node) for root in body.statements for node in walk(root))

    # --------------------------------------------------------------------------------------------------- defaults

    def unusual_default(self, function: Function) -> tuple[facts.Param, str, int] | None:
        """(parameter, its default as text, siblings with NumPy) of a public function whose default is not NumPy."""
        index = self._solver.namespace_param(function)
        if index is None or not _is_public(function) or self._solver.decorators.filled(function) is not None:
            return None
        param = function.params[index]
        if param.default is None:
            return self._missing_default(function, param, index)
        if isinstance(param.default, facts.Const):
            if self._resolves_none(function, param.name) or self._solver.decorators.may_fill(function, param.name):
                return None
            return param, "None", 0
        entity = self._program.resolve(function.module, param.default)
        if isinstance(entity, External) and entity.name.split(".")[0] == "jax":
            return param, dotted(param.default) or "jax.numpy", self._siblings(function)
        return None

    def _missing_default(
        self, function: Function, param: facts.Param, index: int
    ) -> tuple[facts.Param, str, int] | None:
        if len(function.params) - _receivers(function) == 1:
            return None  # a question about the namespace itself
        later = function.params[index + 1 :]
        if param.kind != "kwonly" and any(item.default is None and item.kind in _POSITIONAL for item in later):
            return None
        count = self._siblings(function)
        return (param, "", count) if count else None

    def _siblings(self, function: Function) -> int:
        """How many overrides of a method, or public functions beside a function, have NumPy as the default."""
        if function.owner is not None:
            related = [*self._above(function.owner, function.name), *self._below(function.owner, function.name)]
        else:
            beside = (item for item in self._program.functions if item.module is function.module)
            related = [item for item in beside if item.owner is None and item is not function and _is_public(item)]
        defaults = [
            item.params[index].default is not None
            for item in related
            if (index := self._solver.namespace_param(item)) is not None
        ]
        return sum(defaults) if 2 * sum(defaults) > len(defaults) else 0

    def _resolves_none(self, function: Function, name: str) -> bool:
        """Whether a body replaces None at once, tests for it, or only hands the name on."""
        body = self._program.body(function) if not function.outline.stub else None
        if body is None:
            return True
        uses = False
        for root in body.statements:
            for node in walk(root):
                if isinstance(node, facts.Assign) and any(name in target_names(item) for item in node.targets):
                    return True
                if isinstance(node, facts.Compare) and _is(node.left, name):
                    return True
                if isinstance(node, facts.Bool | facts.Unary | facts.Cond) and _tests(node, name):
                    return True
                uses |= isinstance(node, facts.Attr) and _is(node.value, name)
        return not uses


def _receivers(function: Function) -> int:
    return 1 if function.binding in {"method", "class"} else 0


def _tests(node: facts.Bool | facts.Unary | facts.Cond, name: str) -> bool:
    if isinstance(node, facts.Bool):
        return any(_is(item, name) for item in node.values)
    return _is(node.operand if isinstance(node, facts.Unary) else node.test, name)


def _is(node: facts.Expr, name: str) -> bool:
    return isinstance(node, facts.Name) and node.id == name


def _is_public(function: Function) -> bool:
    names = [*function.module.name.split("."), *function.qualname.split(".")]
    return not any(name.startswith("_") and not name.startswith("__") for name in names)


def _runs(node: object) -> bool:
    if isinstance(node, facts.Call):
        name = dotted(node.func) or ""
        return not (name in _QUIET_CALLS or name.endswith(("Error", "Exception", "Warning", "warn")))
    return isinstance(node, facts.Binary | facts.AugAssign)


def _step(function: Function, loc: facts.Loc, note: str) -> Step:
    return Step(function.module.path, loc[0], loc[1], function.qualname, note)
