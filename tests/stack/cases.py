"""Every profile of the worked stack: how to build it from a vector, and where its parameters may lie."""

from dataclasses import dataclass
from typing import Any

import lensing as al
from hypothesis import strategies as st

CENTRE, ELLIPSE, SMALL = (-0.3, 0.3), (-0.3, 0.3), (-0.05, 0.05)
RADIUS, STRENGTH, INDEX, SLOPE = (0.5, 2.0), (0.05, 0.5), (0.8, 4.0), (1.6, 2.4)


@dataclass(frozen=True, eq=False)
class Case:
    """
    A profile class with the bounds of its parameters.

    `accuracy` bounds the difference between finite differences and exact derivatives.
    """

    cls: type
    names: dict[str, Any]
    accuracy: float = 1e-9

    @property
    def bounds(self):
        return [bound for value in self.names.values() for bound in (value if isinstance(value, list) else [value])]

    def build(self, vector):
        values = iter([vector[index] for index in range(len(self.bounds))])
        arguments = {
            name: tuple(next(values) for _ in bound) if isinstance(bound, list) else next(values)
            for name, bound in self.names.items()
        }
        return self.cls(**arguments)

    def parameters(self):
        return st.tuples(*(st.floats(low, high).map(lambda value: round(value, 3)) for low, high in self.bounds))

    def __str__(self):
        return self.cls.__name__


_GEOMETRY = {"centre": [CENTRE, CENTRE], "ell_comps": [ELLIPSE, ELLIPSE]}
_SPHERE = {"centre": [CENTRE, CENTRE]}

MASS = [
    Case(al.mp.Isothermal, _GEOMETRY | {"einstein_radius": RADIUS}),
    Case(al.mp.IsothermalSph, _SPHERE | {"einstein_radius": RADIUS}),
    Case(al.mp.NFW, _GEOMETRY | {"kappa_s": STRENGTH, "scale_radius": RADIUS}, accuracy=1e-8),
    Case(al.mp.NFWSph, _SPHERE | {"kappa_s": STRENGTH, "scale_radius": RADIUS}),
    Case(al.mp.PointMass, _SPHERE | {"einstein_radius": RADIUS}),
    Case(
        al.mp.PowerLawMultipole,
        _SPHERE | {"einstein_radius": RADIUS, "slope": SLOPE, "multipole_comps": [SMALL, SMALL]},
    ),
]
_SERSIC = {"intensity": STRENGTH, "effective_radius": RADIUS, "sersic_index": INDEX}
LIGHT = [Case(al.lp.Sersic, _GEOMETRY | _SERSIC), Case(al.lp.SersicSph, _SPHERE | _SERSIC)]
