"""Plausible arguments for any function: found by the names of its parameters and by trying on concrete values."""

from __future__ import annotations

import inspect
import io
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from measuring.pool import Call, Fresh, T
from measuring.probe import Outcome, on_concrete

WANTED = 3
"""How many argument lists that work are kept for one function."""

TRIES = 120
"""How many argument lists are tried."""

V, W, M, N, I, J, B, S, R, K, L, O, Z, F, C, G, U, D, T3, H, P, E = (T(x) for x in "vwmnijbsrklozfcgudthpe")  # noqa: E741
ARRAYS: tuple[Any, ...] = (V, M, I, B, S, K, C, U, T3)
SECOND: tuple[Any, ...] = (W, V, M, J, S, K, O, B, T3)

BY_NAME: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("shape", "newshape", "dims", "imshape", "dimensions"), ((K, K), K)),
    **dict.fromkeys(("axis", "axes", "dim", "start"), (Z,)),
    **dict.fromkeys(("axis1", "source"), (Z,)),
    **dict.fromkeys(("axis2", "destination"), (O, Z)),
    **dict.fromkeys(("n", "num", "M", "N", "size", "length", "deg", "kth", "order"), (K, V, I)),
    **dict.fromkeys(("k", "offset", "shift", "decimals", "nu", "l"), (O, S)),
    **dict.fromkeys(("q", "beta", "base"), (S, R, V)),
    **dict.fromkeys(("repeats", "reps"), (K, M, V)),
    "A": (M, V, K),
    "pad_width": (K,),
    **dict.fromkeys(("indices", "index", "ind", "idx", "obj", "multi_index"), (J, K, I)),
    "indices_or_sections": (K,),
    **dict.fromkeys(("condition", "mask", "where"), (B, V, D)),
    **dict.fromkeys(("arrays", "tup", "seq", "choices", "array_list", "keys", "arrs", "sample"), ([V, W],)),
    "condlist": ([B, B],),
    "choicelist": ([V, W],),
    **dict.fromkeys(("func", "function", "pyfunc", "func1d", "f", "fun", "callback"), (np.sum, np.negative, V)),
    **dict.fromkeys(("dtype", "from_", "from", "type1"), ("float64",)),
    **dict.fromkeys(("to", "type2", "new_dtype"), ("int64",)),
    **dict.fromkeys(("mode", "kind", "side", "method"), ("valid",)),
    **dict.fromkeys(("b", "x2", "y", "v", "w", "z"), SECOND),
    **dict.fromkeys(("bins", "xp", "fp", "test_elements", "ar2", "element"), (V, W, J)),
    **dict.fromkeys(("loc", "scale", "vals", "values"), (S, V, W)),
    **dict.fromkeys(("UPLO", "char", "string"), ("L",)),
    **dict.fromkeys(("order_", "ordering"), ("C",)),
    "sorted_arr": (V,),
    "min": (S,),
    "max": (R,),
    "a_min": (S,),
    "a_max": (R,),
    "stop": (R, L),
    "step": (O,),
}

OPTIONAL: dict[str, Any] = {
    **dict.fromkeys(("axis", "axes", "offset", "k", "decimals", "ndigits", "start", "shift"), Z),
    **dict.fromkeys(("axis1", "axisa", "axisb", "axisc"), Z),
    **dict.fromkeys(("axis2", "ddof", "correction", "n", "ndmin"), O),
    **dict.fromkeys(("num", "repeats", "N", "M", "k", "bins", "size", "length", "total_repeat_length"), K),
    **dict.fromkeys(("shape", "newshape", "s"), (K, K)),
    **dict.fromkeys(("initial", "fill_value", "nan", "posinf", "neginf", "left", "right", "period"), S),
    **dict.fromkeys(("rtol", "atol", "rcond", "tol", "dx", "discont", "to_begin", "to_end", "prepend", "append"), S),
    **dict.fromkeys(("keepdims", "equal_nan", "endpoint", "density", "return_index", "rowvar"), F),
    **dict.fromkeys(("weights", "x", "y", "aweights", "constant_values", "d"), V),
    **dict.fromkeys(("minlength", "stop", "deg", "order"), L),
    **dict.fromkeys(("min", "a_min"), S),
    **dict.fromkeys(("max", "a_max"), R),
    "where": B,
    "mask": B,
    "b": W,
    "step": O,
    "range": (S, R),
    "max_rows": K,
}
"""A traced value for an optional parameter, given by keyword."""


