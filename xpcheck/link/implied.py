"""Constructors that classes have without writing them: of data classes and named tuples.

Such a class says which fields its objects have; the constructor that Python (or a library) makes of them stores one
argument in each. It is a function of the program like any other, at the place of the class.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from xpcheck import facts
from xpcheck.link.definitions import Class, Function
from xpcheck.link.names import dotted

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
        outline.loc,
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


__all__ = ["constructors"]
