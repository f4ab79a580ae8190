"""Weights of finite differences, exactly: which sum of samples is a derivative, and how wrong it is.

A stencil approximates the derivative of order m at 0 from samples at h times its offsets:

    f^(m)(0) = 1/h^m * sum of weight * f(h*offset)  -  coefficient * h^accuracy * f^(m + accuracy)(0)  - ...

The weights come from B. Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids",
Mathematics of Computation 51 (1988), 699-706, in fractions, so that they are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import factorial
from typing import Any, NamedTuple

from gradcli.errors import UsageError

SCHEMES = ("central", "forward", "backward")

Number = int | Fraction


class Stencil(NamedTuple):
    """A finite-difference formula.

    Attributes:
        order: of the derivative.
        offsets: where it samples, in steps from the point.
        weights: of the samples, for a step of 1; one an offset.
        accuracy: the power of the step that the error falls with.
        coefficient: of the leading term of the error (what the formula gives beyond the derivative).
    """

    order: int
    offsets: tuple[Number, ...]
    weights: tuple[Fraction, ...]
    accuracy: int
    coefficient: Fraction


def stencil(scheme: str, order: int, accuracy: int) -> Stencil:
    """The smallest stencil of a scheme that has an accuracy.

    Raises:
        UsageError: see `scheme_offsets`.
    """
    return from_offsets(scheme_offsets(scheme, order, accuracy), order)


def from_offsets(offsets: Sequence[Number], order: int) -> Stencil:
    """The stencil of highest accuracy on given offsets.

    Raises:
        UsageError: the order is below 1, the offsets are too few, or one is given twice.
    """
    if order < 1:
        raise UsageError("the order of a stencil is a whole number from 1")
    weights = fornberg(offsets, order)
    power = order + 1
    while not (moment := _moment(offsets, weights, power)):
        power += 1
    return Stencil(order, tuple(offsets), weights, power - order, moment / factorial(power))


def scheme_offsets(scheme: str, order: int, accuracy: int) -> tuple[int, ...]:
    """Where a scheme samples: on both sides of the point, or on one side and at the point.

    Raises:
        UsageError: an unknown scheme, an order or accuracy below 1, an odd accuracy of a central scheme.
    """
    if scheme not in SCHEMES:
        raise UsageError(f"there is no stencil '{scheme}'", hint=f"there are: {', '.join(SCHEMES)}")
    if order < 1 or accuracy < 1:
        raise UsageError("the order and the accuracy of a stencil are whole numbers from 1")
    if scheme == "central":
        if accuracy % 2:
            raise UsageError(f"a central stencil has an even accuracy, not {accuracy}", hint=f"use {accuracy + 1}")
        reach = (order + 1) // 2 + accuracy // 2 - 1
        return tuple(range(-reach, reach + 1))
    offsets = tuple(range(order + accuracy))
    return offsets if scheme == "forward" else tuple(-k for k in reversed(offsets))


def fornberg(offsets: Sequence[Number], order: int) -> tuple[Fraction, ...]:
    """The weights that give the derivative of an order at 0, exact for polynomials of degree below the count.

    Raises:
        UsageError: the offsets are not more than the order, or one is given twice.
    """
    nodes = [Fraction(offset) for offset in offsets]
    if len(nodes) <= order:
        raise UsageError(f"a derivative of order {order} needs at least {order + 1} samples, not {len(nodes)}")
    if len(set(nodes)) < len(nodes):
        raise UsageError("two samples at the same place")
    return tuple(_weights(nodes, order, Fraction(1)))


def fornberg_rows(nodes: Sequence[Any], order: int) -> list[Any]:
    """As `fornberg`, in doubles, for many points at once.

    Args:
        nodes: an array for each sample: where it lies from each of the points. All differ.
    """
    return _weights(nodes, order, 0.0 * nodes[0] + 1.0)


def _weights(nodes: Sequence[Any], order: int, one: Any) -> list[Any]:
    """Fornberg's recursion, for any kind of number: fractions, or arrays of doubles."""
    zero = one - one
    # table[j][m] is the weight of node j for the derivative of order m, from the nodes so far; where m is 0, the
    # factor m drops what stands at m - 1.
    table = [[zero] * (order + 1) for _ in nodes]
    table[0][0] = one
    spread = one
    for n in range(1, len(nodes)):
        product = one
        newest = [zero] * (order + 1)
        for j in range(n):
            gap = nodes[n] - nodes[j]
            product = product * gap
            if j == n - 1:
                newest = [
                    spread / product * (m * table[j][m - 1] - nodes[n - 1] * table[j][m]) for m in range(order + 1)
                ]
            table[j] = [(nodes[n] * table[j][m] - m * table[j][m - 1]) / gap for m in range(order + 1)]
        table[n] = newest
        spread = product
    return [row[order] for row in table]


def _moment(offsets: Sequence[Number], weights: Sequence[Fraction], power: int) -> Fraction:
    return sum((w * Fraction(o) ** power for o, w in zip(offsets, weights, strict=True)), Fraction(0))
