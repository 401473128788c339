"""Events of definitions: what outlines and link information show without any value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xpcheck import facts
from xpcheck.facts import Loc
from xpcheck.flow.body.expressions import BACKENDS
from xpcheck.flow.definitions.families import Families
from xpcheck.flow.definitions.flags import Flags
from xpcheck.flow.definitions.numpy_path import NumpyPath, jax_imports
from xpcheck.flow.definitions.parity import TraceChecks
from xpcheck.flow.definitions.registrations import Registrations
from xpcheck.flow.definitions.stacks import Stacks
from xpcheck.flow.definitions.stored import Stores
from xpcheck.flow.definitions.wrapping import Wrapping
from xpcheck.flow.events.body_events import Site
from xpcheck.flow.events.definition_events import (
    BackendArgument,
    Decorated,
    Definition,
    DeprecatedName,
    DroppingWrapper,
    FlagDrop,
    ImportEvent,
    NamedCall,
    NamespaceDefault,
    Signature,
    StoredNamespace,
    TraceCheck,
    UnboundName,
    UnboundTransform,
)
from xpcheck.flow.events.edge_events import Registered
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.solution.judge import Judge
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.named_calls import NamedCall as Resolved
from xpcheck.flow.sources.named_calls import NamedCalls, Scope
from xpcheck.flow.sources.scopes import Unbound, declared_global, nodes_of, statements_in, target_names, walk
from xpcheck.flow.sources.texts import text_of
from xpcheck.link.definitions import External, Function, ModuleName, toplevel
from xpcheck.link.names import absolute, dotted
from xpcheck.model import Step
from xpcheck.project.index import Module

_DYNAMIC = frozenset({"globals", "exec", "setattr", "vars"})
"""Builtins that can bind a name of a module unseen."""


class Definitions:
    """The definition events of one distribution: what its own modules show without any value."""

    def __init__(self, solver: Solver, judge: Judge, sight: Sight, calls: NamedCalls) -> None:
        self._solver = solver
        self._sight = sight
        self._judge = judge
        self._program = solver.program
        self._namespaces = frozenset(solver.config.namespaces)
        self._calls = calls
        self._families = Families(solver, sight, calls)
        self._stacks = Stacks(solver)
        self._wrapping = Wrapping(solver, sight)
        self._stores = Stores(solver)
        self._flags = Flags(solver)
        self._pytrees = judge.edges.pytrees
        self._checks = TraceChecks(solver)
        self._roles = solver.roles
        self._deprecated = {
            item.name: item.instead for family in solver.knowledge.families for item in family.deprecated
        }
        self._functions: dict[str, list[Function]] = {}
        for function in self._program.functions:
            self._functions.setdefault(function.module.name, []).append(function)

    def events(self, modules: Iterable[Module]) -> Iterator[Definition]:
        """All events of some modules, in their order and that of the functions."""
        modules = tuple(modules)
        for module in modules:
            functions = self._functions.get(module.name, [])
            role = self._role(module)
            yield from self._module_imports(module, role)
            yield from self._trace_checks(module, role)
            if role == "test":
                yield from self._backend_arguments(toplevel(module), role)
            yield from self._deprecated_outside(module)
            yield from self._module_transforms(module)
            yield from self._unbound(module, functions)
            for function in functions:
                yield from self._function(function, role)
        for found in Registrations(self._solver, self._pytrees).complaints(frozenset(modules)):
            yield Registered(self._site(found.function, found.loc), *found[2:])

    def _role(self, module: Module) -> str:
        """What a file is for: who asks arrays for their namespace has tests that give arrays of each library."""
        role = self._roles.role(module)
        return "backends" if role == "test" and self._solver.standard_namespaces(toplevel(module)) else role

    def _function(self, function: Function, role: str) -> Iterator[Definition]:
        for_tests = self._roles.is_for_tests(function.module)
        yield from self._signatures(function, for_tests)
        for complaint in self._stacks.complaints(function):
            loc, *rest = complaint
            yield Decorated(self._site(function, loc), *rest)
        for loc, transform in self._stacks.transforms(function):
            yield UnboundTransform(self._site(function, loc), transform, function)
        for item in self._wrapping.dropped(function):
            yield DroppingWrapper(self._site(function, item.loc), item.wrapper, item.problem, item.wrapped)
        for left in self._flags.dropped(function) if not for_tests else ():
            yield FlagDrop(self._site(function, left.loc), left.label, left.flag, left.callee)
        yield from self._local_imports(function, role)
        yield from self._misfits(function)
        for stored in self._stores.of(function) if not for_tests else ():
            assert function.owner is not None
            registered = self._pytrees.flattened(function.owner, stored.attribute)
            site = self._site(function, stored.loc)
            yield StoredNamespace(site, stored.label, stored.value, function.owner, registered)
        yield from self._deprecated_in(function)
        if role == "test":
            yield from self._backend_arguments(function, role)

    def _site(self, function: Function, loc: Loc) -> Site:
        return Site(function, Run.ONE, loc, self._judge)

    # ----------------------------------------------------------------------------------------------------- imports

    def _module_imports(self, module: Module, role: str) -> Iterator[ImportEvent]:
        for item in module.outline.imports:
            for name in self._jax_imports(module, item.statement):
                site = self._site(toplevel(module), item.statement.loc)
                yield ImportEvent(site, name, item.guard, False, True, role or self._kind(module))

    def _kind(self, module: Module) -> str:
        """What a module of a library is for, where it is no part that everybody loads."""
        if self._roles.is_script(module):
            return "script"
        return "optional" if self._roles.is_optional(module) else ""

    def _jax_imports(self, module: Module, statement: facts.Import) -> Iterator[str]:
        """The modules of JAX that an import statement loads by name, also those that a module of the program has."""
        direct = list(jax_imports(statement))
        yield from direct
        for _, (source, attribute) in self._program.names.bindings(module, statement) if not direct else ():
            entity = self._program.names.imported(module.name, source, attribute) if attribute else None
            if isinstance(entity, External) and entity.name.split(".")[0] in {"jax", "jaxlib"}:
                yield entity.name

    def _trace_checks(self, module: Module, role: str) -> Iterator[TraceCheck]:
        checks = self._checks.one_sided(module) if role == "parity" else []
        if checks:
            owner = toplevel(module)
            more = tuple(Step(module.path, *item.loc[:2], owner.qualname, f"`{item.label}`") for item in checks[1:])
            yield TraceCheck(self._site(owner, checks[0].loc), checks[0].transform, checks[0].label, more)

    def _local_imports(self, function: Function, role: str) -> Iterator[ImportEvent]:
        if role and not self._says_jax(function):
            return
        index = self._solver.namespace_param(function)
        if not role and index is None and not self._on_object(function):
            return
        body = self._program.body(function) if "import" in text_of(self._program, function) else None
        if body is None:
            return
        nodes = (node for root in body.statements for node in statements_in(root))
        imports = [
            (node, modules)
            for node in nodes
            if type(node) is facts.Import and (modules := list(self._jax_imports(function.module, node)))
        ]
        if not imports:
            return
        names = frozenset({function.params[index].name} if index is not None else ())
        path = NumpyPath(self._solver, function, names)
        path.block(body.statements)
        reached = {id(item) for item in path.imports}
        if index is None and self._compiles(function, body):
            reached = set()
        if reached and not role and (_jax_by_default(body, names) or self._is_for_jax(function, frozenset())):
            reached = set()
        for node, modules in imports:
            for name in modules:
                site = self._site(function, node.loc)
                uses = _uses(function, node, path.code) if id(node) in reached else ()
                yield ImportEvent(site, name, "", True, id(node) in reached, role, uses)

    def _compiles(self, function: Function, body: facts.Body) -> bool:
        """Whether a body calls transforms of JAX: it is about JAX, and runs around the trace."""
        scope = Scope(self._solver, function, body)
        calls = (node for root in body.statements for node in walk(root) if isinstance(node, facts.Call))
        entities = (scope.entity(dotted(node.func) or "?") for node in calls)
        return any(
            isinstance(item, External) and self._solver.knowledge.transform(item.name) is not None for item in entities
        )

    def _on_object(self, function: Function) -> bool:
        """Whether a function is a method of objects that hold a namespace."""
        if self._solver.aware(function) == "object":
            return True
        if function.owner is None or function.binding != "method":
            return False
        attributes = self._solver.config.namespace_attributes
        members = (self._program.hierarchy.member(function.owner, name) for name in attributes)
        if any(isinstance(item, Function) for item in members):
            return function.name not in attributes
        constructor = self._program.constructor(function.owner)
        return constructor is not None and not {*attributes}.isdisjoint(constructor.outline.attributes)

    def _is_for_jax(self, function: Function, seen: frozenset[Function]) -> bool:
        """Whether the program calls a function by its name, and never where the NumPy run of a caller comes."""
        called = False
        for caller in self._solver.usage.mentioning(function.name):
            body = self._program.body(caller) if caller is not function else None
            if body is None or not any(_mentions(root, function.name) for root in body.statements):
                continue
            called = True
            if self._solver.aware(caller) == "jax" or caller in seen:
                continue
            index = self._solver.namespace_param(caller)
            names = frozenset({caller.params[index].name} if index is not None else ())
            path = NumpyPath(self._solver, caller, names)
            path.block(body.statements)
            if any(_mentions(root, function.name) for root in path.code):
                imports_jax = any(name for item in path.imports for name in jax_imports(item))
                if not imports_jax or not self._is_for_jax(caller, seen | {function}):
                    return False
        return called

    def _says_jax(self, function: Function) -> bool:
        return "jax" in text_of(self._program, function)

    def _backend_arguments(self, function: Function, role: str) -> Iterator[BackendArgument]:
        body = self._program.body(function) if self._may_name_backend(function) else None
        if body is None:
            return
        scope = Scope(self._solver, function, body)
        for node in nodes_of(function.name, body):
            for arg in node.args if isinstance(node, facts.Call) else ():
                path = dotted(arg.value) if arg.keyword in self._namespaces else None
                entity = scope.entity(path) if path else None
                if isinstance(entity, External) and entity.name == "jax.numpy":
                    assert isinstance(node, facts.Call)
                    label = dotted(node.func) or "this call"
                    yield BackendArgument(self._site(function, arg.value.loc), label, f"{arg.keyword}={path}", role)

    def _may_name_backend(self, function: Function) -> bool:
        outline = function.outline
        if function.name == facts.MODULE:
            return not {"jax", "jnp"}.isdisjoint(outline.names)
        return any(f"{name}=" in outline.attributes for name in self._namespaces)

    # -------------------------------------------------------------------------------------------------- signatures

    def _signatures(self, function: Function, for_tests: bool) -> Iterator[Definition]:
        found = self._families.disagreement(function)
        if found is not None:
            yield Signature(self._site(function, function.outline.name_loc), *found)
            return
        default = self._families.unusual_default(function) if not for_tests else None
        if default is not None:
            param, text, siblings = default
            yield NamespaceDefault(self._site(function, param.loc), text, siblings)

    def _module_transforms(self, module: Module) -> Iterator[UnboundTransform]:
        for item in module.outline.assigns:
            found = self._stacks.transform_of(module, item.value)
            if found is not None and item.value is not None:
                transform, callee = found
                yield UnboundTransform(self._site(toplevel(module), item.value.loc), transform, callee)

    # ------------------------------------------------------------------------------------------------------- names

    def _unbound(self, module: Module, functions: list[Function]) -> Iterator[UnboundName]:
        for name in sorted({*self._namespaces, *BACKENDS}):
            mentioning = [item for item in functions if name in item.outline.names]
            lacking = [item for item in mentioning if _may_lack(item, name)]
            if lacking and not self._module_binds(module, name, functions):
                found = [event for function in lacking for event in self._unbound_in(function, name)]
                if found and not any(self._declares_global(function, name) for function in mentioning):
                    yield from found

    def _declares_global(self, function: Function, name: str) -> bool:
        body = self._program.body(function)
        return body is not None and declared_global(body.statements, name)

    def _module_binds(self, module: Module, name: str, functions: list[Function]) -> bool:
        """Whether a module's scope has (or may have) the name."""
        outline = module.outline
        if self._program.names.in_module(module.name, name) is not None:
            return True
        if any(item.name == name for item in outline.assigns) or name in outline.names:
            return True
        for item in outline.imports:
            for bound, (source, _) in self._program.names.bindings(module, item.statement):
                # What a star brings from outside the program is not known.
                if bound == name or (bound == "*" and source not in self._program.index.modules):
                    return True
        return any(not _DYNAMIC.isdisjoint(item.outline.names) for item in functions)

    def _unbound_in(self, function: Function, name: str) -> Iterator[UnboundName]:
        body = self._program.body(function)
        if body is None:
            return
        search = Unbound(name)
        in_class = function.owner is not None and name in function.owner.members
        for item in (*function.outline.decorators, *(param.default for param in function.params)):
            if item is not None:
                search.look(item, in_class)
        search.function(function.params, body.statements, False)
        if search.found:
            first, *rest = sorted(search.found)
            more = tuple(Step(function.module.path, *loc[:2], function.qualname, f"`{name}`") for loc in rest)
            yield UnboundName(self._site(function, first), name, more, BACKENDS.get(name, ""))

    # ------------------------------------------------------------------------------------------------------- calls

    def _misfits(self, function: Function) -> Iterator[NamedCall]:
        for call in self._calls.calls(function):
            found = self._misfit(call)
            if found is not None:
                arg, callee, problem, slot = found
                if self._families.disagreement(callee) is not None:
                    continue  # the definition is to be changed, not its calls
                keyword = f"{arg.keyword}=" if arg.keyword else ""
                argument = f"{keyword}{dotted(arg.value) or '...'}"
                func = call.node.func
                loc = func.name_loc if isinstance(func, facts.Attr) else func.loc
                yield NamedCall(self._site(function, loc), call.label, callee, argument, problem, slot)

    def _misfit(self, call: Resolved) -> tuple[facts.Arg, Function, str, str] | None:
        """The argument that no target of a call can take as a namespace: (argument, callee, problem, slot)."""
        starred = False
        for position, arg in enumerate(call.node.args):
            starred |= bool(arg.star)
            if arg.keyword in self._namespaces:
                if all(self._solver.decorators.accepts(target) is False for target, _ in call.targets):
                    return arg, call.targets[0][0], "keyword", ""
            elif arg.keyword is None and not starred and self._is_namespace(call.caller, arg.value):
                found = [self._misplaced(target, position + offset) for target, offset in call.targets]
                if all(item is not None for item in found) and found[0] is not None:
                    return arg, call.targets[0][0], *found[0]
        return None

    def _misplaced(self, target: Function, position: int) -> tuple[str, str] | None:
        """(problem, parameter) of a namespace given by position, None when it fits or that is not known."""
        if any(param.kind == "var" for param in target.params) or self._solver.decorators.accepts(target) is None:
            return None
        if self._solver.decorators.filled(target) is not None:
            return None
        positional = [param for param in target.params if param.kind in {"posonly", "pos"}]
        if position >= len(positional):
            return "surplus", ""
        param = positional[position]
        # A parameter of another name may well take modules, unless the callee has one for the namespace elsewhere.
        own = self._solver.namespace_param(target)
        elsewhere = own is not None and target.params[own] is not param
        return ("slot", param.name) if elsewhere and param.name not in self._namespaces else None

    def _is_namespace(self, function: Function, node: facts.Expr) -> bool:
        index = self._solver.namespace_param(function)
        if isinstance(node, facts.Name):
            return index is not None and node.id == function.params[index].name
        return (
            isinstance(node, facts.Attr)
            and node.name == "_xp"
            and node.name in self._solver.config.namespace_attributes
        )

    # -------------------------------------------------------------------------------------------------- deprecated

    def _deprecated_outside(self, module: Module) -> Iterator[DeprecatedName]:
        owner = toplevel(module)
        for item in module.outline.imports:
            statement = item.statement
            source = absolute(module, statement.source, statement.level)
            for name in statement.names:
                instead = self._deprecated.get(f"{source}.{name.name}")
                if instead is not None and source != module.name:
                    yield DeprecatedName(self._site(owner, statement.loc), name.name, instead)
        roots: list[object] = [item.value for item in module.outline.assigns]
        for cls in module.outline.classes:
            roots += [*cls.bases, *cls.decorators, *(item.value for item in cls.assigns)]
        yield from self._deprecated_below(owner, [root for root in roots if root is not None])

    def _deprecated_in(self, function: Function) -> Iterator[DeprecatedName]:
        outline = function.outline
        if not any(name.rpartition(".")[2] in outline.attributes for name in self._deprecated):
            return
        roots: list[object] = [*outline.decorators, *(param.default for param in outline.params if param.default)]
        found = list(self._deprecated_below(function, roots))
        body = self._program.body(function)
        yield from found
        if body is not None:
            yield from self._deprecated_below(function, list(body.statements))

    def _deprecated_below(self, function: Function, roots: list[object]) -> Iterator[DeprecatedName]:
        for root in roots:
            for node in walk(root):
                if not isinstance(node, facts.Attr):
                    continue
                path = dotted(node.value)
                entity = self._program.names.resolve(function.module.name, path) if path else None
                if isinstance(entity, ModuleName | External):
                    instead = self._deprecated.get(f"{entity.name}.{node.name}")
                    if instead is not None:
                        label = f"{path}.{node.name}"
                        yield DeprecatedName(self._site(function, node.name_loc), label, f"{path}.{instead}")


