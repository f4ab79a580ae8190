"""A bound of the rounding error of every number that a program computes, found while it is computed.

Running error analysis (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002,
section 3.3; J. H. Wilkinson): each operation hands on its operands' errors by its partial derivatives, the steepest
of those at the operand and at both ends of its error's interval, and adds its own rounding. Where an operation
jumps, or a condition may be decided wrongly, the bound covers both sides.
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
_WAVES = frozenset({"sin", "cos", "tan", "sec", "csc", "cot", "sinc", "np.sinc"})
_SMALL_ANGLE = 0.1  # errors of an angle up to this keep to one bend of a wave


def error_bounds(program: Program, order: Sequence[Ref], values: Sequence[Any]) -> list[float]:
    """A bound of the absolute error of each equation's value, by index; inf where none can be given.

    Args:
        order: the equations that were evaluated (without inputs and constants), in order.
        values: the values of all equations, by index. They are compared with exact arithmetic on the decimals
            as written.
    """
    equations = program.equations
    bounds = [0.0] * len(equations)
    undecided: set[Ref] = set()
    for k, equation in enumerate(equations):
        name = equation[0]
        if name == "input":
            bounds[k] = 0.0 if _exact(values[k]) else UNIT * abs(values[k])
        elif name == "const" and not _exact(values[k]):
            bounds[k] = UNIT * abs(values[k]) + _SMALLEST
    for k in order:
        equation = equations[k]
        if OPERATIONS[equation[0]].kind == "bool":
            if _is_undecided(equation, values, bounds, undecided):
                undecided.add(k)
        else:
            bounds[k] = _bound(equation, values[k], values, bounds, undecided)
    return bounds


def _exact(value: float) -> bool:
    """Whether a double is, by all appearances, the very number that was written."""
    return math.isinf(value) or (value == value and value.as_integer_ratio()[1] <= _DYADIC and abs(value) < _WHOLE)


def _is_undecided(equation: Equation, values: Sequence[Any], bounds: Sequence[float], undecided: set[Ref]) -> bool:
    """Whether the errors of what is compared leave it open if a condition holds."""
    if equation[0] in ("not", "and", "or"):
        return any(ref in undecided for ref in equation[1:])
    if len(equation) < 3:
        return False
    error = bounds[equation[1]] + bounds[equation[2]]
    return error > 0.0 and not abs(values[equation[1]] - values[equation[2]]) > error


def _bound(
    equation: Equation, value: float, values: Sequence[Any], bounds: Sequence[float], undecided: set[Ref]
) -> float:
    name = equation[0]
    if not math.isfinite(value):
        return math.inf
    if name == "add":
        a, b = equation[1], equation[2]
        return bounds[a] + bounds[b] + _lost_in_sum(values[a], values[b], value)
    if name == "sub":
        a, b = equation[1], equation[2]
        return bounds[a] + bounds[b] + _lost_in_sum(values[a], -values[b], value)
    if name == "mul":
        a, b = equation[1], equation[2]
        handed: float = abs(values[a]) * bounds[b] + (abs(values[b]) + bounds[b]) * bounds[a]
        return handed + _lost_in_product(values[a], values[b], value)
    if name == "div":
        a, b = equation[1], equation[2]
        room: float = abs(values[b]) - bounds[b]
        if room <= 0.0:
            return math.inf
        own = UNIT * abs(value) + _SMALLEST if values[a] else 0.0
        return (bounds[a] + abs(value) * bounds[b]) / room + own
    if name == "where":
        return _choice_bound(equation, values, bounds, undecided)
    if name in ("max", "min"):
        return max(bounds[equation[1]], bounds[equation[2]])
    if name in ("neg", "abs"):
        return bounds[equation[1]]
    return _function_bound(equation, value, [values[k] for k in equation[1:]], [bounds[k] for k in equation[1:]])


def _choice_bound(equation: Equation, values: Sequence[Any], bounds: Sequence[float], undecided: set[Ref]) -> float:
    """The bound of the branch that was taken; of both, where errors may have decided."""
    _, condition, a, b = equation
    taken, other = (a, b) if values[condition] else (b, a)
    if condition not in undecided:
        return bounds[taken]
    apart = abs(values[taken] - values[other]) + bounds[other]
    return max(bounds[taken], apart) if apart == apart else math.inf


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
    name: str = equation[0]
    total = _own(name, value, arguments)
    for position, error in enumerate(errors):
        if error != 0.0:
            total += _handed_on(name, value, arguments, position, error)
    return total if total == total else math.inf


def _handed_on(name: str, value: float, arguments: list[float], position: int, error: float) -> float:
    """How far the function moves while one argument moves within its error."""
    row = OPERATIONS[name]
    if error == math.inf:
        return math.inf
    if name in _WAVES and error > _SMALL_ANGLE:
        return 2.0 if name in ("sin", "cos") else math.inf
    at = arguments[position]
    ends = [[*arguments[:position], end, *arguments[position + 1 :]] for end in (at - error, at + error)]
    if row.ties:  # it may jump between the ends
        function = functions("python", True)[name]
        moved: list[float] = [abs(function(*end) - value) for end in ends]
    else:
        slope = _slope(name, position, len(arguments))
        moved = [abs(slope(*point)) * error for point in (arguments, *ends)]
    return max(moved) if all(distance <= math.inf for distance in moved) else _swing(name, value, ends)


def _swing(name: str, value: float, ends: list[list[float]]) -> float:
    """How far the function itself is at the ends, where it has no finite slope; inf where it is undefined."""
    function = functions("python", True)[name]
    moved: list[float] = [abs(function(*end) - value) for end in ends]
    return max(moved) if all(distance <= math.inf for distance in moved) else math.inf


def _own(name: str, value: float, arguments: list[float]) -> float:
    """The rounding of the function itself; what is computed through others is as good as its arguments' rounding."""
    row = OPERATIONS[name]
    if not row.roundings:
        return 0.0
    if name == "mod":  # exact, but for the addition of a divisor of the other sign
        return 0.0 if arguments[0] * arguments[1] >= 0.0 else UNIT * abs(arguments[1])
    if name == "pow" and abs(value) < _WHOLE and all(float(a).is_integer() and a >= 0 for a in arguments):
        return 0.0
    if name == "lgamma":  # computed as a difference, which cancels at 1 and 2
        return 16.0 * UNIT * (abs(value) + abs(arguments[0] * math.log(abs(arguments[0]) or 1.0)) + 1.0)
    own = row.roundings * UNIT * abs(value) + (_SMALLEST if value or (row.underflows and all(arguments)) else 0.0)
    if not arguments or row.python.startswith("math."):
        return own
    for position, argument in enumerate(arguments):
        slope = abs(_slope(name, position, len(arguments))(*arguments))
        own += 4.0 * UNIT * abs(argument) * slope if slope <= math.inf else 0.0
    return own


@cache
def _slope(name: str, position: int, count: int) -> Callable[..., float]:
    """The partial derivative of an operation as a float function; nan where there is none."""
    row = OPERATIONS[name]
    if row.arity is None:
        whole = functions("python", True)[name]
        return lambda *arguments: arguments[position] / (whole(*arguments) or math.nan)
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
