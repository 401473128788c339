"""Objects that are concrete under a trace: what is read from them, and what private functions are given of them."""

from __future__ import annotations

import pytest

from xpcheck.model import Level

DATASETS = """
    import numpy as np

    class Psf:
        def convolved_from(self, values, xp=np):
            return xp.exp(-values)

    class Imaging:
        def __init__(self, psf: Psf = None):
            self.psf = psf

    class Interferometer:
        def __init__(self, data=None):
            self.data = data

        @property
        def psf(self):
            return None

    class Fit:
        def __init__(self, dataset: Imaging | Interferometer):
            self.dataset = dataset

        def blurred_from(self, values, xp=np):
            return self.dataset.psf.convolved_from(xp.abs(values){handed})
"""


@pytest.mark.parametrize(("handed", "codes"), [("", ["XP101"]), (", xp=xp", [])])
def test_an_attribute_of_one_class_is_a_property_of_another(findings, handed: str, codes: list[str]) -> None:
    found = findings({"datasets.py": DATASETS.replace("{handed}", handed)})
    assert [item.code for item in found if item.level in {Level.PROVED, Level.LIKELY}] == codes


STRUCTURES = """
    import numpy as np

    class AbstractNDArray:
        def __init__(self, array, xp=np):
            self._array = array

        @property
        def array(self):
            return self._array

        def __array__(self, dtype=None):
            return np.asarray(self._array, dtype)

        def with_new_array(self, array):
            self._array = array
            return self

        def __getitem__(self, item):
            import jax.numpy as jnp

            result = self._array[item]
            return self.with_new_array(result) if isinstance(result, jnp.ndarray) else result

    class Structure(AbstractNDArray):
        pass

    class Dataset:
        def __init__(self, kernel: Structure):
            self.kernel = kernel

    class Fit:
        def __init__(self, dataset: Dataset, weights: Structure):
            self.dataset = dataset
            self.weights = weights

        def blurred_from(self, values, xp=np):
            return blurred_from(xp.abs(values), {kernel}, xp=xp)

    def blurred_from(values: np.ndarray, kernel: np.ndarray, xp=np) -> np.ndarray:
        return xp.sum(values[:, None] * kernel[None, :], axis=1)
"""


@pytest.mark.parametrize(("kernel", "codes"), [("self.weights", {"XP505"}), ("self.dataset.kernel", set())])
def test_an_item_of_a_structure_of_numpy_is_an_array(findings, kernel: str, codes: set[str]) -> None:
    found = findings({"structures.py": STRUCTURES.replace("{kernel}", kernel)})
    assert {item.code for item in found if item.level in {Level.PROVED, Level.LIKELY}} == codes


WEIGHTS = """
    import numpy as np

    def norm_from(values, xp=np):
        return xp.sqrt(values)

    def {name}(weights, xp=np):
        return xp.asarray(norm_from(weights, xp=np))

    def evidence_from(values, xp=np):
        return xp.sum(values) + {name}({given}, xp=xp)
"""


@pytest.mark.parametrize(
    ("name", "given", "codes"),
    [
        ("_weights_from", "np.ones(3)", []),
        ("_weights_from", "values", ["XP102"]),
        ("weights_from", "np.ones(3)", ["XP102"]),
    ],
)
def test_a_private_function_has_what_its_callers_give(findings, name: str, given: str, codes: list[str]) -> None:
    text = WEIGHTS.replace("{name}", name).replace("{given}", given)
    found = findings({"weights.py": text})
    assert [item.code for item in found if item.level in {Level.PROVED, Level.LIKELY}] == codes


ANALYSES = """
    import numpy as np

    class Analysis:
        def __init__(self, use_jax: bool = False):
            self._use_jax = use_jax

        @property
        def _xp(self):
            if self._use_jax:
                import jax.numpy as jnp
                return jnp
            return np

    class Node:
        def __init__(self, name: str):
            self.name = name

    class Prior(Node, Analysis):
        def __init__(self, name: str):
            {told}

        {says}

        def likelihood_from(self, values):
            return self._xp.exp(factor_from(values))

    def factor_from(values):
        return np.log(values)

    class Fitness:
        def __init__(self, analysis: Prior):
            self.analysis = analysis

        def call(self, values, xp=np):
            return xp.sum(self.analysis.likelihood_from(xp.abs(values)))
"""
OWN = """@property
        def _xp(self):
            import jax.numpy as jnp
            return jnp
"""


@pytest.mark.parametrize(
    ("told", "says", "codes"),
    [
        ("Node.__init__(self, name)", "", []),
        ("Analysis.__init__(self, use_jax=True)", "", ["XP103"]),
        ("Node.__init__(self, name)", OWN, ["XP103"]),
    ],
)
def test_an_object_that_is_never_told_its_backend_runs_numpy(findings, told: str, says: str, codes: list[str]) -> None:
    text = ANALYSES.replace("{told}", told).replace("{says}", says)
    found = findings({"analyses.py": text})
    assert [item.code for item in found if item.level in {Level.PROVED, Level.LIKELY}] == codes
