"""Kernels: what no arithmetic can take apart, each a generator of one field of rational functions."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from gradcli.sympy_bridge import sympy

Element = Any
"""A fraction of polynomials in kernels."""

Polynomial = Any

MAX_TERMS = 300
"""Of a numerator or denominator."""

MAX_POWER = 40

_MAX_KERNELS = 40  # beside the variables
_MAX_GRAIN = 60  # into so many parts an exponent or an angle is cut


class TooHard(Exception):
    """The formula is beyond the bounds, or beyond the method."""


class Nowhere(Exception):
    """In this case the formula is defined nowhere, or at single points only."""


class Open(Exception):
    """The sign of a polynomial decides."""

    def __init__(self, polynomial: Polynomial) -> None:
        super().__init__()
        self.polynomial = polynomial


class Finer(Exception):
    """A kernel has to be cut into more parts; all begins again."""


class Kernels:
    """The kernels met so far, as generators of one field, the same in all cases."""

    def __init__(self, variables: int, branching: bool) -> None:
        """Without any.

        Args:
            variables: how many there are.
            branching: whether there is a `where`: what a branch that is not taken needs to be defined says nothing of
                the point.
        """
        self.most = _MAX_KERNELS + variables
        names = [f"g{k}" for k in range(self.most)]
        field = sympy.polys.fields.field(names, sympy.QQ)
        self.field = field[0]
        self.generators: list[Element] = list(field[1:])
        self.ring = self.field.ring
        self.grain: dict[Any, int] = {}
        self.branching = branching
        self.forget()

    def forget(self) -> None:
        """Begins again, but for what is known of the grain."""
        self.index: dict[Any, int] = {}
        self.keys: list[Any] = []

    def generator(self, *key: Any) -> Element:
        """The generator of a kernel."""
        if key not in self.index:
            if len(self.keys) >= self.most:
                raise TooHard
            self.index[key] = len(self.keys)
            self.keys.append(key)
        return self.generators[self.index[key]]

    def parts(self, key: Any, denominator: int) -> int:
        """Into how many parts a kernel is cut, so that a fraction of it is a whole number of them."""
        known = self.grain.get(key, 1)
        needed = lcm(known, denominator)
        if needed > _MAX_GRAIN:
            raise TooHard
        self.grain[key] = needed
        if needed != known and key in self.grain and any(k[1:] == key for k in self.keys):
            raise Finer
        return needed


def fraction(number: Any) -> Fraction:
    return Fraction(int(number.numerator), int(number.denominator))