def _cube(x: Any) -> Any:
    return x**3 - 1.0


def _scan(callback: Any = None) -> Fresh:
    return Fresh(lambda: callback or io.BytesIO())


SPECIAL: dict[str, list[Call]] = {
    "numpy.add.reduce": [Call((V,))],
    "numpy.add.accumulate": [Call((V,))],
    "numpy.add.outer": [Call((V, W))],
    "numpy.add.at": [Call((V, I, S))],
    "numpy.add.reduceat": [Call((V, P))],
    "numpy.einsum": [Call(("i,i->", V, W))],
    "numpy.einsum_path": [Call(("i,i->", V, W))],
    "numpy.where": [Call((B, V, W)), Call((B,))],
    "numpy.searchsorted": [Call((V, W)), Call((V, S))],
    "numpy.interp": [Call((W, V, V))],
    "numpy.select": [Call(([B, B], [V, W]))],
    "numpy.choose": [Call((K, [V, W, V])), Call((I, [V, W, V, W]))],
    "numpy.piecewise": [Call((V, [B, B], [S, R]))],
    "numpy.put": [Call((V, K, R))],
    "numpy.put_along_axis": [Call((V, I, S, Z))],
    "numpy.place": [Call((V, B, W))],
    "numpy.putmask": [Call((V, B, W))],
    "numpy.copyto": [Call((V, W))],
    "numpy.fill_diagonal": [Call((M, S))],
    "numpy.take_along_axis": [Call((V, I, Z))],
    "numpy.apply_along_axis": [Call((np.sum, Z, M))],
    "numpy.apply_over_axes": [Call((np.sum, M, Z))],
    "numpy.cross": [Call((T3, T3))],
    "numpy.linalg.cross": [Call((T3, T3))],
    "numpy.linspace": [Call((Z, R, L)), Call((V, W, L))],
    "numpy.logspace": [Call((Z, R, L)), Call((V, W, L))],
    "numpy.geomspace": [Call((S, R, L)), Call((V, W, L))],
    "numpy.arange": [Call((L,)), Call((Z, L, O))],
    "numpy.zeros": [Call((K,)), Call(((K, K),))],
    "numpy.ones": [Call((K,)), Call(((K, K),))],
    "numpy.empty": [Call((K,)), Call(((K, K),))],
    "numpy.full": [Call((K, S)), Call(((K, K), S))],
    "numpy.full_like": [Call((V, S))],
    "numpy.eye": [Call((K,)), Call((K, L))],
    "numpy.identity": [Call((K,))],
    "numpy.tri": [Call((K,))],
    "numpy.indices": [Call(((K, K),))],
    "numpy.meshgrid": [Call((V, W)), Call((V, W, V))],
    "numpy.ix_": [Call((I, J)), Call((I, J, I))],
    "numpy.reshape": [Call((V, (K, K))), Call((M, (-1,)))],
    "numpy.resize": [Call((V, (K, L)))],
    "numpy.split": [Call((V, K)), Call((V, [K]))],
    "numpy.array_split": [Call((V, K))],
    "numpy.hsplit": [Call((M, K))],
    "numpy.vsplit": [Call((M, K))],
    "numpy.dsplit": [Call((H, K))],
    "numpy.linalg.tensorinv": [Call((H,))],
    "numpy.permute_dims": [Call((M, (O, Z)))],
    "numpy.tril": [Call((M,)), Call((M, O))],
    "numpy.triu": [Call((M,)), Call((M, O))],
    "numpy.array_equal": [Call((V, V)), Call((V, W))],
    "numpy.array_equiv": [Call((V, V)), Call((V, W))],
    "numpy.isreal": [Call((C,)), Call((V,))],
    "numpy.iscomplex": [Call((C,)), Call((V,))],
    "numpy.imag": [Call((C,)), Call((V,))],
    "numpy.real": [Call((C,)), Call((V,))],
    "numpy.conj": [Call((C,)), Call((V,))],
    "numpy.array": [Call((V,)), Call(([S, R],)), Call((S,))],
    "numpy.asarray": [Call((V,)), Call(([S, R],)), Call((S,))],
    "numpy.average": [Call((V,)), Call((M, Z))],
    "numpy.isnan": [Call((V,))],
    "numpy.trim_zeros": [Call((V,)), Call((I,))],
    "numpy.unique": [Call((V,)), Call((I,))],
    "numpy.roots": [Call((V,))],
    "numpy.logical_and": [Call((B, B)), Call((V, W))],
    "numpy.logical_or": [Call((B, B)), Call((V, W))],
    "numpy.unstack": [Call((M,))],
    "numpy.squeeze": [Call((V,)), Call((M,))],
    "numpy.expand_dims": [Call((V, Z))],
    "numpy.broadcast_to": [Call((V, (K, 4))), Call((S, (K, K)))],
    "numpy.broadcast_arrays": [Call((V, M)), Call((V, M, S))],
    "numpy.broadcast": [Call((V, M))],
    "numpy.broadcast_shapes": [Call(((K, O), (O, K)))],
    "numpy.clip": [Call((V, S, R)), Call((V, S, None))],
    "numpy.insert": [Call((V, O, S))],
    "numpy.delete": [Call((V, O)), Call((V, P))],
    "numpy.append": [Call((V, W))],
    "numpy.tile": [Call((V, K))],
    "numpy.repeat": [Call((V, K)), Call((V, I))],
    "numpy.roll": [Call((V, O))],
    "numpy.pad": [Call((V, K))],
    "numpy.unravel_index": [Call((K, (4, 4))), Call((I, (4, 4)))],
    "numpy.ravel_multi_index": [Call(((I, J), (4, 4)))],
    "numpy.histogram": [Call((V,)), Call((V, W))],
    "numpy.histogram2d": [Call((V, W))],
    "numpy.histogramdd": [Call((M,))],
    "numpy.percentile": [Call((V, S))],
    "numpy.quantile": [Call((V, S))],
    "numpy.nanpercentile": [Call((V, S))],
    "numpy.nanquantile": [Call((V, S))],
    "numpy.polyfit": [Call((V, W, O))],
    "numpy.polyval": [Call((V, W)), Call((V, S))],
    "numpy.vectorize": [Call((abs,))],
    "numpy.frompyfunc": [Call((abs, 1, 1))],
    "numpy.fromfunction": [Call((np.add, (K, K)))],
    "numpy.fromiter": [Call(([S, R], "float64"))],
    "numpy.frombuffer": [Call((b"12345678",))],
    "numpy.fromstring": [Call(("1 2",), (("sep", " "),))],
    "numpy.from_dlpack": [Call((V,))],
    "numpy.save": [Call((_scan(), V))],
    "numpy.savez": [Call((_scan(), V))],
    "numpy.savez_compressed": [Call((_scan(), V))],
    "numpy.savetxt": [Call((_scan(), V))],
    "numpy.nditer": [Call((V,))],
    "numpy.ndindex": [Call((K, L))],
    "numpy.ndenumerate": [Call((V,))],
    "numpy.block": [Call(([[M, M], [M, M]],))],
    "numpy.bmat": [Call(([[M, M], [M, M]],))],
    "numpy.convolve": [Call((V, W))],
    "numpy.correlate": [Call((V, W))],
    "numpy.bincount": [Call((I,)), Call((I, V))],
    "numpy.digitize": [Call((V, W))],
    "numpy.in1d": [Call((V, W))],
    "numpy.trapz": [Call((V,)), Call((V, W))],
    "numpy.trapezoid": [Call((V,)), Call((V, W))],
    "numpy.gradient": [Call((V,)), Call((M,))],
    "numpy.moveaxis": [Call((M, Z, O))],
    "numpy.rollaxis": [Call((M, O))],
    "numpy.swapaxes": [Call((M, Z, O))],
    "numpy.transpose": [Call((M,)), Call((M, (O, Z)))],
    "numpy.rot90": [Call((M,))],
    "numpy.diag_indices": [Call((K,))],
    "numpy.diag_indices_from": [Call((M,))],
    "numpy.tril_indices": [Call((K,))],
    "numpy.triu_indices": [Call((K,))],
    "numpy.tril_indices_from": [Call((M,))],
    "numpy.triu_indices_from": [Call((M,))],
    "numpy.mask_indices": [Call((K, np.triu))],
    "numpy.partition": [Call((V, O))],
    "numpy.argpartition": [Call((V, O))],
    "numpy.lexsort": [Call(([V, W],))],
    "numpy.packbits": [Call((U,))],
    "numpy.unpackbits": [Call((U,))],
    "numpy.extract": [Call((B, V))],
    "numpy.compress": [Call((B, V))],
    "numpy.can_cast": [Call(("int32", "float64"))],
    "numpy.promote_types": [Call(("int32", "float64"))],
    "numpy.issubdtype": [Call(("int32", "float64"))],
    "numpy.isdtype": [Call((np.dtype("f8"), "integral"))],
    "numpy.finfo": [Call(("float64",)), Call((V,))],
    "numpy.iinfo": [Call(("int64",)), Call((I,))],
    "numpy.dtype": [Call(("float64",))],
    "numpy.result_type": [Call((V, W)), Call((V, "float32"))],
    "numpy.min_scalar_type": [Call((V,)), Call((S,))],
    "numpy.poly1d": [Call((V,))],
    "numpy.kaiser": [Call((L, R))],
    "numpy.kron": [Call((M, M))],
    "numpy.i0": [Call((V,))],
    "numpy.sinc": [Call((V,))],
    "numpy.unwrap": [Call((V,))],
    "numpy.angle": [Call((C,)), Call((V,))],
    "numpy.matvec": [Call((M, V))],
    "numpy.vecmat": [Call((V, M))],
    "numpy.vecdot": [Call((V, W))],
    "numpy.matmul": [Call((M, N)), Call((M, V))],
    "numpy.dot": [Call((V, W)), Call((M, V))],
    "numpy.tensordot": [Call((M, N))],
    "numpy.shares_memory": [Call((V, W))],
    "numpy.may_share_memory": [Call((V, W))],
    "numpy.ndarray": [Call((K,)), Call(((K, K),))],
    "numpy.typename": [Call(("f",))],
    "numpy.mintypecode": [Call((["f"],))],
    "numpy.base_repr": [Call((L,))],
    "numpy.binary_repr": [Call((L,))],
    "numpy.nested_iters": [Call((M, [[0], [1]]))],
    "numpy.isnat": [],
    "numpy.setdiff1d": [Call((V, W))],
    "numpy.linalg.solve": [Call((M, V)), Call((M, M))],
    "numpy.linalg.lstsq": [Call((M, V), (("rcond", None),))],
    "numpy.linalg.multi_dot": [Call(([M, N],))],
    "numpy.linalg.matrix_power": [Call((M, K))],
    "numpy.linalg.tensorsolve": [Call((M, V))],
    "numpy.linalg.norm": [Call((V,)), Call((M,))],
    "numpy.linalg.trace": [Call((M,))],
    "numpy.linalg.diagonal": [Call((M,))],
    "numpy.linalg.cholesky": [Call((M,))],
    "numpy.linalg.slogdet": [Call((M,))],
    "numpy.linalg.qr": [Call((M,))],
    "numpy.fft.fftfreq": [Call((L,)), Call((L, S))],
    "numpy.fft.rfftfreq": [Call((L,)), Call((L, S))],
    "numpy.fft.irfftn": [Call((M,))],
    "numpy.fft.hfft": [Call((C,))],
    "scipy.special.zeta": [Call((R, K)), Call((T3, K))],
    "scipy.special.assoc_legendre_p": [Call((K, O, S))],
    "scipy.special.assoc_legendre_p_all": [Call((K, O, S))],
    "scipy.special.legendre_p_all": [Call((K, S))],
    "scipy.special.sph_harm_y": [Call((K, O, S, R)), Call((I, I, V, W))],
    "scipy.special.sph_harm_y_all": [Call((K, O, S, R))],
    "scipy.special.sph_legendre_p": [Call((K, O, S))],
    "scipy.special.sph_legendre_p_all": [Call((K, O, S))],
    "scipy.special.logsumexp": [Call((V,))],
    "scipy.linalg.cho_solve": [Call(((M, True), V))],
    "scipy.linalg.cho_factor": [Call((M,))],
    "scipy.linalg.lu_solve": [Call(((M, E), V))],
    "scipy.linalg.solve": [Call((M, V))],
    "scipy.linalg.solve_triangular": [Call((M, V))],
    "scipy.linalg.solve_sylvester": [Call((M, M, M))],
    "scipy.ndimage.map_coordinates": [Call((M, [V, W], O))],
    "scipy.integrate.quad": [Call((abs, S, R))],
    "scipy.integrate.trapezoid": [Call((V,))],
    "scipy.integrate.simpson": [Call((V,))],
    "scipy.integrate.cumulative_trapezoid": [Call((V,))],
    "scipy.interpolate.interp1d": [Call((V, W))],
    "scipy.optimize.nnls": [Call((M, V))],
    "scipy.optimize.lsq_linear": [Call((M, V))],
    "scipy.optimize.brentq": [Call((_cube, 0.0, R))],
    "scipy.optimize.fsolve": [Call((_cube, S))],
    "scipy.optimize.root": [Call((_cube, S))],
    "scipy.optimize.minimize": [Call((_cube, S))],
    "scipy.stats.linregress": [Call((V, W))],
    "scipy.signal.convolve2d": [Call((M, N))],
    "scipy.signal.fftconvolve": [Call((V, W))],
    "scipy.spatial.Delaunay": [Call((M,))],
    "math.fsum": [Call((V,))],
    "math.prod": [Call((V,))],
    "math.dist": [Call((V, W))],
    "math.sumprod": [Call((V, W))],
    "math.hypot": [Call((S, R))],
    "math.gcd": [Call((K, L))],
    "math.lcm": [Call((K, L))],
    "math.ldexp": [Call((S, K))],
    "math.isclose": [Call((S, R))],
    "math.comb": [Call((L, K))],
    "math.perm": [Call((L, K))],
    "math.fma": [Call((S, R, S))],
}
"""Argument lists of functions whose parameter names say too little."""

