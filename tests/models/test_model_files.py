"""Hand-written model files: the four of xpcheck, and those of a project."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from textwrap import dedent

import pytest

from xpcheck.config import Config
from xpcheck.engine import Request, check
from xpcheck.flow import models


def test_transforms() -> None:
    jit = models.transform("jax.jit")
    assert jit is not None and jit.kind == "wrap" and jit.static == ("static_argnums", "static_argnames")
    grad = models.transform("jax.grad")
    assert grad is not None and grad.traced == "argnums" and grad.default == (0,)
    cond = models.transform("jax.lax.cond")
    assert cond is not None and [function.position for function in cond.functions] == [1, 2]
    switch = models.transform("jax.lax.switch")
    assert switch is not None and switch.functions[0].sequence
    assert models.transform("jax.numpy.sum") is None


def test_drivers() -> None:
    quad = models.library("scipy.integrate.quad")
    assert quad is not None and quad.effect == "breaks" and quad.host_callback == (0, "func") and quad.measured
    callback = models.library("jax.pure_callback")
    assert callback is not None and callback.effect == "passes" and callback.host_callback == (0, "callback")
    assert models.library("numpy.fromfunction").effect == "builder"  # type: ignore[union-attr]


def test_foreign_roots() -> None:
    assert {"scipy", "math", "statistics"} <= models.foreign_roots()
    assert not models.foreign_roots() & {"numpy", "jax", "builtins"}


def test_names_that_came_with_a_version_of_numpy() -> None:
    assert models.added("numpy.trapezoid") == "2.0"
    assert models.added("numpy.unstack") == "2.1"
    assert models.added("numpy.sum") == ""
    measured = models.names("numpy")
    assert {"numpy.trapezoid", "numpy.unstack", "numpy.linalg.vector_norm"} <= set(measured)


def test_what_an_old_numpy_had_was_not_added_later() -> None:
    """Measured in the oldest recorded set: it is there since 2.0 at the latest."""
    (oldest, *_) = models.version_sets()
    assert models.version_sets()[oldest].numpy.startswith("2.0")
    for name in models.names("numpy"):
        if any(not entry.sets or oldest in entry.sets for entry in models.variants(name)):
            assert models.added(name) in {"", "2.0"}, name


def test_static_names() -> None:
    for name in ("mask", "real_space_mask", "shape_native", "kernel_shape", "sub_size", "pixel_scales", "settings"):
        found = models.static_name(name)
        assert found is not None and found.reason, name
    for name in ("grid", "centre", "ell_comps", "x", "unmasked", "intensity", "indexable"):
        assert models.static_name(name) is None, name
    assert models.static_name("origin") is not None
    assert models.static_name("origin", "attribute") is None


def test_static_names_are_few_and_each_has_a_reason() -> None:
    own = models.with_models().static_names
    assert len(own) <= 40
    assert len({entry.pattern for entry in own}) == len(own)
    assert all(entry.pattern.strip("*") for entry in own)


def test_family() -> None:
    (family,) = models.families()
    assert set(family.packages) == {"autoarray", "autofit", "autogalaxy", "autolens"}
    decorators = {decorator.name: decorator for decorator in family.decorators}
    assert set(decorators) == {"to_array", "to_grid", "to_vector_yx", "transform", "over_sample"}
    assert all(decorator.xp_slot == 2 and decorator.traced_slots == (1,) for decorator in family.decorators)
    assert family.wrappers[0].name == "autoarray.abstract_ndarray.AbstractNDArray"
    assert {composer.name.rpartition(".")[2] for composer in family.composers} >= {"Model", "Collection"}


def test_names_of_the_minimal_runtime_exist() -> None:
    (family,) = models.families()
    named = [
        *family.static_classes,
        *(wrapper.name for wrapper in family.wrappers),
        *(name for decorator in family.decorators for name in decorator.qualified),
    ]
    minimal = [name for name in named if name.startswith("autoarray_min.")]
    assert minimal
    for name in minimal:
        module, _, last = name.rpartition(".")
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin is not None, name
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        assert last in {getattr(node, "name", "") for node in tree.body}, name


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_project_adds_and_overrides(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        format = 1
        [[library]]
        name = "healpy"
        effect = "breaks"
        foreign = true
        reason = "compiled code on the host"
        [[driver]]
        name = "healpy.query"
        callbacks = ["on_pixel"]
        [[callable]]
        name = "numpy.interp"
        effect = "passes"
        slots = [["x", 0, "passes"]]
        [[transform]]
        name = "equinox.filter_jit"
        kind = "wrap"
        functions = [{ position = 0, keyword = "fun" }]
        returns = "callable"
        [[static]]
        pattern = "nside"
        reason = "resolution of the map"
        """,
    )
    knowledge = models.with_models(models.load(path))
    assert knowledge.library("healpy.ang2pix").effect == "breaks"  # type: ignore[union-attr]
    assert knowledge.library("healpy.query").host_callback == ("on_pixel",)  # type: ignore[union-attr]
    assert knowledge.library("numpy.interp").answer(0) == "passes"  # type: ignore[union-attr]
    assert knowledge.transform("equinox.filter_jit") is not None
    assert knowledge.static_name("nside") is not None and knowledge.static_name("mask") is not None
    assert knowledge.foreign_roots == models.foreign_roots() | {"healpy"}
    assert models.library("healpy.ang2pix") is None
    assert models.library("numpy.interp").effect == "breaks"  # type: ignore[union-attr]
    assert knowledge.method("sum") == models.method("sum") and knowledge.namespace("jax.numpy.sum") is not None
    assert knowledge.driver("healpy.query") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = 1\n[[transform]]\nname = 'a.b'\nkind = 'wrap'\nfunctions = []", "`transform[0].functions` is empty"),
        ("format = 1\n[[transform]]\nname = 'a.b'\nkind = 'wrp'\nfunctions = []", "`$.transform[0].kind`"),
        (
            "format = 1\n[[transform]]\nname = 'a.b'\nkind = 'wrap'\ntraced = 'argnums'\n"
            "functions = [{position = 0, keyword = 'f'}]",
            "`transform[0].argnums` is missing",
        ),
        ("format = 1\n[[driver]]\nname = 'a.b'\ncallbacks = []", "`driver[0].callbacks` is empty"),
        ("format = 1\n[[static]]\npattern = 'a'", "missing required field `reason` - at `$.static[0]`"),
        ("format = 1\n[[static]]\npattern = 'a'\nreason = 'b'\nwhy = 1", "unknown field `why` - at `$.static[0]`"),
        ("format = 1\n[[library]]\nname = 'a'\neffect = 'odd'\nreason = 'b'", "`$.library[0].effect`"),
        (
            "format = 1\n[[driver]]\nname = 'a'\ncallbacks = [0]\n[[driver]]\nname = 'a'\ncallbacks = [0]",
            "`driver[1].name` repeats `a`",
        ),
        ("format = 2", "`format` is 2"),
        ("[[static]]\npattern = 'a'\nreason = 'b'", "missing required field `format`"),
        ("format = = 1", "toml:1: is not valid TOML"),
    ],
)
def test_what_is_not_understood_names_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(models.ModelError) as caught:
        models.load(path)
    assert str(path) in str(caught.value)
    assert says.lower() in str(caught.value).lower()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(models.ModelError, match=r"absent\.toml"):
        models.load(tmp_path / "absent.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(models.ModelError, match=r"binary\.toml"):
        models.load(binary)


def test_where_scipy_dispatches_much_of_it_takes_arrays_of_jax(tmp_path: Path) -> None:
    text = """
        import numpy as np
        from scipy import integrate, special

        def mass_from(radius, xp=np):
            return special.erf(xp.sqrt(radius)) + integrate.quad(np.exp, 0.0, xp.sqrt(radius))[0]
    """
    (tmp_path / "masses.py").write_text(dedent(text))

    def labels(config: Config) -> list[str]:
        report = check(Request(paths=(), root=tmp_path, config=config))
        return [item.message.split("`")[1] for item in report.findings if item.code == "XP202"]

    assert labels(Config()) == ["special.erf", "integrate.quad"]
    assert labels(Config(scipy_array_api=True)) == ["integrate.quad"]
    asking = (
        'import os\nif os.environ.get("SCIPY_ARRAY_API") != "1":\n    raise RuntimeError\n',
        'import os\n\ndef prepare():\n    os.environ["SCIPY_ARRAY_API"] = "1"\n',
        'from os import getenv\nENABLED = getenv("SCIPY_ARRAY_API", False)\n',
    )
    for module in asking:
        (tmp_path / "environment.py").write_text(module)
        assert labels(Config()) == ["integrate.quad"]
        assert labels(Config(scipy_array_api=False)) == ["special.erf", "integrate.quad"]
    (tmp_path / "environment.py").write_text(asking[0].replace("SCIPY_", "OUR_"))
    assert labels(Config()) == ["special.erf", "integrate.quad"]
    # What tests set says nothing of the users.
    (tmp_path / "environment.py").unlink()
    (tmp_path / "conftest.py").write_text(asking[1])
    assert labels(Config()) == ["special.erf", "integrate.quad"]


def test_rotations_are_objects_of_the_backend_where_scipy_dispatches(tmp_path: Path) -> None:
    text = """
        import numpy as np
        from scipy.spatial.transform import Rotation

        def turned_from(quaternion, vector, xp=np):
            rotation = Rotation.from_quat(xp.abs(quaternion))
            return xp.sum(rotation.inv().as_matrix()) * rotation.apply(vector)
    """
    (tmp_path / "rotations.py").write_text(dedent(text))
    for said, expected in ((False, ["XP202"]), (True, [])):
        report = check(Request(paths=(), root=tmp_path, config=Config(scipy_array_api=said)))
        assert [item.code for item in report.findings] == expected
