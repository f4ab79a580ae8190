"""The values of constants, where Python has to decide: a bound of a range, an index, a condition that ends a loop.

Such a constant is known twice: exactly, as the decimals were written, and rounded, as Python's floats would have
it. Where the two decide differently, rounding decides, and nobody should rely on that: it is an error.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from gradcli.operations import OPERATIONS
from gradcli.program import Builder, Equation, Ref

_LAST_WHOLE = 2**53  # from here on floats have no parts of a whole to round
_CLOSE_CALL = 1e-14  # some tens of the last digits
_CLOSE = frozenset({"floor", "ceil", "lt", "le", "gt", "ge", "eq", "ne"})
_MOST_DECIMALS = 400  # to which Python rounds a float; it has no more
_MAX_EXPONENT = 1000  # of a literal that is followed exactly, and its length
MAX_BITS = 4096  # of a whole number, or of a fraction's numerator or denominator, that is followed exactly


class Constant(NamedTuple):
    """The value of an equation without variables: exact if that is possible, and as a float."""

    exact: Any  # Fraction, bool or None
    rounded: Any  # float or bool


class Doubt(Exception):
    """The exact and the rounded value decide differently."""


class Constants:
    """The equations of a growing program that depend on no variable, and what they are."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.known: dict[Ref, Constant | None] = {}
        self._whole: dict[Ref, int] = {}

    def of(self, ref: Ref) -> Constant | None:
        """The value of an equation; `None` if it depends on a variable, has none, or none that is known here."""
        equations, known = self.builder.equations, self.known
        pending = [ref]
        while pending:
            top = pending[-1]
            if top not in known:
                name, *arguments = equations[top]
                if name in ("input", "const"):
                    known[top] = _literal(equations[top])
                else:
                    missing = [k for k in arguments if k not in known]
                    if missing:
                        pending += missing
                        continue
                    known[top] = _applied(name, [known[k] for k in arguments])
            pending.pop()
        return known[ref]

    def decided(self, ref: Ref) -> bool | None:
        """Whether a condition holds; `None` if that depends on a variable.

        Raises:
            Doubt: rounding decides.
        """
        constant = self.of(ref)
        if constant is None:
            return None
        if constant.exact is not None and constant.exact != constant.rounded:
            raise Doubt
        return bool(constant.rounded)

    def doubted(self, name: str, *operands: Ref) -> bool:
        """Whether an operation decides otherwise of its constant operands as written than of Python's floats.

        What is rounded, compared or counted is a decision; a maximum is one if that shows in its value.
        """
        decision = _DECISIONS.get(name)
        constants = [self.of(operand) for operand in operands] if decision is not None else []
        if decision is None or None in constants:
            return False
        if any(constant is not None and constant.exact is None for constant in constants):
            return _is_close_call(name, [constant.rounded for constant in constants if constant is not None])
        exacts, floats = zip(*(constant for constant in constants if constant is not None), strict=True)
        try:
            exact, rounded = decision(*exacts), decision(*floats)
            if name in ("max", "min") and exact != rounded:
                return not math.isclose(_FUNCTIONS[name](*exacts), _FUNCTIONS[name](*floats))
        except (ArithmeticError, ValueError):
            return False
        return bool(exact != rounded and abs(exact) < _LAST_WHOLE)

    def doubted_digits(self, ref: Ref, places: int) -> bool:
        """Whether Python rounds a constant to other decimals than those of the number as written."""
        constant = self.of(ref)
        if constant is None or constant.exact is None or not math.isfinite(constant.rounded):
            return False
        places = min(places, _MOST_DECIMALS)
        return bool(float(round(constant.exact, places)) != round(constant.rounded, places))

    def may_be_whole(self, ref: Ref) -> bool:
        """Whether NumPy may hold an equation's value as a whole number: a choice of them, or a rounded number.

        A constant by itself is a float: whole numbers that are known have no equation.
        """
        equations, known = self.builder.equations, self._whole
        pending = [ref]
        while pending:
            name, *operands = equations[pending[-1]]
            if name == "const":
                known[pending[-1]] = int(operands[0].isdigit())
            elif name in _ROUNDED:
                known[pending[-1]] = 2
            elif name not in _KEEP_WHOLE:
                known[pending[-1]] = 0
            else:
                operands = operands[1:] if name == "where" else operands
                missing = [k for k in operands if k not in known]
                if missing:
                    pending += missing
                    continue
                found = [known[k] for k in operands]
                known[pending[-1]] = min(found) and max(*found, 2 if name == "where" else 1)
            pending.pop()
        return known[ref] == 2

    def truncated(self, ref: Ref, *, whole: bool = False) -> int | None:
        """The whole part of a number; with `whole` only if that is all of it; `None` if it depends on a variable.

        Raises:
            Doubt: rounding decides.
        """
        constant = self.of(ref)
        if constant is None or not math.isfinite(constant.rounded):
            return None
        rounded = int(constant.rounded)
        if constant.exact is None and not whole and _is_close_call("floor", [constant.rounded]):
            raise Doubt
        exact = rounded if constant.exact is None else int(constant.exact)
        if whole and (constant.rounded if constant.exact is None else constant.exact) != exact:
            return None
        if exact != rounded and abs(exact) < _LAST_WHOLE:
            raise Doubt
        return exact


