"""A bound of the rounding error of every number that a program computes, found while it is computed.

Running error analysis (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002,
section 3.3; J. H. Wilkinson): each operation hands on its operands' errors by its partial derivatives, the steepest
of those at the operand and at both ends of its error's interval, and adds its own rounding. Where an operation
jumps, or a condition may be decided wrongly, the bound covers both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from gradcli.evaluate.floats import COARSE, functions, of_text
from gradcli.first_look import may_tie
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Program, Ref, is_double
from gradcli.results import SMALLEST_NORMAL

UNIT = 2.0**-53
"""Half the distance from 1 to the next double: the relative error of one rounding."""
SMALLEST = 5e-324
"""The smallest double above 0: what an underflow can lose."""
MAX_BOUNDED = 10_000
"""So many equations of a program, the first ones, get error bounds at points without being asked for them: of a larger
program they would cost more than the answer."""

WHOLE = 2.0**53
"""Whole numbers below it are doubles."""

_NONE: frozenset[Ref] = frozenset()
_COMPARISON = OPERATIONS["lt"].precedence
_MOST_OPEN = 8  # open decisions that are kept for one equation
DYADIC = 2**20  # a decimal with so few binary places was meant exactly
_DECIMAL = 1e15  # of decimals with up to 15 digits no two are the same double
WAVES = frozenset({"sin", "cos", "tan", "sec", "csc", "cot", "sinc", "np.sinc", "sinpi", "cospi"})
SMALL_ANGLE = 0.1  # errors of an angle up to this keep to one bend of a wave


class Bounds(NamedTuple):
    """What is known of the errors of a program's values at a point.

    Attributes:
        errors: a bound of the absolute error of each equation's value, by index; inf where none can be given.
        open: for each equation, some of the decisions (comparisons, jumps, kinks) that its value rests on and
            that rounding errors leave open; equations that rest on none are left out.
    """

    errors: list[float]
    open: dict[Ref, frozenset[Ref]]


def error_bounds(
    program: Program,
    order: Sequence[Ref],
    values: Sequence[Any],
    *,
    inputs_exact: bool = False,
    leaves: Iterable[Ref] | None = None,
    spread: float = 0.0,
) -> Bounds:
    """Bounds of the rounding errors of values that were computed.

    Args:
        order: the equations that were evaluated (without inputs and constants), in order.
        values: the values of all equations, by index. They are compared with exact arithmetic on the decimals
            as written.
        inputs_exact: whether the inputs are meant as the doubles that they are, not as decimals.
        leaves: the inputs and constants that matter; `None`: all.
        spread: by how much, relatively, the inputs may differ besides.
    """
    equations = program.equations
    errors = [0.0] * len(equations)
    found = Bounds(errors, {})
    for k in range(len(equations)) if leaves is None else leaves:
        name = equations[k][0]
        if name == "input":
            errors[k] = 0.0 if inputs_exact or seems_exact(values[k]) else lost_in_reading(values[k])
            errors[k] += spread * abs(values[k])
        elif name == "const" and not (seems_exact(values[k]) and seems_written(values[k], equations[k][1])):
            errors[k] = lost_in_reading(values[k])
    for k in order:
        equation = equations[k]
        row = OPERATIONS[equation[0]]
        if row.kind == "real":
            error = _bound(equation, values[k], values, found)
            errors[k] = error if error == error else math.inf
        decisions = _NONE
        if found.open:
            decisions = decisions.union(*(found.open.get(ref, _NONE) for ref in _relevant(equation, values)))
        if may_tie(equations, equation, edges=True) and is_open(equation, values, errors):
            decisions |= {k}
        if decisions:
            found.open[k] = frozenset(sorted(decisions)[:_MOST_OPEN])
    return found


def _relevant(equation: Equation, values: Sequence[Any]) -> Sequence[Ref]:
    """The operands whose decisions a value rests on: of `where` those of the branch that was taken.

    A comparison that is decided beyond errors rests on no other decision.
    """
    if equation[0] == "where":
        return equation[1], equation[2 if values[equation[1]] else 3]
    return () if OPERATIONS[equation[0]].precedence == _COMPARISON else equation[1:]


def is_open(equation: Equation, values: Sequence[Any], errors: Sequence[float] | Mapping[Ref, float]) -> bool:
    """Whether the errors of operands leave open which side of a tie an operation is on, or whether at an edge of it."""
    name, *refs = equation
    row = OPERATIONS[name]
    if not any(errors[ref] for ref in refs):
        return False
    if row.kind == "bool" or name in ("max", "min"):
        a, b = refs
        return not abs(values[a] - values[b]) > errors[a] + errors[b]
    if name in ("floor", "ceil", "round", "floordiv", "mod"):
        step = functions("python", True)["floordiv" if name == "mod" else name]
        corners = product(*(ends_of(values[ref], errors[ref]) for ref in refs))
        steps = {step(*corner) for corner in corners}
        return len(steps) > 1 or not all(map(math.isfinite, steps))  # beyond all doubles nothing is told apart
    condition = row.ties or row.edge
    if condition in ("a == 0", "self == 0"):
        return all(not abs(values[ref]) > errors[ref] for ref in refs)
    return bool(condition) and not _decided(condition, [values[ref] for ref in refs], [errors[ref] for ref in refs])[1]


def _decided(condition: str, arguments: list[float], errors: list[float]) -> tuple[bool, bool]:
    """Whether a condition of the table holds wherever its operands may be, and whether it nowhere holds."""
    from gradcli.evaluate.domains import decided

    table = functions("python", True)
    ends = {position: ends_of(arguments[position], error) for position, error in enumerate(errors) if error}
    return decided(condition, arguments, ends, lambda operation, *operands: table[operation](*operands))


def ends_of(at: float, error: float) -> tuple[float, float]:
    """The doubles at the ends of the interval that an error spans, or just beyond them."""
    if error == 0.0:
        return at, at
    low, high = at - error, at + error
    return (low if low < at else math.nextafter(at, -math.inf)), (high if high > at else math.nextafter(at, math.inf))


def lost_in_reading(value: float) -> float:
    """A bound of what a decimal loses as a double, which below the normal numbers has fewer digits."""
    return max(UNIT * abs(value), SMALLEST)


def seems_exact(value: float) -> bool:
    """Whether a double is, by all appearances, the very number that was written: it prints as no other.

    1e22 is, and 1e23 is not; 0.5 is, and 5000000000.1 is not, though its fraction has few binary digits.
    """
    if math.isinf(value) or value != value:
        return value == value
    denominator = value.as_integer_ratio()[1]
    if denominator > DYADIC:
        return False
    if denominator**4 * abs(value) < _DECIMAL or (denominator == 1 and abs(value) < WHOLE):
        return True
    from decimal import Decimal

    return Decimal(repr(value)) == Decimal(value)


def seems_written(value: float, decimal: str) -> bool:
    """Whether a double that appears to be exact is the decimal that was read as it."""
    if math.isinf(value) or is_double(decimal):
        return True
    from decimal import Decimal

    return Decimal(decimal) == Decimal(value)


def _bound(equation: Equation, value: float, values: Sequence[Any], found: Bounds) -> float:
    name, bounds = equation[0], found.errors
    if not math.isfinite(value):
        return 0.0 if math.isinf(value) and _is_infinite(equation[1:], values, bounds) else math.inf
    if name in ("add", "sub"):
        a, b = equation[1], equation[2]
        lost: float = lost_in_sum(values[a], values[b] if name == "add" else -values[b], value)
        return bounds[a] + bounds[b] + lost
    if name == "mul":
        a, b = equation[1], equation[2]
        handed: float = abs(values[a]) * bounds[b] + (abs(values[b]) + bounds[b]) * bounds[a]
        if handed < SMALLEST_NORMAL and ((values[a] and bounds[b]) or ((values[b] or bounds[b]) and bounds[a])):
            handed += SMALLEST  # bounds underflow, too
        return handed + _lost_in_product(values[a], values[b], value)
    if name == "div":
        a, b = equation[1], equation[2]
        room: float = abs(values[b]) - bounds[b]
        if room <= 0.0:
            return math.inf
        own = 0.0 if not values[a] or _is_scaled(values[b], value) else UNIT * abs(value) + SMALLEST
        handed = (bounds[a] + abs(value) * bounds[b]) / room
        if handed < SMALLEST_NORMAL and (bounds[a] or (bounds[b] and values[a])):
            handed += SMALLEST
        return handed + own
    if name == "where":
        return _choice_bound(equation, values, found)
    if name in ("max", "min"):
        return max(bounds[equation[1]], bounds[equation[2]])
    if name in ("neg", "abs"):
        return bounds[equation[1]]
    return _function_bound(equation, value, [values[k] for k in equation[1:]], [bounds[k] for k in equation[1:]])


def _is_infinite(operands: Sequence[Ref], values: Sequence[Any], bounds: Sequence[float]) -> bool:
    """Whether a result is infinite because an operand is, or for having none, and no error leaves its sign open."""
    known = all(bounds[ref] == 0.0 or bounds[ref] < abs(values[ref]) for ref in operands)
    return known and (not operands or any(math.isinf(values[ref]) for ref in operands))


def _choice_bound(equation: Equation, values: Sequence[Any], found: Bounds) -> float:
    """The bound of the branch that was taken; of both, where errors may have decided."""
    _, condition, a, b = equation
    taken, other = (a, b) if values[condition] else (b, a)
    bounds = found.errors
    if condition not in found.open:
        return bounds[taken]
    apart = abs(values[taken] - values[other]) + bounds[other]
    return max(bounds[taken], apart) if apart == apart else math.inf


def lost_in_sum(a: Any, b: Any, total: Any) -> Any:
    """The rounding error of a sum of floats or mpmath's numbers, exactly.

    D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B.
    """
    part = total - a
    lost = abs((a - (total - part)) + (b - part))
    return lost if lost == lost else UNIT * abs(total)


def _lost_in_product(a: float, b: float, product: float) -> float:
    """A bound of the rounding error of a product; whole numbers, zeros and powers of two multiply exactly."""
    if not (a and b) or (abs(product) < WHOLE and a.is_integer() and b.is_integer()):
        return 0.0
    if _is_scaled(a, product) or _is_scaled(b, product):
        return 0.0
    return UNIT * abs(product) + SMALLEST


def _is_scaled(factor: float, result: float) -> bool:
    """Whether a result differs from what was multiplied or divided by a factor in its exponent alone."""
    return abs(math.frexp(factor)[0]) == 0.5 and abs(result) >= SMALLEST_NORMAL


def _function_bound(equation: Equation, value: float, arguments: list[Any], errors: list[float]) -> float:
    """The bound for a function: what its arguments' errors make of it, and its own rounding."""
    name: str = equation[0]
    if any(errors) and not _is_defined_around(name, arguments, errors):
        return math.inf
    total = own_rounding(name, value, arguments)
    if total < SMALLEST_NORMAL and OPERATIONS[name].roundings and any(errors):
        total += SMALLEST
    for position, error in enumerate(errors):
        if error != 0.0:
            total += _handed_on(name, value, arguments, position, error)
    if name in WAVES:
        total = min(total, 2.0 * OPERATIONS[name].bound)
    return total if total == total else math.inf


