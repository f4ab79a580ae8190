"""A program's values to as many digits as are asked for, each with a bound of its error.

The precision is raised until the bound allows the digits. The bound is a running error (N. J. Higham, Accuracy and
Stability of Numerical Algorithms, 2nd ed., SIAM 2002, section 3.3), to first order in the unit of rounding, which
is at most 10^-15 of what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, nextafter
from typing import Any, NamedTuple

from gradcli.algebra import Algebra
from gradcli.evaluate import special
from gradcli.evaluate.domains import decided
from gradcli.evaluate.multiprecision import Multiprecision, Undecided, Undefined
from gradcli.evaluate.rationals import Rationals, exact_values
from gradcli.evaluate.running_error import lost_in_sum
from gradcli.operations import OPERATIONS
from gradcli.program import LEAVES, Builder, Equation, Program, Ref, live
from gradcli.results import Written
from gradcli.rules import expand

MORE = 2000  # digits beyond those asked for, after which the search ends
_SPARE = 15
SETTLED = 400  # digits to which numbers agree that decisions take for equal where fractions don't tell
_LOG10_2 = 0.30103
_TERMS = 4  # powers of a tiny number that have to be seen beside 1: x^2 is what is left of exp(x) - 1 - x
_ROUND_DIGITS = 100  # in such steps come the digits for that: none for what is larger than about 1e-12
_SLOPE_DIGITS = 40
_FAR = 60  # binary places before the point, beyond which functions may be steeper than slopes have digits
_STEEP = 1e10  # times its operand, a slope from which on a singularity may be near
_SMALL = 1e-15  # errors beside which slopes are the same everywhere
_ROUNDINGS = 4  # of a function, in units of the last place
_MOST_SLOW = 500  # digits of those that take mpmath long

_STEPS = frozenset({"floor", "ceil", "round", "sign", "floordiv"})

_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": lambda a, b, sum_, da, db: da + db,
    "sub": lambda a, b, difference, da, db: da + db,
    "mul": lambda a, b, product, da, db: a * db + b * da + da * db,
    "div": lambda a, b, quotient, da, db: (da + quotient * db) / (b - db) if db < b else db.context.inf,
}
"""What errors of two operands make of a result, all of them without signs; however large the errors are."""

Point = Callable[[Multiprecision | Rationals], Mapping[str, Any]]
"""A point in any precision, or in fractions: the numbers of the variables, in the arithmetic that they are for."""


def as_printed(point: Mapping[str, float]) -> Point:
    """A point of doubles, each of them taken for the decimals that it prints as."""
    texts = {name: repr(value) for name, value in point.items()}
    return lambda arithmetic: {name: arithmetic.number(text) for name, text in texts.items()}


class Certain(NamedTuple):
    """A number with a bound of its absolute error, both mpmath's; `Undefined` in the place of a number that is none.

    Where rounding alone may have led out of a domain, the bound is infinite.
    """

    value: Any
    error: Any

    @property
    def is_real(self) -> bool:
        """Whether it is a number at all, and not infinite."""
        return not isinstance(self.value, Undefined) and bool(self.value.context.isfinite(self.value))


def certain_values(
    program: Program, roots: Sequence[Ref], point: Point, digits: int, more: int | None = None
) -> list[Certain]:
    """The values of equations at a point, each to so many significant digits where that can be reached.

    Args:
        more: digits beyond those, with which the search ends; by default 2,000.
    """
    algebra = Algebra(Builder.extending(program))
    roots = expand(algebra, roots, _only_by_meaning)  # so that what cancels in a meaning is seen
    equations = algebra.equations
    order = live(equations, roots)
    found: dict[Ref, Certain] = {}
    precision = digits + _SPARE
    slowest = min(_most_digits(equations[k][0]) for k in order)
    highest = max(precision, min(digits + (MORE if more is None else more), slowest))
    fullest = Multiprecision(highest + MORE)
    exact = _leaves(equations, order, point, fullest)
    settled = min(highest, SETTLED + further_digits(exact.values()))
    while len(found) < len(set(roots)):
        arithmetic = Multiprecision(precision)
        values = arithmetic.run(equations, order, point(arithmetic))
        errors = _errors(equations, order, values, exact, precision >= settled, arithmetic)
        last = precision >= highest
        if not all(enough(Certain(values[root], errors[root]), digits) for root in roots):
            defined = {k for k in order if not isinstance(values[k], Undefined) and arithmetic.ctx.isfinite(errors[k])}
            known = exact_values(equations, order, point, defined.__contains__)
            if known := {k: value for k, value in known.items() if errors[k]}:
                equations = [*equations]
                for k, value in known.items():
                    equations[k] = _as_constant(value)
                exact |= {k: fullest.number(str(int(value))) for k, value in known.items()}
                continue
        for root in roots:
            number = Certain(values[root], errors[root])
            if root not in found and (last or enough(number, digits)):
                found[root] = number
        precision = min(2 * precision, highest)
    return [found[root] for root in roots]


def further_digits(numbers: Iterable[Any]) -> int:
    """The digits that tell what is tiny or huge in a program from 0 beside 1: `exp(x) - 1` at 1e-300 is not 0.

    Args:
        numbers: its constants and the point, as mpmath's.
    """
    places = max((abs(int(x.context.mag(x))) for x in numbers if x and x.context.isfinite(x)), default=0)
    return min(int(places * _LOG10_2 * _TERMS / _ROUND_DIGITS + 0.5) * _ROUND_DIGITS, MORE)


def digits_of_constants(equations: Iterable[Equation]) -> int:
    """The digits that a program's constants ask for; see `further_digits`."""
    arithmetic = Multiprecision(_SLOPE_DIGITS)
    return further_digits(arithmetic.number(equation[1]) for equation in equations if equation[0] == "const")


