"""Functions that no ``def`` writes: constructors of data classes and named tuples, and lambdas with a name.

A data class says which fields its objects have; the constructor that Python (or a library) makes of them stores one
argument in each. It is a function of the program like any other, at the place of the class, and so is a lambda to which
a module gives a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from xpcheck import facts
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted
from xpcheck.project.index import Module

_CONSTRUCTOR = "__init__"
_FINISHER = "__post_init__"
_UNSTORED = "InitVar"
_NO_FIELDS = frozenset({"ClassVar", "KW_ONLY"})


def constructors(
    classes: Sequence[Class], orders: Mapping[Class, Sequence[Class]], external_bases: Mapping[Class, Sequence[str]]
) -> Iterator[tuple[Function, facts.Body]]:
    """The implied constructors of classes, each with its body; ``orders`` are the orders of method resolution."""
    implied: set[Class] = set()
    for cls in classes:
        if _is_data_class(cls) or any(name.rpartition(".")[2] == "NamedTuple" for name in external_bases[cls]):
            implied.add(cls)
    for cls in classes:
        if cls in implied and _CONSTRUCTOR not in cls.members:
            family = [item for item in reversed(orders[cls]) if item in implied]
            yield _constructor(cls, [field for item in family for field in item.outline.assigns])


def named_lambdas(module: Module) -> Iterator[tuple[Function, facts.Body]]:
    """The lambdas that a module binds to names, once each, as functions."""
    bound = Counter(item.name for item in module.outline.assigns)
    for item in module.outline.assigns:
        node = item.value
        if isinstance(node, facts.Lambda) and bound[item.name] == 1:
            names, attributes = _mentioned(node.body)
            outline = facts.FunctionOutline(
                item.name,
                item.name,
                "",
                node.loc,
                item.loc,
                node.params,
                None,
                (),
                names,
                attributes,
                False,
                False,
                False,
                "",
            )
            yield Function(module, outline, None, "function", ""), facts.Body((facts.Return(node.loc, node.body),))


def _mentioned(body: facts.Expr) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The bare names and the attributes that an expression mentions, sorted."""
    names: set[str] = set()
    attributes: set[str] = set()
    stack: list[object] = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, facts.Name):
            names.add(node.id)
        elif isinstance(node, facts.Attr):
            attributes.add(node.name)
        elif isinstance(node, facts.Arg) and node.keyword is not None:
            attributes.add(f"{node.keyword}=")
        if isinstance(node, tuple):
            stack += node
        elif isinstance(node, msgspec.Struct):
            stack += [getattr(node, field) for field in node.__struct_fields__]
    return tuple(sorted(names)), tuple(sorted(attributes))


def _is_data_class(cls: Class) -> bool:
    for decorator in cls.outline.decorators:
        call = decorator if isinstance(decorator, facts.Call) else None
        last = (dotted(call.func if call is not None else decorator) or "").rpartition(".")[2]
        if last.endswith("dataclass"):
            return call is None or not _is_off(call, "init")
    return False


def _constructor(cls: Class, assigns: Iterable[facts.AssignOutline]) -> tuple[Function, facts.Body]:
    fields: dict[str, facts.AssignOutline] = {}
    for item in assigns:
        if item.annotation is not None and _heads(item.annotation).isdisjoint(_NO_FIELDS):
            fields[item.name] = item
    given = [item for item in fields.values() if not _is_off(item.value, "init")]
    loc, outline = cls.outline.name_loc, cls.outline
    receiver = facts.Param("self", "pos", loc)
    params = (
        receiver,
        *(facts.Param(item.name, "pos", item.loc, _default(item.value), item.annotation) for item in given),
    )
    statements: list[facts.Stmt] = []
    for item in given:
        if _UNSTORED not in _heads(item.annotation):
            target = facts.Attr(item.loc, facts.Name(item.loc, "self"), item.name)
            statements.append(facts.Assign(item.loc, (target,), facts.Name(item.loc, item.name)))
    names = [item.name for item in given]
    method = facts.FunctionOutline(
        _CONSTRUCTOR,
        f"{outline.qualname}.{_CONSTRUCTOR}",
        outline.qualname,
        loc,
        loc,
        params,
        None,
        (),
        tuple(sorted({"self", *names})),
        tuple(sorted(names)),
        False,
        False,
        False,
        "",
    )
    finisher = cls.members.get(_FINISHER)
    if isinstance(finisher, Function):
        statements.append(_call_of(finisher, given))
    return Function(cls.module, method, cls, "method", ""), facts.Body(tuple(statements))


def _param(field: facts.AssignOutline) -> facts.Param:
    return facts.Param(field.name, "pos", field.loc, _default(field.value), field.annotation)


def _call_of(finisher: Function, given: Iterable[facts.AssignOutline]) -> facts.Stmt:
    """``self.__post_init__(...)``, which is given the fields that are not stored."""
    loc = finisher.outline.name_loc
    args = [facts.Arg(facts.Name(loc, item.name), None, "") for item in given if _UNSTORED in _heads(item.annotation)]
    return facts.ExprStmt(loc, facts.Call(loc, facts.Attr(loc, facts.Name(loc, "self"), _FINISHER), tuple(args)))


def _default(value: facts.Expr | None) -> facts.Expr | None:
    """The default of a field: ``field(default=x)`` says ``x``."""
    if isinstance(value, facts.Call) and (dotted(value.func) or "").rpartition(".")[2] == "field":
        found = {arg.keyword: arg.value for arg in value.args}
        return found.get("default", found.get("default_factory"))
    return value


def _is_off(value: facts.Expr | None, option: str) -> bool:
    """Whether a call has ``option=False``."""
    args = value.args if isinstance(value, facts.Call) else ()
    found = [arg.value for arg in args if arg.keyword == option]
    return any(isinstance(item, facts.Const) and item.value is False for item in found)


def _heads(annotation: facts.Expr | None) -> frozenset[str]:
    """The outermost name of an annotation, without the module in front of it."""
    if isinstance(annotation, facts.Index):
        annotation = annotation.value
    if isinstance(annotation, facts.Const):
        path = str(annotation.value).partition("[")[0]
    else:
        path = dotted(annotation) or "" if annotation is not None else ""
    return frozenset({path.rpartition(".")[2]})


__all__ = ["constructors", "named_lambdas"]
