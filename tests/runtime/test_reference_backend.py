"""The reference, sections "xp backend pattern", "threading" and "testing": every promise and every hazard."""

import ast
import inspect
import re
import subprocess
import sys
from functools import cached_property
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import autoarray_min as aa
from autoarray_min.testing import MODES, parity

ROOT = Path(aa.__file__).parents[1]
SOURCES = [*(ROOT / "autoarray_min").rglob("*.py"), *(ROOT / "fixtures" / "stack").rglob("*.py")]

Ellipse = type("Ellipse", (), {"__init__": lambda self, ell_comps: setattr(self, "ell_comps", ell_comps)})
GRID = aa.Grid2D.uniform(shape_native=(2, 2), pixel_scales=1.0)


def parity_of(method):
    """The report on a method of an ellipse with two free components."""
    return parity(method, lambda v: Ellipse((v[0], v[1])), [0.1, 0.2])


def magnitude_from(ell_comps, xp=np):
    return xp.sqrt(ell_comps[0] ** 2 + ell_comps[1] ** 2)


def test_numpy_is_the_default_everywhere():
    """Every parameter called `xp` has a default, and the default is NumPy (or None: the namespace of the object)."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                positional = node.args.posonlyargs + node.args.args
                defaults = [None] * (len(positional) - len(node.args.defaults)) + node.args.defaults
                named = {argument.arg: default for argument, default in zip(positional, defaults, strict=True)}
                # A helper that converts to the namespace it is told has no default to forget.
                if "xp" in named and node.name not in ("as_raw",):
                    assert named["xp"] is not None, f"{path.name}: {node.name}"
                    assert ast.unparse(named["xp"]) in ("np", "None"), f"{path.name}: {node.name}"


def test_jax_is_never_imported_at_module_level():
    """
    And inside functions only where it was asked for.

    The released `__getitem__` imports it at every call, on NumPy too; the blocked import below says that ours does not.
    """
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                assert not any(name.split(".")[0] == "jax" for name in names), path


@pytest.mark.parametrize("code", ["import autoarray_min, autoarray_min.testing", "import lensing"])
def test_the_numpy_path_runs_without_jax(code):
    """The import of JAX is blocked; structures, decorators, operators and indexing all work."""
    script = f"""
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("jax", "jaxlib"):
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Block())
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "fixtures" / "stack")!r}]
{code}
import numpy as np, autoarray_min as aa
class Profile:
    @aa.decorators.to_grid
    def transformed_to_reference_frame_grid_from(self, grid, xp=np, **kwargs):
        return grid.array
    @aa.decorators.to_array
    @aa.decorators.transform
    def radius_from(self, grid, xp=np, **kwargs):
        return xp.hypot(grid[:, 0], grid.array[:, 1])
grid = aa.Grid2D.uniform(shape_native=(3, 3), pixel_scales=1.0)
result = Profile().radius_from(grid)
assert type(2.0 - result.native / 3.0) is aa.Array2D
if "lensing" in sys.modules:
    sys.modules["lensing"].mp.NFW().deflections_yx_2d_from(grid - 0.1)
assert not any(name.split(".")[0] in ("jax", "jaxlib") for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_backend_guards_have_the_form_of_the_reference():
    """
    `if xp is np:` and `if xp is not np:`, and the flag of an object that was built so.

    The released code also asks for the name of the module, for types and for flags that anyone may set. The analyzer
    must know all of these; code that is to be learnt from needs two.
    """
    for path in SOURCES:
        assert not re.search(r"xp\.__name__|xp == np|xp != np|_is_jax\(", path.read_text()), path


def test_xp_is_the_single_point_of_control(xp):
    result = magnitude_from((xp.asarray(3.0), xp.asarray(4.0)), xp=xp)
    assert isinstance(result, jax.Array) == (xp is jnp)


def test_every_nested_call_must_receive_xp():
    """The rule itself: the same body, threaded and not."""
    threaded = parity_of(lambda ellipse, xp: xp.exp(magnitude_from(ellipse.ell_comps, xp=xp)))
    assert threaded.ok
    dropped = parity_of(lambda ellipse, xp: xp.exp(magnitude_from(ellipse.ell_comps)))
    assert dropped.saw == ("vmap",)
    assert isinstance(dropped["vmap"].error, jax.errors.TracerArrayConversionError)


def test_hazard_property_that_hardcodes_np():
    class Hard(Ellipse):
        @property
        def magnitude(self):
            return np.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)

    report = parity(lambda e, xp: xp.exp(e.magnitude), lambda v: Hard((v[0], v[1])), [0.1, 0.2])
    assert report.saw == ("vmap",)
    assert isinstance(report["vmap"].error, jax.errors.TracerArrayConversionError)


