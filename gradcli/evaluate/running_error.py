"""A bound of the rounding error of every number that a program computes, found while it is computed.

Running error analysis (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002,
section 3.3; J. H. Wilkinson): each operation hands on its operands' errors by its partial derivatives, and adds
its own rounding. The bounds are of first order; where an operand's error is large beside the operand, the
function is looked at on both ends of the error's interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from gradcli.evaluate.floats import functions, of_text
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Program, Ref

UNIT = 2.0**-53
"""Half the distance from 1 to the next double: the relative error of one rounding."""

_SMALLEST = 5e-324
_WHOLE = 2.0**53
_DYADIC = 2**20  # a decimal with so few binary places was meant exactly
_LINEAR = 1e-7  # relative errors up to this are handed on by the derivative alone

# Roundings of one call (an ulp is two): the known errors of the C library's functions, rounded up
# (The GNU C Library Manual, 19.7). For functions with a meaning, and for lgamma, see `_own`.
_ROUNDINGS = {
    "sqrt": 1, "pow": 2, "exp": 2, "log": 2, "sin": 2, "cos": 2, "tan": 2, "asin": 2, "acos": 2, "atan": 2,
    "erfc": 12, "cbrt": 10, "gamma": 32, "digamma": 32, "polygamma": 32,
}  # fmt: skip
_EXACT = frozenset(
    {"neg", "abs", "sign", "max", "min", "where", "floor", "ceil", "round", "heaviside", "inf", "floordiv"}
)
_USUAL = 6


def error_bounds(program: Program, order: Sequence[Ref], values: Sequence[Any]) -> list[float]:
    """A bound of the absolute error of each equation's value, by index; inf where none can be given.

    Args:
        order: the equations that were evaluated (without inputs and constants), in order.
        values: the values of all equations, by index. They are compared with exact arithmetic on the decimals
            as written.
    """
    equations = program.equations
    bounds = [0.0] * len(equations)
    for k, equation in enumerate(equations):
        name = equation[0]
        if name == "input":
            bounds[k] = 0.0 if _exact(values[k]) else UNIT * abs(values[k])
        elif name == "const" and not _exact(values[k]):
            bounds[k] = UNIT * abs(values[k]) + _SMALLEST
    for k in order:
        value = values[k]
        if not isinstance(value, bool):
            bounds[k] = _bound(equations[k], value, values, bounds)
    return bounds


def _exact(value: float) -> bool:
    """Whether a double is, by all appearances, the very number that was written."""
    return math.isinf(value) or (value == value and value.as_integer_ratio()[1] <= _DYADIC and abs(value) < 2.0**53)


def _bound(equation: Equation, value: float, values: Sequence[Any], bounds: Sequence[float]) -> float:
    name = equation[0]
    a: Ref
    b: Ref
    if not math.isfinite(value):
        return math.inf
    if len(equation) == 3:
        a, b = equation[1], equation[2]
        if name == "add":
            return bounds[a] + bounds[b] + _lost_in_sum(values[a], values[b], value)
        if name == "sub":
            return bounds[a] + bounds[b] + _lost_in_sum(values[a], -values[b], value)
        if name == "mul":
            handed: float = abs(values[a]) * bounds[b] + (abs(values[b]) + bounds[b]) * bounds[a]
            return handed + _lost_in_product(values[a], values[b], value)
        if name == "div":
            room: float = abs(values[b]) - bounds[b]
            if room <= 0.0:
                return math.inf
            return (bounds[a] + abs(value) * bounds[b]) / room + UNIT * abs(value) + (_SMALLEST if values[a] else 0.0)
    if name == "where":
        return bounds[equation[2 if values[equation[1]] else 3]]
    if name in ("max", "min"):
        return max([bounds[ref] for ref in equation[1:]])
    if name in ("neg", "abs"):
        return bounds[equation[1]]
    return _function_bound(equation, value, [values[k] for k in equation[1:]], [bounds[k] for k in equation[1:]])


def _lost_in_sum(a: float, b: float, total: float) -> float:
    """The rounding error of a sum, exactly (D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B)."""
    part = total - a
    lost = abs((a - (total - part)) + (b - part))
    return lost if lost == lost else UNIT * abs(total)


def _lost_in_product(a: float, b: float, product: float) -> float:
    """A bound of the rounding error of a product; whole numbers and zeros multiply exactly."""
    if not (a and b) or (abs(product) < _WHOLE and a.is_integer() and b.is_integer()):
        return 0.0
    return UNIT * abs(product) + _SMALLEST


def _function_bound(equation: Equation, value: float, arguments: list[Any], errors: list[float]) -> float:
    """The bound for a function: what its arguments' errors make of it, and its own rounding."""
    name = equation[0]
    slopes = [abs(_slope(name, position, len(arguments))(*arguments)) if error or name not in _ROUNDINGS else 0.0
              for position, error in enumerate(errors)]  # fmt: skip
    total = _own(name, value, arguments, slopes)
    for position, error in enumerate(errors):
        if error == 0.0:
            continue
        handed = slopes[position] * error
        if not error <= _LINEAR * abs(arguments[position]) or not math.isfinite(handed):
            handed = max(handed if handed == handed else 0.0, _swing(name, value, arguments, position, error))
        total += handed
    return total if total == total else math.inf


