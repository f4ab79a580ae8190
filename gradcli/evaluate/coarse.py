"""Functions to some twelve digits, at a small part of their cost, for slopes that only bounds of errors are made of.

A bound means its first digit or two; the numbers themselves come from `special`, which takes a hundred times as long.
"""

from __future__ import annotations

from functools import cache
from math import copysign, factorial, inf, log, pi, remainder, tan

from gradcli.evaluate import special

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B_2, B_4, ...
_FAR = 10  # more than the order: from there on the series has its digits
_HIGHEST = 10  # of the orders; others are rare

_polygamma = special.function("polygamma", lambda order, _: order >= 0.0 and order % 1.0 == 0.0)


def digamma(x: float) -> float:
    """The slope of lgamma.

    Raises:
        ValueError: it is undefined here.
    """
    return polygamma(0.0, x)


def polygamma(order: float, x: float) -> float:
    """A derivative of digamma: by reflection (DLMF 5.15.6), recurrence (5.15.5) and asymptotic series (5.15.8, 5.15.9).

    Raises:
        ValueError: it is undefined here; OverflowError, it is too large for a float.
    """
    if not abs(x) < inf or (x <= 0.0 and x % 1.0 == 0.0):
        raise ValueError("polygamma is undefined here")
    n = int(order) if 0.0 <= order <= _HIGHEST else -1
    if n != order:
        return _polygamma(order, x)
    sign = -1.0 if n % 2 else 1.0
    if x < 0.0:
        return sign * polygamma(order, 1.0 - x) - pi * _cotangent_derivative(n, x)
    passed = 0.0
    while x < n + _FAR:
        passed += x ** -(n + 1)
        x += 1.0
    return -sign * (_series(n, x) + factorial(n) * passed)


def _series(n: int, x: float) -> float:
    """The asymptotic one, without its sign."""
    tail = 0.0
    for coefficient in reversed(_coefficients(n)):
        tail = (tail + coefficient) / x / x
    power = x**-n
    lead = power * factorial(n - 1) if n else -log(x)
    return lead + power * (factorial(n) / x / 2.0 + tail)


@cache
def _coefficients(n: int) -> list[float]:
    """B_2k*(2k + n - 1)!/(2k)!."""
    evens = range(2, 2 * len(_BERNOULLI) + 1, 2)
    return [number * (factorial(k + n - 1) / factorial(k)) for k, number in zip(evens, _BERNOULLI, strict=True)]


def _cotangent_derivative(order: int, x: float) -> float:
    """That of cot(pi*x)."""
    part = remainder(x, 1.0)
    size, total = abs(part), 0.0
    cotangent = copysign(tan(pi * (0.5 - size)) if size > 0.25 else 1.0 / tan(pi * size), part)
    for coefficient in reversed(special.cotangent_coefficients(order)):
        total = total * cotangent + coefficient
    return (-pi) ** order * total