def test_hazard_inherited_method_without_xp():
    class Parent(Ellipse):
        def magnitude(self, xp=np):
            return magnitude_from(self.ell_comps, xp=xp)

    class Child(Parent):
        def area_from(self, xp=np):
            return xp.pi * self.magnitude() ** 2

    report = parity(lambda e, xp: e.area_from(xp=xp), lambda v: Child((v[0], v[1])), [0.1, 0.2])
    assert report.saw == ("vmap",)


def test_hazard_and_between_bool_tracers():
    """
    The reference says that `&` on bool tracers "silently calls `__array__()`".

    Measured: it does not. `tracer & tracer` gives the right value; the measurement is followed, because a test can
    only assert what happens. It breaks where one side is a wrapper, which has no `&`, and `xp.logical_and` is the
    house rule either way.
    """
    report = parity_of(lambda e, xp: xp.where((e.ell_comps[0] > 0) & (e.ell_comps[1] > 0), 1.0, 0.0))
    assert report.ok
    wrapped = aa.ArrayIrregular(jnp.asarray([True, False]), xp=jnp)
    with pytest.raises(TypeError):
        wrapped & wrapped
    np.testing.assert_array_equal(jnp.logical_and(wrapped.array, wrapped.array), [True, False])


def test_hazard_python_and_between_bool_tracers():
    """What breaks for certain is the keyword `and`: it asks a tracer for its truth value."""
    report = parity_of(lambda e, xp: xp.where((e.ell_comps[0] > 0) and (e.ell_comps[1] > 0), 1.0, 0.0))
    assert report.saw == ("vmap",)
    assert isinstance(report["vmap"].error, jax.errors.TracerBoolConversionError)


class Cached(Ellipse):
    """An ellipse that remembers its magnitude, and one that does not."""

    @cached_property
    def magnitude(self):
        return jnp.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)

    @property
    def plain_magnitude(self):
        return jnp.sqrt(self.ell_comps[0] ** 2 + self.ell_comps[1] ** 2)


def test_hazard_cached_property_on_traced_values():
    """
    The tracer stays in `__dict__` when the trace is over; the next trace, or the host, meets a dead one.

    The released Fit classes use cached properties nonetheless, and strip them at the boundary. The reference says plain
    property, and so does the worked stack.
    """
    ellipse = Cached((0.1, 0.2))

    def scaled_from(name):
        def f(scale):
            ellipse.ell_comps = (0.1 * scale, 0.2 * scale)
            return getattr(ellipse, name)

        return f

    scales = jnp.asarray([1.0, 2.0])
    np.testing.assert_allclose(jax.vmap(scaled_from("plain_magnitude"))(scales), np.sqrt(0.05) * np.asarray(scales))
    jax.vmap(scaled_from("magnitude"))(scales)
    with pytest.raises(jax.errors.UnexpectedTracerError):
        jax.jit(lambda: ellipse.magnitude + 1.0)()


def test_jit_of_a_concrete_instance_hides_what_vmap_exposes():
    """
    The central lesson of the reference.

    Its explanation ("concrete floats propagate as floats") holds for instances that the trace closes over. An instance
    given as an argument is traced if its class is registered, and a TypeError if not.
    """
    report = parity_of(lambda ellipse, xp: xp.asarray(magnitude_from(ellipse.ell_comps)))
    assert report.saw == ("vmap",)
    assert report["numpy"].problem is None
    assert report["eager"].problem is None
    assert report["jit"].problem is None
    assert "TracerArrayConversionError" in (report["vmap"].problem or "")


def test_the_four_modes_are_run_in_order():
    report = parity_of(lambda ellipse, xp: magnitude_from(ellipse.ell_comps, xp=xp))
    assert tuple(run.mode for run in report.runs) == MODES == ("numpy", "eager", "jit", "vmap")
    assert report.check() is report


def test_library_code_keeps_the_numpy_path_as_the_default_path():
    """
    Without `xp` no public call of ours builds a JAX array.

    The reference keeps `xp=jnp` out of the unit tests of the libraries and sends it to parity scripts. These tests are
    those scripts: both backends are what they are about.
    """
    for function in (aa.Grid2D.uniform, aa.Array2D.full, aa.Mask2D.circular, aa.Grid2DIrregular, aa.ArrayIrregular):
        assert inspect.signature(function).parameters["xp"].default is np
    assert GRID._xp is np
