"""
The base class of every data structure: an object that *holds* an array and is none.

A wrapper keeps a ``numpy.ndarray`` or a ``jax.Array`` in ``.array`` next to what belongs to it (a mask, a flag).
Arithmetic hands on the wrapper; comparisons, reductions and indexing hand out raw arrays.

``xp.f(wrapper)`` is not supported: ``jnp`` functions reject the wrapper, ``np`` functions convert it to a host array
through ``__array__``. Write ``xp.f(wrapper.array)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np

from autoarray_min.pytrees import _register_as_pytree, register_instance_pytree
from autoarray_min.type import Namespace, Raw, is_jax_array

__all__ = ["AbstractNDArray", "_register_as_pytree", "register_instance_pytree"]


def unwrap(value: Any) -> Any:
    """The raw array inside ``value``, however deep it is wrapped; anything else is returned as it is."""
    while isinstance(value, AbstractNDArray):
        value = value.array
    return value


class AbstractNDArray(ABC):
    """
    An object that holds an array, and what belongs to it.

    Parameters
    ----------
    array
        The raw array, of any shape; a wrapper (or a wrapper of a wrapper) is unwrapped.
    xp
        The backend that builds this object, ``numpy`` or ``jax.numpy``. The first instance built with ``jax.numpy``
        registers its class as a pytree.
    """

    # NumPy's own operators give way to ours, so `np.ones(3) + wrapper` is a wrapper, as it is for a JAX array.
    __array_priority__: ClassVar[float] = 1000.0

    # `==` compares elements, so instances cannot be dictionary keys.
    __hash__: ClassVar[None]  # type: ignore[assignment]

    __no_flatten__: ClassVar[tuple[str, ...]] = ("use_jax", "_is_transformed")

    def __init__(self, array: Any, xp: Namespace = np) -> None:
        self._is_transformed = False
        self._array: Raw = unwrap(array)
        self.use_jax = xp is not np
        if xp is not np:
            _register_as_pytree(type(self))

    @property
    def array(self) -> Raw:
        """The raw ``numpy.ndarray`` or ``jax.Array``: the one safe way to the data, on both backends."""
        return self._array

    @property
    def _xp(self) -> Namespace:
        """
        The namespace of the array that this object holds.

        Not every operation can hand ``xp`` on, so the flag alone may say NumPy while the array is a tracer: the array
        has the last word.
        """
        if self.use_jax or is_jax_array(self._array):
            import jax.numpy as jnp

            return jnp
        return np

    @property
    def is_transformed(self) -> bool:
        """Whether the coordinates are in the reference frame of a profile already (see ``decorators.transform``)."""
        return self._is_transformed

    @is_transformed.setter
    def is_transformed(self, value: bool) -> None:
        self._is_transformed = value

    @property
    def slim(self) -> AbstractNDArray:
        """The values of the unmasked pixels only; a structure without a mask is its own."""
        return self

    @property
    @abstractmethod
    def native(self) -> AbstractNDArray:
        """The values in the two dimensional shape that they were observed in, zero where masked."""

    def with_new_array(self, array: Any) -> Self:
        """This object with another array: the mask, the flags and the rest of ``__dict__`` ride along."""
        new = self.__class__.__new__(self.__class__)
        vars(new).update(vars(self))
        new._array = unwrap(array)
        return new

    def copy(self) -> Self:
        """A copy of this object and of its array; what rides along is shared."""
        return self.with_new_array(self._array.copy())

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """A host array, as NumPy asks for it. Fails for a tracer, which is how an un-threaded ``np`` call fails."""
        array = np.asarray(self._array, dtype=dtype)
        return array.copy() if copy else array

    def __getattr__(self, name: str) -> Any:
        # Placeholders of JAX and half-built copies have no array yet: look in `__dict__`, or this would recurse.
        array = self.__dict__.get("_array")
        if array is not None and not (name.startswith("__") and name.endswith("__")) and hasattr(array, name):
            return getattr(array, name)
        raise AttributeError(f"{type(self).__name__} does not have attribute {name}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._array!r})"

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._array)

    def __getitem__(self, key: Any) -> Any:
        """
        A slice of a wrapper is a wrapper; every other key, ``grid[:, 0]`` among them, gives the raw values.

        This is the reference's promise for both backends. The released autoarray wraps everything on JAX, and
        ``jnp`` functions then reject what they are given.
        """
        result = self._array[unwrap(key)]
        return self.with_new_array(result) if isinstance(key, slice) else result

    def __setitem__(self, key: Any, value: Any) -> None:
        """In place on NumPy; a JAX array is replaced by an updated one."""
        key, value = unwrap(key), unwrap(value)
        if is_jax_array(self._array):
            self._array = self._array.at[key].set(value)
        else:
            self._array[key] = value

    def __float__(self) -> float:
        return float(self._array)

    # Arithmetic: the same wrapper type, whatever stands on the other side.

    def __add__(self, other: Any) -> Self:
        return self.with_new_array(self._array + unwrap(other))

    def __radd__(self, other: Any) -> Self:
        return self.with_new_array(unwrap(other) + self._array)

    def __sub__(self, other: Any) -> Self:
        return self.with_new_array(self._array - unwrap(other))

    def __rsub__(self, other: Any) -> Self:
        return self.with_new_array(unwrap(other) - self._array)

    def __mul__(self, other: Any) -> Self:
        return self.with_new_array(self._array * unwrap(other))

    def __rmul__(self, other: Any) -> Self:
        return self.with_new_array(unwrap(other) * self._array)

    def __truediv__(self, other: Any) -> Self:
        return self.with_new_array(self._array / unwrap(other))

    def __rtruediv__(self, other: Any) -> Self:
        return self.with_new_array(unwrap(other) / self._array)

    def __pow__(self, other: Any) -> Self:
        return self.with_new_array(self._array ** unwrap(other))

    def __rpow__(self, other: Any) -> Self:
        return self.with_new_array(unwrap(other) ** self._array)

    def __neg__(self) -> Self:
        return self.with_new_array(-self._array)

    def __abs__(self) -> Self:
        return self.with_new_array(abs(self._array))

    def sqrt(self) -> Self:
        """The square root of every value, as a wrapper."""
        return self.with_new_array(self._xp.sqrt(self._array))

    def reshape(self, *shape: Any) -> Self:
        """The wrapper of the reshaped array."""
        return self.with_new_array(self._array.reshape(*shape))

    def astype(self, dtype: Any) -> Self:
        """The wrapper of the array converted to ``dtype``."""
        return self.with_new_array(self._array.astype(dtype))

    @property
    def real(self) -> Self:
        """The wrapper of the real parts."""
        return self.with_new_array(self._array.real)

    @property
    def imag(self) -> Self:
        """The wrapper of the imaginary parts."""
        return self.with_new_array(self._array.imag)

    # Comparisons: raw boolean arrays, so that `(w > 1) & (w < 3)` works. There is no `&` between wrappers.

    def __eq__(self, other: object) -> Raw:
        return self._array == unwrap(other)

    def __ne__(self, other: object) -> Raw:
        return self._array != unwrap(other)

    def __lt__(self, other: Any) -> Raw:
        return self._array < unwrap(other)

    def __le__(self, other: Any) -> Raw:
        return self._array <= unwrap(other)

    def __gt__(self, other: Any) -> Raw:
        return self._array > unwrap(other)

    def __ge__(self, other: Any) -> Raw:
        return self._array >= unwrap(other)

    def __invert__(self) -> Raw:
        return ~self._array

    # Shape and reductions: what the raw array says.

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array; ``()`` for a scalar."""
        return tuple(getattr(self._array, "shape", ()))

    @property
    def size(self) -> int:
        """The number of values."""
        return int(self._array.size)

    @property
    def ndim(self) -> int:
        """The number of dimensions of the array."""
        return int(self._array.ndim)

    @property
    def dtype(self) -> Any:
        """The data type of the array."""
        return self._array.dtype

    def sum(self, *args: Any, **kwargs: Any) -> Raw:
        """The raw sum."""
        return self._array.sum(*args, **kwargs)

    def max(self, *args: Any, **kwargs: Any) -> Raw:
        """The raw maximum."""
        return self._array.max(*args, **kwargs)

    def min(self, *args: Any, **kwargs: Any) -> Raw:
        """The raw minimum."""
        return self._array.min(*args, **kwargs)

    def all(self, *args: Any, **kwargs: Any) -> Raw:
        """Whether all values are true, raw."""
        return self._array.all(*args, **kwargs)
