"""What the knowledge base says about one name: plain frozen data."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Effect: TypeAlias = Literal[
    "breaks",
    "passes",
    "metadata",
    "silent",
    "builder",
    "random",
    "context",
    "exception",
    "dtype",
    "constant",
    "host",
]
"""What happens when a traced value is given.

``breaks`` it raises; ``passes`` a traced result comes back (with ``np.*``: by accident, it forwards to the method);
``metadata`` a right static answer (``np.shape``); ``silent`` a wrong plain answer (``np.array_equal``);
``builder`` makes host arrays from static arguments and raises for traced ones (``np.zeros``); ``random`` NumPy's
random numbers; ``context`` a context manager; ``exception`` and ``dtype`` classes of these kinds (calling a dtype on
a traced value raises ``raises``); ``constant`` no callable; ``host`` settings, files, printing: takes no traced value
in any sensible use.
"""

MethodEffect: TypeAlias = Literal["static", "traced", "breaks", "inplace", "missing", "silent"]
"""``static`` a right plain answer on a tracer; ``traced`` a traced one; ``breaks`` it raises on a tracer; ``inplace``
it writes to the NumPy array (on JAX: missing, raising or returning a new array); ``missing`` jax.Array lacks it;
``silent`` a plain answer that differs from NumPy's."""


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """One parameter when it alone is traced.

    ``position`` is -1 for parameters that were given by keyword only. ``answer`` is ``passes``, ``metadata``,
    ``silent`` or the name of the exception class.
    """

    name: str
    position: int
    answer: str

    @property
    def breaks(self) -> bool:
        """Whether a traced value here raises."""
        return self.answer not in ("passes", "metadata", "silent")


class Callable(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name of NumPy, SciPy, ``math``, builtins or ``jax.numpy``.

    Measured on the version sets named in ``sets`` (empty: all recorded ones); ``measured`` is false where the answer
    is the documented default of its library or no argument list could be found.
    """

    name: str
    effect: Effect
    kind: Literal["function", "ufunc", "class", "constant"] = "function"
    raises: str = ""
    """Exception class when a traced value is given (first slot that raises)."""
    slots: tuple[Slot, ...] = ()
    """What each parameter does when it is traced and the others are not."""
    vmap: tuple[Slot, ...] = ()
    """The slots under ``vmap`` alone, where they differ from ``jit``."""
    returns: str = ""
    """``array``, ``tuple:N`` / ``tuple``, ``list``, ``bool``, ``static``, ``none`` or ``object``, on NumPy values."""
    boolean: bool = False
    """The result is a truth value or an array of them."""
    inplace: bool = False
    """Writes to an argument."""
    staged: bool = False
    """(JAX) given static values only, the result is a tracer under ``jit``."""
    value_shape: bool = False
    """The output shape depends on the values: the jax.numpy version raises under ``jit``."""
    value_shape_args: int = 0
    """If not 0, ``value_shape`` holds only for calls with at most this many arguments (``where``: 1)."""
    cure: tuple[str, ...] = ()
    """Keywords of the jax.numpy version that make the shape known, or the function pure (``inplace``)."""
    static_args: tuple[str, ...] = ()
    """Parameters of the jax.numpy version that must be static."""
    rejects_list: bool = False
    """The jax.numpy version rejects a list in some slot in which NumPy takes it."""
    rejects_nested_list: bool = False
    """The jax.numpy version rejects a list of lists where a list of arrays is fine (``stack``)."""
    list_slots: tuple[str, ...] = ()
    """(JAX) the slots that reject a list."""
    jax: str = ""
    """Qualified name of the JAX function of the same name."""
    missing_in_jax: bool = False
    numpy: str = ""
    """(JAX) qualified name of the NumPy or SciPy function of the same name."""
    missing_in_numpy: bool = False
    numpy_only: tuple[str, ...] = ()
    """Keywords that only NumPy has, or that jax.numpy names and refuses (``out=``)."""
    jax_only: tuple[str, ...] = ()
    unsupported: bool = False
    """The jax.numpy version exists and raises whatever it is given."""
    host_callback: tuple[str | int, ...] = ()
    """Arguments (position or keyword) that are functions called back on the host."""
    measured: bool = True
    sets: tuple[str, ...] = ()

    def slot(self, where: int | str) -> Slot | None:
        """The slot at a position or with a name; a starred parameter answers for all further positions."""
        for slot in self.slots:
            if where in (slot.name, slot.position):
                return slot
        starred = [slot for slot in self.slots if slot.name.startswith("*")]
        if starred and isinstance(where, int) and where >= starred[0].position:
            return starred[0]
        return None

    def answer(self, where: int | str) -> str:
        """What a traced value at ``where`` does: a slot's answer, else what the effect implies.

        ``passes``, ``metadata``, ``silent``, or the name of the exception class.
        """
        slot = self.slot(where)
        if slot is not None:
            return slot.answer
        if self.effect in ("passes", "metadata", "silent"):
            return self.effect
        if self.effect in ("constant", "exception", "context", "host"):
            return "metadata"
        return self.raises or DEFAULT_ERROR

    @property
    def elements(self) -> int | None:
        """Number of elements when the result is a tuple of fixed length."""
        head, _, count = self.returns.partition(":")
        return int(count) if head == "tuple" and count else None


DEFAULT_ERROR = "TracerArrayConversionError"
"""What a compiled library function raises when it meets a tracer."""


class Method(msgspec.Struct, frozen=True, omit_defaults=True):
    """A method or attribute (or operator, by its dunder name) of arrays."""

    name: str
    effect: MethodEffect
    kind: Literal["method", "attribute"] = "method"
    raises: str = ""
    """Exception class on a tracer; for ``inplace`` and ``missing`` on any JAX array."""
    eager_raises: str = ""
    """Exception class on a concrete JAX array."""
    returns: str = ""
    boolean: bool = False
    inplace: bool = False
    """Writes to the ndarray."""
    on_numpy: bool = False
    on_jax: bool = False
    vmap: tuple[str, ...] = ()
    """Answers under ``vmap`` alone where they differ."""
    measured: bool = True
    sets: tuple[str, ...] = ()

    @property
    def callable(self) -> bool:
        """Whether it is a method, and no plain attribute."""
        return self.kind == "method"


class VersionSet(msgspec.Struct, frozen=True):
    """Library versions that were measured together."""

    python: str
    numpy: str
    jax: str
    scipy: str
