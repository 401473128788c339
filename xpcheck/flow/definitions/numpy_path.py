"""Which statements of a body its NumPy run comes to: a walk that knows nothing but guards.

The interpretation of the solver answers far more; this walk is for import statements, which have no value.
"""

from __future__ import annotations

from collections.abc import Iterator

from xpcheck import facts
from xpcheck.flow.body.base import catches
from xpcheck.flow.solution.solver import Solver
from xpcheck.link.definitions import External, Function
from xpcheck.link.names import dotted

_NUMPY, _JAX = "numpy", "jax"
_CONCRETE = frozenset({"ndarray", "number", "generic", "floating", "integer", "float64"})
_LEAVING = frozenset({"break", "continue"})
_MAX_DEPTH = 3


class NumpyPath:
    """The NumPy run of one body.

    ``imports`` collects the import statements that the run reaches, those aside whose failure is handled; ``code`` the
    other statements (of compound ones their expressions).
    """

    def __init__(self, solver: Solver, function: Function, names: frozenset[str], depth: int = 0) -> None:
        self._solver = solver
        self._function = function
        self._names = set(names)
        self._flags: dict[str, bool] = {}
        self._optional = 0
        self._depth = depth
        self.imports: list[facts.Import] = []
        self.code: list[object] = []
        self.returned: list[bool | None] = []

    def block(self, statements: tuple[facts.Stmt, ...]) -> bool:
        """Walk a block; whether the run comes to its end."""
        return all(self._statement(statement) for statement in statements)

    def _statement(self, node: facts.Stmt) -> bool:
        if type(node) is facts.Import:
            if not self._optional:
                self.imports.append(node)
            return True
        if isinstance(node, facts.If | facts.Loop | facts.With | facts.Try | facts.Match):
            return self._compound(node)
        self.code.append(node)
        if type(node) is facts.Return:
            self.returned.append(None if node.value is None else self.decide(node.value))
        elif type(node) is facts.Assign:
            self._assign(node)
        elif type(node) is facts.Assert:
            return self.decide(node.test) is not False
        return not isinstance(node, facts.Return | facts.Raise) and getattr(node, "kind", "pass") not in _LEAVING

    def _compound(self, node: facts.If | facts.Loop | facts.With | facts.Try | facts.Match) -> bool:
        if isinstance(node, facts.If):
            self.code += self._evaluated(node.test)
            return self._if(node)
        if isinstance(node, facts.Loop):
            self.code += [item for item in (node.iter, node.test) if item is not None]
            if node.test is None or self.decide(node.test) is not False:
                self.block(node.body)
            return self.block(node.orelse)
        if isinstance(node, facts.With):
            self.code += [item.context for item in node.items]
            return self.block(node.body)
        if isinstance(node, facts.Try):
            return self._try(node)
        self.code.append(node.subject)
        ends = [self.block(case.body) for case in node.cases]
        return any(ends) or not any(case.irrefutable for case in node.cases)

    def _if(self, node: facts.If) -> bool:
        decided = self.decide(node.test)
        # What `isinstance(x, np.ndarray)` does not let through is meant for JAX, as far as a reader can tell.
        concrete = decided is None and _is_concrete_test(node.test)
        before = dict(self._flags)
        ends = []
        if decided is not False:
            ends.append(self.block(node.body))
            self._flags = dict(before)
        if decided is not True and (not concrete or (any(ends) and not node.orelse)):
            ends.append(self.block(node.orelse))
            self._flags = dict(before)
        return any(ends)

    def _try(self, node: facts.Try) -> bool:
        optional = any(catches(handler, "ModuleNotFoundError") for handler in node.handlers)
        self._optional += optional
        ends = self.block(node.body)
        self._optional -= optional
        if ends:
            ends = self.block(node.orelse)
        for handler in node.handlers:
            ends = self.block(handler.body) or ends
        return self.block(node.final) and ends

    def _assign(self, node: facts.Assign) -> None:
        if node.value is None:
            return
        decided = self.decide(node.value)
        is_namespace = self._is_namespace(node.value)
        for target in node.targets:
            if isinstance(target, facts.Name):
                self._flags.pop(target.id, None)
                if decided is not None:
                    self._flags[target.id] = decided
                elif is_namespace:
                    self._names.add(target.id)

    # -------------------------------------------------------------------------------------------------- decisions

    def decide(self, node: facts.Expr) -> bool | None:
        """What a test answers in the NumPy run; None when that depends on more than the backend."""
        if type(node) is facts.Const:
            return node.value if isinstance(node.value, bool) else None
        if type(node) is facts.Unary and node.op == "not":
            inner = self.decide(node.operand)
            return None if inner is None else not inner
        if type(node) is facts.Bool:
            answers = [self.decide(value) for value in node.values]
            stop = node.op == "or"
            if any(answer is stop for answer in answers):
                return stop
            return None if any(answer is None for answer in answers) else not stop
        if type(node) is facts.Name:
            return self._flags.get(node.id, False if node.id in self._solver.config.backend_flags else None)
        if type(node) is facts.Attr:
            return False if node.name in self._solver.config.backend_flags else None
        if type(node) is facts.Compare and len(node.ops) == 1:
            return self._compare(node.left, node.ops[0], node.comparators[0])
        if type(node) is facts.Call:
            return self._call(node)
        if type(node) is facts.Cond and (chosen := self.decide(node.test)) is not None:
            return self.decide(node.body if chosen else node.orelse)
        return None

    def _evaluated(self, test: facts.Expr) -> Iterator[facts.Expr]:
        """The parts of a test that the run evaluates: ``is_jax(xp) and f(xp)`` stops at the first."""
        if not isinstance(test, facts.Bool):
            yield test
            return
        for value in test.values:
            yield from self._evaluated(value)
            if self.decide(value) is (test.op == "or"):
                return

    def _compare(self, left: facts.Expr, op: str, right: facts.Expr) -> bool | None:
        if op in {"in", "not in"}:
            return self._contains(left, op == "in", right)
        if op not in {"is", "is not", "==", "!="}:
            return None
        positive = op in {"is", "=="}
        for one, other in ((left, right), (right, left)):
            if self._is_namespace(one) and (backend := self._backend(other)):
                return positive if backend == _NUMPY else not positive
            if self._is_namespace(one) and isinstance(other, facts.Const) and other.kind == "none":
                return not positive
            if _text(other).startswith(_JAX):
                return not positive
            if isinstance(one, facts.Attr) and self._is_namespace(one.value) and _text(other) == _NUMPY:
                return positive
        return None

    def _contains(self, left: facts.Expr, positive: bool, right: facts.Expr) -> bool | None:
        """``"jax" in xp.__name__`` and ``xp.__name__ in {"jax.numpy", ...}``."""
        if _text(left).startswith(_JAX):
            return not positive
        named = isinstance(left, facts.Attr) and self._is_namespace(left.value)
        items = right.items if isinstance(right, facts.Set | facts.Tuple | facts.List) else ()
        if not named or not items or not all(_text(item) for item in items):
            return None
        return positive == any(_text(item) == _NUMPY for item in items)

    def _call(self, node: facts.Call) -> bool | None:
        func = node.func
        if isinstance(func, facts.Attr) and func.name == "startswith" and node.args:
            text = _text(node.args[0].value)
            return False if text.startswith(_JAX) else True if text == _NUMPY else None
        if isinstance(func, facts.Name) and func.id == "bool" and len(node.args) == 1:
            return self.decide(node.args[0].value)
        return self._predicate(node)

    def _predicate(self, node: facts.Call) -> bool | None:
        """What a helper answers: its body says so, else its name asks for JAX (``is_jax_array``)."""
        entity = self._callee(node.func) if self._depth < _MAX_DEPTH else None
        answer = self._answer(entity, node) if entity is not None else None
        asked = (dotted(node.func) or "").rpartition(".")[2].lstrip("_")
        return False if answer is None and asked.startswith("is_jax") else answer

    def _answer(self, entity: Function, node: facts.Call) -> bool | None:
        """What a function of the program answers when it is given the namespace."""
        bound = entity.params[1:] if entity.binding in {"method", "class"} else entity.params
        given = {
            param.name
            for param, arg in zip(bound, node.args, strict=False)
            if not arg.star and not arg.keyword and self._is_namespace(arg.value)
        } | {arg.keyword for arg in node.args if arg.keyword and self._is_namespace(arg.value)}
        body = self._solver.program.body(entity) if given else None
        if body is None:
            return None
        inner = NumpyPath(self._solver, entity, frozenset(given), self._depth + 1)
        if inner.block(body.statements) or len(set(inner.returned)) != 1:
            return None
        return inner.returned[0]

    def _callee(self, func: facts.Expr) -> Function | None:
        path = dotted(func) or "?"
        owner, params = self._function.owner, self._function.params
        if owner is not None and params and path.startswith(f"{params[0].name}.") and path.count(".") == 1:
            found = self._solver.program.hierarchy.member(owner, path.partition(".")[2])
        else:
            entity = self._solver.program.names.resolve(self._function.module.name, path)
            found = entity if isinstance(entity, Function) else None
        return found if isinstance(found, Function) and not found.accessor else None

    def _is_namespace(self, node: facts.Expr) -> bool:
        if isinstance(node, facts.Name):
            return node.id in self._names
        return isinstance(node, facts.Attr) and node.name in self._solver.config.namespace_attributes

    def _backend(self, node: facts.Expr) -> str:
        path = dotted(node)
        if path is None:
            return ""
        entity = self._solver.program.names.resolve(self._function.module.name, path)
        if isinstance(entity, External):
            root = entity.name.split(".")[0]
            return root if root in {_NUMPY, _JAX} else ""
        # `jnp` of a local import: any name that is not the module's `np`.
        return _JAX if path in {"jnp", "jax.numpy"} else ""


def jax_imports(statement: facts.Import) -> Iterator[str]:
    """The modules of JAX that an import statement names."""
    if statement.source is not None and not statement.level:
        if statement.source.split(".")[0] in {"jax", "jaxlib"}:
            yield statement.source
    elif statement.source is None:
        yield from (item.name for item in statement.names if item.name.split(".")[0] in {"jax", "jaxlib"})


def _text(node: facts.Expr) -> str:
    return node.value if isinstance(node, facts.Const) and isinstance(node.value, str) else ""


def _is_concrete_test(node: facts.Expr) -> bool:
    """``isinstance(x, np.ndarray)``: what it lets through is on the host."""
    if not (isinstance(node, facts.Call) and isinstance(node.func, facts.Name) and node.func.id == "isinstance"):
        return False
    kinds = node.args[1].value if len(node.args) == 2 else node
    items = kinds.items if isinstance(kinds, facts.Tuple) else (kinds,)
    return any((dotted(item) or "").rpartition(".")[2] in _CONCRETE for item in items)