def _as_constant(known: int | bool) -> Equation:
    if isinstance(known, bool):
        return ("true",) if known else ("false",)
    return "const", str(known)


def _only_by_meaning(name: str) -> bool:
    row = OPERATIONS[name]
    return bool(row.meaning) and not row.is_special and not Multiprecision.has_own(name)


def _leaves(
    equations: Sequence[Equation], order: Sequence[Ref], point: Point, arithmetic: Multiprecision
) -> dict[Ref, Any]:
    """The numbers that stand in a program, of its variables too, to more digits than it is computed with."""
    return arithmetic.run(equations, [k for k in order if equations[k][0] in LEAVES], point(arithmetic))


def _most_digits(name: str) -> int:
    """The precision up to which it is raised for an operation: it takes functions of mpmath's ever longer."""
    return _MOST_SLOW if name in special.SLOW else special.most_digits(name)


def enough(number: Certain, digits: int) -> bool:
    """Whether the bound allows so many digits."""
    if isinstance(number.value, Undefined):
        return not number.error
    return bool(number.error == 0 or 2 * number.error * 10**digits <= abs(number.value))


def rounded(number: Certain, digits: int) -> tuple[Written, float]:
    """A number as it is written with so many significant digits, and a bound of the error of what stands there."""
    shown = written(number.value, digits)
    rounding = 5 * number.value.context.mpf(10) ** (shown.exponent - digits) if number.value else 0
    bound = number.error + rounding
    return shown, nextafter(float(bound), inf) if bound else 0.0


def written(number: Any, digits: int, whole: bool = True, rounded: bool = False) -> Written:
    """A number of mpmath's with so many significant digits, and a point or an exponent.

    Args:
        whole: whether zeros at the end stand there too.
        rounded: whether nothing may follow these digits, no zero either: where they end before the point or at it,
            there is an exponent.
    """
    most = digits - 1 if rounded else max(digits, 16)
    text: str = number.context.nstr(
        number, digits, strip_zeros=not whole, min_fixed=-5, max_fixed=most, show_zero_exponent=rounded and digits == 1
    )
    if "." not in text and "e" not in text:
        text += ".0"
    if rounded:
        return Written(text.replace(".e", "e"))
    return Written(text.replace(".e", ".0e") + "0" * text.endswith("."))  # of one digit there is nothing behind it


