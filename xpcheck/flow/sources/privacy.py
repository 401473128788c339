"""Which definitions nobody outside their package is to use, and who in it may mean one of them.

By the rule of PEP 8: a name that begins with an underscore, or a definition in a module of such a name, unless a module
without such a name imports it, or its own module exports it to a package that is none of these itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from xpcheck import facts
from xpcheck.flow.sources.awareness import Awareness
from xpcheck.flow.sources.scopes import walk
from xpcheck.flow.sources.texts import holders, may_import, text_of, without
from xpcheck.link.definitions import Class, Entity, External, Function, ModuleName, toplevel
from xpcheck.link.names import Names, dotted
from xpcheck.link.program import Program
from xpcheck.project.index import Module

_DISPLAYS = facts.Dict | facts.Tuple | facts.List | facts.Set


class Privacy:
    """What the names of a program say about who uses them."""

    def __init__(self, program: Program, awareness: Awareness) -> None:
        self._program = program
        self._awareness = awareness
        self._tables: dict[tuple[Function | Class, bool], list[tuple[Module, str]] | None] = {}
        self._mentions: dict[str, list[Module]] = {}

    def is_internal(self, item: Function | Class) -> bool:
        """Whether a definition is there for its own package alone; methods by their own names only."""
        if _is_private(item.name):
            return True
        if item.name.startswith("__") or _holder(item) or item in self._offered:
            return False
        exports = () if _is_kept(item.module) else item.module.outline.exports or ()
        return _is_hidden(item.module) and item.name not in exports

    def tables(self, item: Function | Class, is_base: bool = False) -> list[tuple[Module, str]] | None:
        """The displays with private names that hold a definition; None where modules use it in another way.

        ``_METHODS = {"random": _random, "points": _points}``: who looks something up in it uses them all. That it
        ``is_base`` of other classes is another way unless the caller sees to these.
        """
        key = (item, is_base)
        if key not in self._tables:
            self._tables[key] = self._find_tables(item, is_base)
        return self._tables[key]

    def _find_tables(self, item: Function | Class, is_base: bool) -> list[tuple[Module, str]] | None:
        found: list[tuple[Module, str]] = []
        for module in self._mentioning(item.name):
            if self._is_another(module, item):
                continue
            displays = (assign.value for assign in module.outline.assigns if isinstance(assign.value, _DISPLAYS))
            if not is_base and not any(_mentions(display, item.name) for display in displays):
                return None
            names = self._tables_of(module, item.name, is_base)
            if not all(map(_is_private, names)) or any(self._is_mentioned(item, name) for name in names):
                return None
            found += [(module, name) for name in names]
        return found

    def _tables_of(self, module: Module, name: str, is_base: bool) -> list[str]:
        """The names of the displays of a module in which a name stands; "" where it stands somewhere else.

        The outline says so where all that mentions the name is in it.
        """
        outline = module.outline
        holding = [assign for assign in outline.assigns if _mentions(assign.value, name)]
        heads = [item for item in outline.functions if item.loc[1] == 1]
        if not all(_is_private(item.name) and isinstance(item.value, _DISPLAYS) for item in holding) or any(
            _mentions((item.decorators, item.params, item.returns), name) for item in heads
        ):
            return [""]
        places = {item.loc for item in holding}
        if len(places) == len(holding) and all(column == 1 for _, column, _, _ in places):
            classes = {item.qualname for item in outline.classes if item.loc[1] == 1}
            methods = [item for item in outline.functions if item.owner in classes]
            places.update(item.loc for item in (*heads, *methods))
            places.update(item.statement.loc for item in outline.imports)
            places.update(item.name_loc for item in outline.classes)
            places.update(base.loc for item in outline.classes for base in item.bases if is_base)
            if not re.search(rf"\b{name}\b", without(self._program.index.lines(module.name), places)):
                return [assign.name for assign in holding]
        body = self._program.body(toplevel(module))
        return list(_tables(body.statements, name, is_base)) if body is not None else [""]

    def _is_another(self, module: Module, item: Function | Class) -> bool:
        """Whether the name of a definition means something else in a module, or the module says nothing about it."""
        bound = self._program.names.in_module(module.name, item.name)
        return (bound is not None and bound is not item) or not self._awareness.sees(item, toplevel(module))

    def _is_mentioned(self, item: Function | Class, table: str) -> bool:
        """Whether modules that count for a definition do something with its table themselves."""
        users = (module for module in self._mentioning(table) if self._awareness.sees(item, toplevel(module)))
        return any(self._program.names.in_module(module.name, table) is not None for module in users)

    def is_bound(self, function: Function) -> bool:
        """Whether modules make functions of other namespaces than that of JAX from one that requires its namespace.

        ``clip = bound_to(np)(_generic.clip)``: nobody else is meant to call it, and who does is seen.
        """
        return function in self._bound

    @cached_property
    def _bound(self) -> frozenset[Function]:
        program, others, jax = self._program, set[Function](), set[Function]()
        for module in program.index.modules.values():
            for assign in module.outline.assigns:
                call = assign.value
                if not isinstance(call, facts.Call) or not isinstance(call.func, facts.Call):
                    continue
                if len(call.args) != 1 or len(call.func.args) != 1:
                    continue
                function, namespace = (program.resolve(module, item.args[0].value) for item in (call, call.func))
                binder = program.resolve(module, call.func.func)
                if isinstance(function, Function) and isinstance(binder, Function) and self._requires(function):
                    is_other = isinstance(namespace, External | ModuleName) and not _is_jax(namespace.name)
                    (others if is_other and self._hands_over(binder) else jax).add(function)
        return frozenset(others - jax)

    def _requires(self, function: Function) -> bool:
        index = self._awareness.namespace_param(function)
        return index is not None and function.params[index].default is None

    def _hands_over(self, binder: Function) -> bool:
        """Whether a function gives the namespace by keyword."""
        return any(f"{name}=" in binder.outline.attributes for name in self._awareness.config.namespaces)

    def _mentioning(self, name: str) -> Sequence[Module]:
        """The modules that mention a name outside functions."""
        if not self._mentions:
            for module in self._program.index.modules.values():
                for mentioned in module.outline.names:
                    self._mentions.setdefault(mentioned, []).append(module)
        return self._mentions.get(name, ())

    def is_renamed(self, item: Function | Class) -> bool:
        """Whether a module imports a definition under another name."""
        return item in self._renamed

    @cached_property
    def _renamed(self) -> Collection[Function | Class]:
        found: set[Function | Class] = set()
        for module in self._program.index.modules.values():
            for item in module.outline.imports:
                for name, target in Names.bindings(module, item.statement):
                    if target[1] not in {None, name}:
                        source = self._program.names.imported(module.name, *target)
                        found.update([source] if isinstance(source, Function | Class) else [])
        return found

    def only_calls(self, user: Function, item: Function | Class) -> bool:
        """Whether all that a body does with a definition is call it, by its own name, or ask for objects of a class."""
        body = self._program.body(user)
        if body is None or _holder(item):
            return False
        nodes = list(walk(body.statements))
        calls = [node for node in nodes if isinstance(node, facts.Call)]
        plain = {id(node.func) for node in calls}
        for call in calls:
            if isinstance(call.func, facts.Name) and call.func.id in {"isinstance", "issubclass"}:
                plain.update(id(part) for arg in call.args[1:] for part in walk(arg.value))
        for node in nodes:
            if isinstance(node, facts.Name) and node.id == item.name:
                path = node.id
            elif isinstance(node, facts.Attr) and node.name == item.name:
                path = dotted(node) or ""
                if not self._reaches(user.module, path.rpartition(".")[0], item):
                    continue
            elif isinstance(node, facts.Import) and self._means(user.module, node, item):
                return False
            else:
                continue
            if id(node) not in plain or self._program.names.resolve(user.module.name, path) is not item:
                return False
        return True

    def means(self, user: Function, item: Function | Class) -> bool:
        """Whether the name of a definition is its own in the module of a function that mentions it."""
        bare = item.name in user.outline.names
        return bool(_holder(item)) or (bare and self._program.names.in_module(user.module.name, item.name) is item)

    def may_mean(self, user: Function, item: Function | Class) -> bool:
        """Whether the name of a definition, which a function mentions, can be that of the definition there."""
        if self.means(user, item):
            return True
        if not self._may_say(user, item):
            return False
        body = self._program.body(user)
        return body is None or any(self._means(user.module, node, item) for node in walk(body.statements))

    def _may_say(self, user: Function, item: Function | Class) -> bool:
        """Whether the text of a function may have an import or an attribute that means a definition."""
        is_read = item.name in user.outline.attributes
        if not is_read and self._program.names.in_module(user.module.name, item.name) is not None:
            return False
        if user in self._program.implied:
            return True
        self._program.foreign.add(user)
        text = text_of(self._program, user)
        if may_import(text, item.name):
            return True
        paths = holders(text, item.name) if is_read else []
        return (is_read and not paths) or any(self._reaches(user.module, path, item) for path in paths)

    def _reaches(self, module: Module, path: str, item: Function | Class) -> bool:
        """Whether an attribute of a path, "" for what is not known, may be the definition of its module."""
        if path in self._awareness.config.namespaces:
            return False
        entity = self._program.names.resolve(module.name, f"{path}.{item.name}") if path else None
        return entity is None or entity is item

    def _means(self, module: Module, node: object, item: Function | Class) -> bool:
        """Whether a local import binds the definition, or an attribute of that name may be the one of its module."""
        names = self._program.names
        if isinstance(node, facts.Import):
            bound = (target for name, target in Names.bindings(module, node) if name in {item.name, "*"})
            return any(names.imported(module.name, *target) is item or target[1] is None for target in bound)
        if not isinstance(node, facts.Attr) or node.name != item.name:
            return False
        return self._reaches(module, dotted(node.value) or "", item)

    @cached_property
    def _offered(self) -> Collection[Function | Class]:
        """What modules without an underscore in their names import: it is theirs, too."""
        names = self._program.names
        found: set[Function | Class] = set()
        for module in self._program.index.modules.values():
            if _is_hidden(module) or self._awareness.roles.is_for_tests(module):
                continue
            for item in module.outline.imports:
                for name, target in Names.bindings(module, item.statement):
                    source = names.imported(module.name, *target)
                    bound = [source] if name != "*" else self._star(source)
                    offered = (one for one in bound if isinstance(one, Function | Class))
                    found.update(one for one in offered if self._awareness.sees(one, toplevel(module)))
        return found

    def _star(self, source: Entity | None) -> Iterator[Entity | None]:
        """What ``from source import *`` binds."""
        module = self._program.index.modules.get(source.name) if isinstance(source, ModuleName) else None
        if module is None:
            return
        defined = [*(item.name for item in module.outline.functions), *(item.name for item in module.outline.classes)]
        exports = module.outline.exports
        for name in exports if exports is not None else (name for name in defined if name[0] != "_"):
            yield self._program.names.in_module(module.name, name)


def _is_jax(name: str) -> bool:
    return "jax" in name.split(".")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _is_hidden(module: Module) -> bool:
    return any(map(_is_private, module.name.split(".")))


def _is_kept(module: Module) -> bool:
    """Whether a package around a module is hidden itself: what the module exports is for that."""
    return any(map(_is_private, module.name.split(".")[:-1]))


def _holder(item: Function | Class) -> Class | str | None:
    """The class that a method or a nested class belongs to."""
    return item.owner if isinstance(item, Function) else item.outline.qualname.rpartition(".")[0]


def _mentions(root: object, name: str) -> bool:
    return any(isinstance(node, facts.Name) and node.id == name for node in walk(root))


def _tables(statements: tuple[facts.Stmt, ...], name: str, is_base: bool) -> Iterator[str]:
    """The names of the displays of a module in which a name stands; "" where it stands somewhere else."""
    for statement in statements:
        parts: tuple[object, ...] = (statement,)
        if isinstance(statement, facts.Def):
            parts = (statement.decorators, statement.params, statement.returns)
        elif isinstance(statement, facts.Class):
            bases = () if is_base else statement.bases
            parts = (bases, *(item for item in statement.body if not isinstance(item, facts.Def)))
        if not any(_mentions(part, name) for part in parts) or _describes(statement, name):
            continue
        targets = statement.targets if isinstance(statement, facts.Assign) else ()
        if isinstance(statement, facts.Assign) and isinstance(statement.value, _DISPLAYS) and len(targets) == 1:
            yield targets[0].id if isinstance(targets[0], facts.Name) else ""
        else:
            yield ""


def _describes(statement: facts.Stmt, name: str) -> bool:
    """``f.root = 0.5``: a statement that says something of a function, and does nothing with it."""
    if not isinstance(statement, facts.Assign) or _mentions(statement.value, name):
        return False
    return all(isinstance(item, facts.Attr) and dotted(item) == f"{name}.{item.name}" for item in statement.targets)


__all__ = ["Privacy"]
