"""A program on mpmath's numbers, to any number of digits.

Numbers that do not exist are values too: what is computed from an `Undefined` is that same `Undefined`, and
`where` hands on the branch that it takes, so that one that it does not take may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from functools import cached_property, lru_cache
from typing import Any

from mpmath.ctx_mp import MPContext

from gradcli.evaluate import special
from gradcli.evaluate.conditions import Conditions
from gradcli.evaluate.interpreter import Interpreter
from gradcli.operations import OPERATIONS
from gradcli.program import Equation, Ref

_TRUSTED = 3  # a sum may lose one part in so many of the digits before it is in doubt
_DECISIVE = 15  # of the digits so many are lost to rounding before two numbers count as equal
_LONG = 4000  # characters of a decimal
_SPARE = 10  # digits
_HUGE = 5000  # binary places before the point, beyond which an exponential would take for ever


class Undefined(ArithmeticError):
    """A number that does not exist, as an operation is not defined where it is applied."""

    def __init__(self, ref: Ref = -1) -> None:
        super().__init__()
        self.ref = ref


class Undecided(Undefined):
    """A number of which nothing can be said: too large for the arithmetic, or beyond what it can follow."""


class Multiprecision(Conditions, Interpreter):
    """The operations of the table in so many decimal digits.

    Decisions (a comparison, a whole number under `floor`) take numbers for equal that differ by rounding only.

    Args:
        digits: the precision.
        snap: whether sums and zeros of functions that rounding leaves in place of 0 are 0.

    Attributes:
        cancelled: whether of a sum that is not 0 many digits were lost, where `snap` is set.
        vanished: whether something is 0 to so many digits only, as a sum is of which nothing is left, likewise; or
            two numbers count as equal that differ.
    """

    def __init__(self, digits: int, snap: bool = False) -> None:
        self.ctx = _context(digits)
        self.snap = snap
        self.digits = digits
        self.cancelled = self.vanished = False
        self.zero, self.one = self.ctx.mpf(0), self.ctx.mpf(1)

    @cached_property
    def close(self) -> Any:
        """The relative difference up to which two numbers count as equal."""
        return self.ctx.mpf(10) ** (_DECISIVE - self.digits)

    @cached_property
    def few(self) -> Any:
        """What may be left of a sum's largest part before it is in doubt."""
        return self.ctx.mpf(10) ** (-self.digits // _TRUSTED)

    def number(self, text: str) -> Any:
        """A decimal as a number."""
        if isinstance(text, str) and len(text) > _LONG:  # Python reads no integers of so many digits
            return self._long_number(text)
        return _read(self.ctx, self.ctx.prec, text) if isinstance(text, str) else self.ctx.mpf(text)

    def _long_number(self, text: str) -> Any:
        with (
            localcontext(prec=self.ctx.dps + _SPARE, Emax=MAX_EMAX, Emin=MIN_EMIN),
            self.ctx.workdps(self.ctx.dps + _SPARE),
        ):
            decimal = +Decimal(text)
            exponent = int(decimal.as_tuple().exponent)
            number = self.ctx.mpf(int(decimal.scaleb(-exponent))) * self.ctx.mpf(10) ** exponent
        return +number

    def step(self, equations: Sequence[Equation], k: Ref, values: Mapping[Ref, Any]) -> Any:
        """See `Interpreter.step`; a result that does not exist is `Undefined`."""
        name, *refs = equations[k]
        operands = [values[ref] for ref in refs]
        lost = next((operand for operand in operands if isinstance(operand, Undefined)), None)
        if lost is not None:
            return self._despite(name, operands, lost)
        try:
            return self.apply(name, *operands)
        except Undefined as error:
            return type(error)(k)

    def _despite(self, name: str, operands: Sequence[Any], lost: Undefined) -> Any:
        """What an operation gives although an operand does not exist."""
        if name == "where" and not isinstance(operands[0], Undefined):
            return operands[1 if operands[0] else 2]
        if name in ("and", "or"):
            decisive = name == "or"
            return decisive if any(operand is decisive for operand in operands) else lost
        return lost

    @classmethod
    def has_own(cls, name: str) -> bool:
        """Whether an operation is computed in a way of its own, rather than by its meaning."""
        return hasattr(cls, f"op_{name}")

    def apply(self, name: str, *operands: Any) -> Any:
        """An operation of the table.

        Raises:
            Undefined: it is not defined there.
            Undecided: the result is beyond what can be computed.
        """
        own: Callable[..., Any] | None = getattr(self, f"op_{name}", None)
        if own is not None:
            return own(*operands)
        row = OPERATIONS[name]
        if row.meaning and not row.is_special:
            return self.by_text(row.meaning, operands)
        return self.library(name, *operands)

    def library(self, name: str, *operands: Any) -> Any:
        """A function of mpmath's; what it answers with infinity, or off the real line, is undefined."""
        ctx = self.ctx
        if name not in _MODEST and any(a and ctx.isfinite(a) and ctx.mag(a) > _HUGE for a in operands):
            raise Undecided
        if name in OPERATIONS and OPERATIONS[name].is_special:
            return self.special(name, *operands)
        if ctx.dps > special.most_digits(name):
            raise Undecided
        try:
            result = _library(ctx, ctx.prec, name, *operands)
        except (ValueError, ZeroDivisionError, ctx.NoConvergence):
            raise Undefined from None
        except (OverflowError, MemoryError, NotImplementedError):
            raise Undecided from None
        if isinstance(result, ctx.mpc):
            if result.imag:
                raise Undefined
            result = result.real
        if ctx.isnan(result) or (ctx.isinf(result) and all(ctx.isfinite(operand) for operand in operands)):
            raise Undefined
        if self.snap and name in _CROSSING and abs(result) <= self.close * (1 if name == "log" else abs(operands[0])):
            self.vanished = self.vanished or bool(operands[0])
            return self.zero
        if self.snap and name == "tan" and abs(result) * self.close >= 1:  # the cosine is 0
            self.vanished = True
            raise Undefined
        return +result

    def is_defined(self, name: str, operands: Sequence[Any]) -> bool:
        """Whether an operation is defined there, by its row."""
        condition = OPERATIONS[name].defined
        return not condition or bool(self.by_text(condition, operands))

    def special(self, name: str, *operands: Any) -> Any:
        """A function of `evaluate/special.py`; where it is defined and has no number, that is for want of means."""
        ctx = self.ctx
        if not all(ctx.isfinite(operand) for operand in operands):
            raise Undecided
        if not self.is_defined(name, operands):
            raise Undefined
        near = OPERATIONS[name].near
        if self.snap and near is not None and self.by_text(near[0], operands):
            with suppress(Undefined):  # a point that is missed by rounding alone is a square root of that away
                return self.by_text(near[1], operands)
        try:
            result = ctx.convert(special.mpmath_function(name)(ctx, *operands))
        except (ArithmeticError, ValueError, ctx.NoConvergence, MemoryError, NotImplementedError):
            raise Undecided from None
        if not ctx.isfinite(result):
            raise Undecided
        return +ctx.re(result)

    def by_text(self, text: str, operands: Sequence[Any]) -> Any:
        """A text of the table, at the operands.

        Raises:
            Undefined: it has no value there.
        """
        value = self.of_text(text, operands)
        if isinstance(value, Undefined):
            raise type(value)
        return value

    # --- what decides ---------------------------------------------------------------------------------------

    def sign(self, a: Any) -> int:
        """-1, 0 or 1."""
        return int(self.ctx.sign(a))

    def compare(self, a: Any, b: Any) -> int:
        """The sign of a - b, 0 also where the two differ by rounding only."""
        apart = a - b
        if apart and self.ctx.isfinite(apart) and abs(apart) <= self.close * max(abs(a), abs(b)):
            self.vanished = self.vanished or self.snap
            return 0
        return 0 if self.ctx.isnan(apart) else self.sign(apart)  # infinity and itself

    def whole(self, a: Any) -> Any:
        """The largest whole number not above."""
        if self.ctx.isinf(a):
            return a
        nearest = self.ctx.nint(a)
        return nearest if self.compare(a, nearest) == 0 else self.ctx.floor(a)

    def is_infinite(self, a: Any) -> bool:
        """Whether it is a number, and infinite."""
        return isinstance(a, self.ctx.mpf) and bool(self.ctx.isinf(a))

    def op_inf(self) -> Any:
        return self.ctx.inf

    def op_where(self, condition: bool, a: Any, b: Any) -> Any:
        return a if condition else b

    def op_max(self, a: Any, b: Any) -> Any:
        return a if self.compare(a, b) >= 0 else b

    def op_min(self, a: Any, b: Any) -> Any:
        return a if self.compare(a, b) <= 0 else b

    def op_abs(self, a: Any) -> Any:
        return a if self.sign(a) >= 0 else self.op_neg(a)

    def op_sign(self, a: Any) -> Any:
        return self.ctx.mpf(self.sign(a))

    def op_floor(self, a: Any) -> Any:
        return self.whole(a)

    def op_ceil(self, a: Any) -> Any:
        return self.op_neg(self.whole(self.op_neg(a)))

    def op_round(self, a: Any) -> Any:
        below = self.whole(a)
        half = self.compare(self.op_sub(a, below), self.ctx.mpf(0.5))
        odd = self.compare(self.whole(self.op_mul(below, self.ctx.mpf(0.5))), self.op_mul(below, self.ctx.mpf(0.5)))
        return self.op_add(below, self.one) if half > 0 or (half == 0 and odd) else below

    def op_floordiv(self, a: Any, b: Any) -> Any:
        quotient = self.op_div(a, b)
        if isinstance(quotient, self.ctx.mpf) and 1 <= abs(quotient) * self.close < self.ctx.inf:
            raise Undecided  # the last digits of its whole part are rounded
        return self.whole(quotient)

    def op_mod(self, a: Any, b: Any) -> Any:
        if self.is_infinite(b) and not self.is_infinite(a) and self.sign(a) * self.sign(b) >= 0:
            return a
        return self.op_sub(a, self.op_mul(b, self.op_floordiv(a, b)))

    # --- arithmetic -----------------------------------------------------------------------------------------

    def op_add(self, a: Any, b: Any) -> Any:
        total = a + b
        if self.ctx.isnan(total):
            raise Undefined
        if self.snap and not total:
            self.vanished = self.vanished or bool(a)
        elif self.snap and self.ctx.isfinite(total):
            size, largest = abs(total), max(abs(a), abs(b))
            if size <= self.few * largest:
                if size <= self.close * largest:
                    self.vanished = True
                    return self.zero
                self.cancelled = True
        return total

    def op_sub(self, a: Any, b: Any) -> Any:
        return self.op_add(a, -b)

    def op_neg(self, a: Any) -> Any:
        return -a

    def op_mul(self, a: Any, b: Any) -> Any:
        product = a * b
        if self.ctx.isnan(product):
            raise Undefined
        return product

    def op_div(self, a: Any, b: Any) -> Any:
        if not b:
            raise Undefined
        return self.op_mul(a, 1 / b) if self.ctx.isinf(a) else a / b

    def op_pow(self, a: Any, b: Any) -> Any:
        if not b:
            return self.one
        if not a:
            if b < 0:
                raise Undefined
            return self.zero
        if a < 0 and (not self.ctx.isfinite(b) or b != self.ctx.floor(b)):
            raise Undefined
        if all(map(self.ctx.isfinite, (a, b))) and self.ctx.mag(b) + abs(self.ctx.mag(a)).bit_length() > _HUGE:
            raise Undecided
        return self.library("power", a, b)

    def op_hypot(self, *operands: Any) -> Any:
        squares = [self.op_mul(operand, operand) for operand in operands]
        total = squares[0]
        for square in squares[1:]:
            total = self.op_add(total, square)
        return self.apply("sqrt", total)

    def op_cbrt(self, a: Any) -> Any:
        root = self.apply("pow", self.op_abs(a), self.op_div(self.one, self.ctx.mpf(3)))
        return root if self.sign(a) >= 0 else self.op_neg(root)

    def op_atan2(self, a: Any, b: Any) -> Any:
        if not a and not b:
            raise Undefined
        return self.library("atan2", a, b)


_MODEST = frozenset({"log", "log1p", "sqrt", "asinh", "atan", "atan2", "tanh", "erf", "power"})
"""Not the slower the larger their operands; powers look after themselves."""
_CROSSING = frozenset({"sin", "cos", "tan", "log"})  # functions with zeros where their arguments are not 0

_SPELLINGS: dict[str, Callable[..., Any]] = {
    "lgamma": lambda ctx, a: ctx.loggamma(a).real,
}
"""The functions that mpmath does not have under the table's name."""


@lru_cache(maxsize=10_000)
def _read(ctx: MPContext, precision: int, text: str) -> Any:
    """A decimal in a context of that precision; the partials at one point read the same ones again and again."""
    return ctx.mpf(text)


@lru_cache(maxsize=10_000)
def _library(ctx: MPContext, precision: int, name: str, *operands: Any) -> Any:
    """A function of mpmath's in a context of that precision; rows of a table often share some of their numbers."""
    spelling = _SPELLINGS.get(name)
    if spelling is not None:
        return ctx.convert(spelling(ctx, *operands))
    return ctx.convert(getattr(ctx, name)(*operands) if operands else getattr(ctx, name))


@lru_cache(32)
def _context(digits: int) -> Any:
    """Our own arithmetic of mpmath's, which nobody else's settings change; it takes a millisecond to make."""
    ctx = MPContext()
    ctx.dps = digits
    return ctx