def _errors(
    equations: Sequence[Equation],
    order: Sequence[Ref],
    values: Mapping[Ref, Any],
    exact: Mapping[Ref, Any],
    is_settled: bool,
    arithmetic: Multiprecision,
) -> dict[Ref, Any]:
    """The bounds of the errors of all values.

    Args:
        is_settled: whether what agrees to so many digits counts as equal.
    """
    coarse = Multiprecision(_SLOPE_DIGITS)
    unit = coarse.ctx.mpf(2) ** -arithmetic.ctx.prec
    errors: dict[Ref, Any] = {}
    for k in order:
        name, *refs = equations[k]
        value = values[k]
        if isinstance(value, Undefined):
            if value.ref != k:
                errors[k] = errors[value.ref]
            else:
                may_be = _may_be_defined(name, [values[ref] for ref in refs], [errors[ref] for ref in refs], arithmetic)
                errors[k] = coarse.ctx.inf if may_be else coarse.zero
        elif name == "inf":
            errors[k] = coarse.zero
        elif name in LEAVES:
            errors[k] = coarse.zero if value == exact[k] else unit * abs(coarse.number(value))
        elif name == "where":
            errors[k] = errors[refs[0]] + errors[refs[1 if values[refs[0]] else 2]]
        else:
            operands, lost = [values[ref] for ref in refs], [errors[ref] for ref in refs]
            around = name, operands, lost, arithmetic
            if _is_infinite(value, operands, lost, arithmetic):
                errors[k] = coarse.zero
            elif name in ("max", "min") and abs(operands[0] - operands[1]) > lost[0] + lost[1]:
                errors[k] = lost[0 if value == operands[0] else 1]
            elif name in ("max", "min", "abs", "neg", "and", "or", "not"):
                errors[k] = max(lost)
            elif _is_open(*around, is_settled) or _may_be_undefined(*around):
                errors[k] = coarse.ctx.inf
            elif isinstance(value, bool) or name in _STEPS or _is_exact(operands, lost, value):
                errors[k] = coarse.zero
            else:
                own = abs(coarse.number(_lost(name, operands, value, unit)))
                errors[k] = own + _handed_on(name, operands, lost, value, coarse, arithmetic)
    return errors


def _is_infinite(value: Any, operands: Sequence[Any], errors: Sequence[Any], arithmetic: Multiprecision) -> bool:
    """Whether a result is infinite because an operand is, and no error leaves its sign open."""
    if isinstance(value, bool) or arithmetic.ctx.isfinite(value):
        return False
    known = all(not error or error < abs(operand) for operand, error in zip(operands, errors, strict=True))
    return known and any(map(arithmetic.ctx.isinf, operands))


def _lost(name: str, operands: Sequence[Any], value: Any, unit: Any) -> Any:
    """A bound of an operation's own rounding error; of a sum it is known."""
    if name in ("add", "sub"):
        return lost_in_sum(operands[0], operands[1] if name == "add" else -operands[1], value)
    return _ROUNDINGS * unit * value


def _is_exact(operands: Sequence[Any], errors: Sequence[Any], value: Any) -> bool:
    """Whether a result has no error: what functions are at 0 and 1, if it seems whole there, is so."""
    if any(errors) or not all(abs(operand) in (0, 1) for operand in operands):
        return False
    return bool(value.context.isint(value))


def _may_be_defined(name: str, operands: Sequence[Any], errors: Sequence[Any], arithmetic: Multiprecision) -> bool:
    """Whether an operation is defined somewhere within the errors of its operands; infinite ones have none."""
    if not OPERATIONS[name].defined or not any(errors) or any(map(arithmetic.ctx.isinf, operands)):
        return False
    if not all(map(arithmetic.ctx.isfinite, errors)):
        return True
    return not _defined_around(name, operands, errors, arithmetic)[1]


def _may_be_undefined(name: str, operands: Sequence[Any], errors: Sequence[Any], arithmetic: Multiprecision) -> bool:
    """Whether an operation is undefined somewhere within the errors of its operands; of a quotient its bound tells."""
    if not OPERATIONS[name].defined or name in _ARITHMETIC or not any(errors):
        return False
    return not _defined_around(name, operands, errors, arithmetic)[0]


def _defined_around(
    name: str, operands: Sequence[Any], errors: Sequence[Any], arithmetic: Multiprecision
) -> tuple[bool, bool]:
    """Whether an operation is defined wherever its operands may be, and whether it is so nowhere."""
    ends = {k: (operands[k] - error, operands[k] + error) for k, error in enumerate(errors) if error}
    try:
        return decided(OPERATIONS[name].defined, operands, ends, arithmetic.apply)
    except (Undecided, Undefined):
        return False, False


