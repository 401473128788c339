"""Events that outlines and link information show: no value takes part in them."""

from __future__ import annotations

from xpcheck.flow.events.body_events import Event
from xpcheck.link.definitions import Class, Function
from xpcheck.model import Step


class Definition(Event, frozen=True):
    """Base of events that outlines and link information show: no value takes part."""

    @staticmethod
    def definition(function: Function, note: str) -> Step:
        """A function's definition as a step of evidence."""
        line, column, *_ = function.outline.name_loc
        return Step(function.module.path, line, column, function.qualname, note)


class ImportEvent(Definition, frozen=True):
    """An import of JAX: ``module`` as written (``jax.numpy``).

    ``guard`` is that of a module-level import; ``local`` is true inside a function, ``reached`` when the NumPy run of
    that function comes to it, and ``uses`` are the calls under the imported names that it comes to. ``role`` of the
    file is ``test``, ``backends`` (a test of a package that asks arrays for their namespace), ``parity``, ``script``,
    ``optional`` (a module for JAX that nobody has to load) or "".
    """

    module: str
    guard: str
    local: bool
    reached: bool
    role: str
    uses: tuple[Step, ...] = ()

    @property
    def subject(self) -> str:
        """The module."""
        return self.module


class BackendArgument(Definition, frozen=True):
    """A call hands JAX's NumPy over as the namespace: ``label`` is the callee, ``argument`` the text ``xp=jnp``."""

    label: str
    argument: str
    role: str


class TraceCheck(Definition, frozen=True):
    """A parity script runs what it compares under one transform only, ``jit`` or ``vmap``.

    The site is its first such place, ``label`` its text, ``more`` are the further ones.
    """

    transform: str
    label: str
    more: tuple[Step, ...]


class FlagDrop(Definition, frozen=True):
    """A constructor takes the flag that chooses the backend and does not tell ``callee``, which stores its default.

    ``label`` is the constructor that is called, as written.
    """

    label: str
    flag: str
    callee: Function


class Signature(Definition, frozen=True):
    """A method whose signature disagrees with its override family on the namespace.

    ``problem`` is ``lacks`` (no such parameter), ``base`` (the same, seen from the base of methods that have it),
    ``moved`` (another position) or ``required`` (the base has a default). ``other`` is the definition it disagrees
    with, ``caller`` the place of a call that hands the namespace to the method, ``certain`` whether that call is
    resolved by names.
    """

    problem: str
    other: Function
    caller: Step | None
    certain: bool


class NamespaceDefault(Definition, frozen=True):
    """A public function whose namespace has an unusual default: ``default`` is its text, "" when it is missing.

    ``siblings`` counts the functions beside it whose default is NumPy.
    """

    default: str
    siblings: int


class UnboundName(Definition, frozen=True):
    """A threaded name that is read where nothing binds it; ``more`` are its further reads in the same function.

    ``backend`` is the module that the name of a backend stands for, "" for the namespace.
    """

    name: str
    more: tuple[Step, ...]
    backend: str = ""

    @property
    def subject(self) -> str:
        """The name."""
        return self.name


class NamedCall(Definition, frozen=True):
    """A call that hands the namespace to functions, found by their names, of which none can take it.

    ``problem`` is ``keyword``, ``surplus`` (one positional argument too many) or ``slot`` (it lands in the parameter
    ``slot``). ``heuristic`` is how the functions were found where the class of the receiver is not known.
    """

    label: str
    callee: Function
    argument: str
    problem: str
    slot: str = ""
    heuristic: str = ""


class DroppingWrapper(Definition, frozen=True):
    """The wrapper that a decorator returns drops the namespace of the functions it wraps, such as ``wrapped``.

    ``problem`` is ``taken`` (it has no such parameter) or ``handed`` (it does not hand it on).
    """

    wrapper: str
    problem: str
    wrapped: Function


class UnboundTransform(Definition, frozen=True):
    """``jit`` or its like stands above a function, or around it at module level, whose namespace is at NumPy then.

    ``transform`` is its text.
    """

    transform: str
    callee: Function

    @property
    def defined(self) -> Step:
        """The definition of the function as a step of evidence."""
        return self.definition(self.callee, f"`{self.callee.name}` is defined")


class Decorated(Definition, frozen=True):
    """Something is wrong with the stack of decorators of a function.

    ``problem`` is ``cache`` (``slot`` is the parameter that must not be a key), ``order`` (``decorator`` stands
    outside ``other``), ``no-slot`` (the body has no parameter where ``decorator`` hands the namespace over),
    ``wrong-slot`` (that parameter is ``slot``), ``surplus`` (the parameter ``slot`` cannot be reached by position),
    ``no-method`` (``decorator`` calls the method ``slot``, which the class lacks), ``untyped`` or ``other-type`` (the
    ``slot`` other methods of the family have the decorator ``other``).
    """

    decorator: str
    problem: str
    other: str = ""
    slot: str = ""

    @property
    def subject(self) -> str:
        """The decorator."""
        return self.decorator


class DeprecatedName(Definition, frozen=True):
    """A deprecated name of a family package is used: ``label`` as written, ``instead`` in the same spelling."""

    label: str
    instead: str


class StoredNamespace(Definition, frozen=True):
    """A backend module is stored on an instance; ``pytree`` says where its class is flattened, None where it is not."""

    label: str
    value: str
    cls: Class
    pytree: Step | None
