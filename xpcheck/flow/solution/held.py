"""What objects hold and give to the namespace: arrays as far as their own code says.

Who writes ``xp.sqrt(self.scale)`` says that the scale may be a JAX array, wherever it came from. That is true of the
bodies that take the namespace and read the attribute. It says nothing of what else is made of such an object.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from xpcheck import facts
from xpcheck.flow.lattice.summary import Run
from xpcheck.flow.lattice.values import Param
from xpcheck.flow.solution.sights import Sight
from xpcheck.flow.solution.solver import Solver
from xpcheck.flow.sources.annotations import head_names
from xpcheck.flow.sources.parametric import float_like
from xpcheck.flow.sources.plain import PlainUses
from xpcheck.link.definitions import Class, Function

_ARRAYS = frozenset({"ndarray", "Array", "ArrayLike", "NDArray"})


def held_arrays(
    solver: Solver, sight: Sight, uses: Collection[tuple[Class, str]], plain: PlainUses
) -> Iterator[tuple[Class, str, Function, facts.Param]]:
    """Attributes that hold a parameter of their constructor as it is, and that bodies give to functions of ``xp``.

    The latter are those in ``uses``. Each comes with the constructor and the parameter. A default, or an annotation,
    that names neither numbers nor arrays says otherwise, and so does a use as a size. A call that needs the namespace
    for something else says nothing of a table beside it. The numbers of a class that is told which backend to use are
    settings, and of a class in a prior file it is known which are free.
    """
    declared = sight.declared.classes
    for cls in sorted({cls for cls, _ in uses}, key=lambda item: item.key):
        constructor = solver.program.constructor(cls)
        if constructor is None or cls in declared:
            continue
        if all((constructor, run, ()) not in sight.summaries for run in Run):
            continue
        told = any(param.name in solver.config.backend_flags for param in constructor.params)
        used = {attr for owner, attr in uses if owner is cls} - plain.attributes(cls)
        for attr, value in sorted(solver.stores(cls).items()):
            path = value.path
            if attr in used and isinstance(path, Param) and not path.attr and 0 < path.index < len(constructor.params):
                param = constructor.params[path.index]
                unsaid = _may_be_array(param) or (float_like(param) and not told)
                if unsaid and not plain.is_setting(constructor, path):
                    yield cls, attr, constructor, param


def _may_be_array(param: facts.Param) -> bool:
    """Whether a parameter has no default, and an annotation that says array, or none."""
    if param.kind in {"var", "kw"} or param.default is not None:
        return False
    return param.annotation is None or bool(head_names(param.annotation) & _ARRAYS)


__all__ = ["held_arrays"]
