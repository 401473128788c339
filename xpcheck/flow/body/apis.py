"""What the two namespaces do not share: names, keywords, lists as arrays, updates."""

from __future__ import annotations

from collections.abc import Iterator

from xpcheck import facts
from xpcheck.flow import models
from xpcheck.flow.body.arguments import label_of, name_loc
from xpcheck.flow.body.base import Arguments, Base, Env
from xpcheck.flow.events.body_events import BackendApi, HostCallback, LostUpdate
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import (
    LISTS,
    PLAIN,
    STAGED,
    Array,
    Const,
    External,
    Instance,
    Items,
    Value,
    is_none,
    spread,
)
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Function
from xpcheck.model import Step

UPDATES = frozenset({"set", "add", "subtract", "mul", "multiply", "divide", "power", "min", "max", "apply"})
"""Methods of ``x.at[i]`` that give a new array."""


class Apis(Base):
    """The part of the interpreter that compares what the two backends offer."""

    asked: set[str]
    """Names of the namespace whose presence the body tests itself."""

    def _lacks(self, loc: facts.Loc, problem: str, label: str, detail: str = "", value: Value = PLAIN) -> None:
        self.emit(BackendApi(self.site(loc), problem, label, detail, *spread(value)))

    # ----------------------------------------------------------------------------------------------------- names

    def check_name(self, shape: External, name: str, node: facts.Attr) -> None:
        """``xp.name``: whether the backend of this run has it."""
        base = self.module_name if shape.name == "xp" else shape.name
        if not shape.namespace or shape.receiver is not None or name in self.asked or name.startswith("__"):
            return
        problem, detail = self._lack(base, name)
        self.summary.apart |= bool(self._lack(base.removeprefix("jax."), name)[0])
        if problem and not self.catches("AttributeError"):
            self._lacks(node.loc, problem, label_of(node), detail)

    def _lack(self, base: str, name: str) -> tuple[str, str]:
        """(problem, detail) of a name of a namespace's module: ``missing``, ``version``, or nothing."""
        qualified = f"{base}.{name}"
        if base.startswith("jax.numpy"):
            twin = qualified.removeprefix("jax.")
            known = self.knowledge.library(twin)
            there = self.knowledge.is_module(twin) or (known is not None and known.measured)
            here = self.knowledge.is_module(qualified) or self.knowledge.namespace(qualified) is not None
            return ("missing", "jax.numpy") if there and not here else ("", "")
        if self.solver.standard_namespaces(self.function):
            return "", ""
        since = self.knowledge.added(qualified)
        if since and _version(since) > _version(self.config.minimum_numpy):
            return "version", since
        other = self.knowledge.namespace(f"jax.{qualified}")
        return ("missing", "numpy") if other is not None and other.missing_in_numpy else ("", "")

    def has_name(self, args: Arguments) -> Value:
        """``hasattr(xp, "name")``: decided where every version agrees; the name is not reported after it."""
        if len(args.positional) < 2:
            return PLAIN
        base, key = args.positional[0].shape, args.positional[1].shape
        if not (
            isinstance(base, External) and base.namespace and isinstance(key, Const) and isinstance(key.value, str)
        ):
            return PLAIN
        name = str(key.value)
        self.asked.add(name)
        problem, _ = self._lack(self.module_name if base.name == "xp" else base.name, name)
        if problem == "missing":
            return self.backend(False)
        return PLAIN if problem or self.run is not Run.JAX else self.backend(True)

    # ----------------------------------------------------------------------------------------------------- calls

    def check_call(self, model: models.Callable | None, args: Arguments, label: str, loc: facts.Loc) -> None:
        """Keywords that the other backend does not know, and lists that JAX does not take."""
        if model is None or self.catches("TypeError"):
            return
        other = self.knowledge.library(model.name.removeprefix("jax."))
        self.summary.apart |= other is not None and any(key in other.jax_only for key in args.keywords)
        foreign = model.numpy_only if self.run is not Run.NUMPY else model.jax_only
        for key, value in args.keywords.items():
            if key in foreign and key != "out" and not is_none(value):
                self._lacks(loc, "keyword", label, key)
        if self.run is Run.NUMPY or args.star:
            return
        given: list[tuple[int | str, Value]] = [*enumerate(args.positional), *args.keywords.items()]
        for where, value in given:
            slot = model.slot(where)
            if slot is not None and slot.name in model.list_slots and _is_list(value):
                self._lacks(loc, "list", label)

    def check_index(self, base: Value, index: Value, node: facts.Index) -> None:
        """``x[[0, 2]]``: JAX takes arrays and tuples as indices, no lists."""
        shape = index.shape
        if self.run is not Run.NUMPY and isinstance(base.shape, Array) and isinstance(shape, Items) and shape.mutable:
            self._lacks(node.index.loc, "index", "a list", value=base)

    def check_attribute(self, base: Value, node: facts.Attr) -> None:
        """``x.flags``: what NumPy's arrays have, those of JAX lack, and no class of the program has."""
        model = self.knowledge.method(node.name)
        missing = model is not None and not model.inplace and model.effect == "missing"
        own = node.name in self.solver.object_attributes(self.function.module.package)
        if missing and not own and self.run is not Run.NUMPY and isinstance(base.shape, Array):
            self._lacks(node.name_loc, "attribute", f".{node.name}", value=base)

    def check_raw(self, base: Value, node: facts.Attr) -> None:
        """``f(x).array``: what a function gives on NumPy is a wrapper, and its bare array on JAX."""
        given, functions = self.raw.get(id(base), (None, ()))
        if given is not base or self.run is not Run.JAX or self.host or self.catches("AttributeError"):
            return
        if self.knowledge.method(node.name) is None and all(map(self._gives_wrapper, functions)):
            places = tuple(step for function in functions for step in self._returns(function))
            label, detail = f".{node.name}", functions[0].name
            self.emit(BackendApi(self.site(node.name_loc), "raw", label, detail, *spread(base), places))

    def _returns(self, function: Function) -> Iterator[Step]:
        """The places at which a function returns something."""
        body = self.program.body(function)
        for root in body.statements if body is not None else ():
            for item in walk(root):
                if type(item) is facts.Return:
                    yield Step(function.module.path, *item.loc[:2], function.qualname, "returned here")

    def _gives_wrapper(self, function: Function) -> bool:
        """Whether a function gives a wrapper in its NumPy run."""
        shape = self.solver.summary(function, Run.NUMPY).result.shape
        return type(shape) is Instance and all(self.solver.backing(cls) is not None for cls in shape.classes)

    def check_update(self, receiver: Value, name: str, node: facts.Expr) -> None:
        """``x.at[i].set(v)`` on the NumPy path; what JAX made there already is its own finding."""
        self.summary.apart |= name in UPDATES
        if self.run is Run.NUMPY and name in UPDATES and receiver.taint < STAGED:
            self._lacks(name_loc(node), "update", f".at[...].{name}")

    def check_discarded(self, node: facts.Expr, env: Env) -> None:
        """``x.at[i].set(v)`` as a statement: the new array is thrown away."""
        func = node.func if type(node) is facts.Call else None
        if type(func) is not facts.Attr or func.name not in UPDATES or type(func.value) is not facts.Index:
            return
        place = func.value.value
        if type(place) is facts.Attr and place.name == "at":
            self.emit(LostUpdate(self.site(node.loc), label_of(place.value), f".at[...].{func.name}"))

    def check_callback(self, name: str, args: Arguments, node: facts.Expr) -> None:
        """``pure_callback`` without a rule for ``vmap``."""
        known = {"vmap_method", "vectorized"} & args.keywords.keys()
        if name.rpartition(".")[2] == "pure_callback" and not known and not args.rest:
            self.emit(HostCallback(self.site(node.loc), label_of(node)))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _is_list(value: Value) -> bool:
    """Whether a value is a list or tuple that the body made, and not one that an annotation promises."""
    return type(value.shape) in LISTS and value.path is None


__all__ = ["UPDATES", "Apis"]