def _is_defined_around(name: str, arguments: list[float], errors: list[float]) -> bool:
    """Whether an operation is defined wherever its arguments may be."""
    if name == "pow" and not errors[1] and arguments[1] >= 0.0 and arguments[1].is_integer():  # the usual case
        return True
    condition = OPERATIONS[name].defined
    return not condition or _decided(condition, arguments, errors)[0]


def _handed_on(name: str, value: float, arguments: list[float], position: int, error: float) -> float:
    """How far the function moves while one argument moves within its error."""
    row = OPERATIONS[name]
    if error == math.inf or (name == "pow" and position == 1 and arguments[0] < 0.0):  # beside whole numbers is nothing
        return math.inf
    if name in WAVES and error > SMALL_ANGLE:
        return 2.0 * row.bound
    at = arguments[position]
    ends = [[*arguments[:position], end, *arguments[position + 1 :]] for end in ends_of(at, error)]
    slope = slope_of(name, position, len(arguments))
    moved: list[float] = [abs(slope(*point)) * error for point in (arguments, *ends)]
    if row.ties:  # it may jump between the ends
        swing = _swing(name, value, ends)
        moved = [distance + swing for distance in moved] if swing < math.inf else moved
    return max(moved) if all(distance <= math.inf for distance in moved) else _swing(name, value, ends)


