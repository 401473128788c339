"""Names through imports, re-exports and attribute access on modules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from xpcheck import facts
from xpcheck.link.definitions import Class, Entity, External, Function, ModuleName, Variable
from xpcheck.project.index import Module

_MAX_HOPS = 40


def dotted(expr: facts.Expr) -> str | None:
    """``a.b.c`` of a chain of names and attributes, else None."""
    parts: list[str] = []
    while type(expr) is facts.Attr:
        parts.append(expr.name)
        expr = expr.value
    if type(expr) is not facts.Name:
        return None
    parts.append(expr.id)
    return ".".join(reversed(parts))


def absolute(module: Module, source: str | None, level: int) -> str:
    """The absolute module name of ``from <level dots><source> import ...`` written in ``module``."""
    if not level:
        return source or ""
    parts = module.name.split(".")
    if not module.is_package:
        parts = parts[:-1]
    parts = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*parts, *([source] if source else [])])


def imported_packages(module: Module) -> Iterator[str]:
    """The top-level packages that a module names in absolute imports outside functions."""
    for item in module.outline.imports:
        statement = item.statement
        if not statement.level:
            names = (part.name for part in statement.names) if statement.source is None else (statement.source,)
            yield from (name.partition(".")[0] for name in names)


class Names:
    """Resolves names of the module scopes of one program."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        functions: Mapping[str, Mapping[str, Function]],
        classes: Mapping[str, Mapping[str, Class]],
        described: Collection[str] = (),
    ) -> None:
        self._modules = modules
        self._described = described
        self._functions = functions
        self._classes = classes
        self._imports: dict[str, dict[str, tuple[str, str | None]]] = {}
        self._stars: dict[str, list[str]] = {}
        self._variables: dict[str, dict[str, Variable]] = {}
        self._memo: dict[tuple[str, str], Entity | None] = {}
        self._packages = {name.split(".")[0] for name in modules}
        for module in modules.values():
            self._index_module(module)

    def _index_module(self, module: Module) -> None:
        table: dict[str, tuple[str, str | None]] = {}
        stars: list[str] = []
        for item in module.outline.imports:
            for name, target in self.bindings(module, item.statement):
                if name == "*":
                    stars.append(target[0])
                elif item.guard == "conditional" and name in table and self._known(table[name]):
                    continue
                else:
                    table[name] = target
        self._imports[module.name] = table
        self._stars[module.name] = stars
        self._variables[module.name] = {item.name: Variable(module, item) for item in module.outline.assigns}

    def _known(self, target: tuple[str, str | None]) -> bool:
        return target[0].split(".")[0] in self._packages

    @staticmethod
    def bindings(module: Module, statement: facts.Import) -> Iterator[tuple[str, tuple[str, str | None]]]:
        """(bound name, (module, attribute or None)) for each name an import statement binds; ``*`` for a star."""
        if statement.source is None and not statement.level:
            for item in statement.names:
                if item.alias:
                    yield item.alias, (item.name, None)
                else:
                    yield item.name.split(".")[0], (item.name.split(".")[0], None)
            return
        source = absolute(module, statement.source, statement.level)
        for item in statement.names:
            if item.name == "*":
                yield "*", (source, None)
            else:
                yield item.alias or item.name, (source, item.name)

    def imported(self, by: str, source: str, attribute: str | None) -> Entity | None:
        """What an import in a module binds: packages that models describe are read by themselves alone."""
        if self._is_outside(by, source):
            return External(source if attribute is None else f"{source}.{attribute}")
        return self.target(source, attribute)

    def _is_outside(self, by: str, source: str) -> bool:
        package = source.partition(".")[0]
        return package in self._described and package != by.partition(".")[0]

    def target(self, module_name: str, attribute: str | None) -> Entity | None:
        """What ``import module`` or ``from module import attribute`` binds."""
        if attribute is None:
            return self._module(module_name)
        if module_name in self._modules:
            found = self.in_module(module_name, attribute)
            if found is not None:
                return found
            if module_name.split(".")[0] in self._packages:
                return None
        elif (name := f"{module_name}.{attribute}") in self._modules:
            return ModuleName(name)  # a module of a folder without ``__init__.py``
        return External(f"{module_name}.{attribute}")

    def _module(self, name: str) -> Entity | None:
        if name in self._modules:
            return ModuleName(name)
        if name.split(".")[0] in self._packages:
            return ModuleName(name) if any(known.startswith(name + ".") for known in self._modules) else None
        return External(name)

    def in_module(self, module_name: str, name: str) -> Entity | None:
        """The entity that ``name`` stands for in the scope of a module of the program, or None."""
        key = (module_name, name)
        if key in self._memo:
            return self._memo[key]
        self._memo[key] = None
        found = self._lookup(module_name, name, 0)
        self._memo[key] = found
        return found

    def _lookup(self, module_name: str, name: str, hops: int) -> Entity | None:
        if hops > _MAX_HOPS or module_name not in self._modules:
            return None
        if name in (own := self._functions.get(module_name, {})):
            return own[name]
        if name in (classes := self._classes.get(module_name, {})):
            return classes[name]
        if name in (variables := self._variables[module_name]):
            return self._variable(module_name, variables[name])
        if name in (imports := self._imports[module_name]):
            source, attribute = imports[name]
            if attribute is not None and source == module_name:
                return self._module(f"{source}.{attribute}")
            return self.imported(module_name, source, attribute)
        submodule = f"{module_name}.{name}"
        if submodule in self._modules:
            return ModuleName(submodule)
        for source in self._stars[module_name]:
            if source in self._modules and not self._is_outside(module_name, source):
                found = self.in_module(source, name)
                if found is not None:
                    return found
        return None

    def _variable(self, module_name: str, variable: Variable) -> Entity | None:
        value = variable.outline.value
        if value is not None and (path := dotted(value)) is not None:
            return self.resolve(module_name, path) or variable
        return variable

    def attribute(self, entity: Entity, name: str) -> Entity | None:
        """What ``entity.name`` stands for when the entity is a module, an external name or a class."""
        if isinstance(entity, ModuleName):
            found = self.in_module(entity.name, name) if entity.name in self._modules else None
            return found or self._module(f"{entity.name}.{name}")
        if isinstance(entity, External):
            return External(f"{entity.name}.{name}")
        if isinstance(entity, Class):
            return entity.members.get(name)
        return None

    def resolve(self, module_name: str, path: str) -> Entity | None:
        """The entity of a dotted path read at the top level of a module, or None."""
        first, *rest = path.split(".")
        entity = self.in_module(module_name, first)
        for part in rest:
            if entity is None:
                return None
            entity = self.attribute(entity, part)
        return entity
