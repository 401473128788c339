"""Tests on types that a tracer fails: what the branch for everything else does to it."""

from __future__ import annotations

from collections.abc import Iterable

from xpcheck import facts
from xpcheck.flow.body.base import Base, Env
from xpcheck.flow.events.body_events import TypeDispatch
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import External, spread
from xpcheck.flow.sources.scopes import target_names, walk
from xpcheck.link.names import dotted

_ARRAYS = frozenset({"ndarray"})
_NUMBERS = frozenset({"float", "int", "complex", "number", "generic", "floating", "integer", "Number", "Real"})
_SIZED_NUMBERS = frozenset({"float16", "float32", "float64", "int32", "int64", "complex64", "complex128"})
_SCALARS = frozenset({"generic", "number"})
_CONTAINERS = frozenset({"list", "tuple"})
_QUESTIONS = frozenset({"numpy.isscalar", "numpy.iterable"})
_CONVERSIONS = frozenset({"float", "int", "bool", "asarray", "array", "item", "tolist", "copy", "squeeze", "ravel"})
_BACKENDS = frozenset({"numpy", "jax.numpy"})


class Dispatch(Base):
    """The part of the interpreter that looks at what a test on a type decides."""

    def check_dispatch(self, test: facts.Expr, yes: tuple[object, ...], no: tuple[object, ...], env: Env) -> None:
        """``if isinstance(x, np.ndarray): ... else: ...`` with what is done in the two branches."""
        if isinstance(test, facts.Unary) and test.op == "not":
            self.check_dispatch(test.operand, no, yes, env)
            return
        tested, names = self._tested(test, env)
        if tested is None or self.run is Run.NUMPY or not names:
            return
        if self._backends(yes, env) == "numpy" and self._backends(no, env) == "jax.numpy":
            # A scalar of NumPy is neither an array nor (float64 aside) a number of Python.
            if names & (_ARRAYS | {"float", "int"}) and not names & _SCALARS:
                self.emit(TypeDispatch(self.site(test.loc), tested.id, True, 0, frozenset()))
            return
        # ``x / scale if isinstance(x, np.ndarray) else x``: the value itself is left alone.
        rest = [item for item in no if not (isinstance(item, facts.Name) and item.id == tested.id)]
        if _computes(yes, tested.id) and not _mentions(rest, tested.id) and not _leaves(yes) and not _leaves(no):
            taint, deps = spread(self.evaluate(tested, env))
            if taint or deps:
                self.emit(TypeDispatch(self.site(test.loc), tested.id, False, taint, deps))

    def _tested(self, test: facts.Expr, env: Env) -> tuple[facts.Name | None, set[str]]:
        """The tested name and the types, all of them types of the host; ``(None, set())`` for any other test."""
        nothing: tuple[facts.Name | None, set[str]] = (None, set())
        if isinstance(test, facts.Compare) and test.ops in {("is",), ("==",)} and isinstance(test.left, facts.Call):
            func, args, kinds = test.left.func, test.left.args, test.comparators[0]
            wanted = "type"
        elif isinstance(test, facts.Call) and len(test.args) == 2:
            func, args, kinds = test.func, test.args[:1], test.args[1].value
            wanted = "isinstance"
        elif isinstance(test, facts.Call) and len(test.args) == 1 and isinstance(test.args[0].value, facts.Name):
            shape = self.evaluate(test.func, env).shape
            asked = isinstance(shape, External) and shape.name in _QUESTIONS
            return (test.args[0].value, {"isscalar"}) if asked else nothing
        else:
            return nothing
        if dotted(func) != wanted or len(args) != 1 or not isinstance(args[0].value, facts.Name):
            return nothing
        items = kinds.items if isinstance(kinds, facts.Tuple) else (kinds,)
        shapes = [self.evaluate(item, env).shape for item in items]
        host = (isinstance(shape, External) and not shape.name.startswith("jax") for shape in shapes)
        names = {(dotted(item) or "?").rpartition(".")[2] for item in items} if all(host) else set()
        known = _ARRAYS | _NUMBERS | _SIZED_NUMBERS | _CONTAINERS
        return (args[0].value, names) if names <= known and names & (_ARRAYS | _NUMBERS) else nothing

    def _backends(self, code: Iterable[object], env: Env) -> str:
        """The backend that some code binds to a name, "" when it binds none."""
        for root in code:
            for node in walk(root):
                if isinstance(node, facts.Assign) and node.value is not None and any(map(target_names, node.targets)):
                    if dotted(node.value) in {"jnp", "jax.numpy"}:
                        return "jax.numpy"
                    shape = self.evaluate(node.value, env).shape if isinstance(node.value, facts.Name) else None
                    if isinstance(shape, External) and shape.name in _BACKENDS:
                        return shape.name
        return ""


def _computes(code: Iterable[object], name: str) -> bool:
    """Whether some code computes with a name, and does not merely convert it."""
    for root in code:
        for node in walk(root):
            if isinstance(node, facts.Binary | facts.AugAssign) and _mentions([node], name):
                return True
            if isinstance(node, facts.Call) and any(_mentions([arg.value], name) for arg in node.args):
                last = (dotted(node.func) or "").rpartition(".")[2]
                if last and last not in _CONVERSIONS and not isinstance(node.func, facts.Name):
                    return True
    return False


def _mentions(code: Iterable[object], name: str) -> bool:
    return any(isinstance(node, facts.Name) and node.id == name for root in code for node in walk(root))


def _leaves(code: Iterable[object]) -> bool:
    """Whether a branch leaves the block: what follows it is for the other one."""
    return any(isinstance(item, facts.Return | facts.Raise | facts.Jump) for item in code)