def _swing(name: str, value: float, ends: list[list[float]]) -> float:
    """How far the function itself is at the ends, where it has no finite slope; inf where it is undefined."""
    function = functions("python", True)[name]
    moved: list[float] = [abs(function(*end) - value) for end in ends]
    return max(moved) if all(distance <= math.inf for distance in moved) else math.inf


def own_rounding(name: str, value: float, arguments: list[float]) -> float:
    """The rounding of the function itself; what is computed through others is as good as its arguments' rounding."""
    row = OPERATIONS[name]
    if not row.roundings:
        return 0.0
    if name == "mod":  # exact, but for the addition of a divisor of the other sign
        return 0.0 if arguments[0] * arguments[1] >= 0.0 else UNIT * abs(arguments[1])
    if name == "pow" and abs(value) < WHOLE and all(float(a).is_integer() and a >= 0 for a in arguments):
        return 0.0
    if name == "sqrt" and value.is_integer() and value * value == arguments[0] < WHOLE:  # of a square
        return 0.0
    if name == "lgamma":  # computed as a difference, which cancels at 1 and 2
        return 16.0 * UNIT * (abs(value) + abs(arguments[0] * math.log(abs(arguments[0]) or 1.0)) + 1.0)
    own = row.roundings * UNIT * abs(value) + (SMALLEST if value or (row.underflows and all(arguments)) else 0.0)
    if not arguments or row.python.startswith("math."):
        return own
    inside = row.roundings if row.is_special else 4.0  # of its arguments, on the way
    for position, argument in enumerate(arguments):
        if math.isinf(argument):  # as exact as can be
            continue
        slope = abs(slope_of(name, position, len(arguments))(*arguments))
        own += inside * UNIT * abs(argument) * slope if slope <= math.inf else 0.0
    return own


@cache
def slope_of(name: str, position: int, count: int) -> Callable[..., float]:
    """The partial derivative of an operation on floats, with a bound's few digits; nan where there is none."""
    row = OPERATIONS[name]
    if row.arity is None:
        whole = functions("python", True)[name]
        return lambda *arguments: arguments[position] / (whole(*arguments) or math.nan)
    text = row.partials[position]
    if text is None:
        return lambda *_: math.nan
    function, total = (of_text(text, "abc"[:count], COARSE, is_total) for is_total in (False, True))

    def slope(*arguments: float) -> float:
        try:
            return function(*arguments)  # type: ignore[no-any-return]
        except (ValueError, ZeroDivisionError, OverflowError):  # it may have been on the branch that is not taken
            return total(*arguments)  # type: ignore[no-any-return]

    return slope