def _uses(function: Function, statement: facts.Import, code: list[object]) -> tuple[Step, ...]:
    """The calls in some code under the names that an import binds."""
    bound = {item.alias or item.name.split(".")[0] for item in statement.names}
    calls = {
        node.loc: path
        for root in code
        for node in walk(root)
        if isinstance(node, facts.Call) and (path := dotted(node.func)) and path.split(".")[0] in bound
    }
    path, symbol = function.module.path, function.qualname
    return tuple(Step(path, loc[0], loc[1], symbol, f"`{text}`") for loc, text in sorted(calls.items()))


def _may_lack(function: Function, name: str) -> bool:
    """Whether a function may mention a name that it does not take as a parameter: its defaults and decorators may."""
    outside = (*function.outline.decorators, *(param.default for param in function.params))
    taken = any(param.name == name for param in function.params)
    return not taken or any(_mentions(item, name) for item in outside if item is not None)


def _mentions(root: object, name: str) -> bool:
    """Whether some code calls, or hands on, a function of this name."""
    return any(
        (isinstance(node, facts.Attr) and node.name == name) or (isinstance(node, facts.Name) and node.id == name)
        for node in walk(root)
    )


def _jax_by_default(body: facts.Body, names: frozenset[str]) -> bool:
    """Whether a body replaces a missing namespace by JAX: it is a function for JAX."""
    for root in body.statements:
        for node in statements_in(root):
            if (
                not isinstance(node, facts.Assign)
                or node.value is None
                or dotted(node.value) not in {"jnp", "jax.numpy"}
            ):
                continue
            if any(name in names for target in node.targets for name in target_names(target)):
                return True
    return False