def _own(name: str, value: float, arguments: list[float], slopes: list[float]) -> float:
    """The rounding of the function itself; what is computed through a meaning is as good as its argument's rounding."""
    if name in _EXACT or not arguments:
        return 0.0 if name in _EXACT else UNIT * abs(value)
    if name == "mod":  # exact, but for the addition of a divisor of the other sign
        return 0.0 if arguments[0] * arguments[1] >= 0.0 else UNIT * abs(arguments[1])
    row = OPERATIONS[name]
    if name == "pow" and abs(value) < _WHOLE and all(float(a).is_integer() and a >= 0 for a in arguments):
        return 0.0
    if name == "lgamma":  # computed as a difference, which cancels at 1 and 2
        return 16.0 * UNIT * (abs(value) + abs(arguments[0] * math.log(abs(arguments[0]) or 1.0)) + 1.0)
    own = _ROUNDINGS.get(name, _USUAL) * UNIT * abs(value) + (0.0 if value == 0.0 else _SMALLEST)
    if value == 0.0 and name in ("exp", "exp2", "erfc", "sech", "csch", "sigmoid", "softplus", "pow"):
        own = _SMALLEST
    if row.python.startswith("math."):
        return own
    moved = sum(abs(a) * s for a, s in zip(arguments, slopes, strict=True) if math.isfinite(s))
    return 4.0 * (own + UNIT * moved)


def _swing(name: str, value: float, arguments: list[float], position: int, error: float) -> float:
    """How far the function moves at the ends of the interval that an argument's error spans; inf if undefined."""
    function = functions("python", True)[name]
    largest = 0.0
    for end in (arguments[position] - error, arguments[position] + error):
        moved = abs(function(*[*arguments[:position], end, *arguments[position + 1 :]]) - value)
        if not moved <= math.inf:
            return math.inf
        largest = max(largest, moved)
    return largest


@cache
def _slope(name: str, position: int, count: int) -> Callable[..., float]:
    """The partial derivative of an operation as a float function; nan where there is none."""
    row = OPERATIONS[name]
    if row.arity is None:
        whole = functions("python", True)[name]
        return lambda *arguments: arguments[position] / (whole(*arguments) or math.nan)
    if not row.partials:
        return _slope_of_meaning(name, position)
    text = row.partials[position]
    if text is None:
        return lambda *_: math.nan
    function = of_text(text, "abc"[:count])

    def slope(*arguments: float) -> float:
        try:
            return function(*arguments)  # type: ignore[no-any-return]
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    return slope


def _slope_of_meaning(name: str, position: int) -> Callable[..., float]:
    """The slope of an operation that is differentiated through its meaning (all of them are affine)."""
    whole = functions("python", True)[name]

    def slope(*arguments: float) -> float:
        step = max(abs(arguments[position]), 1.0) * 2.0**-17
        moved = [*arguments[:position], arguments[position] + step, *arguments[position + 1 :]]
        return 2.0 * abs(whole(*moved) - whole(*arguments)) / step  # type: ignore[no-any-return]

    return slope
