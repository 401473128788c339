"""Functions that a call hands to a function of the program, which calls them with values of its own."""

from __future__ import annotations

from xpcheck import facts
from xpcheck.flow.body.arguments import bind_arguments, written_for
from xpcheck.flow.body.base import Arguments
from xpcheck.flow.body.bindings import Bindings
from xpcheck.flow.body.fields import Fields
from xpcheck.flow.body.hits import Hits
from xpcheck.flow.events.body_events import Hit
from xpcheck.flow.lattice.substitution import Substitution
from xpcheck.flow.lattice.summary import Application, Binding, Run, Summary
from xpcheck.flow.lattice.values import Closure, Param, Routine, Value, clip, is_namespace, join
from xpcheck.link.definitions import Function

_DEPTH = 2


class Giving(Bindings, Hits):
    """The part of the interpreter that follows functions into the parameters of others."""

    def note_application(self, func: Value, args: Arguments) -> None:
        """The body calls one of its parameters: those who fill it are told with what.

        Where it does so in several places, all of one form count together, the first one's.
        """
        path = func.path
        if type(path) is not Param or path.attr or func.shape is not None or args.star or args.rest:
            return
        new = Application(
            tuple(clip(item, _DEPTH) for item in args.positional),
            tuple((name, clip(item, _DEPTH)) for name, item in sorted(args.keywords.items())),
        )
        known = self.applied.get(path, new)
        if len(known.positional) != len(new.positional) or known.names != new.names:
            return
        pairs = zip(known.keywords, new.keywords, strict=True)
        self.applied[path] = Application(
            tuple(map(join, known.positional, new.positional)),
            tuple((name, join(one, other)) for (name, one), (_, other) in pairs),
        )

    def apply_handed(
        self, function: Function, summary: Summary, given: dict[int, Value], args: Arguments, node: facts.Expr
    ) -> list[Hit]:
        """Call the functions that a call hands over, with what the callee calls them with.

        What such a function reaches because the callee runs NumPy itself belongs to the call of that.
        """
        hits: list[Hit] = []
        substitution = Substitution(given, Fields(self))
        for path, application in summary.applied:
            func = given.get(path.index)
            if func is None:
                continue
            inner = Arguments(
                [substitution.value(item) for item in application.positional],
                {name: substitution.value(item) for name, item in application.keywords},
                loc=node.loc,
            )
            if type(func.path) is Param:
                self.note_application(func, inner)
            if type(func.shape) is Closure:
                self.call_handed(func, self._as_repaired(inner), node)
            elif type(func.shape) is Routine and not func.shape.heuristic and not self.host:
                held = self._hits_below(func.shape, inner)
                hits += held
                if not held:
                    self.call_handed(func, inner, written_for(function, path.index, args) or node)
        return hits

    def _as_repaired(self, args: Arguments) -> Arguments:
        """The arguments with the namespace in hand in place of the one that a callee without it calls with."""
        own = self.namespace()
        positional = [own if is_namespace(item) else item for item in args.positional]
        keywords = {name: own if is_namespace(item) else item for name, item in args.keywords.items()}
        return Arguments(positional, keywords, loc=args.loc)

    def _hits_below(self, shape: Routine, args: Arguments) -> list[Hit]:
        """What a function reaches that gets NumPy for the namespace from a callee which runs it."""
        hits: list[Hit] = []
        args = with_held(shape, args)
        for function, cls in shape.targets if self.run is Run.JAX else ():
            given, unknown = bind_arguments(function, shape.receiver, args)
            run, how = self.bind_namespace(function, given, args, unknown)
            if how is Binding.SAME and run is Run.NUMPY:
                variant = self.variant_of(function, run, given, unknown, args)
                summary, several = self.solver.summary(function, run, variant), len(shape.targets) > 1
                substitution = Substitution(given, Fields(self))
                hits += self.hits_of(function, cls, run, variant, summary, substitution, shape.receiver, several)
        return hits


def with_held(shape: Routine | Closure, args: Arguments) -> Arguments:
    """The arguments of a call together with those that the function value already holds (``partial``)."""
    if not shape.args and not shape.keywords:
        return args
    keywords = {**dict(shape.keywords), **args.keywords}
    return Arguments([*shape.args, *args.positional], keywords, args.star, args.rest, args.loc)