def folded(name: str, a: int, b: int) -> int | None:
    """An operation on whole numbers, exact; `None` where the result is not whole, or too large to be worth it."""
    function = _WHOLE.get(name)
    if function is None or (b == 0 and name in ("floordiv", "mod")) or (b < 0 and name in ("pow", "<<", ">>")):
        return None
    if name == "pow" and a.bit_length() * b > MAX_BITS:
        return None
    if name == "<<" and a.bit_length() + b > MAX_BITS:
        return None
    result: int = function(a, b)
    return result if result.bit_length() <= MAX_BITS else None


def _literal(equation: Equation) -> Constant | None:
    if equation[0] == "input":
        return None
    text = equation[1]
    exponent = int(text.partition("e")[2] or 0)
    rounded = float(text)
    if abs(exponent) < _MAX_EXPONENT and len(text) < _MAX_EXPONENT:
        return Constant(Fraction(text), rounded)
    return None if math.isinf(rounded) or rounded == 0 else Constant(None, rounded)


def _applied(name: str, operands: Sequence[Constant | None]) -> Constant | None:
    if any(operand is None for operand in operands):
        return None
    function = _FUNCTIONS.get(name)
    try:
        if function is None:
            spelling = OPERATIONS[name].python.partition("math.")[2]
            numbers = [operand.rounded for operand in operands if operand is not None]
            known = _PYTHONS.get(name) or getattr(math, spelling)
            rounded = known(*numbers) if numbers else known
            return None if _has_left(rounded, name, operands) else Constant(None, rounded)
        exact = None
        exacts = [operand.exact for operand in operands if operand is not None]
        if None not in exacts:
            exact = function(*exacts)
            if isinstance(exact, Fraction) and max(exact.numerator.bit_length(), exact.denominator.bit_length()) > 4096:
                exact = None
        rounded = function(*(operand.rounded for operand in operands if operand is not None))
    except (ArithmeticError, ValueError, AttributeError, TypeError):
        return None
    return None if exact is None and _has_left(rounded, name, operands) else Constant(exact, rounded)


def _has_left(rounded: Any, name: str, operands: Sequence[Constant | None]) -> bool:
    """Whether an inexact value, or an operand of it, is too large or too small for a float, which then says nothing."""
    known = [operand for operand in operands if operand is not None]
    if any(_is_beyond(operand) for operand in known):
        return True
    floats = [operand.rounded for operand in known]
    if math.isinf(rounded):
        return bool(floats) and not any(map(math.isinf, floats))
    may_vanish = rounded == 0 and OPERATIONS[name].underflows and 0 not in floats
    return may_vanish and not any(map(math.isinf, floats))


def _is_beyond(constant: Constant) -> bool:
    exact, rounded = constant
    return exact is not None and (math.isinf(rounded) or (rounded == 0) != (exact == 0))


def _is_close_call(name: str, floats: Sequence[float]) -> bool:
    """Whether floats lie so close beside a decision that what rounded them, such as a logarithm, may have made it."""
    a, b = (*floats, round(floats[0]))[:2] if math.isfinite(floats[0]) else (0, 0)
    return name in _CLOSE and a != b and math.isclose(a, b, rel_tol=_CLOSE_CALL) and abs(a) < _LAST_WHOLE


def _power(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        return math.pow(a, b)
    size = max(a.numerator.bit_length(), a.denominator.bit_length())
    return a**b if b.denominator == 1 and abs(b) * size <= MAX_BITS else None


_WHOLE: dict[str, Callable[..., int]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "floordiv": operator.floordiv,
    "mod": operator.mod, "pow": operator.pow, "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_,
    "|": operator.or_, "xor": operator.xor, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
    "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip

_ROUNDED = frozenset({"floor", "ceil", "round"})
_KEEP_WHOLE = frozenset({"where", "neg", "abs", "add", "sub", "mul", "floordiv", "mod", "max", "min", "pow", "sign"})

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: function for name, function in _WHOLE.items() if name in OPERATIONS},
    "pow": _power, "div": operator.truediv, "neg": operator.neg, "abs": abs, "max": max, "min": min,
    "floor": lambda a: type(a)(math.floor(a)), "ceil": lambda a: type(a)(math.ceil(a)),
    "round": lambda a: type(a)(round(a)), "where": lambda c, a, b: a if c else b,
    "sign": lambda a: type(a)((a > 0) - (a < 0)), "not": operator.not_, "and": operator.and_, "or": operator.or_,
    "true": lambda: True, "false": lambda: False,
}  # fmt: skip

_PYTHONS: dict[str, Callable[..., float]] = {
    "log_base": math.log, "atan2": math.atan2, "degrees": math.degrees, "radians": math.radians,
}  # fmt: skip
"""What the table has no spelling of in `math` for."""

_DECISIONS: dict[str, Callable[..., int]] = {
    **{name: _WHOLE[name] for name in ("lt", "le", "gt", "ge", "eq", "ne")},
    "floor": math.floor, "ceil": math.ceil, "round": round, "sign": lambda a: (a > 0) - (a < 0),
    "max": lambda a, b: (a > b) - (a < b), "min": lambda a, b: (a > b) - (a < b),
    "floordiv": lambda a, b: math.floor(Fraction(a) / Fraction(b)),
    "mod": lambda a, b: math.floor(Fraction(a) / Fraction(b)),
    "fmod": lambda a, b: math.trunc(Fraction(a) / Fraction(b)),
    "remainder": lambda a, b: round(Fraction(a) / Fraction(b)),
}  # fmt: skip
"""What an operation decides of numbers: a whole number, or a condition."""
