"""A program on exact fractions, as far as it goes: sums, products and quotients of decimals as they were written.

In no precision is 0.3 - 0.1 - 0.2 zero to mpmath, and no number of digits of it is right; as a sum of fractions it is.
So is sin(x) - sin(x), whatever sin(x) is: beyond fractions there are sums of multiples of what is none.
So are decisions: 100*0.29 is 29, and its floor is no other.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from gradcli.evaluate.interpreter import Interpreter
from gradcli.program import LEAVES, Equation, Ref

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Point

Exact = Fraction | bool
"""A number, or a condition."""

_MOST_PLACES = 1000  # of a decimal, those of its exponent too
_MOST_BITS = 8000  # of a numerator or denominator
_MOST_EXPONENT = 1000
_MOST_TERMS = 8  # of a sum of multiples


class Rationals(Interpreter):
    """The operations that give fractions, or conditions, from fractions; other results, and too long ones, are `None`.

    Args:
        constants: decimals that stand for constants, which are none.
    """

    def __init__(self, constants: Mapping[str, str] | None = None) -> None:
        self.constants = constants or {}

    def number(self, text: str) -> Fraction | None:
        """A decimal as a fraction."""
        if len(text) > _MOST_PLACES:
            return None
        decimal = Decimal(text)
        return Fraction(decimal) if decimal.is_finite() and abs(decimal.adjusted()) <= _MOST_PLACES else None

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Exact | None:
        """See `Interpreter.step`."""
        name, *refs = equations[k]
        if name in self.constants:
            return self.number(self.constants[name])
        if name == "where":
            return None if values[refs[0]] is None else values[refs[1 if values[refs[0]] else 2]]
        return _applied(name, [values[ref] for ref in refs])


def _applied(name: str, operands: Sequence[Exact | None]) -> Exact | None:
    rule = _RULES.get(name)
    known = [operand for operand in operands if operand is not None]
    if rule is None or len(known) < len(operands):
        return None
    result = rule(*known)
    if result is None or isinstance(result, bool):
        return result
    fraction = Fraction(result)
    return None if _is_long(fraction) else fraction


def _is_long(a: Fraction) -> bool:
    return max(abs(a.numerator), a.denominator).bit_length() > _MOST_BITS


def _divided(a: Fraction, b: Fraction) -> Fraction | None:
    return a / b if b else None


def _raised(a: Fraction, b: Fraction) -> Fraction | None:
    if b.denominator != 1 or abs(b) > _MOST_EXPONENT or (b < 0 and not a):
        return None
    bits = max(abs(a.numerator), a.denominator).bit_length()
    return Fraction(a ** int(b)) if bits * abs(b) <= _MOST_BITS else None


def _remainder(a: Fraction, b: Fraction) -> Fraction | None:
    return a % b if b else None


_RULES: dict[str, Callable[..., Exact | int | None]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": _divided, "neg": operator.neg,
    "pow": _raised, "abs": abs, "max": max, "min": min,
    "floor": floor, "ceil": ceil, "round": round, "mod": _remainder,
    "floordiv": lambda a, b: a // b if b else None, "sign": lambda a: (a > 0) - (a < 0),
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
    "and": operator.and_, "or": operator.or_, "not": operator.not_, "true": lambda: True, "false": lambda: False,
}  # fmt: skip

_WHOLE: dict[tuple[str, int], int] = {
    **dict.fromkeys(((name, 0) for name in ("exp", "cos", "cosh")), 1),
    **dict.fromkeys(((name, 1) for name in ("log", "acos", "acosh")), 0),
    **dict.fromkeys(((name, 0) for name in ("sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh")), 0),
    ("sqrt", 0): 0, ("sqrt", 1): 1,
}  # fmt: skip
"""What functions are at 0 and 1, where that is whole."""

_WAVES = {"sin": Fraction(0), "tan": Fraction(0), "cos": Fraction(1, 2)}
"""The functions that are 0 at a multiple of pi and at all whole numbers of times pi from there."""

_Terms = dict[Ref | None, Fraction]
"""A sum: what each equation is multiplied by, and (for `None`) what is a fraction itself."""


class Cancelling(Rationals):
    """The same where fractions end: a result is a fraction, or a sum of multiples of other results.

    It holds where all that it is made of is defined. What is neither is `None`, and in other results stands for itself.
    """

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Any:
        """See `Interpreter.step`."""
        name, *refs = equations[k]
        operands: list[Any] = [{ref: Fraction(1)} if values[ref] is None else values[ref] for ref in refs]
        if name == "where":
            return operands[1 if operands[0] else 2] if isinstance(operands[0], bool) else None
        if all(isinstance(operand, Fraction | bool) for operand in operands):
            result = _applied(name, operands)
            if result is None and len(operands) == 1 and operands[0] in (0, 1):
                whole = _WHOLE.get((name, int(operands[0])))
                result = None if whole is None else Fraction(whole)
            return result
        if name in ("add", "sub"):
            return _sum(operands[0], operands[1], Fraction(1 if name == "add" else -1))
        if name == "neg":
            return _sum(Fraction(0), operands[0], Fraction(-1))
        if name == "mul":
            factors = [operand for operand in operands if isinstance(operand, Fraction)]
            others = [operand for operand in operands if not isinstance(operand, Fraction)]
            return _sum(Fraction(0), others[0], factors[0]) if factors else None
        if name == "div":
            return _quotient(*operands)
        if name in _WAVES and len(operands[0]) == 1:
            ((ref, times),) = operands[0].items()
            if equations[ref] == ("pi",) and (times - _WAVES[name]).denominator == 1:
                return Fraction(0)
        return None


def _sum(a: Fraction | _Terms, b: Fraction | _Terms, factor: Fraction) -> Fraction | _Terms | None:
    """A sum of a and a multiple of b; `None` if it is long."""
    total: _Terms = dict(a) if isinstance(a, dict) else {None: a}
    for ref, times in b.items() if isinstance(b, dict) else ((None, b),):
        total[ref] = total.get(ref, Fraction(0)) + times * factor
    total = {ref: times for ref, times in total.items() if times}
    if not total.keys() - {None}:
        return total.get(None, Fraction(0))
    if len(total) > _MOST_TERMS or any(_is_long(times) for times in total.values()):
        return None
    return total


def _quotient(a: Fraction | _Terms, b: Fraction | _Terms) -> Fraction | _Terms | None:
    """A quotient by a fraction, or of sums that are multiples of each other; `None` if it is another."""
    if isinstance(b, Fraction):
        return _sum(Fraction(0), a, 1 / b) if b else None
    if isinstance(a, Fraction):
        return None if a else a
    times = {a[ref] / b[ref] if ref in b else None for ref in a}
    return times.pop() if len(times) == 1 and len(a) == len(b) else None


def exact_values(
    equations: Sequence[Equation], order: Sequence[Ref], point: Point, is_defined: Callable[[Ref], bool]
) -> dict[Ref, int | bool]:
    """The operations that give whole numbers at a point, and conditions, as far as fractions and what cancels tell.

    Args:
        is_defined: whether it is certain of an equation that it has a value there, as that of a fraction is.
    """
    rationals, cancelling = Rationals(), Cancelling()
    fractions = rationals.run(equations, order, point(rationals))
    values = cancelling.run(equations, order, point(cancelling))
    known: dict[Ref, int | bool] = {}
    for k in (k for k in order if equations[k][0] not in LEAVES):
        value = fractions[k]
        if value is None and is_defined(k):
            value = values[k]
        if isinstance(value, bool) or (isinstance(value, Fraction) and value.denominator == 1):
            known[k] = value if isinstance(value, bool) else int(value)
    return known
