"""Objects that are never told which backend is theirs: the constructor of a base that stores it is not come to."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.sources.awareness import Awareness
from xpcheck.flow.sources.scopes import statements_in, walk
from xpcheck.link.definitions import Class, Function

_MAKER = "__init__"


class Telling:
    """Which classes have objects that know their backend from their constructor."""

    def __init__(self, awareness: Awareness) -> None:
        self._awareness = awareness
        self._program = awareness.program
        self._names = {*awareness.config.backend_flags, *awareness.config.namespace_attributes}
        self._never_told: dict[Class, bool] = {}

    def stores_backend(self, function: Function) -> bool:
        """Whether a body assigns an attribute that says which backend its object uses."""
        body = self._program.own_body(function)
        return body is not None and any(
            isinstance(target, facts.Attr) and target.name in self._names
            for item in statements_in(body.statements)
            if isinstance(item, facts.Assign)
            for target in item.targets
        )

    def is_never_told(self, cls: Class) -> bool:
        """Whether a base stores the backend of its objects when they are built, and nobody does for those of a class.

        A class with a property of its own that says which backend is its objects' needs none to be stored.
        """
        if cls not in self._never_told:
            self._never_told[cls] = self._finds_no_backend(cls)
        return self._never_told[cls]

    def _finds_no_backend(self, cls: Class) -> bool:
        order = self._program.hierarchy.mro(cls)
        makers = [item for item in order if isinstance(item.members.get(_MAKER), Function)]
        teller = next((item for item in makers[1:] if self._tells(item)), None)
        if teller is None or any(self._tells(item) for item in self._made_by(cls, makers[0])):
            return False
        before = order[: order.index(teller)]
        return not any(name in item.members for name in self._said_by(teller) for item in before)

    def _tells(self, cls: Class | None) -> bool:
        """Whether the constructor that stands in a class stores the backend, or is not known."""
        maker = cls.members.get(_MAKER) if cls is not None else None
        return not isinstance(maker, Function) or self.stores_backend(maker)

    def _made_by(self, cls: Class, first: Class) -> list[Class | None]:
        """The classes whose constructors run for an object of ``cls``, from one on; None for one that is not known."""
        found: list[Class | None] = [first]
        for item in found:
            maker = item.members.get(_MAKER) if item is not None else None
            body = self._program.own_body(maker) if isinstance(maker, Function) else None
            for call in walk(body.statements) if body is not None else ():
                if type(call) is facts.Call and type(call.func) is facts.Attr and call.func.name == _MAKER:
                    following = self._following(cls, maker, call.func.value) if isinstance(maker, Function) else None
                    found += [following] if following not in found else []
        return found

    def _following(self, cls: Class, maker: Function, receiver: facts.Expr) -> Class | None:
        """The class whose constructor ``super().__init__`` or ``Base.__init__`` means for an object of ``cls``."""
        if isinstance(receiver, facts.Call) and maker.owner is not None:
            member = self._program.hierarchy.after(cls, maker.owner, _MAKER)
            return member.owner if isinstance(member, Function) else None
        entity = self._program.resolve(maker.module, receiver)
        member = self._program.hierarchy.member(entity, _MAKER) if isinstance(entity, Class) else None
        return member.owner if isinstance(member, Function) else None

    def _said_by(self, cls: Class) -> set[str]:
        """The properties by which objects of a class say which backend is theirs."""
        found: set[str] = set()
        names = [*self._names]
        while names:
            member = self._program.hierarchy.member(cls, names.pop())
            if isinstance(member, Function) and member.accessor and member.name not in found:
                found.add(member.name)
                names += member.outline.attributes
        return found