def _is_open(
    name: str, operands: Sequence[Any], errors: Sequence[Any], arithmetic: Multiprecision, is_settled: bool
) -> bool:
    """Whether errors leave open on which side of a jump an operation is; see `_errors`."""
    row = OPERATIONS[name]
    if not row.ties or not any(errors):
        return False
    if row.kind == "bool":
        a, b = operands
    elif name == "sign":
        a, b = operands[0], arithmetic.zero
    elif name in ("floor", "ceil", "round", "floordiv", "mod"):
        a = operands[0] / operands[1] if len(operands) == 2 else operands[0]
        a = 2 * a if name == "round" else a
        b = arithmetic.ctx.nint(a)
    else:
        return False
    if arithmetic.compare(a, b) == 0:
        return not is_settled
    return bool(abs(a - b) <= 2 * sum(errors))


def _handed_on(
    name: str,
    operands: Sequence[Any],
    errors: Sequence[Any],
    value: Any,
    coarse: Multiprecision,
    arithmetic: Multiprecision,
) -> Any:
    """What the errors of operands make of a result: by its slopes, and where errors are large by those beside too.

    The slope of a square at what has cancelled to 0 is 0, and says nothing of an error of 10^300.
    """
    if not any(errors) or (name == "pow" and _is_zero_despite(operands, errors)):
        return coarse.zero
    if name in _ARITHMETIC:
        a, b, result = (abs(coarse.number(number)) for number in (*operands, value))
        return _ARITHMETIC[name](a, b, result, *errors)
    # The slope of gamma at 1e300, rounded to forty digits, is that of another place altogether; so is that of tan at
    # pi/2, and there the error itself leads to another place.
    near = all(coarse.ctx.mag(operand) < _FAR for operand in operands if operand)
    if near and (total := _by_slopes(name, operands, errors, value, coarse)) is not None:
        pairs = zip(errors, operands, strict=True)
        moved = max(error / abs(operand) if operand else 0 for error, operand in pairs)
        if total <= _STEEP * moved * min(1, abs(value)):
            return total
    total = _by_slopes(name, operands, errors, value, arithmetic, beside=True)
    return coarse.ctx.inf if total is None else coarse.number(total)


def _is_zero_despite(operands: Sequence[Any], errors: Sequence[Any]) -> bool:
    """Whether a power is that of 0 itself, which is 0 wherever the exponent is positive: its slope there is none."""
    return not operands[0] and not errors[0] and operands[1] > errors[1]


def _by_slopes(
    name: str,
    operands: Sequence[Any],
    errors: Sequence[Any],
    value: Any,
    arithmetic: Multiprecision,
    beside: bool = False,
) -> Any | None:
    """The errors times the slopes, at the operands and beside them; `None` where there is none.

    Args:
        beside: whether to look there of small errors too.
    """
    row = OPERATIONS[name]
    if row.arity is not None and not all(map(arithmetic.ctx.isfinite, errors)):
        return None
    places, moves = [[arithmetic.number(number) for number in numbers] for numbers in (operands, errors)]
    around = [places]
    if beside or any(move > _SMALL * min(1, abs(place)) for move, place in zip(moves, places, strict=True)):
        around += [[p + sign * m for p, m in zip(places, moves, strict=True)] for sign in (1, -1)]
    total = arithmetic.zero
    for position, move in enumerate(moves):
        if not move:
            continue
        text = row.partials[position] if row.partials and row.arity is not None else None
        if row.arity is None:
            slope = places[position] / arithmetic.number(value) if value else arithmetic.one
        else:
            try:
                slope = max(
                    abs(arithmetic.by_text(text, place) if text else _quotient(name, place, position, arithmetic))
                    for place in around
                )
            except (Undefined, Undecided):
                return None
        total += abs(slope) * move
    return total


def _quotient(name: str, place: Sequence[Any], position: int, arithmetic: Multiprecision) -> Any:
    """A slope that there is no rule for, as a difference quotient with a third of the digits."""
    step = max(1, abs(place[position])) * arithmetic.ctx.mpf(10) ** -(arithmetic.digits // 3)
    high, low = (
        arithmetic.apply(name, *place[:position], place[position] + move, *place[position + 1 :])
        for move in (step, -step)
    )
    return (high - low) / (2 * step)
