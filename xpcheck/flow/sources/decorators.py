"""Decorators that hand the namespace on: read from their source, else from the model files."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow import models
from xpcheck.flow.sources.scopes import walk
from xpcheck.link.definitions import Class, Entity, External, Function
from xpcheck.link.names import dotted
from xpcheck.link.program import Program

_TRANSPARENT = frozenset({"abc", "builtins", "contextlib", "functools", "jax", "numba", "typing"})
"""Packages whose decorators leave a signature as it is."""


class Decorators:
    """What the decorators of functions do to their signature."""

    def __init__(
        self,
        program: Program,
        namespaces: tuple[str, ...],
        configured: tuple[str, ...],
        knowledge: models.Knowledge,
    ) -> None:
        self._program = program
        self._namespaces = frozenset(namespaces)
        self._configured = frozenset(configured)
        self._modelled = frozenset(
            name for family in knowledge.families for item in family.decorators for name in (item.name, *item.qualified)
        )
        families = knowledge.families
        self._by_name = {name: item for family in families for item in family.decorators for name in item.qualified}
        # Elsewhere in the packages that define them: other releases have them in other modules.
        self._by_root = {
            (name.partition(".")[0], item.name): item
            for family in families
            for item in family.decorators
            for name in item.qualified
        }
        self._slots: dict[Function, int | None] = {}
        self._replaced: dict[Function, bool] = {}
        self._inferring: dict[Function, bool] = {}
        self._standing: dict[Function, int | None] = {}
        self._classes = {f"{cls.module.name}.{cls.name}": cls for cls in program.classes}
        self._classes_of = {(cls.module.package, cls.name): cls for cls in program.classes}

    def result_classes(self, function: Function) -> tuple[Class, ...]:
        """The wrapper classes that the outermost wrapping decorator of a function gives its result."""
        for decorator in function.outline.decorators:
            model = self.model(function, decorator)
            if model is not None and model.kind == "wrap-result":
                return self._named(function, decorator, (model.uniform, model.irregular))
        return ()

    def fills(self, function: Function) -> tuple[Class, ...]:
        """The wrapper classes that a decorator of a function fills its grid with."""
        for decorator in function.outline.decorators:
            model = self.model(function, decorator)
            if model is not None and model.fills:
                return self._named(function, decorator, model.fills)
        return ()

    def moves_grid(self, function: Function) -> bool:
        """Whether a decorator of a function gives it another grid than the caller's."""
        found = (self.model(function, item) for item in function.outline.decorators)
        return any(item is not None and item.kind == "transform-input" for item in found)

    def _named(self, function: Function, decorator: facts.Expr, names: tuple[str, ...]) -> tuple[Class, ...]:
        """Classes of the program by qualified name, else by name in the package of a decorator that stands in."""
        package = self.qualified(function, decorator).partition(".")[0]
        found = [self._classes.get(name) for name in names]
        if None in found:
            found = [self._classes_of.get((package, name.rpartition(".")[2])) for name in names]
        return tuple(sorted((cls for cls in found if cls is not None), key=lambda cls: cls.key))

    def filled(self, function: Function) -> tuple[int, str] | None:
        """The parameter that a decorator fills with an array of the run's backend, and the decorator's name."""
        for decorator in function.outline.decorators:
            entity = self.entity(function, decorator)
            if isinstance(entity, Function):
                model = self.model(function, decorator)
                slot = model.xp_slot - 1 if model is not None else self.slot(entity)
                if slot is not None and slot < len(function.params):
                    return slot, entity.name
            elif isinstance(entity, External):
                last = entity.name.rpartition(".")[2]
                if last in self._configured or entity.name in self._modelled:
                    return 1, last
        return None

    def may_fill(self, function: Function, name: str) -> bool:
        """Whether a decorator may give a parameter a value: one that speaks of its name, or that is not known."""
        for decorator in function.outline.decorators:
            entity = self.entity(function, decorator)
            if isinstance(entity, Function):
                if name in entity.outline.names or f"{name}=" in entity.outline.attributes:
                    return True
            elif not self._is_transparent(function, decorator):
                return True
        return False

    def model(self, function: Function, decorator: facts.Expr) -> models.Decorator | None:
        """What the model files say of a decorator of a function."""
        name = self.qualified(function, decorator)
        return self._by_name.get(name) or self._by_root.get((name.partition(".")[0], name.rpartition(".")[2]))

    def entity(self, function: Function, decorator: facts.Expr) -> Entity | None:
        """What a decorator of a function names, whether it is called there or not."""
        target = decorator.func if type(decorator) is facts.Call else decorator
        return self._program.resolve(function.module, target)

    def qualified(self, function: Function, decorator: facts.Expr) -> str:
        """The qualified name of a decorator, "" when it is not known."""
        entity = self.entity(function, decorator)
        if isinstance(entity, Function):
            return entity.full_name
        return entity.name if isinstance(entity, External) else ""

    def wrapping(self, function: Function) -> models.Decorator | None:
        """The decorator that wraps what a function returns, None where none does."""
        found = (self.model(function, item) for item in function.outline.decorators)
        return next((item for item in found if item is not None and item.kind == "wrap-result"), None)

    def accepts(self, function: Function) -> bool | None:
        """Whether a function takes a threaded keyword, None when its decorators leave that open."""
        if any(param.name in self._namespaces or param.kind == "kw" for param in function.params):
            return True
        return False if all(self._is_transparent(function, item) for item in function.outline.decorators) else None

    def is_plain(self, function: Function) -> bool:
        """Whether a function stays a function under its decorators: transparent ones, and functions of the program."""
        for decorator in function.outline.decorators:
            known = isinstance(self.entity(function, decorator), Function)
            if not known and not self._is_transparent(function, decorator):
                return False
        return True

    def replaces(self, function: Function) -> bool:
        """Whether a decorator of the program puts what another function makes in the place of a function."""
        if function not in self._replaced:
            self._replaced[function] = any(self._is_opaque(function, item) for item in function.outline.decorators)
        return self._replaced[function]

    def infers(self, function: Function) -> bool:
        """Whether a decorator of the program finds the namespace where a call leaves it out.

        Its wrapper takes the namespace, None by default, whatever the default of the function below it is.
        """
        if not function.outline.decorators:
            return False
        if function not in self._inferring:
            found = (self.entity(function, item) for item in function.outline.decorators)
            self._inferring[function] = any(isinstance(item, Function) and self._has_finder(item) for item in found)
        return self._inferring[function]

    def stands_for(self, function: Function) -> int | None:
        """The parameter, a function, in the place of which what a function of the program returns is put.

        It returns a nested function that says so (``functools.wraps(parameter)``), takes whatever comes, and calls the
        parameter with no more and no less, or leaves that to others: ``delayed(f)(x)`` is a call of ``f`` put off.
        """
        if function not in self._standing:
            reads = "wraps" in function.outline.attributes or "wraps" in function.outline.names
            self._standing[function] = self._stand(function) if reads else None
        return self._standing[function]

    def _stand(self, function: Function) -> int | None:
        body = self._program.body(function)
        nested = [item for item in body.statements if type(item) is facts.Def] if body is not None else []
        ends = [item.value for item in body.statements if type(item) is facts.Return] if body is not None else []
        if len(nested) != 1 or len(ends) != 1 or type(ends[0]) is not facts.Name or ends[0].id != nested[0].name:
            return None
        (inner,) = nested
        rests = {param.name for param in inner.params if param.kind in {"var", "kw"}}
        for index, param in enumerate(function.params if len(rests) == len(inner.params) == 2 else ()):
            calls = [node for node in walk(inner.body) if type(node) is facts.Call and dotted(node.func) == param.name]
            if any(_wraps(item, param.name) for item in inner.decorators) and all(
                _passes(item, rests) for item in calls
            ):
                return index
        return None

    def _has_finder(self, decorator: Function) -> bool:
        body = self._program.body(decorator)
        made = [node for root in body.statements for node in walk(root)] if body is not None else []
        params = [param for node in made if type(node) is facts.Def for param in node.params]
        return any(param.name in self._namespaces and _is_none(param.default) for param in params)

    def _is_opaque(self, function: Function, decorator: facts.Expr) -> bool:
        entity = self.entity(function, decorator)
        if not isinstance(entity, Function) or self.model(function, decorator) is not None:
            return False
        body = self._program.body(entity)
        made = [node for root in body.statements for node in walk(root)] if body is not None else []
        if any(type(node) is facts.Def or type(node) is facts.Lambda for node in made):
            return False
        results = [node.value for node in made if type(node) is facts.Return]
        return bool(results) and all(type(value) is facts.Call for value in results)

    def _is_transparent(self, function: Function, decorator: facts.Expr) -> bool:
        """Whether a decorator leaves the signature as it is."""
        path = dotted(decorator.func if isinstance(decorator, facts.Call) else decorator) or "?"
        if path in {"staticmethod", "classmethod", "property"} or path.endswith("abstractmethod"):
            return True
        entity = self._program.names.resolve(function.module.name, path)
        return isinstance(entity, External) and entity.name.split(".")[0] in _TRANSPARENT

    def slot(self, decorator: Function) -> int | None:
        """The position, in the wrapper that a decorator returns, of the argument before the namespace.

        None when the decorator returns no wrapper that takes a namespace with a default.
        """
        if decorator not in self._slots:
            self._slots[decorator] = None
            body = self._program.body(decorator)
            if body is not None and decorator.binding == "function":
                self._slots[decorator] = self._find(body.statements)
        return self._slots[decorator]

    def _find(self, statements: tuple[facts.Stmt, ...]) -> int | None:
        for item in statements:
            if not isinstance(item, facts.Def):
                continue
            for index, param in enumerate(item.params):
                if param.name in self._namespaces and param.default is not None and index >= 2:
                    return index - 1
            inner = self._find(item.body)
            if inner is not None:
                return inner
        return None


def _wraps(decorator: facts.Expr, name: str) -> bool:
    """``@functools.wraps(name)``."""
    if type(decorator) is not facts.Call or len(decorator.args) != 1:
        return False
    return (dotted(decorator.func) or "").rpartition(".")[2] == "wraps" and dotted(decorator.args[0].value) == name


def _passes(call: facts.Call, rests: set[str]) -> bool:
    """Whether a call hands on just ``*args`` and ``**kwargs``."""
    return len(call.args) == len(rests) and {dotted(arg.value) for arg in call.args if arg.star} == rests


def _is_none(default: facts.Expr | None) -> bool:
    return type(default) is facts.Const and default.kind == "none"
