"""A program on exact fractions, as far as it goes: sums, products and quotients of decimals as they were written.

In no precision is 0.3 - 0.1 - 0.2 zero to mpmath, and no number of digits of it is right; as a sum of fractions it is.
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
from gradcli.program import Equation, Ref

if TYPE_CHECKING:
    from gradcli.evaluate.certain import Point

Exact = Fraction | bool
"""A number, or a condition."""

_MOST_PLACES = 1000  # of a decimal, those of its exponent too
_MOST_BITS = 8000  # of a numerator or denominator
_MOST_EXPONENT = 1000


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
    return fraction if max(abs(fraction.numerator), fraction.denominator).bit_length() <= _MOST_BITS else None


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
    "floor": floor, "ceil": ceil, "round": round, "mod": _remainder, "sign": lambda a: (a > 0) - (a < 0),
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
    "and": operator.and_, "or": operator.or_, "not": operator.not_, "true": lambda: True, "false": lambda: False,
}  # fmt: skip


def exact_zeros(equations: Sequence[Equation], order: Sequence[Ref], point: Point) -> list[Ref]:
    """The equations that are exactly 0 at a point, as far as fractions tell."""
    arithmetic = Rationals()
    values = arithmetic.run(equations, order, point(arithmetic))
    return [k for k in order if values[k] == 0 and values[k] is not False]
