"""Functions of the table that Python's `math`, `cmath` and `operator` do not have.

On floats a function raises where it is undefined (ValueError, ZeroDivisionError) or too large (OverflowError),
as those of `math` do. Those for complex steps decide by the real part, which is the number that the
imaginary perturbation is attached to.
"""

from __future__ import annotations

import cmath
import math

MOST_SCALED = 1000  # places by which numbers are scaled, at most: such powers of 2 are normal doubles


def lt(a: complex, b: complex) -> bool:
    return a.real < b.real


def le(a: complex, b: complex) -> bool:
    return a.real <= b.real


def gt(a: complex, b: complex) -> bool:
    return a.real > b.real


def ge(a: complex, b: complex) -> bool:
    return a.real >= b.real


def eq(a: complex, b: complex) -> bool:
    return a.real == b.real


def ne(a: complex, b: complex) -> bool:
    return a.real != b.real


def both(a: bool, b: bool) -> bool:
    return a and b


def either(a: bool, b: bool) -> bool:
    return a or b


def true() -> bool:
    return True


def false() -> bool:
    return False


def where(condition: bool, a: complex, b: complex) -> complex:
    return a if condition else b


def logaddexp(a: float, b: float) -> float:
    high, low = (a, b) if a >= b else (b, a)
    return high + math.log1p(math.exp(low - high))


def sigmoid(a: float) -> float:
    if a >= 0.0:
        return 1.0 / (1.0 + math.exp(-a))
    power = math.exp(a)
    return power / (1.0 + power)


def atan2(a: float, b: float) -> float:
    if a == 0.0 == b:
        raise ValueError("atan2(0, 0) is undefined")
    return math.atan2(a, b)


def sinc(a: float) -> float:
    return math.sin(a) / a if a else 1.0


def sign(a: float) -> float:
    return a and (1.0 if a > 0.0 else -1.0 if a < 0.0 else a)


def heaviside(a: float) -> float:
    return (1.0 + sign(a)) / 2.0


def maximum(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def floor(a: float) -> float:
    return float(math.floor(a))


def ceil(a: float) -> float:
    return float(math.ceil(a))


def round(a: float) -> float:
    whole = float(math.floor(a))
    above = a - whole
    return whole + float(above > 0.5 or (above == 0.5 and whole % 2.0 == 1.0))


# --- for complex steps ------------------------------------------------------------------------------------


def cpow(a: complex, b: complex) -> complex:
    exponent = b.real
    if b.imag or exponent != math.floor(exponent) or abs(exponent) > 1e6:
        return 0.0 * a if a == 0 and exponent > 0.0 and not b.imag else a**b
    result: complex = 1.0
    for bit in bin(abs(int(exponent)))[2:]:  # by the angle, the base's tiny imaginary part would be lost
        result = result * result * (a if bit == "1" else 1.0)
    return result if exponent >= 0.0 else 1.0 / result


def cabs(a: complex) -> complex:
    return a if a.real >= 0.0 else -a


def csign(a: complex) -> complex:
    return sign(a.real)


def cmaximum(a: complex, b: complex) -> complex:
    return a if a.real >= b.real else b


def cminimum(a: complex, b: complex) -> complex:
    return a if a.real <= b.real else b


def cfloor(a: complex) -> complex:
    return floor(a.real)


def cceil(a: complex) -> complex:
    return ceil(a.real)


def cround(a: complex) -> complex:
    return round(a.real)


def chypot(*arguments: complex) -> complex:
    scale = _scale(max(abs(argument.real) for argument in arguments))
    return cmath.sqrt(sum((argument / scale) * (argument / scale) for argument in arguments)) * scale


def _scale(size: float) -> float:
    """A power of 2 near a size: the squares of what is divided by it neither overflow nor vanish."""
    return math.ldexp(1.0, max(-MOST_SCALED, min(math.frexp(size)[1], MOST_SCALED)))
