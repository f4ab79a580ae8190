"""Numbers between decimals, as they are written, and SymPy's rationals: which of them it may see."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

MAX_BITS = 600
"""Of a constant that is computed exactly."""

_MAX_LITERAL = 12  # characters of a decimal that SymPy may get to see as a number
_LARGEST_SMALL = 10**6  # of its numerator and denominator: SymPy takes exp(1e23*x) for a power of exp(x)


def bits(number: Any) -> int:
    """The length of a rational number; 0 for any other."""
    return max(int(number.p).bit_length(), int(number.q).bit_length()) if number.is_Rational else 0


def literal(text: str) -> Any | None:
    """A short decimal as a number; one with more digits is a measured constant, and stays as it was written."""
    if not is_short(text, _MAX_LITERAL):
        return None
    value = Fraction(text)
    if max(value.numerator, value.denominator) > _LARGEST_SMALL:
        return None
    return sympy.Rational(value.numerator, value.denominator)


def is_short(text: str, places: int) -> bool:
    """Whether a decimal has so few places, those of its exponent too, that its fraction is soon computed."""
    return len(text) <= places and abs(int(text.partition("e")[2] or "0")) <= places


def decimal(p: int, q: int, most: int = 17) -> str | None:
    """A fraction as a decimal of at most so many digits, if it is one."""
    twos = fives = 0
    rest = q
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    shift = max(twos, fives)
    digits = str(p * 10**shift // q)
    return f"{digits}e-{shift}" if rest == 1 and len(digits.rstrip("0")) <= most else None