_DENIED_KEYWORDS = {"out", "dtype", "like", "subok", "casting", "device", "copy", "signature", "out_sharding"}


def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    """The signature, or None where the function has none."""
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return None


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the parameters that can be given by position; ``*args`` with its star."""
    signature = signature_of(function)
    if signature is None or isinstance(function, np.ufunc):
        count = function.nin if isinstance(function, np.ufunc) else 0
        return tuple(f"x{n + 1}" for n in range(count)) if count != 1 else ("x",)
    names = []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            names.append(parameter.name)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            names.append(f"*{parameter.name}")
    return tuple(names)


def keyword_names(function: Callable[..., Any]) -> set[str]:
    """Names that can be given by keyword."""
    signature = signature_of(function)
    if isinstance(function, np.ufunc):
        names = {"casting", "order", "dtype", "subok", "signature", "out"}
        if function.signature is None:
            return names | {"where"}
        return names | {"axes"} | ({"axis", "keepdims"} if _has_one_core_dimension(function) else set())
    if signature is None:
        return set()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {p.name for p in signature.parameters.values() if p.kind in kinds and not p.name.startswith("_")}


def _has_one_core_dimension(function: np.ufunc) -> bool:
    """Whether a generalised ufunc reduces over one shared dimension, as ``(n),(n)->()`` does."""
    return re.fullmatch(r"\((\w+)\)(,\(\1\))*->\(\)", function.signature or "") is not None


def candidates(function: Callable[..., Any]) -> Iterator[Call]:
    """Argument lists worth trying, the most plausible first."""
    if isinstance(function, np.ufunc):
        rows = (V, W, S), (I, J, K), (S, R, S), (B, B, B), (C, C, C), (M, M, M), (K, L, K), (V, K, V)
        yield from (Call(tuple(itertools.islice(itertools.cycle(row), function.nin))) for row in rows)
        return
    signature = signature_of(function)
    if signature is None:
        for count in (1, 2, 3):
            yield from (Call(row) for row in itertools.product((V, S, I, M, K), repeat=count))
        return
    choices: list[tuple[Any, ...]] = []
    for position, parameter in enumerate(signature.parameters.values()):
        if parameter.kind is parameter.VAR_POSITIONAL and position == 0:
            choices += [(V, M, S, I), (W, M, S, J)]
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            if parameter.default is not parameter.empty and (choices or position):
                break
            choices.append(BY_NAME.get(parameter.name, ARRAYS if position == 0 else SECOND))
    if not choices:
        yield Call(())
    for row in sorted(
        itertools.product(*(range(len(choice)) for choice in choices)), key=lambda row: (max(row, default=0), row)
    ):
        yield Call(tuple(choice[index] for choice, index in zip(choices, row, strict=True)))


def working_calls(
    name: str, function: Callable[..., Any], wanted: int = WANTED, tries: int = TRIES
) -> list[tuple[Call, Outcome]]:
    """Argument lists that run on concrete values, with their results."""
    special = SPECIAL.get(name, SPECIAL.get(name.removeprefix("jax.")))
    if name.endswith((".test", ".fmin_tnc", "_plot_2d")):
        return []
    found: list[tuple[Call, Outcome]] = []
    for call in itertools.islice(iter(special) if special is not None else candidates(function), tries):
        outcome = on_concrete(function, call)
        if outcome.raises == "OutOfTimeError":
            break
        if outcome.kind != "raises":
            found.append((call, outcome))
        if len(found) >= wanted and special is None:
            break
    return found


def optional_calls(function: Callable[..., Any], base: Call) -> Iterator[tuple[str, Call]]:
    """``base`` with one optional parameter more, given by keyword."""
    if isinstance(function, np.ufunc):
        if getattr(np, function.__name__, None) is function:  # with SciPy's, `where=` can write outside its buffers
            yield "where", base.with_keyword("where", B)
        return
    signature = signature_of(function)
    if signature is None:
        return
    given = {name for name, _ in base.kwargs}
    for position, parameter in enumerate(signature.parameters.values()):
        usable = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if not usable or parameter.name in given or parameter.name in _DENIED_KEYWORDS:
            continue
        if position < len(base.args) and parameter.kind is not parameter.KEYWORD_ONLY:
            continue
        value = OPTIONAL.get(parameter.name)
        if value is not None:
            yield parameter.name, base.with_keyword(parameter.name, value)
